/*
 * ltv_fit.c
 *		From a sample to a model: grouping, fitting, judging.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "ltv/ltv_sample.h"
#include "ltv/ltv_starts.h"
#include "ltv/ltv_value.h"
#include "utils/memutils.h"

StaticAssertDecl(LTV_MAX_PARAMETERS <= NEWTON_MAX_PARAMETERS, "every model fits the optimiser");

/* Fits one part and keeps what was found. */
static void
fit_part(LtvFit *fit, LtvValue *value, LtvPartName name)
{
	NewtonResult *result = palloc(sizeof(NewtonResult));
	LtvPart *part = &value->parts[name];

	ltv_fit_maximize(fit, result);
	part->converged = result->converged;
	part->iterations = result->iterations;
	part->log_likelihood = isfinite(result->log_likelihood) ? result->log_likelihood : 0.0;
	part->gradient_norm = isfinite(result->gradient_norm) ? result->gradient_norm : DBL_MAX;
	part->condition_number =
		isfinite(result->condition_number) ? result->condition_number : DBL_MAX;
	for (int i = 0; i < fit->n; i++)
	{
		part->at_boundary |= result->at_boundary[i] << i;
		ltv_part_parameters(value, name)[i] = exp(result->theta[i]);
		for (int j = 0; j <= i; j++)
		{
			*ltv_part_covariance(value, name, false, i, j) = result->covariance[i * fit->n + j];
			*ltv_part_covariance(value, name, true, i, j) =
				result->covariance_robust[i * fit->n + j];
		}
	}
	pfree(result);
}

/* Sorted entries to groups of one history. */
static void
make_groups(const LtvSample *sample, LtvGroups *groups)
{
	LtvGroup *group =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(sample->nentries, 1) * sizeof(LtvGroup));
	const LtvEntry *last = NULL;

	memset(groups, 0, sizeof(*groups));
	groups->groups = group;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = &sample->entries[i];

		if (last == NULL || last->x != entry->x || last->t_x != entry->t_x || last->T != entry->T)
		{
			LtvGroup *fresh = &group[groups->count++];

			ltv_history_of(&sample->settings, entry->x, entry->t_x, entry->T, &fresh->history);
			fresh->customers = 0;
		}
		group[groups->count - 1].customers += entry->customers;
		groups->customers += entry->customers;
		last = entry;
	}
}

/* Sorted entries to those with positive repeat spend. */
static void
make_spenders(const LtvSample *sample, LtvSpenders *spenders)
{
	LtvSpender *spender =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(sample->nentries, 1) * sizeof(LtvSpender));

	memset(spenders, 0, sizeof(*spenders));
	spenders->spenders = spender;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = &sample->entries[i];

		if (entry->x == 0 || entry->mean <= 0.0)
			continue;
		spender[spenders->count].x = entry->x;
		spender[spenders->count].mean = entry->mean;
		spender[spenders->count].log_mean = log(entry->mean);
		spender[spenders->count++].customers = entry->customers;
		spenders->customers += entry->customers;
	}
}

static int64
count_repeat_customers(const LtvGroups *groups)
{
	int64 count = 0;

	for (int64 i = 0; i < groups->count; i++)
		if (groups->groups[i].history.x > 0)
			count += groups->groups[i].customers;
	return count;
}

/* With the option strict, a population that cannot be fitted is an error. */
static void
check_strict(const LtvValue *value)
{
	LtvPartName missing;

	if (!value->settings.strict)
		return;
	if (value->parts[LTV_PURCHASE].nparameters == 0)
		missing = LTV_PURCHASE;
	else if (value->parts[LTV_SPEND].nparameters == 0)
		missing = LTV_SPEND;
	else
		return;
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_EXCEPTION),
		 errmsg("cannot fit lifetime value: " INT64_FORMAT
				" customers with %s, at least %d are needed",
				missing == LTV_PURCHASE ? value->repeat_customers : value->spend_customers,
				missing == LTV_PURCHASE ? "a repeat purchase" : "positive repeat spend",
				LTV_MIN_CUSTOMERS),
		 errdetail(INT64_FORMAT " customers have a purchase before %s, " INT64_FORMAT
								" of them a repeat purchase on another day.",
				   value->customers, ltv_date_text(value->settings.as_of), value->repeat_customers),
		 errhint("With the option {\"strict\": false} what can be fitted is, and ltv_status() "
				 "says what could not.")));
}

