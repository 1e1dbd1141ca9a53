/*
 * timeline_write.c
 *		From events to the canonical stored form of a timeline.
 */
#include "postgres.h"
#include "compat.h"

#include "base/varint.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "timeline_layout.h"

static int
compare_events(const void *left, const void *right)
{
	const TimelineEvent *a = left;
	const TimelineEvent *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->amount != b->amount)
		return a->amount < b->amount ? -1 : 1;
	return 0;
}

/* Sorting a million events takes a while: let it be cancelled. */
static int
compare_interruptibly(const void *left, const void *right)
{
	CHECK_FOR_INTERRUPTS();
	return compare_events(left, right);
}

static void
sort_events(TimelineEvent *events, int64 nevents)
{
	for (int64 i = 1; i < nevents; i++)
	{
		if (compare_events(&events[i - 1], &events[i]) > 0)
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
void
timeline_totals(const TimelineEvent *events, int64 nevents, TimelineDirectory *totals)
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

/* The blocks; index_start is -1 when there is no index to fill in. */
static void
append_blocks(StringInfo out, const TimelineEvent *events, int64 nevents, int time_unit, int scale,
			  int index_start)
{
	int64 unit = timeline_units[time_unit];
	int64 before = 0;
	int start = out->len;

	for (int64 i = 0; i < nevents; i++)
	{
		int64 time = events[i].at / unit;
		bool first_of_block = i % TIMELINE_BLOCK == 0;
		unsigned char *at;
		bool exact;

		if (first_of_block)
		{
			CHECK_FOR_INTERRUPTS();
			if (index_start >= 0)
				set_offset(out, index_start, i / TIMELINE_BLOCK, out->len - start);
		}
		enlargeStringInfo(out, TIMELINE_EVENT_MAX);
		at = (unsigned char *) out->data + out->len;
		at = varint_write64(at, first_of_block ? zigzag64(time) : (uint64) time - (uint64) before);
		at = varint_write128(at, zigzag128(decimal_coefficient(events[i].amount, scale, &exact)));
		Assert(exact);
		out->len = (char *) at - out->data;
		before = time;
	}
}

/*
 * The canonical value of some events, which are sorted in place. `scale` is
 * the number of decimals to show; without events it must be 0.
 */
Timeline *
timeline_encode(TimelineEvent *events, int64 nevents, int scale, int64 ignored)
{
	bool directory = nevents > TIMELINE_BLOCK;
	int index_start = -1;
	StringInfoData out;
	unsigned char *at;
	int time_unit, stored_scale;

	Assert(nevents > 0 || scale == 0);
	sort_events(events, nevents);
	time_unit = common_time_unit(events, nevents);
	stored_scale = common_scale(events, nevents, scale);

	initStringInfo(&out);
	enlargeStringInfo(&out, VARHDRSZ + TIMELINE_HEADER_MAX);
	at = (unsigned char *) out.data + VARHDRSZ;
	*at++ = TIMELINE_VERSION;
	*at++ = (directory ? TIMELINE_DIRECTORY : 0) | (stored_scale < scale ? TIMELINE_SCALED : 0) |
			(ignored > 0 ? TIMELINE_IGNORED : 0);
	*at++ = (unsigned char) (scale | time_unit << 5);
	if (stored_scale < scale)
		*at++ = (unsigned char) stored_scale;
	at = varint_write64(at, nevents);
	if (ignored > 0)
		at = varint_write64(at, ignored);
	out.len = (char *) at - out.data;
	if (directory)
	{
		TimelineDirectory totals;

		timeline_totals(events, nevents, &totals);
		append_directory(&out, &totals);
		index_start = append_index(&out, events, nevents);
	}
	append_blocks(&out, events, nevents, time_unit, stored_scale, index_start);
	SET_VARSIZE(out.data, out.len);
	return (Timeline *) out.data;
}
