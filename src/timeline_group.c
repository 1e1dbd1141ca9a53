/*
 * timeline_group.c
 *		The states of timeline() and rollup(timeline) within the grouping node.
 *
 * A state points to a builder of timeline_build.c in the table's memory. The
 * node sees to it that the builder has room before a record is added, so that
 * it hardly ever has to move.
 */
#include "postgres.h"
#include "compat.h"

#include "base/state.h"
#include "group/group_event.h"
#include "port/pg_bitutils.h"
#include "timeline_layout.h"

typedef struct TimelineState
{
	TimelineBuilder *builder; /* NULL: no rows yet. Its size is a power of two. */
} TimelineState;

/* A row of timeline(at, label, amount). */
typedef struct LabelledEvent
{
	GroupEvent event;
	TimelineLabel label; /* text NULL: none */
	bool pure;			 /* no amount */
} LabelledEvent;

/* Sizes of builders are powers of two, so that the room of a smaller one serves the next. */
static inline Size
builder_size(Size needed)
{
	return Min(Max(pg_nextpower2_size_t(needed), TIMELINE_BUILDER_SIZE), STATE_MAX_SIZE);
}

static TimelineBuilder *
grow(GroupMemory *memory, TimelineState *state, Size needed)
{
	TimelineBuilder *old = state->builder;
	Size size = builder_size(needed);

	if (needed > STATE_MAX_SIZE) /* the builder will say so */
		return old;
	state->builder = group_memory_alloc(memory, size);
	if (old == NULL)
		timeline_builder_init(state->builder, size);
	else
	{
		memcpy(state->builder, old, offsetof(TimelineBuilder, log) + old->used);
		SET_VARSIZE(state->builder, size);
		group_memory_free(memory, old, VARSIZE(old));
	}
	return state->builder;
}

/* The builder of a state, with room for one more record. */
static inline TimelineBuilder *
builder_for(GroupMemory *memory, TimelineState *state, int32 label_length)
{
	TimelineBuilder *builder = state->builder;
	Size needed;

	if (unlikely(builder == NULL))
		builder = grow(memory, state, TIMELINE_BUILDER_SIZE);
	needed = timeline_builder_needs(builder, label_length);
	if (unlikely(needed > VARSIZE(builder)))
		builder = grow(memory, state, needed);
	return builder;
}

/* A builder that moved by itself goes to the table's memory. */
static inline void
keep(GroupMemory *memory, TimelineState *state, TimelineBuilder *moved)
{
	TimelineBuilder *old = state->builder;
	Size used;
	Size size;

	if (likely(moved == old))
		return;
	used = offsetof(TimelineBuilder, log) + moved->used;
	size = builder_size(used);
	state->builder = group_memory_alloc(memory, size);
	memcpy(state->builder, moved, used);
	SET_VARSIZE(state->builder, size);
	if (old != NULL)
		group_memory_free(memory, old, VARSIZE(old));
	pfree(moved);
}

/* The builders are far apart: ask for their heads, then for the ends of their logs. */
static inline void
prefetch_builders(void *const *states, int count)
{
	for (int i = 0; i < count; i++)
	{
		const TimelineState *state = states[i];

		__builtin_prefetch(state->builder, 1);
	}
	for (int i = 0; i < count; i++)
	{
		const TimelineState *state = states[i];

		if (state->builder != NULL)
			__builtin_prefetch(state->builder->log + state->builder->used, 1);
	}
}

static void
add_events(GroupMemory *memory, void *const *states, const void *rows, int count)
{
	const GroupEvent *events = rows;

	prefetch_builders(states, count);
	for (int i = 0; i < count; i++)
	{
		TimelineBuilder *builder = builder_for(memory, states[i], 0);

		if (unlikely(events[i].ignored))
			timeline_builder_ignore(builder, 1);
		else
			keep(memory, states[i],
				 timeline_builder_add(builder, events[i].at, events[i].amount, events[i].scale));
	}
}

static void
add_labelled(GroupMemory *memory, void *const *states, const void *rows, int count)
{
	const LabelledEvent *events = rows;

	prefetch_builders(states, count);
	for (int i = 0; i < count; i++)
	{
		const LabelledEvent *row = &events[i];
		const TimelineLabel *label = row->label.text != NULL ? &row->label : NULL;
		TimelineAmount amount = {row->event.amount, row->event.scale};
		TimelineBuilder *builder =
			builder_for(memory, states[i], label != NULL ? label->length : 0);

		if (unlikely(row->event.ignored))
			timeline_builder_ignore(builder, 1);
		else
			keep(memory, states[i],
				 timeline_builder_add_event(builder, row->event.at, label,
											row->pure ? NULL : &amount));
	}
}

/* A row of rollup(): a timeline in canonical form, or NULL. */
static void
read_timeline(void *row, const GroupArguments *arguments)
{
	Timeline **timeline = row;

	*timeline = NULL;
	if (!GROUP_ARGUMENT_IS_NULL(arguments, 0))
		*timeline = (Timeline *) PG_DETOAST_DATUM_COPY(GROUP_ARGUMENT(arguments, 0));
}

static void
add_timelines(GroupMemory *memory, void *const *states, const void *rows, int count)
{
	Timeline *const *timelines = rows;

	for (int i = 0; i < count; i++)
		if (timelines[i] != NULL)
			keep(memory, states[i],
				 timeline_builder_add_all(builder_for(memory, states[i], 0), timelines[i]));
}

static Size
written_size(const void *state)
{
	const TimelineBuilder *builder = ((const TimelineState *) state)->builder;

	return builder == NULL ? 0 : offsetof(TimelineBuilder, log) + builder->used;
}

static void
write_state(const void *state, char *out)
{
	const TimelineBuilder *builder = ((const TimelineState *) state)->builder;

	if (builder != NULL)
		memcpy(out, builder, written_size(state));
}

