/*
 * duration_bucket.c
 *		The fixed buckets of a duration_summary with many distinct durations.
 *
 * Edges are round durations: multiples of a step, which is used from 64 times
 * itself on. An edge is a bucket of its own, so that a deadline of 4 hours and
 * all that ends exactly at it stay what they are; what is strictly between two
 * edges is one bucket. As each step divides the next one and the 64-fold of it,
 * whatever is a multiple of a step is an edge until the next step begins: whole
 * minutes until 5 h 20 min, whole hours until 8 days, whole days until 320 days.
 *
 * The geometric middle of two neighbouring edges is within
 * sqrt(1 + 1/64) - 1 = 0.78 % of whatever is between them.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "datatype/timestamp.h"
#include "duration_summary_layout.h"

#define STEPS_TO_EDGE 64 /* of each step before its first edge */

/* Of two round numbers both are here only when the smaller divides the larger: no 2 beside 5. */
static const int64 steps[] = {
	1,
	5,
	10,
	50,
	100,
	500,
	1000,
	5000,
	10000,
	50000,
	100000,
	500000,
	USECS_PER_SEC,
	5 * USECS_PER_SEC,
	15 * USECS_PER_SEC,
	30 * USECS_PER_SEC,
	USECS_PER_MINUTE,
	5 * USECS_PER_MINUTE,
	15 * USECS_PER_MINUTE,
	30 * USECS_PER_MINUTE,
	USECS_PER_HOUR,
	3 * USECS_PER_HOUR,
	6 * USECS_PER_HOUR,
	12 * USECS_PER_HOUR,
	USECS_PER_DAY,
	5 * USECS_PER_DAY, /* divides 365 days; so no 10, but then 50 */
	50 * USECS_PER_DAY,
	100 * USECS_PER_DAY,
	500 * USECS_PER_DAY,
	1000 * USECS_PER_DAY,
	5000 * USECS_PER_DAY,
	10000 * USECS_PER_DAY,
	50000 * USECS_PER_DAY,
	100000 * USECS_PER_DAY,
	500000 * USECS_PER_DAY,
	1000000 * USECS_PER_DAY, /* the last: an int64 ends before 64 times ten of them */
};

/* From where the step is used. */
static int64
step_begin(int step)
{
	return step == 0 ? 0 : STEPS_TO_EDGE * steps[step];
}

/* The distance of edges at a duration: the largest step in use there. */
static int64
step_at(int64 duration)
{
	int low = 0;
	int high = lengthof(steps) - 1;

	while (low < high)
	{
		int middle = (low + high + 1) / 2;

		if (step_begin(middle) <= duration)
			low = middle;
		else
			high = middle - 1;
	}
	return steps[low];
}

int64
duration_bucket(int64 duration)
{
	int64 beyond = duration % step_at(duration);

	return beyond == 0 ? duration : duration - beyond + 1;
}

double
duration_bucket_middle(int64 lowest)
{
	int64 step = step_at(lowest);
	double edge;

	if (lowest % step == 0)
		return (double) lowest;
	edge = (double) (lowest - 1);
	return sqrt(edge * (edge + (double) step));
}

int64
duration_bucket_last(int64 lowest)
{
	int64 step = step_at(lowest);

	if (lowest % step == 0)
		return lowest;
	return lowest - 1 + Min(step - 1, PG_INT64_MAX - (lowest - 1));
}

int64
duration_bucket_count(void)
{
	int64 count = 1; /* that of zero */

	for (int i = 0; i < (int) lengthof(steps); i++)
	{
		int64 end = i + 1 < (int) lengthof(steps) ? step_begin(i + 1) : PG_INT64_MAX;
		int64 edges = (end - step_begin(i)) / steps[i] + 1;

		count += i == 0 ? edges : 2 * edges;
	}
	return count;
}
