/*
 * tally_order.c
 *		Equality, order and hash of tallies: of the canonical bytes, which are
 *		equal when the content is.
 */
#include "postgres.h"
#include "compat.h"

#include "base/tally.h"

#define CONTENT(tally) ((const unsigned char *) (tally) + VARHDRSZ)
#define CONTENT_SIZE(tally) (VARSIZE(tally) - VARHDRSZ)

static Tally *
canonical_argument(FunctionCallInfo fcinfo, int argument, const TallyKind *kind)
{
	Tally *tally = tally_from_datum(PG_GETARG_DATUM(argument), kind);

	return tally->nslots == 0 ? tally : tally_canonical(tally);
}

/* A total order without a meaning of its own; 0 for equal content only. */
int
tally_compare(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	const Tally *a = canonical_argument(fcinfo, 0, kind);
	const Tally *b = canonical_argument(fcinfo, 1, kind);
	Size a_size = CONTENT_SIZE(a), b_size = CONTENT_SIZE(b);
	int order = memcmp(CONTENT(a), CONTENT(b), Min(a_size, b_size));

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

const unsigned char *
tally_content(FunctionCallInfo fcinfo, Size *size, const TallyKind *kind)
{
	const Tally *tally = canonical_argument(fcinfo, 0, kind);

	*size = CONTENT_SIZE(tally);
	return CONTENT(tally);
}
