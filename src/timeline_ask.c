/*
 * timeline_ask.c
 *		Simple questions to a timeline: totals, labels, the n-th event, gaps.
 *
 * A refund (an amount below 0) lowers the total and is an event, but no
 * activity: it never counts in recency, tenure or gaps.
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static inline bool
is_activity(const TimelineEvent *event)
{
	return event->pure || event->amount >= 0;
}

static void
open_argument(FunctionCallInfo fcinfo, TimelineHeader *header, TimelineReader *reader)
{
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), header);
	timeline_reader_init(reader, header);
}

/* total(timeline) -> numeric: sum of all amounts, to the last digit. NULL without an amount. */
PG_FUNCTION_INFO_V1(timeline_total);
Datum
timeline_total(PG_FUNCTION_ARGS)
{
	Datum datum = PG_GETARG_DATUM(0);
	TimelineHeader header;
	TimelineDirectory directory;
	TimelineReader reader;
	TimelineEvent event;
	Decimal total = 0;
	bool any = false;

	timeline_open_front(&datum, &header);
	if (header.directory != NULL)
	{
		timeline_read_directory(&header, &directory);
		if (directory.purchases == 0 && directory.refunds == 0)
			PG_RETURN_NULL();
		PG_RETURN_NUMERIC(
			decimal_to_numeric(decimal_subtract(directory.gross, directory.refunds), header.scale));
	}
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event))
	{
		any |= !event.pure;
		total = decimal_add(total, event.amount);
	}
	if (!any)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(decimal_to_numeric(total, header.scale));
}

/*
 * recency(timeline, as_of timestamptz) -> interval: time from the last activity
 * before as_of to as_of, in days and time of day. NULL without one.
 */
PG_FUNCTION_INFO_V1(timeline_recency);
Datum
timeline_recency(PG_FUNCTION_ARGS)
{
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(1);
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	TimestampTz last = DT_NOBEGIN;

	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("as_of must be finite, not %s",
							   TIMESTAMP_IS_NOBEGIN(as_of) ? "-infinity" : "infinity")));
	open_argument(fcinfo, &header, &reader);
	while (timeline_next(&reader, &event) && event.at < as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_activity(&event))
			last = event.at;
	}
	if (last == DT_NOBEGIN)
		PG_RETURN_NULL();
	return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(as_of), TimestampTzGetDatum(last));
}

static void
init_calendar(FunctionCallInfo fcinfo, int argument, Calendar *calendar)
{
	if (PG_NARGS() > argument)
		calendar_init_text(calendar, PG_GETARG_TEXT_PP(argument));
	else
		calendar_init(calendar, "UTC");
}

/*
 * tenure_days(timeline, as_of date [, timezone]) -> int: calendar days from the
 * first activity to as_of. NULL when there is none, or only later ones.
 */
PG_FUNCTION_INFO_V1(timeline_tenure_days);
Datum
timeline_tenure_days(PG_FUNCTION_ARGS)
{
	DateADT as_of = PG_GETARG_DATEADT(1);
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	Calendar calendar;

	check_as_of(as_of);
	init_calendar(fcinfo, 2, &calendar);
	open_argument(fcinfo, &header, &reader);
	while (timeline_next(&reader, &event))
	{
		DateADT day;

		if (!is_activity(&event))
			continue;
		day = calendar_day(&calendar, event.at);
		if (day > as_of)
			PG_RETURN_NULL();
		PG_RETURN_INT32(as_of - day);
	}
	PG_RETURN_NULL();
}

static Datum
label_datum(const TimelineLabel *label)
{
	return PointerGetDatum(cstring_to_text_with_len(label->text, label->length));
}

