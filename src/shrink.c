/*
 * shrink.c
 *		The window function shrink: estimates pulled towards their common mean by
 *		as much as their errors are large.
 *
 * Normal-normal empirical Bayes with the moment estimate of DerSimonian &
 * Laird 1986 for the variance between rows.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "base/row.h"
#include "estimate.h"
#include "executor/executor.h"
#include "math/quantile.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "windowapi.h"

#define LEAST_ROWS 3
#define LARGEST 1e70 /* of a value, and of a ratio of errors, so that sums of squares stay finite */

typedef struct Shrinkage
{
	bool ready;
	bool possible;	/* at least three rows voted */
	double tau2;	/* variance between rows */
	double mean;	/* mu */
	double weights; /* sum of w* */
} Shrinkage;

typedef struct Vote
{
	double value;
	double se;
} Vote;

/* Sorted, so that sums do not depend on the order of rows. */
static int
compare_votes(const void *left, const void *right)
{
	const Vote *a = left;
	const Vote *b = right;

	if (a->se != b->se)
		return a->se < b->se ? -1 : 1;
	return (a->value > b->value) - (a->value < b->value);
}

/* Value, standard error and n of an estimate; false when it does not vote. */
static bool
read_estimate(Datum datum, Vote *vote, int64 *n)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(datum);
	bool value_null, se_null, n_null;
	Datum value = GetAttributeByNum(row, 1, &value_null);
	Datum se = GetAttributeByNum(row, 2, &se_null);
	Datum count = GetAttributeByNum(row, 5, &n_null);

	*n = n_null ? -1 : DatumGetInt64(count);
	if (value_null || se_null)
		return false;
	vote->value = DatumGetFloat8(value);
	vote->se = DatumGetFloat8(se);
	return fabs(vote->value) <= LARGEST && vote->se > 1 / LARGEST && vote->se <= LARGEST;
}

static void
work_out(Shrinkage *shrinkage, Vote *votes, int64 k)
{
	double sum = 0.0, sum_squares = 0.0, fixed = 0.0, q = 0.0, least = votes[0].se;
	double tau2;

	/* In units of the least standard error, so that weights are at most 1. */
	for (int64 i = 0; i < k; i++)
	{
		double w = (least / votes[i].se) * (least / votes[i].se);

		sum += w;
		sum_squares += w * w;
		fixed += w * votes[i].value;
	}
	fixed /= sum;
	for (int64 i = 0; i < k; i++)
	{
		double off = (votes[i].value - fixed) / votes[i].se;

		q += off * off;
	}
	tau2 = Max(0.0, (q - (k - 1)) / (sum - sum_squares / sum)) * least * least;
	shrinkage->tau2 = tau2;
	for (int64 i = 0; i < k; i++)
	{
		double w = 1 / (votes[i].se * votes[i].se + tau2);

		shrinkage->weights += w;
		shrinkage->mean += w * votes[i].value;
	}
	shrinkage->mean /= shrinkage->weights;
	shrinkage->possible = isfinite(tau2) && isfinite(shrinkage->mean) && shrinkage->weights > 0;
}

static void
read_partition(WindowObject window, Shrinkage *shrinkage)
{
	int64 nrows = WinGetPartitionRowCount(window);
	Vote *votes = MemoryContextAllocHuge(CurrentMemoryContext, Max(nrows, 1) * sizeof(Vote));
	MemoryContext of_row =
		AllocSetContextCreate(CurrentMemoryContext, "estimate of a row", ALLOCSET_DEFAULT_SIZES);
	int64 k = 0;

	for (int64 i = 0; i < nrows; i++)
	{
		/* All rows are read within one row's turn: what each took to compute is given back at once. */
		MemoryContext caller = MemoryContextSwitchTo(of_row);
		bool isnull, isout;
		int64 n;
		Datum datum =
			WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

		if (!isnull && read_estimate(datum, &votes[k], &n))
			k++;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(of_row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextDelete(of_row);
	qsort(votes, k, sizeof(Vote), compare_votes);
	if (k >= LEAST_ROWS)
		work_out(shrinkage, votes, k);
	pfree(votes);
}

/*
 * shrink(estimate) OVER (PARTITION BY ...) -> estimate: f = tau2 / (tau2 + se^2)
 * of the way from the common mean mu to the row's own value; se^2 = f se^2 +
 * (1 - f)^2 / sum w*. Rows without a positive standard error come back as they
 * are and do not vote, and so do all rows when fewer than three vote.
 */
PG_FUNCTION_INFO_V1(shrink);
Datum
shrink(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Shrinkage *shrinkage = WinGetPartitionLocalMemory(window, sizeof(Shrinkage));
	bool isnull;
	Datum datum;
	Vote own;
	int64 n;
	double f, se;
	Estimate result;

	if (!shrinkage->ready)
	{
		memset(shrinkage, 0, sizeof(*shrinkage));
		read_partition(window, shrinkage);
		shrinkage->ready = true;
	}
	datum = WinGetFuncArgCurrent(window, 0, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	if (!shrinkage->possible || !read_estimate(datum, &own, &n))
		PG_RETURN_DATUM(datum);
	f = shrinkage->tau2 / (shrinkage->tau2 + own.se * own.se);
	se = sqrt(f * own.se * own.se + (1 - f) * (1 - f) / shrinkage->weights);
	result.value = shrinkage->mean + f * (own.value - shrinkage->mean);
	result.se = se;
	result.lo = result.value - ESTIMATE_Z * se;
	result.hi = result.value + ESTIMATE_Z * se;
	result.n = n;
	return estimate_form(fcinfo, &result);
}
