/*
 * group_build.c
 *		CustomerAgg: rows in, states put aside when memory is short, and merged
 *		again.
 *
 * Whatever is put aside are states, not rows: a customer's rows of the time
 * between two such moments have already become one. A partition that does not
 * fit into memory either is divided again by the next bits of the hash.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "executor/executor.h"
#include "group/group_node.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* A batch ends early when its rows hold this much. */
#define BATCH_BYTES ((Size) 1024 * 1024)

static void
note_memory(CustomerAggState *state)
{
	Size memory = group_table_memory(&state->table);

	if (state->sender != NULL)
		memory += state->sender->shared;
	state->statistics.memory = Max(state->statistics.memory, (int64) memory);
}

/* An empty table, for so many groups. */
void
group_empty_table(CustomerAggState *state, double groups)
{
	group_table_reset(&state->table, groups);
	for (int i = 0; i < state->ncolumns; i++)
	{
		GroupColumn *column = &state->columns[i];

		column->area.memory = &state->table.memory;
		if (column->aggregate->states->create != NULL)
			column->area.store = column->aggregate->states->create(&state->table.memory);
	}
}

static void
read_row(CustomerAggState *state, TupleTableSlot *slot)
{
	GroupBatch *batch = &state->batch;
	int number = batch->count;

	slot_getsomeattrs(slot, state->last_attribute);
	batch->hashes[number] = group_key_read(&state->keys, slot->tts_values, slot->tts_isnull,
										   &batch->keys[number], &batch->nulls[number]);
	for (int i = 0; i < state->ncolumns; i++)
	{
		GroupColumn *column = &state->columns[i];
		GroupArguments arguments = {slot->tts_values, slot->tts_isnull, column->columns};

		if (column->filter >= 0 &&
			(slot->tts_isnull[column->filter] || !DatumGetBool(slot->tts_values[column->filter])))
			continue;
		if (column->aggregate->read != NULL)
			column->aggregate->read(column->rows + column->nrows * column->aggregate->row_size,
									&arguments);
		column->row_numbers[column->nrows++] = number;
	}
	batch->count++;
}

static void
add_batch(CustomerAggState *state)
{
	GroupBatch *batch = &state->batch;
	void *states[GROUP_BATCH];
	uint32 numbers[GROUP_BATCH];

	CHECK_FOR_INTERRUPTS();
	group_table_find_batch(&state->table, batch);
	for (int i = 0; i < state->ncolumns; i++)
	{
		GroupColumn *column = &state->columns[i];

		for (int j = 0; j < column->nrows; j++)
		{
			states[j] = batch->entries[column->row_numbers[j]] + column->offset;
			numbers[j] = batch->numbers[column->row_numbers[j]];
		}
		column->aggregate->states->add(&column->area, states, numbers, column->rows, column->nrows);
		column->nrows = 0;
	}
	batch->count = 0;
	if (state->copies)
		MemoryContextReset(state->batch_context);
	if (unlikely(group_table_is_full(&state->table)))
		group_put_aside(state);
}

static inline bool
batch_is_full(const CustomerAggState *state)
{
	if (state->batch.count == GROUP_BATCH)
		return true;
	return state->copies && MemoryContextMemAllocated(state->batch_context, false) > BATCH_BYTES;
}

/* Group all rows of the input. */
void
group_read_input(CustomerAggState *state)
{
	PlanState *input = linitial(state->css.custom_ps);
	MemoryContext outer = CurrentMemoryContext;

	for (;;)
	{
		TupleTableSlot *slot = ExecProcNode(input);

		if (TupIsNull(slot))
			break;
		MemoryContextSwitchTo(state->batch_context);
		read_row(state, slot);
		if (batch_is_full(state))
			add_batch(state);
		MemoryContextSwitchTo(outer);
	}
	MemoryContextSwitchTo(state->batch_context);
	if (state->batch.count > 0)
		add_batch(state);
	MemoryContextSwitchTo(outer);
	note_memory(state);
}

/* The bytes of an entry as a record: its key, then the length and content of each state. */
static Size
record_size(const CustomerAggState *state, uint32 number, const char *entry, bool isnull)
{
	Size size = sizeof(GroupRecord);

	if (!isnull)
		size += group_key_written_size(&state->keys, entry);
	for (int i = 0; i < state->ncolumns; i++)
	{
		const GroupColumn *column = &state->columns[i];

		size += sizeof(uint64) + MAXALIGN(column->aggregate->states->written_size(
									 &column->area, entry + column->offset, number));
	}
	return size;
}

static void
write_record(const CustomerAggState *state, uint32 number, const GroupRecord *head, char *out)
{
	const char *entry = group_table_entry(&state->table, number);

	memcpy(out, head, sizeof(*head));
	out += sizeof(*head);
	if (!head->isnull)
	{
		group_key_write(&state->keys, entry, out);
		out += group_key_written_size(&state->keys, entry);
	}
	for (int i = 0; i < state->ncolumns; i++)
	{
		const GroupColumn *column = &state->columns[i];
		const GroupStates *states = column->aggregate->states;
		uint64 length = states->written_size(&column->area, entry + column->offset, number);

		memcpy(out, &length, sizeof(length));
		out += sizeof(length);
		memset(out + MAXALIGN_DOWN(length), 0, MAXALIGN(length) - MAXALIGN_DOWN(length));
		states->write(&column->area, entry + column->offset, number, out);
		out += MAXALIGN(length);
	}
}

