/*
 * group_exchange.h
 *		What the processes of a parallel grouping share.
 *
 * Each process groups the rows it gets. Then all put their states here, by
 * partitions of the hash, wait for one another, and each takes whole
 * partitions to merge and to return. So no state passes through a tuple queue,
 * and no process holds more than its share.
 */
#ifndef CUSTOMER_PROFILE_GROUP_EXCHANGE_H
#define CUSTOMER_PROFILE_GROUP_EXCHANGE_H

#include "group/group_spill.h"
#include "storage/barrier.h"
#include "storage/sharedfileset.h"
#include "utils/dsa.h"

/* What one process did, for EXPLAIN. */
typedef struct GroupStatistics
{
	int64 groups; /* returned or refused by HAVING */
	int64 memory; /* bytes, at most */
	int64 spilled_states;
	int64 spilled_bytes;
	int64 spilled_partitions; /* read back */
} GroupStatistics;

/* Records of one process in one partition: first a list of chunks, then a file. */
typedef struct GroupStream
{
	dsa_pointer first;
	bool has_file;
} GroupStream;

typedef struct GroupExchange
{
	slock_t mutex; /* of the next three */
	int started;   /* processes that have begun to read rows */
	bool alone;	   /* one was done before any other began, and returns all by itself */
	Barrier barrier;
	pg_atomic_uint32 next_partition;
	SharedFileSet files;
	dsm_handle segment;
	int bits;
	int participants;
	/* then GroupStatistics[participants], and GroupStream[participants][1 << bits] */
} GroupExchange;

extern Size group_exchange_size(int participants, int bits);
extern void
group_exchange_init(GroupExchange *exchange, int participants, int bits, dsm_segment *segment);
extern void group_exchange_reset(GroupExchange *exchange, dsa_area *area);
extern void group_exchange_attach(GroupExchange *exchange);
extern GroupStatistics *group_exchange_statistics(GroupExchange *exchange, int participant);

/* What one process needs to write to its streams. */
typedef struct GroupSender
{
	GroupExchange *exchange;
	dsa_area *area;
	int participant;
	Size limit;	 /* bytes in shared memory before files are used */
	Size shared; /* bytes in shared memory */
	int64 file_bytes;
	BufFile **files;			/* by partition */
	struct GroupChunk **chunks; /* the last one of each partition */
} GroupSender;

extern GroupSender *
group_sender_create(GroupExchange *exchange, dsa_area *area, int participant, Size limit);

/*
 * The place to write a record to: in shared memory, or in `buffer` when it
 * shall go to a file. Then say that it has been written.
 */
extern char *group_sender_reserve(GroupSender *sender, const GroupRecord *head, StringInfo buffer);
extern void group_sender_written(GroupSender *sender, const GroupRecord *head, char *place);

extern void group_sender_finish(GroupSender *sender);

/* Calls `take` for every record of a partition, of all processes; the memory is freed. */
extern void group_exchange_read(GroupExchange *exchange, dsa_area *area, uint32 partition,
								void (*take)(void *argument, const char *record), void *argument);

#endif /* CUSTOMER_PROFILE_GROUP_EXCHANGE_H */
