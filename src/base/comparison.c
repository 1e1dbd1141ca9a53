/*
 * comparison.c
 *		Equality, order and hash of values by the bytes of their canonical form.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "utils/memutils.h"

/*
 * A context of a comparison's own, as a value has more than one copy in it:
 * detoasted, then canonical. Such small ones come from a list of free contexts.
 */
static MemoryContext
enter_own_context(void)
{
	return MemoryContextSwitchTo(
		AllocSetContextCreate(CurrentMemoryContext, "comparison", ALLOCSET_SMALL_SIZES));
}

static void
leave_own_context(MemoryContext caller)
{
	MemoryContextDelete(MemoryContextSwitchTo(caller));
}

int
compare_freeing(FunctionCallInfo fcinfo, Compare compare)
{
	MemoryContext caller = enter_own_context();
	int order = compare(fcinfo);

	leave_own_context(caller);
	return order;
}

Datum
hash_freeing(FunctionCallInfo fcinfo, ContentOf content)
{
	MemoryContext caller = enter_own_context();
	Size size;
	const unsigned char *bytes = content(PG_GETARG_DATUM(0), &size);
	Datum hash = hash_any(bytes, size);

	leave_own_context(caller);
	return hash;
}

Datum
hash_extended_freeing(FunctionCallInfo fcinfo, ContentOf content)
{
	MemoryContext caller = enter_own_context();
	Size size;
	const unsigned char *bytes = content(PG_GETARG_DATUM(0), &size);
	Datum hash = hash_any_extended(bytes, size, PG_GETARG_INT64(1));

	leave_own_context(caller);
	return hash;
}

const unsigned char *
stored_content(Datum value, Size *size)
{
	struct varlena *stored = PG_DETOAST_DATUM_PACKED(value);

	*size = VARSIZE_ANY_EXHDR(stored);
	return (const unsigned char *) VARDATA_ANY(stored);
}

int
compare_content(FunctionCallInfo fcinfo, ContentOf content)
{
	Size a_size, b_size;
	const unsigned char *a = content(PG_GETARG_DATUM(0), &a_size);
	const unsigned char *b = content(PG_GETARG_DATUM(1), &b_size);
	int order = memcmp(a, b, Min(a_size, b_size));

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}
