/*
 * group_key.c
 *		Keys of groups.
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_operator_d.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "group/group_key.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

/* uuid_eq has no symbol of its own among the operators. */
#define UUID_EQUAL_FUNCTION F_UUID_EQ

/* How a key of these columns is kept. */
GroupKeyKind
group_key_kind(int nkeys, int ncolumns, const Oid *equal_operators, const Oid *collations)
{
	(void) collations; /* nondeterministic ones never get here */
	if (nkeys != 1 || ncolumns != 1)
		return GROUP_KEY_TUPLE;
	switch (get_opcode(equal_operators[0]))
	{
		case F_INT4EQ:
			return GROUP_KEY_INT4;
		case F_INT8EQ:
			return GROUP_KEY_INT8;
		case UUID_EQUAL_FUNCTION:
			return GROUP_KEY_UUID;
		case F_TEXTEQ:
			return GROUP_KEY_TEXT;
		default:
			return GROUP_KEY_TUPLE;
	}
}

static void
init_tuple_keys(GroupKeys *keys, PlanState *parent, const Oid *equal_operators,
				const Oid *collations)
{
	AttrNumber *numbers = palloc(keys->nkeys * sizeof(AttrNumber));
	Oid *equal_functions;

	execTuplesHashPrepare(keys->nkeys, equal_operators, &equal_functions, &keys->hash_functions);
	for (int i = 0; i < keys->nkeys; i++)
		numbers[i] = i + 1;
	keys->collations = palloc(keys->nkeys * sizeof(Oid));
	memcpy(keys->collations, collations, keys->nkeys * sizeof(Oid));
	keys->input_slot = ExecInitExtraTupleSlot(parent->state, keys->descriptor, &TTSOpsMinimalTuple);
	keys->entry_slot = ExecInitExtraTupleSlot(parent->state, keys->descriptor, &TTSOpsMinimalTuple);
	keys->equal = ExecBuildGroupingEqual(keys->descriptor, keys->descriptor, &TTSOpsMinimalTuple,
										 &TTSOpsMinimalTuple, keys->nkeys, numbers, equal_functions,
										 keys->collations, parent);
	keys->context = CreateExprContext(parent->state);
}

/* The descriptor is that of the columns, keys first; keys->columns is for the caller to fill. */
void
group_keys_init(GroupKeys *keys, PlanState *parent, TupleDesc descriptor, int nkeys,
				const Oid *equal_operators, const Oid *collations)
{
	static const Size sizes[] = {
		[GROUP_KEY_INT4] = sizeof(int64),	  [GROUP_KEY_INT8] = sizeof(int64),
		[GROUP_KEY_UUID] = UUID_LEN,		  [GROUP_KEY_TEXT] = sizeof(GroupKey),
		[GROUP_KEY_TUPLE] = sizeof(GroupKey),
	};

	keys->kind = group_key_kind(nkeys, descriptor->natts, equal_operators, collations);
	keys->size = sizes[keys->kind];
	keys->copies = keys->kind >= GROUP_KEY_TEXT;
	keys->nkeys = nkeys;
	keys->ncolumns = descriptor->natts;
	keys->descriptor = descriptor;
	keys->columns = palloc(keys->ncolumns * sizeof(int));
	if (keys->kind == GROUP_KEY_TUPLE)
		init_tuple_keys(keys, parent, equal_operators, collations);
}

/* Of 16 bytes. */
static inline uint32
hash_words(const GroupKey *key)
{
	return group_hash_word(key->words[0] * UINT64CONST(0x9e3779b97f4a7c15) ^ key->words[1]);
}

static inline uint32
read_text(Datum value, GroupKey *key)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);
	uint32 length = VARSIZE_ANY_EXHDR(text);
	const char *bytes = VARDATA_ANY(text);

	memset(key, 0, sizeof(*key));
	key->text.length = length;
	if (length <= GROUP_TEXT_INLINE)
	{
		memcpy(key->text.bytes, bytes, length);
		return hash_words(key);
	}
	memcpy(key->long_text.start, bytes, sizeof(key->long_text.start));
	key->long_text.bytes = memcpy(palloc(length), bytes, length);
	return hash_bytes((const unsigned char *) bytes, length);
}

