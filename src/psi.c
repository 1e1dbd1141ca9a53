/*
 * psi.c
 *		Has a distribution drifted? The population stability index.
 *
 * PSI = sum (q - p) ln(q / p) over bins: the distinct deciles of the
 * reference, or the categories of either side. A bin that is empty on both sides
 * (below the least or above the greatest value, when a tenth have it) is none. When a bin is empty
 * on either side, 1/2 is added to every bin of both. Without drift PSI / (1/N + 1/M) is
 * chi-square of one less degrees of freedom than bins (Yurdakul & Naranjo 2020).
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "distribution.h"
#include "math/gamma.h"
#include "prediction.h"
#include "utils/builtins.h"

#define DECILES 10
#define MODERATE .1 /* the customary limits */
#define MAJOR .25
#define ALPHA .05

/* The value at a rank, 0 the least, of values with counts. */
static double
value_at(const DistributionValue *values, int64 n, double rank)
{
	double through = 0.0;

	for (int64 i = 0; i < n; i++)
	{
		through += values[i].count;
		if (rank < through)
			return values[i].value;
	}
	return values[n - 1].value;
}

/* The distinct deciles, as fit_rfm takes its breaks; how many there are. */
static int
decile_breaks(const DistributionValue *values, int64 n, double *breaks)
{
	double total = 0.0;
	int nbreaks = 0;

	for (int64 i = 0; i < n; i++)
		total += values[i].count;
	for (int j = 1; j < DECILES; j++)
	{
		double h = (total - 1) * j;
		double rank = floor(h / DECILES);
		double fraction = (h - rank * DECILES) / DECILES;
		double low = value_at(values, n, rank);
		double high = value_at(values, n, rank + 1);
		double value = low == high || fraction == 0 ? low : low + fraction * (high - low);

		if (!isfinite(value)) /* the step overflowed */
			value = low;
		if (nbreaks == 0 || value > breaks[nbreaks - 1])
			breaks[nbreaks++] = value;
	}
	return nbreaks;
}

static void
count_bins(const DistributionValue *values, int64 n, const double *breaks, int nbreaks,
		   double *counts)
{
	memset(counts, 0, (nbreaks + 1) * sizeof(double));
	for (int64 i = 0; i < n; i++)
	{
		int bin = 0;

		while (bin < nbreaks && breaks[bin] < values[i].value)
			bin++;
		counts[bin] += values[i].count;
	}
}

/* Leaves out the bins that nothing is in on either side; how many are left. */
static int64
drop_empty(double *reference, double *current, int64 nbins)
{
	int64 left = 0;

	for (int64 i = 0; i < nbins; i++)
	{
		if (reference[i] == 0 && current[i] == 0)
			continue;
		reference[left] = reference[i];
		current[left++] = current[i];
	}
	return left;
}

/* (psi, p, verdict) of the counts of both sides. */
static Datum
psi_result(FunctionCallInfo fcinfo, double *reference, double *current, int64 nbins)
{
	double n = 0.0, m = 0.0, total_n = 0.0, total_m = 0.0, psi = 0.0, p = 1.0;
	bool empty = false;
	const char *verdict;
	Datum values[3];
	bool nulls[3] = {false};

	nbins = drop_empty(reference, current, nbins);
	for (int64 i = 0; i < nbins; i++)
	{
		n += reference[i];
		m += current[i];
		empty |= reference[i] == 0 || current[i] == 0;
	}
	if (n <= 0 || m <= 0)
		PG_RETURN_NULL();
	total_n = n + (empty ? nbins / 2.0 : 0.0);
	total_m = m + (empty ? nbins / 2.0 : 0.0);
	for (int64 i = 0; i < nbins; i++)
	{
		double a = (reference[i] + (empty ? 0.5 : 0.0)) / total_n;
		double b = (current[i] + (empty ? 0.5 : 0.0)) / total_m;

		psi += (b - a) * log(b / a);
	}
	psi = Max(psi, 0.0);
	if (nbins > 1)
		p = gamma_upper_tail((nbins - 1) / 2.0, psi / (1 / n + 1 / m) / 2);
	verdict = p >= ALPHA || psi < MODERATE ? "stable" : psi < MAJOR ? "moderate" : "major";
	values[0] = Float8GetDatum(psi);
	values[1] = Float8GetDatum(p);
	nulls[1] = nbins < 2;
	values[2] = CStringGetTextDatum(verdict);
	return row_result(fcinfo, 3, values, nulls);
}

