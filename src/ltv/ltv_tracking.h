/*
 * ltv_tracking.h
 *		The plots by which models of purchases are judged: expected against
 *		actual repeat purchases over calendar time, and the histogram of them.
 *
 * An ltv_tracking is the model, and of the customers what the plots need: how
 * many came on each day, how many repeat purchases there were, and how many
 * customers had how many by the as_of of the model. Expected numbers are
 * those of a new customer by age (Fader, Hardie & Lee 2005, section 4), so they
 * depend on the day of the first purchase only.
 */
#ifndef CUSTOMER_PROFILE_LTV_TRACKING_H
#define CUSTOMER_PROFILE_LTV_TRACKING_H

#include "ltv/ltv_value.h"

#define TRACKING_VERSION 1
#define TRACKING_FREQUENCIES 11 /* 0 to 9 repeat purchases, 10 or more */
#define TRACKING_MAX_PERIODS 1000000

typedef struct TrackingDay
{
	DateADT day;
	int32 reserved;	 /* always zero */
	int64 customers; /* first purchases */
	int64 repeats;	 /* purchases that are not the first */
} TrackingDay;

/* The model lies behind the struct, and behind it the days in ascending order, with room to spare in a state. */
typedef struct LtvTracking
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 reserved[3]; /* always zero */
	DateADT until;	   /* purchases on days before it */
	int32 step;		   /* days */
	int64 after_as_of; /* customers without a purchase before the as_of of the model */
	int64 ignored;
	int64 frequencies[TRACKING_FREQUENCIES]; /* customers by repeat purchases before as_of */
	int32 model_size;						 /* bytes; 0: nothing has been accepted yet */
	int32 reserved2;						 /* always zero */
	int64 ndays;
} LtvTracking;

/* Without days and with this model. */
static inline Size
tracking_size(int32 model_size, int64 ndays)
{
	return sizeof(LtvTracking) + MAXALIGN(model_size) + (Size) ndays * sizeof(TrackingDay);
}

static inline LtvValue *
tracking_model(const LtvTracking *tracking)
{
	return (LtvValue *) ((char *) tracking + sizeof(LtvTracking));
}

static inline TrackingDay *
tracking_days(const LtvTracking *tracking)
{
	return (TrackingDay *) ((char *) tracking + tracking_size(tracking->model_size, 0));
}

/* What kind of model it is that cannot be tracked, or NULL. */
extern const char *tracking_model_fault(const LtvValue *model);

extern LtvTracking *tracking_create(const LtvValue *model, int64 ndays);
extern LtvTracking *tracking_from_datum(Datum datum);
extern LtvTracking *tracking_canonical(const LtvTracking *tracking);

#endif /* CUSTOMER_PROFILE_LTV_TRACKING_H */
