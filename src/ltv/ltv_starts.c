/*
 * ltv_starts.c
 *		Finding the highest of several local maxima of a likelihood.
 *
 * These likelihoods are not concave: mixed or small populations have two
 * maxima, one of them often far out on a ridge. So a short fit from each start
 * of the model shows which ends highest. With many customers a systematic
 * subsample of them is enough for that. The fit that counts is the usual one;
 * when another start promises more, it is fitted too, and the better is kept.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_covariates.h"
#include "ltv/ltv_points.h"
#include "ltv/ltv_starts.h"

#define EXPLORE_MAX 5000	/* groups up to which all are used */
#define EXPLORE_SAMPLE 2000 /* customers drawn when there are more */
#define APPROACH_MAX 100000 /* the same for the first part of the way of the usual fit */
#define APPROACH_SAMPLE 20000
#define EXPLORE_ITERATIONS 40
#define BETTER 1e-6 /* of the log-likelihood: less is the same maximum, or as good a one */

/* A normal prior around the centre: weak, and the same for every parameter. */
static double
add_prior(const LtvFit *fit, const double *theta, LtvDerivatives *derivatives)
{
	int n = ltv_fit_parameters(fit);
	double penalty = 0.0;

	for (int i = 0; i < n; i++)
	{
		double distance = theta[i] - fit->centre[i];

		penalty += 0.5 * fit->prior_weight * distance * distance;
		if (derivatives == NULL)
			continue;
		derivatives->gradient[i] -= fit->prior_weight * distance;
		derivatives->hessian[i * n + i] -= fit->prior_weight;
	}
	return penalty;
}

static double
evaluate(void *context, const double *theta, double *gradient, double *hessian,
		 double *score_products)
{
	LtvFit *fit = context;
	LtvDerivatives derivatives = {gradient, hessian, score_products};
	double parameters[LTV_MAX_PARAMETERS];
	double value;
	int own = ltv_fit_own_parameters(fit);

	for (int i = 0; i < own; i++)
		parameters[i] = exp(theta[i]);
	if (fit->purchase == NULL)
		value = fit->spend->log_likelihood(&fit->spenders, parameters, &derivatives);
	else
	{
		if (fit->purchase->max_shape > 0)
			parameters[own] = fit->shape;
		value = fit->ncovariates > 0
					? ltv_covariates_log_likelihood(fit, theta, &derivatives)
					: fit->purchase->log_likelihood(&fit->groups, parameters, &derivatives);
	}
	if (fit->prior_weight > 0.0)
		value -= add_prior(fit, theta, &derivatives);
	return value;
}

static int64
count_cases(const LtvFit *fit)
{
	return fit->purchase != NULL ? fit->groups.customers : fit->spenders.customers;
}

static int
count_starts(const LtvFit *fit)
{
	return fit->purchase != NULL ? fit->purchase->nstarts : fit->spend->nstarts;
}

static void
take_start(const LtvFit *fit, int index, double *theta)
{
	double parameters[LTV_MAX_PARAMETERS];

	if (fit->purchase != NULL)
		fit->purchase->start(&fit->groups, index, parameters);
	else
		fit->spend->start(&fit->spenders, index, parameters);
	for (int i = 0; i < ltv_fit_own_parameters(fit); i++)
		theta[i] = log(parameters[i]);
}

static void
maximize(LtvFit *fit, const double *start, int iterations, NewtonResult *result)
{
	NewtonProblem problem = {ltv_fit_parameters(fit), evaluate,	   fit,
							 count_cases(fit),		  fit->centre, iterations};

	newton_maximize(&problem, start, result);
}

/* How many of `drawn` customers, spread evenly over all, are among [from, to)? */
static int64
draw(int64 from, int64 to, double all, double drawn)
{
	return (int64) floor(to / all * drawn + 0.5) - (int64) floor(from / all * drawn + 0.5);
}

