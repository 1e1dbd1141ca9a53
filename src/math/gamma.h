/*
 * gamma.h
 *		The Gamma distribution, and chi-square with it.
 */
#ifndef CUSTOMER_PROFILE_GAMMA_H
#define CUSTOMER_PROFILE_GAMMA_H

/* P(G > x) for a Gamma variable of this shape > 0 and rate 1, x >= 0. */
extern double gamma_upper_tail(double shape, double x);

/* The x with P(G <= x) = p, 0 < p < 1. */
extern double gamma_quantile(double shape, double p);

#endif /* CUSTOMER_PROFILE_GAMMA_H */
