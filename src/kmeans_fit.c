/*
 * kmeans_fit.c
 *		From a sample to a model: scaling, the search, names, silhouette.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/pg_prng.h"
#include "kmeans.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static double
raw_value(const KmeansModel *model, const KmeansSample *sample, int64 i, int feature)
{
	double value = kmeans_point(sample, i)->features[feature];

	if (model->scale != KMEANS_LOG_ZSCORE)
		return value;
	if (value <= -1)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("feature %d must be greater than -1 for log1p, not %g", feature + 1,
							   value)));
	return log1p(value);
}

/* Where a feature begins and what one unit of it is: mean and standard deviation (n - 1), or the range. */
static void
fit_scale(KmeansModel *model, const KmeansSample *sample, int feature)
{
	double first = raw_value(model, sample, 0, feature);
	double least = first, most = first, sum = 0.0, squares = 0.0, total = 0.0, mean;

	CHECK_FOR_INTERRUPTS();
	for (int64 i = 0; i < sample->npoints; i++)
	{
		double value = raw_value(model, sample, i, feature);

		least = Min(least, value);
		most = Max(most, value);
		total += kmeans_point(sample, i)->count;
		sum += kmeans_point(sample, i)->count * (value - first);
	}
	mean = first + sum / total;
	for (int64 i = 0; i < sample->npoints; i++)
	{
		double off = raw_value(model, sample, i, feature) - mean;

		squares += kmeans_point(sample, i)->count * off * off;
	}
	if (least == most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("feature %d is constant", feature + 1),
				 errdetail("It is %g in every row.", kmeans_point(sample, 0)->features[feature]),
				 errhint("Leave it out: it cannot tell customers apart.")));
	kmeans_shift(model)[feature] = 0;
	kmeans_width(model)[feature] = 1;
	if (model->scale == KMEANS_MINMAX)
	{
		kmeans_shift(model)[feature] = least;
		kmeans_width(model)[feature] = most - least;
	}
	else if (model->scale != KMEANS_NONE)
	{
		kmeans_shift(model)[feature] = mean;
		kmeans_width(model)[feature] = sqrt(squares / (total - 1));
	}
	/* Unscaled, a spread whose square is 0 leaves all points at no distance. */
	if (!(kmeans_width(model)[feature] > 0) || !isfinite(kmeans_width(model)[feature]) ||
		(model->scale == KMEANS_NONE && (most - least) * (most - least) == 0))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("feature %d varies too little to be measured", feature + 1)));
}

static void
load_points(KmeansRun *run, const KmeansModel *model, const KmeansSample *sample)
{
	MemoryContext here = CurrentMemoryContext;
	Size n = sample->npoints;

	run->n = n;
	run->d = sample->nfeatures;
	run->k = sample->k;
	run->points = MemoryContextAllocHuge(here, n * run->d * sizeof(double));
	run->weights = MemoryContextAllocHuge(here, n * sizeof(double));
	run->nearest = MemoryContextAllocHuge(here, n * sizeof(int32));
	run->centres = palloc((Size) run->k * run->d * sizeof(double));
	run->sizes = palloc(run->k * sizeof(double));
	run->within = palloc(run->k * sizeof(double));
	for (Size i = 0; i < n; i++)
	{
		const KmeansPoint *point = kmeans_point(sample, i);

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		run->weights[i] = point->count;
		for (int j = 0; j < run->d; j++)
			run->points[i * run->d + j] = kmeans_scaled(model, j, point->features[j]);
	}
}

/* The points that the silhouette is taken over: all, or some that the seed chooses. */
static int
choose_points(const KmeansRun *run, int seed, int *chosen)
{
	int n = 0;
	pg_prng_state random;

	pg_prng_seed(&random, seed);
	/* Knuth's algorithm S: each set of that size is as likely. */
	for (int i = 0; i < run->n && n < KMEANS_SILHOUETTE_POINTS; i++)
		if (run->n <= KMEANS_SILHOUETTE_POINTS ||
			pg_prng_double(&random) * (run->n - i) < KMEANS_SILHOUETTE_POINTS - n)
			chosen[n++] = i;
	return n;
}

/*
 * Rousseeuw 1987: the mean of (b - a) / max(a, b), a the mean distance to the
 * other customers of one's cluster, b that to the nearest other cluster; 0 for
 * a customer alone in its cluster. False with one cluster.
 */
static bool
silhouette(const KmeansRun *run, int seed, double *result)
{
	int chosen[KMEANS_SILHOUETTE_POINTS];
	int n = choose_points(run, seed, chosen);
	double *sums = palloc(run->k * sizeof(double));
	double *masses = palloc0(run->k * sizeof(double));
	double score = 0.0, total = 0.0;

	if (run->k < 2)
		return false;
	for (int i = 0; i < n; i++)
		masses[run->nearest[chosen[i]]] += run->weights[chosen[i]];
	for (int i = 0; i < n; i++)
	{
		const double *x = run->points + (Size) chosen[i] * run->d;
		int own = run->nearest[chosen[i]];
		double a, b = INFINITY;

		CHECK_FOR_INTERRUPTS();
		memset(sums, 0, run->k * sizeof(double));
		for (int j = 0; j < n; j++)
			sums[run->nearest[chosen[j]]] +=
				run->weights[chosen[j]] *
				sqrt(kmeans_squared(x, run->points + (Size) chosen[j] * run->d, run->d));
		for (int c = 0; c < run->k; c++)
			if (c != own && masses[c] > 0)
				b = Min(b, sums[c] / masses[c]);
		total += run->weights[chosen[i]];
		if (masses[own] <= 1 || !isfinite(b))
			continue;
		a = sums[own] / (masses[own] - 1);
		if (Max(a, b) > 0)
			score += run->weights[chosen[i]] * (b - a) / Max(a, b);
	}
	*result = score / total;
	return true;
}

