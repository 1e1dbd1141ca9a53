/*
 * gauss_beta.c
 *		Gauss quadrature for a Beta distribution.
 *
 * The nodes are the eigenvalues of the Jacobi matrix of the orthogonal
 * polynomials (those of Jacobi, on [0, 1]), the weights the squares of the
 * first components of its eigenvectors: Golub & Welsch (1969), "Calculation of
 * Gauss quadrature rules". The matrix is small, so the eigenvalues come from
 * implicit QL steps.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/quadrature.h"

#define N BETA_NODES
#define MAX_STEPS 60 /* of QL for one eigenvalue; a handful is usual */

/*
 * The Jacobi matrix of Beta(a, b) less its mean on the diagonal, so that a
 * narrow distribution keeps its digits.
 */
static void
jacobi_matrix(double a, double b, double *diagonal, double *off_diagonal)
{
	double mean = a / (a + b);
	double sum = a + b - 2.0;

	for (int k = 0; k < N; k++)
	{
		double at = 2.0 * k + sum;
		double centre = k == 0 ? 2.0 * mean - 1.0 : (a - b) * sum / (at * (at + 2.0));

		diagonal[k] = 0.5 * (1.0 + centre) - mean;
	}
	off_diagonal[0] = sqrt(a / (a + b) * (b / (a + b)) / (a + b + 1.0));
	for (int k = 2; k < N; k++)
	{
		double at = 2.0 * k + sum;

		off_diagonal[k - 1] = sqrt(k / at * ((k + b - 1.0) / at) * ((k + a - 1.0) / (at + 1.0)) *
								   ((k + sum) / (at - 1.0)));
	}
	off_diagonal[N - 1] = 0.0;
}

/* One implicit QL sweep over rows first..last, with the usual shift. */
static void
ql_sweep(double *d, double *e, double *z, int first, int last)
{
	double g = (d[first + 1] - d[first]) / (2.0 * e[first]);
	double r = hypot(g, 1.0);
	double s = 1.0;
	double c = 1.0;
	double p = 0.0;

	g = d[last] - d[first] + e[first] / (g + copysign(r, g));
	for (int i = last - 1; i >= first; i--)
	{
		double f = s * e[i];
		double b = c * e[i];
		double below = z[i + 1];

		e[i + 1] = r = hypot(f, g);
		if (r == 0.0)
		{
			d[i + 1] -= p;
			e[last] = 0.0;
			return;
		}
		s = f / r;
		c = g / r;
		g = d[i + 1] - p;
		r = (d[i] - g) * s + 2.0 * c * b;
		p = s * r;
		d[i + 1] = g + p;
		g = c * r - b;
		z[i + 1] = s * z[i] + c * below;
		z[i] = c * z[i] - s * below;
	}
	d[first] -= p;
	e[first] = g;
	e[last] = 0.0;
}

void
gauss_beta(double a, double b, double nodes[BETA_NODES], double weights[BETA_NODES])
{
	double mean = a / (a + b);
	double e[N];
	double z[N] = {1.0}; /* first components of the eigenvectors */
	double scale;

	jacobi_matrix(a, b, nodes, e);
	scale = e[0];
	for (int first = 0; first < N; first++)
	{
		for (int step = 0; step < MAX_STEPS; step++)
		{
			int last = first;

			while (last < N - 1 && fabs(e[last]) > DBL_EPSILON * scale)
				last++;
			if (last == first)
				break;
			ql_sweep(nodes, e, z, first, last);
		}
	}
	for (int i = 0; i < N; i++)
	{
		nodes[i] = Min(Max(nodes[i] + mean, 0.0), 1.0);
		weights[i] = z[i] * z[i];
	}
}
