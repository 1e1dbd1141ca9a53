/*
 * hypergeometric.h
 *		Gauss's hypergeometric function at several points at once.
 */
#ifndef CUSTOMER_PROFILE_HYPERGEOMETRIC_H
#define CUSTOMER_PROFILE_HYPERGEOMETRIC_H

#include "math/quadrature.h"

/* Largest term over result: how many digits a series may lose to cancellation. */
#define SERIES_MAX_LOSS 1e4

/*
 * 2F1(a, b; c; z) by the power series in z at each z[i], of which z_max is the
 * largest; false when that is slow or inaccurate.
 */
extern bool hypergeometric(double a, double b, double c, const double z[GAUSS_NODES], double z_max,
						   double sums[GAUSS_NODES]);

#endif /* CUSTOMER_PROFILE_HYPERGEOMETRIC_H */
