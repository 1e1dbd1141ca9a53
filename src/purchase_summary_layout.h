/*
 * purchase_summary_layout.h
 *		The stored form of a purchase_summary. Only the room's own files
 *		include this; others use purchase_summary.h.
 */
#ifndef CUSTOMER_PROFILE_PURCHASE_SUMMARY_LAYOUT_H
#define CUSTOMER_PROFILE_PURCHASE_SUMMARY_LAYOUT_H

#include "purchase_summary.h"

#define PURCHASE_SUMMARY_VERSION 1

struct PurchaseSummary
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 scale;				/* decimals to show: the largest seen, 0..18 */
	uint16 reserved;			/* always zero */
	int64 purchases;			/* events with amount >= 0 */
	int64 ignored;				/* rows skipped for a NULL */
	TimestampTz first_purchase; /* DT_NOBEGIN: none */
	TimestampTz last_purchase;	/* DT_NOBEGIN: none */
	TimestampTz last_event;		/* purchase or refund; DT_NOBEGIN: none */
	Decimal gross;				/* sum of amounts >= 0 */
	Decimal refunds;			/* minus the sum of amounts < 0 */
};

/* Empty in place, one row more, and all of another's; see purchase_summary.c. */
extern void purchase_summary_init(PurchaseSummary *summary);
extern void purchase_summary_merge_into(PurchaseSummary *summary, const PurchaseSummary *other);

/* Has it seen a row at all? */
static inline bool
purchase_summary_has_rows(const PurchaseSummary *summary)
{
	return summary->last_event != DT_NOBEGIN || summary->ignored > 0;
}

/*
 * One purchase more: what every form of the summary does to its first and last
 * time and its money. `any` says whether there is a purchase already.
 */
static inline void
purchase_extend(TimestampTz *first, TimestampTz *last, Decimal *gross, bool any, TimestampTz at,
				Decimal amount)
{
	*gross = decimal_add(*gross, amount);
	if (!any || at < *first)
		*first = at;
	if (!any || at > *last)
		*last = at;
}

#endif /* CUSTOMER_PROFILE_PURCHASE_SUMMARY_LAYOUT_H */
