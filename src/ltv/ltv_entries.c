/*
 * ltv_entries.c
 *		Sorting, merging and thinning the entries of a sample.
 *
 * Entries of timelines without extra numbers are sorted by radix on (x, t_x,
 * T), which are small numbers of days, then by comparison of the mean among
 * equals: a million customers take some 50 ms. All others are sorted by
 * comparison. The order is total over the whole content, so nothing that is
 * computed from sorted entries depends on the order of the rows.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_entries.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)
#define SMALL 256 /* entries below which comparison is faster */
#define MAX_LEVEL 63

typedef enum
{
	FIELD_T,
	FIELD_T_X,
	FIELD_X,
	NFIELDS
} Field;

static inline int
compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

int
ltv_entry_compare(const LtvEntry *a, const LtvEntry *b, int extra)
{
	int result = (a->x > b->x) - (a->x < b->x);

	if (result == 0)
		result = compare_numbers(a->t_x, b->t_x);
	if (result == 0)
		result = compare_numbers(a->T, b->T);
	for (int i = 0; result == 0 && i < extra; i++)
		result = compare_numbers(a->extra[i], b->extra[i]);
	return result != 0 ? result : compare_numbers(a->mean, b->mean);
}

#define ST_SORT sort_plain
#define ST_ELEMENT_TYPE LtvEntry
#define ST_COMPARE(a, b) ltv_entry_compare(a, b, 0)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_wide
#define ST_ELEMENT_TYPE_VOID
/* The template sees bytes. */
#define ST_COMPARE(a, b, extra) \
	ltv_entry_compare((const LtvEntry *) (a), (const LtvEntry *) (b), *(extra))
#define ST_COMPARE_ARG_TYPE int
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void
sort_entries(LtvEntry *entries, int extra, int64 n)
{
	if (extra == 0)
		sort_plain(entries, n);
	else
		sort_wide(entries, n, ltv_entry_size(extra), &extra);
}

static inline uint32
field_of(const LtvEntry *entry, Field field)
{
	switch (field)
	{
		case FIELD_T:
			return (uint32) entry->T;
		case FIELD_T_X:
			return (uint32) entry->t_x;
		default:
			return entry->x;
	}
}

/* Are all times whole numbers that the radix sort can take? */
static bool
are_whole(const LtvEntry *entries, int64 n)
{
	for (int64 i = 0; i < n; i++)
		if (entries[i].T > PG_INT32_MAX || entries[i].T != rint(entries[i].T) ||
			entries[i].t_x != rint(entries[i].t_x))
			return false;
	return true;
}

/* One stable pass by RADIX_BITS bits of a field. */
static void
radix_pass(const LtvEntry *from, LtvEntry *to, int64 n, Field field, int shift)
{
	int64 *position = palloc0(sizeof(int64) * RADIX_SIZE);
	int64 next = 0;

	CHECK_FOR_INTERRUPTS();
	for (int64 i = 0; i < n; i++)
		position[(field_of(&from[i], field) >> shift) & (RADIX_SIZE - 1)]++;
	for (int digit = 0; digit < RADIX_SIZE; digit++)
	{
		int64 count = position[digit];

		position[digit] = next;
		next += count;
	}
	for (int64 i = 0; i < n; i++)
		to[position[(field_of(&from[i], field) >> shift) & (RADIX_SIZE - 1)]++] = from[i];
	pfree(position);
}

/* By (x, t_x, T); the order among equals stays open. */
static void
radix_sort(LtvEntry *entries, int64 n)
{
	LtvEntry *scratch = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(LtvEntry));
	LtvEntry *from = entries;
	LtvEntry *to = scratch;

	for (int field = 0; field < NFIELDS; field++)
	{
		uint32 used = 0;

		for (int64 i = 0; i < n; i++)
			used |= field_of(&from[i], (Field) field);
		for (int shift = 0; shift < 32 && (used >> shift) != 0; shift += RADIX_BITS)
		{
			LtvEntry *other = from;

			radix_pass(from, to, n, (Field) field, shift);
			from = to;
			to = other;
		}
	}
	if (from != entries)
		memcpy(entries, from, n * sizeof(LtvEntry));
	pfree(scratch);
}

