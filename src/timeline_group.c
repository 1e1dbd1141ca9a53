/*
 * timeline_group.c
 *		timeline() and rollup(timeline) within the grouping node. Their states are
 *		numbers of customers in a log of events: timeline_log.c.
 */
#include "postgres.h"
#include "compat.h"

#include "group/group_event.h"
#include "timeline_log.h"

/* A row of timeline(at, label, amount). */
typedef struct LabelledEvent
{
	GroupEvent event;
	TimelineLabel label; /* text NULL: none */
	bool pure;			 /* no amount */
} LabelledEvent;

static void *
create(GroupMemory *memory)
{
	return timeline_log_create(memory);
}

static void
add_events(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
		   int count)
{
	const GroupEvent *events = rows;

	(void) states;
	for (int i = 0; i < count; i++)
	{
		TimelineAmount amount = {events[i].amount, events[i].scale};

		if (unlikely(events[i].ignored))
			timeline_log_ignore(area->store, numbers[i], 1);
		else
			timeline_log_add(area->store, numbers[i], events[i].at, NULL, &amount);
	}
}

static void
add_labelled(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
			 int count)
{
	const LabelledEvent *events = rows;

	(void) states;
	for (int i = 0; i < count; i++)
	{
		const LabelledEvent *row = &events[i];
		TimelineAmount amount = {row->event.amount, row->event.scale};

		if (unlikely(row->event.ignored))
			timeline_log_ignore(area->store, numbers[i], 1);
		else
			timeline_log_add(area->store, numbers[i], row->event.at,
							 row->label.text != NULL ? &row->label : NULL,
							 row->pure ? NULL : &amount);
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
add_timelines(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
			  int count)
{
	Timeline *const *timelines = rows;

	(void) states;
	for (int i = 0; i < count; i++)
		if (timelines[i] != NULL)
			timeline_log_add_all(area->store, numbers[i], timelines[i]);
}

static Size
written_size(const GroupArea *area, const void *state, uint32 number)
{
	Size length;

	(void) state;
	(void) timeline_log_records(area->store, number, &length);
	return length;
}

static void
write_records(const GroupArea *area, const void *state, uint32 number, char *out)
{
	Size length;
	const char *records = timeline_log_records(area->store, number, &length);

	(void) state;
	memcpy(out, records, length);
}

static void
merge_records(const GroupArea *area, void *state, uint32 number, const char *bytes, Size length)
{
	(void) state;
	timeline_log_add_records(area->store, number, bytes, length);
}

static Datum
finish(const GroupArea *area, const void *state, uint32 number, bool *isnull)
{
	Timeline *timeline = timeline_log_finish(area->store, number);

	(void) state;
	*isnull = timeline == NULL;
	return PointerGetDatum(timeline);
}

#define STATES(adder)                                                                         \
	{                                                                                         \
		.create = create, .add = adder, .written_size = written_size, .write = write_records, \
		.merge = merge_records, .finish = finish,                                             \
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
#define LABELLED(function, reader)                                                     \
	{                                                                                  \
		.transition = function, .final = timeline_final, .narguments = 3,              \
		.row_size = sizeof(LabelledEvent), .read = reader, .states = &labelled_states, \
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
		.read = read_timeline,
		.states = &timeline_states,
	},
};
const int timeline_group_aggregates_count = lengthof(timeline_group_aggregates);
