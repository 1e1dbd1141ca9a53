/*
 * pareto_integral.c
 *		Pareto/NBD: the integral over the time of dropout.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/pareto_nbd.h"

#define TAIL 40.0 /* e^-40 is nothing */
#define PANEL_WIDTH 2.0

void
pareto_integral_init(ParetoIntegral *integral, const double *parameters, double p, double t,
					 double length)
{
	double alpha = parameters[PARETO_ALPHA];
	double beta = parameters[PARETO_BETA];
	double s = parameters[PARETO_S];

	integral->u = 0.0;
	if (alpha < beta)
	{
		integral->exponent_m = p - 1.0;
		integral->exponent_M = s + 1.0;
		integral->rho = (alpha + t) / (beta + t);
		integral->factor = s * integral->rho;
		integral->end = log1p(length / (alpha + t));
	}
	else
	{
		integral->exponent_m = s;
		integral->exponent_M = p;
		integral->rho = (beta + t) / (alpha + t);
		integral->factor = s;
		integral->end = log1p(length / (beta + t));
	}
}

/* How far the integrand has fallen at u, in logs, and how fast it falls. */
static inline double
fall_at(const ParetoIntegral *integral, double u, double *slope)
{
	double growth = integral->rho * expm1(u);

	*slope =
		integral->exponent_m + integral->exponent_M * (integral->rho + growth) / (1.0 + growth);
	return integral->exponent_m * u + integral->exponent_M * log1p(growth);
}

/*
 * The width of the panel from u on: up to the end, or to where nothing is left.
 * The fall is convex, so a line from above finds that place: first the slope at
 * u, then those further on (Newton).
 */
static double
panel_width(const ParetoIntegral *integral, double *fall)
{
	double width = Min(integral->end - integral->u, PANEL_WIDTH);
	double slope;
	double from = fall_at(integral, integral->u, &slope);

	if (!(width > 0.0) || from > TAIL)
		return 0.0;
	if (slope * width > TAIL)
		width = TAIL / slope;
	*fall = fall_at(integral, integral->u + width, &slope) - from;
	for (int i = 0; *fall > 1.1 * TAIL && i < 20; i++)
	{
		width -= (*fall - TAIL) / slope;
		*fall = fall_at(integral, integral->u + width, &slope) - from;
	}
	return width;
}

/* With as many nodes as its fall asks for; where the integrand grows first, it does so slowly. */
static const GaussRule *
panel_rule(double width, double fall)
{
	if (width < 0.2 && fall < 0.25)
		return &gauss_rule_4;
	if (width < 1.0 && fall < 3.0)
		return &gauss_rule_8;
	if (width < 1.5 && fall < 8.0)
		return &gauss_rule_12;
	return fall < 14.0 ? &gauss_rule_16 : &gauss_rule_24;
}

bool
pareto_integral_next(ParetoIntegral *integral, ParetoPanel *panel)
{
	double fall = 0.0;
	double width = panel_width(integral, &fall);
	const GaussRule *rule = panel_rule(width, fall);

	if (!(width > 0.0))
		return false;
	panel->n = rule->n;
	for (int i = 0; i < rule->n; i++)
	{
		panel->u[i] = integral->u + width * rule->nodes[i];
		panel->growth[i] = expm1(panel->u[i]);
		panel->v[i] = log1p(integral->rho * panel->growth[i]);
	}
	for (int i = 0; i < rule->n; i++)
		panel->mass[i] =
			width * integral->factor * rule->weights[i] *
			exp(-integral->exponent_m * panel->u[i] - integral->exponent_M * panel->v[i]);
	integral->u += width;
	return true;
}

double
pareto_dead(const double *parameters, double p, double t, double length)
{
	ParetoIntegral integral;
	ParetoPanel panel;
	double sum = 0.0;

	pareto_integral_init(&integral, parameters, p, t, length);
	while (pareto_integral_next(&integral, &panel))
		for (int i = 0; i < panel.n; i++)
			sum += panel.mass[i];
	return sum;
}
