/*
 * special.c
 *		Special functions that libm does not have.
 *
 * Asymptotic series (Abramowitz & Stegun 6.1.41, 6.3.18, 6.4.12) from z = 16
 * on, where seven terms reach the last bit, and recurrence below.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "math/special.h"

#define ASYMPTOTIC_FROM 16.0
#define INTERRUPT_EVERY 0xFFFF /* steps of a recurrence between checks, a bit mask */

/* ln Gamma(z) less its leading part (z - 1/2) ln z - z + ln(2 pi)/2. */
static double
stirling_rest(double z)
{
	double f = 1.0 / (z * z);

	return (1.0 / 12 -
			f * (1.0 / 360 -
				 f * (1.0 / 1260 - f * (1.0 / 1680 - f * (1.0 / 1188 - f * (691.0 / 360360 -
																			f * (1.0 / 156))))))) /
		   z;
}

/* psi(z) less its leading part ln z. */
static double
digamma_rest(double z)
{
	double f = 1.0 / (z * z);

	return -0.5 / z -
		   f * (1.0 / 12 -
				f * (1.0 / 120 -
					 f * (1.0 / 252 - f * (1.0 / 240 - f * (1.0 / 132 - f * (691.0 / 32760 -
																			 f * (1.0 / 12)))))));
}

/* psi'(z) less its leading part 1/z. */
static double
trigamma_rest(double z)
{
	double f = 1.0 / (z * z);

	return f * (0.5 +
				(1.0 / 6 -
				 f * (1.0 / 30 -
					  f * (1.0 / 42 -
						   f * (1.0 / 30 - f * (5.0 / 66 - f * (691.0 / 2730 - f * (7.0 / 6))))))) /
					z);
}

double
digamma(double z)
{
	double below = 0.0;

	for (; z < ASYMPTOTIC_FROM; z += 1.0)
		below -= 1.0 / z;
	return below + log(z) + digamma_rest(z);
}

double
trigamma(double z)
{
	double below = 0.0;

	for (; z < ASYMPTOTIC_FROM; z += 1.0)
		below += 1.0 / (z * z);
	return below + 1.0 / z + trigamma_rest(z);
}

double
log_gamma_difference(double z, double q)
{
	if (z < ASYMPTOTIC_FROM)
		return lgamma(z + q) - lgamma(z);
	return (z - 0.5) * log1p(q / z) + q * (log(z + q) - 1.0) + stirling_rest(z + q) -
		   stirling_rest(z);
}

/* Stirling's series in a form of its own: every term is small where the result is. */
double
log_rising_ratio(double z, double q, double n)
{
	double below = 0.0;
	double odds;

	if (q <= 0.0 || n <= 0.0)
		return 0.0;
	for (; z < ASYMPTOTIC_FROM; z += 1.0)
		below -= log1p(q / z * (n / (z + q + n)));
	odds = log1p(q / z * (n / (z + q + n)));
	return below + (z - 0.5) * odds - n * log1p(q / (z + n)) - q * log1p(n / (z + q)) +
		   stirling_rest(z + n) - stirling_rest(z) - stirling_rest(z + q + n) +
		   stirling_rest(z + q);
}

double
digamma_difference(double z, double q)
{
	if (z < ASYMPTOTIC_FROM)
		return digamma(z + q) - digamma(z);
	return log1p(q / z) + digamma_rest(z + q) - digamma_rest(z);
}

double
trigamma_difference(double z, double q)
{
	if (z < ASYMPTOTIC_FROM)
		return trigamma(z + q) - trigamma(z);
	return -q / (z * (z + q)) + trigamma_rest(z + q) - trigamma_rest(z);
}

void
rising_log_init(RisingLog *rising, double base)
{
	memset(rising, 0, sizeof(*rising));
	rising->base = base;
}

void
rising_log_advance(RisingLog *rising, int64 n)
{
	for (; rising->n < n; rising->n++)
	{
		double z = rising->base + rising->n;

		rising->log += log(z);
		rising->first += 1.0 / z;
		rising->second -= 1.0 / (z * z);
		if ((rising->n & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
	}
}

void
rising_beta_init(RisingBeta *rising, double a, double b)
{
	memset(rising, 0, sizeof(*rising));
	rising->a = a;
	rising->b = b;
}

void
rising_beta_advance(RisingBeta *rising, int64 n)
{
	for (; rising->n < n; rising->n++)
	{
		double b = rising->b + rising->n;
		double share_a = rising->a / (rising->a + b); /* a/(a+b+j) */
		double share_b = rising->b / (rising->a + b); /* b/(a+b+j) */
		double of_b = rising->b / b;				  /* b/(b+j) */

		rising->log -= log1p(rising->a / b);
		rising->by_a -= share_a;
		rising->by_b += of_b * share_a;
		rising->by_aa -= share_a * (1.0 - share_a);
		rising->by_ab += share_a * share_b;
		rising->by_bb += of_b * share_a * (1.0 - of_b - share_b);
		if ((rising->n & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
	}
}

double
softplus(double y)
{
	return y > 0.0 ? y + log1p(exp(-y)) : log1p(exp(y));
}
