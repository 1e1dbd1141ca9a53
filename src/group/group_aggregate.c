/*
 * group_aggregate.c
 *		Which aggregates the grouping node knows.
 *
 * An aggregate is known by its C functions, never by its name, and must belong
 * to this extension: another one made of the same functions may start from
 * another value.
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "group/group_aggregate.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

/* count(*): the rows that pass the filter. */
static void
count_add(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
		  int count)
{
	(void) area;
	(void) numbers;
	(void) rows;
	for (int i = 0; i < count; i++)
		(*(int64 *) states[i])++;
}

static Size
count_written_size(const GroupArea *area, const void *state, uint32 number)
{
	(void) area;
	(void) state;
	(void) number;
	return sizeof(int64);
}

static void
count_write(const GroupArea *area, const void *state, uint32 number, char *out)
{
	(void) area;
	(void) number;
	memcpy(out, state, sizeof(int64));
}

static void
count_merge(const GroupArea *area, void *state, uint32 number, const char *bytes, Size length)
{
	(void) area;
	(void) number;
	(void) length;
	*(int64 *) state += *(const int64 *) bytes;
}

static Datum
count_finish(const GroupArea *area, const void *state, uint32 number, bool *isnull)
{
	(void) area;
	(void) number;
	*isnull = false;
	return Int64GetDatum(*(const int64 *) state);
}

static const GroupStates count_states = {
	.size = sizeof(int64),
	.add = count_add,
	.written_size = count_written_size,
	.write = count_write,
	.merge = count_merge,
	.finish = count_finish,
};

static const GroupAggregate count_aggregate = {.states = &count_states};

static const GroupAggregate *
find(const GroupAggregate *aggregates, int count, PGFunction transition)
{
	for (int i = 0; i < count; i++)
		if (aggregates[i].transition == transition)
			return &aggregates[i];
	return NULL;
}

static const GroupAggregate *
aggregate_of_functions(Oid transition_oid, Oid final_oid)
{
	const GroupAggregate *aggregate;
	FmgrInfo transition;
	FmgrInfo final;

	if (!OidIsValid(final_oid))
		return NULL;
	fmgr_info(transition_oid, &transition);
	aggregate = find(purchase_summary_group_aggregates, purchase_summary_group_aggregates_count,
					 transition.fn_addr);
	if (aggregate == NULL)
		aggregate =
			find(timeline_group_aggregates, timeline_group_aggregates_count, transition.fn_addr);
	if (aggregate == NULL)
		return NULL;
	fmgr_info(final_oid, &final);
	return final.fn_addr == aggregate->final ? aggregate : NULL;
}

static bool
belongs_to_extension(Oid aggregate)
{
	Oid extension = getExtensionOfObject(ProcedureRelationId, aggregate);

	return OidIsValid(extension) && extension == get_extension_oid("customer_profile", true);
}

const GroupAggregate *
group_aggregate_of(Oid aggregate)
{
	const GroupAggregate *result;
	HeapTuple tuple;
	Form_pg_aggregate form;

	if (aggregate == F_COUNT_)
		return &count_aggregate;
	/* No function of the system's is one of ours. */
	if (aggregate < FirstNormalObjectId)
		return NULL;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	result = aggregate_of_functions(form->aggtransfn, form->aggfinalfn);
	ReleaseSysCache(tuple);
	return result != NULL && belongs_to_extension(aggregate) ? result : NULL;
}
