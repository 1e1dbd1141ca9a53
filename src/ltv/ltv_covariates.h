/*
 * ltv_covariates.h
 *		Covariates: purchase and dropout parameters of a customer's own.
 */
#ifndef CUSTOMER_PROFILE_LTV_COVARIATES_H
#define CUSTOMER_PROFILE_LTV_COVARIATES_H

#include "ltv/ltv_starts.h"

/*
 * The log-likelihood of a fit with covariates at theta: the logs of the model's
 * parameters, the coefficients of purchases and those of dropout.
 */
extern double
ltv_covariates_log_likelihood(const LtvFit *fit, const double *theta, LtvDerivatives *derivatives);

/*
 * The parameters of a customer whose covariates move purchases by gamma'z and
 * dropout by delta'z, from those of one with mean covariates.
 */
extern void ltv_covariates_parameters(const LtvTransactionModel *model, const double *parameters,
									  double purchase, double dropout, double *own);

#endif /* CUSTOMER_PROFILE_LTV_COVARIATES_H */
