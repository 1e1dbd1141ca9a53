/*
 * ltv_customer.h
 *		What a customer looks like to the models: from a timeline, and as the
 *		history that a model wants.
 */
#ifndef CUSTOMER_PROFILE_LTV_CUSTOMER_H
#define CUSTOMER_PROFILE_LTV_CUSTOMER_H

#include "ltv/ltv_settings.h"
#include "timeline.h"
#include "utils/array.h"

/* Logs of gaps are added up as integers, so that no order of adding matters. */
#define LTV_LOG_GAP_UNIT 1e-8

/* A customer as of a date, in days. */
typedef struct LtvCustomer
{
	int32 x;
	int32 t_x;
	int32 T;
	double mean; /* mean net value of the x repeat purchase days; 0 for x = 0 */
	int64 unmatched_refunds;
	int64 ignored; /* rows that its timeline skipped */

	/* Only where the models ask for them. */
	int64 log_gaps;			  /* sum of ln(days between purchase days), in LTV_LOG_GAP_UNIT */
	LtvHistory opportunities; /* with a purchase, until the last of them, in all */
} LtvCustomer;

/* False without a purchase before as_of; then only refunds and ignored rows are known. */
extern bool
ltv_customer_of(const Timeline *timeline, Calendar *calendar, DateADT as_of, LtvCustomer *customer);

/* The same with what these models ask for. */
extern bool ltv_customer_for(const LtvSettings *settings, uint32 models, const Timeline *timeline,
							 Calendar *calendar, DateADT as_of, LtvCustomer *customer);

/* Days to periods. */
extern void
ltv_history_of(const LtvSettings *settings, double x, double t_x, double T, LtvHistory *history);

/*
 * An argument of `count` covariates, copied to covariates[]; errors name the
 * position. `array` is NULL where the argument is.
 */
extern void ltv_covariates_of(ArrayType *array, int count, double *covariates);
/* How many a first row has. */
extern int ltv_count_covariates(ArrayType *array);

#endif /* CUSTOMER_PROFILE_LTV_CUSTOMER_H */
