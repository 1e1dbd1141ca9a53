/*
 * ltv_estimate.c
 *		How certain a lifetime value is, as far as it depends on parameters
 *		that were estimated: the delta method.
 *
 * The interval is that of the expected value: more customers in the fit make
 * it narrow. What one customer does varies much more: see purchase_range.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "estimate.h"
#include "ltv/ltv_covariates.h"
#include "ltv/ltv_predict.h"

#define STEP 1e-4 /* of a logarithm, or of a coefficient in units of its standard error */

/* A value in question, as a function of all stored parameters of one part. */
typedef struct Question
{
	LtvCase *this;
	double covariates[LTV_MAX_COVARIATES];
	double horizon;
	double rate;
} Question;

static double
purchases_at(Question *question, const double *parameters)
{
	LtvPredictor *predictor = question->this->predictor;
	const double *fitted = predictor->purchase_parameters;
	double result;

	predictor->purchase_parameters = parameters;
	result = predictor->purchase->discounted_purchases(
		ltv_predictor_parameters(predictor, question->covariates), &question->this->history,
		question->horizon, question->rate);
	predictor->purchase_parameters = fitted;
	return result;
}

static double
spend_at(Question *question, const double *parameters)
{
	LtvPredictor *predictor = question->this->predictor;

	return predictor->spend->expected_spend(parameters, question->this->customer.x,
											question->this->customer.mean);
}

/*
 * The variance of the logarithm of the answer: g'Vg, with central differences
 * for g. NAN where a parameter has no variance: at the boundary, or on a ridge.
 */
static double
log_variance(Question *question, int index, double (*answer)(Question *, const double *))
{
	const LtvValue *value = question->this->predictor->value;
	const LtvPart *part = &value->parts[index];
	bool spend = index == ltv_spend_part(value);
	int n = part->nparameters;
	double parameters[LTV_MAX_ALL_PARAMETERS];
	double gradient[LTV_MAX_ALL_PARAMETERS];
	double at = answer(question, ltv_part_parameters(value, index));
	double variance = 0.0;

	if (at == 0.0)
		return 0.0;
	memcpy(parameters, ltv_part_parameters(value, index), sizeof(double) * n);
	for (int i = 0; i < n; i++)
	{
		double fitted = parameters[i];
		double step = STEP;
		double up, down;

		gradient[i] = 0.0;
		if (*ltv_part_covariance(value, index, false, i, i) == 0.0)
			continue;
		if (ltv_is_coefficient(part, spend, i))
			step *= sqrt(*ltv_part_covariance(value, index, false, i, i));
		parameters[i] = ltv_is_coefficient(part, spend, i) ? fitted + step : fitted * exp(step);
		up = answer(question, parameters);
		parameters[i] = ltv_is_coefficient(part, spend, i) ? fitted - step : fitted * exp(-step);
		down = answer(question, parameters);
		parameters[i] = fitted;
		gradient[i] = (up - down) / (2.0 * step * at);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			variance += gradient[i] * gradient[j] *
						*ltv_part_covariance(value, index, false, Max(i, j), Min(i, j));
	/* A value that is infinite for parameters close by has no variance either. */
	return part->at_boundary != 0 || !isfinite(variance) ? NAN : Max(variance, 0.0);
}

/*
 * The interval is made on the logarithm, so that it has the sign of the value:
 * value * exp(-+ z se / |value|).
 */
static Datum
form(FunctionCallInfo fcinfo, const LtvValue *value, double answer, double variance)
{
	Estimate estimate = {.value = answer, .n = value->customers};
	double spread = ESTIMATE_Z * sqrt(variance);

	estimate.se = fabs(answer) * sqrt(variance);
	estimate.lo = answer * exp(answer < 0.0 ? spread : -spread);
	estimate.hi = answer * exp(answer < 0.0 ? -spread : spread);
	return estimate_form(fcinfo, &estimate);
}

/*
 * ltv_estimate(ltv_model, timeline, horizon interval, annual_discount float8,
 * margin float8, as_of date, covariates float8[]) -> estimate: ltv() of the
 * same arguments, with the standard error and the 95 % interval of that
 * expected value by the delta method from the covariance of the parameters; n
 * is the number of customers in the fit. The standard error and the interval
 * are NULL where a parameter is at the boundary; all is NULL where ltv() is.
 */
PG_FUNCTION_INFO_V1(ltv_estimate);
Datum
ltv_estimate(PG_FUNCTION_ARGS)
{
	LtvCase this;
	Question question = {.this = &this, .horizon = INFINITY};
	const LtvValue *value;
	double purchases;
	double spend;

	for (int i = 0; i < 5; i++)
		if (i != 2 && PG_ARGISNULL(i))
			PG_RETURN_NULL();
	ltv_check_margin(PG_GETARG_FLOAT8(4));
	if (!ltv_case_arguments_for_row(&this, fcinfo, 5, 6))
		PG_RETURN_NULL();
	value = this.predictor->value;
	ltv_covariates_argument(fcinfo, this.predictor, 6, question.covariates);
	question.rate = ltv_discount_rate(this.predictor, PG_GETARG_FLOAT8(3));
	if (!PG_ARGISNULL(2))
		question.horizon = ltv_horizon(this.predictor, this.as_of, PG_GETARG_INTERVAL_P(2),
									   "horizon of ltv_estimate");
	spend = ltv_case_spend(&this) * PG_GETARG_FLOAT8(4);
	if (isnan(spend) || (isinf(question.horizon) && question.rate < 0.0))
		PG_RETURN_NULL();
	purchases = purchases_at(&question, this.predictor->purchase_parameters);
	if (isinf(question.horizon) && isinf(purchases))
		PG_RETURN_NULL();
	return form(fcinfo, value, ltv_checked(spend * purchases),
				log_variance(&question, value->chosen, purchases_at) +
					log_variance(&question, ltv_spend_part(value), spend_at));
}
