/*
 * kmeans_model_io.c
 *		The type kmeans_model as text.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/comparison.h"
#include "base/count.h"
#include "base/text_form.h"
#include "kmeans.h"
#include "miscadmin.h"

extern Datum kmeans_model_in(PG_FUNCTION_ARGS);
extern Datum kmeans_model_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(kmeans_model)

static const char *const keys[] = {"version",	"scale",	  "rows",	 "ignored",
								   "sampled",	"shift",	  "width",	 "iterations",
								   "converged", "silhouette", "clusters"};

typedef enum
{
	KEY_VERSION,
	KEY_SCALE,
	KEY_ROWS,
	KEY_IGNORED,
	KEY_SAMPLED,
	KEY_SHIFT,
	KEY_WIDTH,
	KEY_ITERATIONS,
	KEY_CONVERGED,
	KEY_SILHOUETTE,
	KEY_CLUSTERS
} Key;

/* An array of numbers whose length is known when it has been read. */
typedef struct Numbers
{
	double values[KMEANS_MAX_FEATURES];
	int count;
} Numbers;

/* A model whose number of clusters and features is not known yet. */
typedef struct ModelParts
{
	Numbers shift;
	Numbers width;
	int64 sizes[KMEANS_MAX_K];
	double within[KMEANS_MAX_K];
	Numbers *centres[KMEANS_MAX_K];
	KmeansModel head; /* ends in no body */
} ModelParts;

static void
numbers_from_json(JsonReader *reader, Numbers *numbers)
{
	json_open_array(reader);
	for (numbers->count = 0; json_next_element(reader); numbers->count++)
	{
		double value;

		if (numbers->count == KMEANS_MAX_FEATURES)
			json_fail(reader, "An array has too many numbers");
		value = json_float8(reader) + 0.0;
		if (fabs(value) > KMEANS_MAX_VALUE)
			json_fail(reader, "Expected a number within 1e100");
		numbers->values[numbers->count] = value;
	}
}

/* One cluster: [size, within, [centre]]. */
static void
cluster_from_json(JsonReader *reader, ModelParts *parts)
{
	int c = parts->head.k++;

	json_open_array(reader);
	json_need_element(reader);
	parts->sizes[c] = json_int64(reader, 0, KMEANS_MAX_ROWS);
	json_need_element(reader);
	parts->within[c] = json_float8(reader) + 0.0;
	if (parts->within[c] < 0)
		json_fail(reader, "A sum of squares is negative");
	json_need_element(reader);
	parts->centres[c] = palloc(sizeof(Numbers));
	numbers_from_json(reader, parts->centres[c]);
	json_close_array(reader);
}

static void
clusters_from_json(JsonReader *reader, ModelParts *parts)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		CHECK_FOR_INTERRUPTS();
		if (parts->head.k == KMEANS_MAX_K)
			json_fail(reader, "There are too many clusters");
		cluster_from_json(reader, parts);
	}
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

static void
parts_from_json(JsonReader *reader, ModelParts *parts)
{
	KmeansModel *head = &parts->head;
	uint32 seen = 0;
	int key;

	json_open_object(reader);
	while (json_next_key(reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				head->version = json_int64(reader, KMEANS_VERSION, KMEANS_VERSION);
				break;
			case KEY_SCALE:
				head->scale = scale_from_json(reader);
				break;
			case KEY_ROWS:
				head->rows = json_int64(reader, 1, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				head->ignored = json_int64(reader, 0, PG_INT64_MAX);
				break;
			case KEY_SAMPLED:
				head->sampled = json_int64(reader, 1, PG_INT64_MAX);
				break;
			case KEY_SHIFT:
				numbers_from_json(reader, &parts->shift);
				break;
			case KEY_WIDTH:
				numbers_from_json(reader, &parts->width);
				break;
			case KEY_ITERATIONS:
				head->iterations = json_int64(reader, 1, PG_INT32_MAX);
				break;
			case KEY_CONVERGED:
				head->converged = json_bool(reader);
				break;
			case KEY_SILHOUETTE:
				head->has_silhouette = !json_accept_null(reader);
				if (head->has_silhouette)
					head->silhouette = json_float8(reader) + 0.0;
				break;
			case KEY_CLUSTERS:
				clusters_from_json(reader, parts);
				break;
		}
	}
	json_end(reader);
}

static void
check_parts(JsonReader *reader, ModelParts *parts)
{
	KmeansModel *head = &parts->head;
	int64 total = 0;

	head->nfeatures = parts->shift.count;
	if (head->k == 0 || head->nfeatures == 0)
		json_fail(reader, "Expected clusters of at least one feature");
	if (parts->width.count != head->nfeatures)
		json_fail(reader, "shift, width and centres must have the same number of features");
	for (int i = 0; i < head->nfeatures; i++)
		if (!(parts->width.values[i] > 0))
			json_fail(reader, "A width must be positive");
	for (int c = 0; c < head->k; c++)
	{
		if (parts->centres[c]->count != head->nfeatures)
			json_fail(reader, "shift, width and centres must have the same number of features");
		total = add_counts(total, parts->sizes[c], "customers");
	}
	if (total != head->sampled || head->sampled > head->rows || fabs(head->silhouette) > 1)
		json_fail(reader, "The counts do not add up, or silhouette is not within -1..1");
}

/* Reads the JSON object that kmeans_model_out writes. */
PG_FUNCTION_INFO_V1(kmeans_model_in);
Datum
kmeans_model_in(PG_FUNCTION_ARGS)
{
	ModelParts *parts = palloc0(sizeof(ModelParts));
	KmeansModel *head = &parts->head;
	KmeansModel *model;
	JsonReader reader;
	Size size;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "kmeans_model");
	parts_from_json(&reader, parts);
	check_parts(&reader, parts);
	model = kmeans_model_create(head->k, head->nfeatures);
	head->vl_len_ = model->vl_len_;
	memcpy(model, head, offsetof(KmeansModel, body));
	size = head->nfeatures * sizeof(double);
	memcpy(kmeans_shift(model), parts->shift.values, size);
	memcpy(kmeans_width(model), parts->width.values, size);
	for (int c = 0; c < head->k; c++)
	{
		memcpy(kmeans_centre(model, c), parts->centres[c]->values, size);
		kmeans_sizes(model)[c] = parts->sizes[c];
		kmeans_within(model)[c] = parts->within[c];
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

/*
 * One JSON object. A feature is scaled as (x - shift) / width, its log1p where
 * the scale says so; centres are scaled.
 */
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

CONTENT_ORDER_FUNCTIONS(kmeans_model, stored_content)
