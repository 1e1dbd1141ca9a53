/*
 * group_node.h
 *		The executor node CustomerAgg: its state, shared by the files of this
 *		room.
 */
#ifndef CUSTOMER_PROFILE_GROUP_NODE_H
#define CUSTOMER_PROFILE_GROUP_NODE_H

#include "group/group_aggregate.h"
#include "group/group_exchange.h"
#include "group/group_spill.h"
#include "group/group_table.h"
#include "nodes/extensible.h"

/* One aggregate of the node. */
typedef struct GroupColumn
{
	const GroupAggregate *aggregate;
	int columns[GROUP_MAX_ARGUMENTS]; /* of the arguments in the input, less one */
	int filter;						  /* column of the FILTER condition, or -1 */
	Size offset;					  /* of its state in an entry */
	GroupArea area;
	/* the rows of the batch, and for each the number of its row in the batch */
	char *rows;
	int nrows;
	uint16 row_numbers[GROUP_BATCH];
} GroupColumn;

/* Partitions of states still to be read. */
typedef struct GroupPending
{
	BufFile *file;
	int level; /* of the partitions that its states may be divided into */
	struct GroupPending *next;
} GroupPending;

typedef enum GroupPhase
{
	GROUP_START,	/* nothing read yet */
	GROUP_RETURN,	/* the table holds final states */
	GROUP_FINISHED, /* all has been returned */
} GroupPhase;

typedef struct CustomerAggState
{
	CustomScanState css;
	MemoryContext context; /* of everything that a rescan throws away */
	MemoryContext batch_context;
	GroupKeys keys;
	GroupColumn *columns;
	int ncolumns;
	int last_attribute; /* of the input that is needed */
	double groups;		/* as the planner expects */
	Size limit;

	GroupBatch batch;
	GroupTable table;
	bool whole; /* the table holds all groups: returning may start again */
	GroupPhase phase;
	uint32 next_entry;
	StringInfoData record; /* being written */
	StringInfoData record_read;

	/* states on disk */
	int bits;
	int loading_level;	   /* level of what is being read back */
	GroupSpill *spill;	   /* being written, or NULL */
	GroupPending *pending; /* to be read */
	GroupStatistics statistics;
	bool counted; /* the groups of a whole table, which may be returned again */

	/* in parallel */
	bool parallel;			 /* planned so */
	GroupExchange *exchange; /* NULL: alone */
	int participant;
	GroupSender *sender;
	bool attached;		/* to the barrier */
	bool exchange_done; /* nothing more comes from the others */
	/* kept for EXPLAIN by the leader: of all processes, itself first */
	GroupStatistics *all_statistics;
	int nprocesses;
} CustomerAggState;

/* group_plan.c: names of this node's methods, the lists in CustomScan.custom_private */
#define CUSTOMER_AGG "CustomerAgg"

typedef struct GroupPrivate
{
	List *key_columns; /* input columns of the keys, then of what is carried */
	int nkeys;
	List *equal_operators; /* of the keys */
	List *collations;
	List *aggregates; /* lists: oid, filter column, argument columns */
	double groups;
	bool parallel;
} GroupPrivate;

extern List *group_private_make(const GroupPrivate *private);
extern void group_private_read(List *list, GroupPrivate *private);

extern const CustomScanMethods customer_agg_scan_methods;

/* group_build.c: rows in, states put aside and merged */
extern void group_read_input(CustomerAggState *state);
extern void group_build(CustomerAggState *state);
extern void group_empty_table(CustomerAggState *state, double groups);
extern void group_start_loading(CustomerAggState *state, int level);
extern bool group_end_loading(CustomerAggState *state);
extern bool group_next_partition(CustomerAggState *state);
extern void group_merge_record(void *state, const char *record);
extern void group_put_aside(CustomerAggState *state);

/* group_parallel.c */
extern Size customer_agg_estimate_dsm(CustomScanState *node, ParallelContext *pcxt);
extern void
customer_agg_initialize_dsm(CustomScanState *node, ParallelContext *pcxt, void *coordinate);
extern void
customer_agg_reinitialize_dsm(CustomScanState *node, ParallelContext *pcxt, void *coordinate);
extern void customer_agg_initialize_worker(CustomScanState *node, shm_toc *toc, void *coordinate);
extern void group_build_together(CustomerAggState *state);
extern bool group_next_shared_partition(CustomerAggState *state);
extern void group_leave(CustomerAggState *state);
extern void group_keep_statistics(CustomerAggState *state);

/* group_explain.c */
extern void customer_agg_explain(CustomScanState *node, List *ancestors, ExplainState *es);

#endif /* CUSTOMER_PROFILE_GROUP_NODE_H */
