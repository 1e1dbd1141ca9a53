/*
 * ltv_population.c
 *		The customers of a sample as the models want them: groups of one
 *		history, spenders, standardised covariates.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_customer.h"
#include "ltv/ltv_entries.h"
#include "ltv/ltv_points.h"
#include "ltv/ltv_population.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define SIZE_MAX_COVARIATE 1e100
#define MOST_OPPORTUNITIES 1000000
#define SAME 1e-12		/* of its size: less is no difference between customers */
#define COLLINEAR 1e-10 /* of a variance: less is explained by the other covariates */

static void *
allocate(int64 count, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * size);
}

/* Customers that an entry stands for. */
static int64
weight_of(const LtvSample *sample, const LtvEntry *entry)
{
	int level = sample->levels[ltv_entry_class(entry)];

	if (level > 30) /* 2^30 times too many rows: memory ends before that */
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many customers for a lifetime-value fit")));
	return (int64) entry->customers << level;
}

/* The history of an entry, in periods; with `discrete`, in opportunities. */
static void
history_of(const LtvSample *sample, const LtvEntry *entry, bool discrete, LtvHistory *history)
{
	if (discrete && !sample->settings.summary)
		*history = (LtvHistory){(int32) entry->extra[0], entry->extra[1], entry->extra[2]};
	else if (sample->settings.summary)
		*history = (LtvHistory){entry->x, entry->t_x, entry->T};
	else
		ltv_history_of(&sample->settings, entry->x, entry->t_x, entry->T, history);
}

static inline int
compare_histories(const LtvHistory *a, const LtvHistory *b)
{
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	if (a->t_x != b->t_x)
		return a->t_x < b->t_x ? -1 : 1;
	return (a->T > b->T) - (a->T < b->T);
}

static inline int
compare_groups(const LtvGroup *a, const LtvGroup *b)
{
	return compare_histories(&a->history, &b->history);
}

#define ST_SORT sort_groups
#define ST_ELEMENT_TYPE LtvGroup
#define ST_COMPARE(a, b) compare_groups(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Merges neighbours of one history; returns how many remain. */
static int64
merge_groups(LtvGroup *groups, int64 n)
{
	int64 kept = 0;

	for (int64 i = 1; i < n; i++)
		if (compare_groups(&groups[kept], &groups[i]) == 0)
			groups[kept].customers += groups[i].customers;
		else
			groups[++kept] = groups[i];
	return n == 0 ? 0 : kept + 1;
}

/* Entries are sorted by history and extra numbers: do two of them belong to one group? */
static bool
same_group(const LtvEntry *a, const LtvEntry *b, int extra, int skip)
{
	return a->x == b->x && a->t_x == b->t_x && a->T == b->T &&
		   memcmp(a->extra + skip, b->extra + skip, sizeof(double) * (extra - skip)) == 0;
}

/* Sum of ln(gap) from days to periods. */
static double
log_gaps_in_periods(const LtvSample *sample, const LtvGroups *groups)
{
	double log_gaps = sample->log_gaps * LTV_LOG_GAP_UNIT;
	double log_period = log(ltv_period_days(&sample->settings));

	if (!ltv_models_have_shape(sample->settings.models))
		return 0.0;
	for (int64 i = 0; i < groups->count; i++)
		log_gaps -= log_period * groups->groups[i].history.x * groups->groups[i].customers;
	return log_gaps;
}

/*
 * Groups of one history and one set of covariates; raw covariates in
 * *covariates. Counts of opportunities, which stand before them, are skipped:
 * customers who differ only there come one after the other only by chance, and
 * are merged where they do.
 */
static void
make_groups(LtvPopulation *population, double **covariates)
{
	const LtvSample *sample = population->sample;
	LtvGroups *groups = &population->groups;
	LtvGroup *group = allocate(sample->nentries, sizeof(LtvGroup));
	int extra = ltv_extra_numbers(&sample->settings);
	int m = sample->settings.covariates;
	const LtvEntry *last = NULL;

	groups->groups = group;
	*covariates = m > 0 ? allocate(sample->nentries, sizeof(double) * m) : NULL;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);
		int64 weight = weight_of(sample, entry);

		if (last == NULL || !same_group(last, entry, extra, extra - m))
		{
			LtvGroup *fresh = &group[groups->count];

			history_of(sample, entry, false, &fresh->history);
			fresh->customers = 0;
			if (m > 0)
				memcpy(*covariates + groups->count * m, entry->extra + (extra - m),
					   sizeof(double) * m);
			groups->count++;
		}
		group[groups->count - 1].customers += weight;
		groups->customers += weight;
		if (entry->x > 0)
			population->repeat_customers += weight;
		last = entry;
	}
	groups->log_gaps = log_gaps_in_periods(sample, groups);
	if (m == 0 && groups->count > 0)
		groups->points = ltv_points_build(groups);
}

void
ltv_population_opportunities(const LtvPopulation *population, LtvGroups *groups)
{
	const LtvSample *sample = population->sample;
	LtvGroup *group = allocate(sample->nentries, sizeof(LtvGroup));
	int extra = ltv_extra_numbers(&sample->settings);

	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);

		history_of(sample, entry, true, &group[i].history);
		if (group[i].history.T > MOST_OPPORTUNITIES)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many opportunities for \"bg/bb\": %.0f in a customer's history, "
							"at most %d are possible",
							group[i].history.T, MOST_OPPORTUNITIES),
					 errhint("Choose a longer period.")));
		group[i].customers = weight_of(sample, entry);
	}
	sort_groups(group, sample->nentries);
	memset(groups, 0, sizeof(*groups));
	groups->groups = group;
	groups->count = merge_groups(group, sample->nentries);
	groups->customers = population->groups.customers;
}

