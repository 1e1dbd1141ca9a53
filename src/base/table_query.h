/*
 * table_query.h
 *		Pieces of SQL text about a table that the user names, each checked and
 *		quoted, for functions that read it as their caller.
 */
#ifndef CUSTOMER_PROFILE_TABLE_QUERY_H
#define CUSTOMER_PROFILE_TABLE_QUERY_H

#include "datatype/timestamp.h"

/* The schema of the calling function, quoted, with the dot. */
extern const char *query_schema(FunctionCallInfo fcinfo);

/* The qualified name of a table or view; an error when it is neither. */
extern const char *query_table(Oid relation);

/*
 * The column that argument number n (a name) names: its base type, and its
 * quoted name of alias o. `argument` is the argument's name for the errors; a
 * missing column is one, and query_unsuitable_type() raises another.
 */
extern Oid query_column_type(FunctionCallInfo fcinfo, int n, const char *argument);
extern const char *query_column_name(FunctionCallInfo fcinfo, int n);
extern void query_unsuitable_type(FunctionCallInfo fcinfo, int n, const char *argument, Oid type,
								  const char *hint);

/*
 * The quoted column of alias o that argument number n (a name) names, cast to
 * text, to timestamptz (without a zone it is wall clock in UTC) or, when a
 * number is wanted, to int8. NULL for a NULL argument. `argument` is its name
 * for the errors; a missing column or an unsuitable type is one.
 */
extern const char *query_column(FunctionCallInfo fcinfo, int n, const char *argument);
extern const char *query_time_column(FunctionCallInfo fcinfo, int n, const char *argument);
extern const char *query_int_column(FunctionCallInfo fcinfo, int n, const char *argument);

/* An error unless argument n is given. */
extern void query_require(FunctionCallInfo fcinfo, int n, const char *argument);

/* A literal that reads the same under any setting. */
extern const char *query_timestamptz(TimestampTz at);

/* Runs a SELECT and makes its rows those of the calling function. */
extern void query_run(FunctionCallInfo fcinfo, const char *query);

#endif /* CUSTOMER_PROFILE_TABLE_QUERY_H */
