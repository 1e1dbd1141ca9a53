/*
 * rfm_model_io.c
 *		The type rfm_model: one JSON object, and bytes.
 *
 * A model with breaks by hand has null for everything a fit would have counted;
 * a fit that found nobody to score has empty arrays of breaks.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "libpq/pqformat.h"
#include "rfm.h"
#include "utils/builtins.h"

enum
{
	KEY_VERSION,
	KEY_AS_OF,
	KEY_BINS,
	KEY_MONETARY,
	KEY_TIMEZONE,
	KEY_CUSTOMERS, /* KEY_CUSTOMERS .. KEY_IGNORED: what the fit counted */
	KEY_NOT_SCORED,
	KEY_AFTER_AS_OF,
	KEY_IGNORED,
	KEY_RECENCY_COUNTS, /* three, in the order of RfmDimension */
	KEY_RECENCY_BREAKS = KEY_RECENCY_COUNTS + RFM_DIMENSIONS, /* likewise */
	NKEYS = KEY_RECENCY_BREAKS + RFM_DIMENSIONS
};

#define NCOUNTED (KEY_RECENCY_BREAKS - KEY_CUSTOMERS) /* keys that are null together */

static const char *const keys[NKEYS] = {"version",
										"as_of",
										"bins",
										"monetary",
										"timezone",
										"customers",
										"not_scored",
										"after_as_of",
										"ignored",
										"recency_customers",
										"frequency_customers",
										"monetary_customers",
										"recency_breaks",
										"frequency_breaks",
										"monetary_breaks"};

/* A model while its text is read: bins may come last. */
typedef struct ModelText
{
	DateADT as_of;
	RfmOptions options;
	int64 totals[4]; /* customers, not_scored, after_as_of, ignored */
	int ncounts[RFM_DIMENSIONS];
	int64 counts[RFM_DIMENSIONS][RFM_BINS_MAX];
	int nbreaks[RFM_DIMENSIONS];
	double breaks[RFM_DIMENSIONS][RFM_BINS_MAX];
	int nulls; /* of the keys that a fit counts */
} ModelText;

static int
counts_from_json(JsonReader *reader, int64 *counts)
{
	int n = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (n == RFM_BINS_MAX)
			json_fail(reader, "Too many numbers");
		counts[n++] = json_int64(reader, 0, PG_INT64_MAX);
	}
	return n;
}

static int
breaks_from_json(JsonReader *reader, double *breaks)
{
	int n = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (n == RFM_BINS_MAX - 1)
			json_fail(reader, "Too many breaks");
		breaks[n++] = json_float8(reader) + 0.0; /* no negative zero */
	}
	return n;
}

static void
read_member(JsonReader *reader, int key, ModelText *text)
{
	if (key >= KEY_RECENCY_BREAKS)
	{
		int dimension = key - KEY_RECENCY_BREAKS;

		text->nbreaks[dimension] = breaks_from_json(reader, text->breaks[dimension]);
		return;
	}
	if (key >= KEY_CUSTOMERS && json_accept_null(reader))
	{
		text->nulls++;
		return;
	}
	if (key >= KEY_RECENCY_COUNTS)
	{
		int dimension = key - KEY_RECENCY_COUNTS;

		text->ncounts[dimension] = counts_from_json(reader, text->counts[dimension]);
		return;
	}
	switch (key)
	{
		case KEY_VERSION:
			(void) json_int64(reader, RFM_VERSION, RFM_VERSION);
			break;
		case KEY_AS_OF:
			text->as_of = json_date(reader);
			check_as_of(text->as_of);
			break;
		case KEY_BINS:
			text->options.bins = json_int64(reader, RFM_BINS_MIN, RFM_BINS_MAX);
			break;
		case KEY_MONETARY:
			text->options.monetary = rfm_monetary_from_json(reader);
			break;
		case KEY_TIMEZONE:
			rfm_options_set_timezone(&text->options, json_string(reader, TIMEZONE_NAME_MAX - 1));
			break;
		default:
			text->totals[key - KEY_CUSTOMERS] = json_int64(reader, 0, PG_INT64_MAX);
	}
}

/* Put what was read together, and check it. */
static RfmModel *
model_from_text(JsonReader *reader, const ModelText *text)
{
	RfmModel *model = rfm_model_create(&text->options, text->as_of);
	int bins = text->options.bins;
	const char *problem;

	if (text->nulls != 0 && text->nulls != NCOUNTED)
		json_fail(reader, "Counts of customers must be null together");
	model->flags = text->nulls > 0 ? RFM_BY_HAND : 0;
	model->customers = text->totals[0];
	model->not_scored = text->totals[1];
	model->after_as_of = text->totals[2];
	model->ignored = text->totals[3];
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
	{
		if (text->nbreaks[dimension] != (rfm_model_has_breaks(model) ? bins - 1 : 0))
			json_fail(reader, psprintf("Wrong number of breaks for %d bins", bins));
		if (!rfm_model_by_hand(model) && text->ncounts[dimension] != bins)
			json_fail(reader, psprintf("Wrong number of counts for %d bins", bins));
		memcpy(rfm_model_breaks(model, dimension), text->breaks[dimension],
			   (bins - 1) * sizeof(double));
		memcpy(rfm_model_counts(model, dimension), text->counts[dimension], bins * sizeof(int64));
	}
	problem = rfm_model_problem(model);
	if (problem != NULL)
		json_fail(reader, problem);
	return model;
}

