/*
 * mbg_cnbd.h
 *		What the fitting and the predictions of MBG/CNBD-k share.
 */
#ifndef CUSTOMER_PROFILE_MBG_CNBD_H
#define CUSTOMER_PROFILE_MBG_CNBD_H

#include "ltv/ltv_model.h"

enum
{
	CNBD_R,
	CNBD_ALPHA,
	CNBD_A,
	CNBD_B,
	CNBD_FREE, /* parameters that are fitted */
	CNBD_K = CNBD_FREE,
	CNBD_PARAMETERS
};

#define CNBD_MAX_K 12

/* What is known of a customer at T; see mbg_cnbd_predict.c. */
typedef struct CnbdAlive
{
	int k;
	double m;
	double A;
	double a;
	double b; /* parameter b + x + 1 */
	double y; /* tau/A */
	double odds_dead;
	double p_alive;
	double total; /* of the weights of j */
} CnbdAlive;

extern void cnbd_alive_init(CnbdAlive *alive, const double *parameters, const LtvHistory *customer);

/* Given alive at T: the purchases expected by T + t, or P(alive then). */
extern double cnbd_sum_over_stages(const CnbdAlive *alive, double t, bool purchases);

extern double cnbd_p_alive(const double *parameters, const LtvHistory *customer);
extern double
cnbd_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead);
extern double cnbd_p_none(const double *parameters, const LtvHistory *customer, double horizon);
extern double
cnbd_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon);
extern double cnbd_discounted_purchases(const double *parameters, const LtvHistory *customer,
										double horizon, double rate);
extern void cnbd_purchase_probabilities(const double *parameters, const LtvHistory *customer,
										double horizon, int n, double *probabilities);

#endif /* CUSTOMER_PROFILE_MBG_CNBD_H */
