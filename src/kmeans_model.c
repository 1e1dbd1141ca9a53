/*
 * kmeans_model.c
 *		What fit_kmeans learns: applying it and reading it.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "kmeans.h"
#include "utils/array.h"

KmeansModel *
kmeans_model_create(int k, int nfeatures)
{
	Size size = kmeans_model_size(k, nfeatures);
	KmeansModel *model = palloc0(size);

	SET_VARSIZE(model, size);
	model->version = KMEANS_VERSION;
	model->k = k;
	model->nfeatures = nfeatures;
	return model;
}

KmeansModel *
kmeans_model_from_datum(Datum datum)
{
	KmeansModel *model = (KmeansModel *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(model) < offsetof(KmeansModel, body) || model->version != KMEANS_VERSION ||
		VARSIZE(model) != kmeans_model_size(model->k, model->nfeatures))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored kmeans_model is of no known form")));
	return model;
}

/* A number of the user in the units that distances are measured in. */
double
kmeans_scaled(const KmeansModel *model, int feature, double value)
{
	if (model->scale == KMEANS_LOG_ZSCORE)
	{
		if (value <= -1)
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("feature %d must be greater than -1 for log1p, not %g",
								   feature + 1, value)));
		value = log1p(value);
	}
	return (value - kmeans_shift(model)[feature]) / kmeans_width(model)[feature];
}

double
kmeans_unscaled(const KmeansModel *model, int feature, double value)
{
	double raw = value * kmeans_width(model)[feature] + kmeans_shift(model)[feature];

	return model->scale == KMEANS_LOG_ZSCORE ? expm1(raw) : raw;
}

/* The cluster of a customer, from 0, and the squared distance to its centre. False: the answer is NULL. */
static bool
apply(FunctionCallInfo fcinfo, int *cluster, double *squared)
{
	KmeansModel *model = kmeans_model_from_datum(PG_GETARG_DATUM(0));
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	double point[KMEANS_MAX_FEATURES];
	const double *features;
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1 || n != model->nfeatures)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the kmeans_model has %d features, but the array has %d",
							   model->nfeatures, n)));
	if (array_contains_nulls(array))
		return false;
	features = (const double *) ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
	{
		if (!(fabs(features[i]) <= KMEANS_MAX_VALUE))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("feature %d must be a number within 1e100, not %g", i + 1,
								   features[i])));
		point[i] = kmeans_scaled(model, i, features[i]);
	}
	*squared = INFINITY;
	*cluster = 0;
	for (int c = 0; c < model->k; c++)
	{
		double distance = kmeans_squared(point, kmeans_centre(model, c), n);

		if (distance < *squared)
		{
			*squared = distance;
			*cluster = c;
		}
	}
	if (!isfinite(*squared))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("the distance to every centre is out of range")));
	return true;
}

/*
 * kmeans_cluster(kmeans_model, features float8[]) -> int: 1..k, the nearest
 * centre in scaled units, the lower number at a tie. NULL when a feature is NULL;
 * another number of features, NaN or infinity are errors.
 */
PG_FUNCTION_INFO_V1(kmeans_cluster);
Datum
kmeans_cluster(PG_FUNCTION_ARGS)
{
	double squared;
	int cluster;

	if (!apply(fcinfo, &cluster, &squared))
		PG_RETURN_NULL();
	PG_RETURN_INT32(cluster + 1);
}

/* kmeans_distance(kmeans_model, features float8[]) -> float8: Euclidean distance to that centre, in scaled units. */
PG_FUNCTION_INFO_V1(kmeans_distance);
Datum
kmeans_distance(PG_FUNCTION_ARGS)
{
	double squared;
	int cluster;

	if (!apply(fcinfo, &cluster, &squared))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(squared));
}

/*
 * kmeans_centres(kmeans_model) -> rows (cluster, customers, share, centre,
 * within): customers are those of the sample, centres in the user's units,
 * within the sum of squared distances in scaled units.
 */
PG_FUNCTION_INFO_V1(kmeans_centres);
Datum
kmeans_centres(PG_FUNCTION_ARGS)
{
	KmeansModel *model = kmeans_model_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum *centre = palloc(model->nfeatures * sizeof(Datum));

	InitMaterializedSRF(fcinfo, 0);
	for (int c = 0; c < model->k; c++)
	{
		double size = kmeans_sizes(model)[c];
		Datum values[5];
		bool nulls[5] = {false};

		for (int i = 0; i < model->nfeatures; i++)
		{
			double number = kmeans_unscaled(model, i, kmeans_centre(model, c)[i]);

			if (!isfinite(number))
				ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
								errmsg("a centre of the kmeans_model is out of range")));
			centre[i] = Float8GetDatum(number);
		}
		values[0] = Int32GetDatum(c + 1);
		values[1] = Int64GetDatum((int64) size);
		values[2] = Float8GetDatum(size / model->sampled);
		values[3] = PointerGetDatum(construct_array(centre, model->nfeatures, FLOAT8OID, 8,
													FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
		values[4] = Float8GetDatum(kmeans_within(model)[c]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * kmeans_quality(kmeans_model) -> (inertia, silhouette, n, iterations): inertia
 * is the total sum of squares within clusters in scaled units, raised to all n
 * rows where the fit saw a sample of them; silhouette -1..1, NULL for one cluster.
 */
PG_FUNCTION_INFO_V1(kmeans_quality);
Datum
kmeans_quality(PG_FUNCTION_ARGS)
{
	KmeansModel *model = kmeans_model_from_datum(PG_GETARG_DATUM(0));
	double inertia = 0.0;
	Datum values[4];
	bool nulls[4] = {false};

	for (int c = 0; c < model->k; c++)
		inertia += kmeans_within(model)[c];
	inertia *= (double) model->rows / model->sampled;
	nulls[0] = !isfinite(inertia);
	nulls[1] = !model->has_silhouette;
	values[0] = Float8GetDatum(inertia);
	values[1] = Float8GetDatum(model->silhouette);
	values[2] = Int64GetDatum(model->rows);
	values[3] = Int32GetDatum(model->iterations);
	return row_result(fcinfo, 4, values, nulls);
}
