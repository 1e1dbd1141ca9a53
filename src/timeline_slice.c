/*
 * timeline_slice.c
 *		A part of a timeline, as a timeline: by time, by label, or what is left
 *		when another one is taken away.
 *
 * A slice of a long timeline reads only the block index and the blocks it
 * needs; of one stored out of line, only their bytes are fetched.
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

/* Half-open: from <= at < to. */
typedef struct Span
{
	TimestampTz from;
	TimestampTz to;
} Span;

/* A tstzrange in whole microseconds; false when it is empty. */
static bool
span_of_range(RangeType *range, Span *span)
{
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO);
	RangeBound lower, upper;
	bool empty;

	if (type->rngelemtype->type_id != TIMESTAMPTZOID)
		elog(ERROR, "slice got a range of another type");
	range_deserialize(type, range, &lower, &upper, &empty);
	if (empty)
		return false;
	span->from = PG_INT64_MIN;
	span->to = PG_INT64_MAX;
	if (!lower.infinite)
	{
		span->from = DatumGetTimestampTz(lower.val);
		if (!lower.inclusive && !TIMESTAMP_NOT_FINITE(span->from))
			span->from++;
	}
	if (!upper.infinite)
	{
		span->to = DatumGetTimestampTz(upper.val);
		if (upper.inclusive && !TIMESTAMP_NOT_FINITE(span->to))
			span->to++;
	}
	return span->from < span->to;
}

/* The canonical value of what is left, or NULL when that is nothing. */
static Datum
finish(FunctionCallInfo fcinfo, TimelineContent *content)
{
	if (content->count == 0 && content->ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(timeline_encode(content));
}

static TimelineEvent *
room_for_events(int64 count)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * sizeof(TimelineEvent));
}

/* Keep the events of a reader that lie in the span; they come in order of time. */
static void
keep_span(TimelineReader *reader, const Span *span, TimelineContent *content)
{
	TimelineEvent event;

	content->events = room_for_events(reader->left);
	while (timeline_next(reader, &event) && event.at < span->to)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.at >= span->from)
			content->events[content->count++] = event;
	}
}

/*
 * The blocks that can hold events of the span, as first and end block. The
 * index says when each block begins, so a block may reach into the span as
 * long as the next one begins in it: equal times may stretch over blocks.
 */
static void
find_blocks(const TimelineHeader *header, const Span *span, int64 *first, int64 *end)
{
	int64 blocks = timeline_block_count(header);
	TimestampTz at;
	uint32 offset;

	for (*first = 0; *first + 1 < blocks; (*first)++)
	{
		timeline_read_index(header, *first + 1, &at, &offset);
		if (at >= span->from)
			break;
	}
	for (*end = *first; *end < blocks; (*end)++)
	{
		timeline_read_index(header, *end, &at, &offset);
		if (at >= span->to)
			break;
	}
}

/* The events of a span, of a value of several blocks that is stored anywhere. */
static void
slice_blocks(Datum datum, const TimelineHeader *header, const Span *span, TimelineContent *content)
{
	int64 first, end, blocks = timeline_block_count(header);
	uint32 from, to = 0;
	TimestampTz at;
	TimelineHeader part = *header;
	TimelineReader reader;
	struct varlena *bytes;
	int32 start;

	find_blocks(header, span, &first, &end);
	if (first >= end)
		return;
	timeline_read_index(header, first, &at, &from);
	if (end < blocks)
		timeline_read_index(header, end, &at, &to);
	start = (int32) (header->blocks - header->data) + from;
	bytes = PG_DETOAST_DATUM_SLICE(datum, start, end < blocks ? (int32) (to - from) : -1);
	part.blocks = (const unsigned char *) VARDATA_ANY(bytes);
	part.end = part.blocks + VARSIZE_ANY_EXHDR(bytes);
	part.events = Min(header->events - first * TIMELINE_BLOCK, (end - first) * TIMELINE_BLOCK);
	timeline_reader_init(&reader, &part);
	keep_span(&reader, span, content);
}

/*
 * slice(timeline, tstzrange) -> timeline: the events in the range. Rows that
 * were ignored have no time and are in no slice. NULL when nothing is left.
 */
PG_FUNCTION_INFO_V1(timeline_slice);
Datum
timeline_slice(PG_FUNCTION_ARGS)
{
	Datum datum = PG_GETARG_DATUM(0);
	TimelineContent content = {0};
	TimelineHeader header;
	Span span;

	if (!span_of_range(PG_GETARG_RANGE_P(1), &span))
		PG_RETURN_NULL();
	timeline_open_front(&datum, &header);
	timeline_read_dictionary(&header, &content.dictionary);
	content.scale = header.scale;
	if (header.directory != NULL)
		slice_blocks(datum, &header, &span, &content);
	else
	{
		TimelineReader reader;

		timeline_reader_init(&reader, &header);
		keep_span(&reader, &span, &content);
	}
	return finish(fcinfo, &content);
}

/* Keep the events whose label is wanted; wanted[0] is for those without one. */
static Datum
keep_labels(FunctionCallInfo fcinfo, TimelineContent *content, const bool *wanted)
{
	int64 kept = 0;

	for (int64 i = 0; i < content->count; i++)
		if (wanted[content->events[i].label + 1])
			content->events[kept++] = content->events[i];
	content->count = kept;
	content->ignored = 0;
	return finish(fcinfo, content);
}

