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
 * small, and -H is positive definite. A ridge that never ends looks like that
 * too, but there the full step stays long: its parameters are marked at the
 * boundary. Far out on a ridge its curvature drowns in rounding and may come
 * out negative: such directions are flat, and their parameters marked likewise,
 * as long as nothing is to be gained along them up to the box.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "math/matrix.h"
#include "math/newton.h"

#define MAX_HALVINGS 40
#define STEP_MAX 1.5
#define STEP_SOUGHT 1e-10	 /* go on until there, or until rounding stops the progress */
#define STEP_TO_LAST 1e-5	 /* Newton's method squares it: the next point is likely the last */
#define STEP_LIMIT 1e-3		 /* a full step that is longer leads along a ridge */
#define DECREMENT_LIMIT 1e-9 /* of the log-likelihood still to be gained, doubled */
#define GRADIENT_LIMIT 1e-5	 /* per case; or in units of the curvature, where that is steep: */
#define STEEP_LIMIT 1e-8
#define ROUNDING 1e-11 /* of a log-likelihood, relative */
#define FLAT 1e-10	   /* of the largest curvature: less is rounding */
#define FLAT_GAIN 1e-6 /* of the log-likelihood, from one side of the box to the other */
#define FLAT_PART 1e-3 /* of a flat direction: a parameter with less does not move along it */

#define N NEWTON_MAX_PARAMETERS

typedef struct Newton
{
	const NewtonProblem *problem;
	NewtonResult *result;
	double gradient[N];
	double hessian[N * N];
	double products[N * N]; /* of the scores */
	bool products_known;	/* for most points nobody asks for them */

	/* The step from here. */
	bool held[N]; /* at the box, and wanting out */
	double step[N];
	double step_size; /* largest component */
	double decrement; /* gradient times step */
	bool damped;	  /* was -H not positive definite? */

	/* Where it was not: the directions of those not held, eigenvectors of -H in columns. */
	int nflat; /* how many have no curvature but rounding, and nothing to be gained */
	bool flat[N];
	double values[N];
	double vectors[N * N];
} Newton;

static inline double
lower_bound(const Newton *newton, int i)
{
	return newton->problem->centre[i] - NEWTON_BOUND;
}

static inline double
upper_bound(const Newton *newton, int i)
{
	return newton->problem->centre[i] + NEWTON_BOUND;
}

static double
evaluate(Newton *newton, const double *theta, double *gradient, double *hessian, double *products)
{
	const NewtonProblem *problem = newton->problem;
	double value;

	CHECK_FOR_INTERRUPTS();
	value = problem->evaluate(problem->context, theta, gradient, hessian, products);
	for (int i = 0; i < problem->n; i++)
		if (!isfinite(gradient[i]))
			return NAN;
	for (int i = 0; i < problem->n * problem->n; i++)
		if (!isfinite(hessian[i]))
			return NAN;
	return value;
}

/* The elements of -H at some rows and columns, m * m. */
static void
take_curvature(const Newton *newton, const int *rows, int m, double *curvature)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
			curvature[i * m + j] = -newton->hessian[rows[i] * newton->problem->n + rows[j]];
}

static int
find_free(const Newton *newton, int *free)
{
	int m = 0;

	for (int i = 0; i < newton->problem->n; i++)
		if (!newton->held[i])
			free[m++] = i;
	return m;
}

