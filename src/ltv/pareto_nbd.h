/*
 * pareto_nbd.h
 *		What the fitting and the predictions of Pareto/NBD share.
 */
#ifndef CUSTOMER_PROFILE_PARETO_NBD_H
#define CUSTOMER_PROFILE_PARETO_NBD_H

#include "ltv/ltv_model.h"
#include "math/gauss_rules.h"

enum
{
	PARETO_R,
	PARETO_ALPHA,
	PARETO_S,
	PARETO_BETA,
	PARETO_PARAMETERS
};

/*
 * The integral over y from t on of the densities of a customer who drops out
 * at y and has not bought after t,
 *		s (alpha+y)^-p (beta+y)^-(s+1),		p = r + x,
 * relative to the density of one who has neither bought nor dropped out by t,
 *		(alpha+t)^-p (beta+t)^-s.
 * It is taken in u = ln((m+y)/(m+t)), where m is the smaller of alpha and beta
 * and M the larger: with rho = (m+t)/(M+t) and the exponents p_m and p_M,
 *		e^(-(p_m-1) u) (1 + rho (e^u - 1))^-p_M,
 * in panels along which it falls by a moderate factor.
 */
typedef struct ParetoIntegral
{
	double exponent_m; /* p_m - 1 */
	double exponent_M;
	double rho;
	double factor; /* s, or s rho */
	double end;
	double u; /* where the next panel starts */
} ParetoIntegral;

typedef struct ParetoPanel
{
	int n;
	double u[GAUSS_RULE_MAX];
	double growth[GAUSS_RULE_MAX]; /* e^u - 1 */
	double v[GAUSS_RULE_MAX];	   /* ln((M+y)/(M+t)) */
	double mass[GAUSS_RULE_MAX];   /* weight times integrand */
} ParetoPanel;

/* From t to t + length, which may be infinite. */
extern void pareto_integral_init(ParetoIntegral *integral, const double *parameters, double p,
								 double t, double length);
extern bool pareto_integral_next(ParetoIntegral *integral, ParetoPanel *panel);

/* The integral. */
extern double pareto_dead(const double *parameters, double p, double t, double length);

extern double pareto_p_last(const double *parameters, int32 x, double t);
extern double pareto_p_alive_by_last(const double *parameters, const LtvHistory *customer,
									 double p_last_t_x, double p_last_T);
extern double pareto_p_alive(const double *parameters, const LtvHistory *customer);
extern double
pareto_purchases_if_alive(const double *parameters, int32 x, double T, double horizon, double rate);
extern double
pareto_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead);
extern double pareto_p_none(const double *parameters, const LtvHistory *customer, double horizon);
extern double
pareto_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon);
extern double pareto_discounted_purchases(const double *parameters, const LtvHistory *customer,
										  double horizon, double rate);
extern double
pareto_p_at_least(const double *parameters, const LtvHistory *customer, double horizon, int n);
extern void pareto_purchase_probabilities(const double *parameters, const LtvHistory *customer,
										  double horizon, int n, double *probabilities);

#endif /* CUSTOMER_PROFILE_PARETO_NBD_H */