static void
draw_groups(const LtvGroups *all, int drawn, LtvGroups *sample)
{
	LtvGroup *group = palloc(sizeof(LtvGroup) * (drawn + 1));
	int64 seen = 0;

	memset(sample, 0, sizeof(*sample));
	sample->groups = group;
	sample->log_gaps = all->log_gaps * drawn / all->customers;
	for (int64 i = 0; i < all->count; i++)
	{
		int64 to = seen + all->groups[i].customers;
		int64 customers = draw(seen, to, all->customers, drawn);

		seen = to;
		if (customers == 0)
			continue;
		group[sample->count] = all->groups[i];
		group[sample->count++].customers = customers;
		sample->customers += customers;
	}
	sample->points = all->points != NULL ? ltv_points_build(sample) : NULL;
}

static void
draw_spenders(const LtvSpenders *all, int drawn, LtvSpenders *sample)
{
	LtvSpender *spender = palloc(sizeof(LtvSpender) * (drawn + 1));
	int64 seen = 0;

	memset(sample, 0, sizeof(*sample));
	sample->spenders = spender;
	for (int64 i = 0; i < all->count; i++)
	{
		int64 to = seen + all->spenders[i].customers;
		int64 customers = draw(seen, to, all->customers, drawn);

		seen = to;
		if (customers == 0)
			continue;
		spender[sample->count] = all->spenders[i];
		spender[sample->count++].customers = customers;
		sample->customers += customers;
	}
}

/* The same fit of so many customers; of all, where there are no more than `most` groups. */
static LtvFit *
draw_fit(const LtvFit *fit, int64 most, int drawn)
{
	LtvFit *sample = memcpy(palloc(sizeof(LtvFit)), fit, sizeof(LtvFit));

	if (fit->groups.count > most)
		draw_groups(&fit->groups, drawn, &sample->groups);
	if (fit->spenders.count > most)
		draw_spenders(&fit->spenders, drawn, &sample->spenders);
	return sample;
}

/*
 * Where the short fit ends that ends highest, after how many iterations; false
 * when that is the one from the usual start.
 */
static bool
explore(const LtvFit *fit, double *best, int *iterations)
{
	LtvFit *sample = draw_fit(fit, EXPLORE_MAX, EXPLORE_SAMPLE);
	NewtonResult *result = palloc(sizeof(NewtonResult));
	double usual = -INFINITY;
	double highest = -INFINITY;

	for (int index = 0; index < count_starts(fit); index++)
	{
		double theta[LTV_MAX_PARAMETERS];

		take_start(fit, index, theta);
		maximize(sample, theta, EXPLORE_ITERATIONS, result);
		if (index == 0)
			usual = result->log_likelihood;
		if (result->log_likelihood > highest)
		{
			highest = result->log_likelihood;
			*iterations = result->iterations;
			memcpy(best, result->theta, sizeof(double) * ltv_fit_own_parameters(fit));
		}
	}
	pfree(result);
	return isfinite(highest) && !(highest <= usual + BETTER * fabs(usual));
}

static bool
is_better(const NewtonResult *result, const NewtonResult *than)
{
	return isfinite(result->log_likelihood) &&
		   !(result->log_likelihood <= than->log_likelihood + BETTER * fabs(than->log_likelihood));
}

static bool
is_at_boundary(const LtvFit *fit, const NewtonResult *result)
{
	for (int i = 0; i < ltv_fit_own_parameters(fit); i++)
		if (result->at_boundary[i])
			return true;
	return false;
}

/*
 * From the usual start. With many customers a sample of them is fitted first:
 * from its maximum the others take half of the steps. A ridge of the sample
 * need not be one of all.
 */
