/*
 * pareto_nbd.c
 *		Pareto/NBD (Schmittlein, Morrison & Colombo 1987): fitting.
 *
 * While alive a customer buys at rate lambda ~ Gamma(r, alpha); it drops out
 * at rate mu ~ Gamma(s, beta). With p = r + x,
 *		L = Gamma(p)/Gamma(r) alpha^r beta^s [ (alpha+T)^-p (beta+T)^-s
 *			+ s int_{t_x}^{T} (alpha+y)^-p (beta+y)^-(s+1) dy ].
 * Its two states (two_states.h) are "will buy again" and "will not", for which
 * the integrals are needed once for each interval between two times of
 * customers with this x, not once for each customer: see state_split.
 *
 * Their derivatives are those of the complete data, the time y of dropout
 * known, averaged over y (Louis 1982); for each y a sum of terms that are
 * written by the logs of the parameters.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/pareto_nbd.h"
#include "ltv/two_states.h"

#define N STATE_PARAMETERS

static const char *const parameter_names[PARETO_PARAMETERS] = {"r", "alpha", "s", "beta"};

/* What the terms of a time y are made of. */
typedef struct Time
{
	double log_alpha; /* ln(1 + y/alpha) */
	double log_beta;
	double share_alpha; /* y/(alpha+y) */
	double share_beta;
} Time;

/* Those of the complete data: alive at y, or (dead = 1) dropped out at y. */
static inline void
complete_terms(const States *states, double x, const Time *y, double dead, double *score,
			   double *hessian)
{
	double r = states->parameters[PARETO_R];
	double s = states->parameters[PARETO_S];
	double F = y->share_alpha;
	double G = y->share_beta;

	score[PARETO_R] = r * (states->purchases.first - y->log_alpha);
	score[PARETO_ALPHA] = r * F - x * (1.0 - F);
	score[PARETO_S] = dead - s * y->log_beta;
	score[PARETO_BETA] = s * G - dead * (1.0 - G);
	hessian[STATE_AT(PARETO_R, PARETO_R)] = score[PARETO_R] + r * r * states->purchases.second;
	hessian[STATE_AT(PARETO_ALPHA, PARETO_R)] = r * F;
	hessian[STATE_AT(PARETO_ALPHA, PARETO_ALPHA)] = -(r + x) * F * (1.0 - F);
	hessian[STATE_AT(PARETO_S, PARETO_R)] = 0.0;
	hessian[STATE_AT(PARETO_S, PARETO_ALPHA)] = 0.0;
	hessian[STATE_AT(PARETO_S, PARETO_S)] = -s * y->log_beta;
	hessian[STATE_AT(PARETO_BETA, PARETO_R)] = 0.0;
	hessian[STATE_AT(PARETO_BETA, PARETO_ALPHA)] = 0.0;
	hessian[STATE_AT(PARETO_BETA, PARETO_S)] = s * G;
	hessian[STATE_AT(PARETO_BETA, PARETO_BETA)] = -(s + dead) * G * (1.0 - G);
}

/* Adds dropout between t and the next time, `length` later. */
static void
add_interval(StateMoments *moments, const States *states, double x, double t, const Time *at_t,
			 double length)
{
	const double *parameters = states->parameters;
	bool alpha_is_m = parameters[PARETO_ALPHA] < parameters[PARETO_BETA];
	double m = t + Min(parameters[PARETO_ALPHA], parameters[PARETO_BETA]);
	double M = t + Max(parameters[PARETO_ALPHA], parameters[PARETO_BETA]);
	ParetoIntegral integral;
	ParetoPanel panel;

	pareto_integral_init(&integral, parameters, parameters[PARETO_R] + x, t, length);
	while (pareto_integral_next(&integral, &panel))
		for (int i = 0; i < panel.n; i++)
		{
			double passed = m * panel.growth[i];
			double y = t + passed;
			double share_m = y / (m + passed);
			double share_M = y / (M + passed);
			double score[N];
			double hessian[STATE_HESSIAN];
			Time time;

			time.log_alpha = at_t->log_alpha + (alpha_is_m ? panel.u[i] : panel.v[i]);
			time.log_beta = at_t->log_beta + (alpha_is_m ? panel.v[i] : panel.u[i]);
			time.share_alpha = alpha_is_m ? share_m : share_M;
			time.share_beta = alpha_is_m ? share_M : share_m;
			complete_terms(states, x, &time, 1.0, score, hessian);
			state_moments_add(moments, panel.mass[i], score, hessian);
		}
}

