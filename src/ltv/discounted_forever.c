/*
 * discounted_forever.c
 *		Purchases without end, discounted, of a customer of one rate and one
 *		dropout probability who is alive.
 *
 * Given lambda, a stage is discounted by phi = lambda/(lambda + rate), so that
 * the n-th purchase, after nk - j stages, is worth phi^(nk-j), and it is made
 * with probability E (1-p)^(n-1). The sum over n is, with e = 1 - phi^k,
 *		phi^(k-j) E 1/(e + (1-e) p),
 * and what is left is its expectation over lambda. For small discounts e is
 * next to nothing, and is never computed as a difference.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/discounted_forever.h"
#include "math/gauss_rules.h"
#include "math/special.h"

#define NEGLIGIBLE 1e-16
#define MAX_POINTS 100000  /* of lambda, to one side */
#define FRACTION_FROM 1e-3 /* e from which the continued fraction is the quickest */
#define FRACTION_STEPS 20000
#define SERIES_FROM 0.01 /* distance of a from whole numbers */
#define SERIES_TERMS 60
#define SERIES_LOSS 30.0 /* of digits, in the end, as a factor */
#define PANEL_WIDTH 1.5
#define PANEL_FALL 4.0
#define MAX_PANELS 10000

/*
 * E 1/(e + (1-e) p) = 2F1(1, b; c; w), w = 1 - e, c = a + b, by the continued
 * fraction of Gauss (Abramowitz & Stegun 15.3, DLMF 15.7.1), from the front
 * (Lentz 1976).
 */
static double
mean_by_fraction(double b, double c, double w)
{
	double f = 1.0;
	double C = 1.0;
	double D = 0.0;

	/* 1/(1 - u1 w/(1 - u2 w/(1 - ...))) */
	for (int n = 0; n < FRACTION_STEPS; n++)
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
 * The same for small e by the connection formula (Abramowitz & Stegun 15.3.6),
 *		(c-1)/(a-1) (2F1(1, b; 2-a; e) - X e^(a-1)),
 *		X = Gamma(c-1) Gamma(2-a)/Gamma(b) w^(1-c);
 * false where it is slow or the two nearly cancel.
 */
static bool
mean_by_series(double a, double b, double e, double *mean)
{
	double c = a + b;
	double term = 1.0;
	double sum = 1.0;
	double largest = 1.0;
	double power;
	int sign;
	int n;

	if (fabs(a - rint(a)) < SERIES_FROM || a > 10.0 || b * e > 0.5)
		return false;
	for (n = 0; n < SERIES_TERMS && fabs(term) > 1e-17 * fabs(sum); n++)
	{
		term *= e * ((b + n) / (2.0 - a + n));
		sum += term;
		largest = Max(largest, fabs(term));
	}
	if (n == SERIES_TERMS)
		return false;
	power = log_gamma_difference(b, a - 1.0) + lgamma_r(2.0 - a, &sign) - (c - 1.0) * log1p(-e) +
			(a - 1.0) * log(e);
	power = sign * exp(power);
	largest = Max(largest, fabs(power));
	*mean = (sum - power) / (a - 1.0);
	if (!(*mean > 0.0 && largest <= SERIES_LOSS * fabs(sum - power)))
		return false;
	*mean *= c - 1.0;
	return true;
}

/*
 * The same by Euler's integral, (c-1) int_0^inf e^(-(a-1) v) (1 + e (e^v-1))^-b
 * dv: its logarithm is concave, with all slopes above -(c-1).
 */
static double
mean_by_integral(double a, double b, double e)
{
	const GaussRule *rule = &gauss_rule_16;
	double sum = 0.0;
	double v = 0.0;

	for (int panels = 0; panels < MAX_PANELS; panels++)
	{
		double grown = e * exp(v);
		double slope = (1.0 - a) - b * grown / (1.0 - e + grown);
		double width = Min(PANEL_WIDTH, PANEL_FALL / fabs(slope));
		double part = 0.0;

		for (int i = 0; i < rule->n; i++)
		{
			double at = v + width * rule->nodes[i];

			part += rule->weights[i] * exp((1.0 - a) * at - b * log1p(e * expm1(at)));
		}
		sum += width * part;
		if (slope < 0.0 && width * part <= NEGLIGIBLE * sum)
			break;
		v += width;
	}
	return (a + b - 1.0) * sum;
}

static double
mean_purchases(double a, double b, double e)
{
	double mean;

	if (e > FRACTION_FROM)
		return mean_by_fraction(b, a + b, 1.0 - e);
	if (mean_by_series(a, b, e, &mean))
		return mean;
	return mean_by_integral(a, b, e);
}

/*
 * Given lambda, with its density: the expectation is by the trapezoidal rule in
 * u = ln(lambda), which is exact to rounding for a step well below the width.
 * Here d = u - ln(m/A), and the density of u is relative to that at d = 0.
 */
static double
given_rate(const EndlessPurchases *this, double d)
{
	double lambda = this->m / this->A * exp(d);
	double log_phi = -this->k * log1p(this->rate / lambda); /* of phi^k */
	double stages = 1.0;									/* (tau lambda)^j/j! phi^-j */
	double sum = 0.0;

	for (int j = 0; j < this->k; j++)
	{
		sum += stages;
		stages *= this->y * this->A * (lambda + this->rate) / (j + 1.0);
	}
	return sum * mean_purchases(this->a, this->b, -expm1(log_phi)) *
		   exp(log_phi - this->m * (expm1(d) - d));
}

/* ln of m^m e^-m/Gamma(m). */
static double
log_peak(double m)
{
	if (m < 1e3)
		return m * log(m) - m - lgamma(m);
	return 0.5 * log(m / (2.0 * M_PI)) - (1.0 / 12.0 - 1.0 / (360.0 * m * m)) / m;
}

double
discounted_forever(const EndlessPurchases *this)
{
	double step = Min(0.2, 0.5 / sqrt(this->m));
	double sum = given_rate(this, 0.0);

	for (int side = -1; side <= 1; side += 2)
		for (int i = 1; i < MAX_POINTS; i++)
		{
			double term = given_rate(this, side * i * step);

			CHECK_FOR_INTERRUPTS();
			sum += term;
			if (term <= NEGLIGIBLE * sum)
				break;
		}
	return sum * step * exp(log_peak(this->m)) / this->total;
}
