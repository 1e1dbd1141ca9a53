/*
 * bgnbd_alive.c
 *		BG/NBD and MBG/NBD: a customer who is alive at T, and expectations over
 *		the dropout probability.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/bgnbd_alive.h"

#define TAIL 40.0		 /* e^-40 is nothing */
#define NARROW_WIDTH 0.1 /* see p_is_narrow */
#define NARROW_CHANGE 3.0

/*
 * Is p so concentrated that f = (1 + p tau/A)^-(r+x+1) changes little over its
 * width? So it is on the ridge of large a and b. By ln p, ln f has a slope of
 * at most r+x+1, and of at most -ln f: where that is above TAIL f is nothing.
 * With small a and tiny b p is nearly always 1, but now and then anything, and
 * then f is large: that is not narrow.
 */
static bool
p_is_narrow(const BgnbdAlive *alive)
{
	double width = sqrt(alive->b / (alive->a * (alive->C + 1.0))); /* relative to the mean */

	return alive->a >= BGNBD_NARROW_A && width <= NARROW_WIDTH &&
		   Min(alive->s + 1.0, TAIL) * width <= NARROW_CHANGE;
}

void
bgnbd_alive_init(BgnbdAlive *alive, const double *parameters, int32 x, double T, int first)
{
	alive->s = parameters[BGNBD_R] + x;
	alive->A = parameters[BGNBD_ALPHA] + T;
	alive->a = parameters[BGNBD_A];
	alive->b = parameters[BGNBD_B] + first + x;
	alive->C = alive->a + alive->b;
	alive->B = parameters[BGNBD_A] + parameters[BGNBD_B] + first - 1.0 - parameters[BGNBD_R];
	alive->narrow = p_is_narrow(alive);
	alive->have_nodes = false; /* most can do without */
}

/* E f(p) for a customer who is alive at T. */
double
bgnbd_expectation_over_p(BgnbdAlive *alive, UnitFunction f)
{
	double sum = 0.0;

	if (!alive->narrow)
		return beta_expectation(alive->a, alive->b, f, alive);
	if (!alive->have_nodes)
		gauss_beta(alive->a, alive->b, alive->p, alive->weights);
	alive->have_nodes = true;
	for (int i = 0; i < BETA_NODES; i++)
		sum += alive->weights[i] * f(alive, alive->p[i]);
	return sum;
}
