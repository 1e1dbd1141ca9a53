/*
 * wilson.h
 *		Wilson's 95 % interval of a share (Wilson 1927), without correction.
 */
#ifndef CUSTOMER_PROFILE_WILSON_H
#define CUSTOMER_PROFILE_WILSON_H

#include <math.h>

static inline void
wilson_interval(double hits, double n, double *lo, double *hi)
{
	const double z = 1.959963984540054;
	double p = hits / n;
	double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
	double half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	*lo = hits <= 0 ? 0.0 : Max(0.0, middle - half);
	*hi = hits >= n ? 1.0 : Min(1.0, middle + half);
}

#endif /* CUSTOMER_PROFILE_WILSON_H */
