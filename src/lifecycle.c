/*
 * lifecycle.c
 *		Where a customer is in the life cycle, by the customer's own rhythm.
 *
 * How long is too long depends on how often the customer usually comes: the
 * measure is the median gap between purchase days, within sane bounds.
 */
#include "postgres.h"
#include "compat.h"

#include "base/options.h"
#include "math/quantile.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/builtins.h"

#define GAP_MIN 14.0 /* days; a rhythm is taken to be within these */
#define GAP_MAX 180.0
#define ONE_TIME_GAP 90 /* days: the rhythm of one who has come once */
#define LAPSED_GAPS 4	/* idle for more than so many gaps */
#define AT_RISK_GAPS 2

typedef struct LifecycleOptions
{
	int one_time_gap; /* days */
	Calendar calendar;
} LifecycleOptions;

/* The purchase days before as_of. */
typedef struct Rhythm
{
	uint64 *gaps; /* days between them, in order of time */
	Size ngaps;
	Size room;
	int64 days; /* distinct purchase days */
	DateADT last_day;
} Rhythm;

static void
read_options(Jsonb *json, LifecycleOptions *result)
{
	static const char *const allowed[] = {"one_time_gap", "timezone"};
	Options options;

	options_init(&options, "lifecycle", json, allowed, lengthof(allowed));
	result->one_time_gap = options_int(&options, "one_time_gap", ONE_TIME_GAP, 1, 3650);
	calendar_init(&result->calendar, options_text(&options, "timezone", "UTC"));
}

static void
add_day(Rhythm *rhythm, DateADT day)
{
	if (rhythm->days > 0 && day == rhythm->last_day)
		return;
	if (rhythm->days++ > 0)
	{
		if (rhythm->ngaps == rhythm->room)
		{
			rhythm->room = Max(rhythm->room * 2, 32);
			rhythm->gaps = rhythm->gaps == NULL
							   ? palloc(rhythm->room * sizeof(uint64))
							   : repalloc_huge(rhythm->gaps, rhythm->room * sizeof(uint64));
		}
		rhythm->gaps[rhythm->ngaps++] = (uint64) ((int64) day - rhythm->last_day);
	}
	rhythm->last_day = day;
}

/* Purchases are amounts of 0 and more; refunds and pure events make no purchase day. */
static void
read_rhythm(const Timeline *timeline, Calendar *calendar, DateADT as_of, Rhythm *rhythm)
{
	TimestampTz end = calendar_day_start(calendar, as_of);
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;

	memset(rhythm, 0, sizeof(*rhythm));
	timeline_open(timeline_canonical(timeline), &header);
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event) && event.at < end)
	{
		CHECK_FOR_INTERRUPTS();
		if (!event.pure && event.amount >= 0)
			add_day(rhythm, calendar_day(calendar, event.at));
	}
}

/* The usual gap: the median of the first n gaps, or that of one who has come once; within bounds. */
static double
usual_gap(const Rhythm *rhythm, Size n, int one_time_gap)
{
	double gap = one_time_gap;

	if (n > 0)
	{
		Size ranks[2] = {(n - 1) / 2, n / 2};
		uint64 middle[2];

		quantile_select(rhythm->gaps, n, ranks, lengthof(ranks), middle);
		gap = 0.5 * ((double) middle[0] + (double) middle[1]);
	}
	return Min(Max(gap, GAP_MIN), GAP_MAX);
}

/* Came back after more than LAPSED_GAPS of the gaps usual until then? */
static bool
is_reactivated(const Rhythm *rhythm, int one_time_gap)
{
	return rhythm->ngaps > 0 &&
		   (double) rhythm->gaps[rhythm->ngaps - 1] >
			   LAPSED_GAPS * usual_gap(rhythm, rhythm->ngaps - 1, one_time_gap);
}

static const char *
life_stage(const Rhythm *rhythm, DateADT as_of, int one_time_gap)
{
	double idle, gap;

	if (rhythm->days == 0)
		return "prospect";
	idle = (double) as_of - (double) rhythm->last_day;
	gap = usual_gap(rhythm, rhythm->ngaps, one_time_gap);
	if (idle > LAPSED_GAPS * gap)
		return "lapsed";
	if (idle > AT_RISK_GAPS * gap)
		return "at risk";
	if (is_reactivated(rhythm, one_time_gap))
		return "reactivated";
	return rhythm->days == 1 ? "new" : "active";
}

/*
 * lifecycle(timeline, as_of date [, options jsonb]) -> text: 'prospect', 'new',
 * 'active', 'at risk', 'lapsed' or 'reactivated', by the purchase days before
 * as_of. A NULL timeline is a prospect; a NULL as_of gives NULL. Options:
 * one_time_gap, the days 1..3650 (90) taken as the usual gap of a customer with
 * one purchase day, within the bounds that every gap has, and timezone ("UTC"),
 * whose days.
 */
PG_FUNCTION_INFO_V1(timeline_lifecycle);
Datum
timeline_lifecycle(PG_FUNCTION_ARGS)
{
	LifecycleOptions options;
	Rhythm rhythm = {0};
	DateADT as_of;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	as_of = PG_GETARG_DATEADT(1);
	check_as_of(as_of);
	read_options(PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &options);
	if (!PG_ARGISNULL(0))
		read_rhythm(PG_GETARG_TIMELINE(0), &options.calendar, as_of, &rhythm);
	PG_RETURN_TEXT_P(cstring_to_text(life_stage(&rhythm, as_of, options.one_time_gap)));
}
