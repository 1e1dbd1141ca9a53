/*
 * retention_fit.c
 *		From a retention_sample to a retention_model.
 *
 * Of a customer who renewed t times and then did not the likelihood is
 * B(alpha + 1, beta + t) / B(alpha, beta), of one who renewed t times and has
 * not been seen since it is S(t) = B(alpha, beta + t) / B(alpha, beta) (Fader &
 * Hardie 2007, equations 5 and 6). Derivatives are by the logs of alpha and
 * beta.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/count.h"
#include "math/newton.h"
#include "math/special.h"
#include "retention.h"

StaticAssertDecl(RETENTION_PARAMETERS <= NEWTON_MAX_PARAMETERS, "the model fits the optimiser");

/* What one customer contributes. */
typedef struct Terms
{
	double value;
	double score[2];
	double hessian[3]; /* aa, ab, bb */
} Terms;

/* Customers by number of renewals: a row for each number that occurs. */
typedef struct Row
{
	int32 periods;
	double lost;
	double active;
} Row;

typedef struct Data
{
	Row *rows;
	int count;
} Data;

/* Customers who renewed so often, and then did not or have not been seen. */
static void
find_terms(const RisingBeta *survival, bool lost, Terms *terms)
{
	double a = survival->a;
	double b = survival->b;
	double sum = a + b + (double) survival->n;

	terms->value = survival->log;
	terms->score[0] = survival->by_a;
	terms->score[1] = survival->by_b;
	terms->hessian[0] = survival->by_aa;
	terms->hessian[1] = survival->by_ab;
	terms->hessian[2] = survival->by_bb;
	if (!lost)
		return;
	/* Then not renewing: alpha / (alpha + beta + t). */
	terms->value += log(a / sum);
	terms->score[0] += (sum - a) / sum;
	terms->score[1] -= b / sum;
	terms->hessian[0] -= (a / sum) * ((sum - a) / sum);
	terms->hessian[1] += (a / sum) * (b / sum);
	terms->hessian[2] -= (b / sum) * ((sum - b) / sum);
}

static double
evaluate(void *context, const double *theta, double *gradient, double *hessian,
		 double *score_products)
{
	const Data *data = context;
	RisingBeta survival;
	double value = 0.0;

	memset(gradient, 0, sizeof(double) * 2);
	memset(hessian, 0, sizeof(double) * 4);
	if (score_products != NULL)
		memset(score_products, 0, sizeof(double) * 4);
	rising_beta_init(&survival, exp(theta[0]), exp(theta[1]));
	for (int i = 0; i < data->count; i++)
	{
		const Row *row = &data->rows[i];

		rising_beta_advance(&survival, row->periods);
		for (int lost = 0; lost < 2; lost++)
		{
			double customers = lost ? row->lost : row->active;
			Terms terms;

			if (customers == 0.0)
				continue;
			find_terms(&survival, lost, &terms);
			value += customers * terms.value;
			for (int j = 0; j < 2; j++)
			{
				gradient[j] += customers * terms.score[j];
				for (int k = 0; k < 2; k++)
				{
					hessian[j * 2 + k] += customers * terms.hessian[j + k];
					if (score_products != NULL)
						score_products[j * 2 + k] += customers * terms.score[j] * terms.score[k];
				}
			}
		}
	}
	return value;
}

/* Counts of a closed sample to rows. */
static void
make_rows(const RetentionSample *sample, Data *data)
{
	int64 active = 0;
	int64 lost = 0;

	data->rows = palloc0(sizeof(Row) * (sample->ncounts + 1));
	data->count = 0;
	while (active < sample->ncounts && sample->counts[active].kind == RETENTION_LOST)
		active++;
	for (int64 end = active; lost < end || active < sample->ncounts;)
	{
		Row *row = &data->rows[data->count++];
		int32 next = PG_INT32_MAX;

		if (lost < end)
			next = sample->counts[lost].periods;
		if (active < sample->ncounts)
			next = Min(next, sample->counts[active].periods);
		row->periods = next;
		if (lost < end && sample->counts[lost].periods == next)
			row->lost = sample->counts[lost++].customers;
		if (active < sample->ncounts && sample->counts[active].periods == next)
			row->active = sample->counts[active++].customers;
	}
}

/* The share of renewals due that did not come: what alpha / (alpha + beta) is about. */
static double
lost_share(const Data *data)
{
	double lost = 0.0;
	double due = 0.0;

	for (int i = 0; i < data->count; i++)
	{
		const Row *row = &data->rows[i];

		lost += row->lost;
		due += row->lost * (row->periods + 1.0) + row->active * row->periods;
	}
	return lost / due;
}

