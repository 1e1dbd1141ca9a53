/*
 * moments.c
 *		Mean and sum of squared deviations from exact integer sums.
 *
 * sum (x - mean)^2 = (n sum x^2 - (sum x)^2) / n is worked out in 256-bit
 * integers, so that nothing cancels, whatever the mean is.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "math/moments.h"

/* out[4] = a[na] * b[nb], na + nb <= 4. */
static void
multiply(const uint64 *a, int na, const uint64 *b, int nb, uint64 out[4])
{
	memset(out, 0, 4 * sizeof(uint64));
	for (int i = 0; i < na; i++)
	{
		unsigned __int128 carry = 0;

		for (int j = 0; j < nb; j++)
		{
			carry += (unsigned __int128) a[i] * b[j] + out[i + j];
			out[i + j] = (uint64) carry;
			carry >>= 64;
		}
		if (i + nb < 4)
			out[i + nb] = (uint64) carry;
	}
}

/* a -= b; false when that is negative. */
static bool
subtract(uint64 a[4], const uint64 b[4])
{
	unsigned borrow = 0;

	for (int i = 0; i < 4; i++)
	{
		unsigned __int128 less = (unsigned __int128) b[i] + borrow;

		borrow = a[i] < less;
		a[i] = (uint64) (a[i] - less);
	}
	return borrow == 0;
}

static double
to_double(const uint64 a[4])
{
	return ldexp((double) a[3], 192) + ldexp((double) a[2], 128) + ldexp((double) a[1], 64) +
		   (double) a[0];
}

void
moments_of_words(const int64 *words, double unit, Moments *moments)
{
	uint64 n[1] = {(uint64) words[0]};
	uint64 squares[3] = {(uint64) words[3], (uint64) words[4], (uint64) words[5]};
	__int128 sum = (__int128) ((unsigned __int128) (uint64) words[2] << 64 | (uint64) words[1]);
	unsigned __int128 size = sum < 0 ? -(unsigned __int128) sum : (unsigned __int128) sum;
	uint64 absolute[2] = {(uint64) size, (uint64) (size >> 64)};
	uint64 left[4], right[4];

	moments->n = words[0];
	moments->mean = words[0] == 0 ? 0.0 : (double) sum / words[0] * unit;
	multiply(squares, 3, n, 1, left);
	multiply(absolute, 2, absolute, 2, right);
	/* Only sums that nobody added up can be negative here. */
	moments->squares =
		words[0] > 0 && subtract(left, right) ? to_double(left) / words[0] * unit * unit : 0.0;
}

void
moments_subtract_words(const int64 *all, const int64 *part, int64 *rest)
{
	unsigned borrow = 0;

	rest[0] = all[0] - part[0];
	for (int i = 1; i < 6; i++)
	{
		unsigned __int128 less;

		if (i == 3)
			borrow = 0;
		less = (unsigned __int128) (uint64) part[i] + borrow;
		borrow = (uint64) all[i] < less;
		rest[i] = (int64) ((uint64) all[i] - (uint64) less);
	}
}
