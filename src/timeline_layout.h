/*
 * timeline_layout.h
 *		The stored form of a timeline. Only the room's own files include this;
 *		others use timeline.h.
 *
 * Canonical form, after the varlena header; a string of bytes that is the same
 * on every machine, and the same for equal content:
 *
 *		byte 0		version, 1
 *		byte 1		flags (TIMELINE_* below; unknown ones are refused)
 *		byte 2		low 5 bits: decimals to show; high 3 bits: time unit
 *		if TIMELINE_SCALED: byte of the decimals of the stored amounts, where fewer than are shown
 *		varint		number of events
 *		if TIMELINE_IGNORED: varint of the rows ignored, where there are any
 *		if TIMELINE_DIRECTORY: TimelineDirectory, then the block index
 *		if TIMELINE_LABELS: dictionary (varint count, varint size in bytes of
 *			the rest; each label varint length, bytes), in order of bytes, with
 *			exactly the labels that occur
 *		blocks of up to TIMELINE_BLOCK events
 *
 * An event is its time (zigzag varint of the time itself for the first of a
 * block, varint of the step from the one before for the others), with
 * TIMELINE_LABELS the varint id of its label (0: NULL, 1..: in dictionary
 * order), then its amount (zigzag varint). With TIMELINE_PURE amounts may be
 * absent: 0 stands for absent, others are one higher. Events are in order of
 * (time, label, amount). Times count time units since 2000-01-01 UTC, in the
 * largest unit that holds all of them; amounts count units of the smallest
 * scale that holds all of them. TIMELINE_LABELS and TIMELINE_PURE are set
 * exactly when there is a label, or an event without an amount.
 *
 * TIMELINE_DIRECTORY is set exactly when there is more than one block. A value
 * of one block is read whole at no cost, so it does not pay for a directory:
 * most customers have few events, and these few bytes are most of their size.
 *
 * The directory, all little-endian: see TimelineDirectory. The block index has
 * for each block the time of its first event (int64, microseconds) and where it starts
 * (uint32, counted from the first block).
 *
 * TIMELINE_BUILDER marks the other form, the state of the aggregates: see
 * TimelineBuilder. It is never sent, printed or left by a final function.
 */
#ifndef CUSTOMER_PROFILE_TIMELINE_LAYOUT_H
#define CUSTOMER_PROFILE_TIMELINE_LAYOUT_H

#include "timeline.h"

#define TIMELINE_VERSION 1

#define TIMELINE_BUILDER 0x01
#define TIMELINE_DIRECTORY 0x02
#define TIMELINE_LABELS 0x04
#define TIMELINE_PURE 0x08
#define TIMELINE_SCALED 0x10
#define TIMELINE_IGNORED 0x20
#define TIMELINE_KNOWN_FLAGS \
	(TIMELINE_DIRECTORY | TIMELINE_LABELS | TIMELINE_PURE | TIMELINE_SCALED | TIMELINE_IGNORED)

#define TIMELINE_BLOCK 128

/* So that the text form stays below the 1 GB that a dump can hold; timeline_encode() looks at long labels. */
#define TIMELINE_MAX_EVENTS 10000000

#define TIMELINE_FIXED_SIZE 3			 /* bytes 0 to 2 */
#define TIMELINE_DIRECTORY_SIZE 72		 /* without the block index */
#define TIMELINE_INDEX_ENTRY_SIZE 12	 /* int64 time, uint32 offset */
#define TIMELINE_HEADER_MAX 128			 /* all before the block index fits in here */
#define TIMELINE_EVENT_MAX (10 + 5 + 19) /* bytes of the longest event */

#define TIMELINE_NO_LABEL (-1)
#define TIMELINE_LABEL_MAX 1000 /* bytes */

typedef struct TimelineEvent
{
	TimestampTz at;
	Decimal amount; /* 0 for a pure event */
	int32 label;	/* index into the dictionary, or TIMELINE_NO_LABEL */
	bool pure;		/* without an amount */
} TimelineEvent;

typedef struct TimelineLabel
{
	const char *text; /* not terminated */
	int32 length;
} TimelineLabel;

/* An amount and the decimals to show. */
typedef struct TimelineAmount
{
	Decimal value;
	int scale;
} TimelineAmount;

/* The labels of some events, each once. In a canonical value they are in order of bytes. */
typedef struct TimelineDictionary
{
	TimelineLabel *labels;
	int32 count;
	int32 room;
	int32 *slots; /* hash table of indexes, once there are many labels */
	int32 nslots; /* a power of two */
} TimelineDictionary;

/* All that a timeline says, decoded. */
typedef struct TimelineContent
{
	TimelineEvent *events;
	int64 count;
	TimelineDictionary dictionary;
	int scale; /* decimals to show */
	int64 ignored;
} TimelineContent;

