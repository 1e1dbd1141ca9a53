/*
 * bgnbd_expect.c
 *		BG/NBD and MBG/NBD: expected purchases of a customer who is alive.
 *
 * The rate of bgnbd_alive.h, integrated:
 *		E X(t) = -(C-1) expm1((a-1) L)/(a-1)
 *				 - e^((a-1) L) sum_{k>=1} (a)_{k-1} (B)_k / ((C)_{k-1} k!) z^k,
 *		L = ln(1-z), which has no singularity at a = 1 or a+b+x = 1.
 * The series checks that it is quick and loses no digits to cancellation.
 * Where it fails (z near 1, very large a or r) purchases are counted by
 * attempts: those of a customer who never drops out, N ~ negative binomial
 * (r+x, z), of which attempt j > 0 is a purchase with probability
 * (C-a)_j / (C)_j. Such sums have only positive terms, as many as there are
 * attempts. Where these are many the expectation over p is integrated.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "ltv/bgnbd_alive.h"
#include "math/hypergeometric.h"

#define SERIES_MAX_TERMS 600
#define SERIES_BLOCK 8	  /* terms between checks */
#define SERIES_MAX_Z 0.95 /* of the series for E X(t) */

/* E X(t) by the series; false when it is slow or inaccurate here. */
static bool
purchases_by_series(const BgnbdAlive *alive, double z, double log_1_z, double *result)
{
	double power = (alive->a - 1.0) * log_1_z;
	double main_part;
	double term = alive->B * z;
	double sum = 0.0;
	double largest;
	int k;

	if (z > SERIES_MAX_Z || power > 300.0)
		return false;
	main_part =
		-(alive->C - 1.0) * (fabs(power) < DBL_MIN ? log_1_z : expm1(power) / (alive->a - 1.0));
	largest = fabs(term);
	for (k = 1; k <= SERIES_MAX_TERMS; k += SERIES_BLOCK)
	{
		double ratios[SERIES_BLOCK];

		/* The divisions first, several at once: so they do not wait for the terms. */
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			double j = k + i;

			ratios[i] = z * ((alive->a + (j - 1.0)) * (alive->B + j) /
							 ((alive->C + (j - 1.0)) * (j + 1.0)));
		}
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			sum += term;
			term *= ratios[i];
			largest = Max(largest, fabs(term));
		}
		if (fabs(term) <= DBL_EPSILON * 0.125 * fabs(sum))
			break;
	}
	*result = main_part - exp(power) * sum;
	largest = Max(fabs(main_part), exp(power) * largest);
	return k <= SERIES_MAX_TERMS && *result > 0.0 && largest <= SERIES_MAX_LOSS * *result;
}

/* E X(t) by attempts: sum over n of P(N = n) times the purchases of n attempts. */
static bool
purchases_by_attempts(const BgnbdAlive *alive, double z, double log_1_z, double *result)
{
	double probability = exp(alive->s * log_1_z);
	double purchases = 0.0; /* of n attempts */
	double next = 1.0;		/* that one more is one */
	double sum = 0.0;

	if (alive->s * alive->t_over_A > BGNBD_ATTEMPTS_MAX || alive->s * log_1_z < -600.0)
		return false;
	for (int n = 0; n < BGNBD_ATTEMPTS_TERMS; n += SERIES_BLOCK)
	{
		double ratios[SERIES_BLOCK];
		double survivals[SERIES_BLOCK];
		double term = 0.0;
		double ratio;

		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			double j = n + i;

			ratios[i] = z * (alive->s + j) / (j + 1.0);
			survivals[i] = (alive->b + j) / (alive->C + j);
		}
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			term = probability * purchases;
			sum += term;
			probability *= ratios[i];
			purchases += next;
			next *= survivals[i];
		}
		/* The rest is less than a geometric series. */
		ratio = ratios[SERIES_BLOCK - 1] * (1.0 + 1.0 / (n + (SERIES_BLOCK - 1)));
		if (ratio < 1.0 && term * ratio <= DBL_EPSILON * 0.1 * (1.0 - ratio) * sum)
		{
			*result = sum;
			return true;
		}
	}
	return false;
}

/* Purchases up to t of a customer with dropout probability p. */
static double
purchases_given_p(void *context, double p)
{
	const BgnbdAlive *alive = context;

	if (bgnbd_without_end(alive, p))
		return 0.0;
	if (p * alive->t_over_A < 1e-18)
		return alive->s * alive->t_over_A;
	return -expm1(-alive->s * log1p(p * alive->t_over_A)) / p;
}

double
bgnbd_purchases(BgnbdAlive *alive, double t)
{
	double log_1_z;
	double purchases;
	double z = t / (alive->A + t);

	alive->t_over_A = t / alive->A;
	log_1_z = -log1p(alive->t_over_A);
	if (!purchases_by_series(alive, z, log_1_z, &purchases) &&
		!purchases_by_attempts(alive, z, log_1_z, &purchases))
		purchases = bgnbd_expectation_over_p(alive, purchases_given_p);
	return purchases;
}

/*
 * What is expected of one who is alive at T: see purchases_if_alive in
 * ltv_model.h. For ever and without a discount there are 1/p purchases, and E 1/p
 * = (C-1)/(a-1), the limit of E X(t), which for a <= 1 has none.
 */
double
bgnbd_purchases_if_alive(const double *parameters, int32 x, double T, double horizon, double rate,
						 int first)
{
	BgnbdAlive alive;

	if (horizon <= 0.0)
		return 0.0;
	bgnbd_alive_init(&alive, parameters, x, T, first);
	if (rate != 0.0)
		return bgnbd_discounted(&alive, horizon, rate);
	if (isinf(horizon))
		return alive.a > 1.0 ? (alive.C - 1.0) / (alive.a - 1.0) : INFINITY;
	return bgnbd_purchases(&alive, horizon);
}
