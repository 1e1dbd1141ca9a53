/*
 * kmeans_sample_io.c
 *		The type kmeans_sample as text.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/comparison.h"
#include "base/count.h"
#include "base/text_form.h"
#include "kmeans.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"

extern Datum kmeans_sample_in(PG_FUNCTION_ARGS);
extern Datum kmeans_sample_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(kmeans_sample)

#define OPTIONS_MAX (100 * 1024 * 1024) /* bytes of the options' text */

static const char *const keys[] = {"version", "k",		 "features", "options",
								   "rows",	  "ignored", "points"};

typedef enum
{
	KEY_VERSION,
	KEY_K,
	KEY_FEATURES,
	KEY_OPTIONS,
	KEY_ROWS,
	KEY_IGNORED,
	KEY_POINTS
} Key;

/* What is read before the points, which need it. */
typedef struct SampleHead
{
	int k;
	int nfeatures;
	Jsonb *options;
	int64 rows;
	int64 ignored;
	JsonReader points; /* where their array begins */
} SampleHead;

static Jsonb *
options_from_json(JsonReader *reader)
{
	char *text;

	if (json_accept_null(reader))
		return NULL;
	text = json_string(reader, OPTIONS_MAX);
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* Passes over an array of arrays of numbers; what is in it is checked when it is read. */
static void
skip_points(JsonReader *reader)
{
	int depth = 1;

	json_open_array(reader);
	for (; depth > 0 && *reader->at != '\0'; reader->at++)
		depth += (*reader->at == '[') - (*reader->at == ']');
	reader->first = false;
	if (depth != 0)
		json_fail(reader, "Expected \"]\"");
}

/* Keys may come in any order, for jsonb has its own. */
static void
head_from_json(JsonReader *reader, SampleHead *head)
{
	uint32 seen = 0;
	int key;

	json_open_object(reader);
	while (json_next_key(reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(reader, KMEANS_VERSION, KMEANS_VERSION);
				break;
			case KEY_K:
				head->k = (int) json_int64(reader, 0, KMEANS_MAX_K);
				break;
			case KEY_FEATURES:
				head->nfeatures = (int) json_int64(reader, 0, KMEANS_MAX_FEATURES);
				break;
			case KEY_OPTIONS:
				head->options = options_from_json(reader);
				break;
			case KEY_ROWS:
				head->rows = json_int64(reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				head->ignored = json_int64(reader, 0, PG_INT64_MAX);
				break;
			case KEY_POINTS:
				head->points = *reader;
				skip_points(reader);
				break;
		}
	}
	json_end(reader);
	if ((head->k == 0) != (head->nfeatures == 0) ||
		(head->k == 0 && (head->options != NULL || head->rows > 0)))
		json_fail(reader, "k and features must both be 0, in an empty sample, or neither");
}

/* One point: [count, feature, ...]. */
static KmeansSample *
point_from_json(JsonReader *reader, KmeansSample *sample)
{
	double features[KMEANS_MAX_FEATURES];
	int64 count;

	json_open_array(reader);
	json_need_element(reader);
	count = json_int64(reader, 1, PG_INT64_MAX);
	for (int i = 0; i < sample->nfeatures; i++)
	{
		json_need_element(reader);
		features[i] = json_float8(reader) + 0.0;
		if (fabs(features[i]) > KMEANS_MAX_VALUE)
			json_fail(reader, "Expected a number within 1e100");
	}
	json_close_array(reader);
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

/* Reads the JSON object that kmeans_sample_out writes. */
PG_FUNCTION_INFO_V1(kmeans_sample_in);
Datum
kmeans_sample_in(PG_FUNCTION_ARGS)
{
	KmeansSample *sample = kmeans_sample_create();
	SampleHead head = {0};
	JsonReader reader;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "kmeans_sample");
	head_from_json(&reader, &head);
	if (head.k != 0)
		sample = kmeans_sample_settle(sample, head.k, head.nfeatures, head.options);
	sample->rows = head.rows;
	sample->ignored = head.ignored;
	json_open_array(&head.points);
	while (json_next_element(&head.points))
	{
		CHECK_FOR_INTERRUPTS();
		sample = point_from_json(&head.points, sample);
	}
	sample = kmeans_sample_canonical(sample);
	check_counts(&reader, sample);
	PG_RETURN_POINTER(sample);
}

static void
append_point(StringInfo out, const KmeansPoint *point, int nfeatures)
{
	appendStringInfo(out, "[" INT64_FORMAT, point->count);
	for (int i = 0; i < nfeatures; i++)
	{
		appendStringInfoString(out, ", ");
		json_append_float8(out, point->features[i]);
	}
	appendStringInfoChar(out, ']');
}

/* One JSON object; points as [count, features ...]. */
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
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(&out, ", ");
		append_point(&out, kmeans_point(sample, i), sample->nfeatures);
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

CANONICAL_ORDER_FUNCTIONS(kmeans_sample, kmeans_sample_canonical, kmeans_sample_from_datum)
