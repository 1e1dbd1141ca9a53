/*
 * timeline_read.c
 *		Reading the stored form of a timeline, byte by byte.
 *
 * Every read is checked against the end of the value: a damaged page gives an
 * error, not a crash. Input functions use the same code to judge bytes from
 * outside, so it has a form that reports instead of raising.
 */
#include "postgres.h"
#include "compat.h"

#include "base/state.h"
#include "base/varint.h"
#include "timeline_layout.h"

const int64 timeline_units[TIMELINE_UNITS] = {
	1, 1000, USECS_PER_SEC, USECS_PER_MINUTE, USECS_PER_HOUR, USECS_PER_DAY};

pg_noreturn static void corrupted(void);

static pg_noinline void
corrupted(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored timeline is damaged")));
}

static inline uint64
read_fixed(const unsigned char **at, int bytes)
{
	uint64 value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64) (*at)[i] << (8 * i);
	*at += bytes;
	return value;
}

static inline Decimal
read_fixed_decimal(const unsigned char **at)
{
	uint64 low = read_fixed(at, 8);

	return (Decimal) ((uint128) read_fixed(at, 8) << 64 | low);
}

/* Step over the dictionary, which stands before the blocks. */
static bool
find_dictionary(TimelineHeader *header)
{
	const unsigned char *at = header->blocks;
	uint64 count, size;

	if ((at = varint_read64(at, header->end, &count)) == NULL ||
		(at = varint_read64(at, header->end, &size)) == NULL || count == 0 ||
		count > (uint64) header->events || size > (uint64) (header->end - at) || count > size)
		return false;
	header->labels = (int32) count;
	header->dictionary = at;
	header->blocks = at + size;
	return true;
}

/*
 * Understand a header. False when it is not one of ours. With `whole` false,
 * data may be only the first TIMELINE_HEADER_MAX bytes of a longer value.
 */
bool
timeline_open_bytes(const unsigned char *data, Size size, bool whole, TimelineHeader *header)
{
	const unsigned char *end = data + size;
	const unsigned char *at = data + TIMELINE_FIXED_SIZE;
	uint64 events;
	uint64 ignored = 0;
	uint64 index_size;

	if (size < TIMELINE_FIXED_SIZE || data[0] != TIMELINE_VERSION ||
		(data[1] & ~TIMELINE_KNOWN_FLAGS) != 0)
		return false;
	header->data = data;
	header->flags = data[1];
	header->scale = data[2] & 0x1F;
	header->time_unit = data[2] >> 5;
	header->stored_scale = header->scale;
	header->end = end;
	header->directory = NULL;
	if ((header->flags & TIMELINE_SCALED) && at < end)
		header->stored_scale = *at++;
	if (header->scale > DECIMAL_SCALE || header->stored_scale > header->scale ||
		header->time_unit >= TIMELINE_UNITS)
		return false;
	at = varint_read64(at, end, &events);
	if (at == NULL)
		return false;
	if ((header->flags & TIMELINE_IGNORED) &&
		((at = varint_read64(at, end, &ignored)) == NULL || ignored > PG_INT64_MAX))
		return false;
	/* An event takes at least two bytes; this also bounds what is allocated for them. */
	if (whole && events > (uint64) (end - at) / 2)
		return false;
	header->events = (int64) events;
	header->ignored = (int64) ignored;
	if (((header->flags & TIMELINE_DIRECTORY) != 0) != (events > TIMELINE_BLOCK))
		return false;
	header->blocks = at;
	header->dictionary = NULL;
	header->labels = 0;
	if (header->flags & TIMELINE_DIRECTORY)
	{
		if (end - at < TIMELINE_DIRECTORY_SIZE)
			return false;
		header->directory = at;
		index_size = (events + TIMELINE_BLOCK - 1) / TIMELINE_BLOCK * TIMELINE_INDEX_ENTRY_SIZE;
		if (!whole)
			header->blocks = NULL;
		else if ((uint64) (end - at) < TIMELINE_DIRECTORY_SIZE + index_size)
			return false;
		else
			header->blocks = at + TIMELINE_DIRECTORY_SIZE + index_size;
	}
	return !whole || (header->flags & TIMELINE_LABELS) == 0 || find_dictionary(header);
}

/* Understand the header of a stored canonical value. */
void
timeline_open(const Timeline *timeline, TimelineHeader *header)
{
	if (!timeline_open_bytes((const unsigned char *) VARDATA_ANY(timeline),
							 VARSIZE_ANY_EXHDR(timeline), true, header))
		corrupted();
}

void
timeline_read_directory(const TimelineHeader *header, TimelineDirectory *directory)
{
	const unsigned char *at = header->directory;

	directory->first_event = (int64) read_fixed(&at, 8);
	directory->last_event = (int64) read_fixed(&at, 8);
	directory->first_purchase = (int64) read_fixed(&at, 8);
	directory->last_purchase = (int64) read_fixed(&at, 8);
	directory->purchases = (int64) read_fixed(&at, 8);
	directory->gross = read_fixed_decimal(&at);
	directory->refunds = read_fixed_decimal(&at);
	Assert(at - header->directory == TIMELINE_DIRECTORY_SIZE);
}

