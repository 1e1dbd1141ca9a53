/*
 * decimal.c
 *		Exact money as 128-bit integers that count units of 10^-18.
 *
 * Most amounts are short, so numeric is read digit by digit straight from its
 * stored form (unchanged from PostgreSQL 9.1 to 18; test/sql/decimal.sql
 * checks it against numeric's own output). Whatever does not fit the fast road
 * goes through its text.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/decimal.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define DECIMAL_LIMIT ((((uint128) 1) << 127) - 1)

#define TEN_TO_9 INT64CONST(1000000000)
#define TEN_TO_18 (TEN_TO_9 * TEN_TO_9)

static const int64 small_powers_of_ten[19] = {1,
											  10,
											  100,
											  1000,
											  10000,
											  100000,
											  1000000,
											  10000000,
											  100000000,
											  1000000000,
											  INT64CONST(10000000000),
											  INT64CONST(100000000000),
											  INT64CONST(1000000000000),
											  INT64CONST(10000000000000),
											  INT64CONST(100000000000000),
											  INT64CONST(1000000000000000),
											  INT64CONST(10000000000000000),
											  INT64CONST(100000000000000000),
											  INT64CONST(1000000000000000000)};

Decimal
decimal_power_of_ten(int exponent)
{
	Assert(exponent >= 0 && exponent <= 38);
	if (exponent <= 18)
		return small_powers_of_ten[exponent];
	if (exponent <= 36)
		return (int128) TEN_TO_18 * small_powers_of_ten[exponent - 18];
	return (int128) TEN_TO_18 * TEN_TO_18 * small_powers_of_ten[exponent - 36];
}

static pg_noinline void
out_of_range(const char *amount)
{
	bool long_text = strlen(amount) > 60; /* numeric reaches 131072 digits */

	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("amount %.60s%s is out of range", amount, long_text ? "..." : ""),
					errdetail("Amounts must be smaller than about 1.7e20 in absolute value.")));
}

static pg_noinline void
not_finite(const char *amount)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("amount %s is not a finite number", amount)));
}

/*
 * The stored form of numeric (utils/adt/numeric.c): a 16-bit header, in the
 * long form followed by a 16-bit weight, then base-10000 digits, the first
 * one counting 10000^weight.
 */
typedef struct NumericParts
{
	bool special; /* NaN or infinity */
	bool negative;
	int scale; /* decimals shown */
	int weight;
	int ndigits;
	const char *digits; /* unaligned int16s */
} NumericParts;

static inline void
numeric_parts(const struct varlena *numeric, NumericParts *parts)
{
	const char *data = VARDATA_ANY(numeric);
	int size = VARSIZE_ANY_EXHDR(numeric);
	uint16 header;

	memcpy(&header, data, sizeof(header));
	parts->special = (header & 0xC000) == 0xC000;
	if (header & 0x8000)
	{
		parts->negative = (header & 0x2000) != 0;
		parts->scale = (header & 0x1F80) >> 7;
		parts->weight = (header & 0x0040 ? ~0x003F : 0) | (header & 0x003F);
		parts->digits = data + 2;
		parts->ndigits = (size - 2) / 2;
	}
	else
	{
		int16 weight;

		memcpy(&weight, data + 2, sizeof(weight));
		parts->negative = (header & 0xC000) == 0x4000;
		parts->scale = header & 0x3FFF;
		parts->weight = weight;
		parts->digits = data + 4;
		parts->ndigits = (size - 4) / 2;
	}
}

/* Digits worth at most 10^20 units and at least 10^-16: any usual amount. */
static inline bool
numeric_is_short(const NumericParts *parts)
{
	return !parts->special && parts->weight <= 4 && parts->weight - parts->ndigits + 1 >= -4;
}

static inline Decimal
short_numeric_value(const NumericParts *parts)
{
	uint64 high = 0;
	uint128 mantissa;
	int i = 0;
	Decimal value;

	if (parts->ndigits == 0)
		return 0;
	for (; i < parts->ndigits && i < 4; i++)
	{
		int16 digit;

		memcpy(&digit, parts->digits + 2 * i, sizeof(digit));
		high = high * 10000 + digit;
	}
	mantissa = high;
	for (; i < parts->ndigits; i++)
	{
		int16 digit;

		memcpy(&digit, parts->digits + 2 * i, sizeof(digit));
		mantissa = mantissa * 10000 + digit;
	}
	value =
		mantissa * decimal_power_of_ten(DECIMAL_SCALE + 4 * (parts->weight - parts->ndigits + 1));
	return parts->negative ? -value : value;
}

static pg_noinline Decimal
long_numeric_value(Datum numeric)
{
	char *text = DatumGetCString(DirectFunctionCall1(numeric_out, numeric));
	Decimal value;
	int scale;

	if (!decimal_parse(text, strlen(text), &value, &scale))
		out_of_range(text);
	pfree(text);
	return value;
}

