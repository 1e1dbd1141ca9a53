/*
 * kmeans_lloyd.c
 *		The search for clusters: greedy k-means++ starts and Lloyd's iteration.
 *
 * Everything runs over the points in the order of a canonical sample, with
 * one random sequence per seed, so the result is a function of the rows as a
 * set, of k and of the options.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/pg_prng.h"
#include "kmeans.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* With four sums, so that an addition need not wait for the one before. */
double
kmeans_squared(const double *a, const double *b, int d)
{
	double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
	int i = 0;

	for (; i + 4 <= d; i += 4)
	{
		s0 += (a[i] - b[i]) * (a[i] - b[i]);
		s1 += (a[i + 1] - b[i + 1]) * (a[i + 1] - b[i + 1]);
		s2 += (a[i + 2] - b[i + 2]) * (a[i + 2] - b[i + 2]);
		s3 += (a[i + 3] - b[i + 3]) * (a[i + 3] - b[i + 3]);
	}
	for (; i < d; i++)
		s0 += (a[i] - b[i]) * (a[i] - b[i]);
	return (s0 + s1) + (s2 + s3);
}

static inline const double *
point(const KmeansRun *run, int i)
{
	return run->points + (Size) i * run->d;
}

static inline double *
centre(const KmeansRun *run, int c)
{
	return run->centres + (Size) c * run->d;
}

/* The first index whose running sum of weights passes a random share of their total. */
static int
draw(pg_prng_state *random, const double *weights, const double *factor, int n, double total)
{
	double left = pg_prng_double(random) * total;
	int last = 0;

	for (int i = 0; i < n; i++)
	{
		double mass = factor == NULL ? weights[i] : weights[i] * factor[i];

		if (mass <= 0)
			continue;
		last = i;
		left -= mass;
		if (left < 0)
			break;
	}
	return last;
}

/* Squared distances to the nearest centre so far if point `candidate` were one; their sum. */
static double
potential(const KmeansRun *run, int candidate, const double *squared, double *after)
{
	double sum = 0.0;

	for (int i = 0; i < run->n; i++)
	{
		double distance = kmeans_squared(point(run, i), point(run, candidate), run->d);

		after[i] = Min(distance, squared[i]);
		sum += run->weights[i] * after[i];
	}
	return sum;
}

/* Arthur & Vassilvitskii 2007, each centre the best of 2 + ln k draws. */
static void
plus_plus(KmeansRun *run, pg_prng_state *random)
{
	int tries = 2 + (int) log((double) run->k);
	Size size = run->n * sizeof(double);
	double *squared = MemoryContextAllocHuge(CurrentMemoryContext, size);
	double *after = MemoryContextAllocHuge(CurrentMemoryContext, size);
	double *best = MemoryContextAllocHuge(CurrentMemoryContext, size);
	double total = 0.0;

	for (int i = 0; i < run->n; i++)
	{
		squared[i] = INFINITY;
		total += run->weights[i];
	}
	for (int c = 0; c < run->k; c++)
	{
		double best_sum = INFINITY;
		int best_point = 0;

		for (int attempt = 0; attempt < (c == 0 ? 1 : tries); attempt++)
		{
			int candidate = draw(random, run->weights, c == 0 ? NULL : squared, run->n, total);
			double sum = potential(run, candidate, squared, after);

			CHECK_FOR_INTERRUPTS();
			if (sum < best_sum)
			{
				double *swap = best;

				best = after;
				after = swap;
				best_sum = sum;
				best_point = candidate;
			}
		}
		memcpy(centre(run, c), point(run, best_point), run->d * sizeof(double));
		memcpy(squared, best, size);
		total = best_sum;
	}
	pfree(squared);
	pfree(after);
	pfree(best);
}

static int
nearest_centre(const KmeansRun *run, const double *x, double *squared)
{
	int best = 0;

	*squared = INFINITY;
	for (int c = 0; c < run->k; c++)
	{
		const double *at = run->centres + (Size) c * run->d;
		double sum = kmeans_squared(x, at, run->d);

		if (sum < *squared)
		{
			*squared = sum;
			best = c;
		}
	}
	return best;
}

