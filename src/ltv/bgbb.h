/*
 * bgbb.h
 *		What the fitting and the predictions of BG/BB share.
 */
#ifndef CUSTOMER_PROFILE_BGBB_H
#define CUSTOMER_PROFILE_BGBB_H

#include "ltv/ltv_model.h"

enum
{
	BGBB_ALPHA,
	BGBB_BETA,
	BGBB_GAMMA,
	BGBB_DELTA,
	BGBB_PARAMETERS
};

extern double bgbb_p_alive(const double *parameters, const LtvHistory *customer);
extern double
bgbb_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead);
extern double bgbb_p_none(const double *parameters, const LtvHistory *customer, double horizon);
extern double
bgbb_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon);
extern double bgbb_discounted_purchases(const double *parameters, const LtvHistory *customer,
										double horizon, double rate);
extern double
bgbb_p_at_least(const double *parameters, const LtvHistory *customer, double horizon, int n);
extern void bgbb_purchase_probabilities(const double *parameters, const LtvHistory *customer,
										double horizon, int n, double *probabilities);

#endif /* CUSTOMER_PROFILE_BGBB_H */
