/*
 * timeline_log.c
 *		The events of many customers, as they come.
 *
 * Writing each event to a place of its customer's own would miss the cache for
 * every event. So customers are taken together in ranges of a thousand, in the
 * order of their numbers, and each range has one log: events are appended to a
 * few hundred places that stay in the cache. When a customer is asked for, the
 * log of its range is put in order of customers, which fits into the cache as
 * well.
 *
 * A record is a head (customer within the range, decimals, flags), the time,
 * and the amount: nearly always eight bytes, since an amount with n decimals,
 * counted in units of 10^-18, is divisible by 2^(18-n).
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "miscadmin.h"
#include "timeline_log.h"
#include "utils/memutils.h"

#define RANGE_SHIFT 10
#define RANGE_CUSTOMERS (1 << RANGE_SHIFT)

#define SMALLEST_CHUNK ((Size) 2 * 1024)
#define LARGEST_CHUNK ((Size) 256 * 1024)
#define SMALLEST_WINDOW ((Size) 1024 * 1024)
#define EVENTS_ON_STACK 64

/* Flags of a head, above the scale (bits 16 to 20) and the customer (bits 0 to 15). */
#define SCALE_SHIFT 16
#define HEAD_IGNORED (1U << 21) /* then a count, and nothing else */
#define HEAD_PURE (1U << 22)	/* no amount */
#define HEAD_WIDE (1U << 23)	/* the amount takes 16 bytes */
#define HEAD_LABEL (1U << 24)	/* a length and so many bytes follow */

#define HEAD_CUSTOMER(head) ((head) & (RANGE_CUSTOMERS - 1))
#define HEAD_SCALE(head) (((head) >> SCALE_SHIFT) & 0x1F)

/* The longest record but for its label. */
#define RECORD_MAX (sizeof(uint32) + sizeof(int64) + sizeof(Decimal) + sizeof(int32))

