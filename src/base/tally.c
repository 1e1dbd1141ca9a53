/*
 * tally.c
 *		Counts of things that are named by a few texts: building, merging, walking.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/state.h"
#include "base/tally.h"
#include "common/hashfn.h"
#include "miscadmin.h"

#define FIRST_SLOTS 16

static inline uint32 *
slots_of(const Tally *tally)
{
	return (uint32 *) (tally->body + MAXALIGN(tally->settings_size));
}

static inline char *
entries_of(const Tally *tally)
{
	return (char *) (slots_of(tally) + tally->nslots);
}

static inline Size
size_for(const Tally *tally, uint32 nslots, Size used)
{
	return offsetof(Tally, body) + MAXALIGN(tally->settings_size) + nslots * sizeof(uint32) + used;
}

Tally *
tally_create(const TallyKind *kind)
{
	Tally *tally = palloc0(offsetof(Tally, body));

	SET_VARSIZE(tally, offsetof(Tally, body));
	tally->version = TALLY_VERSION;
	tally->nparts = kind->nparts;
	tally->width = kind->width;
	return tally;
}

Tally *
tally_from_datum(Datum datum, const TallyKind *kind)
{
	Tally *tally = (Tally *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(tally) < offsetof(Tally, body) || tally->version != TALLY_VERSION ||
		tally->nparts != kind->nparts || tally->width != kind->width ||
		VARSIZE(tally) < size_for(tally, tally->nslots, tally->used))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored %s is of no known form", kind->type_name)));
	return tally;
}

const TallyEntry *
tally_next(const Tally *tally, const TallyEntry *entry)
{
	const char *end = entries_of(tally) + tally->used;
	const char *at = entry == NULL ? entries_of(tally) : (const char *) entry + entry->size;

	return at < end ? (const TallyEntry *) at : NULL;
}

void
tally_parts(const Tally *tally, const TallyEntry *entry, TallyPart *parts)
{
	const char *at = (const char *) &entry->numbers[tally->width];

	for (int i = 0; i < tally->nparts; i++)
	{
		int32 length;

		memcpy(&length, at, sizeof(length));
		at += sizeof(length);
		parts[i].data = length < 0 ? NULL : at;
		parts[i].length = Max(length, 0);
		at += parts[i].length;
	}
}

/* NULL comes last; texts in order of their bytes. */
int
tally_compare_part(const TallyPart *a, const TallyPart *b)
{
	int result;

	if (a->data == NULL || b->data == NULL)
		return (a->data == NULL) - (b->data == NULL);
	result = memcmp(a->data, b->data, Min(a->length, b->length));
	return result != 0 ? result : (a->length > b->length) - (a->length < b->length);
}

static int
compare_entries(const void *left, const void *right, void *context)
{
	const Tally *tally = context;
	TallyPart a[TALLY_MAX_PARTS], b[TALLY_MAX_PARTS];

	tally_parts(tally, *(TallyEntry *const *) left, a);
	tally_parts(tally, *(TallyEntry *const *) right, b);
	for (int i = 0; i < tally->nparts; i++)
	{
		int result = tally_compare_part(&a[i], &b[i]);

		if (result != 0)
			return result;
	}
	return 0;
}

/* Of exactly its size, entries in order, without a table. */
Tally *
tally_canonical(const Tally *tally)
{
	Size size = size_for(tally, 0, tally->used);
	Tally *canonical = palloc0(size);
	const TallyEntry **sorted =
		palloc_extended(Max(tally->nentries, 1) * sizeof(TallyEntry *), MCXT_ALLOC_HUGE);
	const TallyEntry *entry = NULL;
	int64 n = 0;
	char *at;

	memcpy(canonical, tally, offsetof(Tally, body) + MAXALIGN(tally->settings_size));
	SET_VARSIZE(canonical, size);
	canonical->nslots = 0;
	while ((entry = tally_next(tally, entry)) != NULL)
		sorted[n++] = entry;
	CHECK_FOR_INTERRUPTS();
	qsort_arg(sorted, n, sizeof(TallyEntry *), compare_entries, (void *) tally);
	at = entries_of(canonical);
	for (int64 i = 0; i < n; i++)
	{
		memcpy(at, sorted[i], sorted[i]->size);
		at += sorted[i]->size;
	}
	pfree(sorted);
	return canonical;
}

Tally *
tally_state_argument(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	if (PG_ARGISNULL(0))
		return tally_create(kind);
	return state_for_update(fcinfo, tally_from_datum(PG_GETARG_DATUM(0), kind));
}

Tally *
tally_state_result(FunctionCallInfo fcinfo, Tally *tally)
{
	return state_in_place(fcinfo) ? tally : tally_canonical(tally);
}

const char *
tally_settings(const Tally *tally)
{
	return pnstrdup(tally->body, tally->settings_size);
}

/* Take over the settings, or insist that they are those known. */
Tally *
tally_settle(Tally *tally, const char *settings, int size, const TallyKind *kind)
{
	if (tally->settings_size == 0 && tally->nentries == 0)
	{
		Tally *settled = palloc0(offsetof(Tally, body) + MAXALIGN(size));

		memcpy(settled, tally, offsetof(Tally, body));
		settled->nslots = 0;
		settled->settings_size = size;
		memcpy(settled->body, settings, size);
		SET_VARSIZE(settled, offsetof(Tally, body) + MAXALIGN(size));
		return settled;
	}
	if (tally->settings_size != (uint32) size || memcmp(tally->body, settings, size) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a %s must have one set of arguments, but there are both %s and %.*s",
						kind->type_name, tally_settings(tally), size, settings)));
	return tally;
}

