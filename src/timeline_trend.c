/*
 * timeline_trend.c
 *		Is a customer growing? The trend of the totals of equal periods.
 *
 * Poisson pseudo-likelihood: log E[y] = a + b t, t counting periods. It needs
 * only that the mean is right, and unlike a slope of ln(y + 1) it does not
 * depend on the unit of the money (Gourieroux, Monfort & Trognon 1984; Santos
 * Silva & Tenreyro 2006). The standard error is the quasi-Poisson one, with
 * the dispersion taken from the data (McCullagh & Nelder 1989, section 6.2).
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/period.h"
#include "estimate.h"
#include "math/student.h"
#include "miscadmin.h"
#include "timeline_layout.h"

#define PERIODS_MIN 3
#define PERIODS_MAX 10000
#define CLOSE 1e-11

/* Totals of consecutive periods, the earliest first. */
typedef struct Series
{
	int n;
	double *y;	  /* >= 0 */
	double total; /* sum of y, > 0 */
} Series;

/* t and its variance under the weights exp(b t), t = 0..n-1: what the fit has to match. */
typedef struct Tilt
{
	double scale; /* sum of exp(b t) */
	double mean;
	double variance;
} Tilt;

/* For b <= 0, where the largest weight is that of t = 0 and nothing overflows. */
static Tilt
tilt(int n, double b)
{
	Tilt result = {0};

	for (int t = 0; t < n; t++)
	{
		double weight = exp(b * t);

		if (weight == 0.0)
			break;
		result.scale += weight;
		result.mean += weight * t;
	}
	result.mean /= result.scale;
	for (int t = 0; t < n; t++)
	{
		double weight = exp(b * t);

		if (weight == 0.0)
			break;
		result.variance += weight * (t - result.mean) * (t - result.mean);
	}
	result.variance /= result.scale;
	return result;
}

static double
series_mean_time(const Series *series)
{
	double sum = 0.0;

	for (int t = 0; t < series->n; t++)
		sum += series->y[t] * t;
	return sum / series->total;
}

static void
reverse_series(Series *series)
{
	for (int i = 0, j = series->n - 1; i < j; i++, j--)
	{
		double y = series->y[i];

		series->y[i] = series->y[j];
		series->y[j] = y;
	}
}

/*
 * Solve the score equations. With a solved for, they say that the mean of t
 * under weights exp(b t) equals its mean under weights y; that rises with b,
 * so there is one root when two periods are positive. Newton's method on the
 * logarithm of the mean, which is nearly straight in b, kept in a bracket.
 * Needs a mean time in the first half, so that b <= 0.
 */
static double
solve_slope(int n, double mean_time)
{
	double low = -200.0; /* money of 38 digits cannot fall faster than e^-90 in a period */
	double high = 0.0;
	double b = -DBL_EPSILON;

	for (int i = 0; i < 200; i++)
	{
		Tilt at = tilt(n, b);
		double error = log(at.mean / mean_time);
		double next;

		CHECK_FOR_INTERRUPTS();
		if (error > 0.0)
			high = b;
		else
			low = b;
		next = b - error * at.mean / at.variance;
		if (fabs(error) < CLOSE)
			return next; /* this step doubles the digits: what is left is rounding */
		b = next > low && next < high ? next : 0.5 * (low + high);
	}
	return b;
}

/* Pearson's statistic over its degrees of freedom; infinite when the fit leaves no weight where money was. */
static double
dispersion(const Series *series, double b, const Tilt *fit)
{
	double pearson = 0.0;

	for (int t = 0; t < series->n; t++)
	{
		double y = series->y[t];
		double expected = series->total * exp(b * t) / fit->scale;

		pearson += y == 0.0 ? expected : (y - expected) * (y - expected) / expected;
	}
	return pearson / (series->n - 2);
}

