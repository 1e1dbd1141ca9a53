/*
 * ltv_sample.h
 *		What fit_ltv has read so far: a compressed multiset of customers.
 */
#ifndef CUSTOMER_PROFILE_LTV_SAMPLE_H
#define CUSTOMER_PROFILE_LTV_SAMPLE_H

#include "base/state.h"
#include "ltv/ltv_settings.h"

#define LTV_SAMPLE_VERSION 1

/*
 * Customers who are the same to the models. Times are in days, or with the
 * setting `summary` in periods. The extra numbers are the counts of
 * opportunities (with a purchase, until the last of them, in all) where the
 * models want them, then the covariates.
 */
typedef struct LtvEntry
{
	double t_x;
	double T;
	double mean; /* net value of a repeat purchase day */
	int32 x;	 /* repeat purchase days */
	uint32 customers;
	double extra[FLEXIBLE_ARRAY_MEMBER];
} LtvEntry;

/* Purchases of a customer given by numbers: a fit's work grows with the largest of them. */
#define LTV_SUMMARY_MOST 1000000

#define LTV_OPPORTUNITY_NUMBERS 3
#define LTV_MAX_EXTRA (LTV_OPPORTUNITY_NUMBERS + LTV_MAX_COVARIATES)

/* Room for any entry. */
typedef union LtvEntryBuffer
{
	LtvEntry entry;
	double room[sizeof(LtvEntry) / sizeof(double) + LTV_MAX_EXTRA];
} LtvEntryBuffer;

/* Flags of a builder; the canonical form has none. */
#define LTV_SAMPLE_BUILDER 1	 /* entries in any order, spare room behind them */
#define LTV_SAMPLE_FINGERPRINT 2 /* fingerprint is that of the raw options last accepted */

/*
 * With the option max_rows, entries are thinned: those whose hash does not end
 * in `level` zero bits are left out, and those that stay count 2^level times.
 * Customers with and without a repeat purchase are thinned apart.
 */
#define LTV_CLASSES 2

typedef struct LtvSample
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 flags;
	uint8 levels[LTV_CLASSES]; /* of x = 0, of x > 0 */
	LtvSettings settings;
	LtvStart start;
	uint64 fingerprint;
	int64 after_as_of;		 /* customers without a purchase before as_of */
	int64 unmatched_refunds; /* refunds before any purchase */
	int64 ignored;			 /* rows their timelines skipped */
	int64 log_gaps;			 /* see LTV_LOG_GAP_UNIT; 0 unless a model wants it */
	int64 nentries;
	LtvEntry entries[FLEXIBLE_ARRAY_MEMBER]; /* see ltv_sample_entry */
} LtvSample;

static inline int
ltv_extra_numbers(const LtvSettings *settings)
{
	return settings->covariates +
		   (ltv_counts_opportunities(settings) ? LTV_OPPORTUNITY_NUMBERS : 0);
}

static inline Size
ltv_entry_size(int extra)
{
	return offsetof(LtvEntry, extra) + sizeof(double) * extra;
}

static inline Size
ltv_sample_size(const LtvSettings *settings, int64 nentries)
{
	return offsetof(LtvSample, entries) +
		   (Size) nentries * ltv_entry_size(ltv_extra_numbers(settings));
}

/* Entry i of an array of entries with so many extra numbers. */
static inline LtvEntry *
ltv_entry_at(const LtvEntry *entries, int extra, int64 i)
{
	return (LtvEntry *) ((char *) entries + ltv_entry_size(extra) * i);
}

/* Distinct customers that a sample can hold. */
static inline int64
ltv_sample_limit(const LtvSettings *settings)
{
	return (STATE_MAX_SIZE - offsetof(LtvSample, entries)) /
		   ltv_entry_size(ltv_extra_numbers(settings));
}

static inline bool
ltv_sample_settled(const LtvSample *sample)
{
	return sample->settings.period != 0;
}

extern LtvSample *ltv_sample_create(void);
extern LtvSample *ltv_sample_from_datum(Datum datum);

/* A copy of exactly its size, sorted and merged, without what serves building. */
extern LtvSample *ltv_sample_canonical(const LtvSample *sample);

/* Nothing seen at all? Then there is no result. */
extern bool ltv_sample_is_empty(const LtvSample *sample);

/* Takes over settings and start, or insists that they are those known. */
extern void
ltv_sample_settle(LtvSample *sample, const LtvSettings *settings, const LtvStart *start);

/* Adds entries; the result may be another, larger sample. */
extern LtvSample *ltv_sample_append(LtvSample *sample, const LtvEntry *entries, int64 n);

/* Argument 0 as a sample that may be changed, and what a transition function returns. */
extern LtvSample *ltv_sample_argument(FunctionCallInfo fcinfo);
extern LtvSample *ltv_sample_result(FunctionCallInfo fcinfo, LtvSample *sample);

/* What is wrong with one that came from outside, or NULL. */
extern const char *ltv_sample_fault(const LtvSample *sample);

#endif /* CUSTOMER_PROFILE_LTV_SAMPLE_H */
