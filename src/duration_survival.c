/*
 * duration_survival.c
 *		What durations say when some are still running: Kaplan & Meier (1958),
 *		JASA 53:457, S(t) = P(T > t), with Greenwood's variance and the log-log
 *		interval (Kalbfleisch & Prentice 2002, section 1.4).
 *
 * At equal durations cases end before others are lost from sight. A bucket is
 * one duration, its middle, so S(t) of a summary with buckets is that at the end
 * or just before the start of the bucket of t: within 0.78 % of t, and exactly
 * at t when t is an edge, but that those lost from sight in an earlier bucket
 * are at risk until all that end in it have ended.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/period.h"
#include "base/row.h"
#include "duration_summary_layout.h"
#include "estimate.h"
#include "funcapi.h"
#include "math/proportion.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#define ROUNDING 1e-12 /* S(t) <= 1 - p up to this: 1 - 0.9 is not quite 1/10 */

/* The estimate after the first `next` entries. */
typedef struct Survival
{
	const DurationSummary *summary;
	int64 next;
	int64 at_risk;		/* after them */
	int64 open;			/* of them */
	double survival;	/* S */
	double greenwood;	/* sum of d / (n (n - d)) */
	double base;		/* S after the last entry with open cases, */
	int64 base_at_risk; /* and who was at risk: without open cases S is an exact ratio */
} Survival;

static void
survival_init(Survival *at, const DurationSummary *summary)
{
	memset(at, 0, sizeof(*at));
	at->summary = summary;
	at->at_risk = summary->cases;
	at->survival = 1.0;
	at->base = 1.0;
	at->base_at_risk = summary->cases;
}

/* The next entry, and the estimate after it; NULL at the end. */
static const DurationEntry *
survival_step(Survival *at)
{
	const DurationEntry *entry;
	int64 left;

	if (at->next == at->summary->nentries)
		return NULL;
	CHECK_FOR_INTERRUPTS();
	entry = &at->summary->entries[at->next++];
	left = at->at_risk - entry->ended;
	if (entry->ended > 0)
	{
		if (left > 0)
			at->greenwood += (double) entry->ended / ((double) at->at_risk * (double) left);
		at->survival = at->base * ((double) left / (double) at->base_at_risk);
	}
	at->at_risk = left - entry->open;
	at->open += entry->open;
	if (entry->open > 0)
	{
		at->base = at->survival;
		at->base_at_risk = at->at_risk;
	}
	return entry;
}

/*
 * S with its interval; n is the number of cases whose status is known. Where S
 * is 0 or 1 Greenwood's variance is 0, and Wilson's interval of n cases stands in.
 */
static void
survival_estimate(const Survival *at, int64 n, Estimate *estimate)
{
	double s = at->survival;

	*estimate = (Estimate){.value = s, .se = NAN, .lo = NAN, .hi = NAN, .n = n};
	if (s > 0.0 && s < 1.0)
	{
		double root = sqrt(at->greenwood);
		double power = exp(ESTIMATE_Z * root / -log(s));

		estimate->se = s * root;
		estimate->lo = pow(s, power);
		estimate->hi = pow(s, 1.0 / power);
	}
	else if (n > 0)
	{
		Wilson wilson = wilson_interval(s > 0.0 ? n : 0, n);

		estimate->se = wilson.se;
		estimate->lo = wilson.lo;
		estimate->hi = wilson.hi;
	}
}

/* The longest duration that something is known about, in microseconds. */
static double
last_duration(const DurationSummary *summary)
{
	int64 last = summary->entries[summary->nentries - 1].duration;

	return (double) (summary->bucketed ? duration_bucket_last(last) : last);
}

/* S(t); false when it is not known: no cases, or t beyond the last one, which was open. */
static bool
survival_at(const DurationSummary *summary, double t, Estimate *estimate)
{
	Survival at;
	int64 lost = 0; /* open before t */

	survival_init(&at, summary);
	while (at.next < summary->nentries && duration_of(summary, &summary->entries[at.next]) <= t)
	{
		const DurationEntry *entry = survival_step(&at);

		if (duration_of(summary, entry) < t)
			lost += entry->open;
	}
	if (summary->cases == 0 || (at.survival > 0.0 && t > last_duration(summary)))
		return false;
	survival_estimate(&at, summary->cases - lost, estimate);
	return true;
}

/*
 * survival(duration_summary, t interval) -> estimate: share of cases that take
 * longer than t, 0..1. NULL without cases and beyond the longest one while some
 * are open there. t >= 0 without months.
 */