typedef struct Chunk
{
	struct Chunk *next;
	uint32 size;
	uint32 used;
	char records[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

typedef struct Range
{
	Chunk *first;
	Chunk *last;
	Size bytes; /* of records */
} Range;

struct TimelineLog
{
	GroupMemory *memory;
	Range *ranges;
	uint32 nranges;
	/* what has been put in order: the records of some customers of one range */
	MemoryContext context;
	uint32 first; /* number of the first customer, and of the one after the last */
	uint32 end;
	Size *starts; /* of the records of each customer of the range, then their end */
	char *records;
};

TimelineLog *
timeline_log_create(GroupMemory *memory)
{
	TimelineLog *log = group_memory_alloc(memory, sizeof(TimelineLog));

	memset(log, 0, sizeof(*log));
	log->memory = memory;
	log->context =
		AllocSetContextCreate(memory->context, "CustomerAgg timelines", ALLOCSET_SMALL_SIZES);
	return log;
}

/* A record's size from its bytes. */
static inline Size
record_size(const char *record)
{
	Size size = sizeof(uint32) + sizeof(int64);
	uint32 head;
	int32 length;

	memcpy(&head, record, sizeof(head));
	if (head & HEAD_IGNORED)
		return size;
	if (!(head & HEAD_PURE))
		size += head & HEAD_WIDE ? sizeof(Decimal) : sizeof(int64);
	if (head & HEAD_LABEL)
	{
		memcpy(&length, record + size, sizeof(length));
		size += sizeof(length) + length;
	}
	return size;
}

static void
make_ranges(TimelineLog *log, uint32 range)
{
	uint32 count = Max(Max(log->nranges * 2, range + 1), 4);
	Range *ranges = group_memory_alloc(log->memory, count * sizeof(Range));

	memset(ranges, 0, count * sizeof(Range));
	if (log->nranges > 0)
		memcpy(ranges, log->ranges, log->nranges * sizeof(Range));
	log->ranges = ranges;
	log->nranges = count;
}

/* A place for `size` bytes at the end of the range of a customer. */
static inline char *
reserve(TimelineLog *log, uint32 number, Size size)
{
	uint32 index = number >> RANGE_SHIFT;
	Range *range;
	Chunk *chunk;
	char *place;

	if (unlikely(index >= log->nranges))
		make_ranges(log, index);
	range = &log->ranges[index];
	chunk = range->last;
	if (unlikely(chunk == NULL || chunk->size - chunk->used < size))
	{
		/* A quarter of what is there: so little room stays unused. */
		Size room = Min(Max(range->bytes / 4, SMALLEST_CHUNK), LARGEST_CHUNK);

		room = Max(room, size);
		chunk = group_memory_alloc(log->memory, offsetof(Chunk, records) + room);
		chunk->next = NULL;
		chunk->size = room;
		chunk->used = 0;
		if (range->last == NULL)
			range->first = chunk;
		else
			range->last->next = chunk;
		range->last = chunk;
	}
	place = chunk->records + chunk->used;
	chunk->used += size;
	range->bytes += size;
	return place;
}

void
timeline_log_ignore(TimelineLog *log, uint32 number, int64 rows)
{
	char *place = reserve(log, number, sizeof(uint32) + sizeof(int64));
	uint32 head = HEAD_CUSTOMER(number) | HEAD_IGNORED;

	memcpy(place, &head, sizeof(head));
	memcpy(place + sizeof(head), &rows, sizeof(rows));
}

void
timeline_log_add(TimelineLog *log, uint32 number, TimestampTz at, const TimelineLabel *label,
				 const TimelineAmount *amount)
{
	char record[RECORD_MAX];
	char *end = record + sizeof(uint32);
	uint32 head = HEAD_CUSTOMER(number);
	char *place;

	memcpy(end, &at, sizeof(at));
	end += sizeof(at);
	if (amount == NULL)
		head |= HEAD_PURE;
	else
	{
		Decimal units = amount->value >> (DECIMAL_SCALE - amount->scale);
		int64 small = (int64) units;

		head |= (uint32) amount->scale << SCALE_SHIFT;
		if (likely(small == units &&
				   small * ((Decimal) 1 << (DECIMAL_SCALE - amount->scale)) == amount->value))
		{
			memcpy(end, &small, sizeof(small));
			end += sizeof(small);
		}
		else
		{
			head |= HEAD_WIDE;
			memcpy(end, &amount->value, sizeof(Decimal));
			end += sizeof(Decimal);
		}
	}
	if (label != NULL)
	{
		head |= HEAD_LABEL;
		memcpy(end, &label->length, sizeof(label->length));
		end += sizeof(label->length);
	}
	memcpy(record, &head, sizeof(head));
	place = reserve(log, number, end - record + (label != NULL ? label->length : 0));
	memcpy(place, record, end - record);
	if (label != NULL)
		memcpy(place + (end - record), label->text, label->length);
}

void
timeline_log_add_all(TimelineLog *log, uint32 number, const Timeline *timeline)
{
	TimelineContent content;

	timeline_decode(timeline, &content);
	if (content.ignored > 0)
		timeline_log_ignore(log, number, content.ignored);
	for (int64 i = 0; i < content.count; i++)
	{
		const TimelineEvent *event = &content.events[i];
		TimelineAmount amount = {event->amount, content.scale};

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		timeline_log_add(
			log, number, event->at,
			event->label != TIMELINE_NO_LABEL ? &content.dictionary.labels[event->label] : NULL,
			event->pure ? NULL : &amount);
	}
	if (content.events != NULL)
		pfree(content.events);
}

void
timeline_log_add_records(TimelineLog *log, uint32 number, const char *records, Size length)
{
	const char *end = records + length;

	while (records < end)
	{
		Size size = record_size(records);
		char *place = reserve(log, number, size);
		uint32 head;

		memcpy(place, records, size);
		memcpy(&head, place, sizeof(head));
		head = (head & ~(RANGE_CUSTOMERS - 1)) | HEAD_CUSTOMER(number);
		memcpy(place, &head, sizeof(head));
		records += size;
	}
}

/* Where the records of each customer of a range would start, were they in order. */
static void
find_starts(TimelineLog *log, const Range *range)
{
	Size start = 0;

	if (log->starts == NULL)
		log->starts =
			MemoryContextAlloc(log->memory->context, (RANGE_CUSTOMERS + 1) * sizeof(Size));
	memset(log->starts, 0, (RANGE_CUSTOMERS + 1) * sizeof(Size));
	for (const Chunk *chunk = range->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 at = 0; at < chunk->used;)
		{
			Size size = record_size(chunk->records + at);
			uint32 head;

			memcpy(&head, chunk->records + at, sizeof(head));
			log->starts[HEAD_CUSTOMER(head)] += size;
			at += size;
		}
	}
	for (int i = 0; i <= RANGE_CUSTOMERS; i++)
	{
		Size bytes = log->starts[i];

		log->starts[i] = start;
		start += bytes;
	}
}

/*
 * Copies the records of customers first .. end - 1 (within the range) in their
 * order. `next` runs ahead of `starts`.
 */
static void
gather(TimelineLog *log, const Range *range, uint32 first, uint32 end)
{
	Size next[RANGE_CUSTOMERS];
	Size base = log->starts[first];

	log->records = MemoryContextAllocHuge(log->context, Max(log->starts[end] - base, 1));
	memcpy(next, log->starts, sizeof(next));
	for (const Chunk *chunk = range->first; chunk != NULL; chunk = chunk->next)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 at = 0; at < chunk->used;)
		{
			const char *record = chunk->records + at;
			Size size = record_size(record);
			uint32 customer;

			memcpy(&customer, record, sizeof(customer));
			customer = HEAD_CUSTOMER(customer);
			at += size;
			if (customer < first || customer >= end)
				continue;
			memcpy(log->records + next[customer] - base, record, size);
			next[customer] += size;
		}
	}
}

