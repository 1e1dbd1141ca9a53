/*
 * ltv_value_parse.h
 *		Putting an ltv_model together from text or bytes that nobody trusts yet.
 */
#ifndef CUSTOMER_PROFILE_LTV_VALUE_PARSE_H
#define CUSTOMER_PROFILE_LTV_VALUE_PARSE_H

#include "ltv/ltv_value.h"

/* The counts of a model, in the order of both forms. */
typedef enum LtvCount
{
	LTV_CUSTOMERS,
	LTV_REPEAT_CUSTOMERS,
	LTV_GROUPS,
	LTV_SPEND_CUSTOMERS,
	LTV_SPEND_EXCLUDED,
	LTV_AFTER_AS_OF,
	LTV_UNMATCHED_REFUNDS,
	LTV_IGNORED,
	LTV_THINNED,
	LTV_COUNTS
} LtvCount;

extern int64 *ltv_value_count(LtvValue *value, LtvCount count);

/* A model as read, before the size of the value is known. */
typedef struct LtvParsed
{
	double covariate_means[LTV_MAX_COVARIATES];
	int ncandidates;
	int nspend;
	LtvPart parts[LTV_MAX_PARTS];
	double *numbers[LTV_MAX_PARTS]; /* LTV_PART_NUMBERS(nparameters) each */
	LtvValue head; /* settings, counts and what is chosen; it ends in a flexible array */
} LtvParsed;

extern LtvValue *ltv_value_assemble(const LtvParsed *parsed);

/* What is wrong with a value that came from outside, or NULL. */
extern const char *ltv_value_fault(LtvValue *value);

#endif /* CUSTOMER_PROFILE_LTV_VALUE_PARSE_H */