int64
timeline_block_count(const TimelineHeader *header)
{
	return (header->events + TIMELINE_BLOCK - 1) / TIMELINE_BLOCK;
}

/* When a block of a value with a directory begins, and where, counted from the first one. */
void
timeline_read_index(const TimelineHeader *header, int64 block, TimestampTz *at, uint32 *offset)
{
	const unsigned char *entry =
		header->directory + TIMELINE_DIRECTORY_SIZE + block * TIMELINE_INDEX_ENTRY_SIZE;

	*at = (int64) read_fixed(&entry, 8);
	*offset = (uint32) read_fixed(&entry, 4);
}

/* Start at a later block instead of the first one. */
void
timeline_skip_blocks(TimelineReader *reader, const TimelineHeader *header, int64 blocks)
{
	TimestampTz at;
	uint32 offset;

	if (blocks == 0)
		return;
	timeline_read_index(header, blocks, &at, &offset);
	if (offset > header->end - header->blocks)
		corrupted();
	reader->at = header->blocks + offset;
	reader->left -= blocks * TIMELINE_BLOCK;
}

/* Fetch the first bytes of a value that has a directory, and open them. */
static void
fetch_front(Datum datum, Size size, TimelineHeader *header)
{
	struct varlena *front = PG_DETOAST_DATUM_SLICE(datum, 0, size);

	if (!timeline_open_bytes((const unsigned char *) VARDATA_ANY(front), VARSIZE_ANY_EXHDR(front),
							 false, header) ||
		header->directory == NULL || VARSIZE_ANY_EXHDR(front) < size)
		corrupted();
	header->blocks = header->directory + TIMELINE_DIRECTORY_SIZE +
					 timeline_block_count(header) * TIMELINE_INDEX_ENTRY_SIZE;
}

/* All that stands before the blocks: first as far as the dictionary's size, then with it. */
static void
fetch_before_blocks(Datum datum, TimelineHeader *header)
{
	Size index_end = header->directory - header->data + TIMELINE_DIRECTORY_SIZE +
					 timeline_block_count(header) * TIMELINE_INDEX_ENTRY_SIZE;
	const unsigned char *at;
	uint64 count, size;

	/* More than a block of events follows, so these bytes are there. */
	fetch_front(datum, index_end + 2 * VARINT64_MAX, header);
	if ((header->flags & TIMELINE_LABELS) == 0)
		return;
	if ((at = varint_read64(header->blocks, header->end, &count)) == NULL ||
		(at = varint_read64(at, header->end, &size)) == NULL || size > STATE_MAX_SIZE)
		corrupted();
	fetch_front(datum, at - header->data + size, header);
	if (!find_dictionary(header))
		corrupted();
}

/*
 * Open all of a value but its blocks. Of one that is stored out of line only
 * the front is fetched where it has a directory; *datum then still is the
 * whole value, otherwise it is the one that was opened.
 */
void
timeline_open_front(Datum *datum, TimelineHeader *header)
{
	struct varlena *front;
	Size size = TIMELINE_HEADER_MAX;

	if (!VARATT_IS_EXTERNAL(DatumGetPointer(*datum)))
	{
		*datum = PointerGetDatum(timeline_canonical(DatumGetTimeline(*datum)));
		timeline_open((Timeline *) DatumGetPointer(*datum), header);
		return;
	}
	front = PG_DETOAST_DATUM_SLICE(*datum, 0, size);
	if (!timeline_open_bytes((const unsigned char *) VARDATA_ANY(front), VARSIZE_ANY_EXHDR(front),
							 false, header) ||
		header->directory == NULL)
	{
		*datum = PointerGetDatum(timeline_canonical(DatumGetTimeline(*datum)));
		timeline_open((Timeline *) DatumGetPointer(*datum), header);
		return;
	}
	fetch_before_blocks(*datum, header);
}

/* The labels of a value; false when the bytes make no sense. */
bool
timeline_try_read_dictionary(const TimelineHeader *header, TimelineDictionary *dictionary)
{
	const unsigned char *at = header->dictionary;

	memset(dictionary, 0, sizeof(*dictionary));
	if (header->labels == 0)
		return true;
	dictionary->labels = palloc(header->labels * sizeof(TimelineLabel));
	dictionary->room = header->labels;
	for (; dictionary->count < header->labels; dictionary->count++)
	{
		TimelineLabel *label = &dictionary->labels[dictionary->count];
		uint64 length;

		if ((at = varint_read64(at, header->blocks, &length)) == NULL ||
			length > TIMELINE_LABEL_MAX || length > (uint64) (header->blocks - at))
			return false;
		label->text = (const char *) at;
		label->length = (int32) length;
		at += length;
	}
	return at == header->blocks;
}

