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
	LTV_COUNTS
} LtvCount;

extern int64 *ltv_value_count(LtvValue *value, LtvCount count);

/* A part as read, before the size of the value is known. */
typedef struct LtvParsedPart
{
	LtvPart head;
	double numbers[LTV_PART_NUMBERS(LTV_MAX_PARAMETERS)];
	char *names[LTV_MAX_PARAMETERS];
	int nnames;
} LtvParsedPart;

/* The value of settings and counts in `head` and the two parts. */
extern LtvValue *ltv_value_assemble(const LtvValue *head, const LtvParsedPart *parts);

/* What is wrong with a value that came from outside, or NULL. */
extern const char *ltv_value_fault(LtvValue *value);

#endif /* CUSTOMER_PROFILE_LTV_VALUE_PARSE_H */
