/*
 * bgnbd_discount.c
 *		BG/NBD and MBG/NBD: discounted expected purchases of a customer who is
 *		alive, the integral of e^(-rate tau) h(tau) over time tau: for large a of
 *		its expectation over p, otherwise of h by itself.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/bgnbd_alive.h"
#include "ltv/discounted_forever.h"
#include "ltv/discounted_time.h"

#define TAIL 40.0			/* e^-40 is nothing */
#define PANEL 1.0			/* largest width in ln(A + tau) of one Gauss-Legendre panel */
#define PANEL_FALL 6.0		/* by at most e^-6 from its start to its end */
#define PANEL_ERROR 1e-10	/* of one panel, relative to the integral */
#define MAX_PANELS 400		/* after that they are taken as they are */
#define MANY_PURCHASES 20.0 /* from which the rate of the customer is well known */

/*
 * The integral of e^(-rate tau) h(tau) for v = ln(1 + tau/A) in [from, to], by
 * Gauss-Legendre in v, where h is smooth, and an estimate of its error.
 */
static double
discounted_panel(BgnbdAlive *alive, double from, double to, double rate, double *error)
{
	BgnbdPanel panel;
	double weights[GAUSS_NODES];
	double sum = 0.0;

	gauss_legendre(from, to, panel.v, weights);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		panel.y[i] = exp(-panel.v[i]);
		panel.z[i] = panel.v[i] < 0.5 ? -expm1(-panel.v[i]) : 1.0 - panel.y[i];
	}
	bgnbd_rates(alive, &panel, to);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		double tau = alive->A * panel.z[i] / panel.y[i];

		weights[i] *= panel.rates[i] * exp((1.0 - panel.power) * panel.v[i] - rate * tau);
		sum += weights[i];
	}
	*error = gauss_legendre_error(weights) * sum;
	return sum;
}

/*
 * The width of the first panel. The integrand is a mixture over p of functions
 * that fall at the rates rate A + (r+x+1) p, and no component of weight may
 * fall unseen between two nodes: their error estimate would not see it either.
 */
static double
first_width(const BgnbdAlive *alive, double rate)
{
	double p = Min(1.0, (alive->a + 3.0 * sqrt(alive->a) + 1.0) / alive->C);
	double slope = Max(rate, 0.0) * alive->A + (alive->s + 1.0) * p;

	return slope > PANEL_FALL ? PANEL * PANEL_FALL / slope : PANEL;
}

/*
 * The integral of e^(-rate tau) h(tau) over v = ln(1 + tau/A) from 0 to end,
 * panel by panel. A panel that promises too large an error is tried again at
 * half its width; after a good one the next may be wider, for a component
 * that falls fast has then fallen.
 */
static double
discounted_integral(BgnbdAlive *alive, double end, double rate)
{
	double width = first_width(alive, rate);
	double sum = 0.0;
	double v = 0.0;

	for (int panels = 0; v < end; panels++)
	{
		double limit = v < BGNBD_SERIES_MAX_V ? Min(end, BGNBD_SERIES_MAX_V) : end;
		double count = ceil((limit - v) / width * (1.0 - 1e-12));
		double to = count <= 1.0 ? limit : v + (limit - v) / count;
		double error;
		double part;

		CHECK_FOR_INTERRUPTS();
		part = discounted_panel(alive, v, to, rate, &error);
		if (error > PANEL_ERROR * (sum + part) && panels < MAX_PANELS)
		{
			width = 0.5 * (to - v);
			continue;
		}
		width = error > 0.01 * PANEL_ERROR * (sum + part) ? to - v : 2.0 * width;
		width = Min(width, PANEL);
		sum += part;
		v = to;
	}
	return alive->s * sum;
}

/* The same given p, with v = ln(1 + p tau/A). */
static double
discounted_given_p(void *context, double p)
{
	const BgnbdAlive *alive = context;
	double unit = alive->A / p;

	return alive->s / p *
		   discounted_time(alive->rate * unit, -alive->s, log1p(alive->horizon / unit));
}

/* With an infinite horizon this is the DERT of Fader & Hardie, but for P(alive). */
double
bgnbd_discounted(BgnbdAlive *alive, double horizon, double rate)
{
	double end = log1p(horizon / alive->A);

	if (alive->few && rate > 0.0)
	{
		alive->horizon = horizon;
		alive->rate = rate;
		return bgnbd_expectation_over_p(alive, discounted_given_p);
	}
	if (rate * horizon > TAIL && alive->s > MANY_PURCHASES && alive->b >= 1.0)
	{
		EndlessPurchases endless = {1, alive->s, alive->A, 0.0, 1.0, alive->a, alive->b, rate};

		return discounted_forever(&endless);
	}
	if (rate > 0.0)
		end = Min(end, log1p(TAIL / (rate * alive->A)));
	return discounted_integral(alive, end, rate);
}
