/*
 * retention_sample_io.c
 *		Text form of retention_sample.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/text_form.h"
#include "base/count.h"
#include "base/state.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/builtins.h"

static const char type_name[] = "retention_sample";

static const char *const keys[] = {"version", "settings", "after_as_of", "ignored",
								   "lost",	  "active",	  "cohort"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_AFTER_AS_OF,
	KEY_IGNORED,
	KEY_COUNTS /* and on: by RetentionKind */
} Key;

static const char *const settings_keys[] = {"as_of", "period_months", "period_days"};

typedef enum
{
	KEY_AS_OF,
	KEY_MONTHS,
	KEY_DAYS
} SettingsKey;

/* {...}, or null when there are none yet. */
void
retention_settings_append(StringInfo out, const RetentionSettings *settings)
{
	if (!retention_is_settled(settings))
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfoString(out, "{\"as_of\": ");
	if (DATE_IS_NOBEGIN(settings->as_of))
		appendStringInfoString(out, "null");
	else
	{
		appendStringInfoChar(out, '"');
		date_append(out, settings->as_of);
		appendStringInfoChar(out, '"');
	}
	appendStringInfo(out, ", \"period_months\": %d, \"period_days\": %d}", settings->months,
					 settings->days);
}

/* What is wrong with settings that came from outside, or NULL. */
static const char *
find_settings_fault(const RetentionSettings *settings)
{
	if (settings->months < 0 || settings->days < 0 ||
		(settings->months == 0) == (settings->days == 0))
		return "A period is either months or days";
	if (!DATE_IS_NOBEGIN(settings->as_of) &&
		(DATE_NOT_FINITE(settings->as_of) || !IS_VALID_DATE(settings->as_of)))
		return "The date as_of is out of range";
	return NULL;
}

void
retention_settings_from_json(JsonReader *reader, RetentionSettings *settings)
{
	uint32 seen = 0;
	int key;

	memset(settings, 0, sizeof(*settings));
	if (json_accept_null(reader))
		return;
	json_open_object(reader);
	while (json_next_key(reader, settings_keys, lengthof(settings_keys), &seen, &key))
	{
		switch ((SettingsKey) key)
		{
			case KEY_AS_OF:
				settings->as_of = DATEVAL_NOBEGIN;
				if (json_accept_null(reader))
					break;
				settings->as_of = json_date(reader);
				if (DATE_NOT_FINITE(settings->as_of))
					json_fail(reader, "The date as_of is not finite");
				break;
			case KEY_MONTHS:
				settings->months = (int32) json_int64(reader, 0, PG_INT32_MAX);
				break;
			case KEY_DAYS:
				settings->days = (int32) json_int64(reader, 0, PG_INT32_MAX);
				break;
		}
	}
	if (find_settings_fault(settings) != NULL)
		json_fail(reader, find_settings_fault(settings));
}

/* What is wrong with a sample that came from outside, or NULL. */
static const char *
find_fault(const RetentionSample *sample)
{
	int64 sum = 0;

	if (sample->after_as_of < 0 || sample->ignored < 0)
		return "A count is negative";
	if (!retention_is_settled(&sample->settings) &&
		(sample->ncounts != 0 || sample->after_as_of != 0 || sample->ignored != 0))
		return "There are customers without settings";
	for (int64 i = 0; i < sample->ncounts; i++)
	{
		const RetentionCount *count = &sample->counts[i];

		CHECK_FOR_INTERRUPTS();
		if (count->kind < 0 || count->kind >= RETENTION_KINDS || count->periods < 0 ||
			count->periods > RETENTION_MAX_PERIODS)
			return "A number of periods is out of range";
		if (count->customers < (count->kind == RETENTION_COHORT ? 0 : 1))
			return "A number of customers is out of range";
		if (i > 0 && (count[-1].kind > count->kind ||
					  (count[-1].kind == count->kind && count[-1].periods >= count->periods)))
			return "The periods are not in ascending order";
		if (count->kind != RETENTION_COHORT)
			sum = add_counts(sum, count->customers, "customers");
	}
	return NULL;
}

