/*
 * bgbb.c
 *		BG/BB (Fader, Hardie & Shang 2010): fitting.
 *
 * Opportunities come one a period. Before each a customer drops out with
 * probability theta ~ Beta(gamma, delta); while alive it buys with probability
 * p ~ Beta(alpha, beta). A history is x purchases, the last at opportunity t_x,
 * in n opportunities (T); all are whole numbers with x <= t_x <= n. With
 *		A(t) = B(alpha+x, beta+t-x)/B(alpha, beta) B(gamma, delta+t)/B(gamma, delta),
 * alive and without a purchase after t_x,
 *		L = A(n) + sum_{i=t_x}^{n-1} A(i) gamma/(gamma+delta+i),
 * the same structure as that of Pareto/NBD: see state_split.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "ltv/bgbb.h"
#include "ltv/two_states.h"

#define N STATE_PARAMETERS

static const char *const parameter_names[BGBB_PARAMETERS] = {"alpha", "beta", "gamma", "delta"};

/* ln A(t) with its derivatives, without the terms that are common to this x. */
typedef struct Opportunity
{
	double value;
	double score[N];
	double hessian[STATE_HESSIAN];
} Opportunity;

/* What A(t) is made of, kept while t grows. */
typedef struct Rising
{
	const RisingLog *purchases; /* alpha, x */
	RisingLog misses;			/* beta, t - x */
	RisingLog all;				/* alpha + beta, t */
	RisingBeta dropout;			/* gamma, delta, t */
} Rising;

static void
opportunity_at(Opportunity *at, Rising *rising, const double *parameters, int64 x, int64 t)
{
	double alpha = parameters[BGBB_ALPHA];
	double beta = parameters[BGBB_BETA];
	double bend;

	rising_log_advance(&rising->misses, Max(t - x, 0));
	rising_log_advance(&rising->all, t);
	rising_beta_advance(&rising->dropout, t);
	bend = rising->all.second;
	at->value = rising->misses.log - rising->all.log + rising->dropout.log;
	at->score[BGBB_ALPHA] = alpha * (rising->purchases->first - rising->all.first);
	at->score[BGBB_BETA] = beta * (rising->misses.first - rising->all.first);
	at->score[BGBB_GAMMA] = rising->dropout.by_a;
	at->score[BGBB_DELTA] = rising->dropout.by_b;
	memset(at->hessian, 0, sizeof(at->hessian));
	at->hessian[STATE_AT(BGBB_ALPHA, BGBB_ALPHA)] =
		at->score[BGBB_ALPHA] + alpha * alpha * (rising->purchases->second - bend);
	at->hessian[STATE_AT(BGBB_BETA, BGBB_ALPHA)] = -alpha * beta * bend;
	at->hessian[STATE_AT(BGBB_BETA, BGBB_BETA)] =
		at->score[BGBB_BETA] + beta * beta * (rising->misses.second - bend);
	at->hessian[STATE_AT(BGBB_GAMMA, BGBB_GAMMA)] = rising->dropout.by_aa;
	at->hessian[STATE_AT(BGBB_DELTA, BGBB_GAMMA)] = rising->dropout.by_ab;
	at->hessian[STATE_AT(BGBB_DELTA, BGBB_DELTA)] = rising->dropout.by_bb;
}

/* Adds dropout right after opportunity i: A(i) gamma/(gamma+delta+i), relative to A(i). */
static void
add_dropout(StateMoments *moments, const Opportunity *at, const double *parameters, double i)
{
	double total = parameters[BGBB_GAMMA] + parameters[BGBB_DELTA] + i;
	double g = parameters[BGBB_GAMMA] / total;
	double d = parameters[BGBB_DELTA] / total;
	double score[N];
	double hessian[STATE_HESSIAN];

	memcpy(score, at->score, sizeof(score));
	memcpy(hessian, at->hessian, sizeof(hessian));
	score[BGBB_GAMMA] += 1.0 - g;
	score[BGBB_DELTA] -= d;
	hessian[STATE_AT(BGBB_GAMMA, BGBB_GAMMA)] -= g * (1.0 - g);
	hessian[STATE_AT(BGBB_DELTA, BGBB_GAMMA)] += g * d;
	hessian[STATE_AT(BGBB_DELTA, BGBB_DELTA)] -= d * (1.0 - d);
	state_moments_add(moments, g, score, hessian);
}

