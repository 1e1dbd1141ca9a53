/*
 * trend_test.c
 *		trend_test(good, n, score): does a share rise or fall over ordered
 *		groups, such as months?
 *
 * The Cochran-Armitage test (Armitage 1955, Biometrics 11:375), as R's
 * prop.trend.test. The state is five exact sums in a numeric[], so that the
 * result does not depend on the order of rows: sum of n, of good, of n s, of
 * good s and of n s^2.
 */
#include "postgres.h"
#include "compat.h"

#include "base/row.h"
#include "catalog/pg_type.h"
#include "math/proportion.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

enum
{
	SUM_N,
	SUM_GOOD,
	SUM_NS,
	SUM_GOOD_S,
	SUM_NSS,
	SUMS
};

static Datum
add(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_add, a, b);
}

static Datum
subtract(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_sub, a, b);
}

static Datum
multiply(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

static bool
is_zero(Datum a)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, NumericGetDatum(int64_to_numeric(0))));
}

/* The sums of a state, which anybody may hand in: only five finite numbers are one. */
static void
read_sums(Datum state, Datum *sums)
{
	ArrayType *array = DatumGetArrayTypeP(state);
	Datum *elements;
	bool *nulls;
	int n;
	bool valid;

	if (ARR_ELEMTYPE(array) != NUMERICOID)
		elog(ERROR, "state of trend_test is not an array of numeric");
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	valid = ARR_NDIM(array) == 1 && n == SUMS;
	for (int i = 0; valid && i < SUMS; i++)
	{
		valid = !nulls[i] && !numeric_is_nan(DatumGetNumeric(elements[i])) &&
				!numeric_is_inf(DatumGetNumeric(elements[i]));
		sums[i] = elements[i];
	}
	if (!valid)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the state of trend_test must be five finite numbers")));
}

static Datum
form_sums(Datum *sums)
{
	return PointerGetDatum(construct_array(sums, SUMS, NUMERICOID, -1, false, TYPALIGN_INT));
}

/*
 * Transition: (state, good, n, score) adds a group of n cases of which `good`
 * are good. A group with a NULL is skipped. 0 <= good <= n and a finite score,
 * else an error that names them.
 */
PG_FUNCTION_INFO_V1(trend_test_add);
Datum
trend_test_add(PG_FUNCTION_ARGS)
{
	Datum sums[SUMS];
	Datum good;
	Datum n;
	Datum score;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the state of trend_test must not be null")));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (PG_GETARG_INT64(1) < 0 || PG_GETARG_INT64(1) > PG_GETARG_INT64(2))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("number of good cases must be between 0 and n = " INT64_FORMAT
							   ", not " INT64_FORMAT,
							   PG_GETARG_INT64(2), PG_GETARG_INT64(1))));
	score = PG_GETARG_DATUM(3);
	if (numeric_is_nan(DatumGetNumeric(score)) || numeric_is_inf(DatumGetNumeric(score)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("score of a group must be finite, not %s",
							   DatumGetCString(DirectFunctionCall1(numeric_out, score)))));
	read_sums(PG_GETARG_DATUM(0), sums);
	good = NumericGetDatum(int64_to_numeric(PG_GETARG_INT64(1)));
	n = NumericGetDatum(int64_to_numeric(PG_GETARG_INT64(2)));
	sums[SUM_N] = add(sums[SUM_N], n);
	sums[SUM_GOOD] = add(sums[SUM_GOOD], good);
	sums[SUM_NS] = add(sums[SUM_NS], multiply(n, score));
	sums[SUM_GOOD_S] = add(sums[SUM_GOOD_S], multiply(good, score));
	sums[SUM_NSS] = add(sums[SUM_NSS], multiply(multiply(n, score), score));
	return form_sums(sums);
}

/* Combine: (state, state) -> state. */
PG_FUNCTION_INFO_V1(trend_test_merge);
Datum
trend_test_merge(PG_FUNCTION_ARGS)
{
	Datum a[SUMS];
	Datum b[SUMS];

	read_sums(PG_GETARG_DATUM(0), a);
	read_sums(PG_GETARG_DATUM(1), b);
	for (int i = 0; i < SUMS; i++)
		a[i] = add(a[i], b[i]);
	return form_sums(a);
}

/*
 * Final: (statistic, p). With N, X, A, B, C for the sums, chi-squared is
 * N (N B - X A)^2 / (X (N - X) (N C - A^2)), exact up to one division. NULL
 * when all cases are good, none is, or there are fewer than two scores.
 */
PG_FUNCTION_INFO_V1(trend_test_final);
Datum
trend_test_final(PG_FUNCTION_ARGS)
{
	Datum sums[SUMS];
	Datum covariance;
	Datum variance;
	double statistic;

	read_sums(PG_GETARG_DATUM(0), sums);
	covariance =
		subtract(multiply(sums[SUM_N], sums[SUM_GOOD_S]), multiply(sums[SUM_GOOD], sums[SUM_NS]));
	variance = multiply(
		multiply(sums[SUM_GOOD], subtract(sums[SUM_N], sums[SUM_GOOD])),
		subtract(multiply(sums[SUM_N], sums[SUM_NSS]), multiply(sums[SUM_NS], sums[SUM_NS])));
	if (is_zero(variance))
		PG_RETURN_NULL();
	/* Next to nothing is 0: scores may be as far apart as numeric allows. */
	statistic = DatumGetFloat8(DirectFunctionCall1(
		numeric_float8_no_overflow,
		DirectFunctionCall2(numeric_div, multiply(sums[SUM_N], multiply(covariance, covariance)),
							variance)));
	return row_result(fcinfo, 2,
					  (Datum[]){Float8GetDatum(statistic),
								Float8GetDatum(chi_squared_1_tail(Max(statistic, 0.0)))},
					  (bool[2]){false});
}
