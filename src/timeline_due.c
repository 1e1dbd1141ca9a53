/*
 * timeline_due.c
 *		When is a machine due? A timeline of meter readings, and the usage at
 *		which something has to be done.
 *
 * Usage is exact decimal; rates are floating point. The rate is the median of
 * the slopes between all pairs of the last 200 readings (Theil 1950; Sen 1968),
 * which a few wrong or unusual readings do not move, and its interval comes from the
 * distribution of Kendall's S (Sen 1968; with tied usage, Gilbert 1987,
 * "Statistical Methods for Environmental Pollution Monitoring", 16.4-16.5).
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "estimate.h"
#include "math/quantile.h"
#include "miscadmin.h"
#include "timeline_layout.h"

#define READINGS_KEPT 200  /* the rate is that of the last so many */
#define DOUBLE_STEP 4096.0 /* doubles of the size of the last timestamp are at most so far apart */

typedef struct Reading
{
	TimestampTz at;
	Decimal usage; /* since the beginning, over all segments of the meter */
} Reading;

/* What the readings say so far. */
typedef struct Meter
{
	Decimal threshold;
	int64 count;	/* readings at distinct instants */
	Decimal before; /* what the meter showed at the instant before the last one */
	Decimal shown;	/* what it shows at the last one */
	Reading kept[READINGS_KEPT];
	bool crossed; /* the threshold has been reached */
	TimestampTz crossed_at;
	TimestampTz crossed_after; /* the reading before; DT_NOBEGIN: none */
	TimestampTz crossed_by;	   /* the first reading that shows it */
} Meter;

/* Rates per microsecond; the limits are NAN where the readings set none. */
typedef struct Rate
{
	double value;
	double lo;
	double hi;
} Rate;

/* When; DT_NOBEGIN stands for NULL. */
typedef struct Due
{
	TimestampTz at;
	TimestampTz lo;
	TimestampTz hi;
} Due;

/* Difference of two instants; the whole range is wider than an int64. */
static inline double
microseconds_between(TimestampTz from, TimestampTz to)
{
	return (double) ((uint64) to - (uint64) from);
}

/* Differences of usage, as double. */
static inline double
usage_between(Decimal from, Decimal to)
{
	return (double) decimal_subtract(to, from) * 1e-18;
}

static inline Reading *
nth_reading(Meter *meter, int64 n)
{
	return &meter->kept[n % READINGS_KEPT];
}

/* When usage passed the threshold, on a straight line between the last two readings. */
static void
note_crossing(Meter *meter)
{
	Reading *last = nth_reading(meter, meter->count - 1);
	Reading *before;
	double share;

	if (meter->crossed || last->usage < meter->threshold)
		return;
	meter->crossed = true;
	meter->crossed_at = meter->crossed_by = last->at;
	meter->crossed_after = DT_NOBEGIN;
	if (meter->count == 1)
		return;
	before = nth_reading(meter, meter->count - 2);
	share =
		usage_between(before->usage, meter->threshold) / usage_between(before->usage, last->usage);
	meter->crossed_after = before->at;
	meter->crossed_at =
		(TimestampTz) ((uint64) last->at -
					   (uint64) rint((1.0 - share) * microseconds_between(before->at, last->at)));
}

/*
 * A reading at a new instant. A meter that shows less than before has been
 * reset or replaced: it starts a new segment at its own value. So does the
 * first reading. A reading below 0 adds nothing.
 */
static void
add_reading(Meter *meter, TimestampTz at, Decimal shown)
{
	bool new_segment = meter->count == 0 || shown < meter->shown;
	Decimal increment = new_segment ? shown : decimal_subtract(shown, meter->shown);
	Decimal usage = meter->count == 0 ? 0 : nth_reading(meter, meter->count - 1)->usage;
	Reading *reading = nth_reading(meter, meter->count++);

	reading->at = at;
	reading->usage = increment > 0 ? decimal_add(usage, increment) : usage;
	meter->shown = shown;
	note_crossing(meter);
}

