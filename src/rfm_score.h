/*
 * rfm_score.h
 *		The score of one customer: three digits and the grid they belong to.
 *
 * Four bytes, passed by value: bins, r, f and m in four bits each, so that the
 * order of the integers is the order of the scores; the upper half is zero.
 */
#ifndef CUSTOMER_PROFILE_RFM_SCORE_H
#define CUSTOMER_PROFILE_RFM_SCORE_H

typedef uint32 RfmScore;

#define RFM_BINS_MIN 2
#define RFM_BINS_MAX 10
#define RFM_BINS_DEFAULT 5

#define RFM_SCORE_TEXT_SIZE 12 /* "10-10-10/10" with NUL */

#define DatumGetRfmScore(d) ((RfmScore) DatumGetUInt32(d))
#define RfmScoreGetDatum(s) UInt32GetDatum(s)
#define PG_GETARG_RFM_SCORE(n) DatumGetRfmScore(PG_GETARG_DATUM(n))
#define PG_RETURN_RFM_SCORE(s) return RfmScoreGetDatum(s)

static inline RfmScore
rfm_score_make(int bins, int r, int f, int m)
{
	return (uint32) bins << 12 | (uint32) r << 8 | (uint32) f << 4 | (uint32) m;
}

static inline int
rfm_score_bins(RfmScore score)
{
	return score >> 12 & 15;
}

static inline int
rfm_score_recency(RfmScore score)
{
	return score >> 8 & 15;
}

static inline int
rfm_score_frequency(RfmScore score)
{
	return score >> 4 & 15;
}

static inline int
rfm_score_monetary(RfmScore score)
{
	return score & 15;
}

/* Bins within their range, each score within 1..bins, the upper half zero. */
extern bool rfm_score_is_valid(RfmScore score);

/* The text form: 545, 434/4 or 10-3-7/10. Parsing accepts exactly that. */
extern void rfm_score_write(RfmScore score, char text[RFM_SCORE_TEXT_SIZE]);
extern bool rfm_score_parse(const char *text, RfmScore *score);

#endif /* CUSTOMER_PROFILE_RFM_SCORE_H */
