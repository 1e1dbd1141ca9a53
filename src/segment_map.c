/*
 * segment_map.c
 *		The type segment_map: built from rules, which must cover every cell of the
 *		grid exactly once; applied to scores; read.
 */
#include "postgres.h"
#include "compat.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "segment_map.h"
#include "utils/builtins.h"

#define CELLS_IN_MESSAGE 10
#define NAMES_IN_MESSAGE 3 /* of the rules that overlap in one cell */

static bool
rule_covers(const SegmentRule *rule, RfmScore score)
{
	return (rule->score[0] == 0 || rule->score[0] == rfm_score_recency(score)) &&
		   (rule->score[1] == 0 || rule->score[1] == rfm_score_frequency(score)) &&
		   (rule->score[2] == 0 || rule->score[2] == rfm_score_monetary(score));
}

/* The cells that a rule covers get its segment, and each is counted. */
static void
cover_cells(const SegmentRule *rule, int bins, int segment, uint16 *cells, uint32 *covered)
{
	int first[3], last[3];

	for (int i = 0; i < 3; i++)
	{
		first[i] = rule->score[i] == 0 ? 1 : rule->score[i];
		last[i] = rule->score[i] == 0 ? bins : rule->score[i];
	}
	for (int r = first[0]; r <= last[0]; r++)
		for (int f = first[1]; f <= last[1]; f++)
			for (int m = first[2]; m <= last[2]; m++)
			{
				int cell = segment_map_cell(bins, r, f, m);

				cells[cell] = segment;
				covered[cell]++;
			}
}

/* " (At Risk, Lost)": the rules that meet in a cell. */
static void
append_names(StringInfo out, const SegmentRule *rules, uint32 nrules, RfmScore score)
{
	int found = 0;

	for (uint32 i = 0; i < nrules && found <= NAMES_IN_MESSAGE; i++)
	{
		if (!rule_covers(&rules[i], score))
			continue;
		appendStringInfoString(out, found == 0 ? " (" : ", ");
		if (found++ < NAMES_IN_MESSAGE)
			appendBinaryStringInfo(out, rules[i].name, rules[i].length);
		else
			appendStringInfoString(out, "...");
	}
	appendStringInfoChar(out, ')');
}

/* The error for cells that are covered not at all, or more than once. */
static void
report_cells(int bins, const uint32 *covered, const SegmentRule *rules, uint32 nrules)
{
	static const char *const kinds[] = {"Without a segment", "In more than one rule"};
	int ncells = segment_map_ncells(bins);
	int bad[2] = {0, 0};
	int shown = 0;
	StringInfoData lists[2], detail;

	initStringInfo(&lists[0]);
	initStringInfo(&lists[1]);
	for (int cell = 0; cell < ncells; cell++)
	{
		RfmScore score = segment_map_score_of_cell(bins, cell);
		int kind = covered[cell] == 0 ? 0 : 1;
		char text[RFM_SCORE_TEXT_SIZE];

		if (covered[cell] == 1)
			continue;
		bad[kind]++;
		if (shown++ >= CELLS_IN_MESSAGE)
			continue;
		rfm_score_write(score, text);
		appendStringInfo(&lists[kind], "%s%s", bad[kind] == 1 ? ": " : ", ", text);
		if (kind == 1)
			append_names(&lists[kind], rules, nrules, score);
	}

	initStringInfo(&detail);
	for (int kind = 0; kind < 2; kind++)
		if (bad[kind] > 0)
			appendStringInfo(&detail, "%s%s (%d)%s.", detail.len == 0 ? "" : " ", kinds[kind],
							 bad[kind], lists[kind].data);
	if (shown > CELLS_IN_MESSAGE)
		appendStringInfo(&detail, " %d more cells are not listed.", shown - CELLS_IN_MESSAGE);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("segment rules must cover each of the %d cells of %d bins exactly once",
						   ncells, bins),
					errdetail("%s", detail.data)));
}

static bool
same_name(const SegmentRule *a, const SegmentRule *b)
{
	return a->length == b->length && memcmp(a->name, b->name, a->length) == 0;
}

