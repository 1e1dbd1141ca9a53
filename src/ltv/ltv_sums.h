/*
 * ltv_sums.h
 *		Adding up a log-likelihood and its derivatives over customers.
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

#endif /* CUSTOMER_PROFILE_LTV_SUMS_H */
