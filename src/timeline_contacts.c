/*
 * timeline_contacts.c
 *		How events come in clusters: repeated contacts within a time, the
 *		densest time, sessions.
 *
 * Every event counts, with or without an amount. Labels are counted as SQL's
 * count(DISTINCT label) does: events without one are no label.
 */
#include "postgres.h"
#include "compat.h"

#include "base/row.h"
#include "base/period.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

static void
open_argument(FunctionCallInfo fcinfo, TimelineHeader *header, TimelineReader *reader)
{
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), header);
	timeline_reader_init(reader, header);
}

/* Go to a block before which nothing is as late as `from`. */
static void
skip_before(TimelineReader *reader, const TimelineHeader *header, TimestampTz from)
{
	int64 low = 0;
	int64 high = header->directory != NULL ? timeline_block_count(header) - 1 : 0;

	while (low < high)
	{
		int64 middle = low + (high - low + 1) / 2;
		TimestampTz at;
		uint32 offset;

		timeline_read_index(header, middle, &at, &offset);
		if (at < from)
			low = middle;
		else
			high = middle - 1;
	}
	timeline_skip_blocks(reader, header, low);
}

/*
 * repeats(timeline, within interval, as_of timestamptz) -> one row (events,
 * labels, first_at, last_at) of the events with as_of - within <= at < as_of:
 * 0, 0, NULL, NULL when there are none. within > 0, without months.
 */
PG_FUNCTION_INFO_V1(timeline_repeats);
Datum
timeline_repeats(PG_FUNCTION_ARGS)
{
	int64 within = period_microseconds(PG_GETARG_INTERVAL_P(1), "within");
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(2);
	TimestampTz from = period_before(as_of, within);
	TimestampTz first = 0;
	TimestampTz last = 0;
	int64 events = 0;
	int64 labels = 0;
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	bool *seen;

	check_as_of_instant(as_of);
	open_argument(fcinfo, &header, &reader);
	seen = palloc0((Size) header.labels + 1);
	skip_before(&reader, &header, from);
	while (timeline_next(&reader, &event) && event.at < as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.at < from)
			continue;
		if (events++ == 0)
			first = event.at;
		last = event.at;
		if (event.label != TIMELINE_NO_LABEL && !seen[event.label])
		{
			seen[event.label] = true;
			labels++;
		}
	}
	return row_result(fcinfo, 4,
					  (Datum[]){Int64GetDatum(events), Int64GetDatum(labels),
								TimestampTzGetDatum(first), TimestampTzGetDatum(last)},
					  (bool[]){false, false, events == 0, events == 0});
}

/* A window that slides over the events: those from its tail to its head. */
typedef struct Window
{
	TimelineReader head; /* reads the event after the last one inside */
	TimelineReader tail; /* reads the event after the first one inside */
	TimelineEvent next;	 /* read by head, not yet inside */
	bool more;			 /* there is a next */
	int64 events;
	int64 labels;
	int64 *of_label; /* events of each label, by index + 1 */
} Window;

/* Take in all events less than `length` microseconds after `start`. */
static void
window_extend(Window *window, TimestampTz start, uint64 length)
{
	/* Differences as unsigned: the whole range of times is wider than an int64. */
	while (window->more && (uint64) window->next.at - (uint64) start < length)
	{
		CHECK_FOR_INTERRUPTS();
		window->events++;
		if (window->next.label != TIMELINE_NO_LABEL &&
			window->of_label[window->next.label + 1]++ == 0)
			window->labels++;
		window->more = timeline_next(&window->head, &window->next);
	}
}

static void
window_drop(Window *window, const TimelineEvent *event)
{
	window->events--;
	if (event->label != TIMELINE_NO_LABEL && --window->of_label[event->label + 1] == 0)
		window->labels--;
}

/*
 * densest(timeline, within interval) -> one row (starts_at, ends_at, events,
 * labels): of all windows starts_at <= at < ends_at = starts_at + within that
 * start at an event, the one with most events, then most labels, then the
 * latest. NULL without events. within > 0, without months; ends_at is infinity
 * where it would be beyond the range of times.
 */
