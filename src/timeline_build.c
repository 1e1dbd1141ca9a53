/*
 * timeline_build.c
 *		The aggregates that build and merge timelines.
 *
 * Their state is a timeline in builder form: a log to which events are
 * appended as they come. Sorting and encoding wait for the final function, so
 * that merging many timelines sorts once.
 */
#include "postgres.h"
#include "compat.h"

#include "base/event.h"
#include "base/state.h"
#include "base/varint.h"
#include "common/int.h"
#include "miscadmin.h"
#include "timeline_layout.h"

#define BUILDER_FIRST_SIZE 128 /* bytes of a new state: about ten orders */
#define RECORD_MAX (1 + TIMELINE_EVENT_MAX)
#define EVENTS_ON_STACK 64

static TimelineBuilder *
builder_create(void)
{
	TimelineBuilder *builder = palloc0(BUILDER_FIRST_SIZE);

	SET_VARSIZE(builder, BUILDER_FIRST_SIZE);
	builder->version = TIMELINE_VERSION;
	builder->flags = TIMELINE_BUILDER;
	return builder;
}

static inline int
step_unit(int64 step)
{
	if (step % USECS_PER_DAY == 0)
		return TIMELINE_UNITS - 1;
	return step % USECS_PER_SEC == 0 ? 2 : 0;
}

/* Append one event; the builder may move. */
static inline TimelineBuilder *
builder_append(TimelineBuilder *builder, TimestampTz at, Decimal amount, int scale)
{
	/* Wraps around for times too far apart; adding it up wraps back. */
	int64 step = (int64) ((uint64) at - (uint64) builder->last_at);
	int unit = step_unit(step);
	unsigned char *log;
	bool exact;

	builder = state_reserve(builder, offsetof(TimelineBuilder, log) + builder->used + RECORD_MAX,
							"timeline");
	log = builder->log + builder->used;
	*log++ = (unsigned char) (scale | unit << 5);
	log = varint_write64(log, zigzag64(step / timeline_units[unit]));
	log = varint_write128(log, zigzag128(decimal_coefficient(amount, scale, &exact)));
	Assert(exact);
	builder->used = log - builder->log;
	builder->events++;
	builder->last_at = at;
	builder->scale = Max(builder->scale, scale);
	return builder;
}

static inline void
builder_ignore(TimelineBuilder *builder, int64 rows)
{
	if (pg_add_s64_overflow(builder->ignored, rows, &builder->ignored))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("count of ignored rows is out of range")));
}

/* A reader over either form; *scale and *ignored are what the value holds besides events. */
static void
open_either(const Timeline *timeline, TimelineReader *reader, int *scale, int64 *ignored)
{
	TimelineHeader header;
	const TimelineBuilder *builder = (const TimelineBuilder *) timeline;

	if (!timeline_is_builder(timeline))
	{
		timeline_open(timeline, &header);
		timeline_reader_init(reader, &header);
		*scale = header.scale;
		*ignored = header.ignored;
		return;
	}
	reader->at = builder->log;
	reader->end = builder->log + builder->used;
	reader->left = builder->events;
	reader->block_left = 0;
	reader->log = true;
	reader->time = 0;
	*scale = builder->scale;
	*ignored = builder->ignored;
}

/* Builders are structs, so one that came through a tuple needs its alignment back. */
static const Timeline *
readable(Datum datum)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);

	return timeline_is_builder(packed) ? PG_DETOAST_DATUM(PointerGetDatum(packed)) : packed;
}

/* Append all events of a timeline in either form. */
static TimelineBuilder *
builder_append_all(TimelineBuilder *builder, const Timeline *timeline)
{
	TimelineReader reader;
	TimelineEvent event;
	int scale;
	int64 ignored;

	open_either(timeline, &reader, &scale, &ignored);
	builder_ignore(builder, ignored);
	while (timeline_next(&reader, &event))
	{
		CHECK_FOR_INTERRUPTS();
		builder = builder_append(builder, event.at, event.amount, scale);
	}
	return builder;
}

/*
 * The state to write to, in builder form: argument 0 itself when it is one and
 * we are in an aggregate, otherwise a new one with its content.
 */
static inline TimelineBuilder *
writable_state(FunctionCallInfo fcinfo)
{
	const Timeline *state;

	if (unlikely(PG_ARGISNULL(0)))
		return builder_create();
	state = (const Timeline *) PG_GETARG_POINTER(0);
	if (likely(state_in_place(fcinfo) && !VARATT_IS_EXTENDED(state) && timeline_is_builder(state)))
		return (TimelineBuilder *) state;
	return builder_append_all(builder_create(), readable(PG_GETARG_DATUM(0)));
}

/* Sort and encode what a builder holds. */
static Timeline *
builder_finish(const TimelineBuilder *builder)
{
	TimelineEvent on_stack[EVENTS_ON_STACK];
	TimelineEvent *events = on_stack;
	TimelineReader reader;
	Timeline *result;
	int scale;
	int64 ignored;
	int64 n = 0;

	if (builder->events > EVENTS_ON_STACK)
		events =
			MemoryContextAllocHuge(CurrentMemoryContext, builder->events * sizeof(TimelineEvent));
	open_either((const Timeline *) builder, &reader, &scale, &ignored);
	while (timeline_next(&reader, &events[n]))
	{
		if ((++n & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (n == builder->events)
			break;
	}
	result = timeline_encode(events, n, scale, ignored);
	if (events != on_stack)
		pfree(events);
	return result;
}

/* The canonical form of either form. */
Timeline *
timeline_canonical(const Timeline *timeline)
{
	if (!timeline_is_builder(timeline))
		return unconstify(Timeline *, timeline);
	return builder_finish((const TimelineBuilder *) readable(PointerGetDatum(timeline)));
}

/*
 * Transition functions of timeline(at, amount): (state, at, amount), with the
 * errors of purchase_summary's. A NULL at or amount skips the row and counts it.
 */
EVENT_TRANSITIONS(timeline, writable_state, builder_append, builder_ignore)

/* Merge a timeline into a state: combine function, and transition of rollup(). */
PG_FUNCTION_INFO_V1(timeline_merge);
Datum
timeline_merge(PG_FUNCTION_ARGS)
{
	TimelineBuilder *state;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = writable_state(fcinfo);
	PG_RETURN_POINTER(builder_append_all(state, readable(PG_GETARG_DATUM(1))));
}

/* Final function: the canonical form in new memory; NULL when no row at all was seen. */
PG_FUNCTION_INFO_V1(timeline_final);
Datum
timeline_final(PG_FUNCTION_ARGS)
{
	Timeline *result;
	TimelineHeader header;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	result = timeline_canonical(readable(PG_GETARG_DATUM(0)));
	timeline_open(result, &header);
	if (header.events == 0 && header.ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/* timeline + timeline: all events of both; the other one when one is NULL. */
PG_FUNCTION_INFO_V1(timeline_plus);
Datum
timeline_plus(PG_FUNCTION_ARGS)
{
	TimelineBuilder *builder;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_POINTER(timeline_canonical(readable(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0))));
	builder = builder_append_all(builder_create(), readable(PG_GETARG_DATUM(0)));
	builder = builder_append_all(builder, readable(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(builder_finish(builder));
}
