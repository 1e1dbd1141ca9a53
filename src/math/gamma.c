/*
 * gamma.c
 *		The Gamma distribution by the series and the continued fraction of the
 *		incomplete Gamma function (Abramowitz & Stegun 6.5.29 and 6.5.31).
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/gamma.h"

#define MAX_STEPS 1000000

double
gamma_upper_tail(double shape, double x)
{
	double front;

	if (x <= 0)
		return 1.0;
	front = exp(shape * log(x) - x - lgamma(shape));
	if (x < shape + 1)
	{
		double term = 1.0 / shape;
		double sum = term;

		for (int i = 1; i < MAX_STEPS && term > sum * DBL_EPSILON / 4; i++)
			sum += term *= x / (shape + i);
		return Max(0.0, 1.0 - front * sum);
	}
	else
	{
		/* Lentz's method. */
		double b = x + 1 - shape;
		double c = 1 / DBL_MIN;
		double d = 1 / b;
		double h = d;

		for (int i = 1; i < MAX_STEPS; i++)
		{
			double an = -i * (i - shape);
			double delta;

			b += 2;
			d = an * d + b;
			d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
			c = b + an / c;
			c = fabs(c) < DBL_MIN ? DBL_MIN : c;
			delta = d * c;
			h *= delta;
			if (fabs(delta - 1) < DBL_EPSILON)
				break;
		}
		return Min(1.0, front * h);
	}
}

/* By bisection between bounds that are found by doubling: sure, and quick enough for what uses it. */
double
gamma_quantile(double shape, double p)
{
	double low = 0.0;
	double high = shape + 1;

	while (1 - gamma_upper_tail(shape, high) < p)
		high *= 2;
	for (int i = 0; i < 200 && high - low > 2 * DBL_EPSILON * high; i++)
	{
		double middle = (low + high) / 2;

		if (1 - gamma_upper_tail(shape, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
