/*
 * proportion.h
 *		Shares of a count, and the tails of the normal distribution.
 */
#ifndef CUSTOMER_PROFILE_PROPORTION_H
#define CUSTOMER_PROFILE_PROPORTION_H

typedef struct Wilson
{
	double value; /* successes / n */
	double se;	  /* half the interval's width in normal units; never 0 */
	double lo;
	double hi;
} Wilson;

/* The 95 % score interval of 0 <= successes <= n, n > 0, without continuity correction. */
extern Wilson wilson_interval(double successes, double n);

/* P(|Z| >= |z|) for a standard normal Z, and P(X >= x) for chi-squared X of one degree of freedom. */
extern double normal_two_sided(double z);
extern double chi_squared_1_tail(double x);

#endif /* CUSTOMER_PROFILE_PROPORTION_H */