/* Totals of all events; stored only beside more than one block. */
typedef struct TimelineDirectory
{
	TimestampTz first_event;
	TimestampTz last_event;
	TimestampTz first_purchase; /* DT_NOBEGIN: none */
	TimestampTz last_purchase;	/* DT_NOBEGIN: none */
	int64 purchases;
	Decimal gross;
	Decimal refunds; /* positive */
} TimelineDirectory;

/*
 * The state of the aggregates: a log of events in the order they came, with
 * spare room at the end. Each record is one byte (low 5 bits: decimals of the
 * amount, or TIMELINE_RECORD_PURE; high 3 bits: time unit), the zigzag varint
 * of the step from the time before, with TIMELINE_LABELS a varint (0: NULL,
 * otherwise one more than the length) and the bytes of the label, and unless
 * pure the zigzag varint of the amount.
 */
#define TIMELINE_RECORD_PURE 0x1F

typedef struct TimelineBuilder
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 flags; /* TIMELINE_BUILDER, TIMELINE_LABELS */
	uint8 scale; /* decimals to show: the largest seen */
	uint8 reserved;
	uint32 events;
	uint32 used; /* bytes of log */
	int64 ignored;
	TimestampTz last_at; /* time of the last record */
	unsigned char log[FLEXIBLE_ARRAY_MEMBER];
} TimelineBuilder;

/* What the header of a canonical value says, and where its events are. */
typedef struct TimelineHeader
{
	uint8 flags;
	int scale;		  /* decimals to show */
	int stored_scale; /* decimals of the stored amounts */
	int time_unit;	  /* index into timeline_units */
	int64 events;
	int64 ignored;
	const unsigned char *data;		/* byte 0 */
	const unsigned char *directory; /* NULL: none */
	int32 labels;					/* in the dictionary */
	const unsigned char *dictionary;
	const unsigned char *blocks;
	const unsigned char *end;
} TimelineHeader;

/* Reads the events of a canonical value or of a builder one by one. */
typedef struct TimelineReader
{
	const unsigned char *at;
	const unsigned char *end;
	int64 left;		 /* events still to come */
	int block_left;	 /* events still to come in this block */
	bool log;		 /* a builder's log: each record says its own units */
	bool labelled;	 /* records carry a label */
	bool pure;		 /* amounts may be absent */
	int32 labels;	 /* in the dictionary */
	int64 time_unit; /* microseconds */
	Decimal amount_unit;
	TimestampTz time;	 /* of the last event, in units */
	TimelineLabel label; /* of a log: the last event's; text is NULL without one */
} TimelineReader;

#define TIMELINE_UNITS 6
extern const int64 timeline_units[TIMELINE_UNITS]; /* microseconds, ascending */

pg_noreturn extern void timeline_fail_count(void);

static inline void
timeline_check_count(int64 events)
{
	if (unlikely(events > TIMELINE_MAX_EVENTS))
		timeline_fail_count();
}

static inline bool
timeline_is_builder(const Timeline *timeline)
{
	return (((const uint8 *) VARDATA_ANY(timeline))[1] & TIMELINE_BUILDER) != 0;
}

/* timeline_read.c */
extern void timeline_open(const Timeline *timeline, TimelineHeader *header);
extern bool
timeline_open_bytes(const unsigned char *data, Size size, bool whole, TimelineHeader *header);
extern void timeline_read_directory(const TimelineHeader *header, TimelineDirectory *directory);
extern bool
timeline_try_read_dictionary(const TimelineHeader *header, TimelineDictionary *dictionary);
extern void timeline_read_dictionary(const TimelineHeader *header, TimelineDictionary *dictionary);
extern void timeline_open_front(Datum *datum, TimelineHeader *header);
extern int64 timeline_block_count(const TimelineHeader *header);
extern void
timeline_read_index(const TimelineHeader *header, int64 block, TimestampTz *at, uint32 *offset);
extern void
timeline_skip_blocks(TimelineReader *reader, const TimelineHeader *header, int64 blocks);
extern void timeline_reader_init(TimelineReader *reader, const TimelineHeader *header);
extern bool timeline_next(TimelineReader *reader, TimelineEvent *event);
extern bool timeline_try_next(TimelineReader *reader, TimelineEvent *event, bool *valid);

/* timeline_dictionary.c */
extern int32 timeline_intern(TimelineDictionary *dictionary, const char *text, int32 length);
extern void timeline_sort_dictionary(TimelineContent *content);
extern void timeline_check_label(int32 length);

/* timeline_write.c: content is sorted in place, its labels put in order, those that do not occur left out */
extern Timeline *timeline_encode(TimelineContent *content);
extern int timeline_compare_events(const TimelineEvent *a, const TimelineEvent *b);

/* timeline_build.c */
extern Timeline *timeline_canonical(const Timeline *timeline);
extern void timeline_decode(const Timeline *timeline, TimelineContent *content);
extern void timeline_label_argument(Datum datum, TimelineLabel *label);

#endif /* CUSTOMER_PROFILE_TIMELINE_LAYOUT_H */
