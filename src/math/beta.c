/*
 * beta.c
 *		The incomplete Beta function by its continued fraction (DLMF 8.17.22),
 *		evaluated by Lentz's method on the side where it converges fast.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/beta.h"
#include "math/special.h"
#include "miscadmin.h"

#define NEGATIVE_BINOMIAL_NORMAL_FROM 1e9 /* then the skewness is below 1e-4 */

#define SMALLEST 1e-300 /* keeps Lentz's method away from a division by zero */

/* The coefficient d_n, n >= 1, of DLMF 8.17.22. */
static double
fraction_term(int n, double a, double b, double x)
{
	double m = n / 2;

	if (n % 2 == 0)
		return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
	return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

/* 1 / (1 + d_1 / (1 + d_2 / ...)); needs x < (a + 1) / (a + b + 2), and then O(sqrt(max(a, b))) terms. */
double
beta_fraction(double a, double b, double x)
{
	double c = 1.0;
	double d = 0.0;
	double result = 1.0;

	for (int n = 1; n < 1000000; n++)
	{
		double term = fraction_term(n, a, b, x);
		double step;

		if ((n & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		d = 1.0 + term * d;
		if (fabs(d) < SMALLEST)
			d = SMALLEST;
		c = 1.0 + term / c;
		if (fabs(c) < SMALLEST)
			c = SMALLEST;
		d = 1.0 / d;
		step = c * d;
		result *= step;
		if (fabs(step - 1.0) < DBL_EPSILON)
			break;
	}
	return 1.0 / result;
}

/* ln x, where x + y = 1: a large a would multiply the rounding of an x close to 1. */
static double
log_share(double x, double y)
{
	return x < y ? log(x) : log1p(-y);
}

/* x^a y^b / B(a, b); the larger argument is the base of the difference. */
static double
beta_front(double a, double b, double x, double y)
{
	double small = Min(a, b);
	double log_beta = lgamma(small) - log_gamma_difference(Max(a, b), small);

	return exp(a * log_share(x, y) + b * log_share(y, x) - log_beta);
}

double
incomplete_beta(double a, double b, double x, double y)
{
	if (x <= 0.0)
		return 0.0;
	if (y <= 0.0)
		return 1.0;
	if (x < (a + 1.0) / (a + b + 2.0))
		return beta_front(a, b, x, y) / a * beta_fraction(a, b, x);
	return 1.0 - beta_front(a, b, x, y) / b * beta_fraction(b, a, y);
}

/*
 * The same for large counts: the normal distribution, with the first term of
 * Cornish & Fisher (1938) for the skewness. Half a case is the correction for
 * continuity.
 */
static double
negative_binomial_tail_normal(double n, double mean, double size)
{
	double sd = sqrt(mean * (1.0 + mean / size));
	double skewness = (1.0 + 2.0 * mean / size) / sd;
	double z = (n - 0.5 - mean) / sd;

	if (fabs(z) < 40.0) /* else 0 or 1 in any case */
		z -= skewness * (z * z - 1.0) / 6.0;
	return 0.5 * erfc(z * M_SQRT1_2);
}

double
negative_binomial_tail(double n, double mean, double size)
{
	double p;

	if (n <= 0.0)
		return 1.0;
	/* Beyond, the fraction takes too many terms and the exponent loses its digits. */
	if (Min(n, size) > NEGATIVE_BINOMIAL_NORMAL_FROM)
		return negative_binomial_tail_normal(n, mean, size);
	p = incomplete_beta(n, size, mean / (mean + size), size / (mean + size));
	return Min(Max(p, 0.0), 1.0);
}
