/*
 * segment_map_default.c
 *		The default segments: a published list of eleven over the grid of five bins.
 *
 * It is not monotone (113 is Cannot Lose Them, 123 Hibernating). Users compare
 * with other tools, so it stays as published.
 */
#include "postgres.h"
#include "compat.h"

#include "segment_map.h"
#include "utils/builtins.h"

#define BINS 5

/* In the order of segment_rank; the letters are those of the grid below. */
static const struct
{
	char letter;
	const char *name;
} segments[] = {{'C', "Champions"},
				{'L', "Loyal"},
				{'P', "Potential Loyalist"},
				{'N', "New Customers"},
				{'p', "Promising"},
				{'A', "Need Attention"},
				{'S', "About To Sleep"},
				{'R', "At Risk"},
				{'K', "Cannot Lose Them"},
				{'H', "Hibernating"},
				{'X', "Lost"},
				{'-', "Prospect"},
				{'-', "Not scored: refunds only"}};

/* A row for each r, a word for each f, a letter for each m. */
/* clang-format off */
static const char *const grid[BINS][BINS] = {
	{"XXKKK", "XHHRR", "XHRRR", "XRRKR", "XRRKK"},
	{"HHSKK", "SHHRR", "SHHRR", "SRRRR", "SRRRR"},
	{"NSppp", "SHPAA", "SHPAL", "PPALL", "PPPLL"},
	{"NNppp", "NNPpp", "PPPAL", "PPALC", "PPPCC"},
	{"NNppp", "ppppp", "PPPAA", "PPLCC", "PPPCC"}
};
/* clang-format on */

/* The segment of a score of the grid of five bins. */
const char *
segment_default_name(RfmScore score)
{
	char letter = grid[rfm_score_recency(score) - 1][rfm_score_frequency(score) - 1]
					  [rfm_score_monetary(score) - 1];

	for (int i = 0; i < (int) lengthof(segments); i++)
		if (segments[i].letter == letter)
			return segments[i].name;
	pg_unreachable();
}

/* default_segment_map() -> segment_map: the map behind rfm_segment(rfm_score). */
PG_FUNCTION_INFO_V1(default_segment_map);
Datum
default_segment_map(PG_FUNCTION_ARGS)
{
	SegmentRules *rules = segment_rules_create();

	(void) fcinfo; /* there are no arguments */
	rules->bins = BINS;
	for (int cell = 0; cell < segment_map_ncells(BINS); cell++)
	{
		RfmScore score = segment_map_score_of_cell(BINS, cell);
		const char *name = segment_default_name(score);

		rules = segment_rules_add(rules, name, strlen(name), rfm_score_recency(score),
								  rfm_score_frequency(score), rfm_score_monetary(score));
	}
	PG_RETURN_POINTER(segment_map_build(rules));
}

/* rfm_segment(rfm_score) -> text: by the default map; a score of another grid is an error. */
PG_FUNCTION_INFO_V1(rfm_segment_default);
Datum
rfm_segment_default(PG_FUNCTION_ARGS)
{
	RfmScore score = PG_GETARG_RFM_SCORE(0);

	if (rfm_score_bins(score) != BINS)
		segment_grid_mismatch(score, BINS);
	PG_RETURN_TEXT_P(cstring_to_text(segment_default_name(score)));
}

/*
 * segment_rank(text) -> int: the place of a default segment in charts, Champions
 * first; then Prospect and customers with refunds only. NULL for other names.
 */
PG_FUNCTION_INFO_V1(segment_rank);
Datum
segment_rank(PG_FUNCTION_ARGS)
{
	text *name = PG_GETARG_TEXT_PP(0);
	Size length = VARSIZE_ANY_EXHDR(name);

	for (int i = 0; i < (int) lengthof(segments); i++)
		if (strlen(segments[i].name) == length &&
			memcmp(segments[i].name, VARDATA_ANY(name), length) == 0)
			PG_RETURN_INT32(i + 1);
	PG_RETURN_NULL();
}
