/*
 * group_table.c
 *		The hash table of the grouping node.
 *
 * With a million groups nearly every row touches memory that no cache holds.
 * So rows are looked up a batch at a time, in passes: ask for the slots of all
 * keys, then for the entries they lead to, then compare. The misses of a batch
 * overlap instead of adding up. The index is small (8 bytes a slot) and holds
 * whole hashes, so growing it never touches the entries, which never move.
 */
#include "postgres.h"
#include "compat.h"

#include "group/group_table.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define SMALLEST_INDEX 256
#define LARGEST_CHUNK ((Size) 16 * 1024 * 1024)
#define SMALLEST_CHUNK ((Size) 8 * 1024)

/* The index is at most half full. */
#define NEEDS_GROWTH(table) ((table)->count >= (table)->nslots / 2)

/* Sizes of the first index and of the chunks, for so many groups. */
static void
expect(GroupTable *table, double groups)
{
	/* No more than the memory that is allowed, whatever the planner expects. */
	double most = (double) table->limit / (table->entry_size + 4 * sizeof(uint64));
	double entries = Min(Max(groups, 1.0), most);
	Size chunk = Min(Max(table->limit / 16, SMALLEST_CHUNK), LARGEST_CHUNK);

	chunk = Min(chunk, Max((Size) (entries * table->entry_size), SMALLEST_CHUNK));
	table->chunk_shift = pg_leftmost_one_pos64(Max(chunk / table->entry_size, 1));
	table->first_nslots = pg_nextpower2_32((uint32) Min(Max(entries * 2, SMALLEST_INDEX), 1 << 30));
}

void
group_table_init(GroupTable *table, const GroupKeys *keys, Size states_size, MemoryContext parent,
				 Size limit, double groups)
{
	memset(table, 0, sizeof(*table));
	table->keys = keys;
	table->limit = limit;
	table->entry_size = keys->size + states_size;
	group_memory_init(&table->memory, parent, limit);
	expect(table, groups);
}

void
group_table_reset(GroupTable *table, double groups)
{
	group_memory_reset(&table->memory);
	expect(table, groups);
	table->chunks = NULL;
	table->nchunks = table->chunks_room = 0;
	table->slots = NULL;
	table->nslots = 0;
	table->count = 0;
	table->null_entry = 0;
}

static uint64 *
make_index(GroupTable *table, uint32 nslots)
{
	Size size = (Size) nslots * sizeof(uint64);

	return memset(group_memory_block(&table->memory, size), 0, size);
}

static inline void
put(uint64 *slots, uint32 mask, uint64 slot)
{
	uint32 position = (uint32) (slot >> 32) & mask;

	while (slots[position] != 0)
		position = (position + 1) & mask;
	slots[position] = slot;
}

/* Twice the index, or the first one. */
static pg_noinline void
grow_index(GroupTable *table)
{
	uint64 *old = table->slots;
	uint32 nold = table->nslots;

	Assert(nold < (1U << 31)); /* see GROUP_TABLE_MAX */
	table->nslots = nold == 0 ? table->first_nslots : nold * 2;
	table->slots = make_index(table, table->nslots);
	for (uint32 i = 0; i < nold; i++)
	{
		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (old[i] != 0)
			put(table->slots, table->nslots - 1, old[i]);
	}
	if (old != NULL)
		group_memory_free_block(&table->memory, old, (Size) nold * sizeof(uint64));
}

static uint32
new_entry(GroupTable *table)
{
	uint32 number = table->count++;

	if ((number >> table->chunk_shift) >= (uint32) table->nchunks)
	{
		if (table->nchunks == table->chunks_room)
		{
			int room = Max(table->chunks_room * 2, 64);
			char **chunks = MemoryContextAlloc(table->memory.context, room * sizeof(char *));

			if (table->nchunks > 0)
				memcpy(chunks, table->chunks, table->nchunks * sizeof(char *));
			table->chunks = chunks;
			table->chunks_room = room;
		}
		table->chunks[table->nchunks++] =
			group_memory_block(&table->memory, table->entry_size << table->chunk_shift);
	}
	memset(group_table_entry(table, number) + table->keys->size, 0,
		   table->entry_size - table->keys->size);
	return number;
}

static uint32
null_entry(GroupTable *table)
{
	static const GroupKey no_key;
	uint32 number;

	if (table->null_entry != 0)
		return table->null_entry - 1;
	number = new_entry(table);
	memcpy(group_table_entry(table, number), &no_key, table->keys->size);
	table->null_entry = number + 1;
	return number;
}

/* Find or make one entry: its number. */
uint32
group_table_find(GroupTable *table, uint32 hash, bool isnull, const GroupKey *key)
{
	uint32 mask;
	uint32 position;
	uint32 number;

	if (unlikely(isnull))
		return null_entry(table);
	if (unlikely(NEEDS_GROWTH(table)))
		grow_index(table);
	mask = table->nslots - 1;
	for (position = hash & mask; table->slots[position] != 0; position = (position + 1) & mask)
	{
		if ((uint32) (table->slots[position] >> 32) != hash)
			continue;
		number = (uint32) table->slots[position] - 1;
		if (group_key_equal(table->keys, key, group_table_entry(table, number)))
			return number;
	}
	number = new_entry(table);
	group_key_store(table->keys, &table->memory, group_table_entry(table, number), key);
	table->slots[position] = (uint64) hash << 32 | (number + 1);
	return number;
}

/* The number plus one of the first entry with this hash: nearly always the right one. 0: surely none. */
static inline uint32
candidate(const GroupTable *table, uint32 hash)
{
	uint32 mask = table->nslots - 1;

	for (uint32 position = hash & mask;; position = (position + 1) & mask)
	{
		uint64 slot = table->slots[position];

		if (slot == 0 || (uint32) (slot >> 32) == hash)
			return (uint32) slot;
	}
}

void
group_table_find_batch(GroupTable *table, GroupBatch *batch)
{
	const GroupKeys *keys = table->keys;
	Size last_byte = table->entry_size - 1;

	if (table->nslots == 0)
		grow_index(table);
	for (int i = 0; i < batch->count; i++)
		__builtin_prefetch(&table->slots[batch->hashes[i] & (table->nslots - 1)]);
	for (int i = 0; i < batch->count; i++)
	{
		uint32 found = candidate(table, batch->hashes[i]);

		batch->entries[i] = NULL;
		if (found == 0)
			continue;
		batch->numbers[i] = found - 1;
		batch->entries[i] = group_table_entry(table, found - 1);
		__builtin_prefetch(batch->entries[i], 1);
		__builtin_prefetch(batch->entries[i] + last_byte, 1);
	}
	for (int i = 0; i < batch->count; i++)
	{
		if (likely(batch->entries[i] != NULL && !batch->nulls[i] &&
				   group_key_equal(keys, &batch->keys[i], batch->entries[i])))
			continue;
		batch->numbers[i] =
			group_table_find(table, batch->hashes[i], batch->nulls[i], &batch->keys[i]);
		batch->entries[i] = group_table_entry(table, batch->numbers[i]);
	}
}
