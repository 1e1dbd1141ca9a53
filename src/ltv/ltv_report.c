/*
 * ltv_report.c
 *		Reading an ltv_model: parameters, comparison, diagnostics, status.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "funcapi.h"
#include "ltv/ltv_fit.h"
#include "ltv/ltv_meaning.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* The parts of which a model speaks: the chosen candidate, then spend. */
static int
spoken_parts(const LtvValue *value, int *parts)
{
	int count = 0;

	if (value->ncandidates > 0)
		parts[count++] = value->chosen;
	if (value->has_spend)
		parts[count++] = ltv_spend_part(value);
	return count;
}

/* Has a parameter a standard error? Not at the boundary, not a shape, not without convergence. */
static bool
has_error(const LtvValue *value, int index, int i)
{
	const LtvPart *part = &value->parts[index];
	bool spend = index == ltv_spend_part(value);

	if (!spend && ltv_transaction_model(part->model)->max_shape > 0 &&
		i == ltv_transaction_model(part->model)->nparameters - 1)
		return false;
	return part->converged && (part->at_boundary & (UINT64CONST(1) << i)) == 0;
}

/* What turns an error of the stored scale into one of the parameter: covariances are of logs. */
static double
error_scale(const LtvValue *value, int index, int i)
{
	if (ltv_is_coefficient(&value->parts[index], index == ltv_spend_part(value), i))
		return 1.0;
	return ltv_part_parameters(value, index)[i];
}

static const char *
name_of(const LtvValue *value, int index, int i)
{
	return ltv_parameter_name(&value->settings, &value->parts[index],
							  index == ltv_spend_part(value), i);
}

/*
 * ltv_parameters(ltv_model) -> rows (part, parameter, value, se, se_robust):
 * standard errors by the Hessian and by the sandwich, delta method from the
 * logs. NULL at the boundary and where the fit did not converge; no rows for a
 * part that could not be fitted.
 */
PG_FUNCTION_INFO_V1(ltv_parameters);
Datum
ltv_parameters(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int parts[2];
	int count = spoken_parts(value, parts);

	InitMaterializedSRF(fcinfo, 0);
	for (int k = 0; k < count; k++)
		for (int i = 0; i < value->parts[parts[k]].nparameters; i++)
		{
			Datum row[5];
			bool nulls[5] = {false};

			row[0] = CStringGetTextDatum(ltv_part_name(value, parts[k]));
			row[1] = CStringGetTextDatum(name_of(value, parts[k], i));
			row[2] = Float8GetDatum(ltv_part_parameters(value, parts[k])[i]);
			for (int robust = 0; robust < 2; robust++)
			{
				nulls[3 + robust] = !has_error(value, parts[k], i);
				row[3 + robust] =
					Float8GetDatum(error_scale(value, parts[k], i) *
								   sqrt(*ltv_part_covariance(value, parts[k], robust, i, i)));
			}
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
		}
	PG_RETURN_NULL();
}

/*
 * ltv_covariance(ltv_model) -> rows (part, parameter, other, covariance,
 * covariance_robust): of the estimates of two parameters, by the Hessian and
 * by the sandwich, each pair in both orders and each parameter with itself.
 * NULL where one has no standard error.
 */
PG_FUNCTION_INFO_V1(ltv_covariance);
Datum
ltv_covariance(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int parts[2];
	int count = spoken_parts(value, parts);

	InitMaterializedSRF(fcinfo, 0);
	for (int k = 0; k < count; k++)
	{
		int n = value->parts[parts[k]].nparameters;

		for (int pair = 0; pair < n * n; pair++)
		{
			int i = pair / n;
			int j = pair % n;
			double scale = error_scale(value, parts[k], i) * error_scale(value, parts[k], j);
			Datum row[5];
			bool nulls[5] = {false};

			row[0] = CStringGetTextDatum(ltv_part_name(value, parts[k]));
			row[1] = CStringGetTextDatum(name_of(value, parts[k], i));
			row[2] = CStringGetTextDatum(name_of(value, parts[k], j));
			for (int robust = 0; robust < 2; robust++)
			{
				nulls[3 + robust] =
					!has_error(value, parts[k], i) || !has_error(value, parts[k], j);
				row[3 + robust] = Float8GetDatum(
					scale * *ltv_part_covariance(value, parts[k], robust, Max(i, j), Min(i, j)));
			}
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
		}
	}
	PG_RETURN_NULL();
}

/*
 * ltv_comparison(ltv_model) -> rows (model, log_likelihood, parameters, aic,
 * bic, comparable, chosen, status): the transaction models that were fitted.
 * The chosen one has the lowest BIC of those that compare and converged; n of
 * BIC is the number of customers. BG/BB compares with no other, because its
 * likelihood is of other events, and is chosen only when it is alone. No rows
 * when nothing could be fitted.
 */
