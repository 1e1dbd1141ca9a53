/*
 * bgnbd.h
 *		What the fitting and the expectations of (M)BG/NBD share.
 *
 * `first` is 1 when the first purchase can be the last (MBG/NBD), 0 when not
 * (BG/NBD).
 */
#ifndef CUSTOMER_PROFILE_BGNBD_H
#define CUSTOMER_PROFILE_BGNBD_H

#include "ltv/ltv_model.h"

enum
{
	BGNBD_R,
	BGNBD_ALPHA,
	BGNBD_A,
	BGNBD_B,
	BGNBD_PARAMETERS
};

/* ln of the odds of being dead at T. */
extern double bgnbd_log_odds_dead(const double *parameters, const LtvHistory *customer, int first);

extern double bgnbd_expected_purchases(const double *parameters, const LtvHistory *customer,
									   double horizon, int first);
extern double bgnbd_discounted_purchases(const double *parameters, const LtvHistory *customer,
										 double horizon, double rate, int first);

#endif /* CUSTOMER_PROFILE_BGNBD_H */