static uint32
read_tuple(const GroupKeys *keys, const Datum *values, const bool *nulls, GroupKey *key)
{
	TupleTableSlot *slot = keys->input_slot;
	Datum *columns = palloc(keys->ncolumns * sizeof(Datum));
	bool *isnull = palloc(keys->ncolumns * sizeof(bool));
	uint32 hash = 0;

	for (int i = 0; i < keys->ncolumns; i++)
	{
		columns[i] = values[keys->columns[i]];
		isnull[i] = nulls[keys->columns[i]];
		/* Whole, so that nothing in the table depends on a place that may be removed. */
		if (!isnull[i] && TupleDescAttr(keys->descriptor, i)->attlen == -1)
			columns[i] = PointerGetDatum(PG_DETOAST_DATUM_PACKED(columns[i]));
		if (i >= keys->nkeys)
			continue;
		hash = hash_combine(
			hash, isnull[i] ? 0
							: DatumGetUInt32(FunctionCall1Coll(&keys->hash_functions[i],
															   keys->collations[i], columns[i])));
	}
	key->tuple.data = form_minimal_tuple(slot->tts_tupleDescriptor, columns, isnull);
	key->tuple.hash = murmurhash32(hash);
	return key->tuple.hash;
}

uint32
group_key_read_slow(const GroupKeys *keys, const Datum *values, const bool *nulls, GroupKey *key)
{
	Datum value = values[keys->columns[0]];

	if (keys->kind == GROUP_KEY_TUPLE)
		return read_tuple(keys, values, nulls, key);
	if (keys->kind == GROUP_KEY_TEXT)
		return read_text(value, key);
	memcpy(key, DatumGetUUIDP(value)->data, UUID_LEN);
	return hash_words(key);
}

uint32
group_key_hash(const GroupKeys *keys, const char *entry)
{
	const GroupKey *key = (const GroupKey *) entry;

	if (keys->kind <= GROUP_KEY_INT8)
		return group_hash_word(key->integer);
	if (keys->kind == GROUP_KEY_TUPLE)
		return key->tuple.hash;
	if (keys->kind == GROUP_KEY_TEXT && key->text.length > GROUP_TEXT_INLINE)
		return hash_bytes((const unsigned char *) key->long_text.bytes, key->text.length);
	return hash_words(key);
}

void
group_key_store(const GroupKeys *keys, GroupMemory *memory, char *entry, const GroupKey *key)
{
	GroupKey *stored = (GroupKey *) entry;

	switch (keys->kind)
	{
		case GROUP_KEY_INT4:
		case GROUP_KEY_INT8:
			stored->integer = key->integer;
			break;
		case GROUP_KEY_UUID:
		case GROUP_KEY_TEXT:
			memcpy(stored, key, sizeof(*key));
			if (keys->kind == GROUP_KEY_TEXT && key->text.length > GROUP_TEXT_INLINE)
				stored->long_text.bytes = memcpy(group_memory_alloc(memory, key->text.length),
												 key->long_text.bytes, key->text.length);
			break;
		case GROUP_KEY_TUPLE:
			stored->tuple.data = memcpy(group_memory_alloc(memory, key->tuple.data->t_len),
										key->tuple.data, key->tuple.data->t_len);
			stored->tuple.hash = key->tuple.hash;
			break;
	}
}

static bool
equal_tuples(const GroupKeys *keys, MinimalTuple key, MinimalTuple entry)
{
	bool equal;

	ExecStoreMinimalTuple(key, keys->input_slot, false);
	ExecStoreMinimalTuple(entry, keys->entry_slot, false);
	keys->context->ecxt_innertuple = keys->input_slot;
	keys->context->ecxt_outertuple = keys->entry_slot;
	equal = ExecQualAndReset(keys->equal, keys->context);
	return equal;
}