/* What a user should know about how the fit ended. */
static void
report_end(const LtvValue *value)
{
	bool all_converged = true;
	bool any_boundary = false;

	for (int i = 0; i < LTV_PARTS; i++)
	{
		all_converged &= value->parts[i].nparameters == 0 || value->parts[i].converged;
		any_boundary |= value->parts[i].at_boundary != 0;
	}
	if (!all_converged || any_boundary)
		ereport(WARNING, (errmsg("lifetime-value fit: %s", ltv_value_status(value)),
						  all_converged
							  ? errdetail("A parameter at the boundary has no finite estimate in "
										  "these data, and no standard error.")
							  : errdetail("Whatever needs a part that did not converge is NULL.")));
	if (ltv_part_usable(value, LTV_SPEND) &&
		isnan(ltv_spend_model(&value->settings)
				  ->expected_spend(ltv_part_parameters(value, LTV_SPEND), 0, 0.0)))
		ereport(NOTICE,
				(errmsg("mean spend of the population is infinite under the fitted spend model"),
				 errdetail("Expected spend of customers without a repeat purchase is NULL.")));
}

static LtvValue *
fit(const LtvSample *sample)
{
	const LtvTransactionModel *purchase = ltv_transaction_model(&sample->settings);
	const LtvSpendModel *spend = ltv_spend_model(&sample->settings);
	LtvGroups groups;
	LtvSpenders spenders;
	LtvValue *value;
	int64 repeat_customers;
	bool fit_purchase;
	bool fit_spend;

	make_groups(sample, &groups);
	make_spenders(sample, &spenders);
	repeat_customers = count_repeat_customers(&groups);
	fit_purchase = repeat_customers >= LTV_MIN_CUSTOMERS;
	fit_spend = fit_purchase && spenders.customers >= LTV_MIN_CUSTOMERS;

	value = ltv_value_create(fit_purchase ? purchase->nparameters : 0,
							 fit_spend ? spend->nparameters : 0);
	value->settings = sample->settings;
	value->customers = groups.customers;
	value->repeat_customers = repeat_customers;
	value->groups = groups.count;
	value->spend_customers = spenders.customers;
	value->spend_excluded = repeat_customers - spenders.customers;
	value->after_as_of = sample->after_as_of;
	value->unmatched_refunds = sample->unmatched_refunds;
	value->ignored = sample->ignored;
	check_strict(value);
	if (fit_purchase)
	{
		LtvFit part = {.purchase = purchase, .groups = groups, .n = purchase->nparameters};

		fit_part(&part, value, LTV_PURCHASE);
	}
	if (fit_spend)
	{
		LtvFit part = {.spend = spend, .spenders = spenders, .n = spend->nparameters};

		fit_part(&part, value, LTV_SPEND);
	}
	report_end(value);
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
	MemoryContext context;
	MemoryContext outer;
	LtvValue *value;

	if (sample->nentries == 0 && sample->after_as_of == 0)
		PG_RETURN_NULL();
	context = AllocSetContextCreate(CurrentMemoryContext, "fit_ltv", ALLOCSET_DEFAULT_SIZES);
	outer = MemoryContextSwitchTo(context);
	value = fit(ltv_sample_canonical(sample));
	MemoryContextSwitchTo(outer);
	value = memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	MemoryContextDelete(context);
	PG_RETURN_POINTER(value);
}
