/*
 * ltv_entries.h
 *		Sorting and merging the entries of a sample.
 */
#ifndef CUSTOMER_PROFILE_LTV_ENTRIES_H
#define CUSTOMER_PROFILE_LTV_ENTRIES_H

#include "ltv/ltv_sample.h"

/* Sorts in place and merges equal entries; returns how many remain. */
extern int64 ltv_entries_compact(LtvEntry *entries, int64 n);

#endif /* CUSTOMER_PROFILE_LTV_ENTRIES_H */
