/*
 * hypergeometric.c
 *		Gauss's hypergeometric function at several points at once.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/hypergeometric.h"

#define SERIES_MAX_TERMS 600

/*
 * 2F1 as a power series in z, at all nodes at once; false when slow or
 * inaccurate at z_max, the largest of them.
 */
bool
hypergeometric(double a, double b, double c, const double z[GAUSS_NODES], double z_max,
			   double sums[GAUSS_NODES])
{
	double coefficients[SERIES_MAX_TERMS];
	double largest = 1.0;
	double power = 1.0;
	int n;

	coefficients[0] = 1.0;
	for (n = 1; n < SERIES_MAX_TERMS; n++)
	{
		double k = n - 1;
		double size;

		/* The division first: so it does not wait for the coefficient before. */
		coefficients[n] = coefficients[n - 1] * ((a + k) * (b + k) / ((c + k) * (k + 1.0)));
		power *= z_max;
		size = fabs(coefficients[n]) * power;
		largest = Max(largest, size);
		/* A small term ends the series once the factors behave: not while c + k < 0. */
		if (size <= DBL_EPSILON * 0.1 && c + k > 0.0)
			break;
	}
	if (n == SERIES_MAX_TERMS || !(largest <= SERIES_MAX_LOSS))
		return false;
	for (int i = 0; i < GAUSS_NODES; i++)
		sums[i] = coefficients[n];
	for (int j = n - 1; j >= 0; j--)
		for (int i = 0; i < GAUSS_NODES; i++)
			sums[i] = sums[i] * z[i] + coefficients[j];
	for (int i = 0; i < GAUSS_NODES; i++)
		if (!(largest <= SERIES_MAX_LOSS * fabs(sums[i])))
			return false;
	return true;
}
