/*
 * mbg_cnbd.c
 *		MBG/CNBD-k (Platzer & Reutterer 2016): fitting.
 *
 * MBG/NBD with regular purchases: the time between two of them is Erlang-k, k
 * stages at rate lambda ~ Gamma(r, alpha) each. k = 1 is MBG/NBD. A customer
 * who is alive at T has passed 0 .. k-1 stages since the last purchase: with
 * m = r + k x, tau = T - t_x,
 *		alive	B(a, b+x+1)/B(a, b) Gamma(m)/Gamma(r) alpha^r (alpha+T)^-m
 *				sum_{j<k} (m)_j/j! (tau/(alpha+T))^j
 *		dead	the same with T = t_x, times a/(b+x),
 * both times prod gap^(k-1)/Gamma(k) over the times between purchases; that
 * factor only serves to compare values of k. The states j differ in r and alpha
 * alone; the derivatives follow by Louis (1982), as in two_states.c.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/ltv_sums.h"
#include "ltv/mbg_cnbd.h"
#include "math/special.h"

static const char *const parameter_names[CNBD_PARAMETERS] = {"r", "alpha", "a", "b", "k"};

/* What depends on x alone. */
typedef struct ByCount
{
	const double *parameters;
	int k;
	double x;
	double m;
	double log_alpha;
	RisingLog purchases;
	RisingBeta dropout;
	double ratio[CNBD_MAX_K];  /* (m + j)/(j + 1) */
	double first[CNBD_MAX_K];  /* sum_{i<j} 1/(m + i) */
	double second[CNBD_MAX_K]; /* - sum_{i<j} 1/(m + i)^2 */
} ByCount;

static void
by_count_init(ByCount *of_x, const double *parameters)
{
	of_x->parameters = parameters;
	of_x->k = (int) Min(Max(rint(parameters[CNBD_K]), 1.0), CNBD_MAX_K);
	of_x->x = -1.0;
	of_x->log_alpha = log(parameters[CNBD_ALPHA]);
	rising_log_init(&of_x->purchases, parameters[CNBD_R]);
	rising_beta_init(&of_x->dropout, parameters[CNBD_A], parameters[CNBD_B]);
}

static void
by_count_advance(ByCount *of_x, int32 x)
{
	if (of_x->x == x)
		return;
	of_x->x = x;
	of_x->m = of_x->parameters[CNBD_R] + (double) of_x->k * x;
	rising_log_advance(&of_x->purchases, (int64) of_x->k * x);
	rising_beta_advance(&of_x->dropout, (int64) x + 1);
	of_x->first[0] = 0.0;
	of_x->second[0] = 0.0;
	for (int j = 0; j < of_x->k; j++)
	{
		double inverse = 1.0 / (of_x->m + j);

		of_x->ratio[j] = (of_x->m + j) / (j + 1.0);
		if (j + 1 == of_x->k)
			break;
		of_x->first[j + 1] = of_x->first[j] + inverse;
		of_x->second[j + 1] = of_x->second[j] - inverse * inverse;
	}
}

/* Alive at t without any stage passed: what both states start from, but for common terms. */
static void
base_terms(LtvTerms *terms, const ByCount *of_x, double t)
{
	double r = of_x->parameters[CNBD_R];
	double alpha = of_x->parameters[CNBD_ALPHA];
	double stages = of_x->k * of_x->x;
	double share = t / (alpha + t);
	double log_ratio = log1p(t / alpha);

	memset(terms, 0, sizeof(*terms));
	terms->value = -of_x->m * log_ratio;
	terms->score[CNBD_R] = r * (of_x->purchases.first - log_ratio);
	terms->score[CNBD_ALPHA] = r * share - stages * (1.0 - share);
	terms->score[CNBD_A] = of_x->dropout.by_a;
	terms->score[CNBD_B] = of_x->dropout.by_b;
	terms->hessian[CNBD_R][CNBD_R] = terms->score[CNBD_R] + r * r * of_x->purchases.second;
	terms->hessian[CNBD_ALPHA][CNBD_R] = r * share;
	terms->hessian[CNBD_ALPHA][CNBD_ALPHA] = -of_x->m * share * (1.0 - share);
	terms->hessian[CNBD_A][CNBD_A] = of_x->dropout.by_aa;
	terms->hessian[CNBD_B][CNBD_A] = of_x->dropout.by_ab;
	terms->hessian[CNBD_B][CNBD_B] = of_x->dropout.by_bb;
}