/* The step of the parameters that are not held. */
static void
solve_step(Newton *newton)
{
	int free[N] = {0};
	int m = find_free(newton, free);
	double lambda = 0.0;
	double factor[N * N];
	double step[N];

	for (;;)
	{
		take_curvature(newton, free, m, factor);
		for (int i = 0; i < m; i++)
			factor[i * m + i] += lambda * (fabs(factor[i * m + i]) + DBL_MIN);
		if (matrix_cholesky(factor, m))
			break;
		lambda = lambda == 0.0 ? 1e-10 : lambda * 10.0;
		if (lambda > 1e12)
			break;
	}
	for (int i = 0; i < m; i++)
		step[i] = newton->gradient[free[i]];
	if (lambda <= 1e12)
		matrix_cholesky_solve(factor, m, step);

	newton->damped = lambda > 0.0;
	newton->nflat = 0; /* what was flat at an earlier point need not be so here */
	newton->decrement = 0.0;
	newton->step_size = 0.0;
	memset(newton->step, 0, sizeof(newton->step));
	for (int i = 0; i < m; i++)
	{
		newton->step[free[i]] = step[i];
		newton->step_size = Max(newton->step_size, fabs(step[i]));
		newton->decrement += step[i] * newton->gradient[free[i]];
	}
}

/* Finds the step; a parameter at the box that wants out is held there. */
static void
plan_step(Newton *newton)
{
	const double *theta = newton->result->theta;
	int n = newton->problem->n;
	bool again = true;

	for (int i = 0; i < n; i++)
		newton->held[i] = (theta[i] <= lower_bound(newton, i) && newton->gradient[i] <= 0.0) ||
						  (theta[i] >= upper_bound(newton, i) && newton->gradient[i] >= 0.0);
	while (again)
	{
		again = false;
		solve_step(newton);
		for (int i = 0; i < n; i++)
			if (!newton->held[i] &&
				((theta[i] <= lower_bound(newton, i) && newton->step[i] < 0.0) ||
				 (theta[i] >= upper_bound(newton, i) && newton->step[i] > 0.0)))
				newton->held[i] = again = true;
	}
}

/*
 * Which directions are flat where -H is not positive definite; false when one
 * bends the wrong way or still rises, for then this is no maximum.
 */
static bool
find_flat(Newton *newton)
{
	int free[N] = {0};
	int m = find_free(newton, free);
	double curvature[N * N];
	double limit = newton->problem->cases;

	newton->nflat = 0;
	take_curvature(newton, free, m, curvature);
	matrix_eigen(curvature, m, newton->values, newton->vectors);
	for (int k = 0; k < m; k++)
		limit = Max(limit, fabs(newton->values[k]));
	limit *= FLAT;
	for (int k = 0; k < m; k++)
	{
		double slope = 0.0;

		newton->flat[k] = newton->values[k] <= limit;
		if (!newton->flat[k])
			continue;
		newton->nflat++;
		for (int i = 0; i < m; i++)
			slope += newton->vectors[i * m + k] * newton->gradient[free[i]];
		if (newton->values[k] < -limit || fabs(slope) * 2.0 * NEWTON_BOUND > FLAT_GAIN)
			return false;
	}
	return true;
}

/* Of the decrement: a log-likelihood is a sum of terms as large as its curvature, and known to the last digits of those. */
static double
decrement_limit(const Newton *newton)
{
	double curvature = 0.0;

	for (int i = 0; i < newton->problem->n; i++)
		curvature = Max(curvature, fabs(newton->hessian[i * newton->problem->n + i]));
	return DECREMENT_LIMIT + DBL_EPSILON * curvature;
}

/* Is there nothing left to do? Where -H is singular, only as far as rounding tells. */
static bool
at_end(Newton *newton, double decrement_before)
{
	double limit = decrement_limit(newton);
	bool idle = newton->decrement <= limit && newton->decrement >= decrement_before;

	if (newton->damped)
		return idle && find_flat(newton);
	/* A short step is no end where it is so steep that there is still something to gain. */
	if (newton->step_size <= STEP_SOUGHT)
		return newton->decrement <= limit || newton->decrement >= decrement_before;
	return idle && newton->step_size <= STEP_LIMIT;
}

