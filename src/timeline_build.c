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

static TimelineBuilder *
builder_append_event(TimelineBuilder *builder, TimestampTz at, const TimelineLabel *label,
					 const TimelineAmount *amount);

static inline int
step_unit(int64 step)
{
	if (step % USECS_PER_DAY == 0)
		return TIMELINE_UNITS - 1;
	return step % USECS_PER_SEC == 0 ? 2 : 0;
}

/* Make room for one more record; the builder may move. */
static inline TimelineBuilder *
reserve_record(TimelineBuilder *builder, int32 label_length)
{
	timeline_check_count((int64) builder->events + 1);
	return state_reserve(builder,
						 offsetof(TimelineBuilder, log) + builder->used + RECORD_MAX + label_length,
						 "timeline");
}

/* The step to the time of a new record, in a unit that holds it. */
static inline unsigned char *
write_step(unsigned char *log, const TimelineBuilder *builder, TimestampTz at, int scale_code)
{
	/* Wraps around for times too far apart; adding it up wraps back. */
	int64 step = (int64) ((uint64) at - (uint64) builder->last_at);
	int unit = step_unit(step);

	*log++ = (unsigned char) (scale_code | unit << 5);
	return varint_write64(log, zigzag64(step / timeline_units[unit]));
}

static inline void
end_record(TimelineBuilder *builder, const unsigned char *log, TimestampTz at)
{
	builder->used = log - builder->log;
	builder->events++;
	builder->last_at = at;
}

/* Append one event without a label to a log without labels; the builder may move. */
static inline TimelineBuilder *
builder_append(TimelineBuilder *builder, TimestampTz at, Decimal amount, int scale)
{
	unsigned char *log;
	bool exact;

	if (unlikely(builder->flags & TIMELINE_LABELS))
		return builder_append_event(builder, at, NULL, &(TimelineAmount){amount, scale});
	builder = reserve_record(builder, 0);
	log = write_step(builder->log + builder->used, builder, at, scale);
	log = varint_write128(log, zigzag128(decimal_coefficient(amount, scale, &exact)));
	Assert(exact);
	end_record(builder, log, at);
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

/* Reads either form. */
typedef struct EitherReader
{
	TimelineReader reader;
	TimelineDictionary dictionary; /* of a canonical value */
	bool labels;				   /* has any */
	int scale;
	int64 ignored;
} EitherReader;

static void
open_either(const Timeline *timeline, EitherReader *either)
{
	TimelineHeader header;
	const TimelineBuilder *builder = (const TimelineBuilder *) timeline;

	memset(either, 0, sizeof(*either));
	if (!timeline_is_builder(timeline))
	{
		timeline_open(timeline, &header);
		timeline_reader_init(&either->reader, &header);
		timeline_read_dictionary(&header, &either->dictionary);
		either->labels = header.labels > 0;
		either->scale = header.scale;
		either->ignored = header.ignored;
		return;
	}
	either->reader.at = builder->log;
	either->reader.end = builder->log + builder->used;
	either->reader.left = builder->events;
	either->reader.log = true;
	either->reader.labelled = either->labels = (builder->flags & TIMELINE_LABELS) != 0;
	either->scale = builder->scale;
	either->ignored = builder->ignored;
}

/* The next event and its label, whose text is NULL without one; false at the end. */
static inline bool
next_either(EitherReader *either, TimelineEvent *event, TimelineLabel *label)
{
	if (!timeline_next(&either->reader, event))
		return false;
	*label = either->reader.label;
	if (event->label != TIMELINE_NO_LABEL)
		*label = either->dictionary.labels[event->label];
	return true;
}

/* Builders are structs, so one that came through a tuple needs its alignment back. */
static const Timeline *
readable(Datum datum)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);

	return timeline_is_builder(packed) ? PG_DETOAST_DATUM(PointerGetDatum(packed)) : packed;
}

static TimelineBuilder *builder_append_all(TimelineBuilder *builder, const Timeline *timeline);

/* A log that has no labels yet is written anew with a place for them. */
static TimelineBuilder *
builder_add_labels(TimelineBuilder *builder)
{
	TimelineBuilder *labelled = builder_create();

	labelled->flags |= TIMELINE_LABELS;
	labelled = builder_append_all(labelled, (const Timeline *) builder);
	labelled->scale = builder->scale;
	return labelled;
}

/* Append any event: label and amount may be NULL. The builder may move. */
static TimelineBuilder *
builder_append_event(TimelineBuilder *builder, TimestampTz at, const TimelineLabel *label,
					 const TimelineAmount *amount)
{
	unsigned char *log;
	bool exact;

	if (label != NULL && (builder->flags & TIMELINE_LABELS) == 0)
		builder = builder->events == 0 ? (builder->flags |= TIMELINE_LABELS, builder)
									   : builder_add_labels(builder);
	builder = reserve_record(builder, label != NULL ? label->length : 0);
	log = write_step(builder->log + builder->used, builder, at,
					 amount != NULL ? amount->scale : TIMELINE_RECORD_PURE);
	if (builder->flags & TIMELINE_LABELS)
		log = varint_write64(log, label != NULL ? label->length + 1 : 0);
	if (label != NULL)
		log = (unsigned char *) memcpy(log, label->text, label->length) + label->length;
	if (amount != NULL)
	{
		log = varint_write128(log,
							  zigzag128(decimal_coefficient(amount->value, amount->scale, &exact)));
		Assert(exact);
		builder->scale = Max(builder->scale, amount->scale);
	}
	end_record(builder, log, at);
	return builder;
}

