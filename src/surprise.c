/*
 * surprise.c
 *		surprise(): is there more of something today than its own last weeks
 *		let expect? A window function over days, for complaints by topic.
 *
 * The baseline of a day is the 26 days from 28 to 3 days before it: the two
 * days before are left out, so that an outbreak does not become its own
 * baseline at once. The count is judged by a negative binomial whose
 * dispersion comes from the baseline (method of moments) and from the
 * uncertainty of its mean (the Gamma posterior with Jeffreys' half event;
 * compare Noufaily et al. 2013, Statistics in Medicine 32:1206). A CUSUM tuned
 * to a doubling (Lucas 1985, Technometrics 27:129) finds what rises slowly.
 * test/simulate/alerts.sql measures false alarms and delays of both.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/options.h"
#include "base/row.h"
#include "math/beta.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "windowapi.h"

#define BASELINE_FROM 28 /* days before */
#define BASELINE_UNTIL 3
#define BASELINE_DAYS (BASELINE_FROM - BASELINE_UNTIL + 1)
#define BASELINE_MIN 7
#define WEEKDAY_PRIOR 7 /* average days that steady the factor of a weekday */
#define WEEK 7

#define P_LIMIT 0.001
#define CUSUM_LIMIT \
	7.0 /* log-likelihood ratio: were the mean known, e^7 = 1097 days at least between false alarms */

#define EXPOSURE_MIN 1e-100
#define EXPOSURE_MAX 1e100

typedef struct Day
{
	DateADT day;
	bool known; /* else a row with a NULL */
	int64 n;
	double exposure;
} Day;

/* What is kept of a partition: the days that may still be in a baseline, and the CUSUM. */
typedef struct Watch
{
	bool any;
	DateADT first;
	int ndays;
	Day days[BASELINE_FROM + 1];
	double cusum;
} Watch;

typedef struct Expectation
{
	double mean;
	double size;
} Expectation;

static int
weekday(DateADT day)
{
	return (int) (((int64) day % WEEK + WEEK) % WEEK);
}

/* A date, or an interval of days, too far away to be an int is far enough. */
static int64
days_between(DateADT from, DateADT until)
{
	return (int64) until - from;
}

static double
check_exposure(double exposure)
{
	if (exposure != 0.0 && !(exposure >= EXPOSURE_MIN && exposure <= EXPOSURE_MAX))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("exposure must be 0 or between %g and %g, not %g", EXPOSURE_MIN,
							   EXPOSURE_MAX, exposure)));
	return exposure;
}

/* The row's day; false when it has no date. */
static bool
read_day(WindowObject window, Day *day)
{
	bool isnull[3];
	Datum n = WinGetFuncArgCurrent(window, 0, &isnull[0]);
	Datum at = WinGetFuncArgCurrent(window, 1, &isnull[1]);
	Datum exposure = WinGetFuncArgCurrent(window, 2, &isnull[2]);

	if (isnull[1])
		return false;
	day->day = DatumGetDateADT(at);
	if (DATE_NOT_FINITE(day->day))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("day must be finite, not %s",
							   DATE_IS_NOBEGIN(day->day) ? "-infinity" : "infinity")));
	day->known = !isnull[0] && !isnull[2];
	day->n = isnull[0] ? 0 : DatumGetInt64(n);
	day->exposure = isnull[2] ? 0 : check_exposure(DatumGetFloat8(exposure));
	if (day->n < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a count must not be negative, but is " INT64_FORMAT, day->n)));
	return true;
}

static void
check_order(const Watch *watch, const Day *today)
{
	const Day *last = watch->ndays > 0 ? &watch->days[watch->ndays - 1] : NULL;

	if (last != NULL && today->day <= last->day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the days of surprise() must rise by at least one from row to row"),
				 errhint("Say OVER (PARTITION BY topic ORDER BY day), with one row per day.")));
}

/* Forget the days before every baseline to come, and remember today. */
static void
remember(Watch *watch, const Day *today)
{
	int gone = 0;

	while (gone < watch->ndays && days_between(watch->days[gone].day, today->day) >= BASELINE_FROM)
		gone++;
	watch->ndays -= gone;
	memmove(watch->days, watch->days + gone, watch->ndays * sizeof(Day));
	watch->days[watch->ndays++] = *today;
}

