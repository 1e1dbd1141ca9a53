/*
 * quantile.h
 *		Quantiles of raw values, found by selection instead of a sort.
 *
 * Values are handed over as keys: unsigned integers in the order of the
 * numbers they stand for, so that the selection works on their bits.
 */
#ifndef CUSTOMER_PROFILE_QUANTILE_H
#define CUSTOMER_PROFILE_QUANTILE_H

#define QUANTILE_BINS_MAX 100

#define QUANTILE_SIGN_BIT ((uint64) 1 << 63)

/* The key of a finite number; 0 and -0 have the same. */
static inline uint64
quantile_key(double value)
{
	double canonical = value + 0.0; /* -0.0 + 0.0 is 0.0 */
	uint64 bits;

	memcpy(&bits, &canonical, sizeof(bits));
	return bits & QUANTILE_SIGN_BIT ? ~bits : bits | QUANTILE_SIGN_BIT;
}

static inline double
quantile_value(uint64 key)
{
	uint64 bits = key & QUANTILE_SIGN_BIT ? key & ~QUANTILE_SIGN_BIT : ~key;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * Which of the bins (lo, hi] between non-decreasing breaks a value is in:
 * the number of breaks strictly below it, 0..nbreaks.
 */
static inline int
quantile_bin(const double *breaks, int nbreaks, double value)
{
	int bin = 0;

	for (int i = 0; i < nbreaks; i++)
		bin += breaks[i] < value;
	return bin;
}

/*
 * The keys of the given ranks (0 is the smallest, ranks ascending, repeats
 * allowed) as if keys[] were sorted. keys[] is left as it was.
 */
extern void
quantile_select(const uint64 *keys, Size nkeys, const Size *ranks, int nranks, uint64 *selected);

/* The bins - 1 breaks that cut n > 0 keys into quantile bins. */
extern void quantile_breaks(const uint64 *keys, Size nkeys, int bins, double *breaks);

#endif /* CUSTOMER_PROFILE_QUANTILE_H */
