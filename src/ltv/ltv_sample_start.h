/*
 * ltv_sample_start.h
 *		The start of a fit in the stored forms of ltv_sample.
 */
#ifndef CUSTOMER_PROFILE_LTV_SAMPLE_START_H
#define CUSTOMER_PROFILE_LTV_SAMPLE_START_H

#include "ltv/ltv_sample.h"

#define LTV_MAX_LEVEL 63

extern void ltv_start_append(StringInfo out, const LtvStart *start);
extern void ltv_start_from_json(JsonReader *reader, LtvStart *start);
extern void ltv_start_send(StringInfo out, const LtvStart *start);
extern void ltv_start_recv(StringInfo in, LtvStart *start);

/* What is wrong with one from outside, or NULL. */
extern const char *ltv_start_fault(const LtvStart *start);

#endif /* CUSTOMER_PROFILE_LTV_SAMPLE_START_H */