/*
 * The baseline of a day, absent days filled with zeros: what was not said to
 * be unknown. The exposure of an absent day, today's too when that is NaN, is
 * the mean of those present; 1 when none is.
 */
static int
find_baseline(const Watch *watch, Day *today, Day *baseline)
{
	int n = 0;
	int present = 0;
	double exposure = 0.0;
	int next = 0;

	for (int back = BASELINE_FROM; back >= BASELINE_UNTIL; back--)
	{
		DateADT day = today->day - back;

		if (days_between(watch->first, today->day) < back)
			continue;
		while (next < watch->ndays && watch->days[next].day < day)
			next++;
		if (next == watch->ndays || watch->days[next].day != day)
			baseline[n++] = (Day){.day = day, .exposure = NAN};
		else if (watch->days[next].known)
		{
			baseline[n++] = watch->days[next];
			exposure += watch->days[next].exposure;
			present++;
		}
	}
	if (present > 0)
		exposure /= present;
	else
		exposure = isnan(today->exposure) ? 1.0 : today->exposure;
	if (isnan(today->exposure))
		today->exposure = exposure;
	for (int i = 0; i < n; i++)
		if (isnan(baseline[i].exposure))
			baseline[i].exposure = exposure;
	return n;
}

/* What the baseline lets expect of today; false when it had no exposure. */
static bool
find_expectation(const Day *baseline, int n, const Day *today, Expectation *expected)
{
	double by_weekday[WEEK] = {0};
	int days[WEEK] = {0};
	double factor[WEEK];
	double sum = 0.0;
	double mean;
	double exposure = 0.0;
	double rate;
	double excess = 0.0;
	double squares = 0.0;

	for (int i = 0; i < n; i++)
	{
		by_weekday[weekday(baseline[i].day)] += baseline[i].n;
		days[weekday(baseline[i].day)]++;
		sum += baseline[i].n;
	}
	mean = sum / n;
	for (int w = 0; w < WEEK; w++)
		factor[w] = mean > 0.0 ? (by_weekday[w] + WEEKDAY_PRIOR * mean) /
									 (days[w] * mean + WEEKDAY_PRIOR * mean)
							   : 1.0;
	for (int i = 0; i < n; i++)
		exposure += baseline[i].exposure * factor[weekday(baseline[i].day)];
	if (!(exposure > 0.0))
		return false;
	rate = (sum + 0.5) / exposure;
	for (int i = 0; i < n; i++)
	{
		double mu = rate * baseline[i].exposure * factor[weekday(baseline[i].day)];
		double away = baseline[i].n - mu;

		excess += away * away - baseline[i].n;
		squares += mu * mu;
	}
	expected->mean = rate * today->exposure * factor[weekday(today->day)];
	expected->size = 1.0 / (Max(0.0, excess / squares) + 1.0 / (sum + 0.5));
	return true;
}

/*
 * Days without a row are days of no cases: they take from the CUSUM what they
 * let expect, as rows of zero would. Four weeks after the last row the baseline
 * is empty, and each further day lets expect the same.
 */
static void
pass_absent_days(Watch *watch, const Day *today)
{
	DateADT last = watch->ndays > 0 ? watch->days[watch->ndays - 1].day : today->day;
	int64 gap = days_between(last, today->day);

	for (int64 i = 1; i < gap && watch->cusum > 0.0; i++)
	{
		Day absent = {.day = (DateADT) (last + i), .known = true, .exposure = NAN};
		int64 alike = i <= BASELINE_FROM ? 1 : gap - i;
		Day baseline[BASELINE_DAYS];
		Expectation expected;
		int n = find_baseline(watch, &absent, baseline);

		if (n >= BASELINE_MIN && find_expectation(baseline, n, &absent, &expected))
			watch->cusum = Max(0.0, watch->cusum - alike * expected.mean / M_LN2);
		i += alike - 1;
	}
}

typedef struct Limits
{
	double p;
	double cusum;
} Limits;

