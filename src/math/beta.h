/*
 * beta.h
 *		The incomplete Beta function, and the negative binomial distribution.
 */
#ifndef CUSTOMER_PROFILE_BETA_H
#define CUSTOMER_PROFILE_BETA_H

/* I_x(a, b) for a, b > 0; y is 1 - x, given because it may be tiny. */
extern double incomplete_beta(double a, double b, double x, double y);

/* P(N >= n) for a negative binomial N of this mean and size: variance mean + mean^2 / size. */
extern double negative_binomial_tail(double n, double mean, double size);

#endif /* CUSTOMER_PROFILE_BETA_H */
