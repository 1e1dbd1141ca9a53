/*
 * group_exec.c
 *		CustomerAgg as the executor sees it: begin, return, rescan, end.
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "group/group_node.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

static void
check_execute(Oid function, Oid role, ObjectType type)
{
	AclResult result = object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, type, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/* As ExecInitAgg: the user may call the aggregate, and its owner the functions it is made of. */
static void
check_privileges(Oid aggregate)
{
	HeapTuple procedure = SearchSysCache1(PROCOID, ObjectIdGetDatum(aggregate));
	HeapTuple tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Form_pg_aggregate form;
	Oid owner;

	if (!HeapTupleIsValid(procedure) || !HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggregate);
	owner = ((Form_pg_proc) GETSTRUCT(procedure))->proowner;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	check_execute(aggregate, GetUserId(), OBJECT_AGGREGATE);
	check_execute(form->aggtransfn, owner, OBJECT_FUNCTION);
	if (OidIsValid(form->aggfinalfn))
		check_execute(form->aggfinalfn, owner, OBJECT_FUNCTION);
	ReleaseSysCache(tuple);
	ReleaseSysCache(procedure);
}

static void
begin_column(CustomerAggState *state, GroupColumn *column, List *description)
{
	ListCell *cell = list_head(description);
	int argument = 0;

	column->oid = lfirst_int(cell);
	cell = lnext(description, cell);
	column->filter = lfirst_int(cell);
	for_each_from(cell, description, 2)
	{
		column->columns[argument++] = lfirst_int(cell);
		state->last_attribute = Max(state->last_attribute, lfirst_int(cell) + 1);
	}
	state->last_attribute = Max(state->last_attribute, column->filter + 1);
	check_privileges(column->oid);
	column->aggregate = group_aggregate_of(column->oid);
	if (column->aggregate == NULL)
		elog(ERROR, "aggregate %u is not known to CustomerAgg", column->oid);
	column->rows = palloc(Max(column->aggregate->row_size, 1) * GROUP_BATCH);
	state->copies |= column->aggregate->copies;
}

/* The columns of the key, as they come from the input. */
static TupleDesc
key_descriptor(const GroupPrivate *private, TupleDesc input)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(list_length(private->key_columns));
	ListCell *cell;

	foreach (cell, private->key_columns)
		TupleDescCopyEntry(descriptor, foreach_current_index(cell) + 1, input,
						   lfirst_int(cell) + 1);
	return descriptor;
}

static Oid *
oid_array(List *list)
{
	Oid *oids = palloc(Max(list_length(list), 1) * sizeof(Oid));
	ListCell *cell;

	foreach (cell, list)
		oids[foreach_current_index(cell)] = lfirst_oid(cell);
	return oids;
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	CustomerAggState *state = (CustomerAggState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Size states_size = 0;
	GroupPrivate private;
	PlanState *input;
	ListCell *cell;
	double bytes;

	group_private_read(plan->custom_private, &private);
	eflags &= ~(EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK);
	input = ExecInitNode(linitial(plan->custom_plans), estate, eflags);
	node->custom_ps = list_make1(input);
	state->parallel = private.parallel;
	state->groups = private.groups;

	group_keys_init(&state->keys, &node->ss.ps, key_descriptor(&private, ExecGetResultType(input)),
					private.nkeys, oid_array(private.equal_operators),
					oid_array(private.collations));
	foreach (cell, private.key_columns)
	{
		state->keys.columns[foreach_current_index(cell)] = lfirst_int(cell);
		state->last_attribute = Max(state->last_attribute, lfirst_int(cell) + 1);
	}
	state->copies = state->keys.copies;

	state->ncolumns = list_length(private.aggregates);
	state->columns = palloc0(state->ncolumns * sizeof(GroupColumn));
	foreach (cell, private.aggregates)
	{
		GroupColumn *column = &state->columns[foreach_current_index(cell)];

		begin_column(state, column, lfirst(cell));
		column->offset = state->keys.size + states_size;
		states_size += column->aggregate->states->size;
	}
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	state->context =
		AllocSetContextCreate(estate->es_query_cxt, "CustomerAgg", ALLOCSET_DEFAULT_SIZES);
	state->batch_context =
		AllocSetContextCreate(estate->es_query_cxt, "CustomerAgg batch", ALLOCSET_DEFAULT_SIZES);
	state->limit = get_hash_memory_limit();
	if (state->parallel)
		state->limit /= 2; /* the other half is for what is exchanged */
	bytes = state->groups * (state->keys.size + states_size + 2 * sizeof(uint64));
	state->bits = state->parallel ? group_exchange_bits(bytes, state->limit)
								  : group_partition_bits(bytes, state->limit);
	group_table_init(&state->table, &state->keys, states_size, estate->es_query_cxt, state->limit,
					 state->groups);
	group_empty_table(state, state->groups);
	initStringInfo(&state->record);
	initStringInfo(&state->record_read);
}

/* One group as a tuple; NULL when HAVING refuses it. */
static TupleTableSlot *
return_entry(CustomerAggState *state, uint32 group)
{
	const char *entry = group_table_entry(&state->table, group);
	PlanState *ps = &state->css.ss.ps;
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ExprContext *econtext = ps->ps_ExprContext;
	MemoryContext outer;

	ResetExprContext(econtext);
	ExecClearTuple(slot);
	outer = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	if (unlikely(group + 1 == state->table.null_entry))
	{
		slot->tts_values[0] = (Datum) 0;
		slot->tts_isnull[0] = true;
	}
	else
		group_key_columns(&state->keys, entry, slot->tts_values, slot->tts_isnull);
	for (int i = 0; i < state->ncolumns; i++)
	{
		const GroupColumn *column = &state->columns[i];
		int number = state->keys.ncolumns + i;

		slot->tts_values[number] = column->aggregate->states->finish(
			&column->area, entry + column->offset, group, &slot->tts_isnull[number]);
	}
	MemoryContextSwitchTo(outer);
	ExecStoreVirtualTuple(slot);
	econtext->ecxt_scantuple = slot;
	if (ps->qual != NULL && !ExecQual(ps->qual, econtext))
	{
		InstrCountFiltered1(ps, 1);
		return NULL;
	}
	return ps->ps_ProjInfo != NULL ? ExecProject(ps->ps_ProjInfo) : slot;
}

/* Fill the table with more groups; false when all have been returned. */
static bool
advance(CustomerAggState *state)
{
	if (state->phase == GROUP_FINISHED || state->whole)
		return false;
	state->next_entry = 0;
	return group_next_partition(state) || group_next_shared_partition(state);
}

static void
publish_statistics(CustomerAggState *state)
{
	if (state->exchange != NULL)
		*group_exchange_statistics(state->exchange, state->participant) = state->statistics;
}

static TupleTableSlot *
next(CustomScanState *node)
{
	CustomerAggState *state = (CustomerAggState *) node;

	if (state->phase == GROUP_START)
	{
		state->phase = GROUP_RETURN;
		state->next_entry = 0;
		/* Without memory to share, one process does it all. */
		if (state->exchange != NULL && node->ss.ps.state->es_query_dsa == NULL)
			state->exchange = NULL;
		if (state->exchange != NULL)
			group_build_together(state);
		else
			group_build(state);
		publish_statistics(state);
	}
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		while (state->next_entry < state->table.count)
		{
			TupleTableSlot *slot = return_entry(state, state->next_entry++);

			if (slot != NULL)
				return slot;
			CHECK_FOR_INTERRUPTS();
		}
		state->statistics.groups += state->counted ? 0 : state->table.count;
		state->counted = state->whole;
		publish_statistics(state);
		if (!advance(state))
		{
			state->phase = GROUP_FINISHED;
			return NULL;
		}
	}
}

