/*
 * comparison.c
 *		Equality, order and hash of values by the bytes of their canonical form.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"

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
