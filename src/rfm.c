/*
 * rfm.c
 *		Applying and reading an rfm_model.
 */
#include "postgres.h"
#include "compat.h"

#include "base/row.h"
#include "funcapi.h"
#include "rfm.h"
#include "utils/builtins.h"

/*
 * rfm_score(rfm_model, purchase_summary [, as_of date]) -> rfm_score: scored by
 * the model's breaks at as_of, by default the model's own. NULL for a customer
 * without a purchase or with a last purchase on a day after as_of. Bins are
 * (lower, upper]: a score is 1 + the number of breaks strictly below the value,
 * recency reversed.
 */
PG_FUNCTION_INFO_V1(rfm_model_score);
Datum
rfm_model_score(PG_FUNCTION_ARGS)
{
	RfmModel *model = rfm_model_from_datum(PG_GETARG_DATUM(0));
	DateADT as_of = model->as_of;
	RfmCustomer customer;

	if (PG_NARGS() > 2)
	{
		as_of = PG_GETARG_DATEADT(2);
		check_as_of(as_of);
	}
	if (!rfm_model_has_breaks(model) ||
		!rfm_customer_of(PG_GETARG_PURCHASE_SUMMARY(1), &model->options, as_of, &customer))
		PG_RETURN_NULL();
	PG_RETURN_RFM_SCORE(rfm_score_make(
		model->options.bins, rfm_model_score_of(model, RFM_RECENCY, customer.recency_days),
		rfm_model_score_of(model, RFM_FREQUENCY, customer.purchases),
		rfm_model_score_of(model, RFM_MONETARY, customer.monetary)));
}

/* One row of rfm_breaks: the bin of a score. */
static void
put_bin(ReturnSetInfo *result, const RfmModel *model, RfmDimension dimension, int score)
{
	static const char *const names[] = {"recency", "frequency", "monetary"};
	int nbreaks = model->options.bins - 1;
	const double *breaks = rfm_model_breaks(model, dimension);
	int bin = dimension == RFM_RECENCY ? nbreaks + 1 - score : score - 1; /* by rising value */
	bool has_breaks = rfm_model_has_breaks(model);
	Datum values[5] = {0};
	bool nulls[5] = {0};

	values[0] = CStringGetTextDatum(names[dimension]);
	values[1] = Int32GetDatum(score);
	nulls[2] = !has_breaks || bin == 0;
	if (!nulls[2])
		values[2] = Float8GetDatum(breaks[bin - 1]);
	nulls[3] = !has_breaks || bin == nbreaks;
	if (!nulls[3])
		values[3] = Float8GetDatum(breaks[bin]);
	nulls[4] = rfm_model_by_hand(model);
	if (!nulls[4])
		values[4] = Int64GetDatum(rfm_model_counts(model, dimension)[score - 1]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * rfm_breaks(rfm_model) -> rows (dimension, score, above, up_to, customers):
 * the bin (above, up_to] of each score in days, purchases or money, NULL at the
 * open ends, and how many customers of the fit are in it (NULL: breaks by hand).
 */
PG_FUNCTION_INFO_V1(rfm_breaks);
Datum
rfm_breaks(PG_FUNCTION_ARGS)
{
	RfmModel *model = rfm_model_from_datum(PG_GETARG_DATUM(0));

	InitMaterializedSRF(fcinfo, 0);
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
		for (int score = 1; score <= model->options.bins; score++)
			put_bin((ReturnSetInfo *) fcinfo->resultinfo, model, dimension, score);
	return (Datum) 0;
}

/*
 * rfm_diagnostics(rfm_model) -> (as_of, bins, customers, not_scored,
 * after_as_of, ignored, monetary, timezone); the counts are NULL when the
 * breaks were given by hand.
 */
PG_FUNCTION_INFO_V1(rfm_diagnostics);
Datum
rfm_diagnostics(PG_FUNCTION_ARGS)
{
	RfmModel *model = rfm_model_from_datum(PG_GETARG_DATUM(0));
	bool by_hand = rfm_model_by_hand(model);
	Datum values[8] = {DateADTGetDatum(model->as_of),
					   Int32GetDatum(model->options.bins),
					   Int64GetDatum(model->customers),
					   Int64GetDatum(model->not_scored),
					   Int64GetDatum(model->after_as_of),
					   Int64GetDatum(model->ignored),
					   CStringGetTextDatum(rfm_monetary_name(model->options.monetary)),
					   CStringGetTextDatum(model->options.timezone)};
	bool nulls[8] = {false, false, by_hand, by_hand, by_hand, by_hand, false, false};

	return row_result(fcinfo, lengthof(values), values, nulls);
}

/* json(rfm_sample) -> json: the text form, so that samples nest in to_json. */
PG_FUNCTION_INFO_V1(rfm_sample_json);
Datum
rfm_sample_json(PG_FUNCTION_ARGS)
{
	Datum text = DirectFunctionCall1(rfm_sample_out, PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(text)));
}

/* json(rfm_model) -> json: the text form, so that models nest in to_json. */
PG_FUNCTION_INFO_V1(rfm_model_json);
Datum
rfm_model_json(PG_FUNCTION_ARGS)
{
	Datum text = DirectFunctionCall1(rfm_model_out, PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(text)));
}
