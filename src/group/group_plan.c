/*
 * group_plan.c
 *		CustomerAgg as the planner sees it: when it can take the place of an
 *		aggregate, what it costs, and the plan.
 *
 * The node sits on any child path. Its input holds the keys, the arguments of
 * all aggregates and their FILTER conditions as columns, so that expressions,
 * SubPlans and Params stay with the executor: the node only reads columns.
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_aggregate.h"
#include "group/group.h"
#include "group/group_node.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

/* What a query wants of the node. */
typedef struct Wanted
{
	List *keys;			   /* expressions */
	List *equal_operators; /* of the keys */
	List *collations;
	List *carried; /* columns that depend on the keys */
	List *aggregates;
	bool possible;
	double groups; /* expected */
	double state_bytes;
} Wanted;

static create_upper_paths_hook_type previous_hook;
static bool enable_customer_agg = true;

/* Collects aggregates and columns outside of keys. */
static bool
collect(Node *node, void *argument)
{
	Wanted *wanted = argument;

	if (node == NULL || list_member(wanted->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		wanted->aggregates = list_append_unique(wanted->aggregates, node);
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
	{
		wanted->carried = list_append_unique(wanted->carried, node);
		return false;
	}
	if (IsA(node, GroupingFunc) || IsA(node, WindowFunc))
		wanted->possible = false;
	return expression_tree_walker(node, collect, argument);
}

/* The keys of the query in this relation's own terms; false when one is missing or cannot be hashed. */
static bool
find_keys(PlannerInfo *root, const PathTarget *target, Wanted *wanted)
{
	ListCell *cell;

	foreach (cell, root_group_clause(root))
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Node *key = NULL;
		Oid collation;
		ListCell *expression;

		foreach (expression, target->exprs)
			if (get_pathtarget_sortgroupref(target, foreach_current_index(expression)) ==
				clause->tleSortGroupRef)
				key = lfirst(expression);
		/* Two equal volatile keys could not be told apart in the plan. */
		if (key == NULL || !clause->hashable || contain_volatile_functions(key))
			return false;
		collation = exprCollation(key);
		if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
			return false;
		wanted->keys = lappend(wanted->keys, key);
		wanted->equal_operators = lappend_oid(wanted->equal_operators, clause->eqop);
		wanted->collations = lappend_oid(wanted->collations, collation);
	}
	return wanted->keys != NIL;
}

/* Is every aggregate one of ours or count(*), and one of them ours? */
static bool
check_aggregates(Wanted *wanted)
{
	bool ours = false;
	ListCell *cell;

	foreach (cell, wanted->aggregates)
	{
		Aggref *aggref = lfirst_node(Aggref, cell);
		const GroupAggregate *aggregate;

		if (aggref->aggorder != NIL || aggref->aggdistinct != NIL || aggref->agglevelsup != 0 ||
			aggref->aggkind != AGGKIND_NORMAL || aggref->aggsplit != AGGSPLIT_SIMPLE)
			return false;
		/* The filter stands twice in the input when it guards an argument. */
		if (contain_volatile_functions((Node *) aggref->aggfilter))
			return false;
		aggregate = group_aggregate_of(aggref->aggfnoid);
		if (aggregate == NULL || list_length(aggref->args) != aggregate->narguments)
			return false;
		ours |= aggregate->transition != NULL;
		wanted->state_bytes += aggregate->states->size;
	}
	return ours;
}

static bool
find_wanted(PlannerInfo *root, RelOptInfo *grouped, Node *having, Wanted *wanted)
{
	memset(wanted, 0, sizeof(*wanted));
	wanted->possible = true;
	if (root->parse->groupingSets != NIL || !find_keys(root, grouped->reltarget, wanted))
		return false;
	collect((Node *) grouped->reltarget->exprs, wanted);
	collect(having, wanted);
	return wanted->possible && check_aggregates(wanted);
}

/* The number of an expression in the input, where it is added when it is not there. */
static int
input_column(List **input, Node *expression)
{
	ListCell *cell;

	foreach (cell, *input)
		if (equal(lfirst(cell), expression) && !contain_volatile_functions(expression))
			return foreach_current_index(cell);
	*input = lappend(*input, expression);
	return list_length(*input) - 1;
}

/*
 * An argument of an aggregate. Behind a FILTER it may only be computed for the
 * rows that pass, as it may be what the filter guards against.
 */
static Node *
guarded_argument(Expr *filter, Expr *argument)
{
	CaseExpr *guard;
	CaseWhen *when;

	if (filter == NULL || IsA(argument, Var) || IsA(argument, Const) || IsA(argument, Param))
		return (Node *) argument;
	when = makeNode(CaseWhen);
	when->expr = filter;
	when->result = argument;
	when->location = -1;
	guard = makeNode(CaseExpr);
	guard->casetype = exprType((Node *) argument);
	guard->casecollid = exprCollation((Node *) argument);
	guard->args = list_make1(when);
	guard->defresult =
		(Expr *) makeNullConst(guard->casetype, exprTypmod((Node *) argument), guard->casecollid);
	guard->location = -1;
	return (Node *) guard;
}

/* Columns of the input that the node reads, from an initial list that may be empty. */
static List *
input_columns(const Wanted *wanted, List *input, GroupPrivate *private)
{
	ListCell *cell;

	memset(private, 0, sizeof(*private));
	foreach (cell, wanted->keys)
	private->key_columns = lappend_int(private->key_columns, input_column(&input, lfirst(cell)));
	foreach (cell, wanted->carried)
	private->key_columns = lappend_int(private->key_columns, input_column(&input, lfirst(cell)));
	foreach (cell, wanted->aggregates)
	{
		Aggref *aggref = lfirst_node(Aggref, cell);
		List *description = list_make1_int((int) aggref->aggfnoid);
		ListCell *argument;

		description = lappend_int(
			description,
			aggref->aggfilter == NULL ? -1 : input_column(&input, (Node *) aggref->aggfilter));
		foreach (argument, aggref->args)
			description = lappend_int(
				description,
				input_column(&input, guarded_argument(aggref->aggfilter,
													  lfirst_node(TargetEntry, argument)->expr)));
		private->aggregates = lappend(private->aggregates, description);
	}
	private->nkeys = list_length(wanted->keys);
	private->equal_operators = wanted->equal_operators;
	private->collations = wanted->collations;
	private->groups = wanted->groups;
	return input;
}

/* The child as it is when it has all columns that are needed, else with a projection. */
static Path *
input_path(PlannerInfo *root, Path *child, const Wanted *wanted, GroupPrivate *private)
{
	List *present = list_copy(child->pathtarget->exprs);
	int count = list_length(present);
	PathTarget *target;

	if (list_length(input_columns(wanted, present, private)) == count)
		return child;
	target = create_empty_pathtarget();
	target->exprs = input_columns(wanted, NIL, private);
	return (Path *) create_projection_path(root, child->parent, child,
										   set_pathtarget_cost_width(root, target));
}

/*
 * Costs. The factors are measured (test/bench): a row costs the node less than
 * half of what it costs the executor's hash aggregate, which charges
 * cpu_operator_cost for each key and each transition. States on disk are
 * written and read once more for each time that they must be divided.
 */
#define ROW_FACTOR 0.4

static void
cost_paths(PlannerInfo *root, Path *path, const Path *input, const Wanted *wanted, Node *having,
		   double processes)
{
	double rows = clamp_row_est(input->rows);
	double groups = clamp_row_est(Min(wanted->groups, rows));
	double bytes = groups * (list_length(wanted->keys) * 16 + wanted->state_bytes + 16);
	double limit = get_hash_memory_limit();
	double operations = list_length(wanted->keys) + list_length(wanted->aggregates);
	double returned = clamp_row_est(wanted->groups / processes);
	Cost startup = input->total_cost + rows * operations * cpu_operator_cost * ROW_FACTOR;
	QualCost having_cost = {0, 0};

	if (processes > 1) /* states are exchanged and merged */
		startup += groups * operations * 2 * cpu_operator_cost;
	if (bytes > limit)
	{
		/* Between a table full and the next, rows of one key have become one state. */
		double states =
			Max(groups, rows - (rows / groups - 1) * Min(groups, limit / bytes * groups));
		double pages = Min(states, rows) * bytes / groups / BLCKSZ;

		startup += 2 * pages * seq_page_cost + 2 * states * cpu_tuple_cost;
	}
	if (having != NULL)
		cost_qual_eval(&having_cost, (List *) having, root);
	path->startup_cost = startup + having_cost.startup;
	path->total_cost = path->startup_cost +
					   returned * (cpu_tuple_cost + having_cost.per_tuple + cpu_operator_cost) +
					   path->pathtarget->cost.startup + returned * path->pathtarget->cost.per_tuple;
	path->rows = returned;
	if (having != NULL)
		path->rows = clamp_row_est(
			returned * clauselist_selectivity(root, (List *) having, 0, JOIN_INNER, NULL));
}

static Plan *plan_customer_agg(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
							   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = CUSTOMER_AGG,
	.PlanCustomPath = plan_customer_agg,
};

/* The share of the work of each process, as get_parallel_divisor() counts it. */
static double
parallel_processes(const Path *path)
{
	double leader = 1.0 - 0.3 * path->parallel_workers;

	return path->parallel_workers + (parallel_leader_participation ? Max(leader, 0.0) : 0.0);
}

static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *grouped, Path *child, const Wanted *wanted, Node *having,
		  bool parallel)
{
	CustomPath *path = makeNode(CustomPath);
	List *scan_target;
	GroupPrivate private;
	Path *input = input_path(root, child, wanted, &private);

	private.parallel = parallel;
	scan_target = list_concat(list_concat_copy(wanted->keys, wanted->carried), wanted->aggregates);
	path->path.pathtype = T_CustomScan;
	path->path.parent = grouped;
	path->path.pathtarget = grouped->reltarget;
	path->path.parallel_aware = parallel;
	path->path.parallel_safe = grouped->consider_parallel && input->parallel_safe;
	path->path.parallel_workers = input->parallel_workers;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(input);
	path->custom_private = list_make3(group_private_make(&private), scan_target, having);
	path->methods = &path_methods;
	cost_paths(root, &path->path, input, wanted, having,
			   parallel ? parallel_processes(input) : 1.0);
	return path;
}

