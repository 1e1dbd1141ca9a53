/*
 * suppress.c
 *		The window function suppress_set: which parts of a published total must
 *		not be shown.
 *
 * Parts of 1 to k - 1 customers are hidden (primary suppression). If the total
 * is known, the sum of the hidden parts is known, too, so the smallest of the
 * other parts are hidden with them (secondary suppression in one dimension)
 * until at least two are hidden, they add up to at least k, and their sum is not
 * the greatest that so many parts below k can have, which would give them away.
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
k_argument(WindowObject window)
{
	bool isnull;
	int32 k = DatumGetInt32(WinGetFuncArgCurrent(window, 1, &isnull));

	if (isnull || k < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k of suppress_set must be at least 1, not %s",
							   isnull ? "NULL" : psprintf("%d", k))));
	return k;
}

/* The counts of a partition that are above 0, ascending. */
static int64 *
read_counts(WindowObject window, int64 *n)
{
	int64 nrows = WinGetPartitionRowCount(window);
	int64 *counts = MemoryContextAllocHuge(CurrentMemoryContext, Max(nrows, 1) * sizeof(int64));

	*n = 0;
	for (int64 i = 0; i < nrows; i++)
	{
		bool isnull, isout;
		Datum datum =
			WinGetFuncArgInPartition(window, 0, i, WINDOW_SEEK_HEAD, false, &isnull, &isout);

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		if (DatumGetInt64(datum) < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("n of suppress_set must not be negative, but is " INT64_FORMAT,
								   DatumGetInt64(datum))));
		if (DatumGetInt64(datum) > 0)
			counts[(*n)++] = DatumGetInt64(datum);
	}
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
		bool safe = hidden >= 2 && sum >= k && sum != (double) hidden * (k - 1);

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
	int64 k = k_argument(window);
	bool isnull;
	int64 count;

	if (!suppression->ready)
	{
		int64 n;
		int64 *counts = read_counts(window, &n);

		suppression->limit = find_limit(counts, n, k);
		suppression->ready = true;
		pfree(counts);
	}
	count = DatumGetInt64(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(count > 0 && count <= suppression->limit);
}