void
timeline_read_dictionary(const TimelineHeader *header, TimelineDictionary *dictionary)
{
	if (!timeline_try_read_dictionary(header, dictionary))
		corrupted();
}

void
timeline_reader_init(TimelineReader *reader, const TimelineHeader *header)
{
	reader->at = header->blocks;
	reader->end = header->end;
	reader->left = header->events;
	reader->block_left = 0;
	reader->log = false;
	reader->labelled = (header->flags & TIMELINE_LABELS) != 0;
	reader->pure = (header->flags & TIMELINE_PURE) != 0;
	reader->labels = header->labels;
	reader->time_unit = timeline_units[header->time_unit];
	reader->amount_unit = decimal_power_of_ten(DECIMAL_SCALE - header->stored_scale);
	reader->time = 0;
}

/* The units of the next record of a builder's log. */
static inline bool
read_record_units(TimelineReader *reader)
{
	uint8 units;

	if (reader->at >= reader->end)
		return false;
	units = *reader->at++;
	reader->pure = (units & 0x1F) == TIMELINE_RECORD_PURE;
	if (units >> 5 >= TIMELINE_UNITS || (!reader->pure && (units & 0x1F) > DECIMAL_SCALE))
		return false;
	reader->time_unit = timeline_units[units >> 5];
	if (!reader->pure)
		reader->amount_unit = decimal_power_of_ten(DECIMAL_SCALE - (units & 0x1F));
	return true;
}

/* The time of the next event, in reader->time. */
static inline bool
read_time(TimelineReader *reader)
{
	bool absolute = !reader->log && reader->block_left == 0;
	uint64 folded;
	int64 step, before;

	reader->at = varint_read64(reader->at, reader->end, &folded);
	if (reader->at == NULL)
		return false;
	if (absolute)
	{
		reader->time = unzigzag64(folded);
		reader->block_left = TIMELINE_BLOCK;
		return true;
	}
	before = reader->time;
	if (!reader->log)
	{
		/* The whole range of times is wider than an int64, so add as unsigned. */
		reader->time = (int64) ((uint64) before + folded);
		return reader->time >= before;
	}
	/* In a log, time is kept in microseconds: the unit changes from record to record. */
	if (__builtin_mul_overflow(unzigzag64(folded), reader->time_unit, &step))
		return false;
	reader->time = (int64) ((uint64) before + (uint64) step);
	return true;
}

/* The label of the next event: its index, or in a log its bytes. */
static inline bool
read_label(TimelineReader *reader, TimelineEvent *event)
{
	uint64 id;

	event->label = TIMELINE_NO_LABEL;
	reader->label.text = NULL;
	if (!reader->labelled)
		return true;
	reader->at = varint_read64(reader->at, reader->end, &id);
	if (reader->at == NULL)
		return false;
	if (id == 0)
		return true;
	id--;
	if (!reader->log)
	{
		event->label = (int32) id;
		return id < (uint64) reader->labels;
	}
	if (id > (uint64) (reader->end - reader->at))
		return false;
	reader->label.text = (const char *) reader->at;
	reader->label.length = (int32) id;
	reader->at += id;
	return true;
}

/* The amount of the next event. */
static inline bool
read_amount(TimelineReader *reader, TimelineEvent *event)
{
	uint128 folded;

	event->amount = 0;
	event->pure = reader->log && reader->pure;
	if (event->pure)
		return true;
	reader->at = varint_read128(reader->at, reader->end, &folded);
	if (reader->at == NULL)
		return false;
	if (!reader->log && reader->pure && folded-- == 0)
	{
		event->pure = true;
		return true;
	}
	event->amount = unzigzag128(folded);
	if (event->amount > (Decimal) PG_INT64_MAX || event->amount < (Decimal) PG_INT64_MIN)
	{
		Decimal limit = (Decimal) (~(uint128) 0 >> 1) / reader->amount_unit;

		if (event->amount > limit || event->amount < -limit)
			return false;
	}
	event->amount *= reader->amount_unit;
	return true;
}

/* The next event; false at the end, and with *valid false when the bytes make no sense. */
bool
timeline_try_next(TimelineReader *reader, TimelineEvent *event, bool *valid)
{
	if (reader->left == 0)
		return false;
	*valid = false;
	if (reader->log && !read_record_units(reader))
		return false;
	if (!read_time(reader) || !read_label(reader, event) || !read_amount(reader, event))
		return false;
	if (reader->log)
		event->at = reader->time;
	else if (__builtin_mul_overflow(reader->time, reader->time_unit, &event->at))
		return false;
	reader->left--;
	reader->block_left--;
	*valid = true;
	return true;
}

/* The next event of a stored value; false at the end. */
bool
timeline_next(TimelineReader *reader, TimelineEvent *event)
{
	bool valid = true;

	if (likely(timeline_try_next(reader, event, &valid)))
		return true;
	if (!valid)
		corrupted();
	return false;
}
