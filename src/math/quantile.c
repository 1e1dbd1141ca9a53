/*
 * quantile.c
 *		Quantiles of raw values, found by selection instead of a sort.
 *
 * All wanted order statistics are found together by radix selection: count the
 * keys by their leading bits, keep only those that share the leading bits of a
 * wanted one, and go on with the bits below. A level reads the keys three times
 * and there are at most six levels, so that no order of the input and no
 * pattern of ties is slow; with many distinct values the second level is
 * already small.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "math/quantile.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define RADIX_BITS 11
#define BUCKETS (1 << RADIX_BITS)
#define FEW_KEYS 128 /* sorted outright */

StaticAssertDecl(FEW_KEYS > QUANTILE_BINS_MAX,
				 "ranks of breaks ascend only among more keys than bins");

static void
insertion_sort(uint64 *keys, Size nkeys)
{
	for (Size i = 1; i < nkeys; i++)
	{
		uint64 key = keys[i];
		Size j = i;

		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

static void
select_among_few(const uint64 *keys, Size nkeys, Size first_rank, const Size *ranks, int nranks,
				 uint64 *selected)
{
	uint64 sorted[FEW_KEYS];

	memcpy(sorted, keys, nkeys * sizeof(uint64));
	insertion_sort(sorted, nkeys);
	for (int i = 0; i < nranks; i++)
		selected[i] = sorted[ranks[i] - first_rank];
}

/*
 * Lowest and highest key. The other passes of a level are as short as this one
 * (some 0.05 s for as many keys as a state can hold), so that one look at
 * pending interrupts per level is enough.
 */
static void
find_extremes(const uint64 *keys, Size nkeys, uint64 *lowest, uint64 *highest)
{
	uint64 low = keys[0];
	uint64 high = keys[0];

	CHECK_FOR_INTERRUPTS();
	for (Size i = 1; i < nkeys; i++)
	{
		low = Min(low, keys[i]);
		high = Max(high, keys[i]);
	}
	*lowest = low;
	*highest = high;
}

/* A run of ranks that fall into the same bucket, and the keys of that bucket. */
typedef struct WantedBucket
{
	int bucket;
	Size first_rank; /* rank of its smallest key */
	Size nkeys;
	uint64 *keys;
	int first_wanted; /* index into ranks[] */
	int nwanted;
} WantedBucket;

/* Group the wanted ranks by bucket; returns the number of buckets. */
static int
find_wanted(const Size *counts, Size first_rank, const Size *ranks, int nranks,
			WantedBucket *wanted)
{
	int nwanted = 0;
	Size rank = first_rank;

	for (int bucket = 0, i = 0; i < nranks; bucket++)
	{
		WantedBucket *into = &wanted[nwanted];

		*into = (WantedBucket){
			.bucket = bucket, .first_rank = rank, .nkeys = counts[bucket], .first_wanted = i};
		rank += counts[bucket];
		while (i < nranks && ranks[i] < rank)
			i++;
		into->nwanted = i - into->first_wanted;
		if (into->nwanted > 0)
			nwanted++;
	}
	return nwanted;
}

/* Copy the keys of the wanted buckets apart, each bucket to a place of its own. */
static uint64 *
gather_wanted(const uint64 *keys, Size nkeys, uint64 low_bucket, int shift, WantedBucket *wanted,
			  int nwanted)
{
	int16 owner[BUCKETS];
	uint64 *next[2 * QUANTILE_BINS_MAX];
	Size total = 0;
	uint64 *gathered;

	memset(owner, -1, sizeof(owner));
	for (int i = 0; i < nwanted; i++)
		total += wanted[i].nkeys;
	gathered = MemoryContextAllocHuge(CurrentMemoryContext, total * sizeof(uint64));
	total = 0;
	for (int i = 0; i < nwanted; i++)
	{
		owner[wanted[i].bucket] = i;
		wanted[i].keys = next[i] = gathered + total;
		total += wanted[i].nkeys;
	}
	for (Size i = 0; i < nkeys; i++)
	{
		int to = owner[(keys[i] >> shift) - low_bucket];

		if (to >= 0)
			*next[to]++ = keys[i];
	}
	return gathered;
}

/*
 * One level: keys[] hold the ranks from first_rank on, all wanted ranks among
 * them. The ranks ascend, but among few keys that does not matter.
 */
static void
select_level(const uint64 *keys, Size nkeys, Size first_rank, const Size *ranks, int nranks,
			 uint64 *selected)
{
	uint64 lowest, highest, low_bucket;
	int shift;
	Size counts[BUCKETS] = {0};
	WantedBucket wanted[2 * QUANTILE_BINS_MAX];
	int nwanted;
	uint64 *gathered;

	if (nkeys <= FEW_KEYS)
	{
		select_among_few(keys, nkeys, first_rank, ranks, nranks, selected);
		return;
	}
	find_extremes(keys, nkeys, &lowest, &highest);
	if (lowest == highest)
	{
		for (int i = 0; i < nranks; i++)
			selected[i] = lowest;
		return;
	}

	/* The leading bits are those below what all keys have in common. */
	shift = Max(0, 64 - __builtin_clzll(lowest ^ highest) - RADIX_BITS);
	low_bucket = lowest >> shift;
	for (Size i = 0; i < nkeys; i++)
		counts[(keys[i] >> shift) - low_bucket]++;

	nwanted = find_wanted(counts, first_rank, ranks, nranks, wanted);
	if (shift == 0)
	{
		for (int i = 0; i < nwanted; i++)
			for (int j = 0; j < wanted[i].nwanted; j++)
				selected[wanted[i].first_wanted + j] = low_bucket + wanted[i].bucket;
		return;
	}
	gathered = gather_wanted(keys, nkeys, low_bucket, shift, wanted, nwanted);
	for (int i = 0; i < nwanted; i++)
		select_level(wanted[i].keys, wanted[i].nkeys, wanted[i].first_rank,
					 ranks + wanted[i].first_wanted, wanted[i].nwanted,
					 selected + wanted[i].first_wanted);
	pfree(gathered);
}

void
quantile_select(const uint64 *keys, Size nkeys, const Size *ranks, int nranks, uint64 *selected)
{
	Assert(nranks <= 2 * QUANTILE_BINS_MAX);
	select_level(keys, nkeys, 0, ranks, nranks, selected);
}

/*
 * The point at `part` of `bins` of the way from lower to upper, part < bins.
 * Rounding must not carry it up to the upper neighbour, which lies above the
 * break: so values are binned as they would be in exact arithmetic.
 */
static double
interpolate(double lower, double upper, int part, int bins)
{
	double fraction = (double) part / bins;
	double between;

	if (part == 0 || lower == upper)
		return lower;
	between = lower + fraction * (upper - lower);
	if (unlikely(!isfinite(between))) /* the difference overflowed */
		between = lower * (1 - fraction) + upper * fraction;
	return Max(lower, Min(between, nextafter(upper, lower)));
}

/*
 * Type 7 of Hyndman & Fan (1996, "Sample quantiles in statistical packages"),
 * indexed in integers: for j = 1..bins-1, h = (n-1) j, i = h div bins, the
 * break lies (h mod bins)/bins of the way from the i-th to the next value.
 */
void
quantile_breaks(const uint64 *keys, Size nkeys, int bins, double *breaks)
{
	Size ranks[2 * QUANTILE_BINS_MAX] = {0};
	uint64 selected[2 * QUANTILE_BINS_MAX];
	int nbreaks = bins - 1;

	Assert(nkeys > 0 && bins >= 2 && bins <= QUANTILE_BINS_MAX);
	for (int j = 0; j < nbreaks; j++)
	{
		ranks[2 * j] = (nkeys - 1) * (j + 1) / bins;
		ranks[2 * j + 1] = Min(ranks[2 * j] + 1, nkeys - 1);
	}
	/* Ascending when there are more keys than bins; see FEW_KEYS otherwise. */
	quantile_select(keys, nkeys, ranks, 2 * nbreaks, selected);
	for (int j = 0; j < nbreaks; j++)
		breaks[j] =
			interpolate(quantile_value(selected[2 * j]), quantile_value(selected[2 * j + 1]),
						(nkeys - 1) * (j + 1) % bins, bins);
}
