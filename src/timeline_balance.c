/*
 * timeline_balance.c
 *		Loyalty points: a ledger in which what was earned first is spent first,
 *		and earnings expire.
 *
 * The earnings not yet used up are a stretch of the timeline itself, so they
 * need no memory: a second reader follows the first one and stands at the
 * oldest of them.
 */
#include "postgres.h"
#include "compat.h"

#include "base/period.h"
#include "miscadmin.h"
#include "timeline_layout.h"

#define NEVER 0 /* earnings do not expire */

typedef struct Ledger
{
	int64 expires;		   /* microseconds from earning to expiry, or NEVER */
	Decimal points;		   /* earned, neither spent nor expired; below 0: a debt */
	TimelineReader oldest; /* has just read the oldest earning; only while points > 0 */
	TimestampTz oldest_at;
	Decimal oldest_left; /* of that earning */
} Ledger;

/* The oldest earning is gone: go to the next one, while there is one. */
static void
next_oldest(Ledger *ledger)
{
	TimelineEvent event;

	ledger->points = decimal_subtract(ledger->points, ledger->oldest_left);
	ledger->oldest_left = 0;
	if (ledger->points == 0)
		return;
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!timeline_next(&ledger->oldest, &event))
			elog(ERROR, "points of a timeline without an earning");
	} while (event.pure || event.amount <= 0);
	ledger->oldest_at = event.at;
	ledger->oldest_left = event.amount;
}

/* Points earned at e are good for e <= time < e + expires. */
static void
expire(Ledger *ledger, TimestampTz now)
{
	if (ledger->expires == NEVER)
		return;
	while (ledger->points > 0 &&
		   (uint64) now - (uint64) ledger->oldest_at >= (uint64) ledger->expires)
		next_oldest(ledger);
}

/* Earnings repay a debt first; `reader` has just read this one. */
static void
earn(Ledger *ledger, const TimelineReader *reader, TimestampTz at, Decimal amount)
{
	bool first = ledger->points <= 0;

	ledger->points = decimal_add(ledger->points, amount);
	if (first && ledger->points > 0)
	{
		ledger->oldest = *reader;
		ledger->oldest_at = at;
		ledger->oldest_left = ledger->points;
	}
}

/* Uses up the oldest earnings; what they do not cover becomes a debt. */
static void
spend(Ledger *ledger, Decimal amount)
{
	while (ledger->points > 0 && amount >= ledger->oldest_left)
	{
		amount -= ledger->oldest_left;
		next_oldest(ledger);
	}
	if (ledger->points > 0)
		ledger->oldest_left -= amount;
	ledger->points = decimal_subtract(ledger->points, amount);
}

/*
 * balance(timeline, as_of timestamptz, expires interval) -> numeric: points
 * left of the events before as_of. Amounts above 0 are earned, those below 0
 * spend the oldest that have not expired; spending and earning at one instant
 * come to the same in either order. An earning expires `expires` after it was
 * made (at that very instant it is gone); NULL: never. Who spends more than
 * there is has a negative balance, which does not expire and which the next
 * earnings repay before they count. Labels do not matter. NULL without an
 * amount before as_of.
 */
PG_FUNCTION_INFO_V1(timeline_balance);
Datum
timeline_balance(PG_FUNCTION_ARGS)
{
	Ledger ledger = {.expires = NEVER};
	TimestampTz as_of;
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	bool any = false;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	as_of = PG_GETARG_TIMESTAMPTZ(1);
	check_as_of_instant(as_of);
	if (!PG_ARGISNULL(2))
		ledger.expires = period_microseconds(PG_GETARG_INTERVAL_P(2), "expires");

	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event) && event.at < as_of)
	{
		CHECK_FOR_INTERRUPTS();
		if (event.pure)
			continue;
		any = true;
		expire(&ledger, event.at);
		if (event.amount > 0)
			earn(&ledger, &reader, event.at, event.amount);
		else if (event.amount < 0)
			spend(&ledger, decimal_subtract(0, event.amount));
	}
	if (!any)
		PG_RETURN_NULL();
	expire(&ledger, as_of);
	PG_RETURN_NUMERIC(decimal_to_numeric(ledger.points, header.scale));
}
