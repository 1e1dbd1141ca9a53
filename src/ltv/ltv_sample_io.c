/*
 * ltv_sample_io.c
 *		Text and binary form of ltv_sample. Both are canonical.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "base/comparison.h"
#include "ltv/ltv_sample_start.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static const char type_name[] = "ltv_sample";

static const char *const keys[] = {"version", "settings",	 "start",
								   "levels",  "after_as_of", "unmatched_refunds",
								   "ignored", "log_gaps",	 "customers"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_START,
	KEY_LEVELS,
	KEY_AFTER_AS_OF,
	KEY_UNMATCHED,
	KEY_IGNORED,
	KEY_LOG_GAPS,
	KEY_CUSTOMERS
} Key;

#define LONGEST_ENTRY (5 + LTV_MAX_EXTRA) /* numbers */

/*
 * Customers may come before the settings that say how many numbers each has,
 * so they are first read as they are.
 */
typedef struct SampleText
{
	double *numbers;
	int64 count;
	int64 room;
	int width;		/* numbers of an entry; 0: no entry yet */
	LtvSample head; /* ends in a flexible array */
} SampleText;

/* One [x, t_x, T, mean, customers, ...]. */
static void
read_entry(JsonReader *reader, SampleText *text)
{
	int width = 0;

	if (text->count + LONGEST_ENTRY > text->room)
	{
		text->room = text->room * 2 + 1024 * LONGEST_ENTRY;
		text->numbers = text->numbers == NULL
							? palloc(sizeof(double) * text->room)
							: repalloc_huge(text->numbers, sizeof(double) * text->room);
	}
	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (width == LONGEST_ENTRY)
			json_fail(reader, "A customer has too many numbers");
		text->numbers[text->count + width++] = json_float8(reader) + 0.0;
	}
	if (width < 5 || (text->width != 0 && width != text->width))
		json_fail(reader, "Expected [x, t_x, T, mean, customers]");
	text->width = width;
	text->count += width;
}

static void
read_levels(JsonReader *reader, LtvSample *sample)
{
	int class = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (class == LTV_CLASSES)
			json_fail(reader, "There are too many levels");
		sample->levels[class ++] = (uint8) json_int64(reader, 0, LTV_MAX_LEVEL);
	}
}

static bool
is_between(double number, double most)
{
	return number >= 0.0 && number <= most && number == rint(number);
}

/* The sample, now that the settings are known too. */
static LtvSample *
assemble(JsonReader *reader, const SampleText *text)
{
	int extra = ltv_extra_numbers(&text->head.settings);
	int64 n = text->width == 0 ? 0 : text->count / text->width;
	Size size = ltv_sample_size(&text->head.settings, n);
	LtvSample *sample;

	if (n > 0 && text->width != 5 + extra)
		json_fail(reader, "Expected [x, t_x, T, mean, customers], and what the settings ask for");
	if (n > ltv_sample_limit(&text->head.settings))
		json_fail(reader, "There are too many customers");
	sample = palloc0(size);
	memcpy(sample, &text->head, offsetof(LtvSample, entries));
	SET_VARSIZE(sample, size);
	sample->nentries = n;
	for (int64 i = 0; i < n; i++)
	{
		const double *numbers = text->numbers + i * text->width;
		LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);

		CHECK_FOR_INTERRUPTS();
		if (!is_between(numbers[0], PG_INT32_MAX) || !is_between(numbers[4], PG_UINT32_MAX))
			json_fail(reader, "A count of a customer is out of range");
		entry->x = (int32) numbers[0];
		entry->t_x = numbers[1];
		entry->T = numbers[2];
		entry->mean = numbers[3];
		entry->customers = (uint32) numbers[4];
		memcpy(entry->extra, numbers + 5, sizeof(double) * extra);
	}
	return sample;
}

/* Reads the JSON object that ltv_sample_out writes. */
PG_FUNCTION_INFO_V1(ltv_sample_in);
Datum
ltv_sample_in(PG_FUNCTION_ARGS)
{
	SampleText text = {.head = {.version = LTV_SAMPLE_VERSION}};
	LtvSample *sample;
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
				(void) json_int64(&reader, LTV_SAMPLE_VERSION, LTV_SAMPLE_VERSION);
				break;
			case KEY_SETTINGS:
				ltv_settings_from_json(&reader, &text.head.settings);
				break;
			case KEY_START:
				ltv_start_from_json(&reader, &text.head.start);
				break;
			case KEY_LEVELS:
				read_levels(&reader, &text.head);
				break;
			case KEY_AFTER_AS_OF:
				text.head.after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_UNMATCHED:
				text.head.unmatched_refunds = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				text.head.ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_LOG_GAPS:
				text.head.log_gaps = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_CUSTOMERS:
				json_open_array(&reader);
				while (json_next_element(&reader))
				{
					CHECK_FOR_INTERRUPTS();
					read_entry(&reader, &text);
				}
				break;
		}
	}
	json_end(&reader);
	sample = assemble(&reader, &text);
	if ((fault = ltv_sample_fault(sample)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(sample);
}

static void
append_sample(StringInfo out, const LtvSample *sample)
{
	int extra = ltv_extra_numbers(&sample->settings);

	appendStringInfo(out, "{\"version\": %d, ", sample->version);
	ltv_settings_append(out, &sample->settings);
	appendStringInfoString(out, ", \"start\": ");
	ltv_start_append(out, &sample->start);
	appendStringInfo(out,
					 ", \"levels\": [%d, %d], \"after_as_of\": " INT64_FORMAT
					 ", \"unmatched_refunds\": " INT64_FORMAT ", \"ignored\": " INT64_FORMAT
					 ", \"log_gaps\": " INT64_FORMAT ", \"customers\": [",
					 sample->levels[0], sample->levels[1], sample->after_as_of,
					 sample->unmatched_refunds, sample->ignored, sample->log_gaps);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "%s[%d, ", i == 0 ? "" : ", ", entry->x);
		json_append_float8(out, entry->t_x);
		appendStringInfoString(out, ", ");
		json_append_float8(out, entry->T);
		appendStringInfoString(out, ", ");
		json_append_float8(out, entry->mean);
		appendStringInfo(out, ", %u", entry->customers);
		for (int j = 0; j < extra; j++)
		{
			appendStringInfoString(out, ", ");
			json_append_float8(out, entry->extra[j]);
		}
		appendStringInfoChar(out, ']');
	}
	appendStringInfoString(out, "]}");
}

/* One JSON object; customers as [x, t_x, T, mean, how many, opportunities and covariates if any]. */
PG_FUNCTION_INFO_V1(ltv_sample_out);
Datum
ltv_sample_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(ltv_sample_json);
Datum
ltv_sample_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

CANONICAL_ORDER_FUNCTIONS(ltv_sample, ltv_sample_canonical, ltv_sample_from_datum)
