/*
 * segment_map_io.c
 *		The type segment_map: one JSON object, and bytes.
 *
 * Both are read as rules, one for each cell, and go through the same check as
 * any other rules, so that no map with holes or overlaps can come in.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/json_text.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "segment_map.h"
#include "utils/builtins.h"

#define MAX_CELLS (RFM_BINS_MAX * RFM_BINS_MAX * RFM_BINS_MAX)

/* "cells": ["555", "554"]; all must be of one grid. */
static SegmentRules *
cells_from_json(JsonReader *reader, SegmentRules *rules, const char *name)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		RfmScore score;

		if (!rfm_score_parse(json_string(reader, RFM_SCORE_TEXT_SIZE), &score))
			json_fail(reader, "Expected a score like \"545\"");
		if (rules->bins != 0 && rules->bins != rfm_score_bins(score))
			json_fail(reader, "Expected scores of one grid");
		if (rules->nrules == MAX_CELLS)
			json_fail(reader, "Too many cells");
		rules->bins = rfm_score_bins(score);
		rules = segment_rules_add(rules, name, strlen(name), rfm_score_recency(score),
								  rfm_score_frequency(score), rfm_score_monetary(score));
	}
	return rules;
}

/* {"segment": "Champions", "cells": ["555", "554"]} */
static SegmentRules *
segment_from_json(JsonReader *reader, SegmentRules *rules)
{
	static const char *const keys[] = {"segment", "cells"};
	SegmentRules *named = segment_rules_create();
	char *name = NULL;
	uint32 seen = 0;
	int key;
	const uint8 *at;

	/* "cells" may come first: collect them without a name. */
	named->bins = rules->bins;
	json_open_object(reader);
	while (json_next_key(reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == 0)
			name = json_string(reader, SEGMENT_NAME_MAX);
		else
			named = cells_from_json(reader, named, "");
	}
	if (*name == '\0')
		json_fail(reader, segment_name_problem(0));
	if (named->nrules == 0)
		json_fail(reader, "Expected cells of the segment");
	if (rules->nrules + named->nrules > MAX_CELLS)
		json_fail(reader, "Too many cells");
	rules->bins = named->bins;
	at = named->rules;
	for (uint32 i = 0; i < named->nrules; i++, at += SEGMENT_RULE_HEAD)
		rules = segment_rules_add(rules, name, strlen(name), at[0], at[1], at[2]);
	return rules;
}

/* segment_map_in(cstring) -> segment_map */
PG_FUNCTION_INFO_V1(segment_map_in);
Datum
segment_map_in(PG_FUNCTION_ARGS)
{
	static const char *const keys[] = {"version", "bins", "segments"};
	SegmentRules *rules = segment_rules_create();
	JsonReader reader;
	uint32 seen = 0;
	int key;
	int bins = 0;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "segment_map");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == 0)
			(void) json_int64(&reader, SEGMENT_VERSION, SEGMENT_VERSION);
		else if (key == 1)
			bins = json_int64(&reader, RFM_BINS_MIN, RFM_BINS_MAX);
		else
		{
			json_open_array(&reader);
			while (json_next_element(&reader))
				rules = segment_from_json(&reader, rules);
		}
	}
	json_end(&reader);
	if (rules->bins != bins)
		json_fail(&reader, "The cells are not those of this number of bins");
	PG_RETURN_POINTER(segment_map_build(rules));
}

/* One segment with its cells. */
static void
append_segment(StringInfo out, const SegmentMap *map, int segment)
{
	int length;
	const char *name = segment_map_name(map, segment, &length);
	bool first = true;

	appendStringInfoString(out, segment == 0 ? "{\"segment\": " : ", {\"segment\": ");
	json_append_string(out, pnstrdup(name, length));
	appendStringInfoString(out, ", \"cells\": [");
	for (int cell = 0; cell < segment_map_ncells(map->bins); cell++)
	{
		char text[RFM_SCORE_TEXT_SIZE];

		if (segment_map_cells(map)[cell] != segment)
			continue;
		rfm_score_write(segment_map_score_of_cell(map->bins, cell), text);
		appendStringInfo(out, "%s\"%s\"", first ? "" : ", ", text);
		first = false;
	}
	appendStringInfoString(out, "]}");
}

/* segment_map_out(segment_map) -> cstring */
PG_FUNCTION_INFO_V1(segment_map_out);
Datum
segment_map_out(PG_FUNCTION_ARGS)
{
	SegmentMap *map = segment_map_from_datum(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"version\": %d, \"bins\": %d, \"segments\": [", SEGMENT_VERSION,
					 map->bins);
	for (int segment = 0; segment < map->nsegments; segment++)
		append_segment(&out, map, segment);
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

/* json(segment_map) -> json: the text form. */
PG_FUNCTION_INFO_V1(segment_map_json);
Datum
segment_map_json(PG_FUNCTION_ARGS)
{
	Datum text = DirectFunctionCall1(segment_map_out, PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(text)));
}

/* segment_map_recv(internal) -> segment_map: version, bins, names, the segment of each cell. */
PG_FUNCTION_INFO_V1(segment_map_recv);
Datum
segment_map_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	SegmentRules *rules = segment_rules_create();
	char *names[MAX_CELLS];
	int lengths[MAX_CELLS];
	int start = buf->cursor;
	int bins, nsegments;
	SegmentMap *map;

	segment_check_recv(pq_getmsgbyte(buf) == SEGMENT_VERSION, "segment_map",
					   "The version is unknown.");
	bins = pq_getmsgbyte(buf);
	segment_check_recv(bins >= RFM_BINS_MIN && bins <= RFM_BINS_MAX, "segment_map",
					   "The number of bins is not between 2 and 10.");
	nsegments = pq_getmsgint(buf, 2);
	segment_check_recv(nsegments >= 1 && nsegments <= segment_map_ncells(bins), "segment_map",
					   "The number of segments is out of range.");
	for (int i = 0; i < nsegments; i++)
		names[i] = segment_name_recv(buf, "segment_map", &lengths[i]);
	rules->bins = bins;
	for (int cell = 0; cell < segment_map_ncells(bins); cell++)
	{
		RfmScore score = segment_map_score_of_cell(bins, cell);
		int segment = pq_getmsgint(buf, 2);

		segment_check_recv(segment < nsegments, "segment_map", "A cell has no known segment.");
		rules = segment_rules_add(rules, names[segment], lengths[segment], rfm_score_recency(score),
								  rfm_score_frequency(score), rfm_score_monetary(score));
	}
	map = segment_map_build(rules);
	segment_check_canonical(
		buf, start, DatumGetByteaPP(DirectFunctionCall1(segment_map_send, PointerGetDatum(map))),
		"segment_map");
	PG_RETURN_POINTER(map);
}

/* segment_map_send(segment_map) -> bytea */
PG_FUNCTION_INFO_V1(segment_map_send);
Datum
segment_map_send(PG_FUNCTION_ARGS)
{
	SegmentMap *map = segment_map_from_datum(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SEGMENT_VERSION);
	pq_sendbyte(&buf, map->bins);
	pq_sendint16(&buf, map->nsegments);
	for (int i = 0; i < map->nsegments; i++)
	{
		int length;
		const char *name = segment_map_name(map, i, &length);

		segment_name_send(&buf, name, length);
	}
	for (int cell = 0; cell < segment_map_ncells(map->bins); cell++)
		pq_sendint16(&buf, segment_map_cells(map)[cell]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CONTENT_ORDER_FUNCTIONS(segment_map, stored_content)
