/*
 * ltv_entries.c
 *		Sorting, merging and thinning the entries of a sample.
 *
 * Most entries have no extra numbers, and few distinct times: they are sorted
 * by radix (ltv_entries_sort.c), all others by comparison. The order is total
 * over the whole content, so nothing that is computed from sorted entries
 * depends on the order of the rows.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_entries.h"
#include "miscadmin.h"

#define SMALL 256 /* entries below which comparison is faster */
#define MAX_LEVEL 63

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

void
ltv_entry_add_customers(LtvEntry *entry, uint64 customers)
{
	if (customers > PG_UINT32_MAX - entry->customers)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many customers with equal histories"),
						errdetail("At most %u are supported.", PG_UINT32_MAX)));
	entry->customers += customers;
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
		else
			ltv_entry_add_customers(last, entry->customers);
	}
	return n == 0 ? 0 : kept + 1;
}

int64
ltv_entries_compact(const LtvEntry *entries, int extra, int64 n, LtvEntry *to)
{
	if (n > SMALL && extra == 0 && ltv_entries_compact_quickly(entries, &n, to))
		return n;
	memcpy(to, entries, ltv_entry_size(extra) * n);
	sort_entries(to, extra, n);
	return merge_equal(to, extra, n);
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