/* An array of [periods, customers]. */
static RetentionSample *
read_counts(JsonReader *reader, RetentionSample *sample, RetentionKind kind)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		RetentionCount count = {.kind = kind};

		CHECK_FOR_INTERRUPTS();
		json_open_array(reader);
		if (!json_next_element(reader))
			json_fail(reader, "Expected [periods, customers]");
		count.periods = (int32) json_int64(reader, 0, RETENTION_MAX_PERIODS);
		if (!json_next_element(reader))
			json_fail(reader, "Expected [periods, customers]");
		count.customers = json_int64(reader, 0, PG_INT64_MAX);
		if (json_next_element(reader))
			json_fail(reader, "Expected [periods, customers]");
		if (sample->ncounts == RETENTION_MAX_COUNTS)
			json_fail(reader, "There are too many counts");
		sample = state_reserve(sample, RETENTION_SAMPLE_SIZE(sample->ncounts + 1), type_name);
		sample->counts[sample->ncounts++] = count;
	}
	return sample;
}

/* The keys may come in any order, the counts are kept by kind. */
static void
order_kinds(RetentionSample *sample)
{
	RetentionCount *ordered = palloc(sizeof(RetentionCount) * Max(sample->ncounts, 1));
	int64 n = 0;

	for (int kind = 0; kind < RETENTION_KINDS; kind++)
		for (int64 i = 0; i < sample->ncounts; i++)
			if (sample->counts[i].kind == kind)
				ordered[n++] = sample->counts[i];
	memcpy(sample->counts, ordered, sizeof(RetentionCount) * n);
	pfree(ordered);
}

/* Reads the JSON object that retention_sample_out writes. */
PG_FUNCTION_INFO_V1(retention_sample_in);
Datum
retention_sample_in(PG_FUNCTION_ARGS)
{
	RetentionSample *sample = retention_sample_create(0);
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
				(void) json_int64(&reader, RETENTION_SAMPLE_VERSION, RETENTION_SAMPLE_VERSION);
				break;
			case KEY_SETTINGS:
				retention_settings_from_json(&reader, &sample->settings);
				break;
			case KEY_AFTER_AS_OF:
				sample->after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				sample->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			default:
				sample = read_counts(&reader, sample, (RetentionKind) (key - KEY_COUNTS));
				break;
		}
	}
	json_end(&reader);
	order_kinds(sample);
	if ((fault = find_fault(sample)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(retention_sample_canonical(sample));
}

static void
append_sample(StringInfo out, const RetentionSample *sample)
{
	int64 i = 0;

	appendStringInfo(out, "{\"version\": %d, \"settings\": ", sample->version);
	retention_settings_append(out, &sample->settings);
	appendStringInfo(out, ", \"after_as_of\": " INT64_FORMAT ", \"ignored\": " INT64_FORMAT,
					 sample->after_as_of, sample->ignored);
	for (int kind = 0; kind < RETENTION_KINDS; kind++)
	{
		const char *separator = "";

		appendStringInfo(out, ", \"%s\": [", keys[KEY_COUNTS + kind]);
		for (; i < sample->ncounts && sample->counts[i].kind == kind; i++)
		{
			appendStringInfo(out, "%s[%d, " INT64_FORMAT "]", separator, sample->counts[i].periods,
							 sample->counts[i].customers);
			separator = ", ";
		}
		appendStringInfoChar(out, ']');
	}
	appendStringInfoChar(out, '}');
}

/* One JSON object; counts as [periods, customers]. */
PG_FUNCTION_INFO_V1(retention_sample_out);
Datum
retention_sample_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, retention_sample_from_datum(PG_GETARG_DATUM(0)));
	PG_RETURN_CSTRING(out.data);
}

TEXT_FORM_FUNCTIONS(retention_sample)

#define COUNT_WIRE_SIZE 13

CANONICAL_ORDER_FUNCTIONS(retention_sample, retention_sample_canonical, retention_sample_from_datum)
