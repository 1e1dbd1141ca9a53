/*
 * comparison.h
 *		The functions of a type's operator classes.
 *
 * compare(fcinfo) orders the two arguments; COMPARISON_FUNCTIONS makes TYPE_eq,
 * _ne, _lt, _le, _gt, _ge and, for the btree class, TYPE_cmp from it.
 * content(datum, &size) gives bytes that are equal when values are, those of the
 * canonical form; HASH_FUNCTIONS makes TYPE_hash and TYPE_hash_extended from it.
 * FREEING_COMPARISON_FUNCTIONS is COMPARISON_FUNCTIONS for a compare() that
 * allocates, as detoasting does: a sort frees nothing until it is done, so what
 * each comparison leaves adds up. HASH_FUNCTIONS frees, too.
 * CONTENT_ORDER_FUNCTIONS makes all of them for a type that is ordered by its
 * content; CANONICAL_ORDER_FUNCTIONS for one that may be stored as it was built.
 */
#ifndef CUSTOMER_PROFILE_COMPARISON_H
#define CUSTOMER_PROFILE_COMPARISON_H

#include "common/hashfn.h"

/* In a three-way comparison: returns from it unless x and y are equal. */
#define COMPARE(x, y)                  \
	do                                 \
	{                                  \
		if ((x) != (y))                \
			return (x) < (y) ? -1 : 1; \
	} while (0)

#define COMPARISON_FUNCTION(name, compare, relation) \
	PG_FUNCTION_INFO_V1(name);                       \
	Datum name(PG_FUNCTION_ARGS)                     \
	{                                                \
		PG_RETURN_BOOL(compare(fcinfo) relation 0);  \
	}

#define COMPARISON_FUNCTIONS(type, compare)     \
	COMPARISON_FUNCTION(type##_eq, compare, ==) \
	COMPARISON_FUNCTION(type##_ne, compare, !=) \
	COMPARISON_FUNCTION(type##_lt, compare, <)  \
	COMPARISON_FUNCTION(type##_le, compare, <=) \
	COMPARISON_FUNCTION(type##_gt, compare, >)  \
	COMPARISON_FUNCTION(type##_ge, compare, >=) \
	PG_FUNCTION_INFO_V1(type##_cmp);            \
	Datum type##_cmp(PG_FUNCTION_ARGS)          \
	{                                           \
		PG_RETURN_INT32(compare(fcinfo));       \
	}

typedef int (*Compare)(FunctionCallInfo fcinfo);

/* What compare(fcinfo) says, without what it has allocated. */
extern int compare_freeing(FunctionCallInfo fcinfo, Compare compare);

#define FREEING_COMPARISON_FUNCTIONS(type, compare)            \
	static int type##_compare_freeing(FunctionCallInfo fcinfo) \
	{                                                          \
		return compare_freeing(fcinfo, compare);               \
	}                                                          \
	COMPARISON_FUNCTIONS(type, type##_compare_freeing)

typedef const unsigned char *(*ContentOf)(Datum value, Size *size);

/* Of a type that is always stored in its canonical form. */
extern const unsigned char *stored_content(Datum value, Size *size);

extern Datum hash_freeing(FunctionCallInfo fcinfo, ContentOf content);
extern Datum hash_extended_freeing(FunctionCallInfo fcinfo, ContentOf content);

#define HASH_FUNCTIONS(type, content)                  \
	PG_FUNCTION_INFO_V1(type##_hash);                  \
	Datum type##_hash(PG_FUNCTION_ARGS)                \
	{                                                  \
		return hash_freeing(fcinfo, content);          \
	}                                                  \
	PG_FUNCTION_INFO_V1(type##_hash_extended);         \
	Datum type##_hash_extended(PG_FUNCTION_ARGS)       \
	{                                                  \
		return hash_extended_freeing(fcinfo, content); \
	}

/* A total order without a meaning of its own; 0 for equal content only. */
extern int compare_content(FunctionCallInfo fcinfo, ContentOf content);

#define CONTENT_ORDER_FUNCTIONS(type, content)         \
	static int type##_compare(FunctionCallInfo fcinfo) \
	{                                                  \
		return compare_content(fcinfo, content);       \
	}                                                  \
	FREEING_COMPARISON_FUNCTIONS(type, type##_compare) \
	HASH_FUNCTIONS(type, content)

#define CANONICAL_ORDER_FUNCTIONS(type, canonical, from_datum)                      \
	static const unsigned char *type##_content(Datum value, Size *size)             \
	{                                                                               \
		return stored_content(PointerGetDatum(canonical(from_datum(value))), size); \
	}                                                                               \
	CONTENT_ORDER_FUNCTIONS(type, type##_content)

#endif /* CUSTOMER_PROFILE_COMPARISON_H */
