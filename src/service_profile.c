/*
 * service_profile.c
 *		service_profile(): one call from a table of contacts to a card for each
 *		customer, and the SQL text that it runs.
 *
 * As in profile.c: every name, function and operator is qualified and quoted,
 * and the text runs as the caller. USING, NULLIF and IS DISTINCT FROM would
 * find their = by the search_path, so they are not used.
 *
 * Real tables have rows that cannot be. One of them does not stop the cards of
 * all customers: it is left out of what it would spoil, and counted in a column
 * of the card. A score outside of the scale is more often a wrong `scale` than
 * a wrong score, so it stays an error, which names the customer and the contact.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "base/period.h"
#include "base/table_query.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"

/* The arguments, in the order both functions have them. */
enum
{
	ARG_CONTACTS,
	ARG_CUSTOMER,
	ARG_AT,
	ARG_CHANNEL,
	ARG_TOPIC,
	ARG_RESOLVED_AT,
	ARG_SCORE,
	ARG_AS_OF,
	ARG_REPEAT_CONTACTS,
	ARG_REPEAT_WITHIN,
	ARG_OPEN_LIMIT,
	ARG_SCALE,
	ARG_GOOD
};

static const char *const argument_names[] = {
	"contacts",	   "customer", "at",	"channel",		   "topic",
	"resolved_at", "score",	   "as_of", "repeat_contacts", "repeat_within",
	"open_limit",  "scale",	   "good"};

typedef struct ServiceQuery
{
	const char *schema;
	const char *table;
	const char *customer; /* columns; NULL where not given */
	const char *at;
	const char *channel;
	const char *topic;
	const char *resolved_at;
	const char *score;
	const char *as_of; /* expressions */
	const char *repeat_within;
	const char *open_limit;
	const char *scale;
	const char *good;
	int repeat_contacts;
	const char *repeat_text; /* repeat_within, for the reader */
} ServiceQuery;

/* An interval argument as so many microseconds, which no setting reads otherwise. */
static const char *
interval_argument(FunctionCallInfo fcinfo, int n)
{
	return psprintf("'" INT64_FORMAT " microseconds'::pg_catalog.interval",
					period_microseconds(PG_GETARG_INTERVAL_P(n), argument_names[n]));
}

/* Days when they are whole, else hours. */
static const char *
length_text(int64 microseconds)
{
	if (microseconds % USECS_PER_DAY == 0)
		return psprintf(INT64_FORMAT " days", microseconds / USECS_PER_DAY);
	return psprintf("%g hours", (double) microseconds / USECS_PER_HOUR);
}

static const char *
range_argument(FunctionCallInfo fcinfo, int n)
{
	return psprintf("'%s'::pg_catalog.int4range",
					OidOutputFunctionCall(F_RANGE_OUT, PG_GETARG_DATUM(n)));
}

static void
make_parts(FunctionCallInfo fcinfo, ServiceQuery *query)
{
	for (int i = 0; i < (int) lengthof(argument_names); i++)
		if (i != ARG_TOPIC && i != ARG_RESOLVED_AT && i != ARG_SCORE && i != ARG_AS_OF)
			query_require(fcinfo, i, argument_names[i]);
	query->schema = query_schema(fcinfo);
	query->table = query_table(PG_GETARG_OID(ARG_CONTACTS));
	query->customer = query_column(fcinfo, ARG_CUSTOMER, "customer");
	query->at = query_time_column(fcinfo, ARG_AT, "at");
	query->channel = query_column(fcinfo, ARG_CHANNEL, "channel");
	query->topic = query_column(fcinfo, ARG_TOPIC, "topic");
	query->resolved_at = query_time_column(fcinfo, ARG_RESOLVED_AT, "resolved_at");
	query->score = query_int_column(fcinfo, ARG_SCORE, "score");
	if (!PG_ARGISNULL(ARG_AS_OF))
		check_as_of_instant(PG_GETARG_TIMESTAMPTZ(ARG_AS_OF));
	query->as_of = PG_ARGISNULL(ARG_AS_OF) ? "pg_catalog.now()"
										   : query_timestamptz(PG_GETARG_TIMESTAMPTZ(ARG_AS_OF));
	query->repeat_within = interval_argument(fcinfo, ARG_REPEAT_WITHIN);
	query->repeat_text = length_text(period_microseconds(PG_GETARG_INTERVAL_P(ARG_REPEAT_WITHIN),
														 argument_names[ARG_REPEAT_WITHIN]));
	query->open_limit = interval_argument(fcinfo, ARG_OPEN_LIMIT);
	query->repeat_contacts = PG_GETARG_INT32(ARG_REPEAT_CONTACTS);
	if (query->repeat_contacts < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("repeat_contacts must be at least 1, not %d", query->repeat_contacts)));
	query->scale = range_argument(fcinfo, ARG_SCALE);
	query->good = range_argument(fcinfo, ARG_GOOD);
}

