/*
 * state.c
 *		Aggregate states that are SQL values and grow in place.
 */
#include "postgres.h"
#include "compat.h"

#include "base/state.h"

bool
state_in_place(FunctionCallInfo fcinfo)
{
	return AggCheckCallContext(fcinfo, NULL) != 0;
}

void *
state_for_update(FunctionCallInfo fcinfo, void *state)
{
	Size size;

	if (likely(state_in_place(fcinfo)))
		return state;
	size = VARSIZE(state);
	return memcpy(palloc(size), state, size);
}

void *
state_reserve(void *state, Size needed, const char *what)
{
	return state_reserve_within(state, needed, STATE_MAX_SIZE, what);
}

void *
state_reserve_within(void *state, Size needed, Size most, const char *what)
{
	Size size = VARSIZE(state);
	Size doubled;
	void *larger;

	if (likely(needed <= size))
		return state;
	if (needed > STATE_MAX_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("%s is too large", what),
				 errdetail("It needs %zu bytes; at most %zu are allowed.", needed, STATE_MAX_SIZE),
				 errhint("Aggregate fewer rows into one value, for example with GROUP BY.")));
	doubled = Max(Min(2 * size, Min(most, STATE_MAX_SIZE)), needed);
	larger = palloc(doubled);
	memcpy(larger, state, size);
	memset((char *) larger + size, 0, doubled - size);
	SET_VARSIZE(larger, doubled);
	return larger;
}