/* Put the parts together; firsts[] are rules, one for each segment in order. */
static SegmentMap *
assemble(int bins, const SegmentRule **firsts, int nsegments, const uint16 *cells)
{
	Size names_size = 0;
	Size size;
	SegmentMap *map;
	char *at;

	for (int i = 0; i < nsegments; i++)
		names_size += firsts[i]->length;
	size = offsetof(SegmentMap, name_ends) + nsegments * sizeof(uint32) +
		   segment_map_ncells(bins) * sizeof(uint16) + names_size;
	map = palloc0(size);
	SET_VARSIZE(map, size);
	map->version = SEGMENT_VERSION;
	map->bins = bins;
	map->nsegments = nsegments;
	memcpy(segment_map_cells(map), cells, segment_map_ncells(bins) * sizeof(uint16));
	at = (char *) (segment_map_cells(map) + segment_map_ncells(bins));
	for (int i = 0; i < nsegments; i++)
	{
		memcpy(at, firsts[i]->name, firsts[i]->length);
		at += firsts[i]->length;
		map->name_ends[i] = (i == 0 ? 0 : map->name_ends[i - 1]) + firsts[i]->length;
	}
	return map;
}

/* The map of a set of rules, of which there is at least one; the same for any order of them. */
SegmentMap *
segment_map_build(const SegmentRules *rules)
{
	SegmentRule *sorted = segment_rules_sorted(rules);
	int bins = rules->bins;
	int ncells = segment_map_ncells(bins);
	uint16 cells[RFM_BINS_MAX * RFM_BINS_MAX * RFM_BINS_MAX] = {0};
	uint32 covered[RFM_BINS_MAX * RFM_BINS_MAX * RFM_BINS_MAX] = {0};
	const SegmentRule *firsts[RFM_BINS_MAX * RFM_BINS_MAX * RFM_BINS_MAX];
	int nsegments = 0;

	for (uint32 i = 0; i < rules->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i == 0 || !same_name(&sorted[i], &sorted[i - 1]))
		{
			/* With more segments than cells some rules must overlap, and no map comes of it. */
			firsts[Min(nsegments, ncells - 1)] = &sorted[i];
			nsegments = Min(nsegments + 1, ncells);
		}
		cover_cells(&sorted[i], bins, nsegments - 1, cells, covered);
	}
	for (int cell = 0; cell < ncells; cell++)
		if (covered[cell] != 1)
			report_cells(bins, covered, sorted, rules->nrules);
	return assemble(bins, firsts, nsegments, cells);
}

SegmentMap *
segment_map_from_datum(Datum datum)
{
	SegmentMap *map = (SegmentMap *) PG_DETOAST_DATUM(datum);

	if (map->version != SEGMENT_VERSION)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored segment_map is of no known form")));
	return map;
}

void
segment_grid_mismatch(RfmScore score, int bins)
{
	char text[RFM_SCORE_TEXT_SIZE];

	rfm_score_write(score, text);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("rfm_score %s is of a grid of %d bins, but the segment map is of %d",
						   text, rfm_score_bins(score), bins),
					errhint("Use a segment_map and an rfm_model with the same number of bins.")));
}

/* rfm_segment(segment_map, rfm_score) -> text: a score of another grid is an error. */
PG_FUNCTION_INFO_V1(rfm_segment);
Datum
rfm_segment(PG_FUNCTION_ARGS)
{
	SegmentMap *map = segment_map_from_datum(PG_GETARG_DATUM(0));
	RfmScore score = PG_GETARG_RFM_SCORE(1);
	const char *name;
	int cell, length;

	if (rfm_score_bins(score) != map->bins)
		segment_grid_mismatch(score, map->bins);
	cell = segment_map_cell(map->bins, rfm_score_recency(score), rfm_score_frequency(score),
							rfm_score_monetary(score));
	name = segment_map_name(map, segment_map_cells(map)[cell], &length);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(name, length));
}

/* segment_cells(segment_map) -> rows (segment, r, f, m), in the order of r, f, m. */
PG_FUNCTION_INFO_V1(segment_cells);
Datum
segment_cells(PG_FUNCTION_ARGS)
{
	SegmentMap *map = segment_map_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int cell = 0; cell < segment_map_ncells(map->bins); cell++)
	{
		RfmScore score = segment_map_score_of_cell(map->bins, cell);
		int length;
		const char *name = segment_map_name(map, segment_map_cells(map)[cell], &length);
		Datum values[4] = {PointerGetDatum(cstring_to_text_with_len(name, length)),
						   Int32GetDatum(rfm_score_recency(score)),
						   Int32GetDatum(rfm_score_frequency(score)),
						   Int32GetDatum(rfm_score_monetary(score))};
		bool nulls[4] = {false, false, false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
