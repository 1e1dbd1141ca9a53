/*
 * rfm_model.c
 *		What fit_rfm learns: making it, checking it, and breaks given by hand.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "math/quantile.h"
#include "rfm.h"
#include "utils/array.h"

static Size
model_size(int bins)
{
	return offsetof(RfmModel, body) + RFM_DIMENSIONS * (2 * bins - 1) * sizeof(double);
}

RfmModel *
rfm_model_create(const RfmOptions *options, DateADT as_of)
{
	Size size = model_size(options->bins);
	RfmModel *model = palloc0(size);

	SET_VARSIZE(model, size);
	model->version = RFM_VERSION;
	model->options = *options;
	model->as_of = as_of;
	return model;
}

RfmModel *
rfm_model_from_datum(Datum datum)
{
	RfmModel *model = (RfmModel *) PG_DETOAST_DATUM(datum);

	if (model->version != RFM_VERSION || VARSIZE(model) != model_size(model->options.bins))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored rfm_model is of no known form")));
	return model;
}

/* Are there breaks to score by? A fit that found nobody to score has none. */
bool
rfm_model_has_breaks(const RfmModel *model)
{
	return model->customers > 0 || rfm_model_by_hand(model);
}

/* The score 1..bins of a value: few days are good, many purchases and much money too. */
int
rfm_model_score_of(const RfmModel *model, RfmDimension dimension, double value)
{
	int bins = model->options.bins;
	int bin = quantile_bin(rfm_model_breaks(model, dimension), bins - 1, value);

	return dimension == RFM_RECENCY ? bins - bin : 1 + bin;
}

const char *
rfm_breaks_problem(const double *breaks, int nbreaks)
{
	for (int i = 0; i < nbreaks; i++)
	{
		if (!isfinite(breaks[i]))
			return "Breaks must be finite";
		if (i > 0 && breaks[i] < breaks[i - 1])
			return "Breaks must not decrease";
	}
	return NULL;
}

/* What is wrong with a model's numbers, or NULL. */
const char *
rfm_model_problem(const RfmModel *model)
{
	int bins = model->options.bins;

	if (model->customers < 0 || model->not_scored < 0 || model->after_as_of < 0 ||
		model->ignored < 0)
		return "Counts of customers must not be negative";
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
	{
		const int64 *counts = rfm_model_counts(model, dimension);
		const char *problem = rfm_breaks_problem(rfm_model_breaks(model, dimension), bins - 1);
		int64 left = model->customers;

		if (problem != NULL)
			return problem;
		for (int i = 0; i < bins; i++)
		{
			if (counts[i] < 0 || counts[i] > left)
				return "Customers by score must add up to customers";
			left -= counts[i];
		}
		if (left != 0)
			return "Customers by score must add up to customers";
	}
	return NULL;
}

/* The breaks of one array argument; all three arrays must have the length of the first. */
static double *
breaks_argument(FunctionCallInfo fcinfo, int argument, const char *name, int *nbreaks)
{
	ArrayType *array;
	Datum *values;
	bool *nulls;
	int length;
	double *breaks;
	const char *problem;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", name)));
	array = PG_GETARG_ARRAYTYPE_P(argument);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension, not %d", name, ARR_NDIM(array))));
	deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, &length);
	if (length < RFM_BINS_MIN - 1 || length > RFM_BINS_MAX - 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s has length %d", name, length),
				 errdetail("There must be between %d and %d breaks, one less than there are bins.",
						   RFM_BINS_MIN - 1, RFM_BINS_MAX - 1)));
	if (*nbreaks != 0 && length != *nbreaks)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s has length %d, but recency_breaks has length %d", name, length,
							   *nbreaks),
						errdetail("All three must have the same number of breaks.")));
	*nbreaks = length;
	breaks = palloc(length * sizeof(double));
	for (int i = 0; i < length; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("%s must not contain NULL", name)));
		breaks[i] = DatumGetFloat8(values[i]) + 0.0; /* no negative zero */
	}
	problem = rfm_breaks_problem(breaks, length);
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid %s", name),
						errdetail("%s.", problem)));
	return breaks;
}

/*
 * rfm_model(recency_breaks float8[], frequency_breaks float8[], monetary_breaks
 * float8[], as_of date [, options jsonb]) -> rfm_model: breaks by hand, in
 * days, purchases and money; bins are (lower, upper]. Each array has bins - 1
 * finite numbers that do not decrease. Options: monetary and timezone.
 */
PG_FUNCTION_INFO_V1(rfm_model_by_breaks);
Datum
rfm_model_by_breaks(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"recency_breaks", "frequency_breaks", "monetary_breaks"};
	double *breaks[RFM_DIMENSIONS];
	int nbreaks = 0;
	RfmOptions options;
	RfmModel *model;

	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
		breaks[dimension] = breaks_argument(fcinfo, dimension, names[dimension], &nbreaks);
	if (PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("as_of must not be NULL")));
	check_as_of(PG_GETARG_DATEADT(3));
	rfm_options_parse(&options, "rfm_model", PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4),
					  nbreaks + 1);
	model = rfm_model_create(&options, PG_GETARG_DATEADT(3));
	model->flags = RFM_BY_HAND;
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
		memcpy(rfm_model_breaks(model, dimension), breaks[dimension], nbreaks * sizeof(double));
	PG_RETURN_POINTER(model);
}
