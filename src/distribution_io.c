/*
 * distribution_io.c
 *		The type distribution_summary as text, and its equality, order and hash.
 *
 * {"version": 1, "settings": null, "ignored": 0, "entries": [...]}, the entries
 * [number, count] in ascending order, or ["c", "category", count] as in every tally.
 */
#include "postgres.h"
#include "compat.h"

#include "base/text_form.h"
#include "distribution.h"
#include "miscadmin.h"

extern Datum distribution_summary_in(PG_FUNCTION_ARGS);
extern Datum distribution_summary_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(distribution_summary)

static const char *const keys[] = {"version", "settings", "ignored", "entries"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_IGNORED,
	KEY_ENTRIES
} Key;

/* Is the first entry of the text a number and its count? */
static bool
holds_numbers(const char *text)
{
	JsonReader reader;
	uint32 seen = 0;
	int key;

	json_reader_init(&reader, text, distribution_kind.type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == KEY_ENTRIES)
		{
			json_open_array(&reader);
			if (!json_next_element(&reader))
				return false;
			json_open_array(&reader);
			return json_next_element(&reader) &&
				   (*reader.at == '-' || (*reader.at >= '0' && *reader.at <= '9'));
		}
		if (key == KEY_VERSION)
			(void) json_int64(&reader, TALLY_VERSION, TALLY_VERSION);
		else if (key == KEY_IGNORED)
			(void) json_int64(&reader, 0, PG_INT64_MAX);
		else if (!json_accept_null(&reader))
			(void) json_string(&reader, TALLY_PART_MAX);
	}
	return false;
}

/* The entries [number, count], which come in any order; how many there are. */
static Numbers *
numbers_from_json(JsonReader *reader, int64 *entries)
{
	Numbers *numbers = numbers_create(0);

	json_open_array(reader);
	for (*entries = 0; json_next_element(reader); (*entries)++)
	{
		double value;
		int64 count;

		CHECK_FOR_INTERRUPTS();
		json_open_array(reader);
		json_need_element(reader);
		value = json_float8(reader) + 0.0; /* no negative zero */
		json_need_element(reader);
		count = json_int64(reader, 1, NUMBERS_COUNT_MAX);
		json_close_array(reader);
		numbers = numbers_add(numbers, value, count);
	}
	return numbers;
}

static int64
count_distinct(const Numbers *canonical)
{
	int64 distinct = 0, at = 0, count;
	double value;

	while (numbers_next(canonical, &at, &value, &count))
		distinct++;
	return distinct;
}

/* Reads the JSON object that distribution_summary_out writes. */
PG_FUNCTION_INFO_V1(distribution_summary_in);
Datum
distribution_summary_in(PG_FUNCTION_ARGS)
{
	JsonReader reader;
	Numbers *numbers = NULL;
	const Numbers *canonical;
	int64 ignored = 0, entries = 0;
	uint32 seen = 0;
	int key;

	if (!holds_numbers(PG_GETARG_CSTRING(0)))
		return tally_in(fcinfo, &distribution_kind);
	json_reader_init(&reader, PG_GETARG_CSTRING(0), distribution_kind.type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, TALLY_VERSION, TALLY_VERSION);
				break;
			case KEY_SETTINGS:
				if (!json_accept_null(&reader))
					json_fail(&reader, "There are no settings of a distribution_summary");
				break;
			case KEY_IGNORED:
				ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_ENTRIES:
				numbers = numbers_from_json(&reader, &entries);
				break;
		}
	}
	json_end(&reader);
	numbers->ignored = ignored;
	canonical = numbers_finish(numbers);
	if (count_distinct(canonical) != entries)
		json_fail(&reader, "A number comes twice");
	PG_RETURN_POINTER(canonical);
}

/* One JSON object. */
PG_FUNCTION_INFO_V1(distribution_summary_out);
Datum
distribution_summary_out(PG_FUNCTION_ARGS)
{
	Distribution distribution;
	const Numbers *numbers;
	StringInfoData out;
	int64 at = 0, count;
	double value;
	const char *before = "";

	distribution_read(PG_GETARG_DATUM(0), &distribution);
	if (distribution.categories != NULL)
		return tally_out(fcinfo, &distribution_kind);
	numbers = numbers_canonical(distribution.numbers);
	initStringInfo(&out);
	appendStringInfo(
		&out, "{\"version\": %d, \"settings\": null, \"ignored\": " INT64_FORMAT ", \"entries\": [",
		TALLY_VERSION, numbers->ignored);
	while (numbers_next(numbers, &at, &value, &count))
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s[", before);
		json_append_float8(&out, value);
		appendStringInfo(&out, ", " INT64_FORMAT "]", count);
		before = ", ";
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

/* The bytes of a canonical one: equal when the content is. */
static const unsigned char *
content(Datum value, Size *size)
{
	Distribution distribution;

	distribution_read(value, &distribution);
	if (distribution.categories != NULL)
		return tally_content(value, size, &distribution_kind);
	return stored_content(PointerGetDatum(numbers_canonical(distribution.numbers)), size);
}

CONTENT_ORDER_FUNCTIONS(distribution_summary, content)