/* Mixes in the stages that a customer alive at T may have passed: y = tau/(alpha+T). */
static void
mix_stages(LtvTerms *terms, const ByCount *of_x, double T, double tau)
{
	double r = of_x->parameters[CNBD_R];
	double alpha = of_x->parameters[CNBD_ALPHA];
	double y = tau / (alpha + T);
	double rest = alpha / (alpha + T); /* 1 - share */
	double term = 1.0;
	double sum = 0.0;
	double by_r = 0.0;	   /* sum of term * first */
	double by_alpha = 0.0; /* of term * j */
	double rr = 0.0;	   /* of term * first^2, and so on */
	double ra = 0.0;
	double aa = 0.0;
	double bend = 0.0;

	for (int j = 0; j < of_x->k; j++)
	{
		double first = of_x->first[j];

		sum += term;
		by_r += term * first;
		by_alpha += term * j;
		rr += term * first * first;
		ra += term * first * j;
		aa += term * j * j;
		bend += term * of_x->second[j];
		term *= y * of_x->ratio[j];
	}
	by_r /= sum;
	by_alpha /= sum;
	rr = rr / sum - by_r * by_r;
	ra = ra / sum - by_r * by_alpha;
	aa = aa / sum - by_alpha * by_alpha;
	terms->value += log(sum);
	terms->score[CNBD_R] += r * by_r;
	terms->score[CNBD_ALPHA] -= rest * by_alpha;
	terms->hessian[CNBD_R][CNBD_R] += r * by_r + r * r * (bend / sum + rr);
	terms->hessian[CNBD_ALPHA][CNBD_R] -= r * rest * ra;
	terms->hessian[CNBD_ALPHA][CNBD_ALPHA] += rest * rest * aa - by_alpha * (1.0 - rest) * rest;
}

/* Mixes in "dead since t_x". */
static void
mix_dead(LtvTerms *terms, const ByCount *of_x, double t_x)
{
	double b = of_x->parameters[CNBD_B];
	double survivals = b + of_x->x;
	double share = b / survivals;
	LtvTerms dead;
	double D;
	double small;
	double w;
	double both;

	base_terms(&dead, of_x, t_x);
	dead.value += log(of_x->parameters[CNBD_A] / survivals);
	dead.score[CNBD_A] += 1.0;
	dead.score[CNBD_B] -= share;
	dead.hessian[CNBD_B][CNBD_B] -= share * (1.0 - share);
	D = dead.value - terms->value;
	small = exp(-fabs(D));
	w = (D > 0.0 ? 1.0 : small) / (1.0 + small);
	both = small / ((1.0 + small) * (1.0 + small)); /* w (1-w) */
	terms->value += Max(D, 0.0) + log1p(small);
	for (int j = 0; j < CNBD_FREE; j++)
		dead.score[j] -= terms->score[j];
	for (int j = 0; j < CNBD_FREE; j++)
	{
		terms->score[j] += w * dead.score[j];
		for (int k = 0; k <= j; k++)
			terms->hessian[j][k] += w * (dead.hessian[j][k] - terms->hessian[j][k]) +
									both * dead.score[j] * dead.score[k];
	}
}

static void
customer_terms(LtvTerms *terms, ByCount *of_x, const LtvHistory *customer)
{
	by_count_advance(of_x, customer->x);
	base_terms(terms, of_x, customer->T);
	if (of_x->k > 1)
		mix_stages(terms, of_x, customer->T, customer->T - customer->t_x);
	mix_dead(terms, of_x, customer->t_x);
	terms->value += of_x->purchases.log + of_x->dropout.log - of_x->k * of_x->x * of_x->log_alpha;
}

/* The factors of the gaps, gap^(k-1)/(k-1)!, which a history does not hold. */
static double
shape_term(const LtvGroups *data, const double *parameters)
{
	double k = rint(parameters[CNBD_K]);
	double purchases = 0.0;

	for (int64 i = 0; i < data->count; i++)
		purchases += (double) data->groups[i].history.x * data->groups[i].customers;
	return (k - 1.0) * data->log_gaps - purchases * lgamma(k);
}

static double
log_likelihood(const LtvGroups *data, const double *parameters, LtvDerivatives *derivatives)
{
	LtvSums sums;
	LtvTerms terms;
	ByCount of_x;

	memset(&sums, 0, sizeof(sums));
	by_count_init(&of_x, parameters);
	for (int64 i = 0; i < data->count; i++)
	{
		const LtvGroup *group = &data->groups[i];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		customer_terms(&terms, &of_x, &group->history);
		ltv_sums_add(&sums, CNBD_FREE, group->customers, &terms,
					 derivatives->score_products != NULL);
	}
	return ltv_sums_finish(&sums, CNBD_FREE, derivatives) + shape_term(data, parameters);
}

static void
history_terms(const double *parameters, const LtvHistory *customer, LtvTerms *terms)
{
	ByCount of_x;

	by_count_init(&of_x, parameters);
	customer_terms(terms, &of_x, customer);
}

/* A fit begins with k = 1, where this is MBG/NBD; each further k where the one before ended. */
static void
start(const LtvGroups *data, int index, double *parameters)
{
	mbg_nbd_model.start(data, index, parameters);
}

const LtvTransactionModel mbg_cnbd_k_model = {
	.name = "mbg/cnbd-k",
	.nparameters = CNBD_PARAMETERS,
	.parameter_names = parameter_names,
	.max_shape = CNBD_MAX_K,
	.dropout_link = LTV_LINK_SHARE,
	.nstarts = 6, /* of mbg_nbd_model */
	.start = start,
	.log_likelihood = log_likelihood,
	.history_terms = history_terms,
	.shape_term = shape_term,
	.p_alive = cnbd_p_alive,
	.expected_purchases = cnbd_expected_purchases,
	.discounted_purchases = cnbd_discounted_purchases,
	.p_alive_ahead = cnbd_p_alive_ahead,
	.p_none = cnbd_p_none,
	.purchase_probabilities = cnbd_purchase_probabilities,
};
