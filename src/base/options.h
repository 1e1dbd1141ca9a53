/*
 * options.h
 *		The one jsonb argument that carries options, validated strictly.
 *
 * An unknown key or value is an error (ERRCODE_INVALID_PARAMETER_VALUE) that
 * names it and lists what is allowed. NULL options mean: all defaults.
 */
#ifndef CUSTOMER_PROFILE_OPTIONS_H
#define CUSTOMER_PROFILE_OPTIONS_H

#include "utils/jsonb.h"

typedef struct Options
{
	const char *function; /* SQL function the options belong to, for messages */
	Jsonb *json;		  /* NULL: none given */
} Options;

extern void options_init(Options *options, const char *function, Jsonb *json,
						 const char *const *allowed, int nallowed);
extern int options_int(const Options *options, const char *key, int otherwise, int min, int max);
extern double
options_float8(const Options *options, const char *key, double otherwise, double min, double max);
extern bool options_bool(const Options *options, const char *key, bool otherwise);
extern const char *options_text(const Options *options, const char *key, const char *otherwise);
/* The index of the given word in choices[]. */
extern int options_choice(const Options *options, const char *key, int otherwise,
						  const char *const *choices, int nchoices);

/* A set of them, bit i for choices[i]: one word, or an array of at least one. */
extern uint32 options_choices(const Options *options, const char *key, uint32 otherwise,
							  const char *const *choices, int nchoices);
/* An object as JSON text; NULL when absent or null. */
extern char *options_object_text(const Options *options, const char *key);

/* One member of an object of weights. */
typedef struct OptionWeight
{
	const char *name; /* not terminated */
	int length;
	double weight;
} OptionWeight;

/*
 * An object of weights >= 0, not all zero, brought to a sum of 1; in order of
 * the bytes of their names. NULL with *count = 0 when absent or null.
 */
extern OptionWeight *options_weights(const Options *options, const char *key, int *count);

/*
 * A cheap name for the raw options of a row, so that an aggregate can see that
 * they are those of the row before without reading them again; 0 for none.
 */
extern uint64 options_fingerprint(const Jsonb *json);

#endif /* CUSTOMER_PROFILE_OPTIONS_H */
