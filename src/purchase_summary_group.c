/*
 * purchase_summary_group.c
 *		The states of purchase_summary() and rollup(purchase_summary) within the
 *		grouping node.
 *
 * Most customers only buy. Such a state is 40 bytes: times, number, money. The
 * first refund, ignored row or anything else that does not fit makes it point
 * to a whole summary, to which the functions of purchase_summary.c add.
 */
#include "postgres.h"
#include "compat.h"

#include "group/group_event.h"
#include "purchase_summary_layout.h"

typedef struct PurchaseState
{
	union
	{
		TimestampTz first;
		PurchaseSummary *whole;
	} u;
	TimestampTz last;
	Decimal gross;
	uint32 purchases;
	uint8 scale;
	bool is_whole;
	uint16 unused;
} PurchaseState;

static inline bool
is_empty(const PurchaseState *state)
{
	return !state->is_whole && state->purchases == 0;
}

/* The content of a state that only has purchases, as a summary. */
static void
fill_summary(PurchaseSummary *summary, const PurchaseState *state)
{
	purchase_summary_init(summary);
	if (is_empty(state))
		return;
	summary->scale = state->scale;
	summary->purchases = state->purchases;
	summary->first_purchase = state->u.first;
	summary->last_purchase = state->last;
	summary->last_event = state->last;
	summary->gross = state->gross;
}

/* The state as a whole summary, which it is from now on. */
static PurchaseSummary *
make_whole(GroupMemory *memory, PurchaseState *state)
{
	PurchaseSummary *summary;

	if (state->is_whole)
		return state->u.whole;
	summary = group_memory_alloc(memory, sizeof(PurchaseSummary));
	fill_summary(summary, state);
	state->is_whole = true;
	state->u.whole = summary;
	return summary;
}

static inline void
add_event(GroupMemory *memory, PurchaseState *state, const GroupEvent *event)
{
	if (likely(!event->ignored && event->amount >= 0 && !state->is_whole &&
			   state->purchases < PG_UINT32_MAX))
	{
		purchase_extend(&state->u.first, &state->last, &state->gross, state->purchases > 0,
						event->at, event->amount);
		state->scale = Max(state->scale, event->scale);
		state->purchases++;
	}
	else if (event->ignored)
		purchase_summary_ignore(make_whole(memory, state), 1);
	else
		purchase_summary_add(make_whole(memory, state), event->at, event->amount, event->scale);
}

static void
add_events(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
		   int count)
{
	const GroupEvent *events = rows;

	(void) numbers;
	for (int i = 0; i < count; i++)
		add_event(area->memory, states[i], &events[i]);
}

/* A row of rollup(): a summary, or NULL. */
static void
read_summary(void *row, const GroupArguments *arguments)
{
	PurchaseSummary **summary = row;

	*summary = NULL;
	if (!GROUP_ARGUMENT_IS_NULL(arguments, 0))
		*summary = (PurchaseSummary *) PG_DETOAST_DATUM_COPY(GROUP_ARGUMENT(arguments, 0));
}

static void
add_summaries(const GroupArea *area, void *const *states, const uint32 *numbers, const void *rows,
			  int count)
{
	PurchaseSummary *const *summaries = rows;

	(void) numbers;
	for (int i = 0; i < count; i++)
		if (summaries[i] != NULL)
			purchase_summary_merge_into(make_whole(area->memory, states[i]), summaries[i]);
}

/* The compact form, or the whole summary: their sizes tell which. */
static Size
written_size(const GroupArea *area, const void *state, uint32 number)
{
	(void) area;
	(void) number;
	return ((const PurchaseState *) state)->is_whole ? sizeof(PurchaseSummary)
													 : sizeof(PurchaseState);
}

static void
write_state(const GroupArea *area, const void *state, uint32 number, char *out)
{
	const PurchaseState *purchases = state;

	(void) area;
	(void) number;
	if (purchases->is_whole)
		memcpy(out, purchases->u.whole, sizeof(PurchaseSummary));
	else
		memcpy(out, purchases, sizeof(PurchaseState));
}

