/*
 * ltv_points.c
 *		The distinct times of a population, by number of purchases.
 *
 * Only the distinct times of a block are sorted.
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "ltv/ltv_points.h"
#include "ltv/ltv_times.h"

/* An array that may be larger than 1 GB. */
static void *
allocate(int64 n, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * size);
}

/* Sorts the times of a block and renames them in its groups. */
static void
sort_times(LtvTimes *times, LtvPointGroup *groups, int64 ngroups)
{
	int32 *rank = allocate(times->count, sizeof(int32));

	ltv_times_sort(times, rank);
	for (int64 i = 0; i < ngroups; i++)
	{
		groups[i].t_x = rank[groups[i].t_x];
		groups[i].T = rank[groups[i].T];
	}
	pfree(rank);
}

/* The block that starts with group `from`; returns where the next starts. */
static int64
build_block(const LtvGroups *data, int64 from, LtvPointGroup *groups, LtvTimes *times)
{
	int32 x = data->groups[from].history.x;
	int64 i;

	for (i = from; i < data->count && data->groups[i].history.x == x; i++)
	{
		const LtvGroup *group = &data->groups[i];

		groups[i].t_x = ltv_times_number(times, group->history.t_x);
		groups[i].T = ltv_times_number(times, group->history.T);
		groups[i].customers = group->customers;
	}
	sort_times(times, &groups[from], i - from);
	return i;
}

static int64
count_blocks(const LtvGroups *data)
{
	int64 count = 0;

	for (int64 i = 0; i < data->count; i++)
		count += i == 0 || data->groups[i].history.x != data->groups[i - 1].history.x;
	return count;
}

/* The points of groups that are sorted by x. */
LtvPoints *
ltv_points_build(const LtvGroups *data)
{
	LtvPoints *points = palloc0(sizeof(LtvPoints));
	LtvTimes times;
	int64 ntimes = 0;
	int64 next;

	if (data->count > PG_INT32_MAX / 2)
		elog(ERROR, "too many distinct histories: " INT64_FORMAT, data->count);
	points->blocks = allocate(count_blocks(data), sizeof(LtvPointBlock));
	points->groups = allocate(data->count, sizeof(LtvPointGroup));
	points->times = allocate(2 * data->count, sizeof(double));
	ltv_times_init(&times);
	for (int64 from = 0; from < data->count; from = next)
	{
		LtvPointBlock *block = &points->blocks[points->nblocks++];

		CHECK_FOR_INTERRUPTS();
		ltv_times_restart(&times, &points->times[ntimes]);
		next = build_block(data, from, points->groups, &times);
		block->x = data->groups[from].history.x;
		block->times = times.times;
		block->ntimes = times.count;
		block->groups = &points->groups[from];
		block->ngroups = next - from;
		ntimes += times.count;
		points->max_times = Max(points->max_times, times.count);
	}
	ltv_times_free(&times);
	return points;
}

void
ltv_points_free(LtvPoints *points)
{
	pfree(points->blocks);
	pfree(points->groups);
	pfree(points->times);
	pfree(points);
}
