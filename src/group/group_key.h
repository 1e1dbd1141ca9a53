/*
 * group_key.h
 *		Keys of groups: their form in a batch and in an entry, hashing,
 *		comparing, writing and reading.
 *
 * One int4, int8, uuid or text is kept in a form of its own. Everything else,
 * several keys, and columns that depend on the keys and are only carried
 * along, is a tuple.
 */
#ifndef CUSTOMER_PROFILE_GROUP_KEY_H
#define CUSTOMER_PROFILE_GROUP_KEY_H

#include "executor/tuptable.h"
#include "group/group_memory.h"
#include "nodes/execnodes.h"

typedef enum GroupKeyKind
{
	GROUP_KEY_INT4,
	GROUP_KEY_INT8,
	GROUP_KEY_UUID,
	GROUP_KEY_TEXT,
	GROUP_KEY_TUPLE
} GroupKeyKind;

#define GROUP_TEXT_INLINE 12

/* Unused bytes are zero, so that equal short texts are equal bytes. */
typedef union GroupKey
{
	int64 integer;
	uint64 words[2];
	struct
	{
		uint32 length;
		char bytes[GROUP_TEXT_INLINE]; /* all of a short text, the start of a longer one */
	} text;
	struct
	{
		uint32 length;
		char start[4];
		const char *bytes;
	} long_text;
	struct
	{
		MinimalTuple data;
		uint32 hash;
	} tuple;
} GroupKey;

typedef struct GroupKeys
{
	GroupKeyKind kind;
	Size size;	  /* bytes of a key in an entry */
	int ncolumns; /* keys first, then the columns carried along */
	int nkeys;
	int *columns; /* where they are in the input, less one */

	/* for GROUP_KEY_TUPLE */
	TupleDesc descriptor;
	FmgrInfo *hash_functions;
	Oid *collations;
	TupleTableSlot *input_slot; /* one of a batch */
	TupleTableSlot *entry_slot; /* one of the table */
	ExprState *equal;
	ExprContext *context;
} GroupKeys;

extern void group_keys_init(GroupKeys *keys, PlanState *parent, TupleDesc descriptor, int nkeys,
							const Oid *equal_operators, const Oid *collations);

/* Takes a key that is not NULL out of a row, copied to the current memory context where it does not fit. */
extern uint32
group_key_read_slow(const GroupKeys *keys, const Datum *values, const bool *nulls, GroupKey *key);

/* Keep a key in an entry of the table. */
extern void
group_key_store(const GroupKeys *keys, GroupMemory *memory, char *entry, const GroupKey *key);

/* Are a key of a batch and that of an entry the same? Only for texts and tuples. */
extern bool group_key_equal_slow(const GroupKeys *keys, const GroupKey *key, const char *entry);

/* The hash that reading the key of an entry gave. */
extern uint32 group_key_hash(const GroupKeys *keys, const char *entry);

/* The columns of an entry; they point into it. */
extern void group_key_columns(const GroupKeys *keys, const char *entry, Datum *values, bool *nulls);

/* To a record of states and back; sizes and places are multiples of 8 bytes. */
extern Size group_key_written_size(const GroupKeys *keys, const char *entry);
extern void group_key_write(const GroupKeys *keys, const char *entry, char *out);
extern Size group_key_parse(const GroupKeys *keys, const char *bytes, uint32 hash, GroupKey *key);

/* The finalizer of MurmurHash3 (Appleby): every bit of the input moves every bit of the result. */
static inline uint32
group_hash_word(uint64 word)
{
	word ^= word >> 33;
	word *= UINT64CONST(0xff51afd7ed558ccd);
	word ^= word >> 33;
	word *= UINT64CONST(0xc4ceb9fe1a85ec53);
	word ^= word >> 33;
	return (uint32) word;
}

/* Takes the key out of a row: its hash, and *isnull for the one key NULL. */
static inline uint32
group_key_read(const GroupKeys *keys, const Datum *values, const bool *nulls, GroupKey *key,
			   bool *isnull)
{
	int column = keys->columns[0];

	*isnull = keys->kind != GROUP_KEY_TUPLE && nulls[column];
	if (unlikely(*isnull))
		return 0;
	if (keys->kind == GROUP_KEY_INT8)
		key->integer = DatumGetInt64(values[column]);
	else if (keys->kind == GROUP_KEY_INT4)
		key->integer = DatumGetInt32(values[column]);
	else
		return group_key_read_slow(keys, values, nulls, key);
	return group_hash_word(key->integer);
}

static inline bool
group_key_equal(const GroupKeys *keys, const GroupKey *key, const char *entry)
{
	const GroupKey *other = (const GroupKey *) entry;

	if (keys->kind <= GROUP_KEY_INT8)
		return key->integer == other->integer;
	if (keys->kind == GROUP_KEY_UUID)
		return key->words[0] == other->words[0] && key->words[1] == other->words[1];
	return group_key_equal_slow(keys, key, entry);
}

#endif /* CUSTOMER_PROFILE_GROUP_KEY_H */
