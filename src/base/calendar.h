/*
 * calendar.h
 *		Whose days: instants to calendar days in UTC or in a named zone.
 *
 * Nothing here reads the session's TimeZone. A Calendar remembers the UTC
 * offset around the last instant asked, so runs of nearby instants are cheap.
 */
#ifndef CUSTOMER_PROFILE_CALENDAR_H
#define CUSTOMER_PROFILE_CALENDAR_H

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "pgtime.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#define TIMEZONE_NAME_MAX 64 /* bytes of the longest zone name, with NUL */

typedef struct Calendar
{
	pg_tz *zone;			/* NULL: UTC */
	int64 offset;			/* microseconds to add to UTC for wall clock */
	TimestampTz valid_from; /* the offset holds for valid_from <= at < valid_until */
	TimestampTz valid_until;
} Calendar;

/* Set up for a zone name; an unknown one is an error that names it. */
extern void calendar_init(Calendar *calendar, const char *timezone);

/* The same for a SQL text argument. */
extern void calendar_init_text(Calendar *calendar, const text *timezone);

/* The calendar day of an instant, in days since 2000-01-01. */
extern DateADT calendar_day(Calendar *calendar, TimestampTz at);

/* The calendar day of an instant, and the hour 0..23 that the clock shows. */
extern DateADT calendar_day_hour(Calendar *calendar, TimestampTz at, int *hour);

/* The first instant of a day. */
extern TimestampTz calendar_day_start(Calendar *calendar, DateADT day);

/* Checked arguments: infinite values are errors that name the argument. */
extern void check_as_of(DateADT as_of);
extern void check_as_of_instant(TimestampTz as_of);
extern void check_event_time(TimestampTz at);
extern TimestampTz event_time_from_date(DateADT day);

/*
 * Text that does not depend on DateStyle or TimeZone: 1997-01-01T00:00:00Z,
 * fractions only when there are any, " BC" at the end where it applies.
 */
extern void timestamp_append(StringInfo out, TimestampTz at);
extern bool timestamp_parse(const char *text, int length, TimestampTz *at);
extern void date_append(StringInfo out, DateADT day);
extern bool date_parse(const char *text, int length, DateADT *day);

#endif /* CUSTOMER_PROFILE_CALENDAR_H */
