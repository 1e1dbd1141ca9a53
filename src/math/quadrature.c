/*
 * quadrature.c
 *		Integrals with a fixed cost or a checked error.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/quadrature.h"
#include "math/special.h"

/* Positive nodes and weights on [-1, 1]; the others mirror them. */
static const double gauss_table[GAUSS_NODES / 2][2] = {
	{0.96028985649753623168, 0.10122853629037625915},
	{0.79666647741362673959, 0.22238103445337447054},
	{0.52553240991632898581, 0.31370664587788728733},
	{0.18343464249564980493, 0.36268378337836198296},
};

void
gauss_legendre(double from, double to, double nodes[GAUSS_NODES], double weights[GAUSS_NODES])
{
	double centre = 0.5 * (from + to);
	double half = 0.5 * (to - from);

	for (int i = 0; i < GAUSS_NODES / 2; i++)
	{
		nodes[i] = centre - half * gauss_table[i][0];
		nodes[GAUSS_NODES - 1 - i] = centre + half * gauss_table[i][0];
		weights[i] = weights[GAUSS_NODES - 1 - i] = half * gauss_table[i][1];
	}
}

/* Legendre's P_6 (even) and P_7 (odd) at the nodes of gauss_table, the positive ones. */
static const double legendre_6[GAUSS_NODES / 2] = {0.3189921291104838, -0.38679791509661854,
												   0.30239170237287133, -0.11342352322434307};
static const double legendre_7[GAUSS_NODES / 2] = {0.15501881289035005, -0.2265762383999963,
												   0.26852031408771532, -0.28855496859568763};

/*
 * The coefficients of P_6 and P_7 relative to that of P_0 tell the size of the
 * one that the rule misses, that of P_16: for e^(cx), c = 2, 3 and 4, the
 * seventh is 5e-4, 6e-3 and 3e-2 and the error 1e-13, 1e-10 and 1e-8.
 */
double
gauss_legendre_error(const double weighted[GAUSS_NODES])
{
	double sum = 0.0;
	double sixth = 0.0;
	double seventh = 0.0;
	double size;

	for (int i = 0; i < GAUSS_NODES / 2; i++)
	{
		double low = weighted[i];
		double high = weighted[GAUSS_NODES - 1 - i];

		sum += high + low;
		sixth += (high + low) * legendre_6[i];
		seventh += (high - low) * legendre_7[i];
	}
	if (sum == 0.0)
		return 0.0;
	size = Max(15.0 * fabs(seventh), 0.15 * 13.0 * fabs(sixth)) / fabs(sum);
	return size < 0.1 ? 0.01 * size * size * size : size;
}

/*
 * The trapezoidal rule in y = ln(p / (1 - p)). With both ends taken out (see
 * beta_expectation) the integrand is analytic in a strip around the real line
 * and falls off exponentially, so the error falls off exponentially in 1/step.
 */
typedef struct BetaIntegral
{
	double a;
	double b;
	UnitFunction f;
	void *context;
	double f_at_0;
	double f_at_1;
	double mode;		/* y where the weight is largest */
	double mode_weight; /* its logarithm */
	double sum;			/* of p^a (1-p)^b (f - line) */
	double weight;		/* of p^(a+1) (1-p)^(b+1) */
} BetaIntegral;

#define NEGLIGIBLE 1e-18
#define MAX_HALVINGS 8
#define MAX_POINTS 20000 /* to one side; never reached for parameters in the optimiser's box */

static double
log_weight(const BetaIntegral *integral, double y)
{
	double log_1_p = -softplus(y);

	return (integral->a + 1.0) * (log_1_p + y) + (integral->b + 1.0) * log_1_p;
}

/* Adds the points mode + first, mode + first + step, ... until nothing is left to add. */
static void
add_points(BetaIntegral *integral, double first, double step)
{
	for (int i = 0; i < MAX_POINTS; i++)
	{
		double y = integral->mode + first + i * step;
		double p = 1.0 / (1.0 + exp(-y));
		double q = 1.0 / (1.0 + exp(y));
		double weight = exp(log_weight(integral, y) - integral->mode_weight);
		double rest =
			integral->f(integral->context, p) - q * integral->f_at_0 - p * integral->f_at_1;
		double term = p > 0.0 && q > 0.0 ? weight * rest / (p * q) : 0.0;

		integral->sum += term;
		integral->weight += weight;
		if (weight <= NEGLIGIBLE * integral->weight &&
			fabs(term) <= NEGLIGIBLE * fabs(integral->sum))
			break;
	}
}

/*
 * E f = f(0) b/(a+b) + f(1) a/(a+b) + ab/((a+b)(a+b+1)) E' [(f - line)/(p(1-p))],
 * where the line joins f(0) and f(1) and E' is over Beta(a+1, b+1). This takes
 * the slowly falling tails of small a or b out of the integral. The step is
 * halved until the value stands; halving squares the relative error, so
 * agreement to 1e-8 means full precision.
 */
double
beta_expectation(double a, double b, UnitFunction f, void *context)
{
	BetaIntegral integral = {.a = a, .b = b, .f = f, .context = context};
	double share = b / (a + b);
	double line;
	double factor = a * share / (a + b + 1.0);
	double step = 0.5 * Min(1.0, sqrt(1.0 / (a + 1.0) + 1.0 / (b + 1.0)));
	double before;
	double value;

	integral.f_at_0 = f(context, 0.0);
	integral.f_at_1 = f(context, 1.0);
	line = share * integral.f_at_0 + (1.0 - share) * integral.f_at_1;
	integral.mode = log((a + 1.0) / (b + 1.0));
	integral.mode_weight = log_weight(&integral, integral.mode);
	add_points(&integral, 0.0, step);
	add_points(&integral, -step, -step);
	value = line + factor * integral.sum / integral.weight;
	for (int i = 0; i < MAX_HALVINGS; i++)
	{
		before = value;
		add_points(&integral, 0.5 * step, step);
		add_points(&integral, -0.5 * step, -step);
		step *= 0.5;
		value = line + factor * integral.sum / integral.weight;
		if (fabs(value - before) <= 1e-8 * fabs(value))
			break;
	}
	return value;
}
