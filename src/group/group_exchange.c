/*
 * group_exchange.c
 *		What the processes of a parallel grouping share.
 */
#include "postgres.h"
#include "compat.h"

#include <fcntl.h>

#include "group/group_exchange.h"
#include "group/group_spill.h"
#include "miscadmin.h"

#define FIRST_CHUNK ((Size) 1024)
#define LARGEST_CHUNK ((Size) 256 * 1024)

typedef struct GroupChunk
{
	dsa_pointer next;
	uint32 size; /* bytes of records it can hold, and holds */
	uint32 used;
	char records[FLEXIBLE_ARRAY_MEMBER];
} Chunk;

static inline GroupStatistics *
all_statistics(GroupExchange *exchange)
{
	return (GroupStatistics *) ((char *) exchange + MAXALIGN(sizeof(GroupExchange)));
}

static inline GroupStream *
stream_of(GroupExchange *exchange, int participant, uint32 partition)
{
	GroupStream *streams = (GroupStream *) (all_statistics(exchange) + exchange->participants);

	return &streams[((Size) participant << exchange->bits) + partition];
}

static void
file_name(char *name, Size size, int participant, uint32 partition)
{
	snprintf(name, size, "states%d.%u", participant, partition);
}

Size
group_exchange_size(int participants, int bits)
{
	return MAXALIGN(sizeof(GroupExchange)) + participants * sizeof(GroupStatistics) +
		   ((Size) participants << bits) * sizeof(GroupStream);
}

static void
clear(GroupExchange *exchange)
{
	exchange->started = 0;
	exchange->alone = false;
	BarrierInit(&exchange->barrier, 0);
	pg_atomic_write_u32(&exchange->next_partition, 0);
	memset(stream_of(exchange, 0, 0), 0,
		   ((Size) exchange->participants << exchange->bits) * sizeof(GroupStream));
}

void
group_exchange_init(GroupExchange *exchange, int participants, int bits, dsm_segment *segment)
{
	memset(exchange, 0, group_exchange_size(participants, bits));
	SpinLockInit(&exchange->mutex);
	exchange->participants = participants;
	exchange->bits = bits;
	pg_atomic_init_u32(&exchange->next_partition, 0);
	clear(exchange);
	SharedFileSetInit(&exchange->files, segment);
	exchange->segment = segment != NULL ? dsm_segment_handle(segment) : DSM_HANDLE_INVALID;
}

/* Also in a worker, where the segment has been mapped by the executor. */
void
group_exchange_attach(GroupExchange *exchange)
{
	SharedFileSetAttach(&exchange->files, dsm_find_mapping(exchange->segment));
}

GroupStatistics *
group_exchange_statistics(GroupExchange *exchange, int participant)
{
	return &all_statistics(exchange)[participant];
}

static void
free_chunks(GroupStream *stream, dsa_area *area)
{
	while (DsaPointerIsValid(stream->first))
	{
		Chunk *chunk = dsa_get_address(area, stream->first);
		dsa_pointer next = chunk->next;

		dsa_free(area, stream->first);
		stream->first = next;
	}
}

/* Before a rescan, when no worker runs. */
void
group_exchange_reset(GroupExchange *exchange, dsa_area *area)
{
	for (int i = 0; area != NULL && i < exchange->participants; i++)
		for (uint32 j = 0; j < 1U << exchange->bits; j++)
			free_chunks(stream_of(exchange, i, j), area);
	SharedFileSetDeleteAll(&exchange->files);
	clear(exchange);
}

GroupSender *
group_sender_create(GroupExchange *exchange, dsa_area *area, int participant, Size limit)
{
	GroupSender *sender = palloc0(sizeof(GroupSender));

	sender->exchange = exchange;
	sender->area = area;
	sender->participant = participant;
	sender->limit = limit;
	sender->files = palloc0(sizeof(BufFile *) << exchange->bits);
	sender->chunks = palloc0(sizeof(Chunk *) << exchange->bits);
	return sender;
}

