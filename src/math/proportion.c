/*
 * proportion.c
 *		Shares of a count, and the tails of the normal distribution.
 *
 * Wilson (1927), as in Newcombe (1998), Statistics in Medicine 17:857, method 3.
 * It stays inside [0, 1] and has a width even when all or none succeeded.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "estimate.h"
#include "math/proportion.h"

Wilson
wilson_interval(double successes, double n)
{
	const double zz = ESTIMATE_Z * ESTIMATE_Z;
	double p = successes / n;
	double centre = (p + zz / (2 * n)) / (1 + zz / n);
	double se = sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n);
	Wilson result = {.value = p, .se = se};

	/* At the ends the limit is exact; elsewhere rounding must not pass it. */
	result.lo = successes == 0 ? 0.0 : Max(centre - ESTIMATE_Z * se, 0.0);
	result.hi = successes == n ? 1.0 : Min(centre + ESTIMATE_Z * se, 1.0);
	return result;
}

double
normal_two_sided(double z)
{
	return erfc(fabs(z) * M_SQRT1_2);
}

double
chi_squared_1_tail(double x)
{
	return erfc(sqrt(0.5 * x));
}
