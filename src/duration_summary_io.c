/*
 * duration_summary_io.c
 *		Text form and order of duration_summary.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/count.h"
#include "base/json_text.h"
#include "base/text_form.h"
#include "base/state.h"
#include "duration_summary_layout.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static const char type_name[] = "duration_summary";

static const char *const keys[] = {"version", "bucketed", "durations", "ignored", "as_of"};

typedef enum
{
	KEY_VERSION,
	KEY_BUCKETED,
	KEY_DURATIONS,
	KEY_IGNORED,
	KEY_AS_OF /* null but in the state of an aggregate at work */
} Key;

static int64
entries_allowed(bool bucketed)
{
	return bucketed ? duration_bucket_count() : DURATIONS_EXACT;
}

/* What is wrong with a summary that came from outside, or NULL. Sets the number of cases. */
static const char *
find_fault(DurationSummary *summary)
{
	if (summary->nentries > entries_allowed(summary->bucketed))
		return "There are too many durations";
	if (summary->ignored < 0)
		return "A count is negative";
	for (int64 i = 0; i < summary->nentries; i++)
	{
		const DurationEntry *entry = &summary->entries[i];

		if (entry->duration < 0 || entry->ended < 0 || entry->open < 0)
			return "A duration or a count is negative";
		if (entry->ended == 0 && entry->open == 0)
			return "There is a duration without cases";
		if (i > 0 && entry->duration <= entry[-1].duration)
			return "The durations are not in order";
		if (summary->bucketed && duration_bucket(entry->duration) != entry->duration)
			return "A duration is not the start of a bucket";
		if (pg_add_s64_overflow(summary->cases, entry->ended, &summary->cases) ||
			pg_add_s64_overflow(summary->cases, entry->open, &summary->cases))
			return "There are too many cases";
	}
	return NULL;
}

/* [[microseconds, ended, open], ...] */
static DurationSummary *
read_durations(JsonReader *reader, DurationSummary *summary)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		int64 numbers[3];
		int n = 0;

		CHECK_FOR_INTERRUPTS();
		if (summary->nentries == entries_allowed(true))
			json_fail(reader, "There are too many durations");
		json_open_array(reader);
		while (json_next_element(reader))
		{
			if (n == lengthof(numbers))
				json_fail(reader, "Expected \"]\"");
			numbers[n++] = json_int64(reader, 0, PG_INT64_MAX);
		}
		if (n != lengthof(numbers))
			json_fail(reader, "Expected three numbers");
		summary = state_reserve(summary, DURATION_SUMMARY_SIZE(summary->nentries + 1), type_name);
		summary->entries[summary->nentries++] = (DurationEntry){numbers[0], numbers[1], numbers[2]};
	}
	return summary;
}

/* Reads the JSON object that duration_summary_out writes. */
PG_FUNCTION_INFO_V1(duration_summary_in);
Datum
duration_summary_in(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = duration_summary_create(0);
	DurationSummary *result;
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
				(void) json_int64(&reader, DURATION_SUMMARY_VERSION, DURATION_SUMMARY_VERSION);
				break;
			case KEY_BUCKETED:
				summary->bucketed = json_bool(&reader);
				break;
			case KEY_DURATIONS:
				summary = read_durations(&reader, summary);
				break;
			case KEY_IGNORED:
				summary->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_AS_OF:
				if (!json_accept_null(&reader))
					summary->as_of = json_timestamp(&reader);
				break;
		}
	}
	json_end(&reader);
	if ((fault = find_fault(summary)) != NULL)
		json_fail(&reader, fault);
	result = duration_summary_create(summary->nentries);
	memcpy((char *) result + VARHDRSZ, (char *) summary + VARHDRSZ, VARSIZE(result) - VARHDRSZ);
	PG_RETURN_POINTER(result);
}

static void
append_summary(StringInfo out, const DurationSummary *summary)
{
	appendStringInfo(out, "{\"%s\": %d, \"%s\": %s, \"%s\": [", keys[KEY_VERSION], summary->version,
					 keys[KEY_BUCKETED], summary->bucketed ? "true" : "false", keys[KEY_DURATIONS]);
	for (int64 i = 0; i < summary->nentries; i++)
		appendStringInfo(out, "%s[" INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT "]",
						 i > 0 ? ", " : "", summary->entries[i].duration, summary->entries[i].ended,
						 summary->entries[i].open);
	appendStringInfo(out, "], \"%s\": " INT64_FORMAT ", \"%s\": ", keys[KEY_IGNORED],
					 summary->ignored, keys[KEY_AS_OF]);
	if (summary->as_of == NO_AS_OF)
		appendStringInfoString(out, "null}");
	else
	{
		appendStringInfoChar(out, '"');
		timestamp_append(out, summary->as_of);
		appendStringInfoString(out, "\"}");
	}
}

/* One JSON object: durations are [microseconds, ended, open], a bucket's the lowest in it. */
PG_FUNCTION_INFO_V1(duration_summary_out);
Datum
duration_summary_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_summary(&out, PG_GETARG_DURATION_SUMMARY(0));
	PG_RETURN_CSTRING(out.data);
}

TEXT_FORM_FUNCTIONS(duration_summary)

/* A total order of the whole content: by cases, then the rest. */
static int
compare(FunctionCallInfo fcinfo)
{
	const DurationSummary *a = PG_GETARG_DURATION_SUMMARY(0);
	const DurationSummary *b = PG_GETARG_DURATION_SUMMARY(1);

	COMPARE(a->cases, b->cases);
	COMPARE(a->ignored, b->ignored);
	COMPARE(a->bucketed, b->bucketed);
	COMPARE(a->as_of, b->as_of);
	COMPARE(a->nentries, b->nentries);
	for (int64 i = 0; i < a->nentries; i++)
	{
		COMPARE(a->entries[i].duration, b->entries[i].duration);
		COMPARE(a->entries[i].ended, b->entries[i].ended);
		COMPARE(a->entries[i].open, b->entries[i].open);
	}
	return 0;
}

FREEING_COMPARISON_FUNCTIONS(duration_summary, compare)

/* Content without spare room, after the length word. */
static const unsigned char *
content(Datum value, Size *size)
{
	DurationSummary *summary = (DurationSummary *) PG_DETOAST_DATUM(value);

	*size = DURATION_SUMMARY_SIZE(summary->nentries) - offsetof(DurationSummary, version);
	return (unsigned char *) summary + offsetof(DurationSummary, version);
}

HASH_FUNCTIONS(duration_summary, content)
