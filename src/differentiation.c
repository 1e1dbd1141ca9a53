/*
 * differentiation.c
 *		Window functions that place each customer among the others: cume_share,
 *		abc_class, decile.
 *
 * The answers of a whole partition are worked out when its first row asks, on
 * the sorted values, so they do not depend on the order of the rows, and equal
 * values get equal answers. A frame or ORDER BY of the window has no meaning.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "math/quantile.h"
#include "math/sort_doubles.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

#define ABC_A .80 /* of the total, where class A ends */
#define ABC_B .95
#define ABC_ROUNDING 1e-14 /* so near to a limit it is reached: 13.08 of 16.35 is 80 % */
#define DECILES 10

/* The values of a partition, then what is asked of them. */
typedef struct Partition
{
	bool ready;
	int64 nrows;
	int64 nvalues; /* that are not NULL */
	double total;  /* of positive values */
	double breaks[DECILES - 1];
	double *sorted;	 /* descending */
	double *through; /* sum of positive values up to this place */
} Partition;

static void
read_values(WindowObject window, Partition *partition, MemoryContext context)
{
	int64 n = WinGetPartitionRowCount(window);
	/* All rows are read within one row's turn: what each value took to compute is given back at once. */
	MemoryContext of_row =
		AllocSetContextCreate(CurrentMemoryContext, "value of a row", ALLOCSET_DEFAULT_SIZES);

	partition->nrows = n;
	partition->sorted = MemoryContextAllocHuge(context, Max(n, 1) * sizeof(double));
	for (int64 i = 0; i < n; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(of_row);
		bool isnull, isout;
		double value = DatumGetFloat8(
			WinGetFuncArgInPartition(window, 0, (int) i, WINDOW_SEEK_HEAD, false, &isnull, &isout));

		MemoryContextSwitchTo(caller);
		MemoryContextReset(of_row);
		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		value += 0.0;				 /* no negative zero */
		if (!(fabs(value) <= 1e290)) /* so that a sum does not overflow */
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("value must be a number within 1e290, not %g", value)));
		partition->sorted[partition->nvalues++] = value;
	}
	MemoryContextDelete(of_row);
}

/*
 * The sums through each place, and of all. What an addition rounds away is kept
 * (Neumaier 1974), so that they are right to the last digits for millions of values.
 */
static void
sum_up(Partition *partition)
{
	double sum = 0.0, lost = 0.0;

	for (int64 i = 0; i < partition->nvalues; i++)
	{
		double value = Max(partition->sorted[i], 0.0);
		double next = sum + value;

		lost += sum >= value ? (sum - next) + value : (value - next) + sum;
		sum = next;
		partition->total = Max(partition->total, sum + lost);
		partition->through[i] = partition->total;
	}
}

/* For decile: the breaks, and then the values are not needed any more. */
static void
work_out_breaks(Partition *partition, MemoryContext context)
{
	int64 n = partition->nvalues;
	uint64 *keys = MemoryContextAllocHuge(context, Max(n, 1) * sizeof(uint64));

	for (int64 i = 0; i < n; i++)
		keys[i] = quantile_key(partition->sorted[i]);
	pfree(partition->sorted);
	partition->sorted = NULL;
	if (n > 0)
		quantile_breaks(keys, n, DECILES, partition->breaks);
	pfree(keys);
}

/* For the others: the values in descending order, and their sums. */
static void
work_out_sums(Partition *partition, MemoryContext context)
{
	int64 n = partition->nvalues;

	sort_doubles(partition->sorted, n);
	for (int64 i = 0; i < n / 2; i++)
	{
		double greater = partition->sorted[n - 1 - i];

		partition->sorted[n - 1 - i] = partition->sorted[i];
		partition->sorted[i] = greater;
	}
	partition->through = MemoryContextAllocHuge(context, Max(n, 1) * sizeof(double));
	sum_up(partition);
}

static Partition *
partition_of(WindowObject window, void (*work_out)(Partition *, MemoryContext))
{
	Partition *partition = WinGetPartitionLocalMemory(window, sizeof(Partition));

	if (!partition->ready)
	{
		/* What the partition's memory is allocated in lives as long as it does. */
		MemoryContext context = GetMemoryChunkContext(partition);

		memset(partition, 0, sizeof(*partition));
		read_values(window, partition, context);
		work_out(partition, context);
		partition->ready = true;
	}
	return partition;
}

/* The value of the current row; false for NULL. */
static bool
current_value(WindowObject window, double *value)
{
	bool isnull;
	Datum datum = WinGetFuncArgCurrent(window, 0, &isnull);

	if (!isnull)
		*value = DatumGetFloat8(datum) + 0.0;
	return !isnull;
}

/* The number of values that are greater, or with `equal` at least as great. */
static int64
count_above(const Partition *partition, double value, bool equal)
{
	int64 low = 0;
	int64 high = partition->nvalues;

	while (low < high)
	{
		int64 middle = (low + high) / 2;

		if (partition->sorted[middle] > value || (equal && partition->sorted[middle] == value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * cume_share(value float8) OVER (PARTITION BY ...) -> float8: the share of the
 * total of positive values that values of at least this one make up, 0..1. NULL
 * for NULL, and where no value is positive.
 */
PG_FUNCTION_INFO_V1(cume_share);
Datum
cume_share(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = partition_of(window, work_out_sums);
	double value;
	int64 above;

	if (!current_value(window, &value) || !(partition->total > 0))
		PG_RETURN_NULL();
	above = count_above(partition, value, true);
	/* A volatile argument is another value now than when the partition was read. */
	PG_RETURN_FLOAT8(above == 0 ? 0.0 : partition->through[above - 1] / partition->total);
}

/*
 * abc_class(value float8) OVER (PARTITION BY ...) -> text: A when the greater
 * values make up less than 80 % of the total of positive values, B when less
 * than 95 %, otherwise C; 0 and less are C. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(abc_class);
Datum
abc_class(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = partition_of(window, work_out_sums);
	const char *name = "C";
	double value, before;
	int64 above;

	if (!current_value(window, &value))
		PG_RETURN_NULL();
	if (value > 0)
	{
		above = count_above(partition, value, false);
		before = above == 0 ? 0.0 : partition->through[above - 1] / partition->total;
		name = before < ABC_A - ABC_ROUNDING ? "A" : before < ABC_B - ABC_ROUNDING ? "B" : "C";
	}
	PG_RETURN_TEXT_P(cstring_to_text(name));
}

/*
 * decile(value float8) OVER (PARTITION BY ...) -> int: 1 (least) to 10, by the
 * breaks of an RFM score; equal values are never split. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(decile);
Datum
decile(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition = partition_of(window, work_out_breaks);
	double value;

	if (!current_value(window, &value))
		PG_RETURN_NULL();
	PG_RETURN_INT32(1 + quantile_bin(partition->breaks, DECILES - 1, value));
}