static void
init(States *states, const double *parameters)
{
	states->parameters = parameters;
	rising_log_init(&states->purchases, parameters[PARETO_R]);
}

/* From the latest time back, so that K(t) is a sum of positive integrals. */
static double
fill(States *states, int32 x, const double *times, int n, StateTerms *E, StateTerms *D)
{
	double r = states->parameters[PARETO_R];
	double alpha = states->parameters[PARETO_ALPHA];
	double s = states->parameters[PARETO_S];
	double beta = states->parameters[PARETO_BETA];
	StateMoments dead = {.mass = 0.0};
	double score[N];
	double hessian[STATE_HESSIAN];
	double later = 0.0;

	rising_log_advance(&states->purchases, x);
	for (int i = n - 1; i >= 0; i--)
	{
		double t = times[i];
		Time time = {log1p(t / alpha), log1p(t / beta), t / (alpha + t), t / (beta + t)};
		double log_alive = -(r + x) * time.log_alpha - s * time.log_beta;

		if ((i & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (i < n - 1)
		{
			state_moments_scale(&dead, exp(later - log_alive));
			add_interval(&dead, states, x, t, &time, times[i + 1] - t);
		}
		complete_terms(states, x, &time, 0.0, score, hessian);
		state_split(log_alive, score, hessian, &dead, &E[i], &D[i]);
		later = log_alive;
	}
	return states->purchases.log - x * log(alpha);
}

static const TwoStateModel pareto_states = {init, fill};

static double
log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	return two_states_log_likelihood(&pareto_states, data, parameters, derivatives);
}

static void
history_terms(const double *parameters, const LtvHistory *customer, LtvTerms *terms)
{
	two_states_history_terms(&pareto_states, parameters, customer, terms);
}

/* r and s of the starts: customers alike or not, in buying and in dropping out. */
static const double starts[][2] = {
	{1.0, 1.0}, {1.0, 0.1}, {1.0, 50.0}, {0.2, 0.2}, {50.0, 1.0}, {50.0, 50.0},
};

/* The times follow the mean of T, so that the period does not matter. */
static void
start(const LtvGroups *data, int index, double *parameters)
{
	LtvMeans means = ltv_means(data);

	parameters[PARETO_R] = starts[index][0];
	parameters[PARETO_ALPHA] = parameters[PARETO_R] * means.T / 3.0;
	if (parameters[PARETO_R] > 1.0 && means.x > 0.0)
		parameters[PARETO_ALPHA] = parameters[PARETO_R] * means.t_x / means.x;
	parameters[PARETO_S] = starts[index][1];
	parameters[PARETO_BETA] = parameters[PARETO_S] * means.T / 2.0;
}

const LtvTransactionModel pareto_nbd_model = {
	.name = "pareto/nbd",
	.nparameters = PARETO_PARAMETERS,
	.parameter_names = parameter_names,
	.dropout_link = LTV_LINK_SCALE,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = log_likelihood,
	.history_terms = history_terms,
	.p_alive = pareto_p_alive,
	.expected_purchases = pareto_expected_purchases,
	.discounted_purchases = pareto_discounted_purchases,
	.purchases_if_alive = pareto_purchases_if_alive,
	.p_last = pareto_p_last,
	.p_alive_by_last = pareto_p_alive_by_last,
	.p_alive_ahead = pareto_p_alive_ahead,
	.p_none = pareto_p_none,
	.purchase_probabilities = pareto_purchase_probabilities,
	.p_at_least = pareto_p_at_least,
};
