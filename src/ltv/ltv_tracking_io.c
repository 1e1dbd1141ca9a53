/*
 * ltv_tracking_io.c
 *		The type ltv_tracking as text.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/count.h"
#include "base/state.h"
#include "base/text_form.h"
#include "ltv/ltv_nested.h"
#include "ltv/ltv_tracking.h"
#include "miscadmin.h"
#include "utils/builtins.h"

extern Datum ltv_tracking_in(PG_FUNCTION_ARGS);
extern Datum ltv_tracking_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(ltv_tracking)

static const char type_name[] = "ltv_tracking";

static const char *const keys[] = {"version", "until",		 "step_days", "after_as_of",
								   "ignored", "frequencies", "days",	  "model"};

typedef enum
{
	KEY_VERSION,
	KEY_UNTIL,
	KEY_STEP_DAYS,
	KEY_AFTER_AS_OF,
	KEY_IGNORED,
	KEY_FREQUENCIES,
	KEY_DAYS,
	KEY_MODEL
} Key;

/* What is wrong with a value before anything was accepted, or NULL. */
static const char *
find_unsettled_fault(const LtvTracking *tracking)
{
	if (tracking->ndays != 0 || tracking->until != 0 || tracking->step != 0 ||
		tracking->after_as_of != 0 || tracking->ignored != 0)
		return "There are customers without a model";
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
		if (tracking->frequencies[x] != 0)
			return "There are customers without a model";
	return NULL;
}

/* What is wrong with the days, or NULL; adds up their customers. */
static const char *
find_day_fault(const LtvTracking *tracking, int64 *customers)
{
	const TrackingDay *days = tracking_days(tracking);

	for (int64 i = 0; i < tracking->ndays; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (DATE_NOT_FINITE(days[i].day) || !IS_VALID_DATE(days[i].day) ||
			days[i].day >= tracking->until || (i > 0 && days[i - 1].day >= days[i].day))
			return "The days are not in ascending order before \"until\"";
		if (days[i].customers < 0 || days[i].repeats < 0 ||
			(days[i].customers == 0 && days[i].repeats == 0))
			return "A count of a day is out of range";
		if (days[i].customers > 0 && days[i].day >= tracking_model(tracking)->settings.as_of)
			return "A customer came after the as_of of the model";
		*customers = add_counts(*customers, days[i].customers, "customers");
	}
	return NULL;
}

/* What is wrong with a value that came from outside, its model apart; or NULL. */
static const char *
find_fault(const LtvTracking *tracking)
{
	int64 customers = 0;
	const char *fault;

	if (tracking->model_size == 0)
		return find_unsettled_fault(tracking);
	if (tracking_model_fault(tracking_model(tracking)) != NULL)
		return "The model is not one that can be tracked";
	if (DATE_NOT_FINITE(tracking->until) || !IS_VALID_DATE(tracking->until) ||
		tracking->until < tracking_model(tracking)->settings.as_of)
		return "The date \"until\" is out of range";
	if (tracking->step <= 0 || tracking->after_as_of < 0 || tracking->ignored < 0)
		return "A count is out of range";
	if ((fault = find_day_fault(tracking, &customers)) != NULL)
		return fault;
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
	{
		if (tracking->frequencies[x] < 0 || tracking->frequencies[x] > customers)
			return "The counts do not agree";
		customers -= tracking->frequencies[x];
	}
	if (customers != 0)
		return "The counts do not agree";
	return NULL;
}

static void
read_frequencies(JsonReader *reader, LtvTracking *tracking)
{
	json_open_array(reader);
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
	{
		json_need_element(reader);
		tracking->frequencies[x] = json_int64(reader, 0, PG_INT64_MAX);
	}
	json_close_array(reader);
}

