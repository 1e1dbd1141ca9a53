/*
 * row.c
 *		Functions that return one row of several columns.
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "base/row.h"
#include "funcapi.h"

static TupleDesc
find_descriptor(FunctionCallInfo fcinfo, int ncolumns)
{
	MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	TupleDesc descriptor;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
		descriptor->natts != ncolumns)
		elog(ERROR, "function is not declared to return a row of %d columns", ncolumns);
	descriptor = BlessTupleDesc(descriptor);
	MemoryContextSwitchTo(before);
	return descriptor;
}

Datum
row_result(FunctionCallInfo fcinfo, int ncolumns, Datum *values, bool *nulls)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = find_descriptor(fcinfo, ncolumns);
	return HeapTupleGetDatum(heap_form_tuple(fcinfo->flinfo->fn_extra, values, nulls));
}
