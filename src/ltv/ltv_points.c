/*
 * ltv_points.c
 *		The distinct times of a population, by number of purchases.
 *
 * A hash table finds the distinct times of a block; only they are sorted.
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "ltv/ltv_points.h"

#define FEWEST_SLOTS 1024

/* Open addressing; a slot holds the index of a time plus one. */
typedef struct TimeTable
{
	uint32 *slots;
	uint64 nslots; /* a power of two */
	double *times;
	int32 ntimes;
} TimeTable;

/* An array that may be larger than 1 GB. */
static void *
allocate(int64 n, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * size);
}

static uint64
hash_time(double time)
{
	double canonical = time + 0.0; /* -0.0 is 0.0 */
	uint64 bits;

	memcpy(&bits, &canonical, sizeof(bits));
	bits *= UINT64CONST(0x9E3779B97F4A7C15);
	bits ^= bits >> 32;
	bits *= UINT64CONST(0xD6E8FEB86659FD93);
	return bits ^ (bits >> 32);
}

static int32
index_of(TimeTable *table, double time)
{
	uint64 slot = hash_time(time) & (table->nslots - 1);

	for (; table->slots[slot] != 0; slot = (slot + 1) & (table->nslots - 1))
		if (table->times[table->slots[slot] - 1] == time)
			return table->slots[slot] - 1;
	table->times[table->ntimes++] = time + 0.0;
	table->slots[slot] = table->ntimes;
	return table->ntimes - 1;
}

static void
clear_table(TimeTable *table)
{
	memset(table->slots, 0, table->nslots * sizeof(uint32));
	table->ntimes = 0;
}

/*
 * Twice the slots. The table is sized by what it holds, not by what it may
 * hold: with times in days it then stays in the processor's cache.
 */
static void
grow_table(TimeTable *table)
{
	pfree(table->slots);
	table->nslots *= 2;
	table->slots = allocate(table->nslots, sizeof(uint32));
	memset(table->slots, 0, table->nslots * sizeof(uint32));
	for (int32 i = 0; i < table->ntimes; i++)
	{
		uint64 slot = hash_time(table->times[i]) & (table->nslots - 1);

		while (table->slots[slot] != 0)
			slot = (slot + 1) & (table->nslots - 1);
		table->slots[slot] = i + 1;
	}
}

/* A time of the block and its index as first seen. */
typedef struct TimeOrder
{
	double time;
	int32 index;
} TimeOrder;

static int
compare_times(const void *a, const void *b)
{
	double left = ((const TimeOrder *) a)->time;
	double right = ((const TimeOrder *) b)->time;

	return (left > right) - (left < right);
}

/* Sorts the times of a block and renames them in its groups. */
static void
sort_times(TimeTable *table, LtvPointGroup *groups, int64 ngroups)
{
	TimeOrder *order = allocate(table->ntimes, sizeof(TimeOrder));
	int32 *rank = allocate(table->ntimes, sizeof(int32));

	for (int32 i = 0; i < table->ntimes; i++)
		order[i] = (TimeOrder){table->times[i], i};
	qsort(order, table->ntimes, sizeof(TimeOrder), compare_times);
	for (int32 i = 0; i < table->ntimes; i++)
	{
		table->times[i] = order[i].time;
		rank[order[i].index] = i;
	}
	for (int64 i = 0; i < ngroups; i++)
	{
		groups[i].t_x = rank[groups[i].t_x];
		groups[i].T = rank[groups[i].T];
	}
	pfree(order);
	pfree(rank);
}

/* The block that starts with group `from`; returns where the next starts. */
static int64
build_block(const LtvGroups *data, int64 from, LtvPointGroup *groups, TimeTable *table)
{
	int32 x = data->groups[from].history.x;
	int64 i;

	clear_table(table);
	for (i = from; i < data->count && data->groups[i].history.x == x; i++)
	{
		const LtvGroup *group = &data->groups[i];

		if (table->ntimes + 2 > (int64) (table->nslots / 2))
			grow_table(table);
		groups[i].t_x = index_of(table, group->history.t_x);
		groups[i].T = index_of(table, group->history.T);
		groups[i].customers = group->customers;
	}
	sort_times(table, &groups[from], i - from);
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
	TimeTable table = {.nslots = FEWEST_SLOTS};
	int64 ntimes = 0;
	int64 next;

	if (data->count > PG_INT32_MAX / 2)
		elog(ERROR, "too many distinct histories: " INT64_FORMAT, data->count);
	points->blocks = allocate(count_blocks(data), sizeof(LtvPointBlock));
	points->groups = allocate(data->count, sizeof(LtvPointGroup));
	points->times = allocate(2 * data->count, sizeof(double));
	table.slots = allocate(table.nslots, sizeof(uint32));
	for (int64 from = 0; from < data->count; from = next)
	{
		LtvPointBlock *block = &points->blocks[points->nblocks++];

		CHECK_FOR_INTERRUPTS();
		table.times = &points->times[ntimes];
		next = build_block(data, from, points->groups, &table);
		block->x = data->groups[from].history.x;
		block->times = table.times;
		block->ntimes = table.ntimes;
		block->groups = &points->groups[from];
		block->ngroups = next - from;
		ntimes += table.ntimes;
		points->max_times = Max(points->max_times, table.ntimes);
	}
	pfree(table.slots);
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
