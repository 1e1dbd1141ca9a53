/*
 * ltv_entries.c
 *		Sorting and merging the entries of a sample.
 *
 * A radix sort by (x, t_x, T), which are small numbers of days, then a short
 * comparison sort by mean among equals: a million customers take some 50 ms.
 * The order is total over the whole content, so nothing that is computed from
 * sorted entries depends on the order of the rows.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_entries.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define RADIX_BITS 11
#define RADIX_SIZE (1 << RADIX_BITS)
#define SMALL 256 /* entries below which comparison is faster */

typedef enum
{
	FIELD_T,
	FIELD_T_X,
	FIELD_X,
	NFIELDS
} Field;

int
ltv_entry_compare(const LtvEntry *a, const LtvEntry *b)
{
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	if (a->t_x != b->t_x)
		return a->t_x < b->t_x ? -1 : 1;
	if (a->T != b->T)
		return a->T < b->T ? -1 : 1;
	return (a->mean > b->mean) - (a->mean < b->mean);
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE LtvEntry
#define ST_COMPARE(a, b) ltv_entry_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline uint32
field_of(const LtvEntry *entry, Field field)
{
	switch (field)
	{
		case FIELD_T:
			return entry->T;
		case FIELD_T_X:
			return entry->t_x;
		default:
			return entry->x;
	}
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
			sort_entries(&entries[start], end - start);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Merges equal neighbours. */
static int64
merge_equal(LtvEntry *entries, int64 n)
{
	int64 kept = 0;

	for (int64 i = 1; i < n; i++)
	{
		LtvEntry *last = &entries[kept];

		if (ltv_entry_compare(last, &entries[i]) != 0)
			entries[++kept] = entries[i];
		else if (__builtin_add_overflow(last->customers, entries[i].customers, &last->customers))
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many customers with equal histories"),
							errdetail("At most %u are supported.", PG_UINT32_MAX)));
	}
	return n == 0 ? 0 : kept + 1;
}

int64
ltv_entries_compact(LtvEntry *entries, int64 n)
{
	if (n <= SMALL)
		sort_entries(entries, n);
	else
	{
		radix_sort(entries, n);
		sort_runs(entries, n);
	}
	return merge_equal(entries, n);
}
