/*
 * purchase_summary.c
 *		The small, fixed summary of one customer's purchases: aggregate,
 *		merging and accessors. Text and binary forms are in
 *		purchase_summary_io.c.
 *
 * The aggregate's state is the type itself, changed in place. Its initial
 * value is an empty summary (so that planning the aggregate loads this
 * library), which the final function turns into NULL.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/event.h"
#include "base/state.h"
#include "purchase_summary_layout.h"
#include "utils/builtins.h"

void
purchase_summary_init(PurchaseSummary *summary)
{
	memset(summary, 0, sizeof(*summary));
	SET_VARSIZE(summary, sizeof(PurchaseSummary));
	summary->version = PURCHASE_SUMMARY_VERSION;
	summary->first_purchase = DT_NOBEGIN;
	summary->last_purchase = DT_NOBEGIN;
	summary->last_event = DT_NOBEGIN;
}

PurchaseSummary *
purchase_summary_create(void)
{
	PurchaseSummary *summary = palloc(sizeof(PurchaseSummary));

	purchase_summary_init(summary);
	return summary;
}

static inline bool
has_events(const PurchaseSummary *summary)
{
	return summary->last_event != DT_NOBEGIN;
}

/* One event. A negative amount is a refund: it counts in the money only. */
void
purchase_summary_add(PurchaseSummary *summary, TimestampTz at, Decimal amount, int scale)
{
	if (scale > summary->scale)
		summary->scale = scale;
	if (at > summary->last_event)
		summary->last_event = at;
	if (amount < 0)
	{
		summary->refunds = decimal_subtract(summary->refunds, amount);
		return;
	}
	purchase_extend(&summary->first_purchase, &summary->last_purchase, &summary->gross,
					summary->purchases > 0, at, amount);
	summary->purchases = add_counts(summary->purchases, 1, "purchases");
}

void
purchase_summary_ignore(PurchaseSummary *summary, int64 rows)
{
	summary->ignored = add_counts(summary->ignored, rows, "ignored rows");
}

/* Add all that `other` holds to `summary`. */
void
purchase_summary_merge_into(PurchaseSummary *summary, const PurchaseSummary *other)
{
	summary->gross = decimal_add(summary->gross, other->gross);
	summary->refunds = decimal_add(summary->refunds, other->refunds);
	if (other->purchases > 0 &&
		(summary->purchases == 0 || other->first_purchase < summary->first_purchase))
		summary->first_purchase = other->first_purchase;
	summary->purchases = add_counts(summary->purchases, other->purchases, "purchases");
	summary->ignored = add_counts(summary->ignored, other->ignored, "ignored rows");
	summary->last_purchase = Max(summary->last_purchase, other->last_purchase);
	summary->last_event = Max(summary->last_event, other->last_event);
	summary->scale = Max(summary->scale, other->scale);
}

int64
purchase_summary_purchases(const PurchaseSummary *summary)
{
	return summary->purchases;
}

TimestampTz
purchase_summary_last_purchase(const PurchaseSummary *summary)
{
	return summary->last_purchase;
}

int64
purchase_summary_ignored(const PurchaseSummary *summary)
{
	return summary->ignored;
}

Decimal
purchase_summary_gross(const PurchaseSummary *summary)
{
	return summary->gross;
}

Decimal
purchase_summary_revenue(const PurchaseSummary *summary)
{
	return decimal_subtract(summary->gross, summary->refunds);
}

/*
 * The state to write to: argument 0 itself inside an aggregate, a copy
 * elsewhere, an empty one for NULL.
 */
static inline PurchaseSummary *
writable_state(FunctionCallInfo fcinfo)
{
	if (unlikely(PG_ARGISNULL(0)))
		return purchase_summary_create();
	return state_for_update(fcinfo, PG_GETARG_PURCHASE_SUMMARY(0));
}

static inline PurchaseSummary *
add_event(PurchaseSummary *state, TimestampTz at, Decimal amount, int scale)
{
	purchase_summary_add(state, at, amount, scale);
	return state;
}

/*
 * Transition functions of purchase_summary(at, amount): (state, at, amount).
 * A NULL at or amount skips the row and counts it. Infinite times, NaN and
 * infinite amounts, and overflow of the sums are errors.
 */
#define THE_STATE(fcinfo, state) (state)

EVENT_TRANSITIONS(purchase_summary, writable_state, add_event, purchase_summary_ignore, THE_STATE)

/*
 * Merge: (summary, summary) -> summary. NULL on one side gives the other one,
 * so a FULL JOIN of old and new summaries loses nothing; NULL for two NULLs.
 * Serves the aggregates' combine function, rollup() and the operator +.
 */
