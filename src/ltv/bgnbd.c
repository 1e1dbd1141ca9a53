/*
 * bgnbd.c
 *		BG/NBD (Fader, Hardie & Lee 2005) and MBG/NBD (Batislam, Denizel &
 *		Filiztekin 2007): fitting.
 *
 * While alive a customer buys at rate lambda ~ Gamma(r, alpha); after each
 * purchase it drops out with probability p ~ Beta(a, b). In MBG/NBD this
 * includes the first purchase, which moves b + x - 1 to b + x and nothing else
 * (`first`, 0 or 1, below).
 *
 * The likelihood is that of two states at T: alive, or dead since t_x with
 * odds e^D,
 *		alive	Gamma(r+x)/Gamma(r) alpha^r (alpha+T)^-(r+x) B(a, b+first+x)/B(a, b)
 *		D		ln a - ln(b+first+x-1) + (r+x) ln((alpha+T)/(alpha+t_x)),
 * and its derivatives follow from those of the states by Louis (1982): with
 * w = P(dead), Hessian = (1-w) H_alive + w H_dead + w (1-w) d d', where d is
 * the gradient of D. They are written by the logs of the parameters, in forms
 * that stay exact as parameters grow or vanish.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/bgnbd.h"
#include "ltv/ltv_sums.h"
#include "math/special.h"

static const char *const parameter_names[BGNBD_PARAMETERS] = {"r", "alpha", "a", "b"};

double
bgnbd_log_odds_dead(const double *parameters, const LtvHistory *customer, int first)
{
	double x = customer->x;

	if (customer->x + first == 0)
		return -INFINITY;
	return log(parameters[BGNBD_A] / (parameters[BGNBD_B] + (x + (first - 1)))) +
		   (parameters[BGNBD_R] + x) *
			   log1p((customer->T - customer->t_x) / (parameters[BGNBD_ALPHA] + customer->t_x));
}

/* The part of the state "alive": the common terms, and those of the time T. */
static void
alive_terms(LtvTerms *terms, const double *parameters, const LtvHistory *customer,
			const RisingLog *purchases, const RisingBeta *dropout, double log_alpha)
{
	double r = parameters[BGNBD_R];
	double alpha = parameters[BGNBD_ALPHA];
	double x = customer->x;
	double T = customer->T;
	double share = T / (alpha + T);
	double log_ratio = log1p(T / alpha);

	terms->value = purchases->log + dropout->log - (r + x) * log_ratio - x * log_alpha;
	terms->score[BGNBD_R] = r * (purchases->first - log_ratio);
	terms->score[BGNBD_ALPHA] = r * share - x * (1.0 - share);
	terms->score[BGNBD_A] = dropout->by_a;
	terms->score[BGNBD_B] = dropout->by_b;
	terms->hessian[BGNBD_R][BGNBD_R] = terms->score[BGNBD_R] + r * r * purchases->second;
	terms->hessian[BGNBD_ALPHA][BGNBD_R] = r * share;
	terms->hessian[BGNBD_ALPHA][BGNBD_ALPHA] = -(r + x) * share * (1.0 - share);
	terms->hessian[BGNBD_A][BGNBD_R] = 0.0;
	terms->hessian[BGNBD_A][BGNBD_ALPHA] = 0.0;
	terms->hessian[BGNBD_A][BGNBD_A] = dropout->by_aa;
	terms->hessian[BGNBD_B][BGNBD_R] = 0.0;
	terms->hessian[BGNBD_B][BGNBD_ALPHA] = 0.0;
	terms->hessian[BGNBD_B][BGNBD_A] = dropout->by_ab;
	terms->hessian[BGNBD_B][BGNBD_B] = dropout->by_bb;
}

/* Mixes in the state "dead since t_x". */
static void
mix_dead(LtvTerms *terms, const double *parameters, const LtvHistory *customer, int first)
{
	double r = parameters[BGNBD_R];
	double alpha = parameters[BGNBD_ALPHA];
	double b = parameters[BGNBD_B];
	double x = customer->x;
	double share = customer->T / (alpha + customer->T);
	double share_dead = customer->t_x / (alpha + customer->t_x);
	double log_ratio = log1p((customer->T - customer->t_x) / (alpha + customer->t_x));
	double survivals = b + (x + (first - 1)); /* x = 1 must leave b whole */
	double D = log(parameters[BGNBD_A] / survivals) + (r + x) * log_ratio;
	double small = exp(-fabs(D));
	double w = (D > 0.0 ? 1.0 : small) / (1.0 + small);
	double both = small / ((1.0 + small) * (1.0 + small)); /* w (1-w) */
	double d[BGNBD_PARAMETERS];

	d[BGNBD_R] = r * log_ratio;
	d[BGNBD_ALPHA] = (r + x) * (share_dead - share);
	d[BGNBD_A] = 1.0;
	d[BGNBD_B] = -b / survivals;
	terms->value += Max(D, 0.0) + log1p(small);
	terms->hessian[BGNBD_R][BGNBD_R] += w * d[BGNBD_R];
	terms->hessian[BGNBD_ALPHA][BGNBD_R] += w * r * (share_dead - share);
	terms->hessian[BGNBD_ALPHA][BGNBD_ALPHA] +=
		w * (r + x) * (share * (1.0 - share) - share_dead * (1.0 - share_dead));
	terms->hessian[BGNBD_B][BGNBD_B] += w * d[BGNBD_B] * (1.0 + d[BGNBD_B]);
	for (int j = 0; j < BGNBD_PARAMETERS; j++)
	{
		terms->score[j] += w * d[j];
		for (int k = 0; k <= j; k++)
			terms->hessian[j][k] += both * d[j] * d[k];
	}
}

