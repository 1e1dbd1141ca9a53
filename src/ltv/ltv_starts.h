/*
 * ltv_starts.h
 *		Finding the highest of several local maxima of a likelihood.
 */
#ifndef CUSTOMER_PROFILE_LTV_STARTS_H
#define CUSTOMER_PROFILE_LTV_STARTS_H

#include "ltv/ltv_model.h"
#include "math/newton.h"

/* A part to fit: a purchase model and its groups, or a spend model and its spenders. */
typedef struct LtvFit
{
	const LtvTransactionModel *purchase;
	LtvGroups groups;
	const LtvSpendModel *spend;
	LtvSpenders spenders;
	int n; /* parameters */
} LtvFit;

/* The best fit from all starts of the model. */
extern void ltv_fit_maximize(LtvFit *fit, NewtonResult *result);

#endif /* CUSTOMER_PROFILE_LTV_STARTS_H */
