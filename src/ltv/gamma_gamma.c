/*
 * gamma_gamma.c
 *		Gamma-Gamma model of spend per purchase (Fader, Hardie & Lee 2005,
 *		"RFM and CLV"; Fader & Hardie 2013, note 025).
 *
 * A customer's purchases are Gamma(p, nu), nu is Gamma(q, v) over customers.
 * The likelihood of the mean m of x repeat purchases is
 *		ln Gamma(px+q) - ln Gamma(px) - ln Gamma(q)
 *		+ px ln s + q ln(1-s) - ln m,		s = xm / (xm + v).
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/ltv_model.h"
#include "ltv/ltv_sums.h"
#include "math/special.h"

enum
{
	P,
	Q,
	V,
	NPARAMETERS
};

static const char *const parameter_names[NPARAMETERS] = {"p", "q", "v"};

/* What depends on x alone. */
typedef struct ByCount
{
	int32 x;
	double log_x;
	double log;	  /* ln Gamma(px+q) - ln Gamma(px) - ln Gamma(q) */
	double by_p;  /* psi(px+q) - psi(px) */
	double by_q;  /* psi(px+q) - psi(q) */
	double by_pp; /* psi'(px+q) - psi'(px) */
	double by_pq; /* psi'(px+q) */
	double by_qq; /* psi'(px+q) - psi'(q) */
} ByCount;

static void
count_terms(ByCount *terms, double p, double q, int32 x)
{
	double px = p * x;

	terms->x = x;
	terms->log_x = log(x);
	/* The smaller one outside, so that large arguments do not cancel. */
	terms->log = log_gamma_difference(Max(px, q), Min(px, q)) - lgamma(Min(px, q));
	terms->by_p = digamma_difference(px, q);
	terms->by_q = digamma_difference(q, px);
	terms->by_pp = trigamma_difference(px, q);
	terms->by_pq = trigamma(px + q);
	terms->by_qq = trigamma_difference(q, px);
}

/* p and q of the starts: mildly skewed, then little spread within or between customers. */
static const double starts[][2] = {{4.0, 4.0}, {100.0, 4.0}, {4.0, 100.0}, {0.5, 2.0}};

/*
 * Start from the moments of the population: mean spend pv/(q-1). It has the
 * unit of the money, so that the fit does not depend on the currency.
 */
static void
start(const LtvSpenders *data, int index, double *parameters)
{
	double mean = 0.0;

	for (int64 i = 0; i < data->count; i++)
		mean += data->spenders[i].mean * ((double) data->spenders[i].customers / data->customers);
	parameters[P] = starts[index][0];
	parameters[Q] = starts[index][1];
	parameters[V] = mean * (parameters[Q] - 1.0) / parameters[P];
}

static void
spender_terms(LtvTerms *terms, const ByCount *of_x, double p, double q, double log_v,
			  double log_mean)
{
	double px = p * of_x->x;
	double y = of_x->log_x + log_mean - log_v; /* ln(s / (1-s)) */
	double small = exp(-fabs(y));
	double small_log = log1p(small);
	double log_s = -Max(-y, 0.0) - small_log;
	double log_rest = -Max(y, 0.0) - small_log; /* ln(1-s) */
	double s = (y > 0.0 ? 1.0 : small) / (1.0 + small);
	double rest = (y > 0.0 ? small : 1.0) / (1.0 + small); /* 1-s */

	terms->value = of_x->log + px * log_s + q * log_rest - log_mean;
	terms->score[P] = px * (of_x->by_p + log_s);
	terms->score[Q] = q * (of_x->by_q + log_rest);
	terms->score[V] = q * s - px * rest;
	terms->hessian[P][P] = terms->score[P] + px * px * of_x->by_pp;
	terms->hessian[Q][P] = px * q * of_x->by_pq;
	terms->hessian[Q][Q] = terms->score[Q] + q * q * of_x->by_qq;
	terms->hessian[V][P] = -px * rest;
	terms->hessian[V][Q] = q * s;
	terms->hessian[V][V] = -(px + q) * s * rest;
}

static double
log_likelihood(const LtvSpenders *data, const double *parameters, LtvDerivatives *derivatives)
{
	double log_v = log(parameters[V]);
	LtvSums sums;
	LtvTerms terms;
	ByCount of_x = {.x = 0};

	memset(&sums, 0, sizeof(sums));
	for (int64 i = 0; i < data->count; i++)
	{
		const LtvSpender *spender = &data->spenders[i];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (spender->x != of_x.x)
			count_terms(&of_x, parameters[P], parameters[Q], spender->x);
		spender_terms(&terms, &of_x, parameters[P], parameters[Q], log_v, spender->log_mean);
		ltv_sums_add(&sums, NPARAMETERS, spender->customers, &terms,
					 derivatives->score_products != NULL);
	}
	return ltv_sums_finish(&sums, NPARAMETERS, derivatives);
}

/* p (v + x m) / (px + q - 1), m not below zero; infinite for x = 0 and q <= 1. */
static double
expected_spend(const double *parameters, int32 x, double mean)
{
	double denominator = parameters[P] * x + parameters[Q] - 1.0;

	if (denominator <= 0.0)
		return NAN;
	return parameters[P] * (parameters[V] + x * Max(mean, 0.0)) / denominator;
}

const LtvSpendModel gamma_gamma_model = {
	.name = "gamma-gamma",
	.nparameters = NPARAMETERS,
	.parameter_names = parameter_names,
	.nstarts = lengthof(starts),
	.start = start,
	.log_likelihood = log_likelihood,
	.expected_spend = expected_spend,
};