Decimal
decimal_from_numeric(Datum numeric, int *scale)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(numeric);
	NumericParts parts;
	Decimal value;

	numeric_parts(packed, &parts);
	if (unlikely(parts.special))
		not_finite(DatumGetCString(DirectFunctionCall1(numeric_out, numeric)));
	*scale = Min(parts.scale, DECIMAL_SCALE);
	if (likely(numeric_is_short(&parts)))
		value = short_numeric_value(&parts);
	else
		value = long_numeric_value(PointerGetDatum(packed));
	if ((Pointer) packed != DatumGetPointer(numeric))
		pfree(packed);
	return value;
}

Decimal
decimal_from_int64(int64 value, int *scale)
{
	*scale = 0;
	return (Decimal) value * TEN_TO_18;
}

/*
 * A float8 is taken as its 15 significant digits, as PostgreSQL's cast to
 * numeric does. When r / 10^k == value for an integer r of at most 15 digits,
 * those digits are r: the quotient is correctly rounded, and decimals of 15
 * digits are told apart by their nearest doubles.
 */
Decimal
decimal_from_float8(double value, int *scale)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	char text[64];
	Decimal result;
	int length;

	if (unlikely(isnan(value) || isinf(value)))
		not_finite(isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
	for (int k = 0; k < (int) lengthof(powers); k++)
	{
		double r = rint(value * powers[k]);

		if (fabs(r) >= 1e15)
			break;
		if (r / powers[k] == value)
		{
			*scale = k;
			return (Decimal) (int64) r * small_powers_of_ten[DECIMAL_SCALE - k];
		}
	}
	length = snprintf(text, sizeof(text), "%.*g", DBL_DIG, value);
	if (!decimal_parse(text, length, &result, scale))
		out_of_range(text);
	return result;
}

/* One more digit of the mantissa; false on overflow. */
static inline bool
append_digit(uint128 *mantissa, int digit)
{
	if (*mantissa > (DECIMAL_LIMIT - digit) / 10)
		return false;
	*mantissa = *mantissa * 10 + digit;
	return true;
}

/* Reads e[+-]digits; false when malformed. */
static bool
parse_exponent(const char *at, const char *end, int *exponent)
{
	bool negative = false;
	int value = 0;

	if (at < end && (*at == '+' || *at == '-'))
		negative = *at++ == '-';
	if (at == end)
		return false;
	for (; at < end; at++)
	{
		if (*at < '0' || *at > '9')
			return false;
		value = Min(value * 10 + (*at - '0'), 100000);
	}
	*exponent = negative ? -value : value;
	return true;
}

/* Where the digits of a number are: its sign, its digits with the point, its exponent. */
typedef struct NumberText
{
	bool negative;
	const char *digits;
	const char *digits_end;
	int decimals; /* digits after the point */
	int exponent;
} NumberText;

static bool
scan_number(const char *text, int length, NumberText *number)
{
	const char *at = text;
	const char *end = text + length;
	int ndigits = 0;
	bool point = false;

	number->decimals = 0;
	number->exponent = 0;
	number->negative = at < end && *at == '-';
	if (number->negative)
		at++;
	number->digits = at;
	for (; at < end && *at != 'e' && *at != 'E'; at++)
	{
		if (*at == '.' && !point && ndigits > 0)
			point = true;
		else if (*at >= '0' && *at <= '9')
		{
			ndigits++;
			number->decimals += point;
		}
		else
			return false;
	}
	number->digits_end = at;
	if (ndigits == 0 || (point && number->decimals == 0))
		return false;
	return at == end || parse_exponent(at + 1, end, &number->exponent);
}

/*
 * Reads a decimal number, rounding half away from zero beyond 18 decimals.
 * *scale becomes the number of decimals shown, at most 18.
 */
bool
decimal_parse(const char *text, int length, Decimal *value, int *scale)
{
	NumberText number;
	uint128 mantissa = 0;
	int decimals = 0;	/* of the mantissa */
	bool after = false; /* past the point */
	int shift;
	int keep;

	if (!scan_number(text, length, &number))
		return false;
	*scale = Min(Max(number.decimals - number.exponent, 0), DECIMAL_SCALE);

	/* Digits beyond the 18th decimal only matter for the first of them. */
	keep = DECIMAL_SCALE + number.exponent;
	if (keep < -1)
	{
		/* Even the digit before the point is far below the last decimal, unless there are many. */
		if (keep + (number.digits_end - number.digits) < -1)
		{
			*value = 0;
			return true;
		}
	}
	for (const char *at = number.digits; at < number.digits_end; at++)
	{
		if (*at == '.')
			after = true;
		else if (!after || decimals < Max(keep + 1, 0))
		{
			if (!append_digit(&mantissa, *at - '0'))
				return false;
			decimals += after;
		}
	}
	shift = DECIMAL_SCALE + number.exponent - decimals;
	for (; shift > 0 && mantissa != 0; shift--)
		if (!append_digit(&mantissa, 0))
			return false;
	for (; shift < -1 && mantissa != 0; shift++)
		mantissa /= 10;
	if (shift == -1)
		mantissa = mantissa / 10 + (mantissa % 10 >= 5);
	*value = number.negative ? -(Decimal) mantissa : (Decimal) mantissa;
	return true;
}

