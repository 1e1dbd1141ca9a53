/*
 * score_summary.c
 *		What customers answered on a scale, such as 0..10 or 1..5: aggregate,
 *		merging, taking away and counts. Text and binary forms are in
 *		score_summary_io.c, the statistics in score_statistics.c.
 *
 * The state is a count for each score of the scale. The first row fixes the
 * scale; the empty initial value has none.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "base/count.h"
#include "base/state.h"
#include "score_summary_layout.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#define DEFAULT_LOWEST 0 /* the scale of NPS */
#define DEFAULT_NSCORES 11

ScoreSummary *
score_summary_create(int32 lowest, int32 nscores)
{
	Size size = SCORE_SUMMARY_SIZE(nscores);
	ScoreSummary *summary = palloc0(size);

	SET_VARSIZE(summary, size);
	summary->version = SCORE_SUMMARY_VERSION;
	summary->lowest = lowest;
	summary->nscores = nscores;
	return summary;
}

int64
score_summary_count(const ScoreSummary *summary, int64 from, int64 until)
{
	int64 first = Max(from - summary->lowest, 0);
	int64 end = Min(until - summary->lowest, summary->nscores);
	int64 count = 0;

	/* Never more than asked, so that it cannot overflow. */
	for (int64 i = first; i < end; i++)
		count += summary->counts[i];
	return count;
}

int64
score_summary_responses(const ScoreSummary *summary)
{
	return score_summary_count(summary, PG_INT32_MIN, (int64) PG_INT32_MAX + 1);
}

ScoreRange
score_range(Datum datum)
{
	RangeType *range = DatumGetRangeTypeP(datum);
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO);
	ScoreRange result = {.from = PG_INT32_MIN, .until = (int64) PG_INT32_MAX + 1};
	RangeBound lower;
	RangeBound upper;
	bool empty;

	range_deserialize(type, range, &lower, &upper, &empty);
	if (empty)
		return (ScoreRange){0};
	/* An int4range is kept as [from, until). */
	if (!lower.infinite)
		result.from = DatumGetInt32(lower.val);
	if (!upper.infinite)
		result.until = DatumGetInt32(upper.val);
	result.bounded = !lower.infinite && !upper.infinite;
	return result;
}

/* The scale that an argument of the aggregate names. */
static void
check_scale(const ScoreRange *scale)
{
	if (!scale->bounded || scale->until - scale->from < 2 ||
		scale->until - scale->from > SCORE_SCALE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 scale->bounded ? errmsg("a scale of " INT64_FORMAT " scores is not possible",
										 scale->until - scale->from)
								: errmsg("a scale must not be empty or without an end"),
				 errdetail("Expected a range of 2 to %d scores, such as int4range(0, 10, '[]').",
						   SCORE_SCALE_MAX)));
}

void
score_summary_check_scale(const ScoreSummary *summary, int32 lowest, int32 nscores)
{
	if (summary->lowest != lowest || summary->nscores != nscores)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scores of the scale %d to %d cannot be put together with scores of "
							   "the scale %d to %d",
							   summary->lowest, summary->lowest + summary->nscores - 1, lowest,
							   lowest + nscores - 1)));
}

/* The state, of this scale from now on. */
static ScoreSummary *
with_scale(ScoreSummary *state, int32 lowest, int32 nscores)
{
	if (state != NULL && likely(state->nscores > 0))
	{
		score_summary_check_scale(state, lowest, nscores);
		return state;
	}
	return score_summary_create(lowest, nscores);
}

static ScoreSummary *
writable_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return NULL;
	return state_for_update(fcinfo, PG_GETARG_SCORE_SUMMARY(0));
}

/* Where a score is, for an error: arguments 3 and 4, where the function has them. */
static char *
contact_text(FunctionCallInfo fcinfo)
{
	StringInfoData out;

	initStringInfo(&out);
	if (PG_ARGISNULL(3))
		appendStringInfoString(&out, "It is that of nobody");
	else
		appendStringInfo(&out, "It is that of customer \"%s\"",
						 text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (!PG_ARGISNULL(4) && !TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(4)))
	{
		appendStringInfoString(&out, ", contact at ");
		timestamp_append(&out, PG_GETARG_TIMESTAMPTZ(4));
	}
	appendStringInfoChar(&out, '.');
	return out.data;
}

static void
refuse_score(FunctionCallInfo fcinfo, int64 score, int32 lowest, int32 nscores)
{
	bool known = PG_NARGS() > 4;

	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("score " INT64_FORMAT " is outside of the scale %d to %d", score, lowest,
					lowest + nscores - 1),
			 known ? errdetail_internal("%s", contact_text(fcinfo)) : 0,
			 known
				 ? errhint("Give the scale that the scores have, or NULL for a score that is none.")
				 : 0));
}

