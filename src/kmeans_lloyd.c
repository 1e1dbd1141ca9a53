/*
 * kmeans_lloyd.c
 *		The search for clusters: Lloyd's iteration with the bounds of Hamerly.
 *
 * Everything runs over the points in the order of a canonical sample, with
 * one random sequence per seed, so the result is a function of the rows as a
 * set, of k and of the options.
 *
 * For each point an upper bound of the distance to its own centre is kept, and a
 * lower bound of the distance to any other (Hamerly 2010, "Making k-means even
 * faster"). While the first is the smaller one the point stays where it is, and
 * its distances need not be computed: the same clusters in far less time.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "kmeans.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Bounds count as different when they are so beyond what rounding does to them. */
#define BOUND_MARGIN (1 + 1e-9)

/* Iterations after which sums are added up from the points again. */
#define SUMS_AGAIN 16

/* What a search needs beside the run itself. */
typedef struct Search
{
	KmeansRun *run;
	KmeansBlocks blocks; /* of the centres */
	double *upper;		 /* n: at least the distance to the own centre */
	double *lower;		 /* n: at most the distance to every other */
	double *sums;		 /* k * d: of the points of each cluster */
	double *next;		 /* k * d: where the centres go */
	double *moved;		 /* k: by how much */
	double *apart;		 /* k: half the distance to the nearest other centre */
} Search;

static void
set_blocks(Search *search)
{
	const KmeansRun *run = search->run;

	for (int c = 0; c < run->k; c++)
		kmeans_blocks_set(&search->blocks, c, run->centres + (Size) c * run->d);
	kmeans_blocks_finish(&search->blocks, run->k);
}

/* Half the distance of each centre to the nearest other: a point closer than that is at its nearest centre. */
static void
set_apart(Search *search)
{
	const KmeansRun *run = search->run;

	for (int c = 0; c < run->k; c++)
	{
		const double *squared =
			kmeans_blocks_squared(&search->blocks, run->centres + (Size) c * run->d);
		double least = INFINITY;

		for (int other = 0; other < run->k; other++)
			if (other != c)
				least = Min(least, squared[other]);
		search->apart[c] = sqrt(least) / 2;
	}
}

/* The nearest centre of a point, the lower one at a tie, and both bounds exactly. */
static int
nearest_centre(Search *search, int i)
{
	const double *squared =
		kmeans_blocks_squared(&search->blocks, kmeans_run_point(search->run, i));
	double least = INFINITY, second = INFINITY;
	int best = 0;

	for (int c = 0; c < search->run->k; c++)
	{
		if (squared[c] < least)
		{
			second = least;
			least = squared[c];
			best = c;
		}
		else if (squared[c] < second)
			second = squared[c];
	}
	search->upper[i] = sqrt(least);
	search->lower[i] = sqrt(second);
	return best;
}

/* A point from one cluster to another. */
static void
move_point(Search *search, int i, int from, int to)
{
	KmeansRun *run = search->run;
	const double *x = kmeans_run_point(run, i);
	double weight = run->weights[i];

	run->sizes[from] -= weight; /* exact: weights are whole numbers */
	run->sizes[to] += weight;
	for (int j = 0; j < run->d; j++)
	{
		search->sums[(Size) from * run->d + j] -= weight * x[j];
		search->sums[(Size) to * run->d + j] += weight * x[j];
	}
}

/* Points to their nearest centre, after the centres have moved; the number that changed. Ties go to the lower cluster. */
static int
assign(Search *search, bool first)
{
	KmeansRun *run = search->run;
	double most = 0.0, runner_up = 0.0;
	int farthest = 0, changed = 0;

	set_blocks(search);
	set_apart(search);
	for (int c = 0; c < run->k && !first; c++)
		if (search->moved[c] > most)
		{
			runner_up = most;
			most = search->moved[c];
			farthest = c;
		}
		else
			runner_up = Max(runner_up, search->moved[c]);
	for (int i = 0; i < run->n; i++)
	{
		int own = run->nearest[i];
		int nearest;

		if ((i & 0x3FFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!first)
		{
			double bound;

			search->upper[i] += search->moved[own];
			search->lower[i] -= own == farthest ? runner_up : most;
			bound = Max(search->lower[i], search->apart[own]);
			if (search->upper[i] * BOUND_MARGIN < bound)
				continue;
			search->upper[i] = sqrt(kmeans_squared(kmeans_run_point(run, i),
												   run->centres + (Size) own * run->d, run->d));
			if (search->upper[i] * BOUND_MARGIN < bound)
				continue;
		}
		nearest = nearest_centre(search, i);
		if (nearest == own)
			continue;
		if (!first)
			move_point(search, i, own, nearest);
		run->nearest[i] = nearest;
		changed++;
	}
	return changed;
}

/* The weights of the clusters, and the sums of their points, free of what rounding did to them since. */
static void
sum_points(Search *search)
{
	KmeansRun *run = search->run;

	memset(run->sizes, 0, run->k * sizeof(double));
	memset(search->sums, 0, (Size) run->k * run->d * sizeof(double));
	for (int i = 0; i < run->n; i++)
	{
		double weight = run->weights[i];
		double *sum = search->sums + (Size) run->nearest[i] * run->d;
		const double *x = kmeans_run_point(run, i);

		if ((i & 0x3FFF) == 0)
			CHECK_FOR_INTERRUPTS();
		run->sizes[run->nearest[i]] += weight;
		for (int j = 0; j < run->d; j++)
			sum[j] += weight * x[j];
	}
}

/* Where the means of the clusters are. */
static void
find_means(Search *search)
{
	KmeansRun *run = search->run;

	for (int c = 0; c < run->k; c++)
		for (int j = 0; run->sizes[c] > 0 && j < run->d; j++)
			search->next[(Size) c * run->d + j] =
				search->sums[(Size) c * run->d + j] / run->sizes[c];
}

/* A cluster that has lost all its points takes the one that is farthest from its own centre. */
static bool
refill(Search *search)
{
	KmeansRun *run = search->run;
	double *squared = NULL;

	for (int c = 0; c < run->k; c++)
	{
		int farthest = 0;

		if (run->sizes[c] > 0)
			continue;
		if (squared == NULL)
		{
			squared = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(double));
			for (int i = 0; i < run->n; i++)
				squared[i] = kmeans_squared(kmeans_run_point(run, i),
											run->centres + (Size) run->nearest[i] * run->d, run->d);
		}
		for (int i = 1; i < run->n; i++)
			if (squared[i] > squared[farthest])
				farthest = i;
		CHECK_FOR_INTERRUPTS();
		memcpy(search->next + (Size) c * run->d, kmeans_run_point(run, farthest),
			   run->d * sizeof(double));
		squared[farthest] = 0.0;
	}
	if (squared == NULL)
		return false;
	pfree(squared);
	return true;
}

