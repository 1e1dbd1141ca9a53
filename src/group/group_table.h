/*
 * group_table.h
 *		The hash table of the grouping node: from keys to entries, a batch of
 *		rows at a time.
 */
#ifndef CUSTOMER_PROFILE_GROUP_TABLE_H
#define CUSTOMER_PROFILE_GROUP_TABLE_H

#include "group/group_key.h"

#define GROUP_BATCH 256
#define GROUP_TABLE_MAX ((1U << 30) - GROUP_BATCH) /* entries: their numbers fit into the index */

/* Rows on their way into the table. */
typedef struct GroupBatch
{
	int count;
	uint32 hashes[GROUP_BATCH];
	bool nulls[GROUP_BATCH];
	GroupKey keys[GROUP_BATCH];
	char *entries[GROUP_BATCH]; /* what group_table_find_batch() found */
	uint32 numbers[GROUP_BATCH];
} GroupBatch;

/*
 * Entries (key, then states) lie in the order of their creation in chunks of a
 * power of two of them. A slot of the index holds the hash in its upper half
 * and the number of the entry plus one in its lower half; 0 is free.
 */
typedef struct GroupTable
{
	const GroupKeys *keys;
	GroupMemory memory;
	Size entry_size;
	int chunk_shift; /* log2 of the entries in a chunk */
	char **chunks;
	int nchunks;
	int chunks_room;
	uint64 *slots;
	uint32 nslots; /* a power of two; 0: not yet made */
	uint32 first_nslots;
	uint32 count;	   /* entries */
	uint32 null_entry; /* number plus one of the entry of the one key NULL; 0: none */
	Size limit;		   /* bytes it should stay within */
} GroupTable;

/* `groups` is the number of groups expected. */
extern void group_table_init(GroupTable *table, const GroupKeys *keys, Size states_size,
							 MemoryContext parent, Size limit, double groups);

/* Find or make the entries of all rows of a batch. New ones have states of zero bytes. */
extern void group_table_find_batch(GroupTable *table, GroupBatch *batch);
extern uint32 group_table_find(GroupTable *table, uint32 hash, bool isnull, const GroupKey *key);

/* Empty it, for so many groups. */
extern void group_table_reset(GroupTable *table, double groups);

static inline char *
group_table_entry(const GroupTable *table, uint32 number)
{
	return table->chunks[number >> table->chunk_shift] +
		   (number & ((1U << table->chunk_shift) - 1)) * table->entry_size;
}

static inline Size
group_table_memory(const GroupTable *table)
{
	return table->memory.allocated;
}

/*
 * Time to put the states aside? The index is doubled while the old one is still
 * there, so that counts before it happens.
 */
static inline bool
group_table_is_full(const GroupTable *table)
{
	Size needed = table->memory.allocated;

	if (table->count + GROUP_BATCH >= table->nslots / 2)
		needed += (Size) table->nslots * 2 * sizeof(uint64);
	return needed > table->limit || table->count >= GROUP_TABLE_MAX;
}

#endif /* CUSTOMER_PROFILE_GROUP_TABLE_H */
