/*
 * ltv_apply.c
 *		A model and a customer's timeline: how alive, how many purchases, how
 *		much, and what it is worth.
 *
 * All of them cut the timeline to days before as_of (NULL: the model's) and
 * return NULL for a customer without a purchase there, or when the part of the
 * model they need could not be fitted. Those about purchases want the
 * covariates that the model was fitted with.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_predict.h"
#include "utils/builtins.h"

/* No model, no customer: no answer. */
#define RETURN_NULL_WITHOUT(fcinfo, argument) \
	do                                        \
	{                                         \
		if (PG_ARGISNULL(argument))           \
			PG_RETURN_NULL();                 \
	} while (0)

/*
 * p_alive(ltv_model, timeline, as_of date, ahead interval, covariates float8[])
 * -> float8 in [0, 1]: the probability that the customer has not dropped out
 * by the end of the day before as_of (BG/NBD: Fader, Hardie & Lee 2008, note
 * 021; MBG/NBD: Batislam et al. 2007; Pareto/NBD: Schmittlein, Morrison &
 * Colombo 1987), and not by so much later either. A negative or infinite
 * `ahead` is an error; NULL is none.
 */
PG_FUNCTION_INFO_V1(ltv_p_alive);
Datum
ltv_p_alive(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double ahead;

	RETURN_NULL_WITHOUT(fcinfo, 0);
	RETURN_NULL_WITHOUT(fcinfo, 1);
	if (!ltv_case_arguments(&this, fcinfo, 2, 4))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(3))
		PG_RETURN_FLOAT8(ltv_checked(ltv_case_p_alive(&this)));
	ahead = ltv_finite_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(3), "ahead");
	PG_RETURN_FLOAT8(ltv_checked(
		this.predictor->purchase->p_alive_ahead(this.parameters, &this.history, ahead)));
}

/*
 * expected_purchases(ltv_model, timeline, horizon interval, as_of date,
 * covariates float8[]) -> float8: expected number of purchase days from as_of
 * to as_of + horizon (BG/BB: of opportunities with a purchase). A negative or
 * infinite horizon is an error.
 */
PG_FUNCTION_INFO_V1(ltv_expected_purchases);
Datum
ltv_expected_purchases(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double horizon;

	RETURN_NULL_WITHOUT(fcinfo, 0);
	RETURN_NULL_WITHOUT(fcinfo, 1);
	RETURN_NULL_WITHOUT(fcinfo, 2);
	if (!ltv_case_arguments(&this, fcinfo, 3, 4))
		PG_RETURN_NULL();
	horizon = ltv_finite_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2),
								 "horizon of expected_purchases");
	PG_RETURN_FLOAT8(ltv_checked(ltv_case_purchases(&this, horizon, 0.0)));
}

/*
 * expected_spend(ltv_model, timeline, as_of date) -> float8: expected net value
 * of a future purchase day, in the money of the timelines (Gamma-Gamma: Fader,
 * Hardie & Lee 2005, "RFM and CLV", eq. 5). NULL also where it is infinite: no
 * repeat purchase, and q <= 1.
 */
PG_FUNCTION_INFO_V1(ltv_expected_spend);
Datum
ltv_expected_spend(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double spend;

	RETURN_NULL_WITHOUT(fcinfo, 0);
	RETURN_NULL_WITHOUT(fcinfo, 1);
	if (!ltv_case_arguments(&this, fcinfo, 2, -1))
		PG_RETURN_NULL();
	spend = ltv_case_spend(&this);
	if (isnan(spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ltv_checked(spend));
}

/*
 * ltv(ltv_model, timeline, horizon interval, annual_discount float8, margin
 * float8, as_of date, covariates float8[]) -> float8: expected discounted net
 * revenue from as_of to as_of + horizon, times the margin: discounted expected
 * purchases (their density over time integrated with exp(-delta t), delta =
 * ln(1 + annual_discount) / 365.25 days; Fader, Hardie & Lee 2005, "RFM and
 * CLV") times expected spend. The horizon NULL is infinite: NULL when the
 * discount is negative, or zero and the sum without limit (BG/NBD, MBG/NBD,
 * MBG/CNBD-k: a <= 1; Pareto/NBD: s <= 1; BG/BB: gamma <= 1). as_of NULL is the
 * model's; NULL elsewhere gives NULL.
 */
PG_FUNCTION_INFO_V1(ltv_value_of_customer);
Datum
ltv_value_of_customer(PG_FUNCTION_ARGS)
{
	LtvCase this;
	double rate;
	double horizon = INFINITY;
	double spend;
	double purchases;

	RETURN_NULL_WITHOUT(fcinfo, 0);
	RETURN_NULL_WITHOUT(fcinfo, 1);
	RETURN_NULL_WITHOUT(fcinfo, 3);
	RETURN_NULL_WITHOUT(fcinfo, 4);
	ltv_check_margin(PG_GETARG_FLOAT8(4));
	if (!ltv_case_arguments(&this, fcinfo, 5, 6))
		PG_RETURN_NULL();
	rate = ltv_discount_rate(this.predictor, PG_GETARG_FLOAT8(3));
	if (!PG_ARGISNULL(2))
		horizon =
			ltv_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2), "horizon of ltv");
	spend = ltv_case_spend(&this) * PG_GETARG_FLOAT8(4);
	if (isnan(spend) || (isinf(horizon) && rate < 0.0))
		PG_RETURN_NULL();
	purchases = ltv_case_purchases(&this, horizon, rate);
	if (isinf(horizon) && isinf(purchases))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ltv_checked(spend * purchases));
}

/*
 * expected_new_customer(ltv_model, horizon interval, covariates float8[]) ->
 * float8: expected number of repeat purchase days within horizon of the first,
 * of a customer of whom nothing else is known. Days are counted from the
 * model's as_of, which matters only to horizons with months. A negative or
 * infinite horizon is an error; NULL where purchases could not be fitted.
 */
PG_FUNCTION_INFO_V1(ltv_expected_new_customer);
Datum
ltv_expected_new_customer(PG_FUNCTION_ARGS)
{
	static const LtvHistory fresh = {0, 0.0, 0.0};
	LtvPredictor *predictor;
	double covariates[LTV_MAX_COVARIATES];
	double horizon;

	RETURN_NULL_WITHOUT(fcinfo, 0);
	RETURN_NULL_WITHOUT(fcinfo, 1);
	predictor = ltv_predictor_of(fcinfo, 0);
	ltv_covariates_argument(fcinfo, predictor, 2, covariates);
	if (predictor->purchase == NULL)
		PG_RETURN_NULL();
	horizon = ltv_finite_horizon(
		predictor, predictor->value->settings.summary ? 0 : predictor->value->settings.as_of,
		PG_GETARG_INTERVAL_P(1), "horizon of expected_new_customer");
	PG_RETURN_FLOAT8(ltv_checked(predictor->purchase->expected_purchases(
		ltv_predictor_parameters(predictor, covariates), &fresh, horizon)));
}
