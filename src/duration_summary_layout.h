/*
 * duration_summary_layout.h
 *		The stored form of a duration_summary. Only the room's own files
 *		include this.
 *
 * Distinct durations in ascending order, each with how many cases ended and
 * how many were still open at it. Up to DURATIONS_EXACT of them are kept as
 * they are; with more, every duration is put into its bucket (see
 * duration_bucket.c), kept as the smallest one there. Buckets are fixed, so the
 * result is a function of the cases alone, whatever the order of merging.
 */
#ifndef CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H
#define CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H

#include "compat.h"
#include "datatype/timestamp.h"

#define DURATION_SUMMARY_VERSION 1
#define DURATIONS_EXACT 1024

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

/* The lowest duration of the bucket that a duration >= 0 is in. */
extern int64 duration_bucket(int64 duration);

/* Of the bucket with this lowest duration: what stands for it, and the highest one. */
extern double duration_bucket_middle(int64 lowest);
extern int64 duration_bucket_last(int64 lowest);

/* No summary has more of them. */
extern int64 duration_bucket_count(void);

/* What stands for an entry's durations, in microseconds. */
extern double duration_of(const DurationSummary *summary, const DurationEntry *entry);

/* Empty, with room for so many entries. */
extern DurationSummary *duration_summary_create(int64 nentries);

/* A copy whose entries are buckets, and that has no spare room. */
extern DurationSummary *duration_summary_in_buckets(const DurationSummary *summary);

/* The length of an interval argument in microseconds, >= 0, without months. */
extern int64 duration_argument(const Interval *interval, const char *what);

#endif /* CUSTOMER_PROFILE_DURATION_SUMMARY_LAYOUT_H */