/*
 * One row per contact before as_of; one without a time has none, and what is
 * resolved later is not yet. Not materialized: workers share the scan, and a
 * view of the text finds one customer by an index.
 */
static void
append_contacts(StringInfo out, const ServiceQuery *query)
{
	const char *resolved_at = "NULL::pg_catalog.timestamptz";

	if (query->resolved_at != NULL)
		resolved_at = psprintf("CASE WHEN %s OPERATOR(pg_catalog.<) %s THEN %s END",
							   query->resolved_at, query->as_of, query->resolved_at);
	appendStringInfo(
		out,
		"WITH contacts AS NOT MATERIALIZED (\n"
		"\tSELECT %s AS customer, CASE WHEN pg_catalog.isfinite(%s) THEN %s END AS at,\n"
		"\t\t%s AS channel, %s AS topic,\n"
		"\t\t%s AS resolved_at,\n"
		"\t\t%s AS score\n"
		"\tFROM %s AS o\n"
		"\tWHERE %s IS NOT NULL AND (%s OPERATOR(pg_catalog.<) %s OR %s IS NULL)\n"
		"),\n",
		query->customer, query->at, query->at, query->channel,
		query->topic ? query->topic : "NULL::pg_catalog.text", resolved_at,
		query->score ? query->score : "NULL::pg_catalog.int8", query->table, query->customer,
		query->at, query->as_of, query->at);
	appendStringInfoString(
		out, "topics AS (\n"
			 "\tSELECT customer, pg_catalog.jsonb_object_agg(topic, n) AS topics\n"
			 "\tFROM (SELECT customer, topic, pg_catalog.count(*) AS n FROM contacts\n"
			 "\t\tWHERE at IS NOT NULL AND topic IS NOT NULL GROUP BY customer, topic) AS t\n"
			 "\tGROUP BY customer\n"
			 "),\n");
}

static void
append_customers(StringInfo out, const ServiceQuery *query)
{
	const char *schema = query->schema;
	/* Whatever the channel: contacts without one are not in the timeline. */
	const char *recent = psprintf("at OPERATOR(pg_catalog.>=) (%s OPERATOR(pg_catalog.-) %s)",
								  query->as_of, query->repeat_within);

	appendStringInfo(
		out,
		"customers AS (\n"
		"\tSELECT customer, pg_catalog.count(at) AS contacts,\n"
		"\t\tpg_catalog.count(*) FILTER (WHERE at IS NULL) AS ignored,\n"
		"\t\tpg_catalog.count(*) FILTER (WHERE resolved_at OPERATOR(pg_catalog.<) at) AS resolved_before_contact,\n"
		"\t\tpg_catalog.count(at) FILTER (WHERE resolved_at IS NULL) AS open_contacts,\n"
		"\t\tpg_catalog.min(at) FILTER (WHERE resolved_at IS NULL) AS open_since,\n"
		"\t\tpg_catalog.count(*) FILTER (WHERE %s) AS repeated,\n"
		"\t\tpg_catalog.min(at) AS first_contact_at, pg_catalog.max(at) AS last_contact_at,\n"
		"\t\t%stimeline(at, channel, NULL::pg_catalog.numeric) AS channels,\n"
		"\t\t%sduration_summary(at, resolved_at, %s)\n"
		"\t\t\tFILTER (WHERE resolved_at IS NULL OR resolved_at OPERATOR(pg_catalog.>=) at) AS durations,\n"
		"\t\t%sscore_summary(score, %s, customer, at) FILTER (WHERE at IS NOT NULL) AS scores\n"
		"\tFROM contacts GROUP BY customer\n"
		"),\n",
		recent, schema, schema, query->as_of, schema, query->scale);
	appendStringInfo(
		out,
		"judged AS (\n"
		"\tSELECT *, %spreferred_label(channels, %s) AS preferred_channel,\n"
		"\t\topen_since OPERATOR(pg_catalog.<) (%s OPERATOR(pg_catalog.-) %s) AS open_too_long\n"
		"\tFROM customers\n"
		")\n",
		schema, query->as_of, query->as_of, query->open_limit);
}