static Limits
read_limits(WindowObject window, int narguments)
{
	static const char *const allowed[] = {"p_limit", "cusum_limit"};
	Options options;
	Jsonb *json = NULL;

	if (narguments > 3)
	{
		bool isnull;
		Datum datum = WinGetFuncArgCurrent(window, 3, &isnull);

		if (!isnull)
			json = DatumGetJsonbP(datum);
	}
	options_init(&options, "surprise", json, allowed, lengthof(allowed));
	return (Limits){.p = options_float8(&options, "p_limit", P_LIMIT, 0.0, 1.0),
					.cusum = options_float8(&options, "cusum_limit", CUSUM_LIMIT, 0.1, 1000.0)};
}

enum
{
	COLUMN_EXPECTED,
	COLUMN_P,
	COLUMN_CUSUM,
	COLUMN_ALARM,
	COLUMN_REASON,
	COLUMN_CUSUM_LIMIT,
	COLUMNS
};

/* No answer but the reason. */
static Datum
no_answer(FunctionCallInfo fcinfo, const char *reason)
{
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {true, true, true, false, false, true};

	values[COLUMN_ALARM] = BoolGetDatum(false);
	values[COLUMN_REASON] = CStringGetTextDatum(reason);
	return row_result(fcinfo, COLUMNS, values, nulls);
}

/* Judge today, and move the CUSUM on; it starts anew after an alarm of its own. */
static Datum
judge(FunctionCallInfo fcinfo, Watch *watch, const Day *today, const Expectation *expected,
	  const Limits *limits)
{
	double p = negative_binomial_tail(today->n, expected->mean, expected->size);
	double cusum = Max(0.0, watch->cusum + today->n - expected->mean / M_LN2);
	double limit = limits->cusum / M_LN2 * (1.0 + expected->mean / expected->size);
	bool rise = cusum > limit;
	bool spike = p < limits->p;
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};

	watch->cusum = rise ? 0.0 : cusum;
	values[COLUMN_EXPECTED] = Float8GetDatum(expected->mean);
	values[COLUMN_P] = Float8GetDatum(p);
	values[COLUMN_CUSUM] = Float8GetDatum(cusum);
	values[COLUMN_ALARM] = BoolGetDatum(rise || spike);
	values[COLUMN_CUSUM_LIMIT] = Float8GetDatum(limit);
	nulls[COLUMN_REASON] = !rise && !spike;
	if (rise || spike)
		values[COLUMN_REASON] = CStringGetTextDatum(
			psprintf(expected->mean < 1.0 ? "%s: " INT64_FORMAT " against %.2g expected"
										  : "%s: " INT64_FORMAT " against %.1f expected",
					 spike ? "spike" : "rise", today->n, expected->mean));
	return row_result(fcinfo, COLUMNS, values, nulls);
}

/*
 * surprise(n bigint, day date, exposure float8 [, options jsonb]) OVER
 * (PARTITION BY topic ORDER BY day) -> (expected, p, cusum, alarm, reason,
 * cusum_limit). n >= 0; exposure >= 0 in any unit, such as customers served.
 * One row per day, absent days count 0. A row with a NULL is unknown: it gets
 * no answer and is in no baseline. p is the chance of n or more; NULL with the
 * reason when the baseline has fewer than 7 days or there was no exposure.
 */
PG_FUNCTION_INFO_V1(surprise);
Datum
surprise(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Watch *watch = WinGetPartitionLocalMemory(window, sizeof(Watch));
	Limits limits = read_limits(window, PG_NARGS());
	Day baseline[BASELINE_DAYS];
	Day today;
	Expectation expected;
	int n;

	if (!read_day(window, &today))
		return no_answer(fcinfo, "no day");
	if (!watch->any)
		watch->first = today.day;
	watch->any = true;
	check_order(watch, &today);
	pass_absent_days(watch, &today);
	n = find_baseline(watch, &today, baseline);
	remember(watch, &today);
	if (!today.known)
		return no_answer(fcinfo, "not known");
	if (n < BASELINE_MIN)
		return no_answer(fcinfo,
						 psprintf("baseline of %d days, at least %d needed", n, BASELINE_MIN));
	if (today.exposure == 0.0 || !find_expectation(baseline, n, &today, &expected))
		return no_answer(fcinfo, "no exposure");
	return judge(fcinfo, watch, &today, &expected, &limits);
}
