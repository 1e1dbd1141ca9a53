/*
 * group_event.h
 *		Rows of aggregates over (at, amount), as the grouping node batches them.
 */
#ifndef CUSTOMER_PROFILE_GROUP_EVENT_H
#define CUSTOMER_PROFILE_GROUP_EVENT_H

#include "base/event.h"
#include "group/group_aggregate.h"

typedef struct GroupEvent
{
	TimestampTz at;
	int32 scale;
	bool ignored; /* a NULL time or amount */
	Decimal amount;
} GroupEvent;

/*
 * A function that reads one row: the counterpart of EVENT_TRANSITION, with the
 * same conversions and the same errors.
 */
#define GROUP_EVENT_READ(name, event_at, event_amount)                                    \
	static void name(void *row, const GroupArguments *arguments)                          \
	{                                                                                     \
		GroupEvent *event = row;                                                          \
		int scale;                                                                        \
                                                                                          \
		event->ignored =                                                                  \
			GROUP_ARGUMENT_IS_NULL(arguments, 0) || GROUP_ARGUMENT_IS_NULL(arguments, 1); \
		if (unlikely(event->ignored))                                                     \
			return;                                                                       \
		event->at = event_at(GROUP_ARGUMENT(arguments, 0));                               \
		event->amount = event_amount(GROUP_ARGUMENT(arguments, 1), &scale);               \
		event->scale = scale;                                                             \
		check_event_time(event->at);                                                      \
	}

#define GROUP_EVENT_READS(prefix)                                                      \
	GROUP_EVENT_READ(prefix##_numeric, EVENT_AT, EVENT_AMOUNT_OF_NUMERIC)              \
	GROUP_EVENT_READ(prefix##_int8, EVENT_AT, EVENT_AMOUNT_OF_INT8)                    \
	GROUP_EVENT_READ(prefix##_float8, EVENT_AT, EVENT_AMOUNT_OF_FLOAT8)                \
	GROUP_EVENT_READ(prefix##_date_numeric, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_NUMERIC) \
	GROUP_EVENT_READ(prefix##_date_int8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_INT8)       \
	GROUP_EVENT_READ(prefix##_date_float8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_FLOAT8)

#endif /* CUSTOMER_PROFILE_GROUP_EVENT_H */