/*
 * The limit in which customers do not differ: one share of renewals that do
 * not come, for all. Data that vary less between customers than chance makes
 * them have it as their maximum, at the end of a ridge that gets ever flatter.
 */
static void
take_limit(const Data *data, NewtonResult *result)
{
	double share = lost_share(data);
	double value = 0.0;

	for (int i = 0; i < data->count; i++)
	{
		const Row *row = &data->rows[i];

		value += row->lost * log(share) + (row->lost + row->active) * row->periods * log1p(-share);
	}
	if (result->log_likelihood > value + 1e-10 * fabs(value))
		return;
	memset(result->covariance, 0, sizeof(result->covariance));
	memset(result->covariance_robust, 0, sizeof(result->covariance_robust));
	result->log_likelihood = value;
	result->converged = true;
	result->gradient_norm = 0.0;
	result->condition_number = 0.0;
	result->theta[0] = log(share) + NEWTON_BOUND;
	result->theta[1] = log1p(-share) + NEWTON_BOUND;
	result->at_boundary[0] = result->at_boundary[1] = true;
}

/* The highest of the maxima found from customers who differ much, some and little. */
static void
maximize(Data *data, double cases, NewtonResult *result)
{
	static const double spreads[] = {1.0, 0.1, 30.0};
	NewtonResult *other = palloc(sizeof(NewtonResult));
	double share = Min(lost_share(data), 0.99);
	double centre[2] = {log(share), log1p(-share)};
	NewtonProblem problem = {2, evaluate, data, cases, centre, NEWTON_MAX_ITERATIONS};

	for (int i = 0; i < (int) lengthof(spreads); i++)
	{
		double start[2] = {centre[0] + log(spreads[i]), centre[1] + log(spreads[i])};

		newton_maximize(&problem, start, other);
		if (i == 0 || (isfinite(other->log_likelihood) &&
					   !(other->log_likelihood <=
						 result->log_likelihood + 1e-9 * fabs(result->log_likelihood))))
			*result = *other;
	}
	pfree(other);
}

/* Counts of the model; false when there is nothing to fit. */
static bool
take_counts(RetentionModel *model, const RetentionSample *sample)
{
	model->settings = sample->settings;
	model->after_as_of = sample->after_as_of;
	model->ignored = sample->ignored;
	for (int64 i = 0; i < sample->ncounts; i++)
	{
		const RetentionCount *count = &sample->counts[i];
		bool lost = count->kind == RETENTION_LOST;

		model->customers = add_counts(model->customers, count->customers, "customers");
		if (lost)
			model->lost += count->customers;
		model->periods = Max(model->periods, count->periods + lost);
	}
	return model->lost > 0 && model->periods >= 2;
}

static RetentionModel *
fit(const RetentionSample *sample)
{
	RetentionModel *model = retention_model_create();
	NewtonResult *result;
	Data data;

	model->fitted = take_counts(model, sample);
	if (!model->fitted)
		return model;
	result = palloc(sizeof(NewtonResult));
	make_rows(sample, &data);
	maximize(&data, model->customers, result);
	take_limit(&data, result);
	model->converged = result->converged;
	model->iterations = result->iterations;
	model->log_likelihood = isfinite(result->log_likelihood) ? result->log_likelihood : 0.0;
	model->gradient_norm = isfinite(result->gradient_norm) ? result->gradient_norm : DBL_MAX;
	model->condition_number =
		isfinite(result->condition_number) ? result->condition_number : DBL_MAX;
	for (int i = 0; i < RETENTION_PARAMETERS; i++)
	{
		model->at_boundary |= result->at_boundary[i] << i;
		model->parameters[i] = exp(result->theta[i]);
		for (int j = 0; j <= i; j++)
		{
			model->covariance[i + j] = result->covariance[i * 2 + j];
			model->covariance_robust[i + j] = result->covariance_robust[i * 2 + j];
		}
	}
	return model;
}

/*
 * fit_retention(retention_sample) -> retention_model: the shifted
 * beta-geometric model by maximum likelihood. NULL when nothing was seen. Where
 * the data do not determine it the model says so (retention_diagnostics), and
 * so does a WARNING.
 */
PG_FUNCTION_INFO_V1(retention_sample_fit);
Datum
retention_sample_fit(PG_FUNCTION_ARGS)
{
	RetentionSample *sample = retention_sample_from_datum(PG_GETARG_DATUM(0));
	RetentionModel *model;

	if (sample->ncounts == 0 && sample->after_as_of == 0)
		PG_RETURN_NULL();
	model = fit(retention_sample_closed(sample));
	if (!retention_model_usable(model) || model->at_boundary != 0)
		ereport(WARNING, (errmsg("retention fit: %s", retention_model_status(model))));
	PG_RETURN_POINTER(model);
}
