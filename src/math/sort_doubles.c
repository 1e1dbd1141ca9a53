/*
 * sort_doubles.c
 *		Sorting plain numbers: twice as fast as qsort with a function for each
 *		comparison, and it looks at pending interrupts.
 */
#include "postgres.h"
#include "compat.h"

#include "math/sort_doubles.h"
#include "miscadmin.h"

#define ST_SORT sort_ascending
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
sort_doubles(double *values, Size n)
{
	sort_ascending(values, n);
}
