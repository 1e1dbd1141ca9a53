/*
 * mbg_cnbd_discount.c
 *		MBG/CNBD-k: discounted expected purchases.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/discounted_forever.h"
#include "ltv/mbg_cnbd.h"
#include "math/gauss_rules.h"

#define TAIL 40.0 /* e^-40 is nothing */
#define PANEL_WIDTH 1.0

/*
 * e^(-rate h) E(h) + int_0^h rate e^(-rate t) E(t) dt, E(t) the purchases by t,
 * in v = ln(1 + t/A). For regular customers E is a staircase at first, with a
 * step every k/m in v.
 */
static double
discounted_until(const CnbdAlive *alive, double horizon, double rate)
{
	const GaussRule *rule = &gauss_rule_16;
	double end = log1p(horizon / alive->A);
	double sum = exp(-rate * horizon) * cnbd_sum_over_stages(alive, horizon, true);
	double v = 0.0;

	while (v < end)
	{
		double width = Min(PANEL_WIDTH, 3.0 * alive->k / alive->m + 0.5 * v);
		double part = 0.0;

		CHECK_FOR_INTERRUPTS();
		width = Min(width, log1p(4.0 / (fabs(rate) * alive->A * exp(v))));
		width = Min(width, end - v);
		for (int i = 0; i < rule->n; i++)
		{
			double growth = expm1(v + width * rule->nodes[i]);
			double t = alive->A * growth;

			part += rule->weights[i] * rate * alive->A * (1.0 + growth) * exp(-rate * t) *
					cnbd_sum_over_stages(alive, t, true);
		}
		sum += width * part;
		v += width;
	}
	return sum;
}

double
cnbd_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						  double rate)
{
	CnbdAlive alive;

	if (horizon <= 0.0)
		return 0.0;
	if (rate == 0.0 && !isinf(horizon))
		return cnbd_expected_purchases(parameters, customer, horizon);
	cnbd_alive_init(&alive, parameters, customer);
	if (rate == 0.0)
		return alive.a > 1.0 ? alive.p_alive * ((alive.a + alive.b - 1.0) / (alive.a - 1.0))
							 : INFINITY; /* E 1/p, whenever they come */
	if (rate > 0.0 && rate * horizon > TAIL)
	{
		EndlessPurchases endless = {alive.k,	 alive.m, alive.A, alive.y,
									alive.total, alive.a, alive.b, rate};

		return alive.p_alive * discounted_forever(&endless);
	}
	return alive.p_alive * discounted_until(&alive, horizon, rate);
}
