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
		&value->unmatched_refunds, &value->ignored};

	return counts[count];
}

LtvValue *
ltv_value_assemble(const LtvValue *head, const LtvParsedPart *parts)
{
	LtvValue *value =
		ltv_value_create(parts[LTV_PURCHASE].head.nparameters, parts[LTV_SPEND].head.nparameters);

	/* Everything between the version and the parts. */
	memcpy((char *) value + offsetof(LtvValue, settings),
		   (const char *) head + offsetof(LtvValue, settings),
		   offsetof(LtvValue, parts) - offsetof(LtvValue, settings));
	for (int i = 0; i < LTV_PARTS; i++)
	{
		int n = parts[i].head.nparameters;

		value->parts[i] = parts[i].head;
		memcpy(ltv_part_parameters(value, (LtvPartName) i), parts[i].numbers,
			   sizeof(double) * LTV_PART_NUMBERS(n));
	}
	return value;
}

/* What is wrong with a part of a model that came from outside, or NULL. */
static const char *
find_part_fault(const LtvValue *value, LtvPartName name)
{
	const LtvPart *part = &value->parts[name];
	int n = part->nparameters;

	if (n == 0)
		return NULL;
	if (n != ltv_part_expected_parameters(&value->settings, name))
		return "The number of parameters is not that of the model";
	if (part->converged > 1 || part->iterations < 0 || part->at_boundary >> n != 0)
		return "A flag or count of a part is out of range";
	if (!isfinite(part->log_likelihood) || !isfinite(part->gradient_norm) ||
		!isfinite(part->condition_number) || part->gradient_norm < 0 || part->condition_number < 0)
		return "A number of a part is out of range";
	for (int i = 0; i < LTV_PART_NUMBERS(n); i++)
	{
		double number = ltv_part_parameters(value, name)[i];

		if (!isfinite(number) || (i < n && number <= 0.0))
			return "A parameter or covariance is out of range";
	}
	for (int i = 0; i < n; i++)
		for (int robust = 0; robust < 2; robust++)
			if (*ltv_part_covariance(value, name, robust, i, i) < 0.0)
				return "A variance is negative";
	return NULL;
}

const char *
ltv_value_fault(LtvValue *value)
{
	if (value->settings.period == 0)
		return "There are no settings";
	for (int i = 0; i < LTV_COUNTS; i++)
		if (*ltv_value_count(value, (LtvCount) i) < 0)
			return "A count is negative";
	if (value->repeat_customers > value->customers || value->groups > value->customers ||
		value->spend_customers > value->repeat_customers - value->spend_excluded)
		return "The counts do not agree";
	if (value->parts[LTV_SPEND].nparameters > 0 && value->parts[LTV_PURCHASE].nparameters == 0)
		return "There is a spend part without a purchase part";
	for (int i = 0; i < LTV_PARTS; i++)
	{
		const char *fault = find_part_fault(value, (LtvPartName) i);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}
