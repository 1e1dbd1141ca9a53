/*
 * ltv_value_parse.c
 *		Putting an ltv_model together from text or bytes that nobody trusts yet.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_value_parse.h"

int64 *
ltv_value_count(LtvValue *value, LtvCount count)
{
	int64 *const counts[LTV_COUNTS] = {
		&value->customers,		   &value->repeat_customers, &value->groups,
		&value->spend_customers,   &value->spend_excluded,	 &value->after_as_of,
		&value->unmatched_refunds, &value->ignored,			 &value->thinned};

	return counts[count];
}

LtvValue *
ltv_value_assemble(const LtvParsed *parsed)
{
	LtvValue *value = ltv_value_create(&parsed->head.settings, parsed->parts, parsed->ncandidates,
									   parsed->nspend);

	for (int i = 0; i < LTV_COUNTS; i++)
		*ltv_value_count(value, (LtvCount) i) =
			*ltv_value_count((LtvValue *) &parsed->head, (LtvCount) i);
	value->chosen = parsed->head.chosen;
	memcpy(ltv_covariate_means(value), parsed->covariate_means,
		   sizeof(double) * value->settings.covariates);
	for (int i = 0; i < ltv_part_count(value); i++)
	{
		value->parts[i] = parsed->parts[i];
		memcpy(ltv_part_parameters(value, i), parsed->numbers[i],
			   sizeof(double) * LTV_PART_NUMBERS(parsed->parts[i].nparameters));
	}
	return value;
}

static const char *
find_number_fault(const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];
	bool spend = index == ltv_spend_part(value);
	const double *numbers = ltv_part_parameters(value, index);
	int n = part->nparameters;

	for (int i = 0; i < LTV_PART_NUMBERS(n); i++)
		if (!isfinite(numbers[i]) ||
			(i < n && numbers[i] <= 0.0 && !ltv_is_coefficient(part, spend, i)))
			return "A parameter or covariance is out of range";
	for (int i = 0; i < n; i++)
		for (int robust = 0; robust < 2; robust++)
			if (*ltv_part_covariance(value, index, robust, i, i) < 0.0)
				return "A variance is negative";
	return NULL;
}

/* What is wrong with a part of a model that came from outside, or NULL. */
static const char *
find_part_fault(const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];
	const LtvTransactionModel *purchase;

	if (part->converged > 1 || part->iterations < 0 || part->at_boundary >> part->nparameters != 0)
		return "A flag or count of a part is out of range";
	if (!isfinite(part->log_likelihood) || !isfinite(part->gradient_norm) ||
		!isfinite(part->condition_number) || part->gradient_norm < 0 || part->condition_number < 0)
		return "A number of a part is out of range";
	if (index == ltv_spend_part(value))
		return find_number_fault(value, index);
	purchase = ltv_transaction_model(part->model);
	if (purchase->max_shape > 0)
	{
		double shape = ltv_part_parameters(value, index)[purchase->nparameters - 1];

		if (!(shape >= 1.0 && shape <= purchase->max_shape && shape == rint(shape)))
			return "A shape is out of range";
	}
	return find_number_fault(value, index);
}

/* The models of the parts must be those of the settings, in order, with their parameters. */
static const char *
find_model_fault(const LtvValue *value)
{
	uint32 found = 0;

	for (int i = 0; i < ltv_part_count(value); i++)
	{
		const LtvPart *part = &value->parts[i];
		bool spend = i == ltv_spend_part(value);

		if (spend ? part->model != value->settings.spend
				  : part->model >= ltv_transaction_model_count || found >> part->model != 0)
			return "The models are not those of the settings";
		if (part->nparameters != ltv_expected_parameters(&value->settings, part->model, spend))
			return "The number of parameters is not that of the model";
		if (!spend)
			found |= 1 << part->model;
	}
	if (value->ncandidates > 0 && found != value->settings.models)
		return "The models are not those of the settings";
	if (value->ncandidates > 0 ? value->chosen >= value->ncandidates : value->chosen != 0)
		return "The chosen model is not one of those fitted";
	if (value->has_spend && value->ncandidates == 0)
		return "There is a spend part without a purchase part";
	return NULL;
}

const char *
ltv_value_fault(LtvValue *value)
{
	const char *fault;

	if (value->settings.period == 0)
		return "There are no settings";
	for (int i = 0; i < LTV_COUNTS; i++)
		if (*ltv_value_count(value, (LtvCount) i) < 0)
			return "A count is negative";
	if (value->repeat_customers > value->customers || value->groups > value->customers ||
		value->spend_customers > value->repeat_customers - value->spend_excluded)
		return "The counts do not agree";
	if ((fault = find_model_fault(value)) != NULL)
		return fault;
	for (int i = 0; i < value->settings.covariates; i++)
		if (!isfinite(ltv_covariate_means(value)[i]))
			return "A mean of a covariate is not finite";
	for (int i = 0; i < ltv_part_count(value); i++)
		if ((fault = find_part_fault(value, i)) != NULL)
			return fault;
	return NULL;
}
