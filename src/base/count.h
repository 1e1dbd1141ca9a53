/*
 * count.h
 *		Counts that say so when they overflow, or stop at the greatest there is.
 */
#ifndef CUSTOMER_PROFILE_COUNT_H
#define CUSTOMER_PROFILE_COUNT_H

#include <math.h>

#include "common/int.h"

/* a + b; `what` names the count in the error. */
static inline int64
add_counts(int64 a, int64 b, const char *what)
{
	int64 sum;

	if (unlikely(pg_add_s64_overflow(a, b, &sum)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("count of %s is out of range", what)));
	return sum;
}

/* A count that was added up as a double, rounded; the greatest there is where it is more. */
static inline int64
count_from_double(double count)
{
	return count >= 0x1p63 ? PG_INT64_MAX : (int64) rint(count);
}

#endif /* CUSTOMER_PROFILE_COUNT_H */
