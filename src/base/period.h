/*
 * period.h
 *		Intervals that are a fixed length of time.
 *
 * A day is 24 hours. Months and years have no fixed length, so they are an
 * error; so is what is not positive or not finite.
 */
#ifndef CUSTOMER_PROFILE_PERIOD_H
#define CUSTOMER_PROFILE_PERIOD_H

#include "datatype/timestamp.h"

/* The length of an argument, > 0, in microseconds. `what` names it in the errors. */
extern int64 period_microseconds(const Interval *interval, const char *what);

/*
 * The same of the text of an option, in microseconds; `function` is whose
 * option it is. Text whose meaning depends on IntervalStyle is an error.
 */
extern int64 period_from_option(const char *text, const char *option, const char *function);

/* The instant so long before or after a finite one; infinite when that is out of range. */
extern TimestampTz period_before(TimestampTz at, int64 microseconds);
extern TimestampTz period_after(TimestampTz at, int64 microseconds);

#endif /* CUSTOMER_PROFILE_PERIOD_H */
