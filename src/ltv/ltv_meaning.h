/*
 * ltv_meaning.h
 *		What it means that parameters are at the boundary, or badly determined.
 */
#ifndef CUSTOMER_PROFILE_LTV_MEANING_H
#define CUSTOMER_PROFILE_LTV_MEANING_H

#include "ltv/ltv_value.h"

/* Of the chosen model and of spend, in sentences; NULL when nothing is at the boundary. */
extern char *ltv_boundary_meaning(const LtvValue *value);

/* That, and what else an analyst should know before trusting the fit; NULL when there is nothing. */
extern char *ltv_value_meaning(const LtvValue *value);

#endif /* CUSTOMER_PROFILE_LTV_MEANING_H */
