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

#include "ltv/ltv_starts.h"

#define EXPLORE_MAX 5000	/* groups up to which all are used */
#define EXPLORE_SAMPLE 2000 /* customers drawn when there are more */
#define EXPLORE_ITERATIONS 40
#define BETTER 1e-6 /* of the log-likelihood: less is the same maximum, or as good a one */

static double
evaluate(void *context, const double *theta, double *gradient, double *hessian,
		 double *score_products)
{
	LtvFit *fit = context;
	LtvDerivatives derivatives = {gradient, hessian, score_products};
	double parameters[LTV_MAX_PARAMETERS];

	for (int i = 0; i < fit->n; i++)
		parameters[i] = exp(theta[i]);
	if (fit->purchase != NULL)
		return fit->purchase->log_likelihood(&fit->groups, parameters, &derivatives);
	return fit->spend->log_likelihood(&fit->spenders, parameters, &derivatives);
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
	if (fit->purchase != NULL)
		fit->purchase->start(&fit->groups, index, theta);
	else
		fit->spend->start(&fit->spenders, index, theta);
	for (int i = 0; i < fit->n; i++)
		theta[i] = log(theta[i]);
}

static void
maximize(LtvFit *fit, const double *centre, const double *start, int iterations,
		 NewtonResult *result)
{
	NewtonProblem problem = {fit->n, evaluate, fit, count_cases(fit), centre, iterations};

	newton_maximize(&problem, start, result);
}

/* How many of `drawn` customers, spread evenly over all, are among [from, to)? */
static int64
draw(int64 from, int64 to, double all, double drawn)
{
	return (int64) floor(to / all * drawn + 0.5) - (int64) floor(from / all * drawn + 0.5);
}

static void
draw_groups(const LtvGroups *all, LtvGroups *sample)
{
	LtvGroup *group = palloc(sizeof(LtvGroup) * (EXPLORE_SAMPLE + 1));
	int64 seen = 0;

	memset(sample, 0, sizeof(*sample));
	sample->groups = group;
	for (int64 i = 0; i < all->count; i++)
	{
		int64 to = seen + all->groups[i].customers;
		int64 customers = draw(seen, to, all->customers, EXPLORE_SAMPLE);

		seen = to;
		if (customers == 0)
			continue;
		group[sample->count] = all->groups[i];
		group[sample->count++].customers = customers;
		sample->customers += customers;
	}
}

static void
draw_spenders(const LtvSpenders *all, LtvSpenders *sample)
{
	LtvSpender *spender = palloc(sizeof(LtvSpender) * (EXPLORE_SAMPLE + 1));
	int64 seen = 0;

	memset(sample, 0, sizeof(*sample));
	sample->spenders = spender;
	for (int64 i = 0; i < all->count; i++)
	{
		int64 to = seen + all->spenders[i].customers;
		int64 customers = draw(seen, to, all->customers, EXPLORE_SAMPLE);

		seen = to;
		if (customers == 0)
			continue;
		spender[sample->count] = all->spenders[i];
		spender[sample->count++].customers = customers;
		sample->customers += customers;
	}
}

/*
 * Where the short fit ends that ends highest, after how many iterations; false
 * when that is the one from the usual start.
 */
static bool
explore(const LtvFit *fit, const double *centre, double *best, int *iterations)
{
	LtvFit sample = *fit;
	NewtonResult *result = palloc(sizeof(NewtonResult));
	double usual = -INFINITY;
	double highest = -INFINITY;

	if (fit->groups.count > EXPLORE_MAX)
		draw_groups(&fit->groups, &sample.groups);
	if (fit->spenders.count > EXPLORE_MAX)
		draw_spenders(&fit->spenders, &sample.spenders);
	for (int index = 0; index < count_starts(fit); index++)
	{
		double theta[LTV_MAX_PARAMETERS];

		take_start(fit, index, theta);
		maximize(&sample, centre, theta, EXPLORE_ITERATIONS, result);
		if (index == 0)
			usual = result->log_likelihood;
		if (result->log_likelihood > highest)
		{
			highest = result->log_likelihood;
			*iterations = result->iterations;
			memcpy(best, result->theta, sizeof(double) * fit->n);
		}
	}
	pfree(result);
	return isfinite(highest) && !(highest <= usual + BETTER * fabs(usual));
}

void
ltv_fit_maximize(LtvFit *fit, NewtonResult *result)
{
	NewtonResult *other;
	double centre[LTV_MAX_PARAMETERS];
	double best[LTV_MAX_PARAMETERS];
	int iterations = 0;

	take_start(fit, 0, centre);
	maximize(fit, centre, centre, NEWTON_MAX_ITERATIONS, result);
	if (!explore(fit, centre, best, &iterations))
		return;
	other = palloc(sizeof(NewtonResult));
	maximize(fit, centre, best, NEWTON_MAX_ITERATIONS, other);
	other->iterations += iterations;
	if (isfinite(other->log_likelihood) &&
		!(other->log_likelihood <= result->log_likelihood + BETTER * fabs(result->log_likelihood)))
		*result = *other;
	pfree(other);
}
