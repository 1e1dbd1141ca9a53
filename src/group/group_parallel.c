/*
 * group_parallel.c
 *		CustomerAgg in several processes: each groups the rows that its copy of
 *		the input returns, all exchange their states, and each merges and
 *		returns the partitions it takes.
 *
 * No process waits for another once it has returned a row, so none can wait
 * for one that waits for room in its tuple queue.
 */
#include "postgres.h"
#include "compat.h"

#include "access/parallel.h"
#include "group/group_node.h"
#include "pgstat.h"

enum
{
	BUILDING,
	RETURNING
};

Size
customer_agg_estimate_dsm(CustomScanState *node, ParallelContext *pcxt)
{
	CustomerAggState *state = (CustomerAggState *) node;

	return group_exchange_size(pcxt->nworkers + 1, state->bits);
}

void
customer_agg_initialize_dsm(CustomScanState *node, ParallelContext *pcxt, void *coordinate)
{
	CustomerAggState *state = (CustomerAggState *) node;

	state->exchange = coordinate;
	state->participant = 0;
	group_exchange_init(state->exchange, pcxt->nworkers + 1, state->bits, pcxt->seg);
}

void
customer_agg_reinitialize_dsm(CustomScanState *node, ParallelContext *pcxt, void *coordinate)
{
	(void) pcxt;
	/* The barrier starts anew before this process is told to rescan: there is nothing to leave. */
	((CustomerAggState *) node)->attached = false;
	group_exchange_reset(coordinate, node->ss.ps.state->es_query_dsa);
}

void
customer_agg_initialize_worker(CustomScanState *node, shm_toc *toc, void *coordinate)
{
	CustomerAggState *state = (CustomerAggState *) node;

	(void) toc;
	state->exchange = coordinate;
	state->participant = ParallelWorkerNumber + 1;
	state->bits = state->exchange->bits;
	group_exchange_attach(state->exchange);
}

/* False when another process was done before this one began: then there is nothing left. */
static bool
begin(GroupExchange *exchange)
{
	bool needed;

	SpinLockAcquire(&exchange->mutex);
	needed = !exchange->alone;
	if (needed)
		exchange->started++;
	SpinLockRelease(&exchange->mutex);
	return needed;
}

/*
 * True when no other process has begun to read: all rows have come here, since
 * the input has ended, and whoever begins later shall not.
 */
static bool
is_alone(GroupExchange *exchange)
{
	SpinLockAcquire(&exchange->mutex);
	exchange->alone = exchange->started == 1;
	SpinLockRelease(&exchange->mutex);
	return exchange->alone;
}

void
group_leave(CustomerAggState *state)
{
	if (state->attached)
		BarrierDetach(&state->exchange->barrier);
	state->attached = false;
}

/* As group_build, with the others. */
void
group_build_together(CustomerAggState *state)
{
	GroupExchange *exchange = state->exchange;
	dsa_area *area = state->css.ss.ps.state->es_query_dsa;
	MemoryContext outer;

	state->whole = false;
	if (!begin(exchange))
	{
		state->phase = GROUP_FINISHED;
		return;
	}
	if (BarrierAttach(&exchange->barrier) == BUILDING)
	{
		state->attached = true;
		outer = MemoryContextSwitchTo(state->context);
		state->sender = group_sender_create(exchange, area, state->participant, state->limit);
		MemoryContextSwitchTo(outer);
		group_read_input(state);
		if (state->sender->shared == 0 && state->sender->file_bytes == 0 && is_alone(exchange))
		{
			/* Nothing was sent: this process can return what it has. */
			state->sender = NULL;
			state->exchange_done = true;
			group_leave(state);
			return;
		}
		group_put_aside(state);
		group_sender_finish(state->sender);
		state->statistics.spilled_bytes += state->sender->file_bytes;
		state->sender = NULL;
		BarrierArriveAndWait(&exchange->barrier, PG_WAIT_EXTENSION);
	}
	state->attached = true;
	state->loading_level = 1;
}

/* Fill the table with a partition that no other process has taken; false when there is none. */
bool
group_next_shared_partition(CustomerAggState *state)
{
	GroupExchange *exchange = state->exchange;

	if (exchange == NULL || state->exchange_done)
		return false;
	for (;;)
	{
		uint32 partition = pg_atomic_fetch_add_u32(&exchange->next_partition, 1);

		if (partition >= 1U << exchange->bits)
			return false;
		group_start_loading(state, 1);
		group_exchange_read(exchange, state->css.ss.ps.state->es_query_dsa, partition,
							group_merge_record, state);
		if (group_end_loading(state))
			return true;
		if (group_next_partition(state))
			return true;
	}
}

/* Copy the statistics of all processes out of shared memory. */
void
group_keep_statistics(CustomerAggState *state)
{
	int count = state->exchange->participants;
	Size size = count * sizeof(GroupStatistics);

	if (state->all_statistics == NULL)
		state->all_statistics = MemoryContextAlloc(state->css.ss.ps.state->es_query_cxt, size);
	memcpy(state->all_statistics, group_exchange_statistics(state->exchange, 0), size);
	state->nprocesses = count;
}
