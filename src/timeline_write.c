/*
 * timeline_write.c
 *		From events to the canonical stored form of a timeline.
 */
#include "postgres.h"
#include "compat.h"

#include "base/json_text.h"
#include "base/varint.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/memutils.h"

#define TEXT_SIZE_MAX INT64CONST(1000000000) /* leaves room for a row's other columns in 1 GB */
#define EVENT_TEXT_MAX 50 /* bytes of an event in the text form, but for amount and label */
#define LABEL_TEXT_MAX (2 + 7 * TIMELINE_LABEL_MAX) /* every byte a \u escape, its \ doubled */

void
timeline_fail_count(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("timeline is too large"),
					errdetail("A timeline has at most %d events.", TIMELINE_MAX_EVENTS),
					errhint("Aggregate fewer rows into one value, for example with GROUP BY.")));
}

/* By time, then label (none first), then amount (none first). */
int
timeline_compare_events(const TimelineEvent *a, const TimelineEvent *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->label != b->label)
		return a->label < b->label ? -1 : 1;
	if (a->pure != b->pure)
		return a->pure ? -1 : 1;
	if (a->amount != b->amount)
		return a->amount < b->amount ? -1 : 1;
	return 0;
}

/* Sorting a million events takes a while: let it be cancelled. */
static int
compare_interruptibly(const void *left, const void *right)
{
	CHECK_FOR_INTERRUPTS();
	return timeline_compare_events(left, right);
}

static void
sort_events(TimelineEvent *events, int64 nevents)
{
	for (int64 i = 1; i < nevents; i++)
	{
		if (timeline_compare_events(&events[i - 1], &events[i]) > 0)
		{
			qsort(events, nevents, sizeof(TimelineEvent), compare_interruptibly);
			return;
		}
	}
}

/* The largest unit that holds all times. */
static int
common_time_unit(const TimelineEvent *events, int64 nevents)
{
	int unit = TIMELINE_UNITS - 1;

	for (int64 i = 0; i < nevents && unit > 0; i++)
		while (events[i].at % timeline_units[unit] != 0)
			unit--;
	return unit;
}

/* The smallest scale that holds all amounts, at most the scale shown. */
static int
common_scale(const TimelineEvent *events, int64 nevents, int scale)
{
	int smallest = 0;

	for (int64 i = 0; i < nevents && smallest < scale; i++)
	{
		bool exact;

		while (smallest < scale &&
			   (decimal_coefficient(events[i].amount, smallest, &exact), !exact))
			smallest++;
	}
	return smallest;
}

/* Totals of sorted events. */
static void
find_totals(const TimelineEvent *events, int64 nevents, TimelineDirectory *totals)
{
	totals->first_event = nevents > 0 ? events[0].at : DT_NOBEGIN;
	totals->last_event = nevents > 0 ? events[nevents - 1].at : DT_NOBEGIN;
	totals->first_purchase = DT_NOBEGIN;
	totals->last_purchase = DT_NOBEGIN;
	totals->purchases = 0;
	totals->gross = 0;
	totals->refunds = 0;
	for (int64 i = 0; i < nevents; i++)
	{
		if (events[i].pure)
			continue;
		if (events[i].amount < 0)
		{
			totals->refunds = decimal_subtract(totals->refunds, events[i].amount);
			continue;
		}
		totals->gross = decimal_add(totals->gross, events[i].amount);
		if (totals->purchases++ == 0)
			totals->first_purchase = events[i].at;
		totals->last_purchase = events[i].at;
	}
}

static void
append_fixed(StringInfo out, uint64 value, int bytes)
{
	enlargeStringInfo(out, bytes);
	for (int i = 0; i < bytes; i++)
		out->data[out->len++] = (char) (value >> (8 * i));
}

static void
append_decimal(StringInfo out, Decimal value)
{
	append_fixed(out, (uint64) value, 8);
	append_fixed(out, (uint64) ((uint128) value >> 64), 8);
}

static void
append_directory(StringInfo out, const TimelineDirectory *directory)
{
	append_fixed(out, directory->first_event, 8);
	append_fixed(out, directory->last_event, 8);
	append_fixed(out, directory->first_purchase, 8);
	append_fixed(out, directory->last_purchase, 8);
	append_fixed(out, directory->purchases, 8);
	append_decimal(out, directory->gross);
	append_decimal(out, directory->refunds);
}

