/*
 * event.h
 *		The overloads that every aggregate over (at, amount) has.
 *
 * `at` is timestamptz (an instant), timestamp (wall clock in UTC) or date (a
 * day in UTC); amount is numeric, int8 or float8. A room says how to get its
 * state, how to add one event to it, how to count a row that is skipped and
 * what to return; this makes its six C transition functions (state, at, amount) from them.
 * timestamptz and timestamp are the same number, so they share one.
 */
#ifndef CUSTOMER_PROFILE_EVENT_H
#define CUSTOMER_PROFILE_EVENT_H

#include "base/calendar.h"
#include "base/decimal.h"

#define EVENT_AT(datum) DatumGetTimestampTz(datum)
#define EVENT_AT_OF_DATE(datum) event_time_from_date(DatumGetDateADT(datum))

#define EVENT_AMOUNT_OF_NUMERIC(datum, scale) decimal_from_numeric(datum, scale)
#define EVENT_AMOUNT_OF_INT8(datum, scale) decimal_from_int64(DatumGetInt64(datum), scale)
#define EVENT_AMOUNT_OF_FLOAT8(datum, scale) decimal_from_float8(DatumGetFloat8(datum), scale)

/* One transition function. A NULL time or amount skips the row and counts it. */
#define EVENT_TRANSITION(name, event_at, event_amount, writable_state, add, ignore, result) \
	PG_FUNCTION_INFO_V1(name);                                                              \
	Datum name(PG_FUNCTION_ARGS)                                                            \
	{                                                                                       \
		void *state = writable_state(fcinfo);                                               \
		TimestampTz at;                                                                     \
		Decimal amount;                                                                     \
		int scale;                                                                          \
                                                                                            \
		if (unlikely(PG_ARGISNULL(1) || PG_ARGISNULL(2)))                                   \
		{                                                                                   \
			ignore(state, 1);                                                               \
			PG_RETURN_POINTER(result(fcinfo, state));                                       \
		}                                                                                   \
		at = event_at(PG_GETARG_DATUM(1));                                                  \
		amount = event_amount(PG_GETARG_DATUM(2), &scale);                                  \
		check_event_time(at);                                                               \
		PG_RETURN_POINTER(result(fcinfo, add(state, at, amount, scale)));                   \
	}

#define EVENT_TRANSITIONS(room, writable_state, add, ignore, result)                               \
	EVENT_TRANSITION(room##_add_numeric, EVENT_AT, EVENT_AMOUNT_OF_NUMERIC, writable_state, add,   \
					 ignore, result)                                                               \
	EVENT_TRANSITION(room##_add_int8, EVENT_AT, EVENT_AMOUNT_OF_INT8, writable_state, add, ignore, \
					 result)                                                                       \
	EVENT_TRANSITION(room##_add_float8, EVENT_AT, EVENT_AMOUNT_OF_FLOAT8, writable_state, add,     \
					 ignore, result)                                                               \
	EVENT_TRANSITION(room##_add_date_numeric, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_NUMERIC,           \
					 writable_state, add, ignore, result)                                          \
	EVENT_TRANSITION(room##_add_date_int8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_INT8, writable_state, \
					 add, ignore, result)                                                          \
	EVENT_TRANSITION(room##_add_date_float8, EVENT_AT_OF_DATE, EVENT_AMOUNT_OF_FLOAT8,             \
					 writable_state, add, ignore, result)

#endif /* CUSTOMER_PROFILE_EVENT_H */