/*
 * Of several readings at one instant only the largest counts, whatever their
 * labels: their order is not known, and the rest are mostly repeats. So the
 * zero of a new meter is seen only when it comes later than the last reading
 * of the old one, or when the reading after it is below that.
 */
static void
read_meter(TimelineReader *reader, TimestampTz as_of, Meter *meter)
{
	TimestampTz at = 0;
	Decimal largest = 0;
	bool open = false;
	TimelineEvent event;

	while (timeline_next(reader, &event) && event.at < as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.pure)
			continue;
		if (open && event.at == at)
		{
			largest = Max(largest, event.amount);
			continue;
		}
		if (open)
			add_reading(meter, at, largest);
		open = true;
		at = event.at;
		largest = event.amount;
	}
	if (open)
		add_reading(meter, at, largest);
}

/*
 * 18 Var(S) of Kendall's S for n readings at distinct times, with runs of
 * equal usage as ties (Gilbert 1987, eq. 16.2). Usage never falls, so ties are
 * neighbours.
 */
static double
kendall_variance_18(Meter *meter, int n)
{
	double variance = (double) n * (n - 1) * (2 * n + 5);
	int run = 1;

	for (int i = 1; i <= n; i++)
	{
		if (i < n && nth_reading(meter, meter->count - n + i)->usage ==
						 nth_reading(meter, meter->count - n + i - 1)->usage)
		{
			run++;
			continue;
		}
		variance -= (double) run * (run - 1) * (2 * run + 5);
		run = 1;
	}
	return variance;
}

/* The slopes between all pairs of the last n readings; returns how many. */
static int
pair_slopes(Meter *meter, int n, uint64 *slopes)
{
	double usage[READINGS_KEPT];
	TimestampTz at[READINGS_KEPT];
	int count = 0;

	for (int i = 0; i < n; i++)
	{
		Reading *reading = nth_reading(meter, meter->count - n + i);

		at[i] = reading->at;
		usage[i] = usage_between(nth_reading(meter, meter->count - n)->usage, reading->usage);
		for (int j = 0; j < i; j++)
			slopes[count++] =
				quantile_key((usage[i] - usage[j]) / microseconds_between(at[j], at[i]));
	}
	return count;
}

/*
 * Of two readings or more, not all of the same usage.
 * The median of the slopes and the 95 % interval of Sen (1968): with N slopes
 * and C = z sqrt(Var S), the ones of rank (N - C)/2 and (N + C)/2 + 1, on the
 * line between neighbours where a rank is not whole (Gilbert 1987, 16.5). With
 * five readings or fewer (of distinct usage) there is no such rank: no limits.
 */
static void
estimate_rate(Meter *meter, Rate *rate)
{
	int n = (int) Min(meter->count, READINGS_KEPT);
	uint64 *slopes = palloc(n * (n - 1) / 2 * sizeof(uint64));
	int count = pair_slopes(meter, n, slopes);
	double lower = 0.5 * (count - ESTIMATE_Z * sqrt(kendall_variance_18(meter, n) / 18.0));
	bool limited = lower >= 1.0;
	int below = (int) lower; /* rank, from 1 */
	Size low_middle = (count - 1) / 2;
	Size high_middle = count / 2;
	Size ranks[6] = {low_middle, low_middle, low_middle, high_middle, high_middle, high_middle};
	uint64 found[6];
	double slope[6];

	if (limited)
	{
		ranks[0] = below - 1;
		ranks[1] = below;
		ranks[4] = count - below - 1;
		ranks[5] = count - below;
	}
	quantile_select(slopes, count, ranks, lengthof(ranks), found);
	for (int i = 0; i < (int) lengthof(ranks); i++)
		slope[i] = quantile_value(found[i]);
	rate->value = 0.5 * (slope[2] + slope[3]);
	rate->lo = limited ? slope[0] + (lower - below) * (slope[1] - slope[0]) : NAN;
	rate->hi = limited ? slope[5] - (lower - below) * (slope[5] - slope[4]) : NAN;
	pfree(slopes);
}