/* The centres to where they go. */
static void
move_centres(Search *search)
{
	KmeansRun *run = search->run;

	for (int c = 0; c < run->k; c++)
		search->moved[c] = sqrt(kmeans_squared(search->next + (Size) c * run->d,
											   run->centres + (Size) c * run->d, run->d)) *
						   BOUND_MARGIN;
	memcpy(run->centres, search->next, (Size) run->k * run->d * sizeof(double));
}

/* Weights and sums of squares of the clusters; the sum of all. */
static double
measure(KmeansRun *run)
{
	double inertia = 0.0;

	memset(run->sizes, 0, run->k * sizeof(double));
	memset(run->within, 0, run->k * sizeof(double));
	for (int i = 0; i < run->n; i++)
	{
		int own = run->nearest[i];

		if ((i & 0x3FFF) == 0)
			CHECK_FOR_INTERRUPTS();
		run->sizes[own] += run->weights[i];
		run->within[own] +=
			run->weights[i] *
			kmeans_squared(kmeans_run_point(run, i), run->centres + (Size) own * run->d, run->d);
	}
	for (int c = 0; c < run->k; c++)
		inertia += run->within[c];
	return inertia;
}

/* Lloyd 1982, until no point changes its cluster; the sum of squares around the centres as they then are. */
static double
lloyd(Search *search, int max_iterations)
{
	KmeansRun *run = search->run;

	run->converged = false;
	for (int i = 0; i < run->n; i++)
		run->nearest[i] = -1;
	for (run->iterations = 0; run->iterations < max_iterations && !run->converged;)
	{
		int changed = assign(search, run->iterations == 0);

		/* What a point takes from one sum and gives to the other is rounded: sums begin anew now and then, and at the end. */
		if (changed == 0 || run->iterations % SUMS_AGAIN == 0)
			sum_points(search);
		run->iterations++;
		find_means(search);
		run->converged = !refill(search) && changed == 0;
		move_centres(search);
	}
	(void) assign(search, false);
	return measure(run);
}

/* Runs from the centres that are set, and keeps the result when it is the best so far. */
static void
try_start(Search *search, KmeansRun *best, double *best_inertia, int max_iterations)
{
	const KmeansRun *run = search->run;
	double inertia = lloyd(search, max_iterations);

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
	Search search;
	double best = INFINITY;
	pg_prng_state random;

	search.run = &attempt;
	kmeans_blocks_init(&search.blocks, run->k, run->d);
	search.upper = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(double));
	search.lower = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(double));
	search.sums = palloc(centres_size);
	search.next = palloc(centres_size);
	search.moved = palloc(run->k * sizeof(double));
	search.apart = palloc(run->k * sizeof(double));
	attempt.centres = palloc(centres_size);
	attempt.sizes = palloc(run->k * sizeof(double));
	attempt.within = palloc(run->k * sizeof(double));
	attempt.nearest = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(int32));
	pg_prng_seed(&random, options->seed);
	if (start != NULL)
	{
		memcpy(attempt.centres, start, centres_size);
		try_start(&search, run, &best, options->max_iterations);
		return;
	}
	if (previous != NULL && nprevious == run->k)
	{
		memcpy(attempt.centres, previous, centres_size);
		try_start(&search, run, &best, options->max_iterations);
	}
	for (int i = 0; i < options->starts; i++)
	{
		kmeans_plus_plus(&attempt, &random);
		try_start(&search, run, &best, options->max_iterations);
	}
}