bool
group_key_equal_slow(const GroupKeys *keys, const GroupKey *key, const char *entry)
{
	const GroupKey *other = (const GroupKey *) entry;

	if (keys->kind == GROUP_KEY_TUPLE)
		return equal_tuples(keys, key->tuple.data, other->tuple.data);
	if (key->words[0] != other->words[0]) /* length and start */
		return false;
	if (key->text.length <= GROUP_TEXT_INLINE)
		return key->words[1] == other->words[1];
	return memcmp(key->long_text.bytes, other->long_text.bytes, key->text.length) == 0;
}

void
group_key_columns(const GroupKeys *keys, const char *entry, Datum *values, bool *nulls)
{
	const GroupKey *key = (const GroupKey *) entry;

	nulls[0] = false;
	switch (keys->kind)
	{
		case GROUP_KEY_INT4:
			values[0] = Int32GetDatum((int32) key->integer);
			break;
		case GROUP_KEY_INT8:
			values[0] = Int64GetDatum(key->integer);
			break;
		case GROUP_KEY_UUID:
			values[0] = PointerGetDatum(key);
			break;
		case GROUP_KEY_TEXT:
		{
			uint32 length = key->text.length;
			struct varlena *text = palloc(VARHDRSZ + length);

			SET_VARSIZE(text, VARHDRSZ + length);
			memcpy(VARDATA(text),
				   length <= GROUP_TEXT_INLINE ? key->text.bytes : key->long_text.bytes, length);
			values[0] = PointerGetDatum(text);
			break;
		}
		case GROUP_KEY_TUPLE:
			ExecStoreMinimalTuple(key->tuple.data, keys->entry_slot, false);
			slot_getallattrs(keys->entry_slot);
			memcpy(values, keys->entry_slot->tts_values, keys->ncolumns * sizeof(Datum));
			memcpy(nulls, keys->entry_slot->tts_isnull, keys->ncolumns * sizeof(bool));
			break;
	}
}

/* What is written of a text or a tuple. */
static inline const void *
key_bytes(const GroupKeys *keys, const GroupKey *key, uint64 *length)
{
	*length = key->text.length;
	if (keys->kind == GROUP_KEY_TEXT)
		return *length > GROUP_TEXT_INLINE ? key->long_text.bytes : key->text.bytes;
	*length = key->tuple.data->t_len;
	return key->tuple.data;
}

Size
group_key_written_size(const GroupKeys *keys, const char *entry)
{
	uint64 length;

	if (keys->kind < GROUP_KEY_TEXT)
		return keys->size;
	(void) key_bytes(keys, (const GroupKey *) entry, &length);
	return sizeof(length) + MAXALIGN(length);
}

void
group_key_write(const GroupKeys *keys, const char *entry, char *out)
{
	const void *bytes;
	uint64 length;

	if (keys->kind < GROUP_KEY_TEXT)
	{
		memcpy(out, entry, keys->size);
		return;
	}
	bytes = key_bytes(keys, (const GroupKey *) entry, &length);
	memcpy(out, &length, sizeof(length));
	out += sizeof(length);
	memset(out + MAXALIGN_DOWN(length), 0, MAXALIGN(length) - MAXALIGN_DOWN(length));
	memcpy(out, bytes, length);
}

/* The key written at `bytes`, into which it may point; returns the bytes it takes. */
Size
group_key_parse(const GroupKeys *keys, const char *bytes, uint32 hash, GroupKey *key)
{
	uint64 length;

	memset(key, 0, sizeof(*key));
	if (keys->kind < GROUP_KEY_TEXT)
	{
		memcpy(key, bytes, keys->size);
		return keys->size;
	}
	memcpy(&length, bytes, sizeof(length));
	bytes += sizeof(length);
	if (keys->kind == GROUP_KEY_TUPLE)
	{
		key->tuple.data = (MinimalTuple) bytes;
		key->tuple.hash = hash;
	}
	else
	{
		key->text.length = length;
		memcpy(key->text.bytes, bytes, Min(length, sizeof(key->long_text.start)));
		if (length <= GROUP_TEXT_INLINE)
			memcpy(key->text.bytes, bytes, length);
		else
			key->long_text.bytes = bytes;
	}
	return sizeof(length) + MAXALIGN(length);
}
