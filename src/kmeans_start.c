/*
 * kmeans_start.c
 *		Where the search for clusters begins: greedy k-means++.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "kmeans.h"
#include "miscadmin.h"
#include "utils/memutils.h"

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

/* What the sum of squared distances to the nearest centre would be with each of the candidates. */
static void
potentials(const KmeansRun *run, KmeansBlocks *blocks, const int *candidates, int ncandidates,
		   const double *squared, double *sums)
{
	for (int t = 0; t < ncandidates; t++)
		kmeans_blocks_set(blocks, t, kmeans_run_point(run, candidates[t]));
	kmeans_blocks_finish(blocks, ncandidates);
	memset(sums, 0, ncandidates * sizeof(double));
	for (int i = 0; i < run->n; i++)
	{
		const double *distances = kmeans_blocks_squared(blocks, kmeans_run_point(run, i));

		if ((i & 0x3FFF) == 0)
			CHECK_FOR_INTERRUPTS();
		for (int t = 0; t < ncandidates; t++)
			sums[t] += run->weights[i] * Min(distances[t], squared[i]);
	}
}

/* Arthur & Vassilvitskii 2007, each centre the best of 2 + ln k draws, at most eight. */
void
kmeans_plus_plus(KmeansRun *run, pg_prng_state *random)
{
	int tries = Min(2 + (int) log((double) run->k), KMEANS_LANES);
	double *squared = MemoryContextAllocHuge(CurrentMemoryContext, run->n * sizeof(double));
	double total = 0.0;
	KmeansBlocks blocks;

	kmeans_blocks_init(&blocks, KMEANS_LANES, run->d);
	for (int i = 0; i < run->n; i++)
	{
		squared[i] = INFINITY;
		total += run->weights[i];
	}
	for (int c = 0; c < run->k; c++)
	{
		double *centre = run->centres + (Size) c * run->d;
		int candidates[KMEANS_LANES];
		double sums[KMEANS_LANES];
		int ncandidates = c == 0 ? 1 : tries;
		int best = 0;

		for (int t = 0; t < ncandidates; t++)
		{
			candidates[t] = draw(random, run->weights, c == 0 ? NULL : squared, run->n, total);
			CHECK_FOR_INTERRUPTS();
		}
		potentials(run, &blocks, candidates, ncandidates, squared, sums);
		for (int t = 1; t < ncandidates; t++)
			if (sums[t] < sums[best])
				best = t;
		memcpy(centre, kmeans_run_point(run, candidates[best]), run->d * sizeof(double));
		for (int i = 0; i < run->n; i++)
			squared[i] = Min(kmeans_squared(kmeans_run_point(run, i), centre, run->d), squared[i]);
		total = sums[best];
	}
	pfree(squared);
	pfree(blocks.lanes);
	pfree(blocks.squared);
}
