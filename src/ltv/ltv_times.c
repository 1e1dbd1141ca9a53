/*
 * ltv_times.c
 *		Distinct times, numbered as they are met.
 *
 * The table is sized by what it holds, not by what it may hold: with times in
 * days it stays in the processor's cache.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_times.h"
#include "utils/memutils.h"

#define FEWEST_SLOTS 1024

static uint32 *
make_slots(uint64 nslots)
{
	Size size = nslots * sizeof(uint32);

	return memset(MemoryContextAllocHuge(CurrentMemoryContext, size), 0, size);
}

void
ltv_times_init(LtvTimes *set)
{
	set->slots = make_slots(FEWEST_SLOTS);
	ltv_times_restart(set, NULL);
}

void
ltv_times_free(LtvTimes *set)
{
	pfree(set->slots);
}

void
ltv_times_restart(LtvTimes *set, double *times)
{
	set->nslots = FEWEST_SLOTS; /* of those that there are */
	memset(set->slots, 0, set->nslots * sizeof(uint32));
	set->times = times;
	set->count = 0;
}

void
ltv_times_grow(LtvTimes *set)
{
	pfree(set->slots);
	set->nslots *= 2;
	set->slots = make_slots(set->nslots);
	for (int32 i = 0; i < set->count; i++)
	{
		uint64 slot = ltv_times_slot(set, set->times[i]);

		while (set->slots[slot] != 0)
			slot = (slot + 1) & (set->nslots - 1);
		set->slots[slot] = i + 1;
	}
}

/* A time and its number. */
typedef struct Numbered
{
	double time;
	int32 number;
} Numbered;

static int
compare_times(const void *a, const void *b)
{
	double left = ((const Numbered *) a)->time;
	double right = ((const Numbered *) b)->time;

	return (left > right) - (left < right);
}

void
ltv_times_sort(LtvTimes *set, int32 *rank)
{
	Numbered *order =
		MemoryContextAllocHuge(CurrentMemoryContext, Max(set->count, 1) * sizeof(Numbered));

	for (int32 i = 0; i < set->count; i++)
		order[i] = (Numbered){set->times[i], i};
	qsort(order, set->count, sizeof(Numbered), compare_times);
	for (int32 i = 0; i < set->count; i++)
	{
		set->times[i] = order[i].time;
		rank[order[i].number] = i;
	}
	pfree(order);
}
