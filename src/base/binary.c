/*
 * binary.c
 *		Pieces of send and receive functions that several types share.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"

void
send_decimal(StringInfo out, Decimal value)
{
	pq_sendint64(out, (uint64) ((uint128) value >> 64));
	pq_sendint64(out, (uint64) value);
}

Decimal
receive_decimal(StringInfo in)
{
	uint128 high = (uint64) pq_getmsgint64(in);

	return (Decimal) (high << 64 | (uint64) pq_getmsgint64(in));
}

void
receive_fail(const char *type_name, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("invalid binary representation of type %s", type_name),
					errdetail("%s.", detail)));
	pg_unreachable();
}

void
receive_check(bool valid, const char *type_name, const char *detail)
{
	if (!valid)
		receive_fail(type_name, detail);
}
