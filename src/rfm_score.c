/*
 * rfm_score.c
 *		The type rfm_score: text and binary form, order, hash, readers.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "rfm_score.h"
#include "utils/builtins.h"

bool
rfm_score_is_valid(RfmScore score)
{
	int bins = rfm_score_bins(score);
	int r = rfm_score_recency(score);
	int f = rfm_score_frequency(score);
	int m = rfm_score_monetary(score);

	return score >> 16 == 0 && bins >= RFM_BINS_MIN && bins <= RFM_BINS_MAX && r >= 1 &&
		   r <= bins && f >= 1 && f <= bins && m >= 1 && m <= bins;
}

void
rfm_score_write(RfmScore score, char text[RFM_SCORE_TEXT_SIZE])
{
	int bins = rfm_score_bins(score);
	int r = rfm_score_recency(score);
	int f = rfm_score_frequency(score);
	int m = rfm_score_monetary(score);

	if (bins == RFM_BINS_DEFAULT)
		snprintf(text, RFM_SCORE_TEXT_SIZE, "%d%d%d", r, f, m);
	else if (bins < 10)
		snprintf(text, RFM_SCORE_TEXT_SIZE, "%d%d%d/%d", r, f, m, bins);
	else
		snprintf(text, RFM_SCORE_TEXT_SIZE, "%d-%d-%d/%d", r, f, m, bins);
}

bool
rfm_score_parse(const char *text, RfmScore *score)
{
	int bins = RFM_BINS_DEFAULT;
	int r, f, m;
	char written[RFM_SCORE_TEXT_SIZE];

	if (sscanf(text, "%2d-%2d-%2d/%2d", &r, &f, &m, &bins) != 4 &&
		sscanf(text, "%1d%1d%1d/%2d", &r, &f, &m, &bins) < 3)
		return false;
	if (bins < RFM_BINS_MIN || bins > RFM_BINS_MAX || r < 1 || r > bins || f < 1 || f > bins ||
		m < 1 || m > bins)
		return false;

	/* Whatever is not exactly what we would write was only nearly a score. */
	*score = rfm_score_make(bins, r, f, m);
	rfm_score_write(*score, written);
	return strcmp(text, written) == 0;
}

/* rfm_score_in(cstring) -> rfm_score: 545, 434/4 or 10-3-7/10; anything else is an error. */
PG_FUNCTION_INFO_V1(rfm_score_in);
Datum
rfm_score_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	RfmScore score;

	if (!rfm_score_parse(text, &score))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type rfm_score: \"%s\"", text),
				 errdetail("A score looks like 545, with other than five bins like 434/4, with ten "
						   "like 10-3-7/10.")));
	PG_RETURN_RFM_SCORE(score);
}

/* rfm_score_out(rfm_score) -> cstring */
PG_FUNCTION_INFO_V1(rfm_score_out);
Datum
rfm_score_out(PG_FUNCTION_ARGS)
{
	char *text = palloc(RFM_SCORE_TEXT_SIZE);

	rfm_score_write(PG_GETARG_RFM_SCORE(0), text);
	PG_RETURN_CSTRING(text);
}

/* rfm_score_recv(internal) -> rfm_score: four bytes, checked. */
PG_FUNCTION_INFO_V1(rfm_score_recv);
Datum
rfm_score_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	RfmScore score = pq_getmsgint(buf, 4);

	if (!rfm_score_is_valid(score))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary rfm_score: %08x", score)));
	PG_RETURN_RFM_SCORE(score);
}

/* rfm_score_send(rfm_score) -> bytea */
PG_FUNCTION_INFO_V1(rfm_score_send);
Datum
rfm_score_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, PG_GETARG_RFM_SCORE(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* The comparison operators: by bins, then r, f, m. */
static int
compare(FunctionCallInfo fcinfo)
{
	RfmScore a = PG_GETARG_RFM_SCORE(0);
	RfmScore b = PG_GETARG_RFM_SCORE(1);

	return (a > b) - (a < b);
}

COMPARISON_FUNCTIONS(rfm_score, compare)

/* rfm_score_hash(rfm_score) -> int */
PG_FUNCTION_INFO_V1(rfm_score_hash);
Datum
rfm_score_hash(PG_FUNCTION_ARGS)
{
	return hash_uint32(PG_GETARG_RFM_SCORE(0));
}

/* rfm_score_hash_extended(rfm_score, seed bigint) -> bigint */
PG_FUNCTION_INFO_V1(rfm_score_hash_extended);
Datum
rfm_score_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_uint32_extended(PG_GETARG_RFM_SCORE(0), PG_GETARG_INT64(1));
}

/* recency_score(rfm_score) -> int: 1 (longest ago) .. bins. */
PG_FUNCTION_INFO_V1(recency_score);
Datum
recency_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(rfm_score_recency(PG_GETARG_RFM_SCORE(0)));
}

/* frequency_score(rfm_score) -> int: 1 (fewest purchases) .. bins. */
PG_FUNCTION_INFO_V1(frequency_score);
Datum
frequency_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(rfm_score_frequency(PG_GETARG_RFM_SCORE(0)));
}

/* monetary_score(rfm_score) -> int: 1 (least revenue) .. bins. */
PG_FUNCTION_INFO_V1(monetary_score);
Datum
monetary_score(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(rfm_score_monetary(PG_GETARG_RFM_SCORE(0)));
}
