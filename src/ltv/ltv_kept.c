/*
 * ltv_kept.c
 *		The models of a query, ready to answer.
 *
 * Each call site of a SQL function holds the model of its last call in
 * fn_extra. The call sites of one query share it, so that the second of them
 * need not read the customer again: the models hang on the memory context that
 * the call sites were made in, as the argument of a callback that does nothing.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_predict.h"
#include "utils/memutils.h"

/* So many models are kept even if no call site holds them: rows may alternate between models. */
#define IDLE_MODELS 8

/* The argument as it came, and what was made of it. */
typedef struct Kept
{
	LtvPredictor predictor;
	MemoryContext context; /* of all that follows */
	Size size;			   /* of the argument; 0: there is none */
	char *argument;
	int holders; /* call sites */
	struct Keeper *keeper;
	struct Kept *next;
} Kept;

/* All that one memory context has. */
typedef struct Keeper
{
	MemoryContextCallback callback;
	MemoryContext context;
	int count;
	Kept *first; /* the newest */
} Keeper;

static void
keeper_mark(void *arg pg_attribute_unused())
{
	/* The memory goes with its context; this only tells our callback from those of others. */
}

static Keeper *
keeper_of(MemoryContext context)
{
	MemoryContextCallback *callback = context->reset_cbs;
	Keeper *keeper;

	for (; callback != NULL; callback = callback->next)
		if (callback->func == keeper_mark)
			return callback->arg;
	keeper = MemoryContextAllocZero(context, sizeof(Keeper));
	keeper->context = context;
	keeper->callback.func = keeper_mark;
	keeper->callback.arg = keeper;
	MemoryContextRegisterResetCallback(context, &keeper->callback);
	return keeper;
}

/*
 * A stored model may be compressed or out of line; its bytes are compared as
 * they are, so that it is fetched only once.
 */
static inline bool
is_of(const Kept *kept, const char *datum, Size size)
{
	return kept->size == size && memcmp(kept->argument, datum, size) == 0;
}

/* One that holds no model: the oldest that no call site holds, or another one. */
static Kept *
empty_kept(Keeper *keeper)
{
	Kept *idle = NULL;
	Kept *kept;

	for (kept = keeper->first; kept != NULL; kept = kept->next)
		if (kept->holders == 0 && (kept->size == 0 || keeper->count >= IDLE_MODELS))
			idle = kept;
	if (idle != NULL)
	{
		idle->size = 0;
		MemoryContextReset(idle->context);
		return idle;
	}
	kept = MemoryContextAllocZero(keeper->context, sizeof(Kept));
	kept->context = AllocSetContextCreate(keeper->context, "ltv_model", ALLOCSET_SMALL_SIZES);
	kept->keeper = keeper;
	kept->next = keeper->first;
	keeper->first = kept;
	keeper->count++;
	return kept;
}

static Kept *
keep(Keeper *keeper, const char *datum, Size size)
{
	Kept *kept = empty_kept(keeper);
	MemoryContext outer = MemoryContextSwitchTo(kept->context);
	LtvValue *value = DatumGetLtvValue(PointerGetDatum(datum));

	if ((char *) value == datum)
		value = memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	ltv_predictor_init(&kept->predictor, value);
	kept->predictor.memo = ltv_memo_create(kept->context);
	kept->argument = memcpy(palloc(size), datum, size);
	kept->size = size; /* last, should one of these lines fail */
	MemoryContextSwitchTo(outer);
	return kept;
}

/* A call site turns to another model. */
static pg_noinline Kept *
turn_to(FunctionCallInfo fcinfo, const char *datum, Size size)
{
	Kept *kept = fcinfo->flinfo->fn_extra;
	Keeper *keeper = kept != NULL ? kept->keeper : keeper_of(fcinfo->flinfo->fn_mcxt);

	if (kept != NULL)
		kept->holders--;
	fcinfo->flinfo->fn_extra = NULL;
	for (kept = keeper->first; kept != NULL; kept = kept->next)
		if (is_of(kept, datum, size))
			break;
	if (kept == NULL)
		kept = keep(keeper, datum, size);
	kept->holders++;
	return fcinfo->flinfo->fn_extra = kept;
}

/* The model comes with every row, and is nearly always that of the row before. */
LtvPredictor *
ltv_predictor_of(FunctionCallInfo fcinfo, int argument)
{
	Kept *kept = fcinfo->flinfo->fn_extra;
	const char *datum = DatumGetPointer(PG_GETARG_DATUM(argument));
	Size size = VARSIZE_ANY(datum);

	if (unlikely(kept == NULL || !is_of(kept, datum, size)))
		kept = turn_to(fcinfo, datum, size);
	return &kept->predictor;
}
