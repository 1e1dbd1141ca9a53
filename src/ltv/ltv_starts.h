/*
 * ltv_starts.h
 *		Finding the highest of several local maxima of a likelihood.
 */
#ifndef CUSTOMER_PROFILE_LTV_STARTS_H
#define CUSTOMER_PROFILE_LTV_STARTS_H

#include "ltv/ltv_model.h"
#include "ltv/ltv_registry.h"
#include "math/newton.h"

/*
 * A part to fit: a purchase model and its groups, or a spend model and its
 * spenders. Newton's method works on the logs of the free parameters, then on
 * the coefficients of the covariates of purchases, then of dropout.
 */
typedef struct LtvFit
{
	const LtvTransactionModel *purchase;
	LtvGroups groups;
	int shape; /* of a model that has one */
	const LtvSpendModel *spend;
	LtvSpenders spenders;

	int ncovariates;
	const double *covariates; /* of each group, standardised */

	double prior_weight; /* precision of the prior */
	const double *given; /* parameters to start from, or NULL */

	/* Set by ltv_fit_maximize. */
	double centre[NEWTON_MAX_PARAMETERS]; /* of the prior and of the box */
} LtvFit;

/* Parameters that Newton's method finds. */
static inline int
ltv_fit_own_parameters(const LtvFit *fit)
{
	return fit->purchase != NULL ? ltv_free_parameters(fit->purchase) : fit->spend->nparameters;
}

static inline int
ltv_fit_parameters(const LtvFit *fit)
{
	return ltv_fit_own_parameters(fit) + 2 * fit->ncovariates;
}

/*
 * The best fit from all starts of the model, and with the best of its shapes.
 * The log-likelihood in the result is without the prior.
 */
extern void ltv_fit_maximize(LtvFit *fit, NewtonResult *result);

#endif /* CUSTOMER_PROFILE_LTV_STARTS_H */
