/*
 * moments.h
 *		Mean and sum of squared deviations from exact integer sums.
 */
#ifndef CUSTOMER_PROFILE_MOMENTS_H
#define CUSTOMER_PROFILE_MOMENTS_H

typedef struct Moments
{
	double n;
	double mean;
	double squares; /* sum of squared deviations from the mean, >= 0 */
} Moments;

/*
 * Of six words, low first: a count, a signed 128-bit sum (2 words), and an
 * unsigned 192-bit sum of squares (3 words), of integers that count `unit`s.
 */
extern void moments_of_words(const int64 *words, double unit, Moments *moments);

/* Six words of all less those of a part. */
extern void moments_subtract_words(const int64 *all, const int64 *part, int64 *rest);

#endif /* CUSTOMER_PROFILE_MOMENTS_H */