/* The part of the step that stays within STEP_MAX and the box. */
static double
step_scale(const Newton *newton)
{
	double scale = newton->step_size > STEP_MAX ? STEP_MAX / newton->step_size : 1.0;

	for (int i = 0; i < newton->problem->n; i++)
	{
		double room = newton->step[i] > 0.0 ? upper_bound(newton, i) - newton->result->theta[i]
											: lower_bound(newton, i) - newton->result->theta[i];

		if (fabs(newton->step[i]) * scale > fabs(room))
			scale = room / newton->step[i];
	}
	return scale;
}

/* Moves along the step as far as the likelihood rises; false when it does not. */
static bool
move(Newton *newton)
{
	NewtonResult *result = newton->result;
	double scale = step_scale(newton);
	double theta[N];
	double gradient[N];
	double hessian[N * N];
	double products[N * N];
	bool last = newton->step_size <= STEP_TO_LAST;
	int n = newton->problem->n;

	for (int halvings = 0; halvings < MAX_HALVINGS; halvings++, scale *= 0.5)
	{
		double value;

		for (int i = 0; i < n; i++)
		{
			double to = result->theta[i] + scale * newton->step[i];

			/* Exactly at the box, whatever the rounding. */
			if (fabs(to - newton->problem->centre[i]) > NEWTON_BOUND * (1.0 - 1e-12))
				to = to > newton->problem->centre[i] ? upper_bound(newton, i)
													 : lower_bound(newton, i);
			theta[i] = to;
		}
		value = evaluate(newton, theta, gradient, hessian, last ? products : NULL);
		if (value >= result->log_likelihood - ROUNDING * fabs(result->log_likelihood))
		{
			memcpy(result->theta, theta, sizeof(double) * n);
			memcpy(newton->gradient, gradient, sizeof(double) * n);
			memcpy(newton->hessian, hessian, sizeof(double) * n * n);
			if (last)
				memcpy(newton->products, products, sizeof(double) * n * n);
			newton->products_known = last;
			result->log_likelihood = value;
			return true;
		}
	}
	return false;
}

/*
 * Which parameters have no finite estimate. Where one is held at the box, so
 * are those that ran off with it along a ridge. And where the full step is
 * still long although nothing is to be gained, its direction is a ridge, as is
 * a flat one.
 */
static void
find_boundary(Newton *newton)
{
	NewtonResult *result = newton->result;
	int free[N] = {0};
	int m = find_free(newton, free);
	bool any_held = false;

	for (int i = 0; i < newton->problem->n; i++)
		any_held = any_held || newton->held[i];
	for (int i = 0; i < newton->problem->n; i++)
		result->at_boundary[i] =
			newton->held[i] || fabs(newton->step[i]) > STEP_LIMIT ||
			(any_held && fabs(result->theta[i] - newton->problem->centre[i]) > 0.5 * NEWTON_BOUND);
	for (int k = 0; k < m && newton->nflat > 0; k++)
		for (int i = 0; i < m && newton->flat[k]; i++)
			if (fabs(newton->vectors[i * m + k]) > FLAT_PART)
				result->at_boundary[free[i]] = true;
}

/* What the gradient per case may be at the end: where it is steep, it is large a hair from the top. */
static double
gradient_limit(const Newton *newton, int i)
{
	double curvature = fabs(newton->hessian[i * newton->problem->n + i]) / newton->problem->cases;

	return Max(GRADIENT_LIMIT, curvature * STEEP_LIMIT);
}