/* Points to their nearest centre; the number that changed. Ties go to the lower cluster. */
static int
assign(KmeansRun *run, double *inertia, double *squared)
{
	int changed = 0;

	memset(run->sizes, 0, run->k * sizeof(double));
	memset(run->within, 0, run->k * sizeof(double));
	for (int i = 0; i < run->n; i++)
	{
		int nearest = nearest_centre(run, point(run, i), &squared[i]);

		if ((i & 0x3FFF) == 0)
			CHECK_FOR_INTERRUPTS();
		changed += nearest != run->nearest[i];
		run->nearest[i] = nearest;
		run->sizes[nearest] += run->weights[i];
		run->within[nearest] += run->weights[i] * squared[i];
	}
	*inertia = 0.0;
	for (int c = 0; c < run->k; c++)
		*inertia += run->within[c];
	return changed;
}

/* A cluster that has lost all its points takes the one that is farthest from its own centre. */
static bool
refill(KmeansRun *run, double *squared)
{
	bool moved = false;

	for (int c = 0; c < run->k; c++)
	{
		int farthest = 0;

		if (run->sizes[c] > 0)
			continue;
		for (int i = 1; i < run->n; i++)
			if (squared[i] > squared[farthest])
				farthest = i;
		memcpy(centre(run, c), point(run, farthest), run->d * sizeof(double));
		squared[farthest] = 0.0;
		run->sizes[c] = -1; /* stays where it is until points have come */
		moved = true;
	}
	return moved;
}

/* Each centre to the mean of its points. */
static void
move_centres(KmeansRun *run)
{
	for (int c = 0; c < run->k; c++)
		if (run->sizes[c] > 0)
			memset(centre(run, c), 0, run->d * sizeof(double));
	for (int i = 0; i < run->n; i++)
	{
		double *at = centre(run, run->nearest[i]);
		const double *x = point(run, i);

		for (int j = 0; j < run->d; j++)
			at[j] += run->weights[i] * x[j];
	}
	for (int c = 0; c < run->k; c++)
		for (int j = 0; run->sizes[c] > 0 && j < run->d; j++)
			centre(run, c)[j] /= run->sizes[c];
}

/* Lloyd 1982, until no point changes its cluster. */
static double
lloyd(KmeansRun *run, int max_iterations, double *squared)
{
	double inertia = INFINITY;

	run->converged = false;
	for (int i = 0; i < run->n; i++)
		run->nearest[i] = -1;
	for (run->iterations = 0; run->iterations < max_iterations && !run->converged;)
	{
		int changed = assign(run, &inertia, squared);

		run->iterations++;
		move_centres(run);
		run->converged = !refill(run, squared) && changed == 0;
	}
	/* Sums of squares around the centres as they now are. */
	(void) assign(run, &inertia, squared);
	return inertia;
}

/* Runs from the centres that are set, and keeps the result when it is the best so far. */
static void
try_start(KmeansRun *run, KmeansRun *best, double *best_inertia, int max_iterations,
		  double *squared)
{
	double inertia = lloyd(run, max_iterations, squared);

	if (!(inertia < *best_inertia))
		return;
	*best_inertia = inertia;
	best->iterations = run->iterations;
	best->converged = run->converged;
	memcpy(best->centres, run->centres, (Size) run->k * run->d * sizeof(double));
	memcpy(best->sizes, run->sizes, run->k * sizeof(double));
	memcpy(best->within, run->within, run->k * sizeof(double));
	memcpy(best->nearest, run->nearest, run->n * sizeof(int32));
}

/*
 * The best of the starts: given centres alone, or those of the previous model
 * and options->starts of k-means++. All arrays of the run are set.
 */
void
kmeans_best_run(KmeansRun *run, const KmeansOptions *options, const double *start,
				const double *previous, int nprevious)
{
	KmeansRun attempt = *run;
	Size centres_size = (Size) run->k * run->d * sizeof(double);
	double *squared = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(double));
	double best = INFINITY;
	pg_prng_state random;

	attempt.centres = palloc(centres_size);
	attempt.sizes = palloc(run->k * sizeof(double));
	attempt.within = palloc(run->k * sizeof(double));
	attempt.nearest = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(int32));
	pg_prng_seed(&random, options->seed);
	if (start != NULL)
	{
		memcpy(attempt.centres, start, centres_size);
		try_start(&attempt, run, &best, options->max_iterations, squared);
		return;
	}
	if (previous != NULL && nprevious == run->k)
	{
		memcpy(attempt.centres, previous, centres_size);
		try_start(&attempt, run, &best, options->max_iterations, squared);
	}
	for (int i = 0; i < options->starts; i++)
	{
		plus_plus(&attempt, &random);
		try_start(&attempt, run, &best, options->max_iterations, squared);
	}
}