static double
expected_groups(PlannerInfo *root, const Wanted *wanted, double rows)
{
	return estimate_num_groups(root, wanted->keys, rows, NULL, NULL);
}

static void
add_parallel_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *grouped, Wanted *wanted,
				  Node *having)
{
	Path *child = linitial(input->partial_pathlist);
	Path *path = (Path *) make_path(root, grouped, child, wanted, having, true);
	double rows = path->rows * parallel_processes(path);

	if (!path->parallel_safe)
		return;
	add_path(grouped,
			 (Path *) create_gather_path(root, grouped, path, grouped->reltarget, NULL, &rows));
	/* One of its own, which add_partial_path may free. */
	add_partial_path(grouped, (Path *) make_path(root, grouped, child, wanted, having, true));
}

/* create_upper_paths_hook */
static void
add_customer_agg_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
					   RelOptInfo *grouped, void *extra)
{
	Wanted wanted;
	Node *having;

	if (previous_hook != NULL)
		previous_hook(root, stage, input, grouped, extra);
	if (stage != UPPERREL_GROUP_AGG || !enable_customer_agg || extra == NULL ||
		input->cheapest_total_path == NULL)
		return;
	having = ((GroupPathExtraData *) extra)->havingQual;
	if (!find_wanted(root, grouped, having, &wanted))
		return;
	wanted.groups = expected_groups(root, &wanted, input->cheapest_total_path->rows);
	add_path(grouped,
			 (Path *) make_path(root, grouped, input->cheapest_total_path, &wanted, having, false));
	if (grouped->consider_parallel && input->partial_pathlist != NIL)
		add_parallel_path(root, input, grouped, &wanted, having);
}

