/*
 * distribution.h
 *		The type distribution_summary: how often each value came.
 *
 * Of numbers it is stored as distribution_numbers.h says, of categories as a
 * tally of (kind, value), whose kind is always "c". One without values is a tally.
 */
#ifndef CUSTOMER_PROFILE_DISTRIBUTION_H
#define CUSTOMER_PROFILE_DISTRIBUTION_H

#include "base/tally.h"
#include "distribution_numbers.h"

extern const TallyKind distribution_kind; /* of categories */

/* One of the two is NULL. */
typedef struct Distribution
{
	Numbers *numbers;
	Tally *categories; /* without entries when there are no values */
} Distribution;

/* As it is stored, or as it is built. */
extern void distribution_read(Datum datum, Distribution *distribution);

typedef struct DistributionValue
{
	double value;
	double count;
} DistributionValue;

/* The numbers in ascending order, with their counts. */
extern DistributionValue *distribution_values(const Numbers *numbers, int64 *n);

#endif /* CUSTOMER_PROFILE_DISTRIBUTION_H */
