/*
 * mbg_cnbd_discount.c
 *		MBG/CNBD-k: discounted expected purchases.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/mbg_cnbd.h"
#include "math/gauss_rules.h"

#define NEGLIGIBLE 1e-16
#define TAIL 40.0 /* e^-40 is nothing */
#define PANEL_WIDTH 1.0
#define MAX_POINTS 100000 /* to one side */
#define MAX_STEPS 100000  /* of the continued fraction */

/*
 * e^(-rate h) E(h) + int_0^h rate e^(-rate t) E(t) dt, E(t) the purchases by t,
 * in v = ln(1 + t/A). For regular customers E is a staircase at first, with a
 * step every k/m in v.
 */
static double
discounted_until(const CnbdAlive *alive, double horizon, double rate)
{
	const GaussRule *rule = &gauss_rule_16;
	double end = log1p(horizon / alive->A);
	double sum = exp(-rate * horizon) * cnbd_sum_over_stages(alive, horizon, true);
	double v = 0.0;

	while (v < end)
	{
		double width = Min(PANEL_WIDTH, 3.0 * alive->k / alive->m + 0.5 * v);
		double part = 0.0;

		CHECK_FOR_INTERRUPTS();
		width = Min(width, log1p(4.0 / (fabs(rate) * alive->A * exp(v))));
		width = Min(width, end - v);
		for (int i = 0; i < rule->n; i++)
		{
			double growth = expm1(v + width * rule->nodes[i]);
			double t = alive->A * growth;

			part += rule->weights[i] * rate * alive->A * (1.0 + growth) * exp(-rate * t) *
					cnbd_sum_over_stages(alive, t, true);
		}
		sum += width * part;
		v += width;
	}
	return sum;
}

/*
 * 2F1(1, b; c; w) = 1 + b/c w + b(b+1)/(c(c+1)) w^2 + ..., 0 <= w < 1, by the
 * continued fraction of Gauss (Abramowitz & Stegun 15.3, DLMF 15.7.1), from
 * the front (Lentz 1976).
 */
static double
geometric_series(double b, double c, double w)
{
	double f = 1.0;
	double C = 1.0;
	double D = 0.0;

	/* 1/(1 - u1 w/(1 - u2 w/(1 - ...))) */
	for (int n = 0; n < MAX_STEPS; n++)
	{
		double k = n / 2;
		double u = n % 2 == 0 ? (b + k) * (c - 1.0 + k) / ((c + 2.0 * k - 1.0) * (c + 2.0 * k))
							  : (k + 1.0) * (c - b + k) / ((c + 2.0 * k) * (c + 2.0 * k + 1.0));
		double change;

		if (n == 0)
			u = b / c;
		D = 1.0 / (1.0 - u * w * D);
		C = 1.0 - u * w / C;
		change = C * D;
		f *= change;
		if (fabs(change - 1.0) < 1e-15)
			break;
	}
	return 1.0 / f;
}

/*
 * Forever: given lambda and j, sum_n B(n-1) phi^(nk-j), phi = lambda/(lambda +
 * rate), and this averaged over both by the trapezoidal rule in u =
 * ln(lambda), which is exact to rounding for a step well below the width. Here
 * d = u - ln(m/A), and the density of u is relative to that at d = 0.
 */
static double
discounted_given(const CnbdAlive *alive, double d, double rate)
{
	double lambda = alive->m / alive->A * exp(d);
	double phi = exp(-alive->k * log1p(rate / lambda)); /* phi^k */
	double stages = 1.0;								/* (tau lambda)^j/j! phi^-j */
	double sum = 0.0;

	for (int j = 0; j < alive->k; j++)
	{
		sum += stages;
		stages *= alive->y * alive->A * (lambda + rate) / (j + 1.0);
	}
	return sum * phi * geometric_series(alive->b, alive->a + alive->b, phi) *
		   exp(-alive->m * (expm1(d) - d));
}

/* ln of m^m e^-m/Gamma(m). */
static double
log_peak(double m)
{
	if (m < 1e3)
		return m * log(m) - m - lgamma(m);
	return 0.5 * log(m / (2.0 * M_PI)) - (1.0 / 12.0 - 1.0 / (360.0 * m * m)) / m;
}

static double
discounted_forever(const CnbdAlive *alive, double rate)
{
	double step = Min(0.2, 0.5 / sqrt(alive->m));
	double sum = discounted_given(alive, 0.0, rate);

	for (int side = -1; side <= 1; side += 2)
		for (int i = 1; i < MAX_POINTS; i++)
		{
			double term = discounted_given(alive, side * i * step, rate);

			CHECK_FOR_INTERRUPTS();
			sum += term;
			if (term <= NEGLIGIBLE * sum)
				break;
		}
	return sum * step * exp(log_peak(alive->m)) / alive->total;
}

double
cnbd_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						  double rate)
{
	CnbdAlive alive;

	if (horizon <= 0.0)
		return 0.0;
	if (rate == 0.0 && !isinf(horizon))
		return cnbd_expected_purchases(parameters, customer, horizon);
	cnbd_alive_init(&alive, parameters, customer);
	if (rate == 0.0)
		return alive.a > 1.0 ? alive.p_alive * ((alive.a + alive.b - 1.0) / (alive.a - 1.0))
							 : INFINITY; /* E 1/p, whenever they come */
	if (rate > 0.0 && rate * horizon > TAIL)
		return alive.p_alive * discounted_forever(&alive, rate);
	return alive.p_alive * discounted_until(&alive, horizon, rate);
}
