/*
 * bgnbd_alive.c
 *		BG/NBD and MBG/NBD: a customer who is alive at T, and expectations over
 *		the dropout probability.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/bgnbd_alive.h"

/*
 * From this a on. Gauss quadrature of n nodes takes 1/p for p ~ Gamma(a) with
 * an error of 1/binomial(a+n-1, n): 1e-12 here, and for Beta(a, b) less.
 */
#define FEW_A 30.0

void
bgnbd_alive_init(BgnbdAlive *alive, const double *parameters, int32 x, double T, int first)
{
	alive->s = parameters[BGNBD_R] + x;
	alive->A = parameters[BGNBD_ALPHA] + T;
	alive->a = parameters[BGNBD_A];
	alive->b = parameters[BGNBD_B] + first + x;
	alive->C = alive->a + alive->b;
	alive->B = parameters[BGNBD_A] + parameters[BGNBD_B] + first - 1.0 - parameters[BGNBD_R];
	alive->few = alive->a >= FEW_A;
	alive->have_nodes = false; /* most can do without */
}

/* E f(p) for a customer who is alive at T. */
double
bgnbd_expectation_over_p(BgnbdAlive *alive, UnitFunction f)
{
	double sum = 0.0;

	if (!alive->few)
		return beta_expectation(alive->a, alive->b, f, alive);
	if (!alive->have_nodes)
		gauss_beta(alive->a, alive->b, alive->p, alive->weights);
	alive->have_nodes = true;
	for (int i = 0; i < BETA_NODES; i++)
		sum += alive->weights[i] * f(alive, alive->p[i]);
	return sum;
}
