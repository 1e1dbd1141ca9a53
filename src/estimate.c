/*
 * estimate.c
 *		The SQL type estimate (value, se, lo, hi, n), formed from C.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "estimate.h"
#include "funcapi.h"

Datum
estimate_form(FunctionCallInfo fcinfo, const Estimate *estimate)
{
	const double numbers[] = {estimate->value, estimate->se, estimate->lo, estimate->hi};
	Datum values[lengthof(numbers) + 1] = {0};
	bool nulls[lengthof(numbers) + 1] = {false};
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
		descriptor->natts != lengthof(values))
		elog(ERROR, "return type must be estimate");
	for (int i = 0; i < (int) lengthof(numbers); i++)
	{
		nulls[i] = !isfinite(numbers[i]);
		if (!nulls[i])
			values[i] = Float8GetDatum(numbers[i]);
	}
	nulls[lengthof(numbers)] = estimate->n < 0;
	if (estimate->n >= 0)
		values[lengthof(numbers)] = Int64GetDatum(estimate->n);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}
