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

#endif /* CUSTOMER_PROFILE_PURCHASE_SUMMARY_LAYOUT_H */
