/*
 * duration_summary_layout.h
 *		The stored form of a duration_summary. Only the room's own files
 *		include this.
 *
 * Distinct durations in ascending order, each with how many cases ended and
 * how many were still open at it. Up to DURATIONS_EXACT of them are kept as
 * they are; with more, every duration is put into a bucket: those of the same
 * highest BUCKET_BITS + 1 bits, kept as the smallest one. Buckets are fixed, so
 * the result is a function of the cases alone, whatever the order of merging.
 */
#ifndef CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H
#define CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H

#include "compat.h"
#include "datatype/timestamp.h"
#include "port/pg_bitutils.h"

#define DURATION_SUMMARY_VERSION 1
#define DURATIONS_EXACT 1024

/*
 * 64 buckets in each doubling, so the geometric middle is within
 * sqrt(1 + 1/64) - 1 = 0.78 % of any member; below 128 microseconds all are exact.
 */
#define BUCKET_BITS 6
#define BUCKETS_MAX \
	((63 - BUCKET_BITS + 1) << BUCKET_BITS) /* of all durations that an int64 holds */

typedef struct DurationEntry
{
	int64 duration; /* microseconds, or the smallest of the bucket; >= 0 */
	int64 ended;
	int64 open; /* censored at it */
} DurationEntry;

/* The room for entries follows from the VARSIZE; what is not used is spare. */
typedef struct DurationSummary
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 bucketed;
	uint16 reserved;   /* always zero */
	TimestampTz as_of; /* of an aggregate at work; else NO_AS_OF */
	int64 cases;	   /* sum of ended and open */
	int64 ignored;	   /* rows skipped: NULL, or not begun by as_of */
	int64 nentries;
	DurationEntry entries[FLEXIBLE_ARRAY_MEMBER];
} DurationSummary;

#define NO_AS_OF DT_NOBEGIN

#define PG_GETARG_DURATION_SUMMARY(n) ((DurationSummary *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define DURATION_SUMMARY_SIZE(nentries) \
	(offsetof(DurationSummary, entries) + (Size) (nentries) * sizeof(DurationEntry))

/* The lowest duration of the bucket, and the width of it. */
static inline int64
duration_bucket(int64 duration)
{
	int shift = duration < ((int64) 2 << BUCKET_BITS)
					? 0
					: pg_leftmost_one_pos64((uint64) duration) - BUCKET_BITS;

	return duration >> shift << shift;
}

static inline int64
duration_bucket_width(int64 lowest)
{
	return lowest < ((int64) 2 << BUCKET_BITS)
			   ? 1
			   : (int64) 1 << (pg_leftmost_one_pos64((uint64) lowest) - BUCKET_BITS);
}

/* What stands for an entry's durations, in microseconds. */
extern double duration_of(const DurationSummary *summary, const DurationEntry *entry);

/* Empty, with room for so many entries. */
extern DurationSummary *duration_summary_create(int64 nentries);

/* A copy whose entries are buckets, and that has no spare room. */
extern DurationSummary *duration_summary_in_buckets(const DurationSummary *summary);

/* The length of an interval argument in microseconds, >= 0, without months. */
extern int64 duration_argument(const Interval *interval, const char *what);

#endif /* CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H */
