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
 * The likelihood is that of two states at T (two_states.h): alive, or dead
 * since t_x,
 *		E	Gamma(r+x)/Gamma(r) alpha^r (alpha+T)^-(r+x) B(a, b+first+x)/B(a, b)
 *		D	the same with t_x for T, times a/(b+first+x-1).
 * The derivatives are written by the logs of the parameters, in forms that
 * stay exact as parameters grow or vanish.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/bgnbd.h"
#include "ltv/ltv_sums.h"
#include "ltv/two_states.h"

static const char *const parameter_names[BGNBD_PARAMETERS] = {"r", "alpha", "a", "b"};

double
bgnbd_odds_dead(const double *parameters, const LtvHistory *customer, int first)
{
	double x = customer->x;

	if (customer->x + first == 0)
		return 0.0;
	return parameters[BGNBD_A] / (parameters[BGNBD_B] + (x + (first - 1))) *
		   exp((parameters[BGNBD_R] + x) *
			   log1p((customer->T - customer->t_x) / (parameters[BGNBD_ALPHA] + customer->t_x)));
}

static void
bg_init(States *states, const double *parameters)
{
	states->parameters = parameters;
	rising_log_init(&states->purchases, parameters[BGNBD_R]);
	rising_beta_init(&states->dropout, parameters[BGNBD_A], parameters[BGNBD_B]);
}

/* "Alive" at time t: without the terms that are common to all. */
static void
alive_terms(StateTerms *terms, const States *states, double x, double t)
{
	double r = states->parameters[BGNBD_R];
	double alpha = states->parameters[BGNBD_ALPHA];
	const RisingBeta *dropout = &states->dropout;
	double share = t / (alpha + t);
	double log_ratio = log1p(t / alpha);

	terms->value = -(r + x) * log_ratio;
	terms->score[BGNBD_R] = r * (states->purchases.first - log_ratio);
	terms->score[BGNBD_ALPHA] = r * share - x * (1.0 - share);
	terms->score[BGNBD_A] = dropout->by_a;
	terms->score[BGNBD_B] = dropout->by_b;
	terms->hessian[STATE_AT(BGNBD_R, BGNBD_R)] =
		terms->score[BGNBD_R] + r * r * states->purchases.second;
	terms->hessian[STATE_AT(BGNBD_ALPHA, BGNBD_R)] = r * share;
	terms->hessian[STATE_AT(BGNBD_ALPHA, BGNBD_ALPHA)] = -(r + x) * share * (1.0 - share);
	terms->hessian[STATE_AT(BGNBD_A, BGNBD_R)] = 0.0;
	terms->hessian[STATE_AT(BGNBD_A, BGNBD_ALPHA)] = 0.0;
	terms->hessian[STATE_AT(BGNBD_A, BGNBD_A)] = dropout->by_aa;
	terms->hessian[STATE_AT(BGNBD_B, BGNBD_R)] = 0.0;
	terms->hessian[STATE_AT(BGNBD_B, BGNBD_ALPHA)] = 0.0;
	terms->hessian[STATE_AT(BGNBD_B, BGNBD_A)] = dropout->by_ab;
	terms->hessian[STATE_AT(BGNBD_B, BGNBD_B)] = dropout->by_bb;
}

/* "Dead since t": that, times the odds of dropping out after the last purchase. */
static void
dead_terms(StateTerms *terms, const StateTerms *alive, const States *states, double x, int first)
{
	double b = states->parameters[BGNBD_B];
	double survivals = b + (x + (first - 1)); /* x = 1 must leave b whole */
	double share = b / survivals;

	memset(terms, 0, sizeof(*terms));
	terms->value = -INFINITY;
	if (x + first == 0.0)
		return;
	*terms = *alive;
	terms->value += log(states->parameters[BGNBD_A] / survivals);
	terms->score[BGNBD_A] += 1.0;
	terms->score[BGNBD_B] -= share;
	terms->hessian[STATE_AT(BGNBD_B, BGNBD_B)] -= share * (1.0 - share);
}

static double
fill(States *states, int32 x, const double *times, int n, StateTerms *E, StateTerms *D, int first)
{
	rising_log_advance(&states->purchases, x);
	rising_beta_advance(&states->dropout, (int64) x + first);
	for (int i = 0; i < n; i++)
	{
		alive_terms(&E[i], states, x, times[i]);
		dead_terms(&D[i], &E[i], states, x, first);
	}
	return states->purchases.log + states->dropout.log - x * log(states->parameters[BGNBD_ALPHA]);
}

static double
bg_fill(States *states, int32 x, const double *times, int n, StateTerms *E, StateTerms *D)
{
	return fill(states, x, times, n, E, D, 0);
}

