/*
 * ltv_sample.h
 *		What fit_ltv has read so far: a compressed multiset of customers.
 */
#ifndef CUSTOMER_PROFILE_LTV_SAMPLE_H
#define CUSTOMER_PROFILE_LTV_SAMPLE_H

#include "ltv/ltv_settings.h"

#define LTV_SAMPLE_VERSION 1

/* Customers who are the same to the models. */
typedef struct LtvEntry
{
	int32 x;   /* repeat purchase days */
	int32 t_x; /* days */
	int32 T;   /* days */
	uint32 customers;
	double mean; /* net value of a repeat purchase day */
} LtvEntry;

/* Flags of a builder; the canonical form has none. */
#define LTV_SAMPLE_BUILDER 1	 /* entries in any order, spare room behind them */
#define LTV_SAMPLE_FINGERPRINT 2 /* fingerprint is that of the raw options last accepted */

typedef struct LtvSample
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 flags;
	uint16 reserved; /* always zero */
	LtvSettings settings;
	uint64 fingerprint;
	int64 after_as_of;		 /* customers without a purchase before as_of */
	int64 unmatched_refunds; /* refunds before any purchase */
	int64 ignored;			 /* rows their timelines skipped */
	int64 nentries;
	LtvEntry entries[FLEXIBLE_ARRAY_MEMBER];
} LtvSample;

#define LTV_SAMPLE_SIZE(n) (offsetof(LtvSample, entries) + (Size) (n) * sizeof(LtvEntry))

extern LtvSample *ltv_sample_create(int64 nentries);
extern LtvSample *ltv_sample_from_datum(Datum datum);

/* A copy of exactly its size, sorted and merged, without what serves building. */
extern LtvSample *ltv_sample_canonical(const LtvSample *sample);

/* The order of canonical entries. */
extern int ltv_entry_compare(const LtvEntry *a, const LtvEntry *b);

#endif /* CUSTOMER_PROFILE_LTV_SAMPLE_H */