PG_FUNCTION_INFO_V1(duration_summary_survival);
Datum
duration_summary_survival(PG_FUNCTION_ARGS)
{
	int64 t = duration_argument(PG_GETARG_INTERVAL_P(1), "t");
	Estimate estimate;

	if (!survival_at(PG_GETARG_DURATION_SUMMARY(0), t, &estimate))
		PG_RETURN_NULL();
	return estimate_form(fcinfo, &estimate);
}

/*
 * within(duration_summary, t interval) -> estimate: share of cases that end
 * within t, t included: 1 - survival. NULL as there.
 */
PG_FUNCTION_INFO_V1(duration_summary_within);
Datum
duration_summary_within(PG_FUNCTION_ARGS)
{
	int64 t = duration_argument(PG_GETARG_INTERVAL_P(1), "t");
	Estimate estimate;
	double lo;

	if (!survival_at(PG_GETARG_DURATION_SUMMARY(0), t, &estimate))
		PG_RETURN_NULL();
	lo = 1.0 - estimate.hi;
	estimate.value = 1.0 - estimate.value;
	estimate.hi = 1.0 - estimate.lo;
	estimate.lo = lo;
	return estimate_form(fcinfo, &estimate);
}

static double
quantile_argument(FunctionCallInfo fcinfo)
{
	double p = PG_GETARG_FLOAT8(1);

	if (!(p > 0.0 && p < 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("p must be between 0 and 1, both excluded, not %g", p)));
	return p;
}

/* The smallest duration with S <= 1 - p; NULL when S stays above. */
static const DurationEntry *
find_quantile(const DurationSummary *summary, double p)
{
	const DurationEntry *entry;
	Survival at;

	survival_init(&at, summary);
	while ((entry = survival_step(&at)) != NULL)
		if (at.survival <= 1.0 - p + ROUNDING && entry->ended > 0)
			return entry;
	return NULL;
}

/* Days of 24 hours, and the rest as time. */
static Datum
interval_of(const DurationSummary *summary, const DurationEntry *entry)
{
	Interval *interval = palloc0(sizeof(Interval));
	int64 microseconds = entry->duration;

	/* Within the bucket, so within range. */
	if (summary->bucketed)
		microseconds += (int64) rint(duration_of(summary, entry) - (double) entry->duration);
	interval->day = (int32) (microseconds / USECS_PER_DAY);
	interval->time = microseconds % USECS_PER_DAY;
	return IntervalPGetDatum(interval);
}

static double
hours_of(const DurationSummary *summary, const DurationEntry *entry)
{
	return duration_of(summary, entry) / USECS_PER_HOUR;
}

/*
 * quantile(duration_summary, p) -> interval: the time by which a share p of
 * all cases, the open ones included, has ended. NULL when that is not known yet.
 */
PG_FUNCTION_INFO_V1(duration_summary_quantile);
Datum
duration_summary_quantile(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);
	const DurationEntry *entry = find_quantile(summary, quantile_argument(fcinfo));

	if (entry == NULL)
		PG_RETURN_NULL();
	return interval_of(summary, entry);
}

/* quantile_hours(duration_summary, p) -> float8: the same in hours. */
PG_FUNCTION_INFO_V1(duration_summary_quantile_hours);
Datum
duration_summary_quantile_hours(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);
	const DurationEntry *entry = find_quantile(summary, quantile_argument(fcinfo));

	if (entry == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(hours_of(summary, entry));
}

/*
 * quantile_range(duration_summary, p) -> (lo, hi): the 95 % interval of the
 * quantile, where the log-log band of S crosses 1 - p (Brookmeyer & Crowley
 * 1982). An end that the band does not reach is NULL.
 */
PG_FUNCTION_INFO_V1(duration_summary_quantile_range);
Datum
duration_summary_quantile_range(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);
	double limit = 1.0 - quantile_argument(fcinfo) + ROUNDING;
	const DurationEntry *entry;
	Survival at;
	Datum values[2] = {0};
	bool nulls[2] = {true, true};

	survival_init(&at, summary);
	while (nulls[1] && (entry = survival_step(&at)) != NULL)
	{
		Estimate band;

		if (entry->ended == 0 || at.survival <= 0.0)
			continue;
		survival_estimate(&at, summary->cases, &band);
		if (nulls[0] && band.lo <= limit)
		{
			values[0] = interval_of(summary, entry);
			nulls[0] = false;
		}
		if (band.hi <= limit)
		{
			values[1] = interval_of(summary, entry);
			nulls[1] = false;
		}
	}
	return row_result(fcinfo, 2, values, nulls);
}