PG_FUNCTION_INFO_V1(timeline_densest);
Datum
timeline_densest(PG_FUNCTION_ARGS)
{
	int64 within = period_microseconds(PG_GETARG_INTERVAL_P(1), "within");
	Window window = {0};
	TimelineHeader header;
	TimelineEvent event;
	TimestampTz before = DT_NOBEGIN;
	TimestampTz starts_at = DT_NOBEGIN;
	int64 events = 0;
	int64 labels = 0;

	open_argument(fcinfo, &header, &window.tail);
	window.of_label = palloc0(((Size) header.labels + 1) * sizeof(int64));
	window.head = window.tail;
	window.more = timeline_next(&window.head, &window.next);
	while (timeline_next(&window.tail, &event))
	{
		CHECK_FOR_INTERRUPTS();
		/* A window takes all events of the instant where it starts, so only the first one opens it. */
		if (event.at != before)
			window_extend(&window, event.at, within);
		if (event.at != before &&
			(window.events > events || (window.events == events && window.labels >= labels)))
		{
			starts_at = event.at;
			events = window.events;
			labels = window.labels;
		}
		before = event.at;
		window_drop(&window, &event);
	}
	if (events == 0)
		PG_RETURN_NULL();
	return row_result(fcinfo, 4,
					  (Datum[]){TimestampTzGetDatum(starts_at),
								TimestampTzGetDatum(period_after(starts_at, within)),
								Int64GetDatum(events), Int64GetDatum(labels)},
					  (bool[4]){false});
}

/* The session being read, and the labels it has so far. */
typedef struct Session
{
	TimestampTz started_at;
	TimestampTz ended_at;
	int64 number; /* of this session, from 1 */
	int64 events;
	int32 nlabels;
	int32 *labels;	/* indexes, in the order they came */
	int64 *last_in; /* by label: number of the last session that has it */
} Session;

static int
compare_int32(const void *left, const void *right)
{
	int32 a = *(const int32 *) left;
	int32 b = *(const int32 *) right;

	return (a > b) - (a < b);
}

static void
put_session(ReturnSetInfo *result, Session *session, const TimelineDictionary *dictionary)
{
	Datum *labels = palloc(((Size) session->nlabels + 1) * sizeof(Datum));
	Datum values[4] = {TimestampTzGetDatum(session->started_at),
					   TimestampTzGetDatum(session->ended_at), Int64GetDatum(session->events)};
	bool nulls[4] = {false};

	qsort(session->labels, session->nlabels, sizeof(int32), compare_int32);
	for (int32 i = 0; i < session->nlabels; i++)
	{
		const TimelineLabel *label = &dictionary->labels[session->labels[i]];

		labels[i] = PointerGetDatum(cstring_to_text_with_len(label->text, label->length));
	}
	values[3] = PointerGetDatum(
		construct_array(labels, session->nlabels, TEXTOID, -1, false, TYPALIGN_INT));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
session_begin(Session *session, TimestampTz at)
{
	session->started_at = at;
	session->number++;
	session->events = 0;
	session->nlabels = 0;
}

static void
session_add(Session *session, const TimelineEvent *event)
{
	session->ended_at = event->at;
	session->events++;
	if (event->label == TIMELINE_NO_LABEL || session->last_in[event->label] == session->number)
		return;
	session->last_in[event->label] = session->number;
	session->labels[session->nlabels++] = event->label;
}

/*
 * sessions(timeline, gap interval) -> rows (started_at, ended_at, events,
 * labels) in order of time: a new session starts when more than `gap` has
 * passed since the event before. started_at and ended_at are its first and
 * last event, labels its distinct labels in order of bytes, without NULL.
 * gap > 0, without months.
 */
PG_FUNCTION_INFO_V1(timeline_sessions);
Datum
timeline_sessions(PG_FUNCTION_ARGS)
{
	uint64 gap = period_microseconds(PG_GETARG_INTERVAL_P(1), "gap");
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Session session = {0};
	TimelineHeader header;
	TimelineReader reader;
	TimelineDictionary dictionary;
	TimelineEvent event;
	MemoryContext row_context;

	InitMaterializedSRF(fcinfo, 0);
	open_argument(fcinfo, &header, &reader);
	timeline_read_dictionary(&header, &dictionary);
	session.labels = palloc(((Size) header.labels + 1) * sizeof(int32));
	session.last_in = palloc0(((Size) header.labels + 1) * sizeof(int64));
	row_context = AllocSetContextCreate(CurrentMemoryContext, "session", ALLOCSET_DEFAULT_SIZES);
	while (timeline_next(&reader, &event))
	{
		CHECK_FOR_INTERRUPTS();
		if (session.number > 0 && (uint64) event.at - (uint64) session.ended_at > gap)
		{
			MemoryContext before = MemoryContextSwitchTo(row_context);

			put_session(result, &session, &dictionary);
			MemoryContextSwitchTo(before);
			MemoryContextReset(row_context);
			session_begin(&session, event.at);
		}
		else if (session.number == 0)
			session_begin(&session, event.at);
		session_add(&session, &event);
	}
	if (session.number > 0)
		put_session(result, &session, &dictionary);
	MemoryContextDelete(row_context);
	return (Datum) 0;
}
