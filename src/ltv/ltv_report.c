/*
 * ltv_report.c
 *		Reading an ltv_model: parameters, diagnostics, status.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "ltv/ltv_value.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* Standard error of a parameter from the variance of its log; false at the boundary. */
static bool
standard_error(const LtvValue *value, LtvPartName name, int i, bool robust, double *se)
{
	const LtvPart *part = &value->parts[name];

	if (!part->converged || (part->at_boundary & (1 << i)))
		return false;
	*se =
		ltv_part_parameters(value, name)[i] * sqrt(*ltv_part_covariance(value, name, robust, i, i));
	return true;
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

	InitMaterializedSRF(fcinfo, 0);
	for (int part = 0; part < LTV_PARTS; part++)
	{
		LtvPartName name = (LtvPartName) part;
		const char *const *names = ltv_part_parameter_names(&value->settings, name);

		for (int i = 0; i < value->parts[part].nparameters; i++)
		{
			Datum row[5];
			bool nulls[5] = {false};
			double se = 0.0;

			row[0] = CStringGetTextDatum(ltv_part_name(name));
			row[1] = CStringGetTextDatum(names[i]);
			row[2] = Float8GetDatum(ltv_part_parameters(value, name)[i]);
			nulls[3] = !standard_error(value, name, i, false, &se);
			row[3] = Float8GetDatum(se);
			nulls[4] = !standard_error(value, name, i, true, &se);
			row[4] = Float8GetDatum(se);
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
		}
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

#define NCOLUMNS 21

/*
 * ltv_diagnostics(ltv_model) -> one row about the fit. What concerns the fit of
 * purchases is NULL when it was not fitted; converged and at_boundary speak of
 * both parts.
 */
PG_FUNCTION_INFO_V1(ltv_diagnostics);
Datum
ltv_diagnostics(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	const LtvPart *purchase = &value->parts[LTV_PURCHASE];
	const LtvPart *spend = &value->parts[LTV_SPEND];
	bool fitted = purchase->nparameters > 0;
	bool spend_fitted = spend->nparameters > 0;
	Datum row[NCOLUMNS];
	bool nulls[NCOLUMNS] = {false};
	TupleDesc desc;
	int i = 0;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != NCOLUMNS)
		elog(ERROR, "ltv_diagnostics is declared with another row type");
	row[i++] = CStringGetTextDatum(ltv_transaction_model(&value->settings)->name);
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
	nulls[i] = !spend_fitted;
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
	Assert(i == NCOLUMNS);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), row, nulls)));
}

/* ltv_status(ltv_model) -> text: "ok", or in a few words what is wrong. */
PG_FUNCTION_INFO_V1(ltv_status);
Datum
ltv_status(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(ltv_value_status(PG_GETARG_LTV_VALUE(0))));
}
