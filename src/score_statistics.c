/*
 * score_statistics.c
 *		What scores say: NPS, CSAT and the mean, each with its uncertainty,
 *		and whether two groups differ by more than chance.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "estimate.h"
#include "math/proportion.h"
#include "math/student.h"
#include "score_summary_layout.h"

/* Scores of the NPS scale 0..10: detractors up to 6, promoters from 9. */
#define NPS_SCORES 11
#define NPS_PASSIVE_FROM 7
#define NPS_PROMOTER_FROM 9

typedef struct Nps
{
	int64 n;
	double value;	 /* (promoters - detractors) / n */
	double adjusted; /* theta', the centre of the interval */
	double se;		 /* of theta' */
} Nps;

/*
 * The adjusted Wald interval for a difference of two multinomial shares: three
 * quarters of an answer are added to promoters and detractors, one and a half
 * to passives (Rocks 2016, The American Statistician 70:365; after Bonett &
 * Price 2012). It has a width when everybody agrees. False without scores.
 */
static bool
find_nps(const ScoreSummary *summary, Nps *nps)
{
	double promoters = score_summary_count(summary, NPS_PROMOTER_FROM, NPS_SCORES);
	double detractors = score_summary_count(summary, 0, NPS_PASSIVE_FROM);
	double p = promoters + 0.75;
	double d = detractors + 0.75;
	double passives;
	double n;

	if (summary->nscores > 0 && (summary->lowest != 0 || summary->nscores != NPS_SCORES))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("NPS needs scores of the scale 0 to 10, not %d to %d",
							   summary->lowest, summary->lowest + summary->nscores - 1)));
	nps->n = score_summary_responses(summary);
	if (nps->n == 0)
		return false;
	n = (double) nps->n + 3;
	nps->value = (promoters - detractors) / nps->n;
	nps->adjusted = (p - d) / n;
	/* (p + d) / n - theta'^2 without the difference, which would cancel. */
	passives = score_summary_count(summary, NPS_PASSIVE_FROM, NPS_PROMOTER_FROM) + 1.5;
	nps->se = sqrt((passives / n * ((p + d) / n) + 4 * (p / n) * (d / n)) / n);
	return true;
}

static double
clamp(double value, double lowest, double highest)
{
	return Min(Max(value, lowest), highest);
}

/*
 * nps(score_summary) -> estimate: share of 9 and 10 less share of 0 to 6, on
 * -100..100. NULL without scores; an error on another scale than 0 to 10. The
 * interval is that of the adjusted score theta', and so is se.
 */
PG_FUNCTION_INFO_V1(score_summary_nps);
Datum
score_summary_nps(PG_FUNCTION_ARGS)
{
	Nps nps;
	Estimate estimate;

	if (!find_nps(PG_GETARG_SCORE_SUMMARY(0), &nps))
		PG_RETURN_NULL();
	estimate.value = 100 * nps.value;
	estimate.se = 100 * nps.se;
	estimate.lo = 100 * clamp(nps.adjusted - ESTIMATE_Z * nps.se, -1, 1);
	estimate.hi = 100 * clamp(nps.adjusted + ESTIMATE_Z * nps.se, -1, 1);
	estimate.n = nps.n;
	return estimate_form(fcinfo, &estimate);
}

/*
 * nps_difference(a, b) -> (value, lo, hi, p): NPS of a less that of b on
 * -200..200, its 95 % interval and the two-sided p of z = (theta'_a -
 * theta'_b) / sqrt(se_a^2 + se_b^2). NULL when one has no scores.
 */
PG_FUNCTION_INFO_V1(score_summary_nps_difference);
Datum
score_summary_nps_difference(PG_FUNCTION_ARGS)
{
	Nps a;
	Nps b;
	bool any_a = find_nps(PG_GETARG_SCORE_SUMMARY(0), &a);
	bool any_b = find_nps(PG_GETARG_SCORE_SUMMARY(1), &b);
	double difference;
	double se;

	if (!any_a || !any_b)
		PG_RETURN_NULL();
	difference = a.adjusted - b.adjusted;
	se = hypot(a.se, b.se);
	return row_result(fcinfo, 4,
					  (Datum[]){Float8GetDatum(100 * (a.value - b.value)),
								Float8GetDatum(100 * clamp(difference - ESTIMATE_Z * se, -2, 2)),
								Float8GetDatum(100 * clamp(difference + ESTIMATE_Z * se, -2, 2)),
								Float8GetDatum(normal_two_sided(difference / se))},
					  (bool[4]){false});
}

/* The good scores that an argument names; there must be some of the scale. */
static ScoreRange
good_range(FunctionCallInfo fcinfo, int argument, const ScoreSummary *summary)
{
	ScoreRange good = score_range(PG_GETARG_DATUM(argument));

	if (summary->nscores > 0 && (good.from >= good.until || good.until <= summary->lowest ||
								 good.from >= (int64) summary->lowest + summary->nscores))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the good scores must be a range with scores of the scale %d to %d",
							   summary->lowest, summary->lowest + summary->nscores - 1)));
	return good;
}

