/*
 * ltv_covariates.c
 *		Covariates: purchase and dropout parameters of a customer's own.
 *
 * With g = gamma'z and d = delta'z a customer has
 *		alpha_i = alpha exp(-g),
 *		logit(a_i/(a_i+b_i)) = logit(a/(a+b)) + d, a_i + b_i = a + b, or
 *		beta_i = beta exp(-d)
 * (Fader & Hardie 2007, note 019, for alpha and beta). The model gives the
 * derivatives by the logs of the customer's own parameters; the chain rule
 * takes them first to (logs of the common parameters, g, d), and from there to
 * the coefficients, which g and d are linear in.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_covariates.h"
#include "ltv/ltv_sums.h"
#include "miscadmin.h"

#define ALPHA 1
#define A 2
#define B 3
#define BETA 3

#define MOST 100.0 /* change of a log or logit */

#define LINKED (LTV_MAX_PARAMETERS + 2)

/* By the logs of the common parameters, then g, then d. */
typedef struct Linked
{
	int n; /* common parameters */
	double value;
	double score[LINKED];
	double hessian[LINKED][LINKED];
} Linked;

void
ltv_covariates_parameters(const LtvTransactionModel *model, const double *parameters,
						  double purchase, double dropout, double *own)
{
	/* Beyond this nothing is left to change, and the parameters must stay numbers. */
	purchase = Min(Max(purchase, -MOST), MOST);
	dropout = Min(Max(dropout, -MOST), MOST);
	memcpy(own, parameters, sizeof(double) * model->nparameters);
	own[ALPHA] *= exp(-purchase);
	if (model->dropout_link == LTV_LINK_SCALE)
		own[BETA] *= exp(-dropout);
	else
	{
		double sum = parameters[A] + parameters[B];
		double odds = parameters[A] / parameters[B] * exp(dropout);

		own[A] = sum * (odds / (1.0 + odds));
		own[B] = sum / (1.0 + odds);
	}
}

/*
 * The derivatives of the logs of a customer's own parameters: first[i][j] of
 * own i by linked j, and second[j][k], which a and b have in common.
 */
typedef struct Link
{
	double first[LTV_MAX_PARAMETERS][LINKED];
	double second[LINKED][LINKED];
} Link;

static void
link_share(Link *link, int n, const double *parameters, const double *own)
{
	double sum = parameters[A] + parameters[B];
	double p = parameters[A] / sum; /* of all customers */
	double q = parameters[B] / sum;
	double pi = own[A] / sum; /* of this one */
	double qi = own[B] / sum;
	int d = n + 1;

	link->first[A][A] = p + qi;
	link->first[A][B] = q - qi;
	link->first[A][d] = qi;
	link->first[B][A] = p - pi;
	link->first[B][B] = q + pi;
	link->first[B][d] = -pi;
	link->second[A][A] = p * q - pi * qi;
	link->second[B][A] = -link->second[A][A];
	link->second[B][B] = link->second[A][A];
	link->second[d][A] = -pi * qi;
	link->second[d][B] = pi * qi;
	link->second[d][d] = -pi * qi;
}

static void
make_link(Link *link, const LtvTransactionModel *model, const double *parameters, const double *own)
{
	int n = ltv_free_parameters(model);

	memset(link, 0, sizeof(*link));
	for (int i = 0; i < n; i++)
		link->first[i][i] = 1.0;
	link->first[ALPHA][n] = -1.0;
	if (model->dropout_link == LTV_LINK_SCALE)
		link->first[BETA][n + 1] = -1.0;
	else
		link_share(link, n, parameters, own);
}

