/*
 * special.h
 *		Special functions that libm does not have: the derivatives of the log
 *		Gamma function, and their differences without cancellation.
 */
#ifndef CUSTOMER_PROFILE_SPECIAL_H
#define CUSTOMER_PROFILE_SPECIAL_H

/* psi(z) = d/dz ln Gamma(z) and psi'(z), for z > 0. */
extern double digamma(double z);
extern double trigamma(double z);

/* ln Gamma, psi and psi' at z + q less the same at z, for z > 0 and q >= 0. */
extern double log_gamma_difference(double z, double q);
extern double digamma_difference(double z, double q);
extern double trigamma_difference(double z, double q);

/*
 * ln of Gamma(z+n) Gamma(z+q) / (Gamma(z) Gamma(z+q+n)), for integers n that of the
 * product of (z+i)/(z+q+i) for i < n; good to 1e-15 (1 + its size) however large
 * the arguments are.
 */
extern double log_rising_ratio(double z, double q, double n);

/*
 * Sums over j < n that replace Gamma functions at base + n less those at
 * base, kept while n only grows. Grouped data come sorted by n, so a pass over
 * them needs one step per purchase and no lgamma.
 */
typedef struct RisingLog
{
	double base;
	int64 n;
	double log;	   /* sum ln(base + j)	= ln Gamma(base + n) - ln Gamma(base) */
	double first;  /* sum 1/(base + j)	= psi(base + n) - psi(base) */
	double second; /* - sum 1/(base + j)^2 */
} RisingLog;

extern void rising_log_init(RisingLog *rising, double base);
extern void rising_log_advance(RisingLog *rising, int64 n);

/*
 * ln B(a, b + n) - ln B(a, b) and its derivatives by ln a and ln b, in forms
 * that stay exact when a is much larger or smaller than b.
 */
typedef struct RisingBeta
{
	double a;
	double b;
	int64 n;
	double log;	 /* - sum log1p(a / (b + j)) */
	double by_a; /* first derivatives */
	double by_b;
	double by_aa; /* second derivatives */
	double by_ab;
	double by_bb;
} RisingBeta;

extern void rising_beta_init(RisingBeta *rising, double a, double b);
extern void rising_beta_advance(RisingBeta *rising, int64 n);

/* ln(1 + e^y) without overflow. */
extern double softplus(double y);

#endif /* CUSTOMER_PROFILE_SPECIAL_H */
