/*
 * newton.c
 *		Maximum likelihood by damped Newton steps with an exact Hessian.
 *
 * A step solves (-H + lambda D) step = gradient, D the diagonal of -H; lambda
 * is raised from zero until Cholesky succeeds. No component moves by more than
 * STEP_MAX, and a step that lowers the likelihood is halved. A parameter that
 * sits on the box with the gradient pushing outward is held there while the
 * others go on.
 *
 * An end counts as converged only when all three hold: the gradient per case
 * is small, the Newton decrement (twice the likelihood still to be gained) is
 * small, and the curvature identifies every parameter within the box.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "math/matrix.h"
#include "math/newton.h"

#define MAX_ITERATIONS 200
#define MAX_HALVINGS 40
#define STEP_MAX 1.5
#define DECREMENT_SOUGHT 1e-18 /* go on until there, or until rounding stops the progress */
#define DECREMENT_LIMIT 1e-9   /* parameters within 3e-5 standard errors */
#define GRADIENT_LIMIT 1e-6	   /* per case */
#define ROUNDING 1e-11		   /* of a log-likelihood, relative */

/* Below this curvature a parameter's standard error is wider than the box. */
#define CURVATURE_LIMIT (1.0 / (NEWTON_BOUND * NEWTON_BOUND))

#define N NEWTON_MAX_PARAMETERS

typedef struct Newton
{
	const NewtonProblem *problem;
	const double *start;
	NewtonResult *result;
	double gradient[N];
	double hessian[N * N];
	int free[N]; /* parameters off the boundary */
	int nfree;
	double curvature[N * N]; /* -H of the free parameters, nfree * nfree */
} Newton;

static inline double
lower_bound(const Newton *newton, int i)
{
	return newton->start[i] - NEWTON_BOUND;
}

static inline double
upper_bound(const Newton *newton, int i)
{
	return newton->start[i] + NEWTON_BOUND;
}

static double
evaluate(Newton *newton, const double *theta, double *gradient, double *hessian)
{
	const NewtonProblem *problem = newton->problem;
	double value;

	CHECK_FOR_INTERRUPTS();
	value = problem->evaluate(problem->context, theta, gradient, hessian, NULL);
	for (int i = 0; i < problem->n; i++)
		if (!isfinite(gradient[i]))
			return NAN;
	for (int i = 0; i < problem->n * problem->n; i++)
		if (!isfinite(hessian[i]))
			return NAN;
	return value;
}

/* Which parameters are held at the box, and the curvature of the others. */
static void
find_free(Newton *newton)
{
	int n = newton->problem->n;
	const double *theta = newton->result->theta;

	newton->nfree = 0;
	for (int i = 0; i < n; i++)
	{
		bool held = (theta[i] <= lower_bound(newton, i) && newton->gradient[i] <= 0.0) ||
					(theta[i] >= upper_bound(newton, i) && newton->gradient[i] >= 0.0);

		newton->result->at_boundary[i] = held;
		if (!held)
			newton->free[newton->nfree++] = i;
	}
	for (int i = 0; i < newton->nfree; i++)
		for (int j = 0; j < newton->nfree; j++)
			newton->curvature[i * newton->nfree + j] =
				-newton->hessian[newton->free[i] * n + newton->free[j]];
}

/*
 * The step of the free parameters. Returns the decrement, gradient times step;
 * *damped says whether lambda was needed.
 */
static double
find_step(const Newton *newton, double *step, bool *damped)
{
	int m = newton->nfree;
	double lambda = 0.0;
	double factor[N * N];
	double decrement = 0.0;

	for (;;)
	{
		memcpy(factor, newton->curvature, sizeof(double) * m * m);
		for (int i = 0; i < m; i++)
		{
			double diagonal = fabs(factor[i * m + i]);

			factor[i * m + i] += lambda * (diagonal + DBL_MIN);
		}
		if (matrix_cholesky(factor, m))
			break;
		lambda = lambda == 0.0 ? 1e-3 : lambda * 10.0;
		if (lambda > 1e12)
			break;
	}
	*damped = lambda > 0.0;
	for (int i = 0; i < m; i++)
		step[i] = newton->gradient[newton->free[i]];
	if (lambda <= 1e12)
		matrix_cholesky_solve(factor, m, step);
	for (int i = 0; i < m; i++)
		decrement += step[i] * newton->gradient[newton->free[i]];
	return decrement;
}

