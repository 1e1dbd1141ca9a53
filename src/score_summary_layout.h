/*
 * score_summary_layout.h
 *		The stored form of a score_summary. Only the room's own files include
 *		this.
 */
#ifndef CUSTOMER_PROFILE_SCORE_SUMMARY_LAYOUT_H
#define CUSTOMER_PROFILE_SCORE_SUMMARY_LAYOUT_H

#include "compat.h"

#define SCORE_SUMMARY_VERSION 1
#define SCORE_SCALE_MAX 101 /* scores of the widest scale, such as 0..100 */

/* Empty: asked = nscores = lowest = 0. Otherwise asked > 0. */
typedef struct ScoreSummary
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 reserved[3];					 /* always zero */
	int32 lowest;						 /* score of the scale */
	int32 nscores;						 /* of the scale, 0..SCORE_SCALE_MAX; 0: nothing seen */
	int64 asked;						 /* rows seen, at least the sum of the counts */
	int64 counts[FLEXIBLE_ARRAY_MEMBER]; /* by score - lowest */
} ScoreSummary;

#define PG_GETARG_SCORE_SUMMARY(n) ((ScoreSummary *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define SCORE_SUMMARY_SIZE(nscores) \
	(offsetof(ScoreSummary, counts) + (Size) (nscores) * sizeof(int64))

/* All zero, of a scale. */
extern ScoreSummary *score_summary_create(int32 lowest, int32 nscores);

/* An error unless the scores are of this scale. */
extern void score_summary_check_scale(const ScoreSummary *summary, int32 lowest, int32 nscores);

/* Scores given. */
extern int64 score_summary_responses(const ScoreSummary *summary);

/* Scores given with from <= score < until; the bounds may be beyond the scale. */
extern int64 score_summary_count(const ScoreSummary *summary, int64 from, int64 until);

/* What an int4range argument holds: from <= score < until, with the ends of int4 where it is unbounded. */
typedef struct ScoreRange
{
	int64 from;
	int64 until;
	bool bounded;
} ScoreRange;

extern ScoreRange score_range(Datum range);

#endif /* CUSTOMER_PROFILE_SCORE_SUMMARY_LAYOUT_H */
