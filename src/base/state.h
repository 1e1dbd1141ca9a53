/*
 * state.h
 *		Aggregate states that are SQL values and grow in place.
 *
 * The executor keeps a by-reference state by its VARSIZE, so spare room lives
 * inside the value. Growing doubles it up to STATE_MAX_SIZE, then is an error.
 */
#ifndef CUSTOMER_PROFILE_STATE_H
#define CUSTOMER_PROFILE_STATE_H

#define STATE_MAX_SIZE ((Size) 512 * 1024 * 1024)

/* May argument 0 be changed in place? Only when the executor calls as part of an aggregate. */
extern bool state_in_place(FunctionCallInfo fcinfo);

/* The value itself where it may be changed in place, else a copy to change. */
extern void *state_for_update(FunctionCallInfo fcinfo, void *state);

/*
 * A state with room for `needed` bytes in all: the same one when it has the
 * room, else a zero-extended copy of at least twice the size in the current
 * memory context. `what` names the type in the error at the limit.
 */
extern void *state_reserve(void *state, Size needed, const char *what);

/* The same for a state that will never need more than `most`. */
extern void *state_reserve_within(void *state, Size needed, Size most, const char *what);

#endif /* CUSTOMER_PROFILE_STATE_H */
