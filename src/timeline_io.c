/*
 * timeline_io.c
 *		Text, binary form and order of timeline.
 *
 * The binary form is the stored canonical form: it is made of bytes that mean
 * the same everywhere. What comes in is decoded in full and encoded again, so
 * that only canonical values are ever stored.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "base/comparison.h"
#include "base/json_text.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/builtins.h"

static const char type_name[] = "timeline";

static const char *const keys[] = {"version", "ignored", "events"};

typedef enum
{
	KEY_VERSION,
	KEY_IGNORED,
	KEY_EVENTS
} Key;

/* Content being read, growing as it comes. */
typedef struct EventList
{
	TimelineContent content;
	int64 room;
} EventList;

static TimelineEvent *
next_event(EventList *list)
{
	TimelineContent *content = &list->content;

	timeline_check_count(content->count + 1);
	if (content->count == list->room)
	{
		list->room = Max(16, 2 * list->room);
		content->events = content->events == NULL
							  ? palloc(list->room * sizeof(TimelineEvent))
							  : repalloc_huge(content->events, list->room * sizeof(TimelineEvent));
	}
	return &content->events[content->count++];
}

static int32
read_label(JsonReader *reader, TimelineDictionary *dictionary)
{
	char *label;
	int32 known = dictionary->count;
	int32 index;

	if (json_accept_null(reader))
		return TIMELINE_NO_LABEL;
	label = json_string(reader, TIMELINE_LABEL_MAX);
	index = timeline_intern(dictionary, label, strlen(label));
	if (index < known)
		pfree(label);
	return index;
}

/* Is the next element a string or null, so that a label may come? */
static bool
at_label(JsonReader *reader)
{
	reader->at += strspn(reader->at, " \t\n\r");
	return *reader->at == '"' || *reader->at == 'n';
}

/* One event: ["2026-01-31T12:00:00Z", 12.34] or ["2026-01-31T12:00:00Z", "label", 12.34]. */
static void
read_event(JsonReader *reader, EventList *list)
{
	TimelineEvent *event = next_event(list);
	int scale = 0;

	memset(event, 0, sizeof(*event));
	event->label = TIMELINE_NO_LABEL;
	json_open_array(reader);
	if (!json_next_element(reader))
		json_fail(reader, "Expected an event like [\"2026-01-31T12:00:00Z\", 12.34]");
	event->at = json_timestamp(reader);
	if (!json_next_element(reader))
		json_fail(reader, "Expected an amount");
	if (at_label(reader))
	{
		event->label = read_label(reader, &list->content.dictionary);
		if (!json_next_element(reader))
			json_fail(reader, "Expected an amount or null after the label");
	}
	event->pure = json_accept_null(reader);
	if (!event->pure)
		event->amount = json_decimal(reader, &scale);
	if (json_next_element(reader))
		json_fail(reader, "Expected the end of the event");
	list->content.scale = Max(list->content.scale, scale);
}

static void
read_events(JsonReader *reader, EventList *list)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		CHECK_FOR_INTERRUPTS();
		read_event(reader, list);
	}
}

/* Reads the JSON object that timeline_out writes; the events may come in any order. */
PG_FUNCTION_INFO_V1(timeline_in);
Datum
timeline_in(PG_FUNCTION_ARGS)
{
	EventList list = {0};
	JsonReader reader;
	uint32 seen = 0;
	int key;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key == KEY_VERSION)
			(void) json_int64(&reader, TIMELINE_VERSION, TIMELINE_VERSION);
		else if (key == KEY_IGNORED)
			list.content.ignored = json_int64(&reader, 0, PG_INT64_MAX);
		else
			read_events(&reader, &list);
	}
	json_end(&reader);
	PG_RETURN_POINTER(timeline_encode(&list.content));
}

static void
append_label(StringInfo out, const TimelineDictionary *dictionary, int32 label)
{
	char *text;

	if (label == TIMELINE_NO_LABEL)
	{
		appendStringInfoString(out, "null, ");
		return;
	}
	text = pnstrdup(dictionary->labels[label].text, dictionary->labels[label].length);
	json_append_string(out, text);
	appendStringInfoString(out, ", ");
	pfree(text);
}

static void
append_timeline(StringInfo out, const Timeline *timeline)
{
	TimelineHeader header;
	TimelineDictionary dictionary;
	TimelineReader reader;
	TimelineEvent event;
	const char *separator = "";

	timeline_open(timeline_canonical(timeline), &header);
	timeline_read_dictionary(&header, &dictionary);
	timeline_reader_init(&reader, &header);
	appendStringInfo(out, "{\"%s\": %d, \"%s\": " INT64_FORMAT ", \"%s\": [", keys[KEY_VERSION],
					 TIMELINE_VERSION, keys[KEY_IGNORED], header.ignored, keys[KEY_EVENTS]);
	while (timeline_next(&reader, &event))
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "%s[\"", separator);
		timestamp_append(out, event.at);
		appendStringInfoString(out, "\", ");
		if (header.flags & (TIMELINE_LABELS | TIMELINE_PURE))
			append_label(out, &dictionary, event.label);
		if (event.pure)
			appendStringInfoString(out, "null");
		else
			decimal_append(out, event.amount, header.scale);
		appendStringInfoChar(out, ']');
		separator = ", ";
	}
	appendStringInfoString(out, "]}");
}

