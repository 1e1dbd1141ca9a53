/*
 * daily_counts.c
 *		daily_counts(): how many contacts, of how many customers, on each topic
 *		on each day, days without any included: what surprise() reads.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "base/table_query.h"
#include "utils/builtins.h"

enum
{
	ARG_CONTACTS,
	ARG_CUSTOMER,
	ARG_AT,
	ARG_TOPIC,
	ARG_SINCE,
	ARG_AS_OF,
	ARG_TIMEZONE
};

static const char *
date_literal(DateADT day)
{
	StringInfoData text;

	check_as_of(day);
	initStringInfo(&text);
	appendStringInfoChar(&text, '\'');
	date_append(&text, day);
	appendStringInfoString(&text, "'::pg_catalog.date");
	return text.data;
}

/*
 * daily_counts(contacts, customer, at, topic, since, as_of, timezone) -> rows
 * (topic, day, contacts, customers): for every topic, every day since <= day <
 * as_of; without since, from the first contact of all. Rows without a finite
 * time are left out; a contact without a customer is a contact; NULL is a topic.
 *
 * The zeros are grouped with the counts, not joined to them: a join that takes
 * NULL for a topic would compare every topic with all topics of its day.
 */
PG_FUNCTION_INFO_V1(daily_counts);
Datum
daily_counts(PG_FUNCTION_ARGS)
{
	Calendar calendar;
	const char *topic;
	const char *customer;
	const char *at;
	char *timezone;

	query_require(fcinfo, ARG_CONTACTS, "contacts");
	query_require(fcinfo, ARG_CUSTOMER, "customer");
	query_require(fcinfo, ARG_AT, "at");
	query_require(fcinfo, ARG_AS_OF, "as_of");
	query_require(fcinfo, ARG_TIMEZONE, "timezone");
	timezone = text_to_cstring(PG_GETARG_TEXT_PP(ARG_TIMEZONE));
	calendar_init(&calendar, timezone);
	if (!PG_ARGISNULL(ARG_SINCE) && DATE_NOT_FINITE(PG_GETARG_DATEADT(ARG_SINCE)))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("since must be a finite date")));
	(void) query_table(PG_GETARG_OID(ARG_CONTACTS));
	customer = query_column(fcinfo, ARG_CUSTOMER, "customer");
	at = query_time_column(fcinfo, ARG_AT, "at");
	topic = query_column(fcinfo, ARG_TOPIC, "topic");
	query_run(
		fcinfo,
		psprintf(
			"WITH contacts AS (\n"
			"\tSELECT %s AS topic, %s AS customer, (%s AT TIME ZONE %s)::pg_catalog.date AS day\n"
			"\tFROM %s AS o WHERE pg_catalog.isfinite(%s)\n"
			"), counts AS (\n"
			"\tSELECT topic, day, pg_catalog.count(*) AS contacts, pg_catalog.count(DISTINCT customer) AS customers\n"
			"\tFROM contacts WHERE day OPERATOR(pg_catalog.<) %s AND day OPERATOR(pg_catalog.>=) %s GROUP BY topic, day\n"
			"), topics AS (SELECT DISTINCT topic FROM counts),\n"
			"days AS (\n"
			"\tSELECT (first OPERATOR(pg_catalog.+) i)::pg_catalog.date AS day\n"
			"\tFROM (SELECT %s AS first FROM counts HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0) AS f,\n"
			"\t\tpg_catalog.generate_series(0, %s OPERATOR(pg_catalog.-) first OPERATOR(pg_catalog.-) 1) AS i\n"
			")\n"
			"SELECT topic, day, pg_catalog.max(contacts), pg_catalog.max(customers)\n"
			"FROM (SELECT * FROM counts UNION ALL SELECT topic, day, 0, 0 FROM topics CROSS JOIN days) AS c\n"
			"GROUP BY topic, day ORDER BY topic, day",
			topic == NULL ? "NULL::pg_catalog.text" : topic, customer, at,
			quote_literal_cstr(timezone), query_table(PG_GETARG_OID(ARG_CONTACTS)), at,
			date_literal(PG_GETARG_DATEADT(ARG_AS_OF)),
			PG_ARGISNULL(ARG_SINCE) ? "'-infinity'::pg_catalog.date"
									: date_literal(PG_GETARG_DATEADT(ARG_SINCE)),
			PG_ARGISNULL(ARG_SINCE) ? "pg_catalog.min(day)"
									: date_literal(PG_GETARG_DATEADT(ARG_SINCE)),
			date_literal(PG_GETARG_DATEADT(ARG_AS_OF))));
	return (Datum) 0;
}