static void
merge_state(GroupMemory *memory, void *state, const char *bytes, Size length)
{
	TimelineState *timeline = state;

	if (length == 0)
		return;
	if (timeline->builder != NULL)
	{
		keep(memory, timeline,
			 timeline_builder_add_all(timeline->builder, (const Timeline *) bytes));
		return;
	}
	timeline->builder = group_memory_alloc(memory, builder_size(length));
	memcpy(timeline->builder, bytes, length);
	SET_VARSIZE(timeline->builder, builder_size(length));
}

/* As timeline_final. */
static Datum
finish_state(const void *state, bool *isnull)
{
	const TimelineBuilder *builder = ((const TimelineState *) state)->builder;

	*isnull = builder == NULL || (builder->events == 0 && builder->ignored == 0);
	return *isnull ? (Datum) 0 : PointerGetDatum(timeline_builder_finish(builder));
}

#define STATES(adder)                                                              \
	{                                                                              \
		.size = sizeof(TimelineState), .add = adder, .written_size = written_size, \
		.write = write_state, .merge = merge_state, .finish = finish_state,        \
	}

static const GroupStates event_states = STATES(add_events);
static const GroupStates labelled_states = STATES(add_labelled);
static const GroupStates timeline_states = STATES(add_timelines);

GROUP_EVENT_READS(read)

/* As LABELLED_TRANSITION of timeline_build.c. */
#define LABELLED_READ(name, event_at, event_amount)                                  \
	static void name(void *row, const GroupArguments *arguments)                     \
	{                                                                                \
		LabelledEvent *labelled = row;                                               \
		int scale;                                                                   \
                                                                                     \
		labelled->label.text = NULL;                                                 \
		labelled->event.ignored = GROUP_ARGUMENT_IS_NULL(arguments, 0);              \
		if (unlikely(labelled->event.ignored))                                       \
			return;                                                                  \
		labelled->event.at = event_at(GROUP_ARGUMENT(arguments, 0));                 \
		check_event_time(labelled->event.at);                                        \
		if (!GROUP_ARGUMENT_IS_NULL(arguments, 1))                                   \
			copy_label(GROUP_ARGUMENT(arguments, 1), &labelled->label);              \
		labelled->pure = GROUP_ARGUMENT_IS_NULL(arguments, 2);                       \
		if (labelled->pure)                                                          \
			return;                                                                  \
		labelled->event.amount = event_amount(GROUP_ARGUMENT(arguments, 2), &scale); \
		labelled->event.scale = scale;                                               \
	}

static inline void
copy_label(Datum datum, TimelineLabel *label)
{
	timeline_label_argument(datum, label);
	label->text = memcpy(palloc(Max(label->length, 1)), label->text, label->length);
}

LABELLED_READ(read_label_numeric, EVENT_AT, EVENT_AMOUNT_OF_NUMERIC)
LABELLED_READ(read_label_int8, EVENT_AT, EVENT_AMOUNT_OF_INT8)
LABELLED_READ(read_label_float8, EVENT_AT, EVENT_AMOUNT_OF_FLOAT8)
LABELLED_READ(read_label_date_numeric, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_NUMERIC)
LABELLED_READ(read_label_date_int8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_INT8)
LABELLED_READ(read_label_date_float8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_FLOAT8)

extern Datum timeline_add_numeric(PG_FUNCTION_ARGS);
extern Datum timeline_add_int8(PG_FUNCTION_ARGS);
extern Datum timeline_add_float8(PG_FUNCTION_ARGS);
extern Datum timeline_add_date_numeric(PG_FUNCTION_ARGS);
extern Datum timeline_add_date_int8(PG_FUNCTION_ARGS);
extern Datum timeline_add_date_float8(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_numeric(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_int8(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_float8(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_date_numeric(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_date_int8(PG_FUNCTION_ARGS);
extern Datum timeline_add_label_date_float8(PG_FUNCTION_ARGS);
extern Datum timeline_final(PG_FUNCTION_ARGS);
extern Datum timeline_merge(PG_FUNCTION_ARGS);

#define EVENTS(function, reader)                                                 \
	{                                                                            \
		.transition = function, .final = timeline_final, .narguments = 2,        \
		.row_size = sizeof(GroupEvent), .read = reader, .states = &event_states, \
	}
#define LABELLED(function, reader)                                         \
	{                                                                      \
		.transition = function, .final = timeline_final, .narguments = 3,  \
		.row_size = sizeof(LabelledEvent), .copies = true, .read = reader, \
		.states = &labelled_states,                                        \
	}

const GroupAggregate timeline_group_aggregates[] = {
	EVENTS(timeline_add_numeric, read_numeric),
	EVENTS(timeline_add_int8, read_int8),
	EVENTS(timeline_add_float8, read_float8),
	EVENTS(timeline_add_date_numeric, read_date_numeric),
	EVENTS(timeline_add_date_int8, read_date_int8),
	EVENTS(timeline_add_date_float8, read_date_float8),
	LABELLED(timeline_add_label_numeric, read_label_numeric),
	LABELLED(timeline_add_label_int8, read_label_int8),
	LABELLED(timeline_add_label_float8, read_label_float8),
	LABELLED(timeline_add_label_date_numeric, read_label_date_numeric),
	LABELLED(timeline_add_label_date_int8, read_label_date_int8),
	LABELLED(timeline_add_label_date_float8, read_label_date_float8),
	{
		.transition = timeline_merge,
		.final = timeline_final,
		.narguments = 1,
		.row_size = sizeof(Timeline *),
		.copies = true,
		.read = read_timeline,
		.states = &timeline_states,
	},
};
const int timeline_group_aggregates_count = lengthof(timeline_group_aggregates);
