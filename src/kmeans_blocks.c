/*
 * kmeans_blocks.c
 *		Squared distances: of two points, and of a point to centres that stand
 *		in blocks of eight, so that the compiler has independent sums to add.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "kmeans.h"

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

/* Room for blocks of up to k centres. */
void
kmeans_blocks_init(KmeansBlocks *blocks, int k, int d)
{
	Size groups = (k + KMEANS_LANES - 1) / KMEANS_LANES;

	blocks->d = d;
	blocks->lanes = palloc(groups * d * KMEANS_LANES * sizeof(double));
	blocks->squared = palloc(groups * KMEANS_LANES * sizeof(double));
}

/* Centre number c becomes x. */
void
kmeans_blocks_set(KmeansBlocks *blocks, int c, const double *x)
{
	double *lane = blocks->lanes + (Size) (c / KMEANS_LANES) * blocks->d * KMEANS_LANES;

	for (int j = 0; j < blocks->d; j++)
		lane[j * KMEANS_LANES + c % KMEANS_LANES] = x[j];
}

/* As many lanes as there are may be set; the others are the centre at infinity. */
void
kmeans_blocks_finish(KmeansBlocks *blocks, int k)
{
	blocks->groups = (k + KMEANS_LANES - 1) / KMEANS_LANES;
	for (int c = k; c < blocks->groups * KMEANS_LANES; c++)
		for (int j = 0; j < blocks->d; j++)
			blocks->lanes[(Size) (c / KMEANS_LANES) * blocks->d * KMEANS_LANES + j * KMEANS_LANES +
						  c % KMEANS_LANES] = INFINITY;
}

/* Squared distances of a point to all centres, eight at a time: additions of different centres do not wait for each other. */
const double *
kmeans_blocks_squared(const KmeansBlocks *blocks, const double *x)
{
	const double *lane = blocks->lanes;
	double *squared = blocks->squared;

	for (int group = 0; group < blocks->groups; group++, squared += KMEANS_LANES)
	{
		KmeansPair sums[KMEANS_LANES / 2] = {{0}};

		for (int j = 0; j < blocks->d; j++, lane += KMEANS_LANES)
		{
			KmeansPair at = {x[j], x[j]};

			for (int pair = 0; pair < KMEANS_LANES / 2; pair++)
			{
				KmeansPair off;

				memcpy(&off, lane + 2 * pair, sizeof(off));
				off = at - off;
				sums[pair] += off * off;
			}
		}
		memcpy(squared, sums, sizeof(sums));
	}
	return blocks->squared;
}