static double
mbg_fill(States *states, int32 x, const double *times, int n, StateTerms *E, StateTerms *D)
{
	return fill(states, x, times, n, E, D, 1);
}

static const TwoStateModel bg_states = {bg_init, bg_fill};
static const TwoStateModel mbg_states = {bg_init, mbg_fill};

static double
bg_log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return two_states_log_likelihood(&bg_states, data, parameters, derivatives);
}

static double
mbg_log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return two_states_log_likelihood(&mbg_states, data, parameters, derivatives);
}

static void
bg_history_terms(const double *parameters, const LtvHistory *customer, LtvTerms *terms)
{
	two_states_history_terms(&bg_states, parameters, customer, terms);
}

static void
mbg_history_terms(const double *parameters, const LtvHistory *customer, LtvTerms *terms)
{
	two_states_history_terms(&mbg_states, parameters, customer, terms);
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
	LtvMeans means = ltv_means(data);

	parameters[BGNBD_R] = starts[index][0];
	parameters[BGNBD_ALPHA] = means.T / 6.0;
	if (parameters[BGNBD_R] > 1.0 && means.x > 0.0)
		parameters[BGNBD_ALPHA] = parameters[BGNBD_R] * means.t_x / means.x;
	parameters[BGNBD_A] = starts[index][1];
	parameters[BGNBD_B] = starts[index][2];
}

static double
bg_p_alive(const double *parameters, const LtvHistory *customer)
{
	return bgnbd_p_alive(parameters, customer, 0);
}

static double
mbg_p_alive(const double *parameters, const LtvHistory *customer)
{
	return bgnbd_p_alive(parameters, customer, 1);
}

static double
bg_purchases_if_alive(const double *parameters, int32 x, double T, double horizon, double rate)
{
	return bgnbd_purchases_if_alive(parameters, x, T, horizon, rate, 0);
}

static double
mbg_purchases_if_alive(const double *parameters, int32 x, double T, double horizon, double rate)
{
	return bgnbd_purchases_if_alive(parameters, x, T, horizon, rate, 1);
}

static double
bg_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						double rate)
{
	return ltv_if_alive(bg_p_alive(parameters, customer),
						bg_purchases_if_alive(parameters, customer->x, customer->T, horizon, rate));
}

static double
bg_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bg_discounted_purchases(parameters, customer, horizon, 0.0);
}

static double
mbg_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						 double rate)
{
	return ltv_if_alive(
		mbg_p_alive(parameters, customer),
		mbg_purchases_if_alive(parameters, customer->x, customer->T, horizon, rate));
}

static double
mbg_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return mbg_discounted_purchases(parameters, customer, horizon, 0.0);
}

static double
bg_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead)
{
	return bgnbd_p_alive_ahead(parameters, customer, ahead, 0);
}

static double
bg_p_none(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bgnbd_p_none(parameters, customer, horizon, 0);
}

static void
bg_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
						  int n, double *probabilities)
{
	bgnbd_purchase_probabilities(parameters, customer, horizon, n, probabilities, 0);
}

static double
mbg_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead)
{
	return bgnbd_p_alive_ahead(parameters, customer, ahead, 1);
}

static double
mbg_p_none(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bgnbd_p_none(parameters, customer, horizon, 1);
}

static void
mbg_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
						   int n, double *probabilities)
{
	bgnbd_purchase_probabilities(parameters, customer, horizon, n, probabilities, 1);
}

const LtvTransactionModel bg_nbd_model = {
	.name = "bg/nbd",
	.nparameters = BGNBD_PARAMETERS,
	.parameter_names = parameter_names,
	.dropout_link = LTV_LINK_SHARE,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = bg_log_likelihood,
	.history_terms = bg_history_terms,
	.p_alive = bg_p_alive,
	.expected_purchases = bg_expected_purchases,
	.discounted_purchases = bg_discounted_purchases,
	.purchases_if_alive = bg_purchases_if_alive,
	.p_alive_ahead = bg_p_alive_ahead,
	.p_none = bg_p_none,
	.purchase_probabilities = bg_purchase_probabilities,
};

const LtvTransactionModel mbg_nbd_model = {
	.name = "mbg/nbd",
	.nparameters = BGNBD_PARAMETERS,
	.parameter_names = parameter_names,
	.dropout_link = LTV_LINK_SHARE,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = mbg_log_likelihood,
	.history_terms = mbg_history_terms,
	.p_alive = mbg_p_alive,
	.expected_purchases = mbg_expected_purchases,
	.discounted_purchases = mbg_discounted_purchases,
	.purchases_if_alive = mbg_purchases_if_alive,
	.p_alive_ahead = mbg_p_alive_ahead,
	.p_none = mbg_p_none,
	.purchase_probabilities = mbg_purchase_probabilities,
};
