/*
 * ltv_population.h
 *		The customers of a sample as the models want them.
 */
#ifndef CUSTOMER_PROFILE_LTV_POPULATION_H
#define CUSTOMER_PROFILE_LTV_POPULATION_H

#include "ltv/ltv_sample.h"

/* A canonical sample, weighted up to all customers where it was thinned. */
typedef struct LtvPopulation
{
	const LtvSample *sample;
	LtvGroups groups;
	const double *covariates; /* of each group, standardised, only those that vary */
	int nvarying;
	int varying[LTV_MAX_COVARIATES];  /* numbers of the covariates that vary, each on its own */
	bool differs[LTV_MAX_COVARIATES]; /* does it vary, though perhaps with the others? */
	double means[LTV_MAX_COVARIATES];
	double deviations[LTV_MAX_COVARIATES];
	LtvSpenders spenders;
	int64 repeat_customers;
	int64 thinned;	  /* customers for whom others stand */
	double inflation; /* of variances, because thinned customers were not looked at; 1: none were */
} LtvPopulation;

extern void ltv_population_make(LtvPopulation *population, const LtvSample *sample);

/* The histories as counts of opportunities. */
extern void ltv_population_opportunities(const LtvPopulation *population, LtvGroups *groups);

#endif /* CUSTOMER_PROFILE_LTV_POPULATION_H */