static void
append_columns(StringInfo out, const ServiceQuery *query)
{
	const char *schema = query->schema;
	bool resolved = query->resolved_at != NULL;
	const char *repeated = psprintf("repeated OPERATOR(pg_catalog.>=) %d", query->repeat_contacts);
	const char *too_long = resolved ? " OR COALESCE(open_too_long, false)" : "";

	appendStringInfo(
		out,
		"SELECT j.customer, %s AS as_of, first_contact_at, last_contact_at,\n"
		"\tpg_catalog.date_part('epoch', %s OPERATOR(pg_catalog.-) first_contact_at)"
		" OPERATOR(pg_catalog./) 86400 AS tenure_days,\n"
		"\tcontacts, %s AS open_contacts, topics, preferred_channel,\n"
		"\t(SELECT s.share FROM %slabel_share(channels, %s) AS s\n"
		"\t\tWHERE s.label OPERATOR(pg_catalog.=) preferred_channel) AS preferred_weight,\n",
		query->as_of, query->as_of, resolved ? "open_contacts" : "NULL::pg_catalog.int8", schema,
		query->as_of);
	appendStringInfo(
		out,
		"\t%s%s AS escalate,\n"
		"\tCASE WHEN %s%s THEN pg_catalog.concat_ws('; ',\n"
		"\t\tCASE WHEN %s THEN pg_catalog.concat(repeated, ' contacts within %s') END%s) END AS reason,\n",
		repeated, too_long, repeated, too_long, repeated, query->repeat_text,
		resolved
			? psprintf(",\n\t\tCASE WHEN open_too_long THEN pg_catalog.concat('open for ', "
					   "pg_catalog.floor(pg_catalog.date_part('epoch', %s OPERATOR(pg_catalog.-) "
					   "open_since) OPERATOR(pg_catalog./) 86400), ' days') END",
					   query->as_of)
			: "");
	appendStringInfo(
		out,
		"\t%s AS median_hours,\n"
		"\t(SELECT c.value FROM %scsat(scores, %s) AS c) AS csat,\n"
		"\tignored, %s AS resolved_before_contact\n"
		"FROM judged AS j LEFT JOIN topics AS t ON t.customer OPERATOR(pg_catalog.=) j.customer",
		resolved ? psprintf("%squantile_hours(durations, 0.5)", schema) : "NULL::pg_catalog.float8",
		schema, query->good, resolved ? "resolved_before_contact" : "NULL::pg_catalog.int8");
}

static char *
make_query(FunctionCallInfo fcinfo)
{
	ServiceQuery query;
	StringInfoData out;

	make_parts(fcinfo, &query);
	initStringInfo(&out);
	append_contacts(&out, &query);
	append_customers(&out, &query);
	append_columns(&out, &query);
	return out.data;
}

/*
 * service_profile_sql(contacts, customer, at, channel, topic, resolved_at,
 * score, as_of, ...): the text that service_profile() runs. A NULL as_of
 * stands for now() at the time the text runs.
 */
PG_FUNCTION_INFO_V1(service_profile_sql);
Datum
service_profile_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(make_query(fcinfo)));
}

/*
 * service_profile(...): a row for each customer with a row before as_of, or without a time.
 * NULL only for topic, resolved_at and score; a missing column or one of an
 * unsuitable type is an error that names it.
 */
PG_FUNCTION_INFO_V1(service_profile);
Datum
service_profile(PG_FUNCTION_ARGS)
{
	query_require(fcinfo, ARG_AS_OF, "as_of");
	query_run(fcinfo, make_query(fcinfo));
	return (Datum) 0;
}
