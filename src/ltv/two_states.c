/*
 * two_states.c
 *		Likelihoods that are the sum of two states of a customer.
 *
 * With w the probability of state D and d the difference of the gradients of
 * the two log-densities, the derivatives follow from theirs (Louis 1982):
 *		gradient	(1-w) g_E + w g_D
 *		Hessian		(1-w) H_E + w H_D + w (1-w) d d'.
 * A group costs one exponential and the sum of d d'; the rest is summed as
 * weights of the points, which are few (ltv_points.h).
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "ltv/ltv_points.h"
#include "ltv/two_states.h"

#define N STATE_PARAMETERS
#define INTERRUPT_EVERY 0x1FFF /* groups between checks, a bit mask */
#define FEW 8				   /* so many customers are multiplied, more go through log1p */
#define PRODUCT_MAX 1e250

/* The terms of a state that has the share `mass` of the density of "alive". */
static void
take_terms(StateTerms *terms, double log_alive, const StateMoments *moments)
{
	int at = 0;

	memset(terms, 0, sizeof(*terms));
	terms->value = -INFINITY;
	if (!(moments->mass >= DBL_MIN))
		return;
	terms->value = log_alive + log(moments->mass);
	for (int j = 0; j < N; j++)
		terms->score[j] = moments->score[j] / moments->mass;
	for (int j = 0; j < N; j++)
		for (int k = 0; k <= j; k++, at++)
			terms->hessian[at] =
				moments->second[at] / moments->mass - terms->score[j] * terms->score[k];
}

void
state_split(double log_alive, const double *score, const double *hessian, const StateMoments *dead,
			StateTerms *E, StateTerms *D)
{
	StateMoments rest = {.mass = 0.0};

	take_terms(D, log_alive, dead);
	state_moments_add(&rest, 1.0, score, hessian);
	rest.mass -= dead->mass;
	for (int j = 0; j < N; j++)
		rest.score[j] -= dead->score[j];
	for (int j = 0; j < STATE_HESSIAN; j++)
		rest.second[j] -= dead->second[j];
	take_terms(E, log_alive, &rest);
}

/* The points of a block. */
typedef struct Block
{
	StateTerms *E;
	StateTerms *D;
	double *weight_E; /* customers by state */
	double *weight_D;
} Block;

/* Sums over the groups. */
typedef struct Sums
{
	double value;
	double product; /* of 1 + odds that are still to go into value, by log */
	double score[N];
	double hessian[STATE_HESSIAN];
	double products[STATE_HESSIAN];
} Sums;

/* count * ln(1 + small), small <= 1. */
static inline void
add_log1p(Sums *sums, double count, double small)
{
	if (count > FEW)
	{
		sums->value += count * log1p(small);
		return;
	}
	for (int i = 0; i < (int) count; i++)
		sums->product *= 1.0 + small;
	if (sums->product > PRODUCT_MAX)
	{
		sums->value += log(sums->product);
		sums->product = 1.0;
	}
}

static inline void
add_group(Sums *sums, const Block *block, const LtvPointGroup *group, bool want_products)
{
	const StateTerms *E = &block->E[group->T];
	const StateTerms *D = &block->D[group->t_x];
	double log_odds = D->value - E->value;
	double small = exp(-fabs(log_odds));
	double share = 1.0 / (1.0 + small);
	double w = log_odds > 0.0 ? share : small * share;
	double count = group->customers;
	double both = count * small * share * share; /* w (1-w) */
	double d[N];
	int at = 0;

	sums->value += count * Max(E->value, D->value);
	add_log1p(sums, count, small);
	block->weight_E[group->T] += count * (log_odds > 0.0 ? small * share : share);
	block->weight_D[group->t_x] += count * w;
	for (int j = 0; j < N; j++)
		d[j] = D->score[j] - E->score[j];
	for (int j = 0; j < N; j++)
		for (int k = 0; k <= j; k++)
			sums->hessian[at++] += both * d[j] * d[k];
	if (!want_products)
		return;
	at = 0;
	for (int j = 0; j < N; j++)
		d[j] = E->score[j] + w * d[j];
	for (int j = 0; j < N; j++)
		for (int k = 0; k <= j; k++)
			sums->products[at++] += count * d[j] * d[k];
}

