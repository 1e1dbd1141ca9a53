/*
 * group_explain.c
 *		What EXPLAIN says of CustomerAgg.
 */
#include "postgres.h"
#include "compat.h"

#include "commands/explain.h"
#include "group/group_node.h"
#include "utils/ruleutils.h"

#define KILOBYTES(bytes) (((bytes) + 1023) / 1024)

static void
explain_keys(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	CustomerAggState *state = (CustomerAggState *) node;
	bool prefix = explained_tables(es) > 1 || es->verbose;
	List *context = set_deparse_context_plan(es->deparse_cxt, &plan->scan.plan, ancestors);
	List *keys = NIL;

	for (int i = 0; i < state->keys.nkeys; i++)
	{
		TargetEntry *key = list_nth(plan->custom_scan_tlist, i);

		keys = lappend(keys, deparse_expression((Node *) key->expr, context, prefix, true));
	}
	ExplainPropertyList("Group Key", keys, es);
}

static void
explain_statistics(const GroupStatistics *statistics, ExplainState *es)
{
	ExplainPropertyInteger("Groups", NULL, statistics->groups, es);
	ExplainPropertyInteger("Memory Usage", "kB", KILOBYTES(statistics->memory), es);
	if (statistics->spilled_bytes == 0 && es->format == EXPLAIN_FORMAT_TEXT)
		return;
	ExplainPropertyInteger("Spilled States", NULL, statistics->spilled_states, es);
	ExplainPropertyInteger("Spilled Partitions", NULL, statistics->spilled_partitions, es);
	ExplainPropertyInteger("Disk Usage", "kB", KILOBYTES(statistics->spilled_bytes), es);
}

/* All processes together; the memory is that of the largest. */
static void
add_statistics(GroupStatistics *sum, const GroupStatistics *one)
{
	sum->groups += one->groups;
	sum->memory = Max(sum->memory, one->memory);
	sum->spilled_states += one->spilled_states;
	sum->spilled_bytes += one->spilled_bytes;
	sum->spilled_partitions += one->spilled_partitions;
}

void
customer_agg_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CustomerAggState *state = (CustomerAggState *) node;
	GroupStatistics sum = state->statistics;

	explain_keys(node, ancestors, es);
	if (!es->analyze)
		return;
	if (state->nprocesses > 0)
		memset(&sum, 0, sizeof(sum));
	for (int i = 0; i < state->nprocesses; i++)
		add_statistics(&sum, &state->all_statistics[i]);
	explain_statistics(&sum, es);
}