static Datum
psi_of_numbers(FunctionCallInfo fcinfo, const DistributionValue *reference, int64 n,
			   const DistributionValue *current, int64 m)
{
	double breaks[DECILES], a[DECILES + 1], b[DECILES + 1];
	int nbreaks;

	if (n == 0 || m == 0)
		PG_RETURN_NULL();
	nbreaks = decile_breaks(reference, n, breaks);
	/* What lies below a least value that is a decile is a bin of its own, as what lies above the greatest is. */
	if (breaks[0] == reference[0].value)
	{
		memmove(breaks + 1, breaks, nbreaks * sizeof(double));
		breaks[0] = nextafter(reference[0].value, -INFINITY);
		nbreaks++;
	}
	count_bins(reference, n, breaks, nbreaks, a);
	count_bins(current, m, breaks, nbreaks, b);
	return psi_result(fcinfo, a, b, nbreaks + 1);
}

/* Both sides are canonical, so their categories are in one order. */
static Datum
psi_of_categories(FunctionCallInfo fcinfo, const Tally *reference, const Tally *current)
{
	Size room = (reference->nentries + current->nentries) * sizeof(double);
	double *a = palloc0(room + 8);
	double *b = palloc0(room + 8);
	const TallyEntry *left = tally_next(reference, NULL);
	const TallyEntry *right = tally_next(current, NULL);
	int64 nbins = 0;

	while (left != NULL || right != NULL)
	{
		TallyPart x[TALLY_MAX_PARTS], y[TALLY_MAX_PARTS];
		int order = left == NULL ? 1 : -1;

		if (left != NULL && right != NULL)
		{
			tally_parts(reference, left, x);
			tally_parts(current, right, y);
			order = tally_compare_part(&x[1], &y[1]);
		}
		if (order <= 0)
		{
			a[nbins] = left->numbers[0];
			left = tally_next(reference, left);
		}
		if (order >= 0)
		{
			b[nbins] = right->numbers[0];
			right = tally_next(current, right);
		}
		nbins++;
	}
	return psi_result(fcinfo, a, b, nbins);
}

/*
 * psi(reference distribution_summary, current distribution_summary) -> (psi, p,
 * verdict): numbers by the deciles of the reference, categories by themselves.
 * verdict is stable, moderate (from .1) or major (from .25); stable, too, where
 * chance explains it (p >= .05). NULL when either has no values.
 */
PG_FUNCTION_INFO_V1(psi_distribution);
Datum
psi_distribution(PG_FUNCTION_ARGS)
{
	Distribution reference, current;
	DistributionValue *a, *b;
	int64 n, m;

	distribution_read(PG_GETARG_DATUM(0), &reference);
	distribution_read(PG_GETARG_DATUM(1), &current);
	if ((reference.numbers == NULL && reference.categories->nentries == 0) ||
		(current.numbers == NULL && current.categories->nentries == 0))
		PG_RETURN_NULL();
	if ((reference.numbers == NULL) != (current.numbers == NULL))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("psi cannot compare numbers with categories")));
	if (reference.numbers == NULL)
		return psi_of_categories(fcinfo, tally_canonical(reference.categories),
								 tally_canonical(current.categories));
	a = distribution_values(reference.numbers, &n);
	b = distribution_values(current.numbers, &m);
	return psi_of_numbers(fcinfo, a, n, b, m);
}

/* The scores of a summary, known outcome or not, by bin of logit(score). */
static DistributionValue *
scores(const Tally *tally, int64 *n)
{
	Predictions p;
	DistributionValue *values;

	prediction_read(tally, &p);
	values = palloc(Max(p.nbins, 1) * sizeof(DistributionValue));
	*n = p.nbins;
	for (int i = 0; i < p.nbins; i++)
	{
		values[i].value = p.bins[i].bin;
		values[i].count = p.bins[i].unknown + p.bins[i].negative + p.bins[i].positive;
	}
	return values;
}

/* psi(reference prediction_summary, current prediction_summary) -> (psi, p, verdict): of the scores, by deciles of logit(score). */
PG_FUNCTION_INFO_V1(psi_prediction);
Datum
psi_prediction(PG_FUNCTION_ARGS)
{
	int64 n, m;
	DistributionValue *a = scores(tally_from_datum(PG_GETARG_DATUM(0), &prediction_kind), &n);
	DistributionValue *b = scores(tally_from_datum(PG_GETARG_DATUM(1), &prediction_kind), &m);

	return psi_of_numbers(fcinfo, a, n, b, m);
}
