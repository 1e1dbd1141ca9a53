/*
 * mean_spend.c
 *		The simple model of spend: a customer will go on spending what it has
 *		spent.
 *
 * With repeat purchases, the expected value is the mean of the customer's own,
 * taken as known and not below zero; without, it is the mean of those means
 * over the customers who have positive ones, each customer counting once. No
 * shrinkage: with few purchases it is far noisier than Gamma-Gamma, but it
 * assumes nothing of how spend is spread.
 *
 * The mean maximises sum(-ln mean - m / mean), whose sandwich gives
 * sd / sqrt(n) whatever the distribution of m: a quasi-likelihood.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_model.h"
#include "ltv/ltv_sums.h"
#include "miscadmin.h"

static const char *const parameter_names[] = {"mean"};

static void
start(const LtvSpenders *data, int index, double *parameters)
{
	(void) index; /* there is one start */
	parameters[0] = 0.0;
	for (int64 i = 0; i < data->count; i++)
		parameters[0] +=
			data->spenders[i].mean * ((double) data->spenders[i].customers / data->customers);
}

static double
log_likelihood(const LtvSpenders *data, const double *parameters, LtvDerivatives *derivatives)
{
	double log_mean = log(parameters[0]);
	LtvSums sums;
	LtvTerms terms;

	memset(&sums, 0, sizeof(sums));
	for (int64 i = 0; i < data->count; i++)
	{
		double ratio = data->spenders[i].mean / parameters[0];

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		terms.value = -log_mean - ratio;
		terms.score[0] = ratio - 1.0;
		terms.hessian[0][0] = -ratio;
		ltv_sums_add(&sums, 1, data->spenders[i].customers, &terms,
					 derivatives->score_products != NULL);
	}
	return ltv_sums_finish(&sums, 1, derivatives);
}

static double
expected_spend(const double *parameters, int32 x, double mean)
{
	return x > 0 ? Max(mean, 0.0) : parameters[0];
}

const LtvSpendModel mean_spend_model = {
	.name = "mean",
	.nparameters = 1,
	.parameter_names = parameter_names,
	.quasi = true,
	.nstarts = 1,
	.start = start,
	.log_likelihood = log_likelihood,
	.expected_spend = expected_spend,
};
