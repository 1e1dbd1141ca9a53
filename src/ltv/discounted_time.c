/*
 * discounted_time.c
 *		Time that is discounted while a rate falls as a power of it.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/discounted_time.h"
#include "math/gauss_rules.h"

#define TAIL 40.0 /* e^-40 is nothing */
#define PANEL_WIDTH 2.0
#define PANEL_FALL 6.0

/* In panels along which the integrand changes by a moderate factor. */
static double
by_panels(double z, double power, double end)
{
	double sum = 0.0;
	double v = 0.0;

	while (v < end)
	{
		const GaussRule *rule = &gauss_rule_16;
		double slope = power - z * exp(v);
		double width = end - v;
		double part = 0.0;

		if (width > PANEL_WIDTH || width * fabs(slope) > PANEL_FALL)
			width = Min(width, Min(PANEL_WIDTH, PANEL_FALL / fabs(slope)));
		else if (width < 1.0 && width * fabs(slope) < 2.0)
			rule = &gauss_rule_8;
		for (int i = 0; i < rule->n; i++)
		{
			double at = v + width * rule->nodes[i];

			part += rule->weights[i] * exp(power * at - z * expm1(at));
		}
		sum += width * part;
		if (slope < 0.0 && width * part < 1e-17 * sum)
			break;
		v += width;
	}
	return sum;
}

double
discounted_time(double z, double power, double end)
{
	if (z == 0.0)
		return power == 0.0 ? end : expm1(power * end) / power;
	if (z > 0.0)
		end = Min(end, log1p(TAIL / z));
	return by_panels(z, power, end);
}