/* A chunk with room for `needed` bytes at the end of a stream. */
static Chunk *
add_chunk(GroupSender *sender, GroupStream *stream, uint32 partition, Size needed)
{
	Chunk *last = sender->chunks[partition];
	Size size = last == NULL ? FIRST_CHUNK : Min((Size) last->size * 2, LARGEST_CHUNK);
	dsa_pointer pointer;
	Chunk *chunk;

	size = Max(size, needed);
	pointer = dsa_allocate_extended(sender->area, offsetof(Chunk, records) + size, DSA_ALLOC_HUGE);
	chunk = dsa_get_address(sender->area, pointer);
	chunk->next = InvalidDsaPointer;
	chunk->size = size;
	chunk->used = 0;
	if (last == NULL)
		stream->first = pointer;
	else
		last->next = pointer;
	sender->chunks[partition] = chunk;
	sender->shared += size;
	return chunk;
}

static void
write_to_file(GroupSender *sender, GroupStream *stream, uint32 partition, char *record, Size length)
{
	char name[64];

	if (sender->files[partition] == NULL)
	{
		file_name(name, sizeof(name), sender->participant, partition);
		sender->files[partition] = BufFileCreateFileSet(&sender->exchange->files.fs, name);
		stream->has_file = true;
	}
	BufFileWrite(sender->files[partition], record, length);
	sender->file_bytes += length;
}

char *
group_sender_reserve(GroupSender *sender, const GroupRecord *head, StringInfo buffer)
{
	uint32 partition = group_partition(head->hash, sender->exchange->bits, 0);
	GroupStream *stream = stream_of(sender->exchange, sender->participant, partition);
	Chunk *chunk = sender->chunks[partition];

	if (sender->files[partition] == NULL && chunk != NULL &&
		chunk->size - chunk->used >= head->length)
		return chunk->records + chunk->used;
	if (sender->files[partition] == NULL && sender->shared + head->length <= sender->limit)
		return add_chunk(sender, stream, partition, head->length)->records;
	resetStringInfo(buffer);
	enlargeStringInfo(buffer, head->length);
	return buffer->data;
}

void
group_sender_written(GroupSender *sender, const GroupRecord *head, char *place)
{
	uint32 partition = group_partition(head->hash, sender->exchange->bits, 0);
	Chunk *chunk = sender->chunks[partition];

	if (chunk != NULL && place == chunk->records + chunk->used)
		chunk->used += head->length;
	else
		write_to_file(sender, stream_of(sender->exchange, sender->participant, partition),
					  partition, place, head->length);
}

/* All is written: let the others read it. */
void
group_sender_finish(GroupSender *sender)
{
	for (uint32 i = 0; i < 1U << sender->exchange->bits; i++)
	{
		if (sender->files[i] == NULL)
			continue;
		BufFileExportFileSet(sender->files[i]);
		BufFileClose(sender->files[i]);
		sender->files[i] = NULL;
	}
}

static void
read_file(GroupExchange *exchange, int participant, uint32 partition,
		  void (*take)(void *argument, const char *record), void *argument)
{
	char name[64];
	StringInfoData record;
	BufFile *file;

	file_name(name, sizeof(name), participant, partition);
	file = BufFileOpenFileSet(&exchange->files.fs, name, O_RDONLY, false);
	initStringInfo(&record);
	while (group_record_read(file, &record))
	{
		CHECK_FOR_INTERRUPTS();
		take(argument, record.data);
	}
	pfree(record.data);
	BufFileClose(file);
}

void
group_exchange_read(GroupExchange *exchange, dsa_area *area, uint32 partition,
					void (*take)(void *argument, const char *record), void *argument)
{
	for (int i = 0; i < exchange->participants; i++)
	{
		GroupStream *stream = stream_of(exchange, i, partition);

		for (dsa_pointer next = stream->first; DsaPointerIsValid(next);)
		{
			const Chunk *chunk = dsa_get_address(area, next);
			uint32 at = 0;

			while (at < chunk->used)
			{
				const char *record = chunk->records + at;
				uint64 length = ((const GroupRecord *) record)->length;

				CHECK_FOR_INTERRUPTS();
				if (length < sizeof(GroupRecord) || length > chunk->used - at)
					elog(ERROR, "CustomerAgg: a record of states is broken");
				at += length;
				take(argument, record);
			}
			next = chunk->next;
		}
		free_chunks(stream, area);
		if (stream->has_file)
			read_file(exchange, i, partition, take, argument);
	}
}
