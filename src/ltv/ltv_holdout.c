/*
 * ltv_holdout.c
 *		The type ltv_holdout: its stored form, and reading it.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "funcapi.h"
#include "ltv/ltv_holdout.h"
#include "ltv/ltv_nested.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

StaticAssertDecl(sizeof(LtvHoldout) == MAXALIGN(sizeof(LtvHoldout)), "the model is aligned");

LtvHoldout *
holdout_assemble(const LtvHoldout *head, const LtvValue *model)
{
	Size size = sizeof(LtvHoldout) + VARSIZE(model);
	LtvHoldout *holdout = palloc(size);

	memcpy(holdout, head, sizeof(LtvHoldout));
	memcpy((char *) holdout + sizeof(LtvHoldout), model, VARSIZE(model));
	SET_VARSIZE(holdout, size);
	holdout->version = HOLDOUT_VERSION;
	return holdout;
}

LtvHoldout *
holdout_from_datum(Datum datum)
{
	LtvHoldout *holdout = (LtvHoldout *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(holdout) < sizeof(LtvHoldout) || holdout->version != HOLDOUT_VERSION)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored ltv_holdout is of no known form")));
	(void) ltv_nested_at(holdout_model(holdout), VARSIZE(holdout) - sizeof(LtvHoldout),
						 "ltv_holdout");
	return holdout;
}

static bool
predicts_purchases(const LtvHoldout *holdout)
{
	return ltv_purchase_usable(holdout_model(holdout));
}

static bool
predicts_spend(const LtvHoldout *holdout)
{
	return predicts_purchases(holdout) && ltv_spend_usable(holdout_model(holdout));
}

/* A column that is NULL when there is no number. */
static void
put_float8(Datum *row, bool *nulls, int *i, double value, bool present)
{
	nulls[*i] = !present;
	row[*i] = Float8GetDatum(present ? value : 0.0);
	(*i)++;
}

/* Per customer: mean absolute error, root mean squared error, bias (predicted less actual). */
static void
put_errors(Datum *row, bool *nulls, int *i, const HoldoutErrors *errors, int64 customers,
		   bool predicts)
{
	double n = customers;
	bool any = customers > 0;

	put_float8(row, nulls, i, errors->absolute / n, predicts && any);
	put_float8(row, nulls, i, sqrt(errors->squared / n), predicts && any);
	put_float8(row, nulls, i, (errors->predicted - errors->actual) / n, predicts && any);
	put_float8(row, nulls, i, errors->naive_absolute / n, any);
	put_float8(row, nulls, i, sqrt(errors->naive_squared / n), any);
	put_float8(row, nulls, i, (errors->naive - errors->actual) / n, any);
}

#define SUMMARY_COLUMNS 27

/*
 * holdout_summary(ltv_holdout) -> one row: totals predicted, actual and by the
 * naive forecast that the days to come are like as many days before, and the
 * errors of single customers. Predictions are NULL when the model could not be
 * fitted.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_summary);
Datum
ltv_holdout_summary(PG_FUNCTION_ARGS)
{
	LtvHoldout *holdout = holdout_from_datum(PG_GETARG_DATUM(0));
	const LtvValue *model = holdout_model(holdout);
	bool purchases = predicts_purchases(holdout);
	bool spend = predicts_spend(holdout);
	Datum row[SUMMARY_COLUMNS];
	bool nulls[SUMMARY_COLUMNS] = {false};
	int i = 0;

	row[i++] = DateADTGetDatum(model->settings.as_of);
	row[i++] = DateADTGetDatum(holdout->holdout_end);
	row[i++] = CStringGetTextDatum(ltv_chosen_model(model)->name);
	row[i++] = Int64GetDatum(holdout->customers);
	row[i++] = Int64GetDatum(holdout->acquired_later);
	put_float8(row, nulls, &i, holdout->purchases.predicted, purchases);
	row[i++] = Int64GetDatum((int64) holdout->purchases.actual);
	row[i++] = Int64GetDatum((int64) holdout->purchases.naive);
	put_errors(row, nulls, &i, &holdout->purchases, holdout->customers, purchases);
	row[i++] = Int64GetDatum(holdout->spend_customers);
	put_float8(row, nulls, &i, holdout->spend.predicted, spend);
	row[i++] = Float8GetDatum(holdout->spend.actual);
	row[i++] = Float8GetDatum(holdout->spend.naive);
	put_errors(row, nulls, &i, &holdout->spend, holdout->spend_customers, spend);
	row[i++] = Int64GetDatum(holdout->unmatched_refunds);
	row[i++] = Int64GetDatum(holdout->ignored);
	row[i++] = CStringGetTextDatum(ltv_value_status(model));
	Assert(i == SUMMARY_COLUMNS);
	PG_RETURN_DATUM(row_result(fcinfo, SUMMARY_COLUMNS, row, nulls));
}

/* The totals of a row; spend only where it is for the same customers. */
static void
put_totals(const LtvHoldout *holdout, const HoldoutRow *from, Datum *row, bool *nulls, int i)
{
	row[i++] = Int64GetDatum(from->customers);
	put_float8(row, nulls, &i, from->predicted_purchases, predicts_purchases(holdout));
	row[i++] = Int64GetDatum(from->actual_purchases);
	row[i++] = Int64GetDatum(from->naive_purchases);
	put_float8(row, nulls, &i, from->predicted_spend, predicts_spend(holdout));
	row[i++] = Float8GetDatum(from->actual_spend);
	row[i++] = Float8GetDatum(from->naive_spend);
}

