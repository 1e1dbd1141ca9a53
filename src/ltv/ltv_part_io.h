/*
 * ltv_part_io.h
 *		Text form of one part of an ltv_model.
 */
#ifndef CUSTOMER_PROFILE_LTV_PART_IO_H
#define CUSTOMER_PROFILE_LTV_PART_IO_H

#include "base/json_text.h"
#include "ltv/ltv_value.h"

/* An array of numbers; returns how many. */
extern int ltv_read_numbers(JsonReader *reader, double *numbers, int max);
extern void ltv_append_numbers(StringInfo out, const char *key, const double *numbers, int n);

/*
 * One part: its numbers (LTV_PART_NUMBERS) and the names of its parameters, which
 * are for the caller to check.
 */
extern void
ltv_read_part(JsonReader *reader, bool spend, LtvPart *part, double **numbers, char ***names);
extern void ltv_append_part(StringInfo out, const LtvValue *value, int index);

#endif /* CUSTOMER_PROFILE_LTV_PART_IO_H */
