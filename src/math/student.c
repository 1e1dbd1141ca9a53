/*
 * student.c
 *		Student's t distribution, by the incomplete Beta function.
 *
 * P(T > t) = I_x(df/2, 1/2) / 2 with x = df / (df + t^2) (Abramowitz & Stegun
 * 26.7.1, 26.5.27). The incomplete Beta function is taken from its continued
 * fraction, on the side where it converges fast. For 1e7 degrees of freedom and more the normal tail is exact
 * to about 1e-7 relative, for which we do not wait thousands of terms.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/beta.h"
#include "math/special.h"
#include "math/student.h"

#define NORMAL_FROM 1e7

/* ln B(a, 1/2). */
static double
log_beta_half(double a)
{
	return 0.5 * log(M_PI) - log_gamma_difference(a, 0.5);
}

double
student_upper_tail(double t, double df)
{
	double a = 0.5 * df;
	double ratio = t * t / df;
	double x = 1.0 / (1.0 + ratio);
	double y = ratio / (1.0 + ratio); /* 1 - x without cancellation */
	double front;

	if (df >= NORMAL_FROM)
		return 0.5 * erfc(t * M_SQRT1_2);
	if (t == 0.0)
		return 0.5;
	/* x^a y^(1/2) / B(a, 1/2) */
	front = exp(-a * log1p(ratio) - log_beta_half(a)) * sqrt(y);
	if (x < (a + 1.0) / (a + 2.5))
		return 0.5 * front / a * beta_fraction(a, 0.5, x);
	return 0.5 - front * beta_fraction(0.5, a, y);
}

static double
student_density(double t, double df)
{
	if (df >= NORMAL_FROM)
		return exp(-0.5 * t * t) / sqrt(2.0 * M_PI);
	return exp(-0.5 * (df + 1.0) * log1p(t * t / df) - log_beta_half(0.5 * df)) / sqrt(df);
}

/*
 * Newton's method from t = 0. The tail is convex, so that each step stops
 * short of the root: it rises to it without a bracket, and ends when rounding
 * stops it.
 */
double
student_upper_quantile(double tail, double df)
{
	double t = 0.0;

	Assert(tail > 0.0 && tail <= 0.5 && df > 0.0);
	for (int i = 0; i < 10000; i++)
	{
		double step = (student_upper_tail(t, df) - tail) / student_density(t, df);

		t += step;
		if (!(step > 4 * DBL_EPSILON * t))
			break;
	}
	return t;
}