/* Judges the end. */
static void
judge(Newton *newton)
{
	NewtonResult *result = newton->result;
	double values[N];
	double vectors[N * N];
	double curvature[N * N];
	double smallest = DBL_MAX;
	double largest = 0.0;
	int free[N] = {0};
	int m = 0;
	/* Flat on all sides is no maximum: the data have nothing to say. */
	bool maximum = !newton->damped || (find_flat(newton) && newton->nflat < newton->problem->n);
	bool level = true;

	find_boundary(newton);
	for (int i = 0; i < newton->problem->n; i++)
	{
		double gradient = newton->gradient[i] / newton->problem->cases;
		bool outward = (result->theta[i] - newton->problem->centre[i]) * gradient > 0.0;

		if (!newton->held[i] || !outward)
		{
			result->gradient_norm = Max(result->gradient_norm, fabs(gradient));
			level = level && fabs(gradient) <= gradient_limit(newton, i);
		}
		if (!result->at_boundary[i])
			free[m++] = i;
	}
	take_curvature(newton, free, m, curvature);
	matrix_eigen(curvature, m, values, vectors);
	for (int k = 0; k < m; k++)
	{
		smallest = Min(smallest, fabs(values[k]));
		largest = Max(largest, fabs(values[k]));
	}
	result->condition_number = largest > 0.0 ? largest / smallest : 0.0;
	result->converged = maximum && newton->decrement <= decrement_limit(newton) && level;
}

/* The inverse of -H over those not held, without its flat directions; false when there is none. */
static bool
invert_curvature(const Newton *newton, const int *free, int m, double *inverse)
{
	double factor[N * N] = {0};

	if (newton->nflat > 0)
	{
		for (int k = 0; k < m; k++)
			for (int i = 0; i < m && !newton->flat[k]; i++)
				for (int j = 0; j < m; j++)
					inverse[i * m + j] +=
						newton->vectors[i * m + k] * newton->vectors[j * m + k] / newton->values[k];
		return newton->nflat < m;
	}
	take_curvature(newton, free, m, factor);
	if (m == 0 || !matrix_cholesky(factor, m))
		return false;
	for (int j = 0; j < m; j++)
	{
		double column[N] = {0};

		column[j] = 1.0;
		matrix_cholesky_solve(factor, m, column);
		for (int i = 0; i < m; i++)
			inverse[i * m + j] = column[i];
	}
	return true;
}

/*
 * Covariances: the inverse of -H, and the sandwich of the score products
 * between two of it (White 1982). Parameters held at the box are taken as
 * known; those that ran off along with them count as unknown, but have no
 * covariance worth reporting.
 */
static void
find_covariance(Newton *newton)
{
	NewtonResult *result = newton->result;
	int n = newton->problem->n;
	int free[N] = {0};
	int m = find_free(newton, free);
	double inverse[N * N] = {0};
	double scores[N * N] = {0};
	double half[N * N] = {0};
	double robust[N * N] = {0};

	if (!invert_curvature(newton, free, m, inverse))
		return;
	if (!newton->products_known)
		(void) evaluate(newton, result->theta, newton->gradient, newton->hessian, newton->products);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
			scores[i * m + j] = newton->products[free[i] * n + free[j]];
	matrix_multiply(inverse, scores, half, m);
	matrix_multiply(half, inverse, robust, m);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < m; j++)
		{
			int at = free[i] * n + free[j];

			if (result->at_boundary[free[i]] || result->at_boundary[free[j]])
				continue;
			/* Made symmetric to the last bit. */
			result->covariance[at] = 0.5 * (inverse[i * m + j] + inverse[j * m + i]);
			result->covariance_robust[at] = 0.5 * (robust[i * m + j] + robust[j * m + i]);
		}
}

void
newton_maximize(const NewtonProblem *problem, const double *start, NewtonResult *result)
{
	Newton newton = {.problem = problem, .result = result, .decrement = DBL_MAX};

	Assert(problem->n <= NEWTON_MAX_PARAMETERS);
	memset(result, 0, sizeof(*result));
	memcpy(result->theta, start, sizeof(double) * problem->n);
	result->log_likelihood = evaluate(&newton, start, newton.gradient, newton.hessian, NULL);
	if (!isfinite(result->log_likelihood))
		return;
	for (;;)
	{
		double before = newton.decrement;

		plan_step(&newton);
		if (at_end(&newton, before))
			break;
		if (result->iterations == problem->max_iterations || !move(&newton))
			break;
		result->iterations++;
	}
	judge(&newton);
	if (result->converged)
		find_covariance(&newton);
}
