/*
 * sort_doubles.h
 *		Sorting plain numbers.
 */
#ifndef CUSTOMER_PROFILE_SORT_DOUBLES_H
#define CUSTOMER_PROFILE_SORT_DOUBLES_H

/* Ascending; no NaN among them. Can be interrupted. */
extern void sort_doubles(double *values, Size n);

#endif /* CUSTOMER_PROFILE_SORT_DOUBLES_H */