/*
 * Puts the records of a customer and of those after it in order: of all in its
 * range when that is small, else at most a quarter, so that the copy stays
 * small and the log is read a few times at most.
 */
static void
put_in_order(TimelineLog *log, uint32 number)
{
	static const Range nothing;
	uint32 index = number >> RANGE_SHIFT;
	uint32 first = HEAD_CUSTOMER(number);
	uint32 end = first + 1;
	const Range *range = index < log->nranges ? &log->ranges[index] : &nothing;
	Size window = Max(SMALLEST_WINDOW, range->bytes / 4);

	MemoryContextReset(log->context);
	find_starts(log, range);
	while (end < RANGE_CUSTOMERS && log->starts[end + 1] - log->starts[first] <= window)
		end++;
	gather(log, range, first, end);
	log->first = number;
	log->end = number + (end - first);
}

const char *
timeline_log_records(TimelineLog *log, uint32 number, Size *length)
{
	uint32 customer = HEAD_CUSTOMER(number);

	if (number < log->first || number >= log->end)
		put_in_order(log, number);
	*length = log->starts[customer + 1] - log->starts[customer];
	return log->records + (log->starts[customer] - log->starts[HEAD_CUSTOMER(log->first)]);
}

/* One record, taken apart; false for a count of ignored rows. */
static bool
read_record(const char *record, TimelineContent *content, TimelineEvent *event)
{
	uint32 head;
	int scale;
	int64 number;
	TimelineLabel label;

	memcpy(&head, record, sizeof(head));
	record += sizeof(head);
	memcpy(&number, record, sizeof(number));
	record += sizeof(number);
	if (head & HEAD_IGNORED)
	{
		content->ignored = add_counts(content->ignored, number, "ignored rows");
		return false;
	}
	event->at = number;
	event->amount = 0;
	event->label = TIMELINE_NO_LABEL;
	event->pure = (head & HEAD_PURE) != 0;
	scale = HEAD_SCALE(head);
	if (!event->pure)
		content->scale = Max(content->scale, scale);
	if (head & HEAD_WIDE)
	{
		memcpy(&event->amount, record, sizeof(Decimal));
		record += sizeof(Decimal);
	}
	else if (!event->pure)
	{
		memcpy(&number, record, sizeof(number));
		event->amount = number * ((Decimal) 1 << (DECIMAL_SCALE - scale));
		record += sizeof(number);
	}
	if (head & HEAD_LABEL)
	{
		memcpy(&label.length, record, sizeof(label.length));
		label.text = record + sizeof(label.length);
		event->label = timeline_intern(&content->dictionary, label.text, label.length);
	}
	return true;
}

Timeline *
timeline_log_finish(TimelineLog *log, uint32 number)
{
	TimelineEvent on_stack[EVENTS_ON_STACK];
	TimelineContent content;
	Timeline *result;
	Size length;
	const char *record = timeline_log_records(log, number, &length);
	const char *end = record + length;
	int64 most = 0;

	if (length == 0)
		return NULL;
	for (const char *at = record; at < end; at += record_size(at))
		most++;
	memset(&content, 0, sizeof(content));
	content.events = on_stack;
	if (most > EVENTS_ON_STACK)
		content.events = MemoryContextAllocHuge(CurrentMemoryContext, most * sizeof(TimelineEvent));
	for (; record < end; record += record_size(record))
		if (read_record(record, &content, &content.events[content.count]))
			timeline_check_count(++content.count);
	result = timeline_encode(&content);
	if (content.events != on_stack)
		pfree(content.events);
	return result;
}
