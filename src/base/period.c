/*
 * period.c
 *		Intervals that are a fixed length of time.
 */
#include "postgres.h"
#include "compat.h"

#include "base/period.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static char *
interval_text(const Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)));
}

/* What is wrong with an interval as a fixed length; NULL when nothing is, and sets its length. */
static const char *
period_measure(const Interval *interval, int64 *microseconds)
{
	if (INTERVAL_NOT_FINITE(interval))
		return "It must be finite.";
	if (interval->month != 0)
		return "Months and years have no fixed length; say days, such as 30 days or 365 days.";
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, microseconds) ||
		pg_add_s64_overflow(*microseconds, interval->time, microseconds))
		return "It is out of range.";
	if (*microseconds <= 0)
		return "It must be positive.";
	return NULL;
}

int64
period_microseconds(const Interval *interval, const char *what)
{
	int64 result;
	const char *wrong = period_measure(interval, &result);

	if (wrong != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be a fixed, positive length of time, not %s", what,
							   interval_text(interval)),
						errdetail_internal("%s", wrong)));
	return result;
}

int64
period_from_option(const char *text, const char *option, const char *function)
{
	const char *wrong = "Expected a positive interval without months or years, such as \"7 days\".";
	int64 result = 0;

	/* In the SQL standard's style one minus sign at the start covers all fields. */
	if (strchr(text, '-') == NULL)
	{
		Interval *interval = DatumGetIntervalP(DirectFunctionCall3(
			interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

		wrong = period_measure(interval, &result);
	}
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\" of %s: \"%s\"", option, function, text),
				 errdetail_internal("%s", wrong)));
	return result;
}

TimestampTz
period_before(TimestampTz at, int64 microseconds)
{
	TimestampTz result;

	if (pg_sub_s64_overflow(at, microseconds, &result) || result < MIN_TIMESTAMP)
		return DT_NOBEGIN;
	return result;
}

TimestampTz
period_after(TimestampTz at, int64 microseconds)
{
	TimestampTz result;

	if (pg_add_s64_overflow(at, microseconds, &result) || result >= END_TIMESTAMP)
		return DT_NOEND;
	return result;
}