/* The area under S from 0 to the horizon. */
static double
area_under(const DurationSummary *summary, double horizon)
{
	Survival at;
	double area = 0.0;
	double from = 0.0;

	survival_init(&at, summary);
	while (at.next < summary->nentries)
	{
		double until = duration_of(summary, &summary->entries[at.next]);

		if (until > horizon)
			break;
		area += at.survival * (until - from);
		from = until;
		(void) survival_step(&at);
	}
	return area + at.survival * (horizon - from);
}

/*
 * restricted_mean(duration_summary, horizon interval) -> estimate in hours: the
 * mean of the durations, each counted as at most the horizon (Irwin 1949;
 * variance as in Klein & Moeschberger 2003, 4.5.2). NULL without cases, and
 * when the horizon is beyond the longest case while some are open there.
 */
PG_FUNCTION_INFO_V1(duration_summary_restricted_mean);
Datum
duration_summary_restricted_mean(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);
	int64 horizon = period_microseconds(PG_GETARG_INTERVAL_P(1), "horizon");
	const DurationEntry *entry;
	Survival at;
	Estimate estimate;
	double total;
	double area = 0.0; /* up to the entry */
	double from = 0.0;
	double variance = 0.0;
	double before = 1.0; /* S */

	if (!survival_at(summary, horizon, &estimate))
		PG_RETURN_NULL();
	total = area_under(summary, horizon);
	survival_init(&at, summary);
	for (int64 at_risk = at.at_risk; (entry = survival_step(&at)) != NULL; at_risk = at.at_risk)
	{
		double until = duration_of(summary, entry);

		if (until > horizon)
			break;
		area += before * (until - from);
		from = until;
		before = at.survival;
		if (entry->ended > 0 && at_risk > entry->ended)
			variance += (total - area) * (total - area) * (double) entry->ended /
						((double) at_risk * (double) (at_risk - entry->ended));
	}
	estimate.value = total / USECS_PER_HOUR;
	estimate.se = variance > 0.0 ? sqrt(variance) / USECS_PER_HOUR : NAN;
	estimate.lo = fmax(estimate.value - ESTIMATE_Z * estimate.se, 0.0);
	estimate.hi =
		fmin(estimate.value + ESTIMATE_Z * estimate.se, (double) horizon / USECS_PER_HOUR);
	if (isnan(estimate.se))
		estimate.lo = estimate.hi = NAN;
	estimate.n = summary->cases;
	return estimate_form(fcinfo, &estimate);
}

/*
 * survival_curve(duration_summary) -> rows (duration, hours, at_risk, ended,
 * open, survival, se, lo, hi): a row for each distinct duration in order, with
 * the cases at risk just before it and S just after it.
 */
PG_FUNCTION_INFO_V1(duration_summary_survival_curve);
Datum
duration_summary_survival_curve(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const DurationEntry *entry;
	Survival at;

	InitMaterializedSRF(fcinfo, 0);
	survival_init(&at, summary);
	for (int64 at_risk = at.at_risk; (entry = survival_step(&at)) != NULL; at_risk = at.at_risk)
	{
		Estimate estimate;
		bool nulls[9] = {false};

		survival_estimate(&at, summary->cases - (at.open - entry->open), &estimate);
		tuplestore_putvalues(result->setResult, result->setDesc,
							 (Datum[]){interval_of(summary, entry),
									   Float8GetDatum(hours_of(summary, entry)),
									   Int64GetDatum(at_risk), Int64GetDatum(entry->ended),
									   Int64GetDatum(entry->open), Float8GetDatum(estimate.value),
									   Float8GetDatum(estimate.se), Float8GetDatum(estimate.lo),
									   Float8GetDatum(estimate.hi)},
							 nulls);
	}
	return (Datum) 0;
}

static int64
open_cases(const DurationSummary *summary)
{
	int64 open = 0;

	for (int64 i = 0; i < summary->nentries; i++)
		open += summary->entries[i].open;
	return open;
}

/* Cases in all, those that ended, those still open, and rows that were skipped. */
PG_FUNCTION_INFO_V1(duration_summary_get_cases);
Datum
duration_summary_get_cases(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_DURATION_SUMMARY(0)->cases);
}

PG_FUNCTION_INFO_V1(duration_summary_ended_count);
Datum
duration_summary_ended_count(PG_FUNCTION_ARGS)
{
	DurationSummary *summary = PG_GETARG_DURATION_SUMMARY(0);

	PG_RETURN_INT64(summary->cases - open_cases(summary));
}

PG_FUNCTION_INFO_V1(duration_summary_open_count);
Datum
duration_summary_open_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(open_cases(PG_GETARG_DURATION_SUMMARY(0)));
}

PG_FUNCTION_INFO_V1(duration_summary_get_ignored);
Datum
duration_summary_get_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_DURATION_SUMMARY(0)->ignored);
}
