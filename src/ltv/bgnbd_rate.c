/*
 * bgnbd_rate.c
 *		BG/NBD and MBG/NBD: the rate h of later purchases (bgnbd_alive.h) at the
 *		nodes of a panel.
 *
 * By the series in z, and for z near 1 by the connection formula in 1-z. They
 * check that they are quick and lose no digits to cancellation. Where they
 * fail (very large r, or r+x-a next to an integer) purchases are counted
 * by attempts, as in bgnbd_expect.c, and where these are many the expectation
 * over p is integrated.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "ltv/bgnbd_alive.h"
#include "math/hypergeometric.h"

/* A h(tau) / (r+x) given p. */
static double
rate_given_p(void *context, double p)
{
	const BgnbdAlive *alive = context;

	if (bgnbd_without_end(alive, p))
		return 0.0;
	return exp(-(alive->s + 1.0) * log1p(p * alive->t_over_A));
}

/* By the series in z. */
static bool
rates_near_zero(const BgnbdAlive *alive, BgnbdPanel *panel)
{
	panel->power = alive->a;
	return hypergeometric(alive->a, alive->B, alive->C, panel->z, panel->z[GAUSS_NODES - 1],
						  panel->rates);
}

/* Gamma(z1) Gamma(z2) / (Gamma(z3) Gamma(z4)), z2 and z4 of any sign. */
static double
gamma_ratio(double z1, double z2, double z3, double z4)
{
	int sign2;
	int sign4;
	double log2 = lgamma_r(z2, &sign2);
	double log4 = lgamma_r(z4, &sign4);

	return sign2 * sign4 * exp(lgamma(z1) + log2 - lgamma(z3) - log4);
}

/*
 * By the connection formula (Abramowitz & Stegun 15.3.6), y = 1-z:
 * with s = r+x+1, c = s-a and b = C-a,
 *		Gamma(C) Gamma(c) / (Gamma(s) Gamma(b)) y^a 2F1(a, B; 1-c; y)
 *		+ Gamma(C) Gamma(-c) / (Gamma(a) Gamma(B)) y^s 2F1(b, s; 1+c; y).
 * For c near an integer the two are large and cancel.
 */
static bool
rates_near_one(const BgnbdAlive *alive, BgnbdPanel *panel)
{
	double s = alive->s + 1.0;
	double c = s - alive->a;
	double first[GAUSS_NODES];
	double second[GAUSS_NODES];
	double factor_a;
	double factor_s;

	if (fabs(c - rint(c)) < 1e-3 || alive->a > 20.0)
		return false;
	panel->power = alive->a;
	if (!hypergeometric(alive->a, alive->B, 1.0 - c, panel->y, panel->y[0], first) ||
		!hypergeometric(alive->b, s, 1.0 + c, panel->y, panel->y[0], second))
		return false;
	factor_a = gamma_ratio(alive->C, c, s, alive->b);
	factor_s = gamma_ratio(alive->C, -c, alive->a, alive->B);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		double term_a = factor_a * first[i];
		double term_s = factor_s * exp(-c * panel->v[i]) * second[i];

		panel->rates[i] = term_a + term_s;
		if (!(panel->rates[i] > 0.0 && fabs(term_a) <= SERIES_MAX_LOSS * panel->rates[i]))
			return false;
	}
	return true;
}

/* By attempts: the probability that all of them were purchases, and another one is to come. */
static bool
rates_by_attempts(const BgnbdAlive *alive, BgnbdPanel *panel)
{
	double terms[BGNBD_ATTEMPTS_TERMS];
	double shares[GAUSS_NODES];
	double z = panel->z[GAUSS_NODES - 1];
	double s = alive->s + 1.0;
	double sum = 0.0;
	double term = 1.0;
	int n;

	if (s * z > BGNBD_ATTEMPTS_MAX * panel->y[GAUSS_NODES - 1] ||
		s * panel->v[GAUSS_NODES - 1] > 600.0)
		return false;
	for (n = 0; n < BGNBD_ATTEMPTS_TERMS; n++)
	{
		double ratio = z * ((s + n) * (alive->b + n) / ((alive->C + n) * (n + 1.0)));
		double bound = z * Max(s + n, n + 1.0) / (n + 1.0); /* of all later ones */

		terms[n] = term;
		sum += term;
		if (bound < 1.0 && term * ratio <= DBL_EPSILON * 0.1 * (1.0 - bound) * sum)
			break;
		term *= ratio;
	}
	if (n == BGNBD_ATTEMPTS_TERMS)
		return false;
	panel->power = s;
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		panel->rates[i] = terms[n];
		shares[i] = panel->z[i] / z;
	}
	for (int j = n - 1; j >= 0; j--)
		for (int i = 0; i < GAUSS_NODES; i++)
			panel->rates[i] = panel->rates[i] * shares[i] + terms[j];
	return true;
}

/* By integration over p. */
static void
rates_by_integral(BgnbdAlive *alive, BgnbdPanel *panel)
{
	panel->power = 0.0;
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		alive->t_over_A = panel->z[i] / panel->y[i];
		/* Where nothing is left, rounding can make it less. */
		panel->rates[i] = Max(beta_expectation(alive->a, alive->b, rate_given_p, alive), 0.0);
	}
}

void
bgnbd_rates(BgnbdAlive *alive, BgnbdPanel *panel, double to)
{
	bool found =
		to <= BGNBD_SERIES_MAX_V ? rates_near_zero(alive, panel) : rates_near_one(alive, panel);

	if (!found && !rates_by_attempts(alive, panel))
		rates_by_integral(alive, panel);
}