static Plan *
plan_customer_agg(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path, List *tlist,
				  List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	ListCell *cell;

	(void) root;
	(void) rel;
	(void) clauses;
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = lthird(best_path->custom_private);
	scan->scan.scanrelid = 0;
	scan->flags = best_path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_private = linitial(best_path->custom_private);
	foreach (cell, (List *) lsecond(best_path->custom_private))
		scan->custom_scan_tlist = lappend(
			scan->custom_scan_tlist, makeTargetEntry(copyObject(lfirst(cell)),
													 foreach_current_index(cell) + 1, NULL, false));
	scan->methods = &customer_agg_scan_methods;
	return &scan->scan.plan;
}

/* To a list that can be copied and sent to workers, and back. */
List *
group_private_make(const GroupPrivate *private)
{
	List *numbers = list_make2_int(private->nkeys, private->parallel);

	numbers = lappend_int(numbers, (int) Min(private->groups, (double) PG_INT32_MAX));
	return lappend(
		list_make4(private->key_columns, numbers, private->equal_operators, private->collations),
		private->aggregates);
}

void
group_private_read(List *list, GroupPrivate *private)
{
	List *numbers = list_nth(list, 1);

	private->key_columns = list_nth(list, 0);
	private->nkeys = list_nth_int(numbers, 0);
	private->parallel = list_nth_int(numbers, 1);
	private->groups = list_nth_int(numbers, 2);
	private->equal_operators = list_nth(list, 2);
	private->collations = list_nth(list, 3);
	private->aggregates = list_nth(list, 4);
}

void
group_init(void)
{
	DefineCustomBoolVariable(
		"customer_profile.enable_customer_agg", "Enables the planner's use of CustomerAgg plans.",
		"CustomerAgg groups rows by customer for purchase_summary, timeline "
		"and rollup, with the same results as the executor's aggregates.",
		&enable_customer_agg, true, PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	RegisterCustomScanMethods(&customer_agg_scan_methods);
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_customer_agg_paths;
}
