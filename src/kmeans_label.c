/*
 * kmeans_label.c
 *		Which cluster is called 1, 2, ...: those of a previous model keep their
 *		names, otherwise the largest comes first.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "kmeans.h"
#include "miscadmin.h"

/*
 * The assignment of rows to columns of the least total cost, n <= m (the
 * Hungarian method with potentials, O(n^2 m); Munkres 1957). of_column[j] is
 * the row of column j, or -1.
 */
static void
match(const double *cost, int n, int m, int *of_column)
{
	double *u = palloc0((n + 1) * sizeof(double));
	double *v = palloc0((m + 1) * sizeof(double));
	double *least = palloc((m + 1) * sizeof(double));
	int *row = palloc0((m + 1) * sizeof(int)); /* 1-based; 0: free */
	int *way = palloc0((m + 1) * sizeof(int));
	bool *used = palloc((m + 1) * sizeof(bool));

	for (int i = 1; i <= n; i++)
	{
		int j0 = 0;

		CHECK_FOR_INTERRUPTS();
		row[0] = i;
		for (int j = 0; j <= m; j++)
		{
			least[j] = INFINITY;
			used[j] = false;
		}
		do
		{
			int i0 = row[j0];
			int j1 = 0;
			double delta = INFINITY;

			used[j0] = true;
			for (int j = 1; j <= m; j++)
			{
				double reduced;

				if (used[j])
					continue;
				reduced = cost[(Size) (i0 - 1) * m + j - 1] - u[i0] - v[j];
				if (reduced < least[j])
				{
					least[j] = reduced;
					way[j] = j0;
				}
				if (least[j] < delta)
				{
					delta = least[j];
					j1 = j;
				}
			}
			for (int j = 0; j <= m; j++)
				if (used[j])
				{
					u[row[j]] += delta;
					v[j] -= delta;
				}
				else
					least[j] -= delta;
			j0 = j1;
		} while (row[j0] != 0);
		do
		{
			int j1 = way[j0];

			row[j0] = row[j1];
			j0 = j1;
		} while (j0 != 0);
	}
	for (int j = 1; j <= m; j++)
		of_column[j - 1] = row[j] - 1;
}

static int
compare_clusters(const void *left, const void *right, void *context)
{
	const KmeansRun *run = context;
	int a = *(const int *) left;
	int b = *(const int *) right;

	if (run->sizes[a] != run->sizes[b])
		return run->sizes[a] > run->sizes[b] ? -1 : 1;
	for (int i = 0; i < run->d; i++)
	{
		double x = run->centres[(Size) a * run->d + i];
		double y = run->centres[(Size) b * run->d + i];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/*
 * labels[j] is the cluster of the run that is to be number j (from 0). With a
 * previous model of k' clusters the numbers below k' go to the clusters nearest
 * to its centres, as pairs with the least sum of squares; the rest by size.
 */
int *
kmeans_labels(const KmeansRun *run, const double *previous, int nprevious)
{
	int *labels = palloc(run->k * sizeof(int));
	int *by_size = palloc(run->k * sizeof(int));
	bool *named = palloc0(run->k * sizeof(bool));
	int next = 0;

	for (int i = 0; i < run->k; i++)
	{
		labels[i] = -1;
		by_size[i] = i;
	}
	qsort_arg(by_size, run->k, sizeof(int), compare_clusters, (void *) run);
	if (previous != NULL)
	{
		bool more = nprevious > run->k; /* more names than clusters: the clusters choose */
		int n = more ? run->k : nprevious;
		int m = more ? nprevious : run->k;
		double *cost = palloc(sizeof(double) * n * m);
		int *of_column = palloc(m * sizeof(int));

		for (int i = 0; i < n; i++)
			for (int j = 0; j < m; j++)
				cost[(Size) i * m + j] =
					kmeans_squared(previous + (Size) (more ? j : i) * run->d,
								   run->centres + (Size) (more ? i : j) * run->d, run->d);
		match(cost, n, m, of_column);
		for (int j = 0; j < m; j++)
		{
			int name = more ? j : of_column[j];
			int cluster = more ? of_column[j] : j;

			if (name < 0 || cluster < 0 || name >= run->k)
				continue;
			labels[name] = cluster;
			named[cluster] = true;
		}
	}
	for (int i = 0; i < run->k; i++)
	{
		if (labels[i] >= 0)
			continue;
		while (named[by_size[next]])
			next++;
		labels[i] = by_size[next];
		named[by_size[next]] = true;
	}
	return labels;
}