/* One JSON object, the same under any settings. */
PG_FUNCTION_INFO_V1(timeline_out);
Datum
timeline_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_timeline(&out, PG_GETARG_TIMELINE(0));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(timeline_json);
Datum
timeline_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_timeline(&out, PG_GETARG_TIMELINE(0));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* Binary form: the canonical bytes. */
PG_FUNCTION_INFO_V1(timeline_send);
Datum
timeline_send(PG_FUNCTION_ARGS)
{
	const Timeline *timeline = timeline_canonical(PG_GETARG_TIMELINE(0));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbytes(&out, VARDATA_ANY(timeline), VARSIZE_ANY_EXHDR(timeline));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static bool
labels_are_text(const TimelineDictionary *dictionary)
{
	for (int32 i = 0; i < dictionary->count; i++)
		if (!pg_verifymbstr(dictionary->labels[i].text, dictionary->labels[i].length, true))
			return false;
	return true;
}

/* Decode all events of bytes from outside; false when they make no sense. */
static bool
decode(const unsigned char *data, Size size, EventList *list)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	bool valid = true;

	if (!timeline_open_bytes(data, size, true, &header) ||
		!timeline_try_read_dictionary(&header, &list->content.dictionary) ||
		!labels_are_text(&list->content.dictionary))
		return false;
	list->content.scale = header.scale;
	list->content.ignored = header.ignored;
	timeline_reader_init(&reader, &header);
	while (timeline_try_next(&reader, &event, &valid))
	{
		CHECK_FOR_INTERRUPTS();
		if (!IS_VALID_TIMESTAMP(event.at))
			return false;
		*next_event(list) = event;
	}
	return valid;
}

/* Reads canonical bytes; anything that encoding would not give is an error. */
PG_FUNCTION_INFO_V1(timeline_recv);
Datum
timeline_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	Size size = in->len - in->cursor;
	const unsigned char *data = (const unsigned char *) pq_getmsgbytes(in, size);
	EventList list = {0};
	Timeline *timeline;

	if (size == 0 || data[0] != TIMELINE_VERSION)
		receive_fail(type_name, "The version is not known");
	if (!decode(data, size, &list))
		receive_fail(type_name, "The bytes cannot be decoded");
	timeline = timeline_encode(&list.content);
	if (VARSIZE_ANY_EXHDR(timeline) != size || memcmp(VARDATA_ANY(timeline), data, size) != 0)
		receive_fail(type_name, "The bytes are not in canonical form");
	PG_RETURN_POINTER(timeline);
}

/*
 * An argument in canonical form, and what is to be freed afterwards: an index
 * or a sort compares many values in one memory context.
 */
typedef struct Opened
{
	const Timeline *timeline;
	Datum datum;
	Timeline *detoasted;
} Opened;

static Opened
open_argument(Datum datum)
{
	Opened opened = {.datum = datum, .detoasted = DatumGetTimeline(datum)};

	opened.timeline = timeline_canonical(opened.detoasted);
	return opened;
}

static void
close_argument(const Opened *opened)
{
	if (opened->timeline != opened->detoasted)
		pfree(unconstify(Timeline *, opened->timeline));
	if (PointerGetDatum(opened->detoasted) != opened->datum)
		pfree(opened->detoasted);
}

/* By canonical bytes: an order without meaning that agrees with equality of the whole content. */
static int
compare(FunctionCallInfo fcinfo)
{
	Opened a = open_argument(PG_GETARG_DATUM(0));
	Opened b = open_argument(PG_GETARG_DATUM(1));
	Size a_size = VARSIZE_ANY_EXHDR(a.timeline);
	Size b_size = VARSIZE_ANY_EXHDR(b.timeline);
	int result = memcmp(VARDATA_ANY(a.timeline), VARDATA_ANY(b.timeline), Min(a_size, b_size));

	if (result == 0)
		result = a_size < b_size ? -1 : a_size > b_size;
	close_argument(&a);
	close_argument(&b);
	return result;
}

COMPARISON_FUNCTIONS(timeline, compare)

PG_FUNCTION_INFO_V1(timeline_hash);
Datum
timeline_hash(PG_FUNCTION_ARGS)
{
	Opened opened = open_argument(PG_GETARG_DATUM(0));
	Datum result = hash_any((unsigned char *) VARDATA_ANY(opened.timeline),
							VARSIZE_ANY_EXHDR(opened.timeline));

	close_argument(&opened);
	return result;
}

PG_FUNCTION_INFO_V1(timeline_hash_extended);
Datum
timeline_hash_extended(PG_FUNCTION_ARGS)
{
	Opened opened = open_argument(PG_GETARG_DATUM(0));
	Datum result = hash_any_extended((unsigned char *) VARDATA_ANY(opened.timeline),
									 VARSIZE_ANY_EXHDR(opened.timeline), PG_GETARG_INT64(1));

	close_argument(&opened);
	return result;
}
