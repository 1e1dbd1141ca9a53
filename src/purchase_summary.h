/*
 * purchase_summary.h
 *		What other rooms may ask of a purchase_summary.
 */
#ifndef CUSTOMER_PROFILE_PURCHASE_SUMMARY_H
#define CUSTOMER_PROFILE_PURCHASE_SUMMARY_H

#include "base/calendar.h"
#include "base/decimal.h"

typedef struct PurchaseSummary PurchaseSummary;

#define DatumGetPurchaseSummary(d) ((PurchaseSummary *) PG_DETOAST_DATUM(d))
#define PG_GETARG_PURCHASE_SUMMARY(n) DatumGetPurchaseSummary(PG_GETARG_DATUM(n))

/* Building: an empty summary, and one event more (amount at its display scale). */
extern PurchaseSummary *purchase_summary_create(void);
extern void
purchase_summary_add(PurchaseSummary *summary, TimestampTz at, Decimal amount, int scale);
extern void purchase_summary_ignore(PurchaseSummary *summary, int64 rows);

/* Reading. The time is meaningful only when there is a purchase. */
extern int64 purchase_summary_purchases(const PurchaseSummary *summary);
extern TimestampTz purchase_summary_last_purchase(const PurchaseSummary *summary);
extern int64 purchase_summary_ignored(const PurchaseSummary *summary);
extern Decimal purchase_summary_gross(const PurchaseSummary *summary);
extern Decimal purchase_summary_revenue(const PurchaseSummary *summary); /* gross - refunds */

#endif /* CUSTOMER_PROFILE_PURCHASE_SUMMARY_H */