/* The chain rule. */
static void
take_through(const Link *link, const LtvTerms *terms, Linked *linked)
{
	int n = linked->n;
	double curvature = terms->score[A] + terms->score[B]; /* of what `second` is for */

	linked->value = terms->value;
	for (int j = 0; j < n + 2; j++)
	{
		linked->score[j] = 0.0;
		for (int i = 0; i < n; i++)
			linked->score[j] += terms->score[i] * link->first[i][j];
		for (int k = 0; k <= j; k++)
		{
			double sum = curvature * link->second[j][k];

			for (int i = 0; i < n; i++)
				for (int l = 0; l < n; l++)
					sum += link->first[i][j] * terms->hessian[Max(i, l)][Min(i, l)] *
						   link->first[l][k];
			linked->hessian[j][k] = sum;
		}
	}
}

/* What a place in the gradient is: its linked variable, and what that is multiplied with. */
typedef struct Place
{
	int linked;
	double factor;
} Place;

static void
find_places(Place *places, int n, int m, const double *z)
{
	for (int i = 0; i < n; i++)
		places[i] = (Place){i, 1.0};
	for (int i = 0; i < m; i++)
	{
		places[n + i] = (Place){n, z[i]};
		places[n + m + i] = (Place){n + 1, z[i]};
	}
}

static void
add_group(const Linked *linked, const Place *places, int total, double customers,
		  LtvDerivatives *derivatives)
{
	double score[NEWTON_MAX_PARAMETERS];

	for (int j = 0; j < total; j++)
	{
		const Place *row = &places[j];

		score[j] = linked->score[row->linked] * row->factor;
		derivatives->gradient[j] += customers * score[j];
		for (int k = 0; k <= j; k++)
			derivatives->hessian[j * total + k] += customers * row->factor * places[k].factor *
												   linked->hessian[row->linked][places[k].linked];
	}
	if (derivatives->score_products == NULL)
		return;
	for (int j = 0; j < total; j++)
		for (int k = 0; k <= j; k++)
			derivatives->score_products[j * total + k] += customers * score[j] * score[k];
}

static void
make_symmetric(double *matrix, int n)
{
	for (int j = 0; j < n; j++)
		for (int k = 0; k < j; k++)
			matrix[k * n + j] = matrix[j * n + k];
}

double
ltv_covariates_log_likelihood(const LtvFit *fit, const double *theta, LtvDerivatives *derivatives)
{
	int n = ltv_free_parameters(fit->purchase);
	int m = fit->ncovariates;
	int total = n + 2 * m;
	double parameters[LTV_MAX_PARAMETERS];
	double own[LTV_MAX_PARAMETERS];
	Place places[NEWTON_MAX_PARAMETERS];
	Linked linked = {.n = n};
	LtvTerms terms;
	Link link;
	double value = 0.0;

	memset(derivatives->gradient, 0, sizeof(double) * total);
	memset(derivatives->hessian, 0, sizeof(double) * total * total);
	if (derivatives->score_products != NULL)
		memset(derivatives->score_products, 0, sizeof(double) * total * total);
	for (int i = 0; i < n; i++)
		parameters[i] = exp(theta[i]);
	if (fit->purchase->max_shape > 0)
		parameters[n] = fit->shape;
	if (fit->purchase->shape_term != NULL)
		value = fit->purchase->shape_term(&fit->groups, parameters);
	for (int64 i = 0; i < fit->groups.count; i++)
	{
		const LtvGroup *group = &fit->groups.groups[i];
		const double *z = fit->covariates + i * m;
		double purchase = 0.0;
		double dropout = 0.0;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < m; j++)
		{
			purchase += theta[n + j] * z[j];
			dropout += theta[n + m + j] * z[j];
		}
		ltv_covariates_parameters(fit->purchase, parameters, purchase, dropout, own);
		fit->purchase->history_terms(own, &group->history, &terms);
		make_link(&link, fit->purchase, parameters, own);
		take_through(&link, &terms, &linked);
		find_places(places, n, m, z);
		add_group(&linked, places, total, group->customers, derivatives);
		value += group->customers * linked.value;
	}
	make_symmetric(derivatives->hessian, total);
	if (derivatives->score_products != NULL)
		make_symmetric(derivatives->score_products, total);
	return value;
}
