/*
 * quadrature.h
 *		Integrals with a fixed cost or a checked error.
 */
#ifndef CUSTOMER_PROFILE_QUADRATURE_H
#define CUSTOMER_PROFILE_QUADRATURE_H

#define GAUSS_NODES 8

/* Nodes and weights of 8-point Gauss-Legendre on [from, to]. */
extern void
gauss_legendre(double from, double to, double nodes[GAUSS_NODES], double weights[GAUSS_NODES]);

/*
 * The relative error to expect of a sum of such weighted values, from how fast
 * the Legendre coefficients of the integrand fall.
 */
extern double gauss_legendre_error(const double weighted[GAUSS_NODES]);

/*
 * E[f(P)] for P ~ Beta(a, b), f smooth on [0, 1]. Any positive a and b will
 * do, from 1e-9 (all mass at the ends) to 1e9 (all mass at the mean).
 */
typedef double (*UnitFunction)(void *context, double p);

extern double beta_expectation(double a, double b, UnitFunction f, void *context);

/*
 * Nodes and weights of 16-point Gauss quadrature for Beta(a, b): quick, and
 * exact to rounding for f that is smooth on the scale of its width.
 */
#define BETA_NODES 16

extern void gauss_beta(double a, double b, double nodes[BETA_NODES], double weights[BETA_NODES]);

#endif /* CUSTOMER_PROFILE_QUADRATURE_H */
