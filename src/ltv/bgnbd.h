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

/*
 * beta_expectation takes the values of f at p = 0 and 1 out of the integral,
 * which is good for small a. But where f falls quickly from a large value at 0,
 * as (1 + p t/A)^-s does, E f is about f(0) (s t/A)^-a, and its digits are lost
 * in the difference: with (s t/A)^a above e^BGNBD_END_LOSS f has to say that it is 0
 * there, and nothing is taken out.
 */
#define BGNBD_END_LOSS 4.6

/* Below that p ~ Beta(a, b) has a tail towards 0, however narrow it is. */
#define BGNBD_NARROW_A 50.0

/* The odds of being dead at T; they can be infinite. */
extern double bgnbd_odds_dead(const double *parameters, const LtvHistory *customer, int first);

static inline double
bgnbd_p_alive(const double *parameters, const LtvHistory *customer, int first)
{
	return 1.0 / (1.0 + bgnbd_odds_dead(parameters, customer, first));
}

extern double bgnbd_purchases_if_alive(const double *parameters, int32 x, double T, double horizon,
									   double rate, int first);
extern double
bgnbd_p_none(const double *parameters, const LtvHistory *customer, double horizon, int first);
extern void bgnbd_purchase_probabilities(const double *parameters, const LtvHistory *customer,
										 double horizon, int n, double *probabilities, int first);
extern double
bgnbd_p_alive_ahead(const double *parameters, const LtvHistory *customer, double time, int first);

#endif /* CUSTOMER_PROFILE_BGNBD_H */
