/*
 * duration_logrank.c
 *		Do two groups take equally long: the log-rank test (Mantel 1966).
 */
#include "postgres.h"
#include "compat.h"

#include "base/row.h"
#include "duration_summary_layout.h"
#include "math/proportion.h"
#include "miscadmin.h"

/* What is at one duration in a summary, and who is at risk there. */
typedef struct Side
{
	const DurationSummary *summary;
	int64 next;
	int64 at_risk;
} Side;

/* The entry at this duration, and on to the next one. */
static DurationEntry
side_take(Side *side, int64 duration)
{
	DurationEntry none = {.duration = duration};
	const DurationEntry *entry = &side->summary->entries[side->next];

	if (side->next == side->summary->nentries || entry->duration != duration)
		return none;
	side->next++;
	return *entry;
}

static bool
side_peek(const Side *side, int64 *duration)
{
	if (side->next == side->summary->nentries)
		return false;
	*duration = Min(*duration, side->summary->entries[side->next].duration);
	return true;
}

/*
 * logrank(a, b) -> (statistic, p): chi-squared of one degree of freedom for
 * equal durations, with the hypergeometric variance; a bucket is one tied
 * duration. NULL when nothing can be compared.
 */
PG_FUNCTION_INFO_V1(duration_summary_logrank);
Datum
duration_summary_logrank(PG_FUNCTION_ARGS)
{
	DurationSummary *first = PG_GETARG_DURATION_SUMMARY(0);
	DurationSummary *second = PG_GETARG_DURATION_SUMMARY(1);
	Side a = {0};
	Side b = {0};
	double excess = 0.0; /* observed less expected, in a */
	double variance = 0.0;
	double statistic;

	if (first->bucketed != second->bucketed)
	{
		first = duration_summary_in_buckets(first);
		second = duration_summary_in_buckets(second);
	}
	a = (Side){.summary = first, .at_risk = first->cases};
	b = (Side){.summary = second, .at_risk = second->cases};
	for (;;)
	{
		int64 duration = PG_INT64_MAX;
		bool more_a = side_peek(&a, &duration);
		bool more_b = side_peek(&b, &duration);
		double n = (double) a.at_risk + (double) b.at_risk;
		double share = a.at_risk / n;
		DurationEntry in_a;
		DurationEntry in_b;
		double ended;

		if (!more_a && !more_b)
			break;
		CHECK_FOR_INTERRUPTS();
		in_a = side_take(&a, duration);
		in_b = side_take(&b, duration);
		ended = (double) in_a.ended + (double) in_b.ended;
		excess += in_a.ended - ended * share;
		if (n > 1)
			variance += ended * share * (1 - share) * (n - ended) / (n - 1);
		a.at_risk -= in_a.ended + in_a.open;
		b.at_risk -= in_b.ended + in_b.open;
	}
	if (!(variance > 0.0))
		PG_RETURN_NULL();
	statistic = excess * excess / variance;
	return row_result(
		fcinfo, 2,
		(Datum[]){Float8GetDatum(statistic), Float8GetDatum(chi_squared_1_tail(statistic))},
		(bool[2]){false});
}
