/*
 * ltv_fit.c
 *		From a sample to a model: fitting, choosing, judging.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "ltv/ltv_fit.h"
#include "ltv/ltv_population.h"
#include "ltv/ltv_meaning.h"
#include "ltv/ltv_starts.h"
#include "utils/memutils.h"

StaticAssertDecl(LTV_MAX_ALL_PARAMETERS <= NEWTON_MAX_PARAMETERS, "every model fits the optimiser");

/*
 * Where a stored parameter is in Newton's vector, and the scale between the
 * two; false when it is not there: a shape, or the coefficient of a covariate
 * that is the same for all.
 */
typedef struct Slot
{
	int at;
	double scale;
} Slot;

static bool
find_slot(const LtvFit *fit, const LtvPopulation *population, int i, Slot *slot)
{
	int own = ltv_fit_own_parameters(fit);
	int stored = fit->purchase != NULL ? fit->purchase->nparameters : fit->spend->nparameters;
	int m = population->sample->settings.covariates;
	int covariate = i - stored;

	slot->at = i;
	slot->scale = 1.0;
	if (covariate < 0)
		return i < own;
	for (int k = 0; k < population->nvarying; k++)
		if (population->varying[k] == covariate % m)
		{
			slot->at = own + (covariate / m) * population->nvarying + k;
			slot->scale = 1.0 / population->deviations[population->varying[k]];
			return true;
		}
	return false;
}

static void
keep_parameters(const LtvFit *fit, const LtvPopulation *population, const NewtonResult *result,
				LtvValue *value, int index)
{
	LtvPart *part = &value->parts[index];
	double *parameters = ltv_part_parameters(value, index);
	int n = ltv_fit_parameters(fit);

	for (int i = 0; i < part->nparameters; i++)
	{
		bool coefficient = ltv_is_coefficient(part, fit->spend != NULL, i);
		Slot row;

		if (!find_slot(fit, population, i, &row))
		{
			parameters[i] = coefficient ? 0.0 : fit->shape;
			part->at_boundary |= (uint64) coefficient << i;
			continue;
		}
		part->at_boundary |= (uint64) result->at_boundary[row.at] << i;
		parameters[i] =
			coefficient ? result->theta[row.at] * row.scale : exp(result->theta[row.at]);
		for (int j = 0; j <= i; j++)
		{
			Slot column;
			double scale;

			if (!find_slot(fit, population, j, &column))
				continue;
			scale = row.scale * column.scale * population->inflation;
			*ltv_part_covariance(value, index, false, i, j) =
				scale * (fit->spend != NULL && fit->spend->quasi
							 ? result->covariance_robust[row.at * n + column.at]
							 : result->covariance[row.at * n + column.at]);
			*ltv_part_covariance(value, index, true, i, j) =
				scale * result->covariance_robust[row.at * n + column.at];
		}
	}
}

/* Fits one part and keeps what was found. */
static void
fit_part(LtvFit *fit, const LtvPopulation *population, LtvValue *value, int index)
{
	NewtonResult *result = palloc(sizeof(NewtonResult));
	LtvPart *part = &value->parts[index];

	fit->prior_weight = value->settings.prior_weight;
	ltv_fit_maximize(fit, result);
	part->converged = result->converged;
	part->iterations = result->iterations;
	part->log_likelihood = isfinite(result->log_likelihood) ? result->log_likelihood : 0.0;
	part->gradient_norm = isfinite(result->gradient_norm) ? result->gradient_norm : DBL_MAX;
	part->condition_number =
		isfinite(result->condition_number) ? result->condition_number : DBL_MAX;
	keep_parameters(fit, population, result, value, index);
	for (int i = 0; i < part->nparameters; i++)
		for (int robust = 0; robust < 2; robust++)
			if (!isfinite(*ltv_part_covariance(value, index, robust, i, i)))
				part->converged = false;
	pfree(result);
}

static const double *
start_of(const double *numbers)
{
	return numbers[0] > 0.0 ? numbers : NULL;
}