/* Append all events of a timeline in either form. */
static TimelineBuilder *
builder_append_all(TimelineBuilder *builder, const Timeline *timeline)
{
	EitherReader either;
	TimelineEvent event;
	TimelineLabel label;

	open_either(timeline, &either);
	builder_ignore(builder, either.ignored);
	while (next_either(&either, &event, &label))
	{
		CHECK_FOR_INTERRUPTS();
		if (label.text == NULL && !event.pure)
			builder = builder_append(builder, event.at, event.amount, either.scale);
		else
			builder = builder_append_event(
				builder, event.at, label.text != NULL ? &label : NULL,
				event.pure ? NULL : &(TimelineAmount){event.amount, either.scale});
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

/* The content of either form; labels point into the value. */
static void
decode(const Timeline *timeline, TimelineContent *content, TimelineEvent *room, int64 room_size)
{
	EitherReader either;
	TimelineEvent event;
	TimelineLabel label;
	int64 events;

	memset(content, 0, sizeof(*content));
	open_either(timeline, &either);
	content->scale = either.scale;
	content->ignored = either.ignored;
	events = either.reader.left;
	content->events = room;
	if (events > room_size)
		content->events =
			MemoryContextAllocHuge(CurrentMemoryContext, events * sizeof(TimelineEvent));
	if (!either.reader.log)
		content->dictionary = either.dictionary;
	while (next_either(&either, &event, &label))
	{
		if (either.reader.log && label.text != NULL)
			event.label = timeline_intern(&content->dictionary, label.text, label.length);
		content->events[content->count++] = event;
		if ((content->count & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* The content of a timeline, in its order; it points into the value. */
void
timeline_decode(const Timeline *timeline, TimelineContent *content)
{
	decode(timeline, content, NULL, 0);
}

/* Sort and encode what a builder holds. */
static Timeline *
builder_finish(const TimelineBuilder *builder)
{
	TimelineEvent on_stack[EVENTS_ON_STACK];
	TimelineContent content;
	Timeline *result;

	decode((const Timeline *) builder, &content, on_stack, EVENTS_ON_STACK);
	result = timeline_encode(&content);
	if (content.events != on_stack)
		pfree(content.events);
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

/* A state for the executor to keep; the canonical form for anybody else, who might store it. */
static inline Timeline *
state_result(FunctionCallInfo fcinfo, TimelineBuilder *state)
{
	return state_in_place(fcinfo) ? (Timeline *) state : builder_finish(state);
}

/*
 * Transition functions of timeline(at, amount): (state, at, amount), with the
 * errors of purchase_summary's. A NULL at or amount skips the row and counts it.
 */
EVENT_TRANSITIONS(timeline, writable_state, builder_append, builder_ignore, state_result)

/*
 * Transition functions of timeline(at, label, amount): (state, at, label,
 * amount). A NULL at skips the row and counts it; a NULL amount makes a pure
 * event, a NULL label is one of its own.
 */
#define LABELLED_TRANSITION(name, event_at, event_amount)                        \
	PG_FUNCTION_INFO_V1(name);                                                   \
	Datum name(PG_FUNCTION_ARGS)                                                 \
	{                                                                            \
		TimelineBuilder *state = writable_state(fcinfo);                         \
		TimestampTz at;                                                          \
		TimelineLabel label;                                                     \
		TimelineAmount amount;                                                   \
                                                                                 \
		if (unlikely(PG_ARGISNULL(1)))                                           \
		{                                                                        \
			builder_ignore(state, 1);                                            \
			PG_RETURN_POINTER(state_result(fcinfo, state));                      \
		}                                                                        \
		at = event_at(PG_GETARG_DATUM(1));                                       \
		check_event_time(at);                                                    \
		if (!PG_ARGISNULL(2))                                                    \
			timeline_label_argument(PG_GETARG_DATUM(2), &label);                 \
		if (!PG_ARGISNULL(3))                                                    \
			amount.value = event_amount(PG_GETARG_DATUM(3), &amount.scale);      \
		state = builder_append_event(state, at, PG_ARGISNULL(2) ? NULL : &label, \
									 PG_ARGISNULL(3) ? NULL : &amount);          \
		PG_RETURN_POINTER(state_result(fcinfo, state));                          \
	}

/* The label that an argument holds, where it lies. */
void
timeline_label_argument(Datum datum, TimelineLabel *label)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);

	label->text = VARDATA_ANY(packed);
	label->length = VARSIZE_ANY_EXHDR(packed);
	timeline_check_label(label->length);
}

LABELLED_TRANSITION(timeline_add_label_numeric, EVENT_AT, EVENT_AMOUNT_OF_NUMERIC)
LABELLED_TRANSITION(timeline_add_label_int8, EVENT_AT, EVENT_AMOUNT_OF_INT8)
LABELLED_TRANSITION(timeline_add_label_float8, EVENT_AT, EVENT_AMOUNT_OF_FLOAT8)
LABELLED_TRANSITION(timeline_add_label_date_numeric, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_NUMERIC)
LABELLED_TRANSITION(timeline_add_label_date_int8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_INT8)
LABELLED_TRANSITION(timeline_add_label_date_float8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_FLOAT8)

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
	state = builder_append_all(state, readable(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(state_result(fcinfo, state));
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