/* An array of [day, customers, repeats]. The model is not in `tracking` yet. */
static LtvTracking *
read_days(JsonReader *reader, LtvTracking *tracking)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		TrackingDay day = {0};

		CHECK_FOR_INTERRUPTS();
		json_open_array(reader);
		json_need_element(reader);
		day.day = json_date(reader);
		json_need_element(reader);
		day.customers = json_int64(reader, 0, PG_INT64_MAX);
		json_need_element(reader);
		day.repeats = json_int64(reader, 0, PG_INT64_MAX);
		json_close_array(reader);
		tracking = state_reserve(tracking, tracking_size(0, tracking->ndays + 1), type_name);
		tracking_days(tracking)[tracking->ndays++] = day;
	}
	return tracking;
}

/* The same with a model. */
static LtvTracking *
with_model(const LtvTracking *tracking, const LtvValue *model)
{
	LtvTracking *result = tracking_create(model, tracking->ndays);
	int32 model_size = result->model_size;
	int32 header = VARSIZE(result);

	memcpy(result, tracking, sizeof(LtvTracking));
	SET_VARSIZE(result, header);
	result->model_size = model_size;
	memcpy(tracking_days(result), tracking_days(tracking),
		   (Size) tracking->ndays * sizeof(TrackingDay));
	return result;
}

/* Reads the JSON object that ltv_tracking_out writes. */
PG_FUNCTION_INFO_V1(ltv_tracking_in);
Datum
ltv_tracking_in(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking = tracking_create(NULL, 0);
	LtvValue *model = NULL;
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, TRACKING_VERSION, TRACKING_VERSION);
				break;
			case KEY_UNTIL:
				if (!json_accept_null(&reader))
					tracking->until = json_date(&reader);
				break;
			case KEY_STEP_DAYS:
				tracking->step = (int32) json_int64(&reader, 0, PG_INT32_MAX);
				break;
			case KEY_AFTER_AS_OF:
				tracking->after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				tracking->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_FREQUENCIES:
				read_frequencies(&reader, tracking);
				break;
			case KEY_DAYS:
				tracking = read_days(&reader, tracking);
				break;
			case KEY_MODEL:
				if (!json_accept_null(&reader))
					model = ltv_nested_from_json(&reader);
				break;
		}
	}
	json_end(&reader);
	tracking = with_model(tracking, model);
	if ((fault = find_fault(tracking)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(tracking);
}

static void
append_days(StringInfo out, const LtvTracking *tracking)
{
	for (int64 i = 0; i < tracking->ndays; i++)
	{
		const TrackingDay *day = &tracking_days(tracking)[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(out, i == 0 ? "[\"" : ", [\"");
		date_append(out, day->day);
		appendStringInfo(out, "\", " INT64_FORMAT ", " INT64_FORMAT "]", day->customers,
						 day->repeats);
	}
}

static void
append_tracking(StringInfo out, const LtvTracking *tracking)
{
	bool settled = tracking->model_size > 0;

	appendStringInfo(out, "{\"version\": %d, \"until\": ", tracking->version);
	if (settled)
		appendStringInfo(out, "\"%s\"", ltv_date_text(tracking->until));
	else
		appendStringInfoString(out, "null");
	appendStringInfo(out,
					 ", \"step_days\": %d, \"after_as_of\": " INT64_FORMAT
					 ", \"ignored\": " INT64_FORMAT ", \"frequencies\": [",
					 tracking->step, tracking->after_as_of, tracking->ignored);
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
		appendStringInfo(out, "%s" INT64_FORMAT, x == 0 ? "" : ", ", tracking->frequencies[x]);
	appendStringInfoString(out, "], \"days\": [");
	append_days(out, tracking);
	appendStringInfoString(out, "], \"model\": ");
	if (settled)
		ltv_nested_append(out, tracking_model(tracking));
	else
		appendStringInfoString(out, "null");
	appendStringInfoChar(out, '}');
}

/* One JSON object; days as [day, first purchases, repeat purchases]. */
PG_FUNCTION_INFO_V1(ltv_tracking_out);
Datum
ltv_tracking_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_tracking(&out, tracking_from_datum(PG_GETARG_DATUM(0)));
	PG_RETURN_CSTRING(out.data);
}

CANONICAL_ORDER_FUNCTIONS(ltv_tracking, tracking_canonical, tracking_from_datum)
