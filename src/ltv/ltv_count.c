/*
 * ltv_count.c
 *		A model and a customer's timeline: how likely each number of purchases
 *		is, and how long until the next.
 *
 * as_of, covariates and NULLs are as in ltv_apply.c.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/row.h"
#include "funcapi.h"
#include "ltv/ltv_predict.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#define MAX_COUNT 100000 /* purchases up to which a probability can be asked for */
#define FIRST_COUNT 64	 /* of a range, doubled until they are enough */
#define NEGLIGIBLE 1e-9	 /* probability beyond the last count */

static double *
probabilities_of(const LtvCase *this, double horizon, int n)
{
	double *probabilities = palloc(sizeof(double) * n);

	this->predictor->purchase->purchase_probabilities(this->parameters, &this->history, horizon, n,
													  probabilities);
	for (int i = 0; i < n; i++)
		probabilities[i] = Min(Max(ltv_checked(probabilities[i]), 0.0), 1.0);
	return probabilities;
}

/*
 * purchase_probabilities(ltv_model, timeline, horizon interval, n int, as_of
 * date, covariates float8[]) -> rows (purchases, probability) for 0 .. n
 * purchase days from as_of to as_of + horizon. No rows where the others give
 * NULL. n below 0 or above 99,999, and a negative or infinite horizon, are
 * errors.
 */
PG_FUNCTION_INFO_V1(ltv_purchase_probabilities);
Datum
ltv_purchase_probabilities(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	LtvCase this;
	double *probabilities;
	int n;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	n = PG_GETARG_INT32(3);
	if (n < 0 || n >= MAX_COUNT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n of purchase_probabilities must be between 0 and %d, but is %d",
							   MAX_COUNT - 1, n)));
	if (!ltv_case_arguments_for_row(&this, fcinfo, 4, 5))
		PG_RETURN_NULL();
	probabilities =
		probabilities_of(&this,
						 ltv_finite_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2),
											"horizon of purchase_probabilities"),
						 n + 1);
	for (int i = 0; i <= n; i++)
	{
		Datum row[2] = {Int32GetDatum(i), Float8GetDatum(probabilities[i])};
		bool nulls[2] = {false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

/* The smallest count with at least `share` at or below it; -1 when the n counts do not get there. */
static int
find_count(const double *probabilities, int n, double share)
{
	double sum = 0.0;

	for (int i = 0; i < n; i++)
	{
		sum += probabilities[i];
		/* The rest may be lost to rounding. */
		if (sum >= share * (1.0 - NEGLIGIBLE))
			return i;
	}
	return -1;
}

/*
 * The same by a search for the first count above which there is no more than the
 * rest, from n on; -1 when it is beyond MAX_COUNT.
 */
static int
search_count(const LtvCase *this, double horizon, int n, double share)
{
	double rest = 1.0 - share * (1.0 - NEGLIGIBLE);
	int from = n;
	int to = MAX_COUNT;

	while (from < to)
	{
		int at = from + (to - from) / 2;

		CHECK_FOR_INTERRUPTS();
		if (ltv_checked(this->predictor->purchase->p_at_least(this->parameters, &this->history,
															  horizon, at + 1)) <= rest)
			to = at;
		else
			from = at + 1;
	}
	return from < MAX_COUNT ? from : -1;
}

/*
 * purchase_range(ltv_model, timeline, horizon interval, level float8, as_of
 * date, covariates float8[]) -> (lo int, hi int): where the number of purchase
 * days from as_of to as_of + horizon will be with probability `level`, leaving
 * out no more than (1 - level)/2 on either side: from its (1 - level)/2 to its
 * (1 + level)/2 quantile. A level outside (0, 1) and a negative or infinite
 * horizon are errors, and so is a range that reaches 100,000.
 */
PG_FUNCTION_INFO_V1(ltv_purchase_range);
Datum
ltv_purchase_range(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double level;
	double horizon;

	for (int i = 0; i < 4; i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	level = PG_GETARG_FLOAT8(3);
	if (!(level > 0.0 && level < 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("level of purchase_range must be between 0 and 1, but is %g", level),
						errhint("Ninety percent is 0.90.")));
	if (!ltv_case_arguments_for_row(&this, fcinfo, 4, 5))
		PG_RETURN_NULL();
	horizon = ltv_finite_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2),
								 "horizon of purchase_range");
	for (int n = FIRST_COUNT; n <= 2 * MAX_COUNT; n *= 2)
	{
		double *probabilities = probabilities_of(&this, horizon, n);
		int lo = find_count(probabilities, n, 0.5 * (1.0 - level));
		int hi = find_count(probabilities, n, 0.5 * (1.0 + level));
		bool search = hi < 0 && this.predictor->purchase->p_at_least != NULL;
		Datum row[2];
		bool nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		if (search && lo < 0)
			lo = search_count(&this, horizon, n, 0.5 * (1.0 - level));
		if (search)
			hi = search_count(&this, horizon, Max(n, lo), 0.5 * (1.0 + level));
		if (lo >= 0 && hi >= 0)
		{
			row[0] = Int32GetDatum(lo);
			row[1] = Int32GetDatum(hi);
			return row_result(fcinfo, 2, row, nulls);
		}
		if (search)
			break;
		pfree(probabilities);
	}
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("range of purchases is beyond %d", MAX_COUNT)));
}