static void
merge_state(const GroupArea *area, void *state, uint32 number, const char *bytes, Size length)
{
	GroupMemory *memory = area->memory;
	PurchaseState *purchases = state;
	const PurchaseState *other = (const PurchaseState *) bytes;
	PurchaseSummary summary;

	(void) number;
	if (length == sizeof(PurchaseSummary))
	{
		purchase_summary_merge_into(make_whole(memory, purchases), (const PurchaseSummary *) bytes);
		return;
	}
	if (other->purchases == 0)
		return;
	if (is_empty(purchases))
	{
		memcpy(purchases, other, sizeof(*other));
		return;
	}
	if (unlikely(purchases->is_whole ||
				 (uint64) purchases->purchases + other->purchases > PG_UINT32_MAX))
	{
		fill_summary(&summary, other);
		purchase_summary_merge_into(make_whole(memory, purchases), &summary);
		return;
	}
	purchases->u.first = Min(purchases->u.first, other->u.first);
	purchases->last = Max(purchases->last, other->last);
	purchases->gross = decimal_add(purchases->gross, other->gross);
	purchases->scale = Max(purchases->scale, other->scale);
	purchases->purchases += other->purchases;
}

/* As purchase_summary_final. */
static Datum
finish_state(const GroupArea *area, const void *state, uint32 number, bool *isnull)
{
	const PurchaseState *purchases = state;
	PurchaseSummary *summary = palloc(sizeof(PurchaseSummary));

	(void) area;
	(void) number;
	if (purchases->is_whole)
		memcpy(summary, purchases->u.whole, sizeof(*summary));
	else
		fill_summary(summary, purchases);
	*isnull = !purchase_summary_has_rows(summary);
	return PointerGetDatum(summary);
}

static const GroupStates event_states = {
	.size = sizeof(PurchaseState),
	.add = add_events,
	.written_size = written_size,
	.write = write_state,
	.merge = merge_state,
	.finish = finish_state,
};

static const GroupStates summary_states = {
	.size = sizeof(PurchaseState),
	.add = add_summaries,
	.written_size = written_size,
	.write = write_state,
	.merge = merge_state,
	.finish = finish_state,
};

StaticAssertDecl(sizeof(PurchaseState) != sizeof(PurchaseSummary), "sizes tell them apart");

GROUP_EVENT_READS(read)

extern Datum purchase_summary_add_numeric(PG_FUNCTION_ARGS);
extern Datum purchase_summary_add_int8(PG_FUNCTION_ARGS);
extern Datum purchase_summary_add_float8(PG_FUNCTION_ARGS);
extern Datum purchase_summary_add_date_numeric(PG_FUNCTION_ARGS);
extern Datum purchase_summary_add_date_int8(PG_FUNCTION_ARGS);
extern Datum purchase_summary_add_date_float8(PG_FUNCTION_ARGS);
extern Datum purchase_summary_final(PG_FUNCTION_ARGS);
extern Datum purchase_summary_merge(PG_FUNCTION_ARGS);

#define EVENTS(function, reader)                                                  \
	{                                                                             \
		.transition = function, .final = purchase_summary_final, .narguments = 2, \
		.row_size = sizeof(GroupEvent), .read = reader, .states = &event_states,  \
	}

const GroupAggregate purchase_summary_group_aggregates[] = {
	EVENTS(purchase_summary_add_numeric, read_numeric),
	EVENTS(purchase_summary_add_int8, read_int8),
	EVENTS(purchase_summary_add_float8, read_float8),
	EVENTS(purchase_summary_add_date_numeric, read_date_numeric),
	EVENTS(purchase_summary_add_date_int8, read_date_int8),
	EVENTS(purchase_summary_add_date_float8, read_date_float8),
	{
		.transition = purchase_summary_merge,
		.final = purchase_summary_final,
		.narguments = 1,
		.row_size = sizeof(PurchaseSummary *),
		.read = read_summary,
		.states = &summary_states,
	},
};
const int purchase_summary_group_aggregates_count = lengthof(purchase_summary_group_aggregates);