static inline bool
same_history(const LtvEntry *a, const LtvEntry *b)
{
	return a->x == b->x && a->t_x == b->t_x && a->T == b->T;
}

/* Sorts what the radix sort left open: runs of one history, by mean. */
static void
sort_runs(LtvEntry *entries, int64 n)
{
	int64 end;

	for (int64 start = 0; start < n; start = end)
	{
		for (end = start + 1; end < n && same_history(&entries[start], &entries[end]); end++)
			;
		/* Customers without a repeat purchase all have the mean 0. */
		if (end - start > 1 && entries[start].x > 0)
			sort_plain(&entries[start], end - start);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Merges equal neighbours. */
static int64
merge_equal(LtvEntry *entries, int extra, int64 n)
{
	int64 kept = 0;

	for (int64 i = 1; i < n; i++)
	{
		LtvEntry *last = ltv_entry_at(entries, extra, kept);
		const LtvEntry *entry = ltv_entry_at(entries, extra, i);

		if (ltv_entry_compare(last, entry, extra) != 0)
		{
			kept++;
			if (kept != i)
				memcpy(ltv_entry_at(entries, extra, kept), entry, ltv_entry_size(extra));
		}
		else if (__builtin_add_overflow(last->customers, entry->customers, &last->customers))
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many customers with equal histories"),
							errdetail("At most %u are supported.", PG_UINT32_MAX)));
	}
	return n == 0 ? 0 : kept + 1;
}

int64
ltv_entries_compact(LtvEntry *entries, int extra, int64 n)
{
	if (n > SMALL && extra == 0 && are_whole(entries, n))
	{
		radix_sort(entries, n);
		sort_runs(entries, n);
	}
	else
		sort_entries(entries, extra, n);
	return merge_equal(entries, extra, n);
}

/* The finaliser of SplitMix64. */
static inline uint64
mix(uint64 hash, uint64 value)
{
	hash = (hash ^ value) + UINT64CONST(0x9E3779B97F4A7C15);
	hash = (hash ^ (hash >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return hash ^ (hash >> 31);
}

static inline uint64
mix_number(uint64 hash, double number)
{
	uint64 bits;

	memcpy(&bits, &number, sizeof(bits));
	return mix(hash, bits);
}

/* By what the customers are, not by how many: so it is the same in every part of a population. */
static uint64
hash_entry(const LtvEntry *entry, int extra)
{
	uint64 hash = mix(0, entry->x);

	hash = mix_number(hash, entry->t_x);
	hash = mix_number(hash, entry->T);
	hash = mix_number(hash, entry->mean);
	for (int i = 0; i < extra; i++)
		hash = mix_number(hash, entry->extra[i]);
	return hash;
}

bool
ltv_entry_stays(const LtvEntry *entry, int extra, int level)
{
	return (hash_entry(entry, extra) & ((UINT64CONST(1) << level) - 1)) == 0;
}

/* Leaves out what does not stay at these levels; counts what does by class. */
static int64
thin_once(LtvEntry *entries, int extra, int64 n, const uint8 *levels, int64 *counts)
{
	int64 kept = 0;

	memset(counts, 0, sizeof(int64) * LTV_CLASSES);
	for (int64 i = 0; i < n; i++)
	{
		const LtvEntry *entry = ltv_entry_at(entries, extra, i);
		int class = ltv_entry_class(entry);

		if (!ltv_entry_stays(entry, extra, levels[class]))
			continue;
		counts[class]++;
		if (kept != i)
			memcpy(ltv_entry_at(entries, extra, kept), entry, ltv_entry_size(extra));
		kept++;
	}
	return kept;
}

int64
ltv_entries_thin(LtvEntry *entries, int extra, int64 n, int64 most, uint8 levels[LTV_CLASSES])
{
	for (;;)
	{
		int64 counts[LTV_CLASSES];
		bool enough = true;

		CHECK_FOR_INTERRUPTS();
		n = thin_once(entries, extra, n, levels, counts);
		for (int class = 0; class < LTV_CLASSES; class ++)
			if (counts[class] > most && levels[class] < MAX_LEVEL)
			{
				levels[class]++;
				enough = false;
			}
		if (enough)
			return n;
	}
}