static double
log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives,
			   int first)
{
	double log_alpha = log(parameters[BGNBD_ALPHA]);
	RisingLog purchases;
	RisingBeta dropout;
	LtvSums sums;
	LtvTerms terms;

	memset(&sums, 0, sizeof(sums));
	rising_log_init(&purchases, parameters[BGNBD_R]);
	rising_beta_init(&dropout, parameters[BGNBD_A], parameters[BGNBD_B]);
	for (int64 i = 0; i < data->count; i++)
	{
		const LtvHistory *customer = &data->groups[i].history;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		rising_log_advance(&purchases, customer->x);
		rising_beta_advance(&dropout, (int64) customer->x + first);
		alive_terms(&terms, parameters, customer, &purchases, &dropout, log_alpha);
		if (customer->x + first > 0)
			mix_dead(&terms, parameters, customer, first);
		ltv_sums_add(&sums, BGNBD_PARAMETERS, data->groups[i].customers, &terms,
					 derivatives->score_products != NULL);
	}
	return ltv_sums_finish(&sums, BGNBD_PARAMETERS, derivatives);
}

static double
bg_log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return log_likelihood(data, parameters, derivatives, 0);
}

static double
mbg_log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return log_likelihood(data, parameters, derivatives, 1);
}

/* r, and a and b, of the starts: customers alike or not, dropout of one rate or of all or nothing. */
static const double starts[][3] = {
	{1.0, 1.0, 5.0},  {1.0, 1e4, 5e4},	{1.0, 0.05, 0.25},
	{50.0, 1.0, 5.0}, {50.0, 1e4, 5e4}, {50.0, 0.05, 0.05},
};

/*
 * (1, 5, 1, 5) for CDNOW in weeks; alpha follows the mean of T, so that the
 * period does not matter. Where customers are alike, r / alpha is the rate at
 * which they bought until their last purchase.
 */
static void
start(const LtvGroups *data, int index, double *parameters)
{
	double mean_T = 0.0;
	double time = 0.0;
	double purchases = 0.0;

	for (int64 i = 0; i < data->count; i++)
	{
		const LtvHistory *customer = &data->groups[i].history;
		double share = (double) data->groups[i].customers / data->customers;

		mean_T += customer->T * share;
		time += customer->t_x * share;
		purchases += customer->x * share;
	}
	parameters[BGNBD_R] = starts[index][0];
	parameters[BGNBD_ALPHA] = mean_T / 6.0;
	if (parameters[BGNBD_R] > 1.0 && purchases > 0.0)
		parameters[BGNBD_ALPHA] = parameters[BGNBD_R] * time / purchases;
	parameters[BGNBD_A] = starts[index][1];
	parameters[BGNBD_B] = starts[index][2];
}

static double
bg_p_alive(const double *parameters, const LtvHistory *customer)
{
	return 1.0 / (1.0 + exp(bgnbd_log_odds_dead(parameters, customer, 0)));
}

static double
mbg_p_alive(const double *parameters, const LtvHistory *customer)
{
	return 1.0 / (1.0 + exp(bgnbd_log_odds_dead(parameters, customer, 1)));
}

static double
bg_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bgnbd_expected_purchases(parameters, customer, horizon, 0);
}

static double
mbg_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bgnbd_expected_purchases(parameters, customer, horizon, 1);
}

static double
bg_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						double rate)
{
	return bgnbd_discounted_purchases(parameters, customer, horizon, rate, 0);
}

static double
mbg_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						 double rate)
{
	return bgnbd_discounted_purchases(parameters, customer, horizon, rate, 1);
}

const LtvTransactionModel bg_nbd_model = {
	.name = "bg/nbd",
	.nparameters = BGNBD_PARAMETERS,
	.parameter_names = parameter_names,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = bg_log_likelihood,
	.p_alive = bg_p_alive,
	.expected_purchases = bg_expected_purchases,
	.discounted_purchases = bg_discounted_purchases,
};

const LtvTransactionModel mbg_nbd_model = {
	.name = "mbg/nbd",
	.nparameters = BGNBD_PARAMETERS,
	.parameter_names = parameter_names,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = mbg_log_likelihood,
	.p_alive = mbg_p_alive,
	.expected_purchases = mbg_expected_purchases,
	.discounted_purchases = mbg_discounted_purchases,
};