/*
 * A number of a given centre in the units of this model. One so far away that a
 * distance to it is no number would let the search and the naming run forever.
 */
static double
scaled_centre(const KmeansModel *model, int feature, double value, const char *option)
{
	double scaled = kmeans_scaled(model, feature, value);

	if (!(fabs(scaled) <= KMEANS_MAX_VALUE))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("option \"%s\" of fit_kmeans is too far from the rows in feature %d: %g",
						option, feature + 1, value)));
	return scaled;
}

/* Centres in the units of this model, of numbers in the user's. */
static double *
scaled_start(const KmeansModel *model, const KmeansOptions *options)
{
	double *start;

	if (options->nstart == 0)
		return NULL;
	if (options->nstart != model->k * model->nfeatures)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"start\" of fit_kmeans has %d numbers, not the %d of %d "
						"centres of %d features",
						options->nstart, model->k * model->nfeatures, model->k, model->nfeatures)));
	start = palloc(options->nstart * sizeof(double));
	for (int i = 0; i < options->nstart; i++)
		start[i] = scaled_centre(model, i % model->nfeatures, options->start[i], "start");
	return start;
}

static double *
scaled_previous(const KmeansModel *model, const KmeansModel *previous)
{
	int d = model->nfeatures;
	double *centres;

	if (previous == NULL)
		return NULL;
	if (previous->nfeatures != d)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the previous model of fit_kmeans has %d features, but the rows have %d",
						previous->nfeatures, d)));
	centres = palloc((Size) previous->k * d * sizeof(double));
	for (int c = 0; c < previous->k; c++)
		for (int i = 0; i < d; i++)
			centres[(Size) c * d + i] = scaled_centre(
				model, i, kmeans_unscaled(previous, i, kmeans_centre(previous, c)[i]), "previous");
	return centres;
}

/*
 * A sample is of distinct points. Where one of them stands for very many rows,
 * whether it is in the sample makes a difference: say so rather than fit in silence.
 */
static void
warn_of_skew(const KmeansModel *model, const KmeansSample *sample)
{
	double share, expected;

	if (sample->npoints < sample->capacity || model->sampled == model->rows)
		return;
	share = kmeans_point(sample, sample->npoints - 1)->hash / 18446744073709551616.0;
	expected = share * model->rows;
	if (fabs(model->sampled - expected) <= expected * (0.1 + 5 / sqrt(sample->npoints)))
		return;
	ereport(WARNING,
			(errmsg("the sample of fit_kmeans stands for " INT64_FORMAT " of " INT64_FORMAT
					" rows, where about %.0f were expected",
					model->sampled, model->rows, expected),
			 errdetail("Some points are shared by so many rows that the sample of " INT64_FORMAT
					   " distinct points does not represent them.",
					   sample->npoints),
			 errhint("Raise the option \"sample\", or round features to fewer distinct values.")));
}

/* The run into the model, under the names it shall have. */
static void
store_run(KmeansModel *model, const KmeansRun *run, const int *labels)
{
	for (int c = 0; c < run->k; c++)
	{
		int from = labels == NULL ? c : labels[c];

		for (int i = 0; i < run->d; i++)
			kmeans_centre(model, c)[i] = run->centres[(Size) from * run->d + i] + 0.0;
		kmeans_sizes(model)[c] = run->sizes[from];
		kmeans_within(model)[c] = run->within[from];
	}
	model->iterations = run->iterations;
	model->converged = run->converged;
}

/*
 * fit_kmeans(kmeans_sample) -> kmeans_model: the final step of the aggregate.
 * NULL when there was no row with features. An error when a feature is
 * constant or there are fewer distinct points than clusters.
 */
PG_FUNCTION_INFO_V1(kmeans_sample_fit);
Datum
kmeans_sample_fit(PG_FUNCTION_ARGS)
{
	KmeansSample *sample = kmeans_sample_from_datum(PG_GETARG_DATUM(0));
	KmeansOptions options;
	KmeansModel *model;
	KmeansRun run = {0};
	double *start, *previous;
	int nprevious = 0;

	if (sample->npoints == 0)
		PG_RETURN_NULL();
	sample = kmeans_sample_canonical(sample);
	kmeans_options_parse(&options, sample->k,
						 sample->options_size == 0 ? NULL : (Jsonb *) sample->body);
	if (sample->npoints < sample->k)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k is %d, but there are only " INT64_FORMAT " distinct points",
							   sample->k, sample->npoints)));
	model = kmeans_model_create(sample->k, sample->nfeatures);
	model->scale = options.scale;
	model->rows = sample->rows;
	model->ignored = sample->ignored;
	for (int64 i = 0; i < sample->npoints; i++)
		model->sampled += kmeans_point(sample, i)->count;
	if (model->rows > KMEANS_MAX_ROWS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("fit_kmeans takes at most " INT64_FORMAT " rows, not " INT64_FORMAT,
							   KMEANS_MAX_ROWS, model->rows)));
	warn_of_skew(model, sample);
	for (int feature = 0; feature < model->nfeatures; feature++)
		fit_scale(model, sample, feature);
	start = scaled_start(model, &options);
	previous = scaled_previous(model, options.previous);
	if (previous != NULL)
		nprevious = options.previous->k;
	load_points(&run, model, sample);
	kmeans_best_run(&run, &options, start, previous, nprevious);
	/* Given centres are the names, too, unless a previous model has them. */
	store_run(model, &run,
			  start != NULL && previous == NULL ? NULL : kmeans_labels(&run, previous, nprevious));
	model->has_silhouette = silhouette(&run, options.seed, &model->silhouette);
	PG_RETURN_POINTER(model);
}