PG_FUNCTION_INFO_V1(purchase_summary_merge);
Datum
purchase_summary_merge(PG_FUNCTION_ARGS)
{
	PurchaseSummary *state;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = writable_state(fcinfo);
	purchase_summary_merge_into(state, PG_GETARG_PURCHASE_SUMMARY(1));
	PG_RETURN_POINTER(state);
}

/* Final function: NULL when no row at all was seen. */
PG_FUNCTION_INFO_V1(purchase_summary_final);
Datum
purchase_summary_final(PG_FUNCTION_ARGS)
{
	PurchaseSummary *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = PG_GETARG_PURCHASE_SUMMARY(0);
	if (!purchase_summary_has_rows(state))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* Time of the first purchase; NULL without one. */
PG_FUNCTION_INFO_V1(purchase_summary_first_purchase_at);
Datum
purchase_summary_first_purchase_at(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	if (summary->purchases == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(summary->first_purchase);
}

/* Time of the last purchase; NULL without one. */
PG_FUNCTION_INFO_V1(purchase_summary_last_purchase_at);
Datum
purchase_summary_last_purchase_at(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	if (summary->purchases == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(summary->last_purchase);
}

/* Time of the last purchase or refund; NULL without either. */
PG_FUNCTION_INFO_V1(purchase_summary_last_event_at);
Datum
purchase_summary_last_event_at(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	if (!has_events(summary))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(summary->last_event);
}

/* Number of purchases: amounts of 0 and more. 0 for a customer of refunds only. */
PG_FUNCTION_INFO_V1(purchase_summary_get_purchases);
Datum
purchase_summary_get_purchases(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_PURCHASE_SUMMARY(0)->purchases);
}

/* Number of rows skipped because their time or amount was NULL. */
PG_FUNCTION_INFO_V1(purchase_summary_get_ignored);
Datum
purchase_summary_get_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_PURCHASE_SUMMARY(0)->ignored);
}

/* Money as numeric at the display scale; NULL without an event. */
static Datum
money(FunctionCallInfo fcinfo, const PurchaseSummary *summary, Decimal value)
{
	if (!has_events(summary))
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(decimal_to_numeric(value, summary->scale));
}

/* Net revenue: gross less refunds, equal to sum(amount). NULL without an event. */
PG_FUNCTION_INFO_V1(purchase_summary_get_revenue);
Datum
purchase_summary_get_revenue(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	return money(fcinfo, summary, purchase_summary_revenue(summary));
}

/* Sum of the amounts of purchases. NULL without an event. */
PG_FUNCTION_INFO_V1(purchase_summary_get_gross);
Datum
purchase_summary_get_gross(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	return money(fcinfo, summary, summary->gross);
}

/* Money given back, as a positive number. NULL without an event. */
PG_FUNCTION_INFO_V1(purchase_summary_get_refunds);
Datum
purchase_summary_get_refunds(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	return money(fcinfo, summary, summary->refunds);
}

/* Gross revenue per purchase, as numeric division shows it. NULL without a purchase. */
PG_FUNCTION_INFO_V1(purchase_summary_average_order);
Datum
purchase_summary_average_order(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);

	if (summary->purchases == 0)
		PG_RETURN_NULL();
	return decimal_divide(summary->gross, summary->scale, summary->purchases);
}

/*
 * Whole calendar days from an instant's day to as_of, in UTC or in the zone of
 * argument 2. NULL without a purchase, and when the instant lies on a later
 * day than as_of: a summary cannot be cut back in time, so the answer is unknown.
 */
static Datum
days_until_as_of(FunctionCallInfo fcinfo, TimestampTz at)
{
	DateADT as_of = PG_GETARG_DATEADT(1);
	Calendar calendar;
	DateADT day;

	check_as_of(as_of);
	if (PG_NARGS() > 2)
		calendar_init_text(&calendar, PG_GETARG_TEXT_PP(2));
	else
		calendar_init(&calendar, "UTC");
	if (at == DT_NOBEGIN)
		PG_RETURN_NULL();
	day = calendar_day(&calendar, at);
	if (day > as_of)
		PG_RETURN_NULL();
	PG_RETURN_INT32(as_of - day);
}

/* Days from the last purchase to as_of. */
PG_FUNCTION_INFO_V1(purchase_summary_recency_days);
Datum
purchase_summary_recency_days(PG_FUNCTION_ARGS)
{
	return days_until_as_of(fcinfo, PG_GETARG_PURCHASE_SUMMARY(0)->last_purchase);
}

/* Days from the first purchase to as_of. */
PG_FUNCTION_INFO_V1(purchase_summary_tenure_days);
Datum
purchase_summary_tenure_days(PG_FUNCTION_ARGS)
{
	return days_until_as_of(fcinfo, PG_GETARG_PURCHASE_SUMMARY(0)->first_purchase);
}
