/*
 * kmeans_io.c
 *		The types kmeans_sample and kmeans_model as text.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/state.h"
#include "base/text_form.h"
#include "kmeans.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

extern Datum kmeans_sample_in(PG_FUNCTION_ARGS);
extern Datum kmeans_sample_out(PG_FUNCTION_ARGS);
extern Datum kmeans_model_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(kmeans_sample)
TEXT_FORM_FUNCTIONS(kmeans_model)

/* One point: [count, feature, ...]. */
static KmeansSample *
point_from_json(JsonReader *reader, KmeansSample *sample)
{
	double features[KMEANS_MAX_FEATURES];
	int64 count;

	json_open_array(reader);
	if (!json_next_element(reader))
		json_fail(reader, "Expected the count of a point");
	count = json_int64(reader, 1, PG_INT64_MAX);
	for (int i = 0; i < sample->nfeatures; i++)
	{
		if (!json_next_element(reader))
			json_fail(reader, "A point has too few features");
		features[i] = json_float8(reader) + 0.0;
		if (fabs(features[i]) > KMEANS_MAX_VALUE)
			json_fail(reader, "Expected a number within 1e100");
	}
	if (json_next_element(reader))
		json_fail(reader, "A point has too many features");
	if (sample->npoints == sample->capacity)
		json_fail(reader, "There are more points than the option \"sample\" allows");
	return kmeans_sample_add(sample, features, count);
}

/* Counts of points are no more than the rows, and all of them while none was left out. */
static void
check_counts(JsonReader *reader, const KmeansSample *sample)
{
	int64 total = 0;

	for (int64 i = 0; i < sample->npoints; i++)
		total = add_counts(total, kmeans_point(sample, i)->count, "customers");
	if (total > sample->rows || (sample->npoints < sample->capacity && total != sample->rows))
		json_fail(reader, "The counts of the points do not add up to the rows");
}

/* kmeans_sample_in(cstring) -> kmeans_sample; "points" must come last. */
PG_FUNCTION_INFO_V1(kmeans_sample_in);
Datum
kmeans_sample_in(PG_FUNCTION_ARGS)
{
	static const char *const keys[] = {"version", "k",		 "features", "options",
									   "rows",	  "ignored", "points"};
	KmeansSample *sample = kmeans_sample_create();
	KmeansSample *canonical;
	JsonReader reader;
	Jsonb *json = NULL;
	JsonReader points = {0};
	int64 rows = 0, ignored = 0;
	int k = 0, nfeatures = 0, key;
	uint32 seen = 0;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "kmeans_sample");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == 0)
			(void) json_int64(&reader, KMEANS_VERSION, KMEANS_VERSION);
		else if (key == 1)
			k = json_int64(&reader, 0, KMEANS_MAX_K);
		else if (key == 2)
			nfeatures = json_int64(&reader, 0, KMEANS_MAX_FEATURES);
		else if (key == 3 && !json_accept_null(&reader))
			json = DatumGetJsonbP(DirectFunctionCall1(
				jsonb_in, CStringGetDatum(json_string(&reader, 100 * 1024 * 1024))));
		else if (key == 4)
			rows = json_int64(&reader, 0, PG_INT64_MAX);
		else if (key == 5)
			ignored = json_int64(&reader, 0, PG_INT64_MAX);
		else if (key == 6)
		{
			/* jsonb reorders keys: skip to the end now, read when all else is known. */
			int depth = 0;

			points = reader;
			json_open_array(&reader);
			for (depth = 1; depth > 0 && *reader.at != '\0'; reader.at++)
				depth += (*reader.at == '[') - (*reader.at == ']');
			reader.first = false;
			if (depth != 0)
				json_fail(&reader, "Expected \"]\"");
		}
	}
	json_end(&reader);
	if ((k == 0) != (nfeatures == 0) || (k == 0 && (json != NULL || rows > 0)))
		json_fail(&reader, "k and features must both be 0, in an empty sample, or neither");
	if (k != 0)
		sample = kmeans_sample_settle(sample, k, nfeatures, json);
	sample->rows = rows;
	sample->ignored = ignored;
	json_open_array(&points);
	while (json_next_element(&points))
	{
		CHECK_FOR_INTERRUPTS();
		sample = point_from_json(&points, sample);
	}
	canonical = kmeans_sample_canonical(sample);
	check_counts(&reader, canonical);
	PG_RETURN_POINTER(canonical);
}

