/*
 * timeline.c
 *		What can be asked of a timeline.
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "purchase_summary.h"
#include "timeline_layout.h"
#include "utils/builtins.h"

/*
 * Open an argument's header, reading only the first bytes of a large value
 * that is stored out of line.
 */
static void
open_header(Datum datum, TimelineHeader *header)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (VARATT_IS_EXTERNAL(value))
	{
		struct varlena *slice = PG_DETOAST_DATUM_SLICE(datum, 0, TIMELINE_HEADER_MAX);

		if (timeline_open_bytes((const unsigned char *) VARDATA_ANY(slice),
								VARSIZE_ANY_EXHDR(slice), false, header) &&
			header->directory != NULL)
			return;
	}
	timeline_open(timeline_canonical(DatumGetTimeline(datum)), header);
}

static void
open_events(const Timeline *timeline, TimelineReader *reader)
{
	TimelineHeader header;

	timeline_open(timeline_canonical(timeline), &header);
	timeline_reader_init(reader, &header);
}

/* Number of events. */
PG_FUNCTION_INFO_V1(timeline_events);
Datum
timeline_events(PG_FUNCTION_ARGS)
{
	TimelineHeader header;

	open_header(PG_GETARG_DATUM(0), &header);
	PG_RETURN_INT64(header.events);
}

/* Number of rows skipped because their time or amount was NULL. */
PG_FUNCTION_INFO_V1(timeline_get_ignored);
Datum
timeline_get_ignored(PG_FUNCTION_ARGS)
{
	TimelineHeader header;

	open_header(PG_GETARG_DATUM(0), &header);
	PG_RETURN_INT64(header.ignored);
}

/* Time of the first event; NULL without events. */
PG_FUNCTION_INFO_V1(timeline_first_event_at);
Datum
timeline_first_event_at(PG_FUNCTION_ARGS)
{
	TimelineHeader header;
	TimelineDirectory directory;
	TimelineReader reader;
	TimelineEvent event;

	open_header(PG_GETARG_DATUM(0), &header);
	if (header.directory != NULL)
	{
		timeline_read_directory(&header, &directory);
		PG_RETURN_TIMESTAMPTZ(directory.first_event);
	}
	timeline_reader_init(&reader, &header);
	if (!timeline_next(&reader, &event))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(event.at);
}

/* Time of the last event; NULL without events. */
PG_FUNCTION_INFO_V1(timeline_last_event_at);
Datum
timeline_last_event_at(PG_FUNCTION_ARGS)
{
	TimelineHeader header;
	TimelineDirectory directory;
	TimelineReader reader;
	TimelineEvent event;

	open_header(PG_GETARG_DATUM(0), &header);
	if (header.directory != NULL)
	{
		timeline_read_directory(&header, &directory);
		PG_RETURN_TIMESTAMPTZ(directory.last_event);
	}
	if (header.events == 0)
		PG_RETURN_NULL();
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event))
		;
	PG_RETURN_TIMESTAMPTZ(event.at);
}

/* Number of distinct calendar days with a purchase, in UTC or in the zone of argument 1. */
PG_FUNCTION_INFO_V1(timeline_get_purchase_days);
Datum
timeline_get_purchase_days(PG_FUNCTION_ARGS)
{
	TimelineReader reader;
	TimelineEvent event;
	Calendar calendar;
	int64 days = 0;
	DateADT last_day = 0;

	if (PG_NARGS() > 1)
		calendar_init_text(&calendar, PG_GETARG_TEXT_PP(1));
	else
		calendar_init(&calendar, "UTC");
	open_events(PG_GETARG_TIMELINE(0), &reader);
	while (timeline_next(&reader, &event))
	{
		DateADT day;

		CHECK_FOR_INTERRUPTS();
		if (event.pure || event.amount < 0)
			continue;
		day = calendar_day(&calendar, event.at);
		if (days > 0 && day <= last_day)
			continue;
		days++;
		last_day = day;
	}
	PG_RETURN_INT64(days);
}

/*
 * summarize(timeline, as_of [, timezone]): the purchase_summary of the events
 * of days before as_of, in UTC or in the zone of argument 2. It equals the
 * aggregate over the same rows, but that it shows amounts with the decimals of
 * the whole timeline, and carries all its ignored rows, whose time is not
 * known. NULL when there is nothing before as_of and nothing was ignored.
 */
PG_FUNCTION_INFO_V1(timeline_summarize);
Datum
timeline_summarize(PG_FUNCTION_ARGS)
{
	const Timeline *timeline = timeline_canonical(PG_GETARG_TIMELINE(0));
	DateADT as_of = PG_GETARG_DATEADT(1);
	PurchaseSummary *summary = purchase_summary_create();
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	Calendar calendar;
	TimestampTz end;
	bool any = false;

	check_as_of(as_of);
	if (PG_NARGS() > 2)
		calendar_init_text(&calendar, PG_GETARG_TEXT_PP(2));
	else
		calendar_init(&calendar, "UTC");
	end = calendar_day_start(&calendar, as_of);

	timeline_open(timeline, &header);
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event) && event.at < end)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.pure)
			continue;
		purchase_summary_add(summary, event.at, event.amount, header.scale);
		any = true;
	}
	purchase_summary_ignore(summary, header.ignored);
	if (!any && header.ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(summary);
}

/* What unnest() remembers between rows. */
typedef struct UnnestState
{
	TimelineReader reader;
	TimelineDictionary dictionary;
	int scale;
} UnnestState;

static void
unnest_start(FunctionCallInfo fcinfo, FuncCallContext *context)
{
	MemoryContext before = MemoryContextSwitchTo(context->multi_call_memory_ctx);
	UnnestState *state = palloc(sizeof(UnnestState));
	Timeline *timeline = (Timeline *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	TimelineHeader header;
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	context->tuple_desc = BlessTupleDesc(descriptor);
	timeline_open(timeline_canonical(timeline), &header);
	timeline_read_dictionary(&header, &state->dictionary);
	timeline_reader_init(&state->reader, &header);
	state->scale = header.scale;
	context->user_fctx = state;
	MemoryContextSwitchTo(before);
}

/* unnest(timeline): a row (occurred_at, label, amount) for each event, in order of time. */
PG_FUNCTION_INFO_V1(timeline_unnest);
Datum
timeline_unnest(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	UnnestState *state;
	TimelineEvent event;
	Datum values[3] = {0};
	bool nulls[3] = {false};

	if (SRF_IS_FIRSTCALL())
	{
		context = SRF_FIRSTCALL_INIT();
		unnest_start(fcinfo, context);
	}
	context = SRF_PERCALL_SETUP();
	state = context->user_fctx;
	if (!timeline_next(&state->reader, &event))
		SRF_RETURN_DONE(context);
	values[0] = TimestampTzGetDatum(event.at);
	nulls[1] = event.label == TIMELINE_NO_LABEL;
	if (!nulls[1])
	{
		const TimelineLabel *label = &state->dictionary.labels[event.label];

		values[1] = PointerGetDatum(cstring_to_text_with_len(label->text, label->length));
	}
	nulls[2] = event.pure;
	if (!event.pure)
		values[2] = NumericGetDatum(decimal_to_numeric(event.amount, state->scale));
	SRF_RETURN_NEXT(context,
					HeapTupleGetDatum(heap_form_tuple(context->tuple_desc, values, nulls)));
}
