/*
 * ltv_apply.c
 *		A model and a customer's timeline: how alive, how many purchases, how
 *		much, and what it is worth.
 *
 * All of them cut the timeline to days before as_of (by default the model's)
 * and return NULL for a customer without a purchase there, or when the part of
 * the model they need could not be fitted.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_value.h"
#include "utils/builtins.h"

#define DAYS_PER_YEAR 365.25

/* One customer under one model, as the functions below need it. */
typedef struct Applied
{
	const LtvValue *value;
	const LtvTransactionModel *purchase;
	const LtvSpendModel *spend;
	const double *purchase_parameters;
	const double *spend_parameters;
	DateADT as_of;
	LtvCustomer customer;
	LtvHistory history;
} Applied;

/* False when the customer has no purchase before as_of, or the model no purchase part. */
static bool
apply(Applied *applied, const LtvValue *value, const Timeline *timeline, DateADT as_of)
{
	Calendar calendar;

	applied->value = value;
	applied->as_of = as_of;
	if (!ltv_part_usable(value, LTV_PURCHASE))
		return false;
	calendar_init(&calendar, value->settings.timezone);
	if (!ltv_customer_of(timeline, &calendar, as_of, &applied->customer))
		return false;
	ltv_history_of(&value->settings, applied->customer.x, applied->customer.t_x,
				   applied->customer.T, &applied->history);
	applied->purchase = ltv_transaction_model(&value->settings);
	applied->spend = ltv_spend_model(&value->settings);
	applied->purchase_parameters = ltv_part_parameters(value, LTV_PURCHASE);
	applied->spend_parameters = ltv_part_parameters(value, LTV_SPEND);
	return true;
}

/* The same from the arguments of a function, as_of being the last where it is given. */
static bool
apply_arguments(FunctionCallInfo fcinfo, int as_of_argument, Applied *applied)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	DateADT as_of = value->settings.as_of;

	if (PG_NARGS() > as_of_argument && !PG_ARGISNULL(as_of_argument))
	{
		as_of = PG_GETARG_DATEADT(as_of_argument);
		check_as_of(as_of);
	}
	return apply(applied, value, PG_GETARG_TIMELINE(1), as_of);
}

/*
 * The days from as_of to as_of + horizon, by the calendar: a year is 365 or
 * 366 days. Infinity for an infinite interval.
 */
static double
horizon_days(const Applied *applied, Interval *horizon)
{
	Timestamp start = event_time_from_date(applied->as_of);
	Timestamp end = DatumGetTimestamp(DirectFunctionCall2(
		timestamp_pl_interval, TimestampGetDatum(start), IntervalPGetDatum(horizon)));

	if (end < start)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("horizon must not be negative, but is %s",
							   DatumGetCString(DirectFunctionCall1(interval_out,
																   IntervalPGetDatum(horizon))))));
	if (TIMESTAMP_NOT_FINITE(end))
		return INFINITY;
	return (double) (end - start) / USECS_PER_DAY;
}

static double
spend_of(const Applied *applied)
{
	if (!ltv_part_usable(applied->value, LTV_SPEND))
		return NAN;
	return applied->spend->expected_spend(applied->spend_parameters, applied->customer.x,
										  applied->customer.mean);
}

/*
 * p_alive(ltv_model, timeline [, as_of date]) -> float8 in [0, 1]: the
 * probability that the customer has not dropped out by the end of the day
 * before as_of (BG/NBD: Fader, Hardie & Lee 2008, note 021; MBG/NBD: Batislam
 * et al. 2007).
 */
PG_FUNCTION_INFO_V1(ltv_p_alive);
Datum
ltv_p_alive(PG_FUNCTION_ARGS)
{
	Applied applied;

	if (!apply_arguments(fcinfo, 2, &applied))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(applied.purchase->p_alive(applied.purchase_parameters, &applied.history));
}