/* The block index, with times known and offsets still zero; returns where it starts. */
static int
append_index(StringInfo out, const TimelineEvent *events, int64 nevents)
{
	int start = out->len;

	for (int64 i = 0; i < nevents; i += TIMELINE_BLOCK)
	{
		append_fixed(out, events[i].at, 8);
		append_fixed(out, 0, 4);
	}
	return start;
}

static void
set_offset(StringInfo out, int index_start, int64 block, uint32 offset)
{
	char *at = out->data + index_start + block * TIMELINE_INDEX_ENTRY_SIZE + 8;

	for (int i = 0; i < 4; i++)
		at[i] = (char) (offset >> (8 * i));
}

static void
append_dictionary(StringInfo out, const TimelineDictionary *dictionary)
{
	unsigned char buffer[VARINT64_MAX];
	int start;
	StringInfoData labels;

	initStringInfo(&labels);
	for (int32 i = 0; i < dictionary->count; i++)
	{
		const TimelineLabel *label = &dictionary->labels[i];

		appendBinaryStringInfo(&labels, (char *) buffer,
							   varint_write64(buffer, label->length) - buffer);
		appendBinaryStringInfo(&labels, label->text, label->length);
	}
	start = varint_write64(buffer, dictionary->count) - buffer;
	appendBinaryStringInfo(out, (char *) buffer, start);
	appendBinaryStringInfo(out, (char *) buffer, varint_write64(buffer, labels.len) - buffer);
	appendBinaryStringInfo(out, labels.data, labels.len);
	pfree(labels.data);
}

/* How the events of a value are written. */
typedef struct EventForm
{
	int flags;
	int time_unit;
	int scale;
} EventForm;

static unsigned char *
write_amount(unsigned char *at, const TimelineEvent *event, const EventForm *form)
{
	bool pure_form = (form->flags & TIMELINE_PURE) != 0;
	bool exact;

	if (event->pure)
		return varint_write64(at, 0);
	at = varint_write128(at, zigzag128(decimal_coefficient(event->amount, form->scale, &exact)) +
								 pure_form);
	Assert(exact);
	return at;
}

/* The blocks; index_start is -1 when there is no index to fill in. */
static void
append_blocks(StringInfo out, const TimelineEvent *events, int64 nevents, const EventForm *form,
			  int index_start)
{
	int64 unit = timeline_units[form->time_unit];
	int64 before = 0;
	int start = out->len;

	for (int64 i = 0; i < nevents; i++)
	{
		int64 time = events[i].at / unit;
		bool first_of_block = i % TIMELINE_BLOCK == 0;
		unsigned char *at;

		if (first_of_block)
		{
			CHECK_FOR_INTERRUPTS();
			if (index_start >= 0)
				set_offset(out, index_start, i / TIMELINE_BLOCK, out->len - start);
		}
		enlargeStringInfo(out, TIMELINE_EVENT_MAX);
		at = (unsigned char *) out->data + out->len;
		at = varint_write64(at, first_of_block ? zigzag64(time) : (uint64) time - (uint64) before);
		if (form->flags & TIMELINE_LABELS)
			at = varint_write64(at, events[i].label + 1);
		at = write_amount(at, &events[i], form);
		out->len = (char *) at - out->data;
		before = time;
	}
}

static bool
any_pure(const TimelineEvent *events, int64 nevents)
{
	for (int64 i = 0; i < nevents; i++)
		if (events[i].pure)
			return true;
	return false;
}

/* The form of sorted events, and the decimals to show: none without an amount. */
static void
choose_form(TimelineContent *content, EventForm *form)
{
	bool amounts = false;

	for (int64 i = 0; i < content->count && !amounts; i++)
		amounts = !content->events[i].pure;
	if (!amounts)
		content->scale = 0;
	form->time_unit = common_time_unit(content->events, content->count);
	form->scale = common_scale(content->events, content->count, content->scale);
	form->flags = (content->count > TIMELINE_BLOCK ? TIMELINE_DIRECTORY : 0) |
				  (content->dictionary.count > 0 ? TIMELINE_LABELS : 0) |
				  (any_pure(content->events, content->count) ? TIMELINE_PURE : 0) |
				  (form->scale < content->scale ? TIMELINE_SCALED : 0) |
				  (content->ignored > 0 ? TIMELINE_IGNORED : 0);
}