static double
p_none(const LtvCase *this, double horizon)
{
	double p = this->predictor->purchase->p_none(this->parameters, &this->history, horizon);

	return Min(Max(ltv_checked(p), 0.0), 1.0);
}

/*
 * p_purchase(ltv_model, timeline, horizon interval, as_of date, covariates
 * float8[]) -> float8 in [0, 1]: the probability of at least one purchase from
 * as_of to as_of + horizon; ever, with a NULL or infinite horizon. A negative
 * one is an error.
 */
PG_FUNCTION_INFO_V1(ltv_p_purchase);
Datum
ltv_p_purchase(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double horizon = INFINITY;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !ltv_case_arguments(&this, fcinfo, 3, 4))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(2))
		horizon = ltv_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2),
							  "horizon of p_purchase");
	PG_RETURN_FLOAT8(1.0 - p_none(&this, horizon));
}

#define MAX_PERIODS 1e12
#define MEDIAN_STEPS 200
#define MEDIAN_PRECISION 1e-10

/*
 * The time at which half of the probability of no purchase is gone, between
 * `from`, where it is not, and `to`, where it is: regula falsi, with a
 * bisection whenever an end stays where it is (Dowell & Jarratt 1971).
 */
static double
find_median(const LtvCase *this, double from, double to)
{
	double above = p_none(this, from) - 0.5;
	double below = p_none(this, to) - 0.5;
	int stayed = 0;

	for (int i = 0; i < MEDIAN_STEPS && to - from > MEDIAN_PRECISION * to; i++)
	{
		double at = i % 3 == 2 ? 0.5 * (from + to) : from + (to - from) * above / (above - below);
		double value = p_none(this, at) - 0.5;

		CHECK_FOR_INTERRUPTS();
		if (value > 0.0)
		{
			from = at;
			above = value;
			if (stayed > 0)
				below *= 0.5;
			stayed = 1;
		}
		else
		{
			to = at;
			below = value;
			if (stayed < 0)
				above *= 0.5;
			stayed = -1;
		}
	}
	return 0.5 * (from + to);
}

/*
 * next_purchase_days(ltv_model, timeline, as_of date, covariates float8[]) ->
 * float8: the median of the days from as_of until the next purchase: before
 * that it is as likely to come as not. NULL where it is more likely never to
 * come.
 */
PG_FUNCTION_INFO_V1(ltv_next_purchase_days);
Datum
ltv_next_purchase_days(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double to = 1.0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !ltv_case_arguments(&this, fcinfo, 2, 3))
		PG_RETURN_NULL();
	if (p_none(&this, INFINITY) >= 0.5)
		PG_RETURN_NULL();
	while (p_none(&this, to) > 0.5)
	{
		to *= 2.0;
		if (to > MAX_PERIODS) /* as good as never */
			PG_RETURN_NULL();
	}
	to = find_median(&this, to == 1.0 ? 0.0 : 0.5 * to, to);
	/* Of opportunities it is a whole number, which is where p_none makes its step. */
	if (this.predictor->purchase->discrete)
		to = rint(to);
	PG_RETURN_FLOAT8(to * this.predictor->period);
}
