/*
 * estimate.h
 *		The SQL type estimate (value, se, lo, hi, n), formed from C.
 *
 * Whatever has uncertainty is answered as this one composite, so that all such
 * answers read alike and can be shrunk and ranked alike.
 */
#ifndef CUSTOMER_PROFILE_ESTIMATE_H
#define CUSTOMER_PROFILE_ESTIMATE_H

#include "compat.h"

/* The normal quantile behind two-sided 95 % intervals: z such that P(Z <= z) = .975. */
#define ESTIMATE_Z 1.959963984540054

/* A member that is NaN or infinite is NULL, and so is a negative n. */
typedef struct Estimate
{
	double value;
	double se; /* standard error */
	double lo; /* two-sided 95 % interval */
	double hi;
	int64 n; /* the count that the standard error rests on */
} Estimate;

/* The result of a SQL function that returns estimate. */
extern Datum estimate_form(FunctionCallInfo fcinfo, const Estimate *estimate);

#endif /* CUSTOMER_PROFILE_ESTIMATE_H */
