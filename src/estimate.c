/*
 * estimate.c
 *		The SQL type estimate (value, se, lo, hi, n), formed from C.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/row.h"
#include "estimate.h"

Datum
estimate_form(FunctionCallInfo fcinfo, const Estimate *estimate)
{
	const double numbers[] = {estimate->value, estimate->se, estimate->lo, estimate->hi};
	Datum values[lengthof(numbers) + 1] = {0};
	bool nulls[lengthof(numbers) + 1] = {false};

	for (int i = 0; i < (int) lengthof(numbers); i++)
	{
		nulls[i] = !isfinite(numbers[i]);
		if (!nulls[i])
			values[i] = Float8GetDatum(numbers[i]);
	}
	nulls[lengthof(numbers)] = estimate->n < 0;
	if (estimate->n >= 0)
		values[lengthof(numbers)] = Int64GetDatum(estimate->n);
	return row_result(fcinfo, lengthof(values), values, nulls);
}