static void
init(States *states, const double *parameters)
{
	states->parameters = parameters;
	rising_log_init(&states->purchases, parameters[BGBB_ALPHA]);
}

/* Over all opportunities from the first time to the last, then back. */
static double
fill(States *states, int32 x, const double *times, int n, StateTerms *E, StateTerms *D)
{
	const double *parameters = states->parameters;
	int64 from = (int64) rint(times[0]);
	int64 to = (int64) rint(times[n - 1]);
	Opportunity *all =
		MemoryContextAllocHuge(CurrentMemoryContext, (to - from + 1) * sizeof(Opportunity));
	StateMoments dead = {.mass = 0.0};
	Rising rising = {.purchases = &states->purchases};
	int64 i = to;

	rising_log_advance(&states->purchases, x);
	rising_log_init(&rising.misses, parameters[BGBB_BETA]);
	rising_log_init(&rising.all, parameters[BGBB_ALPHA] + parameters[BGBB_BETA]);
	rising_beta_init(&rising.dropout, parameters[BGBB_GAMMA], parameters[BGBB_DELTA]);
	for (int64 t = from; t <= to; t++)
		opportunity_at(&all[t - from], &rising, parameters, x, t);
	for (int point = n - 1; point >= 0; point--)
	{
		const Opportunity *at = &all[(int64) rint(times[point]) - from];

		CHECK_FOR_INTERRUPTS();
		for (; &all[i - from] > at; i--)
		{
			const Opportunity *before = &all[i - 1 - from];

			state_moments_scale(&dead, exp(before[1].value - before->value));
			add_dropout(&dead, before, parameters, (double) (i - 1));
		}
		state_split(at->value, at->score, at->hessian, &dead, &E[point], &D[point]);
	}
	pfree(all);
	return states->purchases.log;
}

static const TwoStateModel bgbb_states = {init, fill};

static double
log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return two_states_log_likelihood(&bgbb_states, data, parameters, derivatives);
}

static void
history_terms(const double *parameters, const LtvHistory *customer, LtvTerms *terms)
{
	two_states_history_terms(&bgbb_states, parameters, customer, terms);
}

/* Customers alike or not, in buying and in dropping out: alpha + beta, gamma + delta. */
static const double starts[][2] = {
	{2.0, 3.0}, {2.0, 50.0}, {50.0, 3.0}, {50.0, 50.0}, {0.5, 0.5},
};

/*
 * The share of opportunities up to the last purchase that were used, and a
 * dropout of one half over the observation.
 */
static void
start(const LtvGroups *data, int index, double *parameters)
{
	LtvMeans means = ltv_means(data);
	double share =
		Min((means.x * data->customers + 0.5) / (means.t_x * data->customers + 1.0), 0.9);
	double dropout = 0.7 / (means.T + 1.0);

	parameters[BGBB_ALPHA] = starts[index][0] * share;
	parameters[BGBB_BETA] = starts[index][0] * (1.0 - share);
	parameters[BGBB_GAMMA] = starts[index][1] * dropout;
	parameters[BGBB_DELTA] = starts[index][1] * (1.0 - dropout);
}

const LtvTransactionModel bg_bb_model = {
	.name = "bg/bb",
	.nparameters = BGBB_PARAMETERS,
	.parameter_names = parameter_names,
	.discrete = true,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = log_likelihood,
	.history_terms = history_terms,
	.p_alive = bgbb_p_alive,
	.expected_purchases = bgbb_expected_purchases,
	.discounted_purchases = bgbb_discounted_purchases,
	.p_alive_ahead = bgbb_p_alive_ahead,
	.p_none = bgbb_p_none,
	.purchase_probabilities = bgbb_purchase_probabilities,
	.p_at_least = bgbb_p_at_least,
};
