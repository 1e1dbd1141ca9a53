/*
 * ltv_holdout_score.c
 *		From a holdout sample to its result: fit, foresee, compare.
 *
 * All sums run over entries in their canonical order, so that they are the same
 * to the last bit whatever the order of the rows was.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_fit.h"
#include "ltv/ltv_holdout.h"
#include "ltv/ltv_predict.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* One entry, with what the model says. */
typedef struct Scored
{
	double purchases; /* per customer; 0 when it cannot be foreseen */
	double spend;
	int64 entry;
	bool has_spend;
} Scored;

/* What was known at calibration_end, as fit_ltv would have read it. */
static LtvSample *
calibration_sample(const HoldoutSample *holdout)
{
	LtvSample *sample = ltv_sample_create();
	int numbers = ltv_extra_numbers(&holdout->settings);

	ltv_sample_settle(sample, &holdout->settings, NULL);
	sample->after_as_of = holdout->acquired_later;
	sample->unmatched_refunds = holdout->unmatched_refunds;
	sample->ignored = holdout->ignored;
	sample->log_gaps = holdout->log_gaps;
	for (int64 i = 0; i < holdout->nentries; i++)
	{
		const HoldoutEntry *entry = &holdout->entries[i];
		LtvEntryBuffer buffer;

		CHECK_FOR_INTERRUPTS();
		buffer.entry.x = entry->x;
		buffer.entry.t_x = entry->t_x;
		buffer.entry.T = entry->T;
		buffer.entry.mean = entry->mean;
		buffer.entry.customers = entry->customers;
		Assert(numbers == 0 || numbers == LTV_OPPORTUNITY_NUMBERS);
		memcpy(buffer.entry.extra, entry->opportunities, sizeof(double) * numbers);
		sample = ltv_sample_append(sample, &buffer.entry, 1);
	}
	return sample;
}

/* Expected purchases and revenue of one customer in the holdout. */
static void
score_entry(const HoldoutEntry *entry, const LtvPredictor *predictor, double horizon, Scored *to)
{
	LtvHistory history = {entry->x, entry->t_x / predictor->period, entry->T / predictor->period};

	if (predictor->purchase->discrete)
		history = (LtvHistory){(int32) entry->opportunities[0], entry->opportunities[1],
							   entry->opportunities[2]};
	to->purchases =
		predictor->purchase->expected_purchases(predictor->purchase_parameters, &history, horizon);
	if (predictor->spend == NULL)
		return;
	to->spend = to->purchases * predictor->spend->expected_spend(predictor->spend_parameters,
																 entry->x, entry->mean);
	to->has_spend = isfinite(to->spend);
	if (!to->has_spend)
		to->spend = 0.0;
}

/* The same for each entry. */
static Scored *
score(const HoldoutSample *sample, const LtvValue *model)
{
	Scored *scored =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(sample->nentries, 1) * sizeof(Scored));
	LtvPredictor predictor;
	double horizon;

	ltv_predictor_init(&predictor, model);
	horizon = ((double) sample->holdout_end - sample->settings.as_of) / predictor.period;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const HoldoutEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		if (i > 0 && holdout_history_compare(entry, entry - 1) == 0)
			scored[i] = scored[i - 1];
		else
		{
			memset(&scored[i], 0, sizeof(Scored));
			if (predictor.purchase != NULL)
				score_entry(entry, &predictor, horizon, &scored[i]);
		}
		scored[i].entry = i;
	}
	return scored;
}

static void
add_errors(HoldoutErrors *errors, double customers, double predicted, double actual, double naive)
{
	errors->predicted += customers * predicted;
	errors->actual += customers * actual;
	errors->naive += customers * naive;
	errors->absolute += customers * fabs(predicted - actual);
	errors->squared += customers * (predicted - actual) * (predicted - actual);
	errors->naive_absolute += customers * fabs(naive - actual);
	errors->naive_squared += customers * (naive - actual) * (naive - actual);
}