/*
 * 128-bit division is slow. A unit of 10^n is 2^n * 5^n, so the quotient of
 * shifting by n bits and dividing by 5^n is the same; for most amounts, up to
 * 1.2 million with two decimals, that is a division of 64 bits.
 */
Decimal
decimal_coefficient(Decimal value, int scale, bool *exact)
{
	static const uint64 powers_of_five[19] = {1,
											  5,
											  25,
											  125,
											  625,
											  3125,
											  15625,
											  78125,
											  390625,
											  1953125,
											  9765625,
											  48828125,
											  244140625,
											  1220703125,
											  UINT64CONST(6103515625),
											  UINT64CONST(30517578125),
											  UINT64CONST(152587890625),
											  UINT64CONST(762939453125),
											  UINT64CONST(3814697265625)};
	int shift = DECIMAL_SCALE - scale;
	int64 unit = small_powers_of_ten[shift];
	uint128 magnitude = value < 0 ? -(uint128) value : (uint128) value;
	uint128 shifted = magnitude >> shift;
	Decimal coefficient;

	if (likely(shifted <= PG_UINT64_MAX))
	{
		uint64 quotient = (uint64) shifted / powers_of_five[shift];

		*exact = (uint128) quotient * unit == magnitude;
		return value < 0 ? -(Decimal) quotient : (Decimal) quotient;
	}
	coefficient = value / unit;
	*exact = coefficient * unit == value;
	return coefficient;
}

Numeric
decimal_to_numeric(Decimal value, int scale)
{
	bool exact;
	Decimal coefficient = decimal_coefficient(value, scale, &exact);
	StringInfoData text;
	Datum numeric;

	if (coefficient <= PG_INT64_MAX && coefficient >= PG_INT64_MIN)
		return int64_div_fast_to_numeric((int64) coefficient, scale);
	initStringInfo(&text);
	decimal_append(&text, value, scale);
	numeric = DirectFunctionCall3(numeric_in, CStringGetDatum(text.data),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	pfree(text.data);
	return DatumGetNumeric(numeric);
}

/*
 * The nearest double. An integer below 2^53 divided by a power of ten up to
 * 10^22 is correctly rounded; anything longer goes through strtod.
 */
double
decimal_to_float8(Decimal value)
{
	static const int scales[] = {2, 0, 4, 8, 12, 18};
	const Decimal limit = INT64CONST(1) << 53;
	StringInfoData text;
	double result;

	for (int i = 0; i < (int) lengthof(scales); i++)
	{
		bool exact;
		Decimal coefficient = decimal_coefficient(value, scales[i], &exact);

		if (exact && coefficient <= limit && coefficient >= -limit)
			return (double) (int64) coefficient / (double) small_powers_of_ten[scales[i]];
	}
	initStringInfo(&text);
	decimal_append(&text, value, DECIMAL_SCALE);
	result = strtod(text.data, NULL);
	pfree(text.data);
	return result;
}

void
decimal_append(StringInfo out, Decimal value, int scale)
{
	uint128 rest = value < 0 ? -(uint128) value : (uint128) value;
	char buffer[DECIMAL_MAX_LENGTH];
	char *at = buffer + sizeof(buffer);
	int written = 0;

	rest /= small_powers_of_ten[DECIMAL_SCALE - scale];
	do
	{
		/* Peel off 18 digits at a time: 128-bit division is slow. */
		uint64 chunk = (uint64) (rest % TEN_TO_18);
		bool last = rest < TEN_TO_18;

		rest /= TEN_TO_18;
		for (int i = 0; i < 18 && (!last || chunk != 0 || written <= scale); i++)
		{
			if (written == scale && scale > 0)
				*--at = '.';
			*--at = '0' + chunk % 10;
			chunk /= 10;
			written++;
		}
	} while (rest != 0 || written <= scale);
	if (value < 0)
		*--at = '-';
	appendBinaryStringInfo(out, at, buffer + sizeof(buffer) - at);
}

static pg_noinline void
sum_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("sum of amounts is out of range"),
			 errdetail("Sums must be smaller than about 1.7e20 in absolute value.")));
}

Decimal
decimal_add(Decimal a, Decimal b)
{
	Decimal sum;

	if (unlikely(__builtin_add_overflow(a, b, &sum)))
		sum_out_of_range();
	return sum;
}

Decimal
decimal_subtract(Decimal a, Decimal b)
{
	Decimal difference;

	if (unlikely(__builtin_sub_overflow(a, b, &difference)))
		sum_out_of_range();
	return difference;
}

Datum
decimal_divide(Decimal total, int scale, int64 count)
{
	return DirectFunctionCall2(numeric_div, NumericGetDatum(decimal_to_numeric(total, scale)),
							   NumericGetDatum(int64_to_numeric(count)));
}
