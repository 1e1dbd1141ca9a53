/*
 * bgnbd_alive.h
 *		BG/NBD and MBG/NBD: a customer who is alive at T.
 *
 * Then lambda ~ Gamma(r+x, A), A = alpha + T, and p ~ Beta(a, C-a),
 * C = a+b+first+x. Later purchases come at rate
 *		h(tau) = (r+x)/A E_p (1 + p tau/A)^-(r+x+1)
 *			   = (r+x)/A (1-z)^a 2F1(a, B; C; z),
 * z = tau/(A+tau), B = C-r-x-1 (Euler's transformation). What is expected of
 * them is in bgnbd_expect.c (how many), bgnbd_rate.c (h) and bgnbd_discount.c.
 */
#ifndef CUSTOMER_PROFILE_BGNBD_ALIVE_H
#define CUSTOMER_PROFILE_BGNBD_ALIVE_H

#include <math.h>

#include "ltv/bgnbd.h"
#include "math/quadrature.h"

#define BGNBD_ATTEMPTS_MAX 1500.0 /* mean number of attempts that are counted one by one */
#define BGNBD_ATTEMPTS_TERMS 3000
#define BGNBD_SERIES_MAX_V 1.6 /* ln(1 + t/A) up to which h comes from the series in z */

/* What is known of a customer who is alive at T. */
typedef struct BgnbdAlive
{
	double s; /* r + x */
	double A;
	double a;
	double b; /* C - a */
	double B;
	double C;
	double t_over_A; /* of the integrand at hand */
	double horizon;	 /* the same */
	double rate;

	/*
	 * For large a a few values of p stand for all, where what is asked changes
	 * by ln p no faster than 1/p does: how many purchases there are in some
	 * time, but not when.
	 */
	bool few;
	bool have_nodes;
	double p[BETA_NODES];
	double weights[BETA_NODES];
} BgnbdAlive;

/*
 * The rate h at the nodes v = ln(1 + tau/A) of a panel:
 *		h(tau) = (r+x)/A e^(-power v) rate.
 */
typedef struct BgnbdPanel
{
	double v[GAUSS_NODES];
	double z[GAUSS_NODES]; /* 1 - e^-v */
	double y[GAUSS_NODES]; /* e^-v */
	double rates[GAUSS_NODES];
	double power;
} BgnbdPanel;

extern void
bgnbd_alive_init(BgnbdAlive *alive, const double *parameters, int32 x, double T, int first);

/* E f(p). */
extern double bgnbd_expectation_over_p(BgnbdAlive *alive, UnitFunction f);

/* See BGNBD_END_LOSS; only beta_expectation asks for p = 0 then. */
static inline bool
bgnbd_without_end(const BgnbdAlive *alive, double p)
{
	return p == 0.0 && alive->a * log1p((alive->s + 1.0) * alive->t_over_A) > BGNBD_END_LOSS;
}

/* E X(t), t finite. */
extern double bgnbd_purchases(BgnbdAlive *alive, double t);

/* The rates at a panel's nodes, up to v = ln(1 + tau/A). */
extern void bgnbd_rates(BgnbdAlive *alive, BgnbdPanel *panel, double to);

/* The integral of e^(-rate tau) h(tau) over tau from 0 to horizon. */
extern double bgnbd_discounted(BgnbdAlive *alive, double horizon, double rate);

#endif /* CUSTOMER_PROFILE_BGNBD_ALIVE_H */
