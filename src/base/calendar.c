/*
 * calendar.c
 *		Instants, days and zones, without the session's settings.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

/* Seconds from the Unix epoch to PostgreSQL's. */
#define EPOCH_SHIFT ((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

static inline int64
floor_divide(int64 value, int64 by)
{
	return value >= 0 ? value / by : -((-value + by - 1) / by);
}

void
calendar_init(Calendar *calendar, const char *timezone)
{
	calendar->zone = NULL;
	calendar->offset = 0;
	calendar->valid_from = PG_INT64_MIN;
	calendar->valid_until = PG_INT64_MAX;
	/* As it is nearly always written, then as it may be written. */
	if (strcmp(timezone, "UTC") == 0 || pg_strcasecmp(timezone, "UTC") == 0)
		return;

	if (strlen(timezone) < TIMEZONE_NAME_MAX)
		calendar->zone = pg_tzset(timezone);
	if (calendar->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", timezone),
				 errhint("Use a name from the view pg_timezone_names, such as Europe/Istanbul.")));
	if (!pg_tz_acceptable(calendar->zone))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("time zone \"%s\" appears to use leap seconds", timezone)));
	calendar->valid_until = PG_INT64_MIN; /* nothing known yet */
}

void
calendar_init_text(Calendar *calendar, const text *timezone)
{
	char *name = text_to_cstring(timezone);

	calendar_init(calendar, name);
	pfree(name);
}

/* Find the offset in force at an instant, and until when it stays. */
static void
find_offset(Calendar *calendar, TimestampTz at)
{
	pg_time_t unix_time = floor_divide(at, USECS_PER_SEC) + EPOCH_SHIFT;
	long before, after;
	int before_dst, after_dst;
	pg_time_t boundary;
	int found = pg_next_dst_boundary(&unix_time, &before, &before_dst, &boundary, &after,
									 &after_dst, calendar->zone);

	if (found < 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range for time zone \"%s\"",
							   pg_get_timezone_name(calendar->zone))));
	calendar->offset = (int64) before * USECS_PER_SEC;
	calendar->valid_from = floor_divide(at, USECS_PER_SEC) * USECS_PER_SEC;
	calendar->valid_until = found == 0 ? PG_INT64_MAX : (boundary - EPOCH_SHIFT) * USECS_PER_SEC;
}

DateADT
calendar_day(Calendar *calendar, TimestampTz at)
{
	if (at < calendar->valid_from || at >= calendar->valid_until)
		find_offset(calendar, at);
	return (DateADT) floor_divide(at + calendar->offset, USECS_PER_DAY);
}

DateADT
calendar_day_hour(Calendar *calendar, TimestampTz at, int *hour)
{
	DateADT day = calendar_day(calendar, at);

	*hour = (int) ((at + calendar->offset - day * USECS_PER_DAY) / USECS_PER_HOUR);
	return day;
}

TimestampTz
calendar_day_start(Calendar *calendar, DateADT day)
{
	TimestampTz midnight = event_time_from_date(day);
	TimestampTz start, change;

	if (calendar->zone == NULL)
		return midnight;

	/*
	 * Take the offset in force well before midnight; if midnight is skipped
	 * there (a clock put forward at midnight), that gives the instant of the
	 * change, and if it comes twice, the first one.
	 */
	find_offset(calendar, midnight - USECS_PER_DAY);
	start = midnight - calendar->offset;
	change = calendar->valid_until;
	if (start < change)
		return start;
	find_offset(calendar, start);
	return Max(midnight - calendar->offset, change);
}

void
check_as_of(DateADT as_of)
{
	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("as_of must be a finite date, not %s",
							   DATE_IS_NOBEGIN(as_of) ? "-infinity" : "infinity")));
	if (!IS_VALID_DATE(as_of)) /* only bytes from outside can say so */
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("as_of is out of range")));
	(void) event_time_from_date(as_of);
}

void
check_as_of_instant(TimestampTz as_of)
{
	if (TIMESTAMP_NOT_FINITE(as_of))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("as_of must be a finite time, not %s",
							   TIMESTAMP_IS_NOBEGIN(as_of) ? "-infinity" : "infinity")));
}

void
check_event_time(TimestampTz at)
{
	if (unlikely(TIMESTAMP_NOT_FINITE(at)))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("event time must be finite, not %s",
							   TIMESTAMP_IS_NOBEGIN(at) ? "-infinity" : "infinity")));
}

