/*
 * decimal.h
 *		Exact money: a 128-bit integer that counts units of 10^-18.
 *
 * The range is +-1.7e20 currency units. Amounts with more than 18 decimals
 * are rounded half away from zero, as numeric does. The display scale (how
 * many decimals to show) travels beside the value, never inside it.
 */
#ifndef CUSTOMER_PROFILE_DECIMAL_H
#define CUSTOMER_PROFILE_DECIMAL_H

#include "lib/stringinfo.h"
#include "utils/numeric.h"

typedef int128 Decimal;

#define DECIMAL_SCALE 18	  /* decimals kept */
#define DECIMAL_MAX_LENGTH 42 /* characters of the longest text, with NUL */

/*
 * Amounts in. Each sets *scale to the display scale of the argument, 0..18.
 * NaN, infinity and amounts beyond the range are errors that name the value.
 */
extern Decimal decimal_from_numeric(Datum numeric, int *scale);
extern Decimal decimal_from_int64(int64 value, int *scale);
extern Decimal decimal_from_float8(double value, int *scale);

/* Parse [-]digits[.digits][e[+-]digits] of known length; false when malformed or out of range. */
extern bool decimal_parse(const char *text, int length, Decimal *value, int *scale);

/* Amounts out. The scale must be enough to show the value exactly, except for float8. */
extern Numeric decimal_to_numeric(Decimal value, int scale);
extern double decimal_to_float8(Decimal value); /* the nearest double */
extern void decimal_append(StringInfo out, Decimal value, int scale);

/* Sums, with an overflow error. */
extern Decimal decimal_add(Decimal a, Decimal b);
extern Decimal decimal_subtract(Decimal a, Decimal b);

/* Mean of a total over a count > 0, as numeric division shows it. */
extern Datum decimal_divide(Decimal total, int scale, int64 count);

/* 10^exponent for 0..38, by table. */
extern Decimal decimal_power_of_ten(int exponent);

/* The value as an integer at this scale, truncated; *exact says whether nothing was lost. */
extern Decimal decimal_coefficient(Decimal value, int scale, bool *exact);

#endif /* CUSTOMER_PROFILE_DECIMAL_H */