static void
add_points(Sums *sums, const StateTerms *terms, const double *weights, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (weights[i] == 0.0)
			continue;
		for (int j = 0; j < N; j++)
			sums->score[j] += weights[i] * terms[i].score[j];
		for (int j = 0; j < STATE_HESSIAN; j++)
			sums->hessian[j] += weights[i] * terms[i].hessian[j];
	}
}

static void
add_block(Sums *sums, const Block *block, const LtvPointBlock *points, double common,
		  bool want_products)
{
	double customers = 0.0;

	memset(block->weight_E, 0, points->ntimes * sizeof(double));
	memset(block->weight_D, 0, points->ntimes * sizeof(double));
	for (int64 i = 0; i < points->ngroups; i++)
	{
		if ((i & INTERRUPT_EVERY) == 0)
			CHECK_FOR_INTERRUPTS();
		add_group(sums, block, &points->groups[i], want_products);
		customers += points->groups[i].customers;
	}
	sums->value += customers * common;
	add_points(sums, block->E, block->weight_E, points->ntimes);
	add_points(sums, block->D, block->weight_D, points->ntimes);
}

static double
finish(const Sums *sums, LtvDerivatives *derivatives)
{
	for (int j = 0, at = 0; j < N; j++)
	{
		derivatives->gradient[j] = sums->score[j];
		for (int k = 0; k <= j; k++, at++)
		{
			derivatives->hessian[j * N + k] = sums->hessian[at];
			derivatives->hessian[k * N + j] = sums->hessian[at];
			if (derivatives->score_products == NULL)
				continue;
			derivatives->score_products[j * N + k] = sums->products[at];
			derivatives->score_products[k * N + j] = sums->products[at];
		}
	}
	return sums->value + log(sums->product);
}

static void *
allocate(int64 n, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * size);
}

double
two_states_log_likelihood(const TwoStateModel *model, const LtvGroups *data,
						  const double *parameters, LtvDerivatives *derivatives)
{
	LtvPoints *own = data->points == NULL ? ltv_points_build(data) : NULL;
	const LtvPoints *points = own != NULL ? own : data->points;
	Block block;
	States states;
	Sums sums = {.product = 1.0};

	block.E = allocate(points->max_times, sizeof(StateTerms));
	block.D = allocate(points->max_times, sizeof(StateTerms));
	block.weight_E = allocate(points->max_times, sizeof(double));
	block.weight_D = allocate(points->max_times, sizeof(double));
	model->init(&states, parameters);
	for (int64 i = 0; i < points->nblocks; i++)
	{
		const LtvPointBlock *at = &points->blocks[i];

		double common = model->fill(&states, at->x, at->times, at->ntimes, block.E, block.D);

		if (derivatives->score_products != NULL)
			add_block(&sums, &block, at, common, true);
		else
			add_block(&sums, &block, at, common, false);
	}
	pfree(block.E);
	pfree(block.D);
	pfree(block.weight_E);
	pfree(block.weight_D);
	if (own != NULL)
		ltv_points_free(own);
	return finish(&sums, derivatives);
}

void
two_states_history_terms(const TwoStateModel *model, const double *parameters,
						 const LtvHistory *customer, LtvTerms *terms)
{
	double times[2] = {customer->t_x, customer->T};
	StateTerms E[2];
	StateTerms D[2];
	double weights[2] = {0.0, 0.0};
	LtvPointGroup group = {0, 0, 1.0};
	LtvPointBlock points = {customer->x, 1, times, 1, &group};
	Block block = {E, D, weights, (double[2]){0.0, 0.0}};
	Sums sums = {.product = 1.0};
	States states;
	double common;

	if (customer->T > customer->t_x)
		group.T = points.ntimes++;
	model->init(&states, parameters);
	common = model->fill(&states, customer->x, times, points.ntimes, E, D);
	add_block(&sums, &block, &points, common, false);
	terms->value = sums.value + log(sums.product);
	for (int j = 0, at = 0; j < N; j++)
	{
		terms->score[j] = sums.score[j];
		for (int k = 0; k <= j; k++)
			terms->hessian[j][k] = sums.hessian[at++];
	}
}