static void
maximize_usual(LtvFit *fit, NewtonResult *result)
{
	if (Max(fit->groups.count, fit->spenders.count) > APPROACH_MAX)
	{
		double theta[LTV_MAX_PARAMETERS];
		int iterations;

		maximize(draw_fit(fit, APPROACH_MAX, APPROACH_SAMPLE), fit->centre, NEWTON_MAX_ITERATIONS,
				 result);
		memcpy(theta, result->theta, sizeof(double) * ltv_fit_own_parameters(fit));
		iterations = result->iterations;
		if (result->converged && !is_at_boundary(fit, result))
		{
			maximize(fit, theta, NEWTON_MAX_ITERATIONS, result);
			result->iterations += iterations;
			if (result->converged)
				return;
		}
	}
	maximize(fit, fit->centre, NEWTON_MAX_ITERATIONS, result);
}

/* From the usual start, and from another one that promises more. */
static void
maximize_from_all(LtvFit *fit, NewtonResult *result)
{
	NewtonResult *other;
	double best[LTV_MAX_PARAMETERS];
	int iterations = 0;

	maximize_usual(fit, result);
	if (!explore(fit, best, &iterations))
		return;
	other = palloc(sizeof(NewtonResult));
	maximize(fit, best, NEWTON_MAX_ITERATIONS, other);
	other->iterations += iterations;
	if (is_better(other, result))
		*result = *other;
	pfree(other);
}

/* From the parameters of an earlier fit; false when that leads nowhere, or to a ridge. */
static bool
maximize_from_given(LtvFit *fit, NewtonResult *result)
{
	double theta[LTV_MAX_PARAMETERS];

	if (fit->given == NULL)
		return false;
	for (int i = 0; i < ltv_fit_own_parameters(fit); i++)
	{
		theta[i] = log(fit->given[i]);
		if (!(fabs(theta[i] - fit->centre[i]) < NEWTON_BOUND))
			return false;
	}
	maximize(fit, theta, NEWTON_MAX_ITERATIONS, result);
	return result->converged && !is_at_boundary(fit, result);
}

/* The other shapes, each from where the one before ended; keeps the best. */
static void
maximize_shapes(LtvFit *fit, NewtonResult *result)
{
	NewtonResult *other = palloc(sizeof(NewtonResult));
	double theta[LTV_MAX_PARAMETERS];
	int best = fit->shape;
	int n = ltv_fit_own_parameters(fit);

	memcpy(theta, result->theta, sizeof(double) * n);
	for (fit->shape = 2; fit->shape <= fit->purchase->max_shape; fit->shape++)
	{
		maximize(fit, theta, NEWTON_MAX_ITERATIONS, other);
		if (!isfinite(other->log_likelihood))
			continue;
		memcpy(theta, other->theta, sizeof(double) * n);
		/* The likelihood that matters counts first, then that it was found. */
		if (other->log_likelihood > result->log_likelihood &&
			(other->converged || !result->converged))
		{
			*result = *other;
			best = fit->shape;
		}
	}
	fit->shape = best;
	pfree(other);
}

/* With covariates: from the fit without them. */
static void
maximize_with_covariates(LtvFit *fit, int ncovariates, NewtonResult *result)
{
	double theta[NEWTON_MAX_PARAMETERS] = {0};
	int iterations = result->iterations;

	memcpy(theta, result->theta, sizeof(double) * ltv_fit_own_parameters(fit));
	fit->ncovariates = ncovariates;
	maximize(fit, theta, NEWTON_MAX_ITERATIONS, result);
	result->iterations += iterations;
}

void
ltv_fit_maximize(LtvFit *fit, NewtonResult *result)
{
	int ncovariates = fit->ncovariates;

	memset(fit->centre, 0, sizeof(fit->centre));
	take_start(fit, 0, fit->centre);
	fit->ncovariates = 0;
	fit->shape = 1;
	if (!maximize_from_given(fit, result))
		maximize_from_all(fit, result);
	if (fit->purchase != NULL && fit->purchase->max_shape > 1)
		maximize_shapes(fit, result);
	if (ncovariates > 0)
		maximize_with_covariates(fit, ncovariates, result);
	if (fit->prior_weight > 0.0)
		result->log_likelihood += add_prior(fit, result->theta, NULL);
}