static void
fit_candidates(LtvValue *value, const LtvPopulation *population)
{
	const LtvSample *sample = population->sample;

	for (int i = 0; i < value->ncandidates; i++)
	{
		int number = value->parts[i].model;
		LtvFit fit = {.purchase = ltv_transaction_model(number),
					  .groups = population->groups,
					  .ncovariates = population->nvarying,
					  .covariates = population->covariates,
					  .given = start_of(sample->start.purchase[number])};

		if (fit.purchase->discrete)
			ltv_population_opportunities(population, &fit.groups);
		fit_part(&fit, population, value, i);
	}
}

static void
fit_spend(LtvValue *value, const LtvPopulation *population)
{
	int number = value->settings.spend;
	LtvFit fit = {.spend = ltv_spend_model(number),
				  .spenders = population->spenders,
				  .given = start_of(population->sample->start.spend[number])};

	fit_part(&fit, population, value, ltv_spend_part(value));
}

double
ltv_part_aic(const LtvPart *part)
{
	return 2.0 * part->nparameters - 2.0 * part->log_likelihood;
}

double
ltv_part_bic(const LtvValue *value, const LtvPart *part)
{
	return log((double) value->customers) * part->nparameters - 2.0 * part->log_likelihood;
}

bool
ltv_part_comparable(const LtvPart *part)
{
	return !ltv_transaction_model(part->model)->discrete;
}

/*
 * The lowest BIC among the candidates that compare and converged. Where none
 * did, the first that compares; one that does not compare is chosen only when
 * it is alone.
 */
static int
choose(const LtvValue *value)
{
	int best = -1;

	for (int i = 0; i < value->ncandidates; i++)
	{
		const LtvPart *part = &value->parts[i];

		if (!ltv_part_comparable(part))
			continue;
		if (best < 0 || (part->converged &&
						 (!value->parts[best].converged ||
						  ltv_part_bic(value, part) < ltv_part_bic(value, &value->parts[best]))))
			best = i;
	}
	return Max(best, 0);
}

/* With the option strict, a population that cannot be fitted is an error. */
static void
check_strict(const LtvValue *value)
{
	bool spend = value->ncandidates > 0;
	int64 found = spend ? value->spend_customers : value->repeat_customers;

	if (!value->settings.strict || value->has_spend)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("cannot fit lifetime value: " INT64_FORMAT
					" customer%s with %s, at least %d are needed",
					found, found == 1 ? "" : "s",
					spend ? "positive repeat spend" : "a repeat purchase", LTV_MIN_CUSTOMERS),
			 value->settings.summary
				 ? errdetail("Customers given: " INT64_FORMAT
							 ", of them with a repeat purchase: " INT64_FORMAT ".",
							 value->customers, value->repeat_customers)
				 : errdetail("Customers with a purchase before %s: " INT64_FORMAT
							 ", of them with a repeat purchase on another day: " INT64_FORMAT ".",
							 ltv_date_text(value->settings.as_of), value->customers,
							 value->repeat_customers),
			 errhint("With the option {\"strict\": false} what can be fitted is, and ltv_status() "
					 "says what could not.")));
}

/* With the option strict, so is a covariate that says nothing, or what those before it say. */
static void
check_covariates(const LtvValue *value, const LtvPopulation *population)
{
	int k = 0;

	if (!value->settings.strict)
		return;
	for (int j = 0; j < value->settings.covariates; j++)
	{
		if (k < population->nvarying && population->varying[k] == j)
			k++;
		else
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 population->differs[j]
						 ? errmsg("covariate %d is a linear combination of those before it", j + 1)
						 : errmsg("covariate %d is the same for all customers", j + 1),
					 errhint("Leave it out; with the option {\"strict\": false} its coefficients "
							 "are 0, without a standard error.")));
	}
}