static void
append_header(StringInfo out, const TimelineContent *content, const EventForm *form)
{
	unsigned char *at;

	enlargeStringInfo(out, VARHDRSZ + TIMELINE_HEADER_MAX);
	at = (unsigned char *) out->data + VARHDRSZ;
	*at++ = TIMELINE_VERSION;
	*at++ = form->flags;
	*at++ = (unsigned char) (content->scale | form->time_unit << 5);
	if (form->flags & TIMELINE_SCALED)
		*at++ = (unsigned char) form->scale;
	at = varint_write64(at, content->count);
	if (form->flags & TIMELINE_IGNORED)
		at = varint_write64(at, content->ignored);
	out->len = (char *) at - out->data;
}

/* How long each label is in the text form as COPY writes it, with a backslash doubled. */
static int32 *
label_text_lengths(const TimelineDictionary *dictionary)
{
	int32 *lengths =
		MemoryContextAllocHuge(CurrentMemoryContext, dictionary->count * sizeof(int32));
	StringInfoData text;

	initStringInfo(&text);
	for (int32 i = 0; i < dictionary->count; i++)
	{
		const TimelineLabel *label = &dictionary->labels[i];
		char *terminated = pnstrdup(label->text, label->length);

		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&text);
		json_append_string(&text, terminated);
		lengths[i] = text.len;
		for (int at = 0; at < text.len; at++)
			lengths[i] += text.data[at] == '\\';
		pfree(terminated);
	}
	pfree(text.data);
	return lengths;
}

/* How long the longest amount is in the text form. */
static int
amount_text_length(const TimelineContent *content)
{
	Decimal largest = 0;
	StringInfoData text;

	for (int64 i = 0; i < content->count; i++)
		largest = Max(largest, Max(content->events[i].amount, -content->events[i].amount));
	initStringInfo(&text);
	decimal_append(&text, -largest, content->scale);
	pfree(text.data);
	return Max(text.len, (int) strlen("null"));
}

/*
 * A value that is stored must be one that can be dumped. It keeps a label once,
 * but its text form has the label with every event.
 */
static void
check_text_size(const TimelineContent *content)
{
	int32 *lengths;
	int64 bytes;

	if (content->dictionary.count == 0 ||
		content->count * (EVENT_TEXT_MAX + DECIMAL_MAX_LENGTH + LABEL_TEXT_MAX) < TEXT_SIZE_MAX)
		return;
	bytes = content->count * (EVENT_TEXT_MAX + amount_text_length(content));
	lengths = label_text_lengths(&content->dictionary);
	for (int64 i = 0; i < content->count; i++)
		if (content->events[i].label != TIMELINE_NO_LABEL)
			bytes += lengths[content->events[i].label];
	pfree(lengths);
	if (bytes >= TEXT_SIZE_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("timeline is too large"),
				 errdetail("Its text form may need " INT64_FORMAT " bytes; at most " INT64_FORMAT
						   " are allowed.",
						   bytes, TEXT_SIZE_MAX),
				 errhint("Use shorter labels, or aggregate fewer rows into one value, for example "
						 "with GROUP BY.")));
}

/* The canonical value of some content, which is put in order in place. */
Timeline *
timeline_encode(TimelineContent *content)
{
	int index_start = -1;
	EventForm form;
	StringInfoData out;

	timeline_sort_dictionary(content);
	check_text_size(content);
	sort_events(content->events, content->count);
	choose_form(content, &form);
	initStringInfo(&out);
	append_header(&out, content, &form);
	if (form.flags & TIMELINE_DIRECTORY)
	{
		TimelineDirectory totals;

		find_totals(content->events, content->count, &totals);
		append_directory(&out, &totals);
		index_start = append_index(&out, content->events, content->count);
	}
	if (form.flags & TIMELINE_LABELS)
		append_dictionary(&out, &content->dictionary);
	append_blocks(&out, content->events, content->count, &form, index_start);
	SET_VARSIZE(out.data, out.len);
	return (Timeline *) out.data;
}
