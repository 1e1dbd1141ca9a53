/*
 * ltv_entries.h
 *		Sorting, merging and thinning the entries of a sample.
 */
#ifndef CUSTOMER_PROFILE_LTV_ENTRIES_H
#define CUSTOMER_PROFILE_LTV_ENTRIES_H

#include "ltv/ltv_sample.h"

/* The order of canonical entries, which have so many extra numbers. */
extern int ltv_entry_compare(const LtvEntry *a, const LtvEntry *b, int extra);

/* Sorts and merges entries to another place; returns how many remain. */
extern int64 ltv_entries_compact(const LtvEntry *entries, int extra, int64 n, LtvEntry *to);

/*
 * The same of entries without extra numbers, for many customers; false, with
 * nothing done, when there are too many distinct times. *n becomes the number
 * that remain.
 */
extern bool ltv_entries_compact_quickly(const LtvEntry *entries, int64 *n, LtvEntry *to);

/* One entry for more customers; an error when they are too many to count. */
extern void ltv_entry_add_customers(LtvEntry *entry, uint64 customers);

/*
 * Thins sorted, merged entries until each class has at most `most`, starting
 * from the levels given, which it raises; returns how many remain.
 */
extern int64
ltv_entries_thin(LtvEntry *entries, int extra, int64 n, int64 most, uint8 levels[LTV_CLASSES]);

static inline int
ltv_entry_class(const LtvEntry *entry)
{
	return entry->x > 0;
}

/* Is it one that stays at this level? */
extern bool ltv_entry_stays(const LtvEntry *entry, int extra, int level);

#endif /* CUSTOMER_PROFILE_LTV_ENTRIES_H */