/* Add a score; NULL is a customer who was asked and did not answer. */
static ScoreSummary *
add_score(FunctionCallInfo fcinfo, int64 score, int32 lowest, int32 nscores)
{
	ScoreSummary *state = with_scale(writable_state(fcinfo), lowest, nscores);

	if (!PG_ARGISNULL(1))
	{
		int64 *count;

		if (score < lowest || score >= (int64) lowest + nscores)
			refuse_score(fcinfo, score, lowest, nscores);
		count = &state->counts[score - lowest];
		*count = add_counts(*count, 1, "scores");
	}
	state->asked = add_counts(state->asked, 1, "answers");
	return state;
}

/* The same with the scale in argument 2. */
static ScoreSummary *
add_scaled(FunctionCallInfo fcinfo, int64 score)
{
	ScoreRange scale;

	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("scale must not be null")));
	scale = score_range(PG_GETARG_DATUM(2));
	check_scale(&scale);
	return add_score(fcinfo, score, (int32) scale.from, (int32) (scale.until - scale.from));
}

/* Transition of score_summary(score): the scale is 0 to 10. Another score is an error. */
PG_FUNCTION_INFO_V1(score_summary_add);
Datum
score_summary_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(add_score(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1), DEFAULT_LOWEST,
								DEFAULT_NSCORES));
}

/* Transition of score_summary(score, scale): all rows must have the same scale. */
PG_FUNCTION_INFO_V1(score_summary_add_scale);
Datum
score_summary_add_scale(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(add_scaled(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1)));
}

/* Transition of score_summary(score, scale, customer, at): an error names the last two. */
PG_FUNCTION_INFO_V1(score_summary_add_contact);
Datum
score_summary_add_contact(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(add_scaled(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1)));
}

/*
 * Merge: (summary, summary) -> summary. NULL on one side gives the other one.
 * Serves the aggregates' combine function, rollup() and the operator +. Two
 * scales are an error.
 */
PG_FUNCTION_INFO_V1(score_summary_merge);
Datum
score_summary_merge(PG_FUNCTION_ARGS)
{
	ScoreSummary *state;
	ScoreSummary *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = writable_state(fcinfo);
	other = PG_GETARG_SCORE_SUMMARY(1);
	if (other->nscores == 0)
		PG_RETURN_POINTER(state != NULL ? state : other);
	state = with_scale(state, other->lowest, other->nscores);
	for (int i = 0; i < state->nscores; i++)
		state->counts[i] = add_counts(state->counts[i], other->counts[i], "scores");
	state->asked = add_counts(state->asked, other->asked, "answers");
	PG_RETURN_POINTER(state);
}

/*
 * a - b: the answers of a without those of b, which must be among them. NULL b
 * takes nothing away; the result is NULL when nothing is left.
 */
PG_FUNCTION_INFO_V1(score_summary_minus);
Datum
score_summary_minus(PG_FUNCTION_ARGS)
{
	ScoreSummary *whole = PG_ARGISNULL(0) ? score_summary_create(0, 0) : PG_GETARG_SCORE_SUMMARY(0);
	ScoreSummary *part = PG_ARGISNULL(1) ? score_summary_create(0, 0) : PG_GETARG_SCORE_SUMMARY(1);
	ScoreSummary *rest = score_summary_create(whole->lowest, whole->nscores);
	bool fits = part->nscores == 0 || whole->nscores > 0;
	int64 left = 0;

	if (part->nscores > 0 && whole->nscores > 0)
		score_summary_check_scale(whole, part->lowest, part->nscores);
	rest->asked = whole->asked - part->asked;
	for (int i = 0; i < rest->nscores; i++)
	{
		rest->counts[i] = whole->counts[i] - (part->nscores > 0 ? part->counts[i] : 0);
		fits = fits && rest->counts[i] >= 0;
		left += rest->counts[i];
	}
	if (!fits || left > rest->asked)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("cannot take away scores that are not there")));
	if (rest->asked == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rest);
}

/* Final function: NULL when no row at all was seen. */
PG_FUNCTION_INFO_V1(score_summary_final);
Datum
score_summary_final(PG_FUNCTION_ARGS)
{
	ScoreSummary *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = PG_GETARG_SCORE_SUMMARY(0);
	if (state->nscores == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* Rows seen, with a score or without. */
PG_FUNCTION_INFO_V1(score_summary_get_asked);
Datum
score_summary_get_asked(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_SCORE_SUMMARY(0)->asked);
}

/* Rows with a score; with a range, those whose score is in it. */
PG_FUNCTION_INFO_V1(score_summary_get_responses);
Datum
score_summary_get_responses(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = PG_GETARG_SCORE_SUMMARY(0);
	ScoreRange range;

	if (PG_NARGS() == 1)
		PG_RETURN_INT64(score_summary_responses(summary));
	range = score_range(PG_GETARG_DATUM(1));
	PG_RETURN_INT64(score_summary_count(summary, range.from, range.until));
}
