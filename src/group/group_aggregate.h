/*
 * group_aggregate.h
 *		What the grouping node must know of an aggregate.
 *
 * A room that wants its aggregates in the node describes each by one constant
 * struct: how to take the arguments of a row out of their slot, and how its
 * states are kept within the node's table. The room does all the work on
 * states; the node knows nothing of their content.
 */
#ifndef CUSTOMER_PROFILE_GROUP_AGGREGATE_H
#define CUSTOMER_PROFILE_GROUP_AGGREGATE_H

#include "group/group_memory.h"

#define GROUP_MAX_ARGUMENTS 3

/* The arguments of one row: attribute numbers less one into what a slot holds. */
typedef struct GroupArguments
{
	const Datum *values;
	const bool *nulls;
	const int *columns;
} GroupArguments;

#define GROUP_ARGUMENT(arguments, n) ((arguments)->values[(arguments)->columns[n]])
#define GROUP_ARGUMENT_IS_NULL(arguments, n) ((arguments)->nulls[(arguments)->columns[n]])

/* Where the states of a table live. */
typedef struct GroupArea
{
	GroupMemory *memory;
	void *store; /* what `create` returned */
} GroupArea;

/*
 * States of an aggregate. A state is `size` bytes in an entry of the table, a
 * multiple of 8 or nothing; all zero is the state of no rows. Each entry has a
 * number. More may hang on a state, or lie in a store that all states of the
 * table share; both are in the table's memory, which lives as long as it.
 */
typedef struct GroupStates
{
	Size size;
	void *(*create)(GroupMemory *memory); /* the store; NULL: none is needed */
	/* Add rows[i] (of the aggregate's row_size) to states[i]; a state may come several times. */
	void (*add)(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
				int count);
	/* The bytes that a state takes outside of the table, and their writing; aligned to 8 bytes. */
	Size (*written_size)(const GroupArea *area, const void *state, uint32 number);
	void (*write)(const GroupArea *area, const void *state, uint32 number, char *out);
	/* Add what `write` wrote to a state; `bytes` is aligned to 8 bytes. */
	void (*merge)(const GroupArea *area, void *state, uint32 number, const char *bytes,
				  Size length);
	/* What the aggregate returns, in the current memory context. */
	Datum (*finish)(const GroupArea *area, const void *state, uint32 number, bool *isnull);
} GroupStates;

typedef struct GroupAggregate
{
	PGFunction transition; /* by these C functions an aggregate is known */
	PGFunction final;
	int narguments;
	Size row_size; /* multiple of 8 */
	void (*read)(void *row, const GroupArguments *arguments);
	const GroupStates *states;
} GroupAggregate;

/* The description of an aggregate of this extension, or of count(*); NULL for all others. */
extern const GroupAggregate *group_aggregate_of(Oid aggregate);

extern const GroupAggregate purchase_summary_group_aggregates[];
extern const int purchase_summary_group_aggregates_count;
extern const GroupAggregate timeline_group_aggregates[];
extern const int timeline_group_aggregates_count;

#endif /* CUSTOMER_PROFILE_GROUP_AGGREGATE_H */