/* Mark a label as wanted if the timeline has it. */
static void
want_label(bool *wanted, const TimelineDictionary *dictionary, const text *label)
{
	for (int32 i = 0; i < dictionary->count; i++)
		if (dictionary->labels[i].length == (int32) VARSIZE_ANY_EXHDR(label) &&
			memcmp(dictionary->labels[i].text, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label)) == 0)
			wanted[i + 1] = true;
}

/* with_label(timeline, label text) -> timeline: the events of one label; NULL when there is none. */
PG_FUNCTION_INFO_V1(timeline_with_label);
Datum
timeline_with_label(PG_FUNCTION_ARGS)
{
	TimelineContent content;
	bool *wanted;

	timeline_decode(timeline_canonical(PG_GETARG_TIMELINE(0)), &content);
	wanted = palloc0((content.dictionary.count + 1) * sizeof(bool));
	want_label(wanted, &content.dictionary, PG_GETARG_TEXT_PP(1));
	return keep_labels(fcinfo, &content, wanted);
}

/*
 * with_label(timeline, labels text[]) -> timeline: the events of any of the
 * labels; a NULL among them stands for events without one. NULL when there is none.
 */
PG_FUNCTION_INFO_V1(timeline_with_labels);
Datum
timeline_with_labels(PG_FUNCTION_ARGS)
{
	TimelineContent content;
	Datum *labels;
	bool *nulls;
	int nlabels;
	bool *wanted;

	timeline_decode(timeline_canonical(PG_GETARG_TIMELINE(0)), &content);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &labels, &nulls,
					  &nlabels);
	wanted = palloc0((content.dictionary.count + 1) * sizeof(bool));
	for (int i = 0; i < nlabels; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			wanted[0] = true;
		else
			want_label(wanted, &content.dictionary, DatumGetTextPP(labels[i]));
	}
	return keep_labels(fcinfo, &content, wanted);
}

/* An event as a user knows it, for messages. */
static char *
describe_event(const TimelineContent *content, const TimelineEvent *event)
{
	StringInfoData out;

	initStringInfo(&out);
	timestamp_append(&out, event->at);
	if (event->label != TIMELINE_NO_LABEL)
		appendStringInfo(&out, ", label \"%.*s\"", content->dictionary.labels[event->label].length,
						 content->dictionary.labels[event->label].text);
	if (!event->pure)
	{
		appendStringInfoString(&out, ", amount ");
		decimal_append(&out, event->amount, content->scale);
	}
	return out.data;
}

static pg_noinline void
not_there(const TimelineContent *content, const TimelineEvent *event)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("cannot take away an event that is not there: %s",
						   describe_event(content, event)),
					errhint("The right side of - must be a part of the left side.")));
}

/* Give the events of `part` the label numbers of `whole`; an unknown label is an event not there. */
static void
adopt_labels(TimelineContent *part, TimelineContent *whole)
{
	int32 known = whole->dictionary.count;

	for (int64 i = 0; i < part->count; i++)
	{
		TimelineEvent *event = &part->events[i];
		const TimelineLabel *label;
		int32 found;

		if (event->label == TIMELINE_NO_LABEL)
			continue;
		label = &part->dictionary.labels[event->label];
		found = timeline_intern(&whole->dictionary, label->text, label->length);
		if (found >= known)
			not_there(part, event);
		event->label = found;
	}
}

/* Both in order, so one walk finds each event of `part` in `whole`. */
static void
take_away(TimelineContent *whole, TimelineContent *part)
{
	int64 kept = 0;
	int64 next = 0;

	for (int64 i = 0; i < whole->count; i++)
	{
		int order = next < part->count
						? timeline_compare_events(&whole->events[i], &part->events[next])
						: -1;

		CHECK_FOR_INTERRUPTS();
		if (order == 0)
			next++;
		else if (order < 0)
			whole->events[kept++] = whole->events[i];
		else
			break;
	}
	if (next < part->count)
	{
		part->dictionary = whole->dictionary;
		not_there(part, &part->events[next]);
	}
	whole->count = kept;
}

/*
 * timeline - timeline -> timeline: without exactly the events of the right one
 * (erasure, or un-merging); an event that is not there is an error naming it,
 * and so are more ignored rows than there are. Amounts keep their decimals.
 * NULL when nothing is left, the left side when the right one is NULL.
 */
PG_FUNCTION_INFO_V1(timeline_minus);
Datum
timeline_minus(PG_FUNCTION_ARGS)
{
	TimelineContent whole = {0};
	TimelineContent part = {0};

	if (!PG_ARGISNULL(0))
		timeline_decode(timeline_canonical(PG_GETARG_TIMELINE(0)), &whole);
	if (!PG_ARGISNULL(1))
		timeline_decode(timeline_canonical(PG_GETARG_TIMELINE(1)), &part);
	adopt_labels(&part, &whole);
	take_away(&whole, &part);
	if (part.ignored > whole.ignored)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("cannot take away " INT64_FORMAT " ignored rows from " INT64_FORMAT,
							   part.ignored, whole.ignored)));
	whole.ignored -= part.ignored;
	return finish(fcinfo, &whole);
}