PG_FUNCTION_INFO_V1(ltv_comparison);
Datum
ltv_comparison(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < value->ncandidates; i++)
	{
		const LtvPart *part = &value->parts[i];
		StringInfoData status;
		Datum row[8];
		bool nulls[8] = {false};

		initStringInfo(&status);
		ltv_append_part_status(&status, value, i);
		row[0] = CStringGetTextDatum(ltv_transaction_model_names[part->model]);
		row[1] = Float8GetDatum(part->log_likelihood);
		row[2] = Int32GetDatum(part->nparameters);
		row[3] = Float8GetDatum(ltv_part_aic(part));
		row[4] = Float8GetDatum(ltv_part_bic(value, part));
		row[5] = BoolGetDatum(ltv_part_comparable(part));
		row[6] = BoolGetDatum(i == value->chosen);
		row[7] = CStringGetTextDatum(status.len > 0 ? status.data : "ok");
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

static Datum
period_interval(const LtvSettings *settings)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->day = (int32) Min(settings->period / USECS_PER_DAY, (int64) PG_INT32_MAX);
	interval->time = settings->period - interval->day * USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

#define NCOLUMNS 24

/*
 * ltv_diagnostics(ltv_model) -> one row about the fit. What concerns the fit of
 * purchases is that of the chosen model, and NULL when none was fitted;
 * converged and at_boundary speak of both parts.
 */
PG_FUNCTION_INFO_V1(ltv_diagnostics);
Datum
ltv_diagnostics(PG_FUNCTION_ARGS)
{
	static const LtvPart nothing;
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	bool fitted = value->ncandidates > 0;
	bool spend_fitted = value->has_spend;
	const LtvPart *purchase = fitted ? ltv_chosen_part(value) : &nothing;
	const LtvPart *spend = spend_fitted ? &value->parts[ltv_spend_part(value)] : &nothing;
	char *meaning = ltv_value_meaning(value);
	Datum row[NCOLUMNS];
	bool nulls[NCOLUMNS] = {false};
	int i = 0;

	row[i++] = CStringGetTextDatum(ltv_chosen_model(value)->name);
	nulls[i] = value->settings.summary;
	row[i++] = DateADTGetDatum(value->settings.as_of);
	row[i++] = period_interval(&value->settings);
	row[i++] = CStringGetTextDatum(value->settings.timezone);
	row[i++] = Int64GetDatum(value->customers);
	row[i++] = Int64GetDatum(value->groups);
	nulls[i] = !fitted;
	row[i++] = Float8GetDatum(purchase->log_likelihood);
	nulls[i] = !fitted;
	row[i++] = Int32GetDatum(purchase->iterations);
	row[i++] = BoolGetDatum(purchase->converged && (!spend_fitted || spend->converged));
	row[i++] = BoolGetDatum(purchase->at_boundary != 0 || spend->at_boundary != 0);
	nulls[i] = !fitted;
	row[i++] = Float8GetDatum(purchase->gradient_norm);
	row[i++] = Int64GetDatum(value->spend_customers);
	row[i++] = Int64GetDatum(value->spend_excluded);
	nulls[i] = !spend_fitted || ltv_spend_model(spend->model)->quasi;
	row[i++] = Float8GetDatum(spend->log_likelihood);
	nulls[i] = !fitted;
	row[i++] = Float8GetDatum(purchase->condition_number);
	nulls[i] = !spend_fitted;
	row[i++] = Float8GetDatum(spend->condition_number);
	row[i++] = Int64GetDatum(value->repeat_customers);
	row[i++] = Int64GetDatum(value->after_as_of);
	row[i++] = Int64GetDatum(value->unmatched_refunds);
	row[i++] = Int64GetDatum(value->ignored);
	row[i++] = CStringGetTextDatum(ltv_value_status(value));
	row[i++] = CStringGetTextDatum(ltv_spend_model_names[value->settings.spend]);
	row[i++] = Int64GetDatum(value->thinned);
	nulls[i] = meaning == NULL;
	row[i++] = meaning == NULL ? (Datum) 0 : CStringGetTextDatum(meaning);
	Assert(i == NCOLUMNS);
	return row_result(fcinfo, NCOLUMNS, row, nulls);
}

/* ltv_status(ltv_model) -> text: "ok", or in a few words what is wrong. */
PG_FUNCTION_INFO_V1(ltv_status);
Datum
ltv_status(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(ltv_value_status(PG_GETARG_LTV_VALUE(0))));
}