/* labels(timeline) -> text[]: the distinct labels in order of their bytes, without NULL. */
PG_FUNCTION_INFO_V1(timeline_labels);
Datum
timeline_labels(PG_FUNCTION_ARGS)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineDictionary dictionary;
	Datum *labels;

	open_argument(fcinfo, &header, &reader);
	timeline_read_dictionary(&header, &dictionary);
	if (header.events == 0)
		PG_RETURN_NULL();
	labels = palloc((dictionary.count + 1) * sizeof(Datum));
	for (int32 i = 0; i < dictionary.count; i++)
		labels[i] = label_datum(&dictionary.labels[i]);
	PG_RETURN_POINTER(construct_array(labels, dictionary.count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
label_of(FunctionCallInfo fcinfo, const TimelineHeader *header, const TimelineEvent *event)
{
	TimelineDictionary dictionary;

	if (event->label == TIMELINE_NO_LABEL)
		PG_RETURN_NULL();
	timeline_read_dictionary(header, &dictionary);
	return label_datum(&dictionary.labels[event->label]);
}

/* first_label(timeline) -> text: label of the first event, which may be NULL. */
PG_FUNCTION_INFO_V1(timeline_first_label);
Datum
timeline_first_label(PG_FUNCTION_ARGS)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;

	open_argument(fcinfo, &header, &reader);
	if (!timeline_next(&reader, &event))
		PG_RETURN_NULL();
	return label_of(fcinfo, &header, &event);
}

/* last_label(timeline) -> text: label of the last event, which may be NULL. */
PG_FUNCTION_INFO_V1(timeline_last_label);
Datum
timeline_last_label(PG_FUNCTION_ARGS)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;

	open_argument(fcinfo, &header, &reader);
	if (header.events == 0)
		PG_RETURN_NULL();
	timeline_skip_blocks(&reader, &header, (header.events - 1) / TIMELINE_BLOCK);
	while (timeline_next(&reader, &event))
		;
	return label_of(fcinfo, &header, &event);
}

/* nth_event_at(timeline, n int) -> timestamptz: time of the n-th event, from 1; NULL beyond the last. */
PG_FUNCTION_INFO_V1(timeline_nth_event_at);
Datum
timeline_nth_event_at(PG_FUNCTION_ARGS)
{
	int32 n = PG_GETARG_INT32(1);
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;

	if (n < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("n must be at least 1, but is %d", n)));
	open_argument(fcinfo, &header, &reader);
	if (n > header.events)
		PG_RETURN_NULL();
	timeline_skip_blocks(&reader, &header, (n - 1) / TIMELINE_BLOCK);
	for (int i = 0; i <= (n - 1) % TIMELINE_BLOCK; i++)
		timeline_next(&reader, &event);
	PG_RETURN_TIMESTAMPTZ(event.at);
}

/* The gaps in days between distinct days of activity, in order of time; returns how many. */
static int64
find_gaps(FunctionCallInfo fcinfo, double **gaps)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	Calendar calendar;
	DateADT last_day = 0;
	bool first = true;
	int64 count = 0;

	init_calendar(fcinfo, 1, &calendar);
	open_argument(fcinfo, &header, &reader);
	*gaps = MemoryContextAllocHuge(CurrentMemoryContext, Max(header.events, 1) * sizeof(double));
	while (timeline_next(&reader, &event))
	{
		DateADT day;

		CHECK_FOR_INTERRUPTS();
		if (!is_activity(&event))
			continue;
		day = calendar_day(&calendar, event.at);
		if (!first && day <= last_day)
			continue;
		if (!first)
			(*gaps)[count++] = day - last_day;
		first = false;
		last_day = day;
	}
	return count;
}

/*
 * gap_days(timeline [, timezone]) -> setof float8: days between one day of
 * activity and the next, in order of time.
 */
PG_FUNCTION_INFO_V1(timeline_gap_days);
Datum
timeline_gap_days(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	double gap;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext before;
		double *gaps;

		context = SRF_FIRSTCALL_INIT();
		before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		context->max_calls = find_gaps(fcinfo, &gaps);
		context->user_fctx = gaps;
		MemoryContextSwitchTo(before);
	}
	context = SRF_PERCALL_SETUP();
	if (context->call_cntr >= context->max_calls)
		SRF_RETURN_DONE(context);
	/* The macro counts the call before it looks at the value. */
	gap = ((double *) context->user_fctx)[context->call_cntr];
	SRF_RETURN_NEXT(context, Float8GetDatum(gap));
}

static int
compare_doubles(const void *left, const void *right)
{
	double a = *(const double *) left;
	double b = *(const double *) right;

	return (a > b) - (a < b);
}

/*
 * typical_gap_days(timeline [, timezone]) -> float8: median of gap_days(); the
 * mean of the two middle ones for an even number. NULL with fewer than two days.
 */
PG_FUNCTION_INFO_V1(timeline_typical_gap_days);
Datum
timeline_typical_gap_days(PG_FUNCTION_ARGS)
{
	double *gaps;
	int64 count = find_gaps(fcinfo, &gaps);

	if (count == 0)
		PG_RETURN_NULL();
	qsort(gaps, count, sizeof(double), compare_doubles);
	PG_RETURN_FLOAT8((gaps[(count - 1) / 2] + gaps[count / 2]) / 2);
}
