/*
 * kmeans_sample.c
 *		What fit_kmeans has read so far: building and merging.
 *
 * Above its capacity the sample keeps the distinct points with the smallest
 * hash (bottom-k sampling, Cohen & Kaplan 2007): each point that is kept has
 * its full count, because no part of a merge can have dropped it. Once a
 * sample being built has been full, its first points are sorted and the hash of
 * the last of them is a bound: points above it can never be kept.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/state.h"
#include "catalog/pg_type.h"
#include "kmeans.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static int
compare_points(const KmeansPoint *a, const KmeansPoint *b, int nfeatures)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	for (int i = 0; i < nfeatures; i++)
		if (a->features[i] != b->features[i])
			return a->features[i] < b->features[i] ? -1 : 1;
	return 0;
}

typedef KmeansPoint *KmeansPointPointer;

#define ST_SORT sort_points
#define ST_ELEMENT_TYPE KmeansPointPointer
#define ST_COMPARE_ARG_TYPE int
#define ST_COMPARE(a, b, d) compare_points(*(a), *(b), *(d))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* The same on every machine: each number's bits through the finalizer of splitmix64. */
static uint64
hash_features(const double *features, int nfeatures)
{
	uint64 hash = UINT64CONST(0x9E3779B97F4A7C15);

	for (int i = 0; i < nfeatures; i++)
	{
		uint64 bits;

		memcpy(&bits, &features[i], sizeof(bits));
		hash = (hash ^ bits) + UINT64CONST(0x9E3779B97F4A7C15);
		hash = (hash ^ (hash >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
		hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94D049BB133111EB);
		hash ^= hash >> 31;
	}
	return hash;
}

KmeansSample *
kmeans_sample_create(void)
{
	Size size = kmeans_sample_size(0, 0, 0);
	KmeansSample *sample = palloc0(size);

	SET_VARSIZE(sample, size);
	sample->version = KMEANS_VERSION;
	return sample;
}

KmeansSample *
kmeans_sample_from_datum(Datum datum)
{
	KmeansSample *sample = (KmeansSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < kmeans_sample_size(0, 0, 0) || sample->version != KMEANS_VERSION ||
		VARSIZE(sample) <
			kmeans_sample_size(sample->options_size, sample->nfeatures, sample->npoints))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored kmeans_sample is of no known form")));
	return sample;
}

/* Sorted, equal points as one, no more of them than the capacity; of exactly its size. */
KmeansSample *
kmeans_sample_canonical(const KmeansSample *sample)
{
	Size size = kmeans_sample_size(sample->options_size, sample->nfeatures, sample->npoints);
	Size stride = kmeans_stride(sample->nfeatures);
	KmeansPoint **sorted;
	KmeansSample *canonical;
	int64 npoints = 0;
	int nfeatures = sample->nfeatures;

	sorted = MemoryContextAllocHuge(CurrentMemoryContext,
									Max(sample->npoints, 1) * sizeof(KmeansPoint *));
	for (int64 i = 0; i < sample->npoints; i++)
		sorted[i] = kmeans_point(sample, i);
	sort_points(sorted, sample->npoints, &nfeatures);
	for (int64 i = 0; i < sample->npoints; i++)
		if (i == 0 || compare_points(sorted[i - 1], sorted[i], nfeatures) != 0)
			npoints++;
	npoints = Min(npoints, Max(sample->capacity, 0));
	size = kmeans_sample_size(sample->options_size, nfeatures, npoints);

	canonical = palloc(size);
	memcpy(canonical, sample, kmeans_sample_size(sample->options_size, 0, 0));
	SET_VARSIZE(canonical, size);
	canonical->npoints = 0;
	canonical->bounded = 0;
	for (int64 i = 0; i < sample->npoints; i++)
	{
		if (i > 0 && compare_points(sorted[i - 1], sorted[i], nfeatures) == 0)
		{
			KmeansPoint *last = kmeans_point(canonical, canonical->npoints - 1);

			last->count = add_counts(last->count, sorted[i]->count, "customers");
			continue;
		}
		if (canonical->npoints == npoints)
			break;
		memcpy(kmeans_point(canonical, canonical->npoints++), sorted[i], stride);
	}
	pfree(sorted);
	return canonical;
}

/* How many points there are before they are sorted and those that cannot be kept go. */
static int64
points_held(const KmeansSample *sample)
{
	return sample->capacity + sample->capacity / 2;
}

/* How many points may be kept, so that they can be held while the sample is built. */
static int64
most_points(int nfeatures, int options_size)
{
	Size room = STATE_MAX_SIZE - kmeans_sample_size(options_size, nfeatures, 0);

	return room / kmeans_stride(nfeatures) / 3 * 2;
}

/* Take over k, the number of features and the options, or insist that they are those known. */
KmeansSample *
kmeans_sample_settle(KmeansSample *sample, int k, int nfeatures, Jsonb *json)
{
	int options_size = json == NULL ? 0 : VARSIZE(json);
	KmeansOptions options;
	int64 most;

	if (sample->k == 0)
	{
		kmeans_check_k(k);
		if (nfeatures < 1 || nfeatures > KMEANS_MAX_FEATURES)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("number of features must be between 1 and %d, not %d",
								   KMEANS_MAX_FEATURES, nfeatures)));
		kmeans_options_parse(&options, k, json);
		sample =
			state_reserve(sample, kmeans_sample_size(options_size, nfeatures, 0), "kmeans_sample");
		sample->k = k;
		sample->nfeatures = nfeatures;
		most = most_points(nfeatures, options_size);
		if (options.sample > most)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("option \"sample\" of fit_kmeans must be at most " INT64_FORMAT
								   " with %d features, not %d",
								   most, nfeatures, options.sample)));
		sample->capacity = options.sample > 0 ? options.sample : Min(KMEANS_SAMPLE_DEFAULT, most);
		sample->options_size = options_size;
		if (json != NULL)
		{
			memset(sample->body, 0, MAXALIGN(options_size));
			memcpy(sample->body, json, options_size);
		}
		return sample;
	}
	if (sample->k != k)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be the same for all rows of a fit, but is both %d and %d",
							   sample->k, k)));
	if (sample->nfeatures != nfeatures)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("all rows of a fit must have the same number of features, but there "
							   "are both %d and %d",
							   sample->nfeatures, nfeatures)));
	if (sample->options_size != options_size ||
		(json != NULL && memcmp(sample->body, json, options_size) != 0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options must be the same for all rows of a fit")));
	return sample;
}

/* One point more. At half as many again as the capacity the sample shrinks to it. */
KmeansSample *
kmeans_sample_add(KmeansSample *sample, const double *features, int64 count)
{
	uint64 hash = hash_features(features, sample->nfeatures);
	KmeansPoint *point;

	if (sample->bounded && hash > kmeans_point(sample, sample->capacity - 1)->hash)
		return sample;
	if (sample->npoints >= points_held(sample))
	{
		KmeansSample *smaller = kmeans_sample_canonical(sample);
		Size size = VARSIZE(sample);

		memcpy(sample, smaller, VARSIZE(smaller));
		SET_VARSIZE(sample, size);
		sample->bounded = sample->npoints == sample->capacity;
		pfree(smaller);
	}
	sample = state_reserve_within(
		sample, kmeans_sample_size(sample->options_size, sample->nfeatures, sample->npoints + 1),
		kmeans_sample_size(sample->options_size, sample->nfeatures, points_held(sample)),
		"kmeans_sample");
	point = kmeans_point(sample, sample->npoints++);
	memcpy(point->features, features, sample->nfeatures * sizeof(double));
	point->hash = hash;
	point->count = count;
	return sample;
}

/* The numbers of an array without NULLs, checked. */
static double *
features_of(ArrayType *array, int *nfeatures)
{
	double *features;
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("features must be an array of one dimension, not %d", ARR_NDIM(array))));
	if (array_contains_nulls(array))
	{
		Datum *values;
		bool *nulls;
		int position = 0;

		deconstruct_array(array, FLOAT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values, &nulls,
						  &n);
		while (!nulls[position])
			position++;
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("feature %d is NULL", position + 1),
						errhint("Leave such rows out with FILTER, or say what stands for a "
								"missing number with coalesce().")));
	}
	*nfeatures = n;
	features = (double *) ARR_DATA_PTR(array);
	for (int i = 0; i < n; i++)
		if (!(fabs(features[i]) <= KMEANS_MAX_VALUE))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("feature %d must be a number within 1e100, not %g", i + 1,
								   features[i])));
	return features;
}

