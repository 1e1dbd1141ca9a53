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
static double
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

/* x^a y^b / B(a, b); the larger argument is the base of the difference. */
static double
beta_front(double a, double b, double x, double y)
{
	double small = Min(a, b);
	double log_beta = lgamma(small) - log_gamma_difference(Max(a, b), small);

	return exp(a * log(x) + b * log(y) - log_beta);
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

double
negative_binomial_tail(double n, double mean, double size)
{
	double p;

	if (n <= 0.0)
		return 1.0;
	p = incomplete_beta(n, size, mean / (mean + size), size / (mean + size));
	return Min(Max(p, 0.0), 1.0);
}
