/*
 * ltv_times.h
 *		Distinct times, numbered as they are met.
 *
 * Times of purchases count days, or were given to few digits: there are some
 * thousands of them among millions of customers.
 */
#ifndef CUSTOMER_PROFILE_LTV_TIMES_H
#define CUSTOMER_PROFILE_LTV_TIMES_H

/* Open addressing; a slot holds the number of a time plus one. */
typedef struct LtvTimes
{
	uint32 *slots;
	uint64 nslots; /* a power of two */
	double *times; /* the caller's, with room for all */
	int32 count;
} LtvTimes;

extern void ltv_times_init(LtvTimes *set);
extern void ltv_times_free(LtvTimes *set);

/* Empties the set; from now on times are kept at `times`. */
extern void ltv_times_restart(LtvTimes *set, double *times);

/* Twice the slots. */
extern void ltv_times_grow(LtvTimes *set);

/*
 * Puts the times in ascending order; rank[number] is where a time went. After
 * that the set must be restarted.
 */
extern void ltv_times_sort(LtvTimes *set, int32 *rank);

static inline uint64
ltv_times_slot(const LtvTimes *set, double time)
{
	uint64 bits;

	memcpy(&bits, &time, sizeof(bits));
	bits *= UINT64CONST(0x9E3779B97F4A7C15);
	bits ^= bits >> 32;
	bits *= UINT64CONST(0xD6E8FEB86659FD93);
	return (bits ^ (bits >> 32)) & (set->nslots - 1);
}

/* The number of a time, which is new when it was not met before. */
static inline int32
ltv_times_number(LtvTimes *set, double time)
{
	uint64 slot;

	time += 0.0; /* -0.0 is 0.0 */
	for (slot = ltv_times_slot(set, time); set->slots[slot] != 0;
		 slot = (slot + 1) & (set->nslots - 1))
		if (set->times[set->slots[slot] - 1] == time)
			return set->slots[slot] - 1;
	set->times[set->count++] = time;
	set->slots[slot] = set->count;
	if ((uint64) set->count > set->nslots / 2)
		ltv_times_grow(set);
	return set->count - 1;
}

#endif /* CUSTOMER_PROFILE_LTV_TIMES_H */