static void
put_in_slot(Tally *tally, uint32 hash, Size offset)
{
	uint32 *slots = slots_of(tally);
	uint32 i = hash & (tally->nslots - 1);

	while (slots[i] != 0)
		i = (i + 1) & (tally->nslots - 1);
	slots[i] = 1 + offset / 8;
}

/* A table of at least twice the entries, and room for `more` bytes of them. */
static Tally *
make_room(Tally *tally, Size more, const TallyKind *kind)
{
	uint32 nslots = Max(tally->nslots, FIRST_SLOTS);
	const TallyEntry *entry = NULL;
	Tally *larger;
	Size size;

	while (nslots < 2 * (tally->nentries + 1))
		nslots *= 2;
	if (nslots == tally->nslots)
		return state_reserve(tally, size_for(tally, nslots, tally->used + more), kind->type_name);
	size = size_for(tally, nslots, 2 * tally->used + more);
	if (size > STATE_MAX_SIZE)
		size = Max(size_for(tally, nslots, tally->used + more), VARSIZE(tally));
	larger = state_reserve(tally_create(kind), size, kind->type_name);
	memcpy((char *) larger + 4, (char *) tally + 4,
		   offsetof(Tally, body) + MAXALIGN(tally->settings_size) - 4);
	larger->nslots = nslots;
	memset(slots_of(larger), 0, nslots * sizeof(uint32));
	memcpy(entries_of(larger), entries_of(tally), tally->used);
	while ((entry = tally_next(larger, entry)) != NULL)
		put_in_slot(larger, entry->hash, (const char *) entry - entries_of(larger));
	return larger;
}

static bool
same_parts(const Tally *tally, const TallyEntry *entry, const TallyPart *parts)
{
	TallyPart have[TALLY_MAX_PARTS];

	tally_parts(tally, entry, have);
	for (int i = 0; i < tally->nparts; i++)
		if (tally_compare_part(&have[i], &parts[i]) != 0)
			return false;
	return true;
}

static uint32
hash_parts(const TallyPart *parts, int nparts)
{
	uint32 hash = 0;

	for (int i = 0; i < nparts; i++)
		hash = hash_combine(
			hash, parts[i].data == NULL
					  ? 1
					  : hash_bytes((const unsigned char *) parts[i].data, parts[i].length));
	return hash;
}

int64 *
tally_numbers(Tally **state, const TallyPart *parts, const TallyKind *kind)
{
	Tally *tally = *state;
	uint32 hash = hash_parts(parts, kind->nparts);
	Size size = offsetof(TallyEntry, numbers) + kind->width * sizeof(int64);
	TallyEntry *entry;
	char *at;

	if (tally->nslots == 0 && tally->nentries > 0)
		tally = *state = make_room(tally, 0, kind);
	for (uint32 i = hash & (tally->nslots - 1); tally->nslots > 0 && slots_of(tally)[i] != 0;
		 i = (i + 1) & (tally->nslots - 1))
	{
		entry = (TallyEntry *) (entries_of(tally) + ((Size) slots_of(tally)[i] - 1) * 8);
		if (entry->hash == hash && same_parts(tally, entry, parts))
			return entry->numbers;
	}
	for (int i = 0; i < kind->nparts; i++)
	{
		if (parts[i].length > TALLY_PART_MAX)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("a text of %d bytes is too long for a %s", parts[i].length,
								   kind->type_name),
							errdetail("At most %d bytes are allowed.", TALLY_PART_MAX)));
		size += sizeof(int32) + parts[i].length;
	}
	size = TYPEALIGN(8, size);
	tally = *state = make_room(tally, size, kind);
	entry = (TallyEntry *) (entries_of(tally) + tally->used);
	memset(entry, 0, size);
	entry->hash = hash;
	entry->size = size;
	at = (char *) &entry->numbers[kind->width];
	for (int i = 0; i < kind->nparts; i++)
	{
		int32 length = parts[i].data == NULL ? -1 : parts[i].length;

		memcpy(at, &length, sizeof(length));
		at += sizeof(length);
		if (length > 0)
			memcpy(at, parts[i].data, length);
		at += Max(length, 0);
	}
	put_in_slot(tally, hash, tally->used);
	tally->used += size;
	tally->nentries++;
	return entry->numbers;
}

void
tally_add_words(int64 *numbers, const int64 *more, int width)
{
	unsigned __int128 carry = 0;

	numbers[0] = add_counts(numbers[0], more[0], "customers");
	for (int i = 1; i < width; i++)
	{
		if (i == 3)
			carry = 0; /* the second sum */
		carry += (uint64) numbers[i];
		carry += (uint64) more[i];
		numbers[i] = (int64) (uint64) carry;
		carry >>= 64;
	}
}

/* The entries of both; NULL + x = x. */
Datum
tally_merge(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	Tally *tally;
	Tally *other;
	const TallyEntry *entry = NULL;
	TallyPart parts[TALLY_MAX_PARTS];

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	tally = tally_state_argument(fcinfo, kind);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
	other = tally_from_datum(PG_GETARG_DATUM(1), kind);
	if (other->settings_size > 0)
		tally = tally_settle(tally, other->body, other->settings_size, kind);
	tally->ignored = add_counts(tally->ignored, other->ignored, "ignored rows");
	while ((entry = tally_next(other, entry)) != NULL)
	{
		int64 *numbers;

		CHECK_FOR_INTERRUPTS();
		tally_parts(other, entry, parts);
		numbers = tally_numbers(&tally, parts, kind);
		tally_add_words(numbers, entry->numbers, kind->width);
	}
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* Canonical; NULL when nothing was seen. */
Datum
tally_final(FunctionCallInfo fcinfo, const TallyKind *kind)
{
	Tally *tally = tally_from_datum(PG_GETARG_DATUM(0), kind);

	if (tally->nentries == 0 && tally->ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(tally_canonical(tally));
}