/* Entries with positive repeat spend. */
static void
make_spenders(LtvPopulation *population)
{
	const LtvSample *sample = population->sample;
	LtvSpenders *spenders = &population->spenders;
	LtvSpender *spender = allocate(sample->nentries, sizeof(LtvSpender));
	int extra = ltv_extra_numbers(&sample->settings);

	spenders->spenders = spender;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);

		if (entry->x == 0 || entry->mean <= 0.0)
			continue;
		spender[spenders->count].x = entry->x;
		spender[spenders->count].mean = entry->mean;
		spender[spenders->count].log_mean = log(entry->mean);
		spender[spenders->count].customers = weight_of(sample, entry);
		spenders->customers += spender[spenders->count++].customers;
	}
}

/*
 * Mean and deviation over customers of covariate j of m; false when it is the
 * same for all, as far as rounding tells. Coefficients are per unit, and so
 * are out of range where the deviation is.
 */
static bool
measure_covariate(LtvPopulation *population, const double *raw, int m, int j)
{
	const LtvGroups *groups = &population->groups;
	double mean = 0.0;
	double square = 0.0;
	double size = 0.0;

	for (int64 i = 0; i < groups->count; i++)
	{
		mean += raw[i * m + j] / groups->customers * groups->groups[i].customers;
		size = Max(size, fabs(raw[i * m + j]));
	}
	for (int64 i = 0; i < groups->count; i++)
		square += pow(raw[i * m + j] - mean, 2) / groups->customers * groups->groups[i].customers;
	population->means[j] = mean;
	population->deviations[j] = sqrt(square);
	if (size > SIZE_MAX_COVARIATE || (size > 0.0 && size < 1.0 / SIZE_MAX_COVARIATE))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("covariate %d is out of range: its largest absolute value is %g",
							   j + 1, size),
						errhint("Give it in another unit.")));
	return population->deviations[j] > SAME * size;
}

static inline double
standardised(const LtvPopulation *population, const double *row, int j)
{
	return (row[j] - population->means[j]) / population->deviations[j];
}

/* What is left of a standardised covariate when those before it have explained what they can. */
static double
find_remainder(const double *correlations, double *factor, int n)
{
	double *row = factor + n * LTV_MAX_COVARIATES;
	double rest = 1.0;

	for (int i = 0; i < n; i++)
	{
		const double *before = factor + i * LTV_MAX_COVARIATES;

		row[i] = correlations[i];
		for (int k = 0; k < i; k++)
			row[i] -= row[k] * before[k];
		row[i] /= before[i];
		rest -= row[i] * row[i];
	}
	row[n] = sqrt(Max(rest, 0.0));
	return rest;
}

/*
 * Which covariates vary, and not just as a linear combination of those before
 * them (a Cholesky factor of their correlations): the others have no effect of
 * their own that could be told.
 */
static void
choose_covariates(LtvPopulation *population, const double *raw)
{
	const LtvGroups *groups = &population->groups;
	int m = population->sample->settings.covariates;
	double factor[LTV_MAX_COVARIATES * LTV_MAX_COVARIATES];

	for (int j = 0; j < m; j++)
	{
		double correlations[LTV_MAX_COVARIATES] = {0};

		if (!measure_covariate(population, raw, m, j))
			continue;
		population->differs[j] = true;
		for (int64 i = 0; i < groups->count; i++)
		{
			const double *row = &raw[i * m];
			double z =
				standardised(population, row, j) / groups->customers * groups->groups[i].customers;

			for (int k = 0; k < population->nvarying; k++)
				correlations[k] += z * standardised(population, row, population->varying[k]);
		}
		if (find_remainder(correlations, factor, population->nvarying) > COLLINEAR)
			population->varying[population->nvarying++] = j;
	}
}

/* The raw covariates become standardised ones. */
static void
standardise(LtvPopulation *population, double *raw)
{
	int m = population->sample->settings.covariates;

	choose_covariates(population, raw);
	for (int64 i = 0; i < population->groups.count; i++)
		for (int k = 0; k < population->nvarying; k++)
			raw[i * population->nvarying + k] =
				standardised(population, &raw[i * m], population->varying[k]);
	population->covariates = raw;
}

/* Kish (1965): n / effective n of weighted customers; and how many have others stand for them. */
static void
find_inflation(LtvPopulation *population)
{
	const LtvSample *sample = population->sample;
	int extra = ltv_extra_numbers(&sample->settings);
	double sum = 0.0;
	double squares = 0.0;

	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = ltv_entry_at(sample->entries, extra, i);
		double weight = weight_of(sample, entry);

		sum += weight;
		squares += weight * (weight / entry->customers);
		population->thinned += weight_of(sample, entry) - entry->customers;
	}
	population->inflation = sum > 0.0 ? squares / sum : 1.0;
}

void
ltv_population_make(LtvPopulation *population, const LtvSample *sample)
{
	double *covariates;

	memset(population, 0, sizeof(*population));
	population->sample = sample;
	make_groups(population, &covariates);
	make_spenders(population);
	if (covariates != NULL)
		standardise(population, covariates);
	find_inflation(population);
}