/* What a user should know about how the fit ended. */
static void
report_end(const LtvValue *value)
{
	const LtvPart *chosen = ltv_chosen_part(value);
	const LtvPart *spend = value->has_spend ? &value->parts[ltv_spend_part(value)] : NULL;
	bool all_converged =
		(chosen == NULL || chosen->converged) && (spend == NULL || spend->converged);
	bool any_boundary =
		(chosen != NULL && chosen->at_boundary != 0) || (spend != NULL && spend->at_boundary != 0);
	char *meaning = ltv_boundary_meaning(value);

	if (!all_converged || any_boundary)
		ereport(WARNING,
				(errmsg("lifetime-value fit: %s", ltv_value_status(value)),
				 !all_converged ? errdetail("Whatever needs a part that did not converge is NULL.")
				 : meaning != NULL
					 ? errdetail("%s A parameter at the boundary has no finite estimate in these "
								 "data, and no standard error.",
								 meaning)
					 : errdetail("A parameter at the boundary has no finite estimate in "
								 "these data, and no standard error.")));
	if (ltv_spend_usable(value) &&
		isnan(ltv_spend_model(spend->model)
				  ->expected_spend(ltv_part_parameters(value, ltv_spend_part(value)), 0, 0.0)))
		ereport(NOTICE,
				(errmsg("mean spend of the population is infinite under the fitted spend model"),
				 errdetail("Expected spend of customers without a repeat purchase is NULL.")));
}

/* A value with room for all that will be fitted, and the counts. */
static LtvValue *
create_value(const LtvPopulation *population)
{
	const LtvSample *sample = population->sample;
	const LtvSettings *settings = &sample->settings;
	LtvPart parts[LTV_MAX_PARTS] = {0};
	LtvValue *value;
	int ncandidates = 0;
	int nspend;

	for (int i = 0; i < ltv_transaction_model_count; i++)
		if ((settings->models & (1 << i)) && population->repeat_customers >= LTV_MIN_CUSTOMERS)
		{
			parts[ncandidates].model = i;
			parts[ncandidates++].nparameters = ltv_expected_parameters(settings, i, false);
		}
	nspend = ncandidates > 0 && population->spenders.customers >= LTV_MIN_CUSTOMERS;
	parts[ncandidates].model = settings->spend;
	parts[ncandidates].nparameters = ltv_expected_parameters(settings, settings->spend, true);

	value = ltv_value_create(settings, parts, ncandidates, nspend);
	value->customers = population->groups.customers;
	value->repeat_customers = population->repeat_customers;
	value->groups = population->groups.count;
	value->spend_customers = population->spenders.customers;
	value->spend_excluded = population->repeat_customers - population->spenders.customers;
	value->after_as_of = sample->after_as_of;
	value->unmatched_refunds = sample->unmatched_refunds;
	value->ignored = sample->ignored;
	value->thinned = population->thinned;
	if (settings->covariates > 0)
		memcpy(ltv_covariate_means(value), population->means,
			   sizeof(double) * settings->covariates);
	return value;
}

static LtvValue *
fit(const LtvSample *sample)
{
	LtvPopulation *population = palloc(sizeof(LtvPopulation));
	LtvValue *value;

	ltv_population_make(population, sample);
	value = create_value(population);
	check_strict(value);
	if (value->ncandidates > 0)
	{
		check_covariates(value, population);
		fit_candidates(value, population);
		value->chosen = choose(value);
	}
	if (value->has_spend)
		fit_spend(value, population);
	report_end(value);
	return value;
}

LtvValue *
ltv_fit_sample(const LtvSample *sample)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "fit_ltv", ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(context);
	LtvValue *value = fit(ltv_sample_canonical(sample));

	MemoryContextSwitchTo(outer);
	value = memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	MemoryContextDelete(context);
	return value;
}

/*
 * fit_ltv(ltv_sample) -> ltv_model: the models that the sample's options name,
 * by maximum likelihood. NULL when the sample has seen nothing. Too few
 * customers are an error, or with {"strict": false} a model whose status says
 * so. A fit that does not converge, or ends at the boundary, raises a WARNING
 * and is marked.
 */
PG_FUNCTION_INFO_V1(ltv_sample_fit);
Datum
ltv_sample_fit(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_from_datum(PG_GETARG_DATUM(0));

	if (ltv_sample_is_empty(sample))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ltv_fit_sample(sample));
}