/* kmeans_sample_out(kmeans_sample) -> cstring */
PG_FUNCTION_INFO_V1(kmeans_sample_out);
Datum
kmeans_sample_out(PG_FUNCTION_ARGS)
{
	KmeansSample *sample = kmeans_sample_canonical(kmeans_sample_from_datum(PG_GETARG_DATUM(0)));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out,
					 "{\"version\": %d, \"k\": %d, \"features\": %d, \"options\": ", KMEANS_VERSION,
					 sample->k, sample->nfeatures);
	if (sample->options_size == 0)
		appendStringInfoString(&out, "null");
	else
		json_append_string(&out, JsonbToCString(NULL, &((Jsonb *) sample->body)->root, 0));
	appendStringInfo(&out,
					 ", \"rows\": " INT64_FORMAT ", \"ignored\": " INT64_FORMAT ", \"points\": [",
					 sample->rows, sample->ignored);
	for (int64 i = 0; i < sample->npoints; i++)
	{
		KmeansPoint *point = kmeans_point(sample, i);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s[" INT64_FORMAT, i == 0 ? "" : ", ", point->count);
		for (int j = 0; j < sample->nfeatures; j++)
		{
			appendStringInfoString(&out, ", ");
			json_append_float8(&out, point->features[j]);
		}
		appendStringInfoChar(&out, ']');
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

/* An array of exactly n numbers. */
static double *
numbers_from_json(JsonReader *reader, int n)
{
	double *numbers = palloc(n * sizeof(double));

	json_open_array(reader);
	for (int i = 0; i < n; i++)
	{
		if (!json_next_element(reader))
			json_fail(reader, "An array has too few numbers");
		numbers[i] = json_float8(reader) + 0.0;
		if (fabs(numbers[i]) > KMEANS_MAX_VALUE)
			json_fail(reader, "Expected a number within 1e100");
	}
	if (json_next_element(reader))
		json_fail(reader, "An array has too many numbers");
	return numbers;
}

/* All numbers of an array of unknown length. */
static double *
read_numbers(JsonReader *reader, int *n)
{
	int room = 16;
	double *numbers = palloc(room * sizeof(double));

	*n = 0;
	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (*n == KMEANS_MAX_FEATURES)
			json_fail(reader, "An array has too many numbers");
		if (*n == room)
			numbers = repalloc(numbers, (room *= 2) * sizeof(double));
		numbers[*n] = json_float8(reader) + 0.0;
		if (fabs(numbers[(*n)++]) > KMEANS_MAX_VALUE)
			json_fail(reader, "Expected a number within 1e100");
	}
	return numbers;
}

/* Clusters as [size, within, [centre]]. */
typedef struct ClusterList
{
	int k;
	int64 sizes[KMEANS_MAX_K];
	double within[KMEANS_MAX_K];
	double *centres[KMEANS_MAX_K];
} ClusterList;

static void
clusters_from_json(JsonReader *reader, ClusterList *list, int *nfeatures)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		int n;

		if (list->k == KMEANS_MAX_K)
			json_fail(reader, "There are too many clusters");
		json_open_array(reader);
		if (!json_next_element(reader))
			json_fail(reader, "Expected the size of a cluster");
		/* As a double it is exact. */
		list->sizes[list->k] = json_int64(reader, 0, (int64) 1 << 53);
		if (!json_next_element(reader))
			json_fail(reader, "Expected the sum of squares of a cluster");
		list->within[list->k] = json_float8(reader) + 0.0;
		if (list->within[list->k] < 0)
			json_fail(reader, "A sum of squares is negative");
		if (!json_next_element(reader))
			json_fail(reader, "Expected the centre of a cluster");
		if (*nfeatures < 0)
			list->centres[list->k++] = read_numbers(reader, nfeatures);
		else
		{
			n = *nfeatures;
			list->centres[list->k++] = numbers_from_json(reader, n);
		}
		if (json_next_element(reader))
			json_fail(reader, "Expected \"]\"");
	}
	if (list->k == 0 || *nfeatures < 1)
		json_fail(reader, "Expected clusters of at least one feature");
}

static int
scale_from_json(JsonReader *reader)
{
	char *word = json_string(reader, 32);

	for (int i = 0; i < (int) lengthof(kmeans_scale_names); i++)
		if (strcmp(word, kmeans_scale_names[i]) == 0)
			return i;
	json_fail(reader, "Expected \"zscore\", \"minmax\", \"log1p+zscore\" or \"none\"");
}

