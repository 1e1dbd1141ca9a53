/*
 * ltv_holdout.h
 *		Does a model foresee? Fitted on what was known at calibration_end, and
 *		compared with what happened from then to holdout_end.
 *
 * ltv_holdout_sample is what the aggregate has read: the customers, in groups
 * that are alike in both times. ltv_holdout is the result: the model, totals
 * and errors.
 */
#ifndef CUSTOMER_PROFILE_LTV_HOLDOUT_H
#define CUSTOMER_PROFILE_LTV_HOLDOUT_H

#include "ltv/ltv_value.h"

#define HOLDOUT_SAMPLE_VERSION 1
#define HOLDOUT_VERSION 1

/* Customers who are the same before and after. */
typedef struct HoldoutEntry
{
	int32 x;   /* repeat purchase days before calibration_end */
	int32 t_x; /* days from the first purchase to the last */
	int32 T;   /* days from the first purchase to calibration_end, less one */
	uint32 customers;
	double mean;			 /* net value of a repeat purchase day */
	double opportunities[3]; /* as LtvEntry: with a purchase, until the last of them, in all */
	int32 purchases;		 /* purchase days in the holdout */
	int32 last_purchases;	 /* repeat purchase days in as many days before it */
	double spend;			 /* net revenue of the holdout */
	double last_spend;		 /* that of the repeat purchases of as many days before it */
} HoldoutEntry;

/* Flags of a builder; the canonical form has none. */
#define HOLDOUT_SAMPLE_BUILDER 1	 /* entries in any order, spare room behind them */
#define HOLDOUT_SAMPLE_FINGERPRINT 2 /* fingerprint is that of the raw options last accepted */

typedef struct HoldoutSample
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 flags;
	uint16 reserved;	  /* always zero */
	LtvSettings settings; /* its as_of is calibration_end */
	DateADT holdout_end;
	int32 reserved2; /* always zero */
	uint64 fingerprint;
	int64 acquired_later; /* customers without a purchase before calibration_end */
	int64 unmatched_refunds;
	int64 ignored;
	int64 log_gaps; /* as LtvSample */
	int64 nentries;
	HoldoutEntry entries[FLEXIBLE_ARRAY_MEMBER];
} HoldoutSample;

#define HOLDOUT_SAMPLE_SIZE(n) \
	(offsetof(HoldoutSample, entries) + (Size) (n) * sizeof(HoldoutEntry))

/* Sums over customers of one quantity, purchases or spend. */
typedef struct HoldoutErrors
{
	double predicted;
	double actual;
	double naive; /* the same as in as many days before */
	double absolute;
	double squared;
	double naive_absolute;
	double naive_squared;
} HoldoutErrors;

#define HOLDOUT_ERRORS 7 /* numbers */

/* Totals of some customers; spend of those for whom it is predicted. */
typedef struct HoldoutRow
{
	int64 customers;
	int64 actual_purchases;
	int64 naive_purchases;
	double predicted_purchases;
	double predicted_spend;
	double actual_spend;
	double naive_spend;
} HoldoutRow;

typedef enum HoldoutRanking
{
	HOLDOUT_BY_PURCHASES,
	HOLDOUT_BY_SPEND,
	HOLDOUT_RANKINGS
} HoldoutRanking;

#define HOLDOUT_DECILES 10
#define HOLDOUT_FREQUENCIES 11 /* 0 to 9 repeat purchases, 10 or more */

typedef struct LtvHoldout
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 reserved[3]; /* always zero */
	DateADT holdout_end;
	int32 reserved2; /* always zero */
	int64 customers;
	int64 spend_customers; /* for whom spend is predicted; all when it is for none */
	int64 acquired_later;
	int64 unmatched_refunds;
	int64 ignored;
	HoldoutErrors purchases;
	HoldoutErrors spend;
	HoldoutRow deciles[HOLDOUT_RANKINGS][HOLDOUT_DECILES];
	HoldoutRow frequencies[HOLDOUT_FREQUENCIES];
	/* then the ltv_model */
} LtvHoldout;

static inline const LtvValue *
holdout_model(const LtvHoldout *holdout)
{
	return (const LtvValue *) ((const char *) holdout + sizeof(LtvHoldout));
}

extern HoldoutSample *holdout_sample_create(int64 nentries);
extern HoldoutSample *holdout_sample_from_datum(Datum datum);
extern HoldoutSample *holdout_sample_canonical(const HoldoutSample *sample);
extern int holdout_entry_compare(const HoldoutEntry *a, const HoldoutEntry *b);
/* Of what was known at calibration_end only; that comes first in the order. */
extern int holdout_history_compare(const HoldoutEntry *a, const HoldoutEntry *b);

/* A value of this head and model. */
extern LtvHoldout *holdout_assemble(const LtvHoldout *head, const LtvValue *model);
extern LtvHoldout *holdout_from_datum(Datum datum);

/* Fits a canonical sample, and compares. */
extern LtvHoldout *holdout_evaluate(const HoldoutSample *sample);

#endif /* CUSTOMER_PROFILE_LTV_HOLDOUT_H */
