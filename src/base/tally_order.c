/*
 * tally_order.c
 *		Equality, order and hash of tallies: of the canonical bytes, which are
 *		equal when the content is.
 */
#include "postgres.h"
#include "compat.h"

#include "base/tally.h"

const unsigned char *
tally_content(Datum value, Size *size, const TallyKind *kind)
{
	Tally *tally = tally_from_datum(value, kind);

	if (tally->nslots != 0)
		tally = tally_canonical(tally);
	return stored_content(PointerGetDatum(tally), size);
}