/* When what is left is used up at a rate; NULL when there is no rate, or only after the end of time. */
static TimestampTz
reached_at(TimestampTz last, double left, double rate)
{
	double wait;

	if (!(rate > 0.0))
		return DT_NOBEGIN;
	wait = left / rate;
	if (!(wait < (double) END_TIMESTAMP - (double) last - DOUBLE_STEP))
		return DT_NOBEGIN;
	return (TimestampTz) ((uint64) last + (uint64) rint(wait));
}

/*
 * A crossing in the past lies between two readings, which are its lo and hi.
 * One in the future comes at the rate: the sooner end at the upper limit of
 * the rate, the later end at the lower one.
 */
static void
find_due(Meter *meter, Due *due)
{
	Reading *last;
	double left;
	Rate rate;

	due->at = due->lo = due->hi = DT_NOBEGIN;
	if (meter->count == 0)
		return;
	last = nth_reading(meter, meter->count - 1);
	if (meter->crossed)
	{
		due->at = meter->crossed_at;
		due->lo = meter->crossed_after;
		due->hi = meter->crossed_by;
		return;
	}
	if (nth_reading(meter, Max(meter->count - READINGS_KEPT, 0))->usage == last->usage)
		return; /* a single reading, or a rate of 0 */
	estimate_rate(meter, &rate);
	left = usage_between(last->usage, meter->threshold);
	due->at = reached_at(last->at, left, rate.value);
	if (due->at == DT_NOBEGIN)
		return;
	due->lo = reached_at(last->at, left, rate.hi);
	due->hi = reached_at(last->at, left, rate.lo);
}

/* threshold = last_done + step; returns the decimals to show. */
static int
read_threshold(FunctionCallInfo fcinfo, Decimal *threshold)
{
	int step_scale, done_scale;
	Decimal step = decimal_from_numeric(PG_GETARG_DATUM(1), &step_scale);
	Decimal last_done = decimal_from_numeric(PG_GETARG_DATUM(3), &done_scale);

	if (step <= 0)
	{
		StringInfoData text;

		initStringInfo(&text);
		decimal_append(&text, step, step_scale);
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step must be positive, not %s", text.data)));
	}
	*threshold = decimal_add(last_done, step);
	return Max(step_scale, done_scale);
}

/*
 * due(timeline, step numeric, as_of timestamptz, last_done numeric) -> one row
 * (threshold, at, lo, hi). Amounts are meter readings, step and last_done are
 * in their unit. Usage is the sum of the increments of the readings before
 * as_of; threshold = last_done + step. `at` is when usage reached it,
 * interpolated between two readings, and lo and hi are these readings (a first
 * reading that is already past it is `at` and hi, and lo is NULL). If it is
 * still to come, `at` follows from the last reading by the median rate of the
 * last 200, and lo and hi by the 95 % limits of that rate: both NULL where the
 * readings are too few for limits (five of distinct usage, or less), hi NULL
 * when the rate may be 0, so that it may never come. `at`, lo and hi are NULL
 * without a reading, with a single one, with a rate of 0, and beyond the range
 * of timestamptz.
 */
PG_FUNCTION_INFO_V1(timeline_due);
Datum
timeline_due(PG_FUNCTION_ARGS)
{
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(2);
	Meter meter = {0};
	Datum values[4] = {0};
	bool nulls[4] = {false};
	TimelineHeader header;
	TimelineReader reader;
	Due due;
	int scale;

	check_as_of_instant(as_of);
	scale = read_threshold(fcinfo, &meter.threshold);
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_reader_init(&reader, &header);
	read_meter(&reader, as_of, &meter);
	find_due(&meter, &due);

	values[0] = NumericGetDatum(decimal_to_numeric(meter.threshold, scale));
	values[1] = TimestampTzGetDatum(due.at);
	values[2] = TimestampTzGetDatum(due.lo);
	values[3] = TimestampTzGetDatum(due.hi);
	nulls[1] = due.at == DT_NOBEGIN;
	nulls[2] = due.lo == DT_NOBEGIN;
	nulls[3] = due.hi == DT_NOBEGIN;
	return row_result(fcinfo, lengthof(values), values, nulls);
}
