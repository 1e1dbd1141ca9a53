/*
 * table_query.c
 *		Pieces of SQL text about a table that the user names.
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "base/calendar.h"
#include "base/table_query.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#define ARG_TABLE 0 /* the table is the first argument */

const char *
query_schema(FunctionCallInfo fcinfo)
{
	Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);

	return psprintf("%s.", quote_identifier(get_namespace_name(schema)));
}

const char *
query_table(Oid relation)
{
	char *name = get_rel_name(relation);
	char relkind = get_rel_relkind(relation);

	if (name == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", relation)));
	if (relkind != RELKIND_RELATION && relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW &&
		relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a table or a view", name)));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

void
query_require(FunctionCallInfo fcinfo, int n, const char *argument)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("argument \"%s\" must not be null", argument)));
}

/* The columns of a table, for the detail of an error. */
static const char *
column_list(Oid relation_id)
{
	Relation relation = relation_open(relation_id, AccessShareLock);
	TupleDesc columns = RelationGetDescr(relation);
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < columns->natts; i++)
		if (!TupleDescAttr(columns, i)->attisdropped)
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "",
							 NameStr(TupleDescAttr(columns, i)->attname));
	relation_close(relation, AccessShareLock);
	return list.data;
}

/* The base type of the column that an argument names. */
Oid
query_column_type(FunctionCallInfo fcinfo, int n, const char *argument)
{
	Oid relation = PG_GETARG_OID(ARG_TABLE);
	const char *column = NameStr(*PG_GETARG_NAME(n));
	AttrNumber number = get_attnum(relation, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of \"%s\" does not exist", column, get_rel_name(relation)),
				 errdetail("It was given as \"%s\". The columns are: %s.", argument,
						   column_list(relation))));
	return getBaseType(get_atttype(relation, number));
}

void
query_unsuitable_type(FunctionCallInfo fcinfo, int n, const char *argument, Oid type,
					  const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of type %s cannot serve as \"%s\"",
						   NameStr(*PG_GETARG_NAME(n)), format_type_be(type), argument),
					errhint("%s", hint)));
}

const char *
query_column_name(FunctionCallInfo fcinfo, int n)
{
	return psprintf("o.%s", quote_identifier(NameStr(*PG_GETARG_NAME(n))));
}

const char *
query_column(FunctionCallInfo fcinfo, int n, const char *argument)
{
	if (PG_ARGISNULL(n))
		return NULL;
	(void) query_column_type(fcinfo, n, argument);
	return psprintf("%s::pg_catalog.text", query_column_name(fcinfo, n));
}

const char *
query_time_column(FunctionCallInfo fcinfo, int n, const char *argument)
{
	Oid type;

	if (PG_ARGISNULL(n))
		return NULL;
	type = query_column_type(fcinfo, n, argument);
	if (type == TIMESTAMPOID || type == DATEOID)
		return psprintf("(%s::pg_catalog.timestamp AT TIME ZONE 'UTC')",
						query_column_name(fcinfo, n));
	if (type != TIMESTAMPTZOID)
		query_unsuitable_type(
			fcinfo, n, argument, type,
			"Use a column of type timestamptz, timestamp or date, or a view that casts it.");
	return query_column_name(fcinfo, n);
}

const char *
query_int_column(FunctionCallInfo fcinfo, int n, const char *argument)
{
	Oid type;

	if (PG_ARGISNULL(n))
		return NULL;
	type = query_column_type(fcinfo, n, argument);
	if (type != INT2OID && type != INT4OID && type != INT8OID)
		query_unsuitable_type(fcinfo, n, argument, type,
							  "Use a column of an integer type, or a view that casts it.");
	return psprintf("%s::pg_catalog.int8", query_column_name(fcinfo, n));
}

const char *
query_timestamptz(TimestampTz at)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '\'');
	timestamp_append(&text, at);
	appendStringInfoString(&text, "'::pg_catalog.timestamptz");
	return text.data;
}

void
query_run(FunctionCallInfo fcinfo, const char *query)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPIExecuteOptions options = {0};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	options.read_only = true;
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult,
									result->econtext->ecxt_per_query_memory, false, result->setDesc,
									NULL);
	if (SPI_execute_extended(query, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not run a query that this extension wrote");
	SPI_finish();
}