static void
add_row(HoldoutRow *row, const HoldoutEntry *entry, const Scored *scored, bool with_spend)
{
	double customers = entry->customers;

	row->customers += entry->customers;
	row->actual_purchases += (int64) entry->customers * entry->purchases;
	row->naive_purchases += (int64) entry->customers * entry->last_purchases;
	row->predicted_purchases += customers * scored->purchases;
	if (!with_spend)
		return;
	row->predicted_spend += customers * scored->spend;
	row->actual_spend += customers * entry->spend;
	row->naive_spend += customers * entry->last_spend;
}

/* Highest first; among equals in the order of the entries. */
static inline int
compare_scores(const Scored *a, const Scored *b, HoldoutRanking ranking)
{
	double left = ranking == HOLDOUT_BY_SPEND ? a->spend : a->purchases;
	double right = ranking == HOLDOUT_BY_SPEND ? b->spend : b->purchases;

	if (left != right)
		return left > right ? -1 : 1;
	return (a->entry > b->entry) - (a->entry < b->entry);
}

#define ST_SORT sort_scored
#define ST_ELEMENT_TYPE Scored
#define ST_COMPARE(a, b, ranking) compare_scores(a, b, *(ranking))
#define ST_COMPARE_ARG_TYPE HoldoutRanking
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Deciles of customers from the highest prediction down. Customers with the
 * same prediction stay together, in the decile of the middle of them.
 */
static void
fill_deciles(const HoldoutSample *sample, Scored *scored, HoldoutRanking ranking, bool all_spend,
			 int64 customers, HoldoutRow *deciles)
{
	int64 seen = 0;
	int64 end;

	sort_scored(scored, sample->nentries, &ranking);
	for (int64 from = 0; from < sample->nentries; from = end)
	{
		int64 tied = 0;
		int decile;

		CHECK_FOR_INTERRUPTS();
		for (end = from; end < sample->nentries; end++)
		{
			if (ranking == HOLDOUT_BY_SPEND ? scored[end].spend != scored[from].spend
											: scored[end].purchases != scored[from].purchases)
				break;
			tied += sample->entries[scored[end].entry].customers;
		}
		decile = (int) ((seen + 0.5 * tied) * HOLDOUT_DECILES / customers);
		decile = Min(decile, HOLDOUT_DECILES - 1);
		for (int64 i = from; i < end; i++)
			add_row(&deciles[decile], &sample->entries[scored[i].entry], &scored[i],
					all_spend || scored[i].has_spend);
		seen += tied;
	}
}

LtvHoldout *
holdout_evaluate(const HoldoutSample *sample)
{
	LtvHoldout head;
	LtvValue *model = ltv_fit_sample(calibration_sample(sample));
	Scored *scored = score(sample, model);
	bool all_spend;

	memset(&head, 0, sizeof(head));
	head.holdout_end = sample->holdout_end;
	head.acquired_later = sample->acquired_later;
	head.unmatched_refunds = sample->unmatched_refunds;
	head.ignored = sample->ignored;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		head.customers += sample->entries[i].customers;
		if (scored[i].has_spend)
			head.spend_customers += sample->entries[i].customers;
	}
	all_spend = head.spend_customers == 0;
	if (all_spend)
		head.spend_customers = head.customers;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const HoldoutEntry *entry = &sample->entries[i];
		bool with_spend = all_spend || scored[i].has_spend;

		add_errors(&head.purchases, entry->customers, scored[i].purchases, entry->purchases,
				   entry->last_purchases);
		if (with_spend)
			add_errors(&head.spend, entry->customers, scored[i].spend, entry->spend,
					   entry->last_spend);
		add_row(&head.frequencies[Min(entry->x, HOLDOUT_FREQUENCIES - 1)], entry, &scored[i],
				with_spend);
	}
	for (int ranking = 0; ranking < HOLDOUT_RANKINGS; ranking++)
		fill_deciles(sample, scored, (HoldoutRanking) ranking, all_spend, head.customers,
					 head.deciles[ranking]);
	return holdout_assemble(&head, model);
}
