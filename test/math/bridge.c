/*
 * bridge.c
 *		The models' functions with plain arguments, for check.py.
 */
#include "postgres.h"
#include "compat.h"

#include <time.h>

#include "ltv/ltv_model.h"
#include "ltv/ltv_sums.h"

static const LtvTransactionModel *const models[] = {
	&bg_nbd_model, &mbg_nbd_model, &pareto_nbd_model, &mbg_cnbd_k_model, &bg_bb_model,
};

#define CALL(name, signature, call) \
	extern double name signature;   \
	double name signature           \
	{                               \
		return models[model]->call; \
	}

CALL(p_alive, (int model, const double *p, const LtvHistory *of), p_alive(p, of))
CALL(p_alive_ahead, (int model, const double *p, const LtvHistory *of, double ahead),
	 p_alive_ahead(p, of, ahead))
CALL(p_none, (int model, const double *p, const LtvHistory *of, double horizon),
	 p_none(p, of, horizon))
CALL(expected, (int model, const double *p, const LtvHistory *of, double horizon),
	 expected_purchases(p, of, horizon))
CALL(discounted, (int model, const double *p, const LtvHistory *of, double horizon, double rate),
	 discounted_purchases(p, of, horizon, rate))

extern void
probabilities(int model, const double *p, const LtvHistory *of, double horizon, int n, double *out);
void
probabilities(int model, const double *p, const LtvHistory *of, double horizon, int n, double *out)
{
	models[model]->purchase_probabilities(p, of, horizon, n, out);
}

/* The log-likelihood of groups with the given points, and of one history by itself. */
extern double likelihood(int model, const double *p, const LtvGroup *groups, int64 count,
						 double log_gaps, double *gradient, double *hessian, double *products);
double
likelihood(int model, const double *p, const LtvGroup *groups, int64 count, double log_gaps,
		   double *gradient, double *hessian, double *products)
{
	LtvGroups data = {.groups = groups, .count = count, .log_gaps = log_gaps};
	LtvDerivatives derivatives = {gradient, hessian, products};

	for (int64 i = 0; i < count; i++)
		data.customers += groups[i].customers;
	return models[model]->log_likelihood(&data, p, &derivatives);
}

extern double
history(int model, const double *p, const LtvHistory *of, double *gradient, double *hessian);
double
history(int model, const double *p, const LtvHistory *of, double *gradient, double *hessian)
{
	LtvTerms terms;

	models[model]->history_terms(p, of, &terms);
	for (int j = 0; j < 4; j++)
	{
		gradient[j] = terms.score[j];
		for (int k = 0; k < 4; k++)
			hessian[j * 4 + k] = terms.hessian[Max(j, k)][Min(j, k)];
	}
	return terms.value;
}

/* Seconds a call takes: a row of "p_alive and expected_purchases", or of discounted ones. */
extern double timing(int model, const double *p, const LtvHistory *of, int n, double horizon,
					 double rate, int rounds);
double
timing(int model, const double *p, const LtvHistory *of, int n, double horizon, double rate,
	   int rounds)
{
	clock_t from = clock();
	volatile double sink = 0.0;

	for (int i = 0; i < rounds; i++)
		if (rate > 0.0)
			sink += models[model]->discounted_purchases(p, &of[i % n], horizon, rate);
		else
			sink += models[model]->p_alive(p, &of[i % n]) +
					models[model]->expected_purchases(p, &of[i % n], horizon);
	(void) sink;
	return (double) (clock() - from) / CLOCKS_PER_SEC / rounds;
}

CALL(at_least, (int model, const double *p, const LtvHistory *of, double horizon, int n),
	 p_at_least(p, of, horizon, n))
