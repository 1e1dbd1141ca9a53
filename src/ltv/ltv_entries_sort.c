/*
 * ltv_entries_sort.c
 *		Sorting and merging entries without extra numbers, quickly.
 *
 * Customers without a repeat purchase are only counted by T. For the others
 * (x, t_x, T), the times by their rank among the distinct ones, and the position
 * of the entry are put into one number of 64 bits, which is sorted by radix: 8
 * bytes are moved where an entry has 32. Means hardly ever repeat, so they are
 * compared, among the customers of one history.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_entries.h"
#include "ltv/ltv_times.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#define MOST_TIMES 0x10000 /* their numbers take 16 bits */
#define DIGIT_BITS_MAX 11
#define AHEAD 12				/* entries fetched before they are needed */
#define INTERRUPT_EVERY 0xFFFFF /* entries between checks, a bit mask */

typedef struct Sorting
{
	const LtvEntry *entries;
	int64 n;
	LtvTimes times;
	int32 room;	  /* for times */
	uint64 *once; /* customers without a repeat purchase, by number of T, then by rank */
	int32 *rank;  /* of times, by number */

	uint64 *items; /* of entries with a repeat purchase */
	uint64 *spare; /* as many */
	int64 nitems;
	int32 most_x;
	int position_bits; /* the lowest ones of an item */
	int key_bits;	   /* those above */
} Sorting;

static void *
allocate(int64 n, Size size)
{
	return palloc_extended(Max(n, 1) * size, MCXT_ALLOC_HUGE);
}

/* Bits that the numbers 0 .. most take. */
static inline int
bits_of(uint64 most)
{
	return most == 0 ? 0 : pg_leftmost_one_pos64(most) + 1;
}

static void
begin(Sorting *sorting, const LtvEntry *entries, int64 n)
{
	memset(sorting, 0, sizeof(*sorting));
	sorting->entries = entries;
	sorting->n = n;
	sorting->room = (int32) Min(2 * n, MOST_TIMES);
	ltv_times_init(&sorting->times);
	ltv_times_restart(&sorting->times, allocate(sorting->room, sizeof(double)));
	sorting->once =
		memset(allocate(sorting->room, sizeof(uint64)), 0, sorting->room * sizeof(uint64));
	sorting->rank = allocate(sorting->room, sizeof(int32));
	sorting->items = allocate(n, sizeof(uint64));
}

static void
end(Sorting *sorting)
{
	pfree(sorting->times.times);
	ltv_times_free(&sorting->times);
	pfree(sorting->once);
	pfree(sorting->rank);
	pfree(sorting->items);
	if (sorting->spare != NULL)
		pfree(sorting->spare);
}

/* Numbers the times; false when there are too many of them. */
static bool
number_times(Sorting *sorting)
{
	LtvTimes *times = &sorting->times;

	for (int64 i = 0; i < sorting->n; i++)
	{
		const LtvEntry *entry = &sorting->entries[i];
		uint64 T;
		uint64 t_x;

		if ((i & INTERRUPT_EVERY) == 0)
			CHECK_FOR_INTERRUPTS();
		if (times->count > sorting->room - 2)
			return false;
		T = ltv_times_number(times, entry->T);
		if (entry->x == 0)
		{
			sorting->once[T] += entry->customers;
			continue;
		}
		t_x = ltv_times_number(times, entry->t_x);
		sorting->most_x = Max(sorting->most_x, entry->x);
		sorting->items[sorting->nitems++] = t_x << 48 | T << 32 | i;
	}
	return true;
}

/* From numbers to ranks; false when an item has too few bits. */
static bool
rank_times(Sorting *sorting)
{
	int time_bits = bits_of(Max(sorting->times.count, 1) - 1);
	uint64 *once = sorting->once;

	sorting->position_bits = bits_of(sorting->n - 1);
	sorting->key_bits = bits_of(sorting->most_x) + 2 * time_bits;
	if (sorting->position_bits + sorting->key_bits > 64)
		return false;
	ltv_times_sort(&sorting->times, sorting->rank);
	sorting->once = allocate(sorting->room, sizeof(uint64));
	for (int32 i = 0; i < sorting->times.count; i++)
		sorting->once[sorting->rank[i]] = once[i];
	pfree(once);
	for (int64 i = 0; i < sorting->nitems; i++)
	{
		uint64 item = sorting->items[i];
		uint64 position = item & 0xFFFFFFFF;
		uint64 key = sorting->entries[position].x;

		key = key << time_bits | sorting->rank[item >> 48];
		key = key << time_bits | sorting->rank[item >> 32 & 0xFFFF];
		sorting->items[i] = key << sorting->position_bits | position;
	}
	return true;
}

