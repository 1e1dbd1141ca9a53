/*
 * tally.h
 *		Counts of things that are named by a few texts: the stored form of
 *		persona_profile, segment_moves, cohort_retention, prediction_summary
 *		and distribution_summary.
 *
 * A hash table lives inside the value, so that it can be the state of an
 * aggregate. The canonical form has its entries in order of their texts and
 * no table; equal content has equal bytes. A tally may have settings, a text
 * that all that is merged must agree on.
 */
#ifndef CUSTOMER_PROFILE_TALLY_H
#define CUSTOMER_PROFILE_TALLY_H

#include "base/comparison.h"
#include "base/json_text.h"

#define TALLY_VERSION 1
#define TALLY_MAX_PARTS 4
#define TALLY_MAX_WIDTH 6
#define TALLY_PART_MAX 1000 /* bytes of a text */

typedef struct Tally Tally;

/* What kind of tally a type is. */
typedef struct TallyKind
{
	const char *type_name;
	int nparts; /* texts that name an entry */
	int width;	/* numbers of an entry: a count, then words of exact sums (see tally_add_words) */
	/* NULL unless settings or an entry is not as the type needs them; says what is wrong */
	const char *(*problem)(const Tally *tally);
} TallyKind;

/* A text; data is NULL for SQL NULL. */
typedef struct TallyPart
{
	const char *data;
	int length;
} TallyPart;

struct Tally
{
	int32 vl_len_;
	uint8 version;
	uint8 nparts;
	uint8 width;
	uint8 reserved;
	uint32 settings_size; /* bytes */
	uint32 nslots;		  /* of the hash table, a power of two; 0: canonical */
	int64 nentries;
	int64 ignored;					  /* rows */
	uint64 used;					  /* bytes of entries */
	char body[FLEXIBLE_ARRAY_MEMBER]; /* settings, slots (uint32: 1 + offset / 8), entries */
};

/* An entry: the numbers, then its texts as (int32 length or -1, bytes), padded to 8 bytes. */
typedef struct TallyEntry
{
	uint32 hash;
	uint32 size; /* of the whole entry */
	int64 numbers[FLEXIBLE_ARRAY_MEMBER];
} TallyEntry;

extern Tally *tally_create(const TallyKind *kind);
extern Tally *tally_from_datum(Datum datum, const TallyKind *kind);
extern Tally *tally_canonical(const Tally *tally);

/* The arguments and results of aggregate functions. */
extern Tally *tally_state_argument(FunctionCallInfo fcinfo, const TallyKind *kind);
extern Tally *tally_state_result(FunctionCallInfo fcinfo, Tally *tally);
extern Datum tally_merge(FunctionCallInfo fcinfo, const TallyKind *kind);
extern Datum tally_final(FunctionCallInfo fcinfo, const TallyKind *kind);

extern Tally *tally_settle(Tally *tally, const char *settings, int size, const TallyKind *kind);
extern const char *tally_settings(const Tally *tally);

/* The numbers of an entry, which is made when it is not there; the tally may move. */
extern int64 *tally_numbers(Tally **tally, const TallyPart *parts, const TallyKind *kind);

/* numbers[] += more[]: a count, a signed 128-bit sum and an unsigned 192-bit sum, low words first. */
extern void tally_add_words(int64 *numbers, const int64 *more, int width);

/* Walks the entries: start at NULL. */
extern const TallyEntry *tally_next(const Tally *tally, const TallyEntry *entry);
extern void tally_parts(const Tally *tally, const TallyEntry *entry, TallyPart *parts);
extern int tally_compare_part(const TallyPart *a, const TallyPart *b);

/* The text form. */
extern Datum tally_in(FunctionCallInfo fcinfo, const TallyKind *kind);
extern Datum tally_out(FunctionCallInfo fcinfo, const TallyKind *kind);

/* Of the canonical form, for the operator classes. */
extern const unsigned char *tally_content(Datum value, Size *size, const TallyKind *kind);

/* All functions of the operator classes of a type. */
#define TALLY_ORDER_FUNCTIONS(type, kind)                             \
	static const unsigned char *type##_bytes(Datum value, Size *size) \
	{                                                                 \
		return tally_content(value, size, kind);                      \
	}                                                                 \
	CONTENT_ORDER_FUNCTIONS(type, type##_bytes)

#endif /* CUSTOMER_PROFILE_TALLY_H */
