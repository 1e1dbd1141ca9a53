/*
 * fdr.c
 *		fdr(p) OVER (...): of what is called a finding, how much is chance?
 *		The step-up of Benjamini & Hochberg (1995), JRSS B 57:289, as R's
 *		p.adjust(p, "BH").
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "windowapi.h"

typedef struct Test
{
	double p;
	int64 row;
} Test;

typedef struct Answers
{
	double *q; /* by row; NaN: NULL */
} Answers;

static int
compare_tests(const void *left, const void *right)
{
	double a = ((const Test *) left)->p;
	double b = ((const Test *) right)->p;

	return (a > b) - (a < b);
}

/*
 * The p of all rows that have one; NULLs are no tests. All rows are read within
 * one row's turn, so what each p took to compute is given back at once.
 */
static int64
read_tests(WindowObject window, int64 rows, Test *tests)
{
	MemoryContext of_row =
		AllocSetContextCreate(CurrentMemoryContext, "p of a row", ALLOCSET_DEFAULT_SIZES);
	int64 n = 0;

	for (int64 row = 0; row < rows; row++)
	{
		MemoryContext caller = MemoryContextSwitchTo(of_row);
		bool isnull;
		bool isout;
		double p = DatumGetFloat8(WinGetFuncArgInPartition(window, 0, (int) row, WINDOW_SEEK_HEAD,
														   false, &isnull, &isout));

		MemoryContextSwitchTo(caller);
		MemoryContextReset(of_row);
		CHECK_FOR_INTERRUPTS();
		if (isnull || isout)
			continue;
		if (!(p >= 0.0 && p <= 1.0))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("p must be between 0 and 1, not %g", p)));
		tests[n++] = (Test){.p = p, .row = row};
	}
	MemoryContextDelete(of_row);
	return n;
}

/* q of the i-th smallest p is the least m p_j / j over j >= i. */
static void
answer_all(WindowObject window, MemoryContext context, Answers *answers)
{
	int64 rows = WinGetPartitionRowCount(window);
	Test *tests;
	int64 m;
	double least = 1.0;

	if (rows > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("fdr() takes at most %d rows in a partition", PG_INT32_MAX)));
	tests = MemoryContextAllocHuge(context, Max(rows, 1) * sizeof(Test));
	answers->q = MemoryContextAllocHuge(context, Max(rows, 1) * sizeof(double));
	for (int64 i = 0; i < rows; i++)
		answers->q[i] = NAN;
	m = read_tests(window, rows, tests);
	qsort(tests, m, sizeof(Test), compare_tests);
	for (int64 i = m - 1; i >= 0; i--)
	{
		least = Min(least, (double) m / (double) (i + 1) * tests[i].p);
		answers->q[tests[i].row] = least;
	}
	pfree(tests);
}

/*
 * fdr(p float8) OVER (PARTITION BY day) -> float8: the smallest false discovery
 * rate at which this row is a finding. NULL for a NULL p, which is not a test;
 * p outside of 0..1 is an error. The order of the window does not matter.
 */
PG_FUNCTION_INFO_V1(fdr);
Datum
fdr(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Answers *answers = WinGetPartitionLocalMemory(window, sizeof(Answers));
	double q;

	if (answers->q == NULL)
		answer_all(window, GetMemoryChunkContext(answers), answers);
	q = answers->q[WinGetCurrentPosition(window)];
	if (isnan(q))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(q);
}