/* rfm_model_in(cstring) -> rfm_model */
PG_FUNCTION_INFO_V1(rfm_model_in);
Datum
rfm_model_in(PG_FUNCTION_ARGS)
{
	ModelText text = {0};
	JsonReader reader;
	uint32 seen = 0;
	int key;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "rfm_model");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, NKEYS, &seen, &key))
		read_member(&reader, key, &text);
	json_end(&reader);
	PG_RETURN_POINTER(model_from_text(&reader, &text));
}

static void
append_breaks(StringInfo out, const RfmModel *model, RfmDimension dimension)
{
	const double *breaks = rfm_model_breaks(model, dimension);
	int nbreaks = rfm_model_has_breaks(model) ? model->options.bins - 1 : 0;

	appendStringInfo(out, ", \"%s\": [", keys[KEY_RECENCY_BREAKS + dimension]);
	for (int i = 0; i < nbreaks; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		json_append_float8(out, breaks[i]);
	}
	appendStringInfoChar(out, ']');
}

static void
append_counted(StringInfo out, const RfmModel *model)
{
	const int64 totals[] = {model->customers, model->not_scored, model->after_as_of,
							model->ignored};

	for (int i = 0; i < (int) lengthof(totals); i++)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, keys[KEY_CUSTOMERS + i], totals[i]);
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
	{
		const int64 *counts = rfm_model_counts(model, dimension);

		appendStringInfo(out, ", \"%s\": [", keys[KEY_RECENCY_COUNTS + dimension]);
		for (int i = 0; i < model->options.bins; i++)
			appendStringInfo(out, "%s" INT64_FORMAT, i == 0 ? "" : ", ", counts[i]);
		appendStringInfoChar(out, ']');
	}
}

/* rfm_model_out(rfm_model) -> cstring; customers by score are listed from score 1 up. */
PG_FUNCTION_INFO_V1(rfm_model_out);
Datum
rfm_model_out(PG_FUNCTION_ARGS)
{
	RfmModel *model = rfm_model_from_datum(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"version\": %d, \"as_of\": \"%s\", ", RFM_VERSION,
					 rfm_date_text(model->as_of));
	rfm_options_append(&out, &model->options);
	for (int dimension = 0; dimension < RFM_DIMENSIONS; dimension++)
		append_breaks(&out, model, dimension);
	if (rfm_model_by_hand(model))
		for (int key = KEY_CUSTOMERS; key < KEY_RECENCY_BREAKS; key++)
			appendStringInfo(&out, ", \"%s\": null", keys[key]);
	else
		append_counted(&out, model);
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

static bool
all_breaks_zero(const RfmModel *model)
{
	for (int i = 0; i < RFM_DIMENSIONS * (model->options.bins - 1); i++)
		if (rfm_model_breaks(model, RFM_RECENCY)[i] != 0)
			return false;
	return true;
}

/* rfm_model_recv(internal) -> rfm_model: the fixed part, then all breaks, then all counts. */
PG_FUNCTION_INFO_V1(rfm_model_recv);
Datum
rfm_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	RfmOptions options;
	RfmModel *model;
	DateADT as_of;
	int flags;
	const char *problem;

	receive_check(pq_getmsgbyte(buf) == RFM_VERSION, "rfm_model", "The version is unknown");
	flags = pq_getmsgbyte(buf);
	receive_check((flags & ~RFM_BY_HAND) == 0, "rfm_model", "Reserved bits are set");
	as_of = rfm_as_of_recv(buf, "rfm_model");
	rfm_options_recv(buf, &options, "rfm_model");
	model = rfm_model_create(&options, as_of);
	model->flags = flags;
	model->customers = pq_getmsgint64(buf);
	model->not_scored = pq_getmsgint64(buf);
	model->after_as_of = pq_getmsgint64(buf);
	model->ignored = pq_getmsgint64(buf);
	for (int i = 0; i < RFM_DIMENSIONS * (options.bins - 1); i++)
		rfm_model_breaks(model, RFM_RECENCY)[i] = rfm_float8_recv(buf, "rfm_model");
	for (int i = 0; i < RFM_DIMENSIONS * options.bins; i++)
		rfm_model_counts(model, RFM_RECENCY)[i] = pq_getmsgint64(buf);

	problem = rfm_model_problem(model);
	receive_check(problem == NULL, "rfm_model", problem);
	receive_check(!rfm_model_by_hand(model) || (model->customers == 0 && model->not_scored == 0 &&
												model->after_as_of == 0 && model->ignored == 0),
				  "rfm_model", "Breaks by hand come without counts of customers");
	receive_check(rfm_model_has_breaks(model) || all_breaks_zero(model), "rfm_model",
				  "There are breaks, but no customers");
	PG_RETURN_POINTER(model);
}

/* rfm_model_send(rfm_model) -> bytea */
PG_FUNCTION_INFO_V1(rfm_model_send);
Datum
rfm_model_send(PG_FUNCTION_ARGS)
{
	RfmModel *model = rfm_model_from_datum(PG_GETARG_DATUM(0));
	int bins = model->options.bins;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, RFM_VERSION);
	pq_sendbyte(&buf, model->flags);
	pq_sendint32(&buf, model->as_of);
	rfm_options_send(&buf, &model->options);
	pq_sendint64(&buf, model->customers);
	pq_sendint64(&buf, model->not_scored);
	pq_sendint64(&buf, model->after_as_of);
	pq_sendint64(&buf, model->ignored);
	for (int i = 0; i < RFM_DIMENSIONS * (bins - 1); i++)
		pq_sendfloat8(&buf, rfm_model_breaks(model, RFM_RECENCY)[i]);
	for (int i = 0; i < RFM_DIMENSIONS * bins; i++)
		pq_sendint64(&buf, rfm_model_counts(model, RFM_RECENCY)[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CONTENT_ORDER_FUNCTIONS(rfm_model, stored_content)
