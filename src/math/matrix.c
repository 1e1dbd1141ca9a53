/*
 * matrix.c
 *		The little linear algebra that fitting needs. Matrices are n * n by rows.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "math/matrix.h"

bool
matrix_cholesky(double *matrix, int n)
{
	for (int j = 0; j < n; j++)
	{
		double diagonal = matrix[j * n + j];
		double floor = 1e-14 * fabs(diagonal);

		for (int k = 0; k < j; k++)
			diagonal -= matrix[j * n + k] * matrix[j * n + k];
		if (!(diagonal > floor) || isinf(diagonal))
			return false;
		diagonal = matrix[j * n + j] = sqrt(diagonal);
		for (int i = j + 1; i < n; i++)
		{
			double sum = matrix[i * n + j];

			for (int k = 0; k < j; k++)
				sum -= matrix[i * n + k] * matrix[j * n + k];
			matrix[i * n + j] = sum / diagonal;
		}
	}
	return true;
}

void
matrix_cholesky_solve(const double *factor, int n, double *x)
{
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < i; k++)
			x[i] -= factor[i * n + k] * x[k];
		x[i] /= factor[i * n + i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < n; k++)
			x[i] -= factor[k * n + i] * x[k];
		x[i] /= factor[i * n + i];
	}
}

void
matrix_eigen(double *matrix, int n, double *values, double *vectors)
{
	for (int i = 0; i < n * n; i++)
		vectors[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
	for (int sweep = 0; sweep < 50; sweep++)
	{
		bool rotated = false;

		for (int p = 0; p < n; p++)
			for (int q = p + 1; q < n; q++)
			{
				double off = matrix[p * n + q];
				double scale = sqrt(fabs(matrix[p * n + p] * matrix[q * n + q]));
				double theta;
				double t;
				double c;
				double s;

				if (fabs(off) <= 1e-17 * scale || fabs(off) < DBL_MIN)
					continue;
				rotated = true;
				theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * off);
				t = copysign(1.0, theta) / (fabs(theta) + hypot(theta, 1.0));
				c = 1.0 / sqrt(t * t + 1.0);
				s = t * c;
				for (int k = 0; k < n; k++)
				{
					double kp = matrix[k * n + p];
					double kq = matrix[k * n + q];

					matrix[k * n + p] = c * kp - s * kq;
					matrix[k * n + q] = s * kp + c * kq;
				}
				for (int k = 0; k < n; k++)
				{
					double pk = matrix[p * n + k];
					double qk = matrix[q * n + k];
					double kp = vectors[k * n + p];
					double kq = vectors[k * n + q];

					matrix[p * n + k] = c * pk - s * qk;
					matrix[q * n + k] = s * pk + c * qk;
					vectors[k * n + p] = c * kp - s * kq;
					vectors[k * n + q] = s * kp + c * kq;
				}
			}
		if (!rotated)
			break;
	}
	for (int i = 0; i < n; i++)
		values[i] = matrix[i * n + i];
}

void
matrix_multiply(const double *left, const double *right, double *out, int m)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
		{
			double sum = 0.0;

			for (int k = 0; k < m; k++)
				sum += left[i * m + k] * right[k * m + j];
			out[i * m + j] = sum;
		}
}