#define ROW_TOTALS 7

static HoldoutRanking
ranking_argument(text *name)
{
	char *word = text_to_cstring(name);

	if (strcmp(word, "purchases") == 0)
		return HOLDOUT_BY_PURCHASES;
	if (strcmp(word, "spend") == 0)
		return HOLDOUT_BY_SPEND;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("ranked_by must be \"purchases\" or \"spend\", but is \"%s\"", word)));
}

/*
 * holdout_deciles(ltv_holdout [, ranked_by text]) -> rows (decile, customers,
 * predicted, actual and naive purchases and spend), totals; decile 1 has the
 * highest predictions. No rows when there are no predictions.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_deciles);
Datum
ltv_holdout_deciles(PG_FUNCTION_ARGS)
{
	LtvHoldout *holdout = holdout_from_datum(PG_GETARG_DATUM(0));
	HoldoutRanking ranking = ranking_argument(PG_GETARG_TEXT_PP(1));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool ranked =
		ranking == HOLDOUT_BY_SPEND ? predicts_spend(holdout) : predicts_purchases(holdout);

	InitMaterializedSRF(fcinfo, 0);
	for (int decile = 0; decile < HOLDOUT_DECILES && ranked; decile++)
	{
		const HoldoutRow *from = &holdout->deciles[ranking][decile];
		Datum row[1 + ROW_TOTALS];
		bool nulls[1 + ROW_TOTALS] = {false};

		if (from->customers == 0)
			continue;
		row[0] = Int32GetDatum(decile + 1);
		put_totals(holdout, from, row, nulls, 1);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

/*
 * holdout_frequencies(ltv_holdout) -> rows (repeat_purchases, or_more,
 * customers, predicted, actual and naive purchases and spend), totals of the
 * customers with that many repeat purchases before calibration_end.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_frequencies);
Datum
ltv_holdout_frequencies(PG_FUNCTION_ARGS)
{
	LtvHoldout *holdout = holdout_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int x = 0; x < HOLDOUT_FREQUENCIES; x++)
	{
		const HoldoutRow *from = &holdout->frequencies[x];
		Datum row[2 + ROW_TOTALS];
		bool nulls[2 + ROW_TOTALS] = {false};

		if (from->customers == 0)
			continue;
		row[0] = Int32GetDatum(x);
		row[1] = BoolGetDatum(x == HOLDOUT_FREQUENCIES - 1);
		put_totals(holdout, from, row, nulls, 2);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

/* holdout_model(ltv_holdout) -> ltv_model: the model that was compared, as of calibration_end. */
PG_FUNCTION_INFO_V1(ltv_holdout_model);
Datum
ltv_holdout_model(PG_FUNCTION_ARGS)
{
	const LtvValue *model = holdout_model(holdout_from_datum(PG_GETARG_DATUM(0)));

	PG_RETURN_POINTER(memcpy(palloc(VARSIZE(model)), model, VARSIZE(model)));
}