TimestampTz
event_time_from_date(DateADT day)
{
	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return DT_NOEND;
	/* Dates reach further than timestamps. */
	if (day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
	{
		StringInfoData text;

		initStringInfo(&text);
		date_append(&text, day);
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("date %s is out of range for an event time", text.data)));
	}
	return (TimestampTz) day * USECS_PER_DAY;
}

void
date_append(StringInfo out, DateADT day)
{
	int year, month, mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	appendStringInfo(out, "%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, mday,
					 year > 0 ? "" : " BC");
}

void
timestamp_append(StringInfo out, TimestampTz at)
{
	int64 day = floor_divide(at, USECS_PER_DAY);
	int64 time = at - day * USECS_PER_DAY;
	int seconds = time / USECS_PER_SEC;
	int fraction = time % USECS_PER_SEC;
	int year, month, mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	appendStringInfo(out, "%04d-%02d-%02dT%02d:%02d:%02d", year > 0 ? year : 1 - year, month, mday,
					 seconds / SECS_PER_HOUR, seconds / SECS_PER_MINUTE % MINS_PER_HOUR,
					 seconds % SECS_PER_MINUTE);
	if (fraction != 0)
	{
		char digits[8];
		int length = snprintf(digits, sizeof(digits), "%06d", fraction);

		while (digits[length - 1] == '0')
			length--;
		appendStringInfo(out, ".%.*s", length, digits);
	}
	appendStringInfoString(out, year > 0 ? "Z" : "Z BC");
}

/* Reads exactly `digits` digits. */
static bool
parse_digits(const char **at, const char *end, int digits, int *value)
{
	*value = 0;
	for (int i = 0; i < digits; i++, (*at)++)
	{
		if (*at >= end || **at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool
parse_char(const char **at, const char *end, char expected)
{
	if (*at >= end || **at != expected)
		return false;
	(*at)++;
	return true;
}

/* Strips " BC" from the end. */
static bool
parse_era(const char *text, const char **end)
{
	if (*end - text < 3 || memcmp(*end - 3, " BC", 3) != 0)
		return false;
	*end -= 3;
	return true;
}

/* Reads a calendar date as our output writes it; false unless it exists. */
static bool
parse_calendar_date(const char **at, const char *end, bool before_christ, int *julian)
{
	int year = 0;
	int ndigits = 0;
	int month, mday;
	int back_year, back_month, back_day;

	for (; *at < end && **at >= '0' && **at <= '9' && ndigits < 7; (*at)++, ndigits++)
		year = year * 10 + (**at - '0');
	if (ndigits < 4 || year == 0 || !parse_char(at, end, '-') ||
		!parse_digits(at, end, 2, &month) || !parse_char(at, end, '-') ||
		!parse_digits(at, end, 2, &mday) || month < 1 || month > 12)
		return false;
	if (before_christ)
		year = 1 - year;
	if (!IS_VALID_JULIAN(year, month, mday))
		return false;
	*julian = date2j(year, month, mday);
	j2date(*julian, &back_year, &back_month, &back_day);
	return back_year == year && back_month == month && back_day == mday;
}

bool
date_parse(const char *text, int length, DateADT *day)
{
	const char *at = text;
	const char *end = text + length;
	bool before_christ = parse_era(text, &end);
	int julian;

	if (!parse_calendar_date(&at, end, before_christ, &julian) || at != end)
		return false;
	*day = julian - POSTGRES_EPOCH_JDATE;
	return IS_VALID_DATE(*day);
}

bool
timestamp_parse(const char *text, int length, TimestampTz *result)
{
	const char *at = text;
	const char *end = text + length;
	bool before_christ = parse_era(text, &end);
	int julian, hour, minute, second;
	int64 fraction = 0;

	if (!parse_calendar_date(&at, end, before_christ, &julian) || !parse_char(&at, end, 'T') ||
		!parse_digits(&at, end, 2, &hour) || !parse_char(&at, end, ':') ||
		!parse_digits(&at, end, 2, &minute) || !parse_char(&at, end, ':') ||
		!parse_digits(&at, end, 2, &second) || hour > 23 || minute > 59 || second > 59)
		return false;
	if (parse_char(&at, end, '.'))
	{
		int64 unit = USECS_PER_SEC;

		for (; at < end && *at >= '0' && *at <= '9' && unit > 1; at++)
		{
			unit /= 10;
			fraction += unit * (*at - '0');
		}
		if (unit == USECS_PER_SEC)
			return false;
	}
	if (!parse_char(&at, end, 'Z') || at != end || julian >= TIMESTAMP_END_JULIAN)
		return false;
	*result = (int64) (julian - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
			  (((int64) hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second) * USECS_PER_SEC +
			  fraction;
	return IS_VALID_TIMESTAMP(*result);
}