/* Moves along the step as far as the likelihood rises; false when it does not. */
static bool
move(Newton *newton, const double *step)
{
	NewtonResult *result = newton->result;
	double largest = 0.0;
	double scale;
	double theta[N];
	double gradient[N];
	double hessian[N * N];
	int n = newton->problem->n;

	for (int i = 0; i < newton->nfree; i++)
		largest = Max(largest, fabs(step[i]));
	scale = largest > STEP_MAX ? STEP_MAX / largest : 1.0;
	for (int halvings = 0; halvings < MAX_HALVINGS; halvings++, scale *= 0.5)
	{
		double value;

		memcpy(theta, result->theta, sizeof(theta));
		for (int i = 0; i < newton->nfree; i++)
		{
			int k = newton->free[i];

			theta[k] += scale * step[i];
			theta[k] = Max(lower_bound(newton, k), Min(upper_bound(newton, k), theta[k]));
		}
		value = evaluate(newton, theta, gradient, hessian);
		if (value >= result->log_likelihood - ROUNDING * fabs(result->log_likelihood))
		{
			memcpy(result->theta, theta, sizeof(theta));
			memcpy(newton->gradient, gradient, sizeof(double) * n);
			memcpy(newton->hessian, hessian, sizeof(double) * n * n);
			result->log_likelihood = value;
			return true;
		}
	}
	return false;
}

/*
 * The end in numbers: gradient norm, condition number, and whether the
 * curvature identifies every free parameter. Along a flat direction next to a
 * parameter that is held, the others that make up the direction are marked at
 * the boundary too: it is because of the held one that they do not matter.
 */
static bool
judge(Newton *newton)
{
	NewtonResult *result = newton->result;
	double values[N];
	double vectors[N * N];
	double matrix[N * N];
	double smallest = DBL_MAX;
	double largest = 0.0;
	bool any_held = newton->nfree < newton->problem->n;
	bool identified = true;
	int m = newton->nfree;

	for (int i = 0; i < m; i++)
		result->gradient_norm = Max(result->gradient_norm, fabs(newton->gradient[newton->free[i]]) /
															   newton->problem->cases);
	memcpy(matrix, newton->curvature, sizeof(double) * m * m);
	matrix_eigen(matrix, m, values, vectors);
	for (int k = 0; k < m; k++)
	{
		if (values[k] < CURVATURE_LIMIT)
		{
			identified = identified && any_held;
			for (int i = 0; i < m && any_held; i++)
				if (fabs(vectors[i * m + k]) > 0.1)
					result->at_boundary[newton->free[i]] = true;
			continue;
		}
		smallest = Min(smallest, values[k]);
		largest = Max(largest, values[k]);
	}
	result->condition_number = largest > 0.0 ? largest / smallest : 0.0;
	return identified;
}

/*
 * Covariances of the parameters off the boundary: the inverse of -H, and the
 * sandwich of the score products between two of it (White 1982).
 */
static void
find_covariance(Newton *newton)
{
	NewtonResult *result = newton->result;
	int n = newton->problem->n;
	int free[N];
	int m = 0;
	double factor[N * N] = {0};
	double inverse[N * N] = {0};
	double products[N * N] = {0};
	double scores[N * N] = {0};
	double half[N * N] = {0};
	double robust[N * N] = {0};

	for (int i = 0; i < n; i++)
		if (!result->at_boundary[i])
			free[m++] = i;
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
			factor[i * m + j] = -newton->hessian[free[i] * n + free[j]];
	if (m == 0 || !matrix_cholesky(factor, m))
		return;
	for (int j = 0; j < m; j++)
	{
		double column[N] = {0};

		column[j] = 1.0;
		matrix_cholesky_solve(factor, m, column);
		for (int i = 0; i < m; i++)
			inverse[i * m + j] = column[i];
	}
	(void) newton->problem->evaluate(newton->problem->context, result->theta, newton->gradient,
									 newton->hessian, products);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
			scores[i * m + j] = products[free[i] * n + free[j]];
	matrix_multiply(inverse, scores, half, m);
	matrix_multiply(half, inverse, robust, m);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
		{
			int at = free[i] * n + free[j];

			/* Made symmetric to the last bit. */
			result->covariance[at] = 0.5 * (inverse[i * m + j] + inverse[j * m + i]);
			result->covariance_robust[at] = 0.5 * (robust[i * m + j] + robust[j * m + i]);
		}
}

void
newton_maximize(const NewtonProblem *problem, const double *start, NewtonResult *result)
{
	Newton newton = {.problem = problem, .start = start, .result = result};
	double decrement = DBL_MAX;
	bool damped = true;

	Assert(problem->n <= NEWTON_MAX_PARAMETERS);
	memset(result, 0, sizeof(*result));
	memcpy(result->theta, start, sizeof(double) * problem->n);
	result->log_likelihood = evaluate(&newton, start, newton.gradient, newton.hessian);
	if (!isfinite(result->log_likelihood))
		return;
	for (;;)
	{
		double step[N];
		double before = decrement;

		find_free(&newton);
		decrement = find_step(&newton, step, &damped);
		if (!damped && (decrement <= DECREMENT_SOUGHT ||
						(decrement <= DECREMENT_LIMIT && decrement >= before)))
			break;
		if (result->iterations == MAX_ITERATIONS || !move(&newton, step))
			break;
		result->iterations++;
	}
	result->converged = judge(&newton) && !damped && decrement <= DECREMENT_LIMIT &&
						result->gradient_norm <= GRADIENT_LIMIT;
	if (result->converged)
		find_covariance(&newton);
}