/* One stable pass by some bits. */
static void
sort_by_digit(const uint64 *from, uint64 *to, int64 n, int shift, int bits)
{
	int64 next[1 << DIGIT_BITS_MAX] = {0};
	uint64 mask = (UINT64CONST(1) << bits) - 1;
	int64 before = 0;

	CHECK_FOR_INTERRUPTS();
	for (int64 i = 0; i < n; i++)
		next[from[i] >> shift & mask]++;
	for (uint64 digit = 0; digit <= mask; digit++)
	{
		int64 count = next[digit];

		next[digit] = before;
		before += count;
	}
	for (int64 i = 0; i < n; i++)
		to[next[from[i] >> shift & mask]++] = from[i];
}

static void
sort_items(Sorting *sorting)
{
	int passes = (sorting->key_bits + DIGIT_BITS_MAX - 1) / DIGIT_BITS_MAX;

	sorting->spare = allocate(sorting->nitems, sizeof(uint64));
	for (int pass = 0, done = 0; pass < passes; pass++)
	{
		int bits = (sorting->key_bits - done) / (passes - pass);
		uint64 *from = sorting->items;

		sort_by_digit(from, sorting->spare, sorting->nitems, sorting->position_bits + done, bits);
		sorting->items = sorting->spare;
		sorting->spare = from;
		done += bits;
	}
}

#define ST_SORT sort_by_mean
#define ST_ELEMENT_TYPE LtvEntry
#define ST_COMPARE(a, b) (((a)->mean > (b)->mean) - ((a)->mean < (b)->mean))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Customers of one history: sorts and merges them; returns how many remain. */
static inline int64
merge_history(LtvEntry *entries, int64 n)
{
	int64 kept = 0;

	if (n == 1)
		return 1;
	sort_by_mean(entries, n);
	for (int64 i = 1; i < n; i++)
		if (entries[i].mean == entries[kept].mean)
			ltv_entry_add_customers(&entries[kept], entries[i].customers);
		else
			entries[++kept] = entries[i];
	return kept + 1;
}

/* The entries without a repeat purchase; returns how many. */
static int64
write_once(const Sorting *sorting, LtvEntry *to)
{
	int64 n = 0;

	for (int32 i = 0; i < sorting->times.count; i++)
		if (sorting->once[i] > 0)
		{
			to[n] = (LtvEntry){.T = sorting->times.times[i]};
			ltv_entry_add_customers(&to[n++], sorting->once[i]);
		}
	return n;
}

/* The others. */
static int64
write_items(const Sorting *sorting, LtvEntry *to)
{
	const uint64 *items = sorting->items;
	const LtvEntry *entries = sorting->entries;
	uint64 mask = (UINT64CONST(1) << sorting->position_bits) - 1;
	int64 n = 0;
	int64 next;

	for (int64 i = 0; i < sorting->nitems; i = next)
	{
		int64 first = n;

		for (next = i; next < sorting->nitems && (items[next] ^ items[i]) <= mask; next++)
		{
			if (next + AHEAD < sorting->nitems)
				__builtin_prefetch(&entries[items[next + AHEAD] & mask]);
			if ((next & INTERRUPT_EVERY) == 0)
				CHECK_FOR_INTERRUPTS();
			to[n++] = entries[items[next] & mask];
		}
		n = first + merge_history(&to[first], n - first);
	}
	return n;
}

bool
ltv_entries_compact_quickly(const LtvEntry *entries, int64 *n, LtvEntry *to)
{
	Sorting sorting;
	bool possible;

	begin(&sorting, entries, *n);
	possible = number_times(&sorting) && rank_times(&sorting);
	if (possible)
	{
		sort_items(&sorting);
		*n = write_once(&sorting, to);
		*n += write_items(&sorting, to + *n);
	}
	end(&sorting);
	return possible;
}