/*
 * csat(score_summary, good int4range) -> estimate: the share of scores in the
 * range, 0..1, with Wilson's interval; se is half its width over 1.96, so that
 * it is positive even when all are good. NULL without scores.
 */
PG_FUNCTION_INFO_V1(score_summary_csat);
Datum
score_summary_csat(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = PG_GETARG_SCORE_SUMMARY(0);
	ScoreRange good = good_range(fcinfo, 1, summary);
	int64 n = score_summary_responses(summary);
	Estimate estimate;
	Wilson wilson;

	if (n == 0)
		PG_RETURN_NULL();
	wilson = wilson_interval(score_summary_count(summary, good.from, good.until), n);
	estimate.value = wilson.value;
	estimate.se = wilson.se;
	estimate.lo = wilson.lo;
	estimate.hi = wilson.hi;
	estimate.n = n;
	return estimate_form(fcinfo, &estimate);
}

/*
 * csat_difference(a, b, good int4range) -> (value, lo, hi, p): the share of
 * good scores in a less that in b, -1..1; interval by Newcombe (1998),
 * Statistics in Medicine 17:873, method 10; two-sided p of the pooled z test,
 * 1 when all scores are good or none is. NULL when one has no scores; two
 * scales are an error.
 */
PG_FUNCTION_INFO_V1(score_summary_csat_difference);
Datum
score_summary_csat_difference(PG_FUNCTION_ARGS)
{
	ScoreSummary *first = PG_GETARG_SCORE_SUMMARY(0);
	ScoreSummary *second = PG_GETARG_SCORE_SUMMARY(1);
	ScoreRange good = good_range(fcinfo, 2, first);
	double n1 = score_summary_responses(first);
	double n2 = score_summary_responses(second);
	double x1 = score_summary_count(first, good.from, good.until);
	double x2 = score_summary_count(second, good.from, good.until);
	double pooled = (x1 + x2) / (n1 + n2);
	double variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
	double difference;
	Wilson a;
	Wilson b;

	if (first->nscores > 0 && second->nscores > 0)
		score_summary_check_scale(first, second->lowest, second->nscores);
	(void) good_range(fcinfo, 2, second);
	if (n1 == 0 || n2 == 0)
		PG_RETURN_NULL();
	a = wilson_interval(x1, n1);
	b = wilson_interval(x2, n2);
	difference = a.value - b.value;
	return row_result(
		fcinfo, 4,
		(Datum[]){Float8GetDatum(difference),
				  Float8GetDatum(difference - hypot(a.value - a.lo, b.hi - b.value)),
				  Float8GetDatum(difference + hypot(a.hi - a.value, b.value - b.lo)),
				  Float8GetDatum(variance > 0 ? normal_two_sided(difference / sqrt(variance)) : 1)},
		(bool[4]){false});
}

/*
 * mean_score(score_summary) -> estimate: the mean of the scores, its standard
 * error and Student's t interval, kept within the scale. NULL without scores;
 * one score has no se and no interval.
 */
PG_FUNCTION_INFO_V1(score_summary_mean_score);
Datum
score_summary_mean_score(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = PG_GETARG_SCORE_SUMMARY(0);
	int64 n = score_summary_responses(summary);
	Estimate estimate = {.se = NAN, .lo = NAN, .hi = NAN, .n = n};
	int128 sum = 0;
	double squares = 0.0;
	double margin;

	if (n == 0)
		PG_RETURN_NULL();
	for (int i = 0; i < summary->nscores; i++)
		sum += (int128) summary->counts[i] * (summary->lowest + i);
	estimate.value = (double) sum / n;
	if (n == 1)
		return estimate_form(fcinfo, &estimate);
	for (int i = 0; i < summary->nscores; i++)
	{
		double away = summary->lowest + i - estimate.value;

		squares += summary->counts[i] * away * away;
	}
	estimate.se = sqrt(squares / (n - 1) / n);
	margin = student_upper_quantile(0.025, n - 1) * estimate.se;
	estimate.lo = Max(estimate.value - margin, summary->lowest);
	estimate.hi = Min(estimate.value + margin, summary->lowest + summary->nscores - 1);
	return estimate_form(fcinfo, &estimate);
}

/*
 * response_rate(score_summary) -> estimate: the share of those asked who gave
 * a score, with Wilson's interval. NULL when nobody was asked.
 */
PG_FUNCTION_INFO_V1(score_summary_response_rate);
Datum
score_summary_response_rate(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = PG_GETARG_SCORE_SUMMARY(0);
	Estimate estimate;
	Wilson wilson;

	if (summary->asked == 0)
		PG_RETURN_NULL();
	wilson = wilson_interval(score_summary_responses(summary), summary->asked);
	estimate.value = wilson.value;
	estimate.se = wilson.se;
	estimate.lo = wilson.lo;
	estimate.hi = wilson.hi;
	estimate.n = summary->asked;
	return estimate_form(fcinfo, &estimate);
}