/* One entry to its partition. */
static void
send_entry(CustomerAggState *state, uint32 number)
{
	const char *entry = group_table_entry(&state->table, number);
	bool isnull = number + 1 == state->table.null_entry;
	GroupRecord head = {
		.length = record_size(state, number, entry, isnull),
		.hash = isnull ? 0 : group_key_hash(&state->keys, entry),
		.isnull = isnull,
	};

	if (state->sender != NULL)
	{
		char *place = group_sender_reserve(state->sender, &head, &state->record);

		write_record(state, number, &head, place);
		group_sender_written(state->sender, &head, place);
		return;
	}
	resetStringInfo(&state->record);
	enlargeStringInfo(&state->record, head.length);
	write_record(state, number, &head, state->record.data);
	state->record.len = head.length;
	group_spill_write(state->spill, &state->record);
}

/* Empty the table into files, or to the other processes. */
void
group_put_aside(CustomerAggState *state)
{
	MemoryContext outer = MemoryContextSwitchTo(state->context);

	note_memory(state);
	if (state->sender == NULL && state->spill == NULL)
		state->spill = group_spill_create(state->bits, state->loading_level);
	for (uint32 i = 0; i < state->table.count; i++)
	{
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		send_entry(state, i);
	}
	note_memory(state);
	if (state->sender == NULL)
		state->statistics.spilled_states += state->table.count;
	group_empty_table(state, state->table.count);
	MemoryContextSwitchTo(outer);
}

/* What was written is to be read, before all that waits already. */
static void
end_spill(CustomerAggState *state)
{
	GroupSpill *spill = state->spill;
	MemoryContext outer = MemoryContextSwitchTo(state->context);

	group_put_aside(state);
	state->statistics.spilled_bytes += spill->bytes;
	for (int i = 0; i < 1 << spill->bits; i++)
	{
		GroupPending *pending;

		if (spill->files[i] == NULL)
			continue;
		if (BufFileSeek(spill->files[i], 0, 0, SEEK_SET) != 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not rewind temporary file of CustomerAgg")));
		pending = palloc(sizeof(GroupPending));
		pending->file = spill->files[i];
		pending->level = spill->level + 1;
		pending->next = state->pending;
		state->pending = pending;
	}
	state->spill = NULL;
	MemoryContextSwitchTo(outer);
}

/* An empty table for one partition of this level, of about as many groups as its share. */
void
group_start_loading(CustomerAggState *state, int level)
{
	state->loading_level = level;
	group_empty_table(state, ldexp(state->groups, -state->bits * level));
}

/* Add a record to the table; the argument is the node. */
void
group_merge_record(void *argument, const char *record)
{
	CustomerAggState *state = argument;
	const GroupRecord *head = (const GroupRecord *) record;
	GroupKey key;
	const char *at = record + sizeof(GroupRecord);
	uint32 number;
	char *entry;

	if (!head->isnull)
		at += group_key_parse(&state->keys, at, head->hash, &key);
	number = group_table_find(&state->table, head->hash, head->isnull, &key);
	entry = group_table_entry(&state->table, number);
	for (int i = 0; i < state->ncolumns; i++)
	{
		const GroupColumn *column = &state->columns[i];
		uint64 length;

		memcpy(&length, at, sizeof(length));
		at += sizeof(length);
		column->aggregate->states->merge(&column->area, entry + column->offset, number, at, length);
		at += MAXALIGN(length);
	}
	/* Dividing helps only where there are several groups, and bits of the hash are left. */
	if (unlikely(group_table_is_full(&state->table)) && state->table.count > 1 &&
		group_partition_possible(state->bits, state->loading_level))
		group_put_aside(state);
}

/* The table was filled from records: what has been put aside meanwhile waits. True when groups are there. */
bool
group_end_loading(CustomerAggState *state)
{
	note_memory(state);
	if (state->spill != NULL)
		end_spill(state);
	return state->table.count > 0;
}

/* Fill the table with the next partition that was put aside; false when there is none. */
bool
group_next_partition(CustomerAggState *state)
{
	while (state->pending != NULL)
	{
		GroupPending *pending = state->pending;

		state->pending = pending->next;
		state->statistics.spilled_partitions++;
		group_start_loading(state, pending->level);
		while (group_record_read(pending->file, &state->record_read))
		{
			CHECK_FOR_INTERRUPTS();
			group_merge_record(state, state->record_read.data);
		}
		BufFileClose(pending->file);
		pfree(pending);
		if (group_end_loading(state))
			return true;
	}
	return false;
}

/* All rows in; the table then holds the first groups to return. */
void
group_build(CustomerAggState *state)
{
	group_read_input(state);
	state->whole = state->spill == NULL;
	if (state->spill != NULL)
		end_spill(state);
}