/*
 * expected_purchases(ltv_model, timeline, horizon interval [, as_of date])
 * -> float8: expected number of purchase days from as_of to as_of + horizon
 * (Fader, Hardie & Lee 2005, eq. 10, rewritten; see bgnbd_expect.c). A negative
 * or infinite horizon is an error.
 */
PG_FUNCTION_INFO_V1(ltv_expected_purchases);
Datum
ltv_expected_purchases(PG_FUNCTION_ARGS)
{
	Applied applied;
	double days;

	if (!apply_arguments(fcinfo, 3, &applied))
		PG_RETURN_NULL();
	days = horizon_days(&applied, PG_GETARG_INTERVAL_P(2));
	if (isinf(days))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("horizon of expected_purchases must be finite")));
	PG_RETURN_FLOAT8(
		applied.purchase->expected_purchases(applied.purchase_parameters, &applied.history,
											 days / ltv_period_days(&applied.value->settings)));
}

/*
 * expected_spend(ltv_model, timeline [, as_of date]) -> float8: expected net
 * value of a future purchase day, in the money of the timelines (Fader, Hardie
 * & Lee 2005, "RFM and CLV", eq. 5). NULL also where it is infinite: no repeat
 * purchase, and q <= 1.
 */
PG_FUNCTION_INFO_V1(ltv_expected_spend);
Datum
ltv_expected_spend(PG_FUNCTION_ARGS)
{
	Applied applied;
	double spend;

	if (!apply_arguments(fcinfo, 2, &applied))
		PG_RETURN_NULL();
	spend = spend_of(&applied);
	if (isnan(spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(spend);
}

/* ln(1 + annual_discount) per period. */
static double
discount_rate(const LtvSettings *settings, double annual_discount)
{
	if (isnan(annual_discount) || isinf(annual_discount) || annual_discount <= -1.0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("annual_discount must be a finite number above -1, but is %g",
							   annual_discount),
						errhint("Ten percent a year is 0.10.")));
	return log1p(annual_discount) / DAYS_PER_YEAR * ltv_period_days(settings);
}

static void
check_margin(double margin)
{
	if (isnan(margin) || isinf(margin))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("margin must be a finite number, but is %g", margin),
						errhint("Thirty percent is 0.30.")));
}

/*
 * ltv(ltv_model, timeline, horizon interval, annual_discount float8, margin
 * float8, as_of date) -> float8: expected discounted net revenue from as_of to
 * as_of + horizon, times the margin: discounted expected purchases (their
 * density over time integrated with exp(-delta t), delta = ln(1 +
 * annual_discount) / 365.25 days; Fader, Hardie & Lee 2005, "RFM and CLV")
 * times expected spend. The horizon NULL is infinite: NULL when there is no
 * positive discount. as_of NULL is the model's; NULL elsewhere gives NULL.
 */
PG_FUNCTION_INFO_V1(ltv_value_of_customer);
Datum
ltv_value_of_customer(PG_FUNCTION_ARGS)
{
	Applied applied;
	double rate;
	double days = INFINITY;
	double purchases;
	double result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	check_margin(PG_GETARG_FLOAT8(4));
	if (!apply_arguments(fcinfo, 5, &applied))
		PG_RETURN_NULL();
	rate = discount_rate(&applied.value->settings, PG_GETARG_FLOAT8(3));
	if (!PG_ARGISNULL(2))
		days = horizon_days(&applied, PG_GETARG_INTERVAL_P(2));
	result = spend_of(&applied) * PG_GETARG_FLOAT8(4);
	if (isnan(result) || (isinf(days) && rate <= 0.0))
		PG_RETURN_NULL();
	purchases = applied.purchase->discounted_purchases(
		applied.purchase_parameters, &applied.history,
		days / ltv_period_days(&applied.value->settings), rate);
	result *= purchases;
	if (isinf(result) || isnan(result))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("lifetime value out of range")));
	PG_RETURN_FLOAT8(result);
}
