/*
 * tally_io.c
 *		The text form of a tally: {"version": 1, "settings": null, "ignored": 0,
 *		"entries": [["text", null, 1], ...]}, an entry's texts before its numbers.
 */
#include "postgres.h"
#include "compat.h"

#include "base/tally.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* ["text", ..., number, ...] */
static Tally *
entry_from_json(JsonReader *reader, Tally *tally, const TallyKind *kind)
{
	TallyPart parts[TALLY_MAX_PARTS] = {0};
	int64 numbers[TALLY_MAX_WIDTH];
	int64 before = tally->nentries;
	int64 *place;

	json_open_array(reader);
	for (int i = 0; i < kind->nparts + kind->width; i++)
	{
		if (!json_next_element(reader))
			json_fail(reader, "An entry is too short");
		if (i >= kind->nparts)
			numbers[i - kind->nparts] =
				json_int64(reader, i == kind->nparts ? 0 : PG_INT64_MIN, PG_INT64_MAX);
		else if (!json_accept_null(reader))
		{
			parts[i].data = json_string(reader, TALLY_PART_MAX);
			parts[i].length = strlen(parts[i].data);
		}
	}
	if (json_next_element(reader))
		json_fail(reader, "An entry is too long");
	place = tally_numbers(&tally, parts, kind);
	if (tally->nentries == before)
		json_fail(reader, "An entry comes twice");
	memcpy(place, numbers, kind->width * sizeof(int64));
	return tally;
}

Datum
tally_in(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	static const char *const keys[] = {"version", "settings", "ignored", "entries"};
	Tally *entries = tally_create(kind);
	Tally *tally;
	char *settings = NULL;
	int64 ignored = 0;
	const char *problem;
	JsonReader reader;
	uint32 seen = 0;
	int key;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), kind->type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == 0)
			(void) json_int64(&reader, TALLY_VERSION, TALLY_VERSION);
		else if (key == 1 && !json_accept_null(&reader))
			settings = json_string(&reader, TALLY_PART_MAX);
		else if (key == 2)
			ignored = json_int64(&reader, 0, PG_INT64_MAX);
		else if (key == 3)
		{
			json_open_array(&reader);
			while (json_next_element(&reader))
			{
				CHECK_FOR_INTERRUPTS();
				entries = entry_from_json(&reader, entries, kind);
			}
		}
	}
	json_end(&reader);
	tally = tally_create(kind);
	if (settings != NULL && *settings != '\0')
		tally = tally_settle(tally, settings, strlen(settings), kind);
	/* Settings come first in the stored form, so the entries go behind them now. */
	if (tally->settings_size > 0)
	{
		const TallyEntry *entry = NULL;
		TallyPart parts[TALLY_MAX_PARTS];

		while ((entry = tally_next(entries, entry)) != NULL)
		{
			tally_parts(entries, entry, parts);
			memcpy(tally_numbers(&tally, parts, kind), entry->numbers, kind->width * sizeof(int64));
		}
	}
	else
		tally = entries;
	tally->ignored = ignored;
	tally = tally_canonical(tally);
	problem = kind->problem == NULL ? NULL : kind->problem(tally);
	if (problem != NULL)
		json_fail(&reader, problem);
	PG_RETURN_POINTER(tally);
}

Datum
tally_out(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	Tally *tally = tally_canonical(tally_from_datum(PG_GETARG_DATUM(0), kind));
	const TallyEntry *entry = NULL;
	bool first = true;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"version\": %d, \"settings\": ", TALLY_VERSION);
	if (tally->settings_size == 0)
		appendStringInfoString(&out, "null");
	else
		json_append_string(&out, tally_settings(tally));
	appendStringInfo(&out, ", \"ignored\": " INT64_FORMAT ", \"entries\": [", tally->ignored);
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		CHECK_FOR_INTERRUPTS();
		tally_parts(tally, entry, parts);
		appendStringInfoString(&out, first ? "[" : ", [");
		first = false;
		for (int i = 0; i < tally->nparts; i++)
		{
			if (i > 0)
				appendStringInfoString(&out, ", ");
			if (parts[i].data == NULL)
				appendStringInfoString(&out, "null");
			else
				json_append_string(&out, pnstrdup(parts[i].data, parts[i].length));
		}
		for (int i = 0; i < tally->width; i++)
			appendStringInfo(&out, ", " INT64_FORMAT, entry->numbers[i]);
		appendStringInfoChar(&out, ']');
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}
