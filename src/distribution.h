/*
 * distribution.h
 *		The type distribution_summary: how often each value came.
 *
 * A tally of (kind, value): kind "n" for numbers, which are written as the
 * shortest text that is exactly the number, "c" for categories.
 */
#ifndef CUSTOMER_PROFILE_DISTRIBUTION_H
#define CUSTOMER_PROFILE_DISTRIBUTION_H

#include "base/tally.h"

extern const TallyKind distribution_kind;

typedef struct DistributionValue
{
	double value;
	double count;
} DistributionValue;

/* The numbers in ascending order, with their counts. */
extern DistributionValue *distribution_numbers(const Tally *tally, int64 *n);

/* Of numbers: true; of categories: false; an empty one is of numbers. */
extern bool distribution_is_numeric(const Tally *tally);

#endif /* CUSTOMER_PROFILE_DISTRIBUTION_H */