/* kmeans_model_in(cstring) -> kmeans_model */
PG_FUNCTION_INFO_V1(kmeans_model_in);
Datum
kmeans_model_in(PG_FUNCTION_ARGS)
{
	static const char *const keys[] = {"version",	"scale",	  "rows",	 "ignored",
									   "sampled",	"shift",	  "width",	 "iterations",
									   "converged", "silhouette", "clusters"};
	KmeansModel head = {0};
	KmeansModel *model;
	ClusterList *list = palloc0(sizeof(ClusterList));
	double *shift = NULL, *width = NULL;
	int nshift = 0, nwidth = 0, nfeatures = -1, key;
	int64 total = 0;
	uint32 seen = 0;
	JsonReader reader;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "kmeans_model");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
		switch (key)
		{
			case 0:
				(void) json_int64(&reader, KMEANS_VERSION, KMEANS_VERSION);
				break;
			case 1:
				head.scale = scale_from_json(&reader);
				break;
			case 2:
				head.rows = json_int64(&reader, 1, PG_INT64_MAX);
				break;
			case 3:
				head.ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case 4:
				head.sampled = json_int64(&reader, 1, PG_INT64_MAX);
				break;
			case 5:
				shift = read_numbers(&reader, &nshift);
				break;
			case 6:
				width = read_numbers(&reader, &nwidth);
				break;
			case 7:
				head.iterations = json_int64(&reader, 1, PG_INT32_MAX);
				break;
			case 8:
				head.converged = json_bool(&reader);
				break;
			case 9:
				head.has_silhouette = !json_accept_null(&reader);
				if (head.has_silhouette)
					head.silhouette = json_float8(&reader) + 0.0;
				break;
			case 10:
				clusters_from_json(&reader, list, &nfeatures);
				break;
		}
	json_end(&reader);
	if (nshift != nfeatures || nwidth != nfeatures)
		json_fail(&reader, "shift, width and centres must have the same number of features");
	for (int i = 0; i < nwidth; i++)
		if (!(width[i] > 0))
			json_fail(&reader, "A width must be positive");
	for (int c = 0; c < list->k; c++)
		total = add_counts(total, list->sizes[c], "customers");
	if (total != head.sampled || head.sampled > head.rows || fabs(head.silhouette) > 1)
		json_fail(&reader, "The counts do not add up, or silhouette is not within -1..1");

	model = kmeans_model_create(list->k, nfeatures);
	head.vl_len_ = model->vl_len_;
	head.version = KMEANS_VERSION;
	head.k = list->k;
	head.nfeatures = nfeatures;
	memcpy(model, &head, offsetof(KmeansModel, body));
	memcpy(kmeans_shift(model), shift, nfeatures * sizeof(double));
	memcpy(kmeans_width(model), width, nfeatures * sizeof(double));
	for (int c = 0; c < list->k; c++)
	{
		memcpy(kmeans_centre(model, c), list->centres[c], nfeatures * sizeof(double));
		kmeans_sizes(model)[c] = list->sizes[c];
		kmeans_within(model)[c] = list->within[c];
	}
	PG_RETURN_POINTER(model);
}

static void
append_numbers(StringInfo out, const double *numbers, int n)
{
	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		json_append_float8(out, numbers[i]);
	}
	appendStringInfoChar(out, ']');
}

/* kmeans_model_out(kmeans_model) -> cstring; shift, width and centres are in scaled units. */
PG_FUNCTION_INFO_V1(kmeans_model_out);
Datum
kmeans_model_out(PG_FUNCTION_ARGS)
{
	KmeansModel *model = kmeans_model_from_datum(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out,
					 "{\"version\": %d, \"scale\": \"%s\", \"rows\": " INT64_FORMAT
					 ", \"ignored\": " INT64_FORMAT ", \"sampled\": " INT64_FORMAT ", \"shift\": ",
					 KMEANS_VERSION, kmeans_scale_names[model->scale], model->rows, model->ignored,
					 model->sampled);
	append_numbers(&out, kmeans_shift(model), model->nfeatures);
	appendStringInfoString(&out, ", \"width\": ");
	append_numbers(&out, kmeans_width(model), model->nfeatures);
	appendStringInfo(&out,
					 ", \"iterations\": %d, \"converged\": %s, \"silhouette\": ", model->iterations,
					 model->converged ? "true" : "false");
	if (model->has_silhouette)
		json_append_float8(&out, model->silhouette);
	else
		appendStringInfoString(&out, "null");
	appendStringInfoString(&out, ", \"clusters\": [");
	for (int c = 0; c < model->k; c++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s[" INT64_FORMAT ", ", c == 0 ? "" : ", ",
						 (int64) kmeans_sizes(model)[c]);
		json_append_float8(&out, kmeans_within(model)[c]);
		appendStringInfoString(&out, ", ");
		append_numbers(&out, kmeans_centre(model, c), model->nfeatures);
		appendStringInfoChar(&out, ']');
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}
