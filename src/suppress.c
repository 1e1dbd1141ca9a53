/*
 * suppress.c
 *		Numbers of few customers are not shown: suppress hides one, and the window
 *		function suppress_set says which parts of a published total to hide.
 *
 * Parts of 1 to k - 1 customers are hidden (primary suppression). If the total
 * is known, the sum of the hidden parts is known, too, so the smallest of the
 * other parts are hidden with them (secondary suppression in one dimension)
 * until at least two are hidden, they add up to at least k, and their sum is not
 * the least or the greatest that so many parts of 1 to k - 1 can have, which would
 * give them away. Where all parts are hidden and still too few, the total must go.
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "windowapi.h"

typedef struct Suppression
{
	bool ready;
	int64 limit; /* parts of 1 to this many customers are hidden */
} Suppression;

static int
compare_counts(const void *left, const void *right)
{
	int64 a = *(const int64 *) left;
	int64 b = *(const int64 *) right;

	return (a > b) - (a < b);
}

static int64
check_k(Datum k, bool isnull)
{
	if (isnull || DatumGetInt32(k) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be at least 1, not %s",
							   isnull ? "NULL" : psprintf("%d", DatumGetInt32(k)))));
	return DatumGetInt32(k);
}

static int64
check_n(Datum n)
{
	if (DatumGetInt64(n) < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n must not be negative, but is " INT64_FORMAT, DatumGetInt64(n))));
	return DatumGetInt64(n);
}

/*
 * suppress(value, n bigint, k int DEFAULT 10) -> value, of any type that SQL
 * declares it for: NULL when fewer than k customers, or an unknown number of them,
 * are behind it. A k below 1 would hide nothing: an error.
 */
PG_FUNCTION_INFO_V1(suppress);
Datum
suppress(PG_FUNCTION_ARGS)
{
	int64 k = check_k(PG_GETARG_DATUM(2), PG_ARGISNULL(2));

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || check_n(PG_GETARG_DATUM(1)) < k)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* The counts of a partition that are above 0, ascending. */
static int64 *
read_counts(WindowObject window, int64 k, int64 *n)
{
	int64 nrows = WinGetPartitionRowCount(window);
	int64 *counts = MemoryContextAllocHuge(CurrentMemoryContext, Max(nrows, 1) * sizeof(int64));

	MemoryContext of_row =
		AllocSetContextCreate(CurrentMemoryContext, "part of a total", ALLOCSET_DEFAULT_SIZES);

	*n = 0;
	for (int64 i = 0; i < nrows; i++)
	{
		/* All rows are read within one row's turn: what each took to compute is given back at once. */
		MemoryContext caller = MemoryContextSwitchTo(of_row);
		bool isnull, isout;
		Datum datum =
			WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

		CHECK_FOR_INTERRUPTS();
		if (!isnull && check_n(datum) > 0)
			counts[(*n)++] = DatumGetInt64(datum);
		datum =
			WinGetFuncArgInPartition(window, 1, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout);
		if (check_k(datum, isnull) != k)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("k must be the same for all parts of a total, but is both " INT64_FORMAT
							" and %d",
							k, DatumGetInt32(datum))));
		MemoryContextSwitchTo(caller);
		MemoryContextReset(of_row);
	}
	MemoryContextDelete(of_row);
	qsort(counts, *n, sizeof(int64), compare_counts);
	return counts;
}

/* The largest count that must be hidden; 0: none. Equal counts are hidden together. */
static int64
find_limit(const int64 *counts, int64 n, int64 k)
{
	int64 hidden = 0, limit = 0;
	double sum = 0.0;

	if (n == 0 || counts[0] >= k)
		return 0;
	for (; hidden < n; hidden++)
	{
		bool primary = counts[hidden] < k;
		bool same = counts[hidden] == limit;
		bool safe = hidden >= 2 && sum >= k && sum != hidden && sum != (double) hidden * (k - 1);

		if (!primary && !same && safe)
			break;
		limit = counts[hidden];
		sum += counts[hidden];
	}
	return limit;
}

/*
 * suppress_set(n bigint, k int) OVER (PARTITION BY total) -> bool: true for a
 * part that must not be shown. A part of 0 is shown, NULL gives NULL; all must be
 * hidden when nothing less protects them. k must be the same in all rows.
 */
PG_FUNCTION_INFO_V1(suppress_set);
Datum
suppress_set(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Suppression *suppression = WinGetPartitionLocalMemory(window, sizeof(Suppression));
	bool isnull;
	Datum datum = WinGetFuncArgCurrent(window, 1, &isnull);
	int64 k = check_k(datum, isnull);
	int64 count;

	if (!suppression->ready)
	{
		int64 n;
		int64 *counts = read_counts(window, k, &n);

		suppression->limit = find_limit(counts, n, k);
		suppression->ready = true;
		pfree(counts);
	}
	count = DatumGetInt64(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(count > 0 && count <= suppression->limit);
}
