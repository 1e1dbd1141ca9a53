/*
 * ltv_sums.h
 *		Adding up over customers: a log-likelihood and its derivatives, and what
 *		a fit starts from.
 *
 * Inline, so that with a constant number of parameters the loops unroll.
 */
#ifndef CUSTOMER_PROFILE_LTV_SUMS_H
#define CUSTOMER_PROFILE_LTV_SUMS_H

#include "ltv/ltv_model.h"

/* Value, score and Hessian (lower triangle), of one customer or of all. */
typedef struct LtvTerms
{
	double value;
	double score[LTV_MAX_PARAMETERS];
	double hessian[LTV_MAX_PARAMETERS][LTV_MAX_PARAMETERS];
} LtvTerms;

typedef struct LtvSums
{
	LtvTerms total;
	double products[LTV_MAX_PARAMETERS][LTV_MAX_PARAMETERS];
} LtvSums;

static inline void
ltv_sums_add(LtvSums *sums, int n, double weight, const LtvTerms *terms, bool want_products)
{
	sums->total.value += weight * terms->value;
	for (int j = 0; j < n; j++)
	{
		sums->total.score[j] += weight * terms->score[j];
		for (int k = 0; k <= j; k++)
			sums->total.hessian[j][k] += weight * terms->hessian[j][k];
	}
	if (!want_products)
		return;
	for (int j = 0; j < n; j++)
		for (int k = 0; k <= j; k++)
			sums->products[j][k] += weight * terms->score[j] * terms->score[k];
}

/* Hands the sums over; returns the log-likelihood. */
static inline double
ltv_sums_finish(const LtvSums *sums, int n, LtvDerivatives *derivatives)
{
	for (int j = 0; j < n; j++)
	{
		derivatives->gradient[j] = sums->total.score[j];
		for (int k = 0; k < n; k++)
		{
			derivatives->hessian[j * n + k] = sums->total.hessian[Max(j, k)][Min(j, k)];
			if (derivatives->score_products != NULL)
				derivatives->score_products[j * n + k] = sums->products[Max(j, k)][Min(j, k)];
		}
	}
	return sums->total.value;
}

/* Means over customers, from which the models start. */
typedef struct LtvMeans
{
	double x;
	double t_x;
	double T;
} LtvMeans;

static inline LtvMeans
ltv_means(const LtvGroups *data)
{
	LtvMeans means = {0.0, 0.0, 0.0};

	for (int64 i = 0; i < data->count; i++)
	{
		const LtvHistory *customer = &data->groups[i].history;
		double share = (double) data->groups[i].customers / data->customers;

		means.x += customer->x * share;
		means.t_x += customer->t_x * share;
		means.T += customer->T * share;
	}
	return means;
}

#endif /* CUSTOMER_PROFILE_LTV_SUMS_H */