static void
close_files(CustomerAggState *state)
{
	for (GroupPending *pending = state->pending; pending != NULL; pending = pending->next)
		BufFileClose(pending->file);
	for (int i = 0; state->spill != NULL && i < 1 << state->spill->bits; i++)
		if (state->spill->files[i] != NULL)
			BufFileClose(state->spill->files[i]);
	state->pending = NULL;
	state->spill = NULL;
}

static void
rescan(CustomScanState *node)
{
	CustomerAggState *state = (CustomerAggState *) node;
	PlanState *input = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(input, node->ss.ps.chgParam);
	if (state->phase == GROUP_START)
	{
		if (input->chgParam == NULL)
			ExecReScan(input);
		return;
	}
	state->next_entry = 0;
	/* The same groups again, unless something that they depend on has changed. */
	if (state->whole && input->chgParam == NULL && state->exchange == NULL)
	{
		state->phase = GROUP_RETURN;
		return;
	}
	group_leave(state);
	close_files(state);
	MemoryContextReset(state->context);
	MemoryContextReset(state->batch_context);
	group_empty_table(state, state->groups);
	state->batch.count = 0;
	state->sender = NULL;
	state->loading_level = 0;
	state->exchange_done = false;
	state->counted = false;
	state->phase = GROUP_START;
	if (input->chgParam == NULL)
		ExecReScan(input);
}

static void
shutdown(CustomScanState *node)
{
	CustomerAggState *state = (CustomerAggState *) node;

	if (state->exchange == NULL)
		return;
	group_leave(state);
	publish_statistics(state);
	/* What EXPLAIN says outlives the shared memory, which goes after this. */
	if (state->participant == 0)
		group_keep_statistics(state);
	state->exchange = NULL;
}

static void
end(CustomScanState *node)
{
	CustomerAggState *state = (CustomerAggState *) node;

	close_files(state);
	ExecEndNode(linitial(node->custom_ps));
}

static const CustomExecMethods exec_methods = {
	.CustomName = CUSTOMER_AGG,
	.BeginCustomScan = begin,
	.ExecCustomScan = next,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.EstimateDSMCustomScan = customer_agg_estimate_dsm,
	.InitializeDSMCustomScan = customer_agg_initialize_dsm,
	.ReInitializeDSMCustomScan = customer_agg_reinitialize_dsm,
	.InitializeWorkerCustomScan = customer_agg_initialize_worker,
	.ShutdownCustomScan = shutdown,
	.ExplainCustomScan = customer_agg_explain,
};

static Node *
create_state(CustomScan *plan)
{
	CustomerAggState *state = palloc0(sizeof(CustomerAggState));

	(void) plan;
	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

const CustomScanMethods customer_agg_scan_methods = {
	.CustomName = CUSTOMER_AGG,
	.CreateCustomScanState = create_state,
};
