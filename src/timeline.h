/*
 * timeline.h
 *		What other rooms may ask of a timeline.
 */
#ifndef CUSTOMER_PROFILE_TIMELINE_H
#define CUSTOMER_PROFILE_TIMELINE_H

#include "base/calendar.h"
#include "base/decimal.h"

/* A timeline is read byte-wise: never assume its alignment, and never detoast it fully by hand. */
typedef struct varlena Timeline;

#define DatumGetTimeline(d) ((Timeline *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_TIMELINE(n) DatumGetTimeline(PG_GETARG_DATUM(n))

/*
 * The purchases of a timeline on days before as_of, merged by calendar day.
 * A refund is charged to the latest purchase day not after it; one before any
 * purchase is unmatched. No purchase day: days = 0 and the rest is zero, but
 * for unmatched_refunds and ignored.
 */
typedef struct PurchaseDays
{
	int64 days; /* distinct purchase days */
	DateADT first_day;
	DateADT last_day;
	Decimal first_net;		 /* net revenue of the first purchase day */
	Decimal total_net;		 /* net revenue of all purchase days */
	double repeat_net;		 /* net revenue of the purchase days after the first */
	int64 unmatched_refunds; /* refunds before any purchase */
	int64 ignored;			 /* rows that were skipped while the timeline was built */
} PurchaseDays;

extern void timeline_purchase_days(const Timeline *timeline, Calendar *calendar, DateADT as_of,
								   PurchaseDays *result);

/* The same, and the visitor is told of each purchase day, in ascending order. */
typedef void (*PurchaseDayVisitor)(void *context, DateADT day);

extern void
timeline_visit_purchase_days(const Timeline *timeline, Calendar *calendar, DateADT as_of,
							 PurchaseDayVisitor visitor, void *context, PurchaseDays *result);

#endif /* CUSTOMER_PROFILE_TIMELINE_H */