/* The fit; turns the series round when it grows, so that only falling ones need care. */
static void
fit_trend(Series *series, Estimate *estimate)
{
	double last = series->n - 1;
	bool rising = series_mean_time(series) > 0.5 * last;
	double b = 0.0;
	double mean_time;
	double margin;
	Tilt fit;

	if (rising)
		reverse_series(series);
	mean_time = series_mean_time(series);
	if (mean_time < 0.5 * last)
		b = solve_slope(series->n, mean_time);
	fit = tilt(series->n, b);
	estimate->value = rising ? -b : b;
	estimate->se = sqrt(dispersion(series, b, &fit) / (series->total * fit.variance));
	margin = student_upper_quantile(0.025, series->n - 2) * estimate->se;
	estimate->lo = estimate->value - margin;
	estimate->hi = estimate->value + margin;
	estimate->n = series->n;
}

/*
 * How many periods before as_of start at or after the first event: at most
 * `wanted`. The range of times is wider than an int64, so subtract as unsigned.
 */
static int
count_periods(TimestampTz first, TimestampTz as_of, int64 period, int wanted)
{
	uint64 whole;

	if (first >= as_of)
		return 0;
	whole = ((uint64) as_of - (uint64) first) / (uint64) period;
	return (int) Min(whole, (uint64) wanted);
}

/* The net amount of each of the n periods before as_of, the earliest first. */
static Decimal *
period_totals(TimelineReader *reader, TimestampTz as_of, int64 period, int n)
{
	/* Not before the first event; the product alone may be beyond an int64. */
	TimestampTz start = (TimestampTz) ((uint64) as_of - (uint64) n * (uint64) period);
	Decimal *totals = palloc0(n * sizeof(Decimal));
	TimelineEvent event;

	while (timeline_next(reader, &event) && event.at < as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.at >= start && !event.pure)
		{
			Decimal *total = &totals[((uint64) event.at - (uint64) start) / (uint64) period];

			*total = decimal_add(*total, event.amount);
		}
	}
	return totals;
}

/* As multiples of the largest one, which changes nothing in b, se and interval; false when fewer than two are positive. */
static bool
make_series(const Decimal *totals, int n, Series *series)
{
	Decimal largest = 0;
	int positive = 0;

	for (int i = 0; i < n; i++)
	{
		positive += totals[i] > 0;
		largest = Max(largest, totals[i]);
	}
	if (positive < 2)
		return false;
	series->n = n;
	series->total = 0.0;
	series->y = palloc(n * sizeof(double));
	for (int i = 0; i < n; i++)
	{
		series->y[i] = totals[i] > 0 ? (double) totals[i] / (double) largest : 0.0;
		series->total += series->y[i];
	}
	return true;
}

static void
check_periods(int periods)
{
	if (periods < PERIODS_MIN || periods > PERIODS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("number of periods must be between %d and %d, not %d", PERIODS_MIN,
							   PERIODS_MAX, periods)));
}

/*
 * trend(timeline, period interval, as_of date, periods int) -> estimate: growth
 * of the net amount per period on the log scale, so exp(value) - 1 is the
 * growth rate. Periods are [as_of - i period, as_of - (i - 1) period) for i =
 * 1..periods, where as_of is midnight UTC, and only those count that start at
 * or after the first event; a negative total counts as 0. NULL with fewer than
 * 3 periods or 2 positive ones. n is the number of periods; the interval is
 * that of Student's t with n - 2 degrees of freedom.
 */
PG_FUNCTION_INFO_V1(timeline_trend);
Datum
timeline_trend(PG_FUNCTION_ARGS)
{
	int64 period = period_microseconds(PG_GETARG_INTERVAL_P(1), "period");
	DateADT day = PG_GETARG_DATEADT(2);
	int periods = PG_GETARG_INT32(3);
	TimestampTz as_of;
	TimelineHeader header;
	TimelineReader reader;
	TimelineReader first_reader;
	TimelineEvent first;
	Series series;
	Estimate estimate;

	check_as_of(day);
	check_periods(periods);
	as_of = event_time_from_date(day);
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_reader_init(&reader, &header);
	first_reader = reader;
	if (!timeline_next(&first_reader, &first))
		PG_RETURN_NULL();
	periods = count_periods(first.at, as_of, period, periods);
	if (periods < PERIODS_MIN ||
		!make_series(period_totals(&reader, as_of, period, periods), periods, &series))
		PG_RETURN_NULL();
	fit_trend(&series, &estimate);
	return estimate_form(fcinfo, &estimate);
}
