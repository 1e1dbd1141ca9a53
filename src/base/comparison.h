/*
 * comparison.h
 *		The comparison functions of a type, from one three-way comparison.
 *
 * compare(fcinfo) orders the two arguments; this makes TYPE_eq, _ne, _lt, _le,
 * _gt, _ge and, for the btree class, TYPE_cmp from it.
 */
#ifndef CUSTOMER_PROFILE_COMPARISON_H
#define CUSTOMER_PROFILE_COMPARISON_H

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

#endif /* CUSTOMER_PROFILE_COMPARISON_H */