static KmeansSample *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return kmeans_sample_create();
	return state_for_update(fcinfo, kmeans_sample_from_datum(PG_GETARG_DATUM(0)));
}

static KmeansSample *
state_result(FunctionCallInfo fcinfo, KmeansSample *sample)
{
	return state_in_place(fcinfo) ? sample : kmeans_sample_canonical(sample);
}

/*
 * kmeans_sample_accumulate(kmeans_sample, features float8[], k int [, options
 * jsonb]) -> kmeans_sample: one customer more. NULL features are skipped and
 * counted; a NULL, NaN or infinite feature, or a k, a number of features or
 * options that differ from those of earlier rows, are errors.
 */
PG_FUNCTION_INFO_V1(kmeans_sample_accumulate);
Datum
kmeans_sample_accumulate(PG_FUNCTION_ARGS)
{
	KmeansSample *sample = state_argument(fcinfo);
	Jsonb *json = NULL;
	double clean[KMEANS_MAX_FEATURES];
	double *features;
	int nfeatures;

	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("k must not be NULL")));
	if (PG_ARGISNULL(1))
	{
		sample->ignored = add_counts(sample->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	}
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		json = PG_GETARG_JSONB_P(3);
	features = features_of(PG_GETARG_ARRAYTYPE_P(1), &nfeatures);
	sample = kmeans_sample_settle(sample, PG_GETARG_INT32(2), nfeatures, json);
	for (int i = 0; i < nfeatures; i++)
		clean[i] = features[i] + 0.0; /* no negative zero */
	sample->rows = add_counts(sample->rows, 1, "customers");
	PG_RETURN_POINTER(state_result(fcinfo, kmeans_sample_add(sample, clean, 1)));
}

/* kmeans_sample_merge(kmeans_sample, kmeans_sample) -> kmeans_sample: the rows of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(kmeans_sample_merge);
Datum
kmeans_sample_merge(PG_FUNCTION_ARGS)
{
	KmeansSample *sample;
	KmeansSample *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sample = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	other = kmeans_sample_from_datum(PG_GETARG_DATUM(1));
	if (other->k != 0)
		sample = kmeans_sample_settle(sample, other->k, other->nfeatures,
									  other->options_size == 0 ? NULL : (Jsonb *) other->body);
	sample->rows = add_counts(sample->rows, other->rows, "customers");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	for (int64 i = 0; i < other->npoints; i++)
	{
		KmeansPoint *point = kmeans_point(other, i);

		CHECK_FOR_INTERRUPTS();
		sample = kmeans_sample_add(sample, point->features, point->count);
	}
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/* kmeans_sample_final(kmeans_sample) -> kmeans_sample: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(kmeans_sample_final);
Datum
kmeans_sample_final(PG_FUNCTION_ARGS)
{
	KmeansSample *sample = kmeans_sample_from_datum(PG_GETARG_DATUM(0));

	if (sample->rows == 0 && sample->ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(kmeans_sample_canonical(sample));
}
