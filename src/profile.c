/*
 * profile.c
 *		customer_profile(): one call from an orders table to a row for each
 *		customer, and the SQL text that it runs.
 *
 * The text is made to be pasted, and to be safe under any search_path: every
 * name, type, function and operator in it is qualified and quoted. It runs as
 * the caller, so GRANT and row-level security hold.
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "base/calendar.h"
#include "base/table_query.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* The arguments, in the order both functions have them. */
enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_AS_OF,
	ARG_HORIZON,
	ARG_TIMEZONE,
	ARG_LTV_OPTIONS
};

static const char *const argument_names[] = {"orders",	"customer", "at",
											 "amount",	"order_id", "as_of",
											 "horizon", "timezone", "ltv_options"};

/* The parts of the text, each ready to be put in. */
typedef struct ProfileQuery
{
	const char *schema;	  /* of the extension, quoted, with the dot */
	const char *table;	  /* qualified and quoted */
	const char *customer; /* columns, quoted, of the alias o */
	const char *at;
	const char *amount;	  /* cast to numeric where needed */
	const char *order_id; /* NULL: a row is an order */
	const char *before;	  /* the first instant not counted, of the type of at */
	const char *as_of;	  /* expressions */
	const char *horizon;
	const char *timezone;
	const char *options; /* of the fits, as literals */
	const char *ltv_options;
} ProfileQuery;

static void
require_arguments(FunctionCallInfo fcinfo)
{
	static const int required[] = {ARG_ORDERS, ARG_CUSTOMER, ARG_AT,
								   ARG_AMOUNT, ARG_HORIZON,	 ARG_TIMEZONE};

	for (int i = 0; i < (int) lengthof(required); i++)
		query_require(fcinfo, required[i], argument_names[required[i]]);
}

static Oid
column_type(FunctionCallInfo fcinfo, int argument)
{
	return query_column_type(fcinfo, argument, argument_names[argument]);
}

static void
unsuitable_type(FunctionCallInfo fcinfo, int argument, Oid type, const char *hint)
{
	query_unsuitable_type(fcinfo, argument, argument_names[argument], type, hint);
}

/* A column to group by: its type needs an equality. */
static const char *
key_column(FunctionCallInfo fcinfo, int argument)
{
	Oid type = column_type(fcinfo, argument);

	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr))
		unsuitable_type(fcinfo, argument, type, "Use a column whose values can be compared.");
	return query_column_name(fcinfo, argument);
}

/* The time column, and the cut in its type. */
static void
time_column(FunctionCallInfo fcinfo, ProfileQuery *query)
{
	Oid type = column_type(fcinfo, ARG_AT);

	query->at = query_column_name(fcinfo, ARG_AT);
	query->before =
		psprintf("(%s::pg_catalog.timestamp AT TIME ZONE %s)", query->as_of, query->timezone);
	/* Times without a zone are wall clock in UTC. */
	if (type == TIMESTAMPOID || type == DATEOID)
		query->before = psprintf("(%s AT TIME ZONE 'UTC')", query->before);
	else if (type != TIMESTAMPTZOID)
		unsuitable_type(
			fcinfo, ARG_AT, type,
			"Use a column of type timestamptz, timestamp or date, or a view that casts it.");
}

/*
 * The amount column. Floating point is taken as the decimal number it shows,
 * because a sum of float8 would depend on the order of rows.
 */
static const char *
amount_column(FunctionCallInfo fcinfo)
{
	Oid type = column_type(fcinfo, ARG_AMOUNT);
	const char *column = query_column_name(fcinfo, ARG_AMOUNT);

	switch (type)
	{
		case NUMERICOID:
		case INT8OID:
		case INT4OID:
		case INT2OID:
			return column;
		case FLOAT8OID:
			return PG_ARGISNULL(ARG_ORDER_ID) ? column : psprintf("%s::numeric", column);
		case FLOAT4OID:
			return psprintf("%s::numeric", column);
		default:
			unsuitable_type(fcinfo, ARG_AMOUNT, type,
							"Use a column of a numeric type, or a view that casts it.");
			return NULL; /* not reached */
	}
}

/* ISO 8601 is read the same under any IntervalStyle. */
static const char *
interval_literal(Interval *interval)
{
	static const Interval zero = {0};
	struct pg_itm itm;
	char text[MAXDATELEN + 1];

	if (INTERVAL_NOT_FINITE(interval) ||
		DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(interval),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("horizon must be finite and not negative, but is %s",
							   DatumGetCString(DirectFunctionCall1(interval_out,
																   IntervalPGetDatum(interval))))));
	interval2itm(*interval, &itm);
	EncodeInterval(&itm, INTSTYLE_ISO_8601, text);
	return psprintf("INTERVAL '%s'", text);
}

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

/* {"timezone": "..."} and further members. */
static char *
options_text(const char *timezone, const char *more)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"timezone\": ");
	escape_json(&json, timezone);
	appendStringInfo(&json, "%s}", more);
	return json.data;
}

static const char *
jsonb_literal(const char *json)
{
	return psprintf("%s::pg_catalog.jsonb", quote_literal_cstr(json));
}

/* Those of fit_ltv, which checks them; but the time zone is that of the whole profile. */
static const char *
ltv_options_literal(FunctionCallInfo fcinfo, const char *timezone)
{
	char *ours = options_text(timezone, ", \"strict\": false");
	JsonbValue key = {.type = jbvString, .val.string = {.val = "timezone", .len = 8}};
	Jsonb *given;
	Datum all;

	if (PG_ARGISNULL(ARG_LTV_OPTIONS))
		return jsonb_literal(ours);
	given = PG_GETARG_JSONB_P(ARG_LTV_OPTIONS);
	if (!JB_ROOT_IS_OBJECT(given))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("ltv_options must be a JSON object, but is %s",
							   JsonbToCString(NULL, &given->root, VARSIZE(given)))));
	if (findJsonbValueFromContainer(&given->root, JB_FOBJECT, &key) != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("ltv_options must not have a \"timezone\""),
						errhint("Give it as the argument timezone.")));
	all = DirectFunctionCall2(jsonb_concat, DirectFunctionCall1(jsonb_in, CStringGetDatum(ours)),
							  JsonbPGetDatum(given));
	return jsonb_literal(DatumGetCString(DirectFunctionCall1(jsonb_out, all)));
}

/* Check all arguments and make the parts of the text. */
static void
make_parts(FunctionCallInfo fcinfo, ProfileQuery *query)
{
	char *timezone;
	Calendar calendar;

	require_arguments(fcinfo);
	timezone = text_to_cstring(PG_GETARG_TEXT_PP(ARG_TIMEZONE));
	calendar_init(&calendar, timezone); /* an error now rather than inside the query */
	query->schema = query_schema(fcinfo);
	query->table = query_table(PG_GETARG_OID(ARG_ORDERS));
	query->timezone = quote_literal_cstr(timezone);
	query->as_of =
		PG_ARGISNULL(ARG_AS_OF) ? "current_date" : date_literal(PG_GETARG_DATEADT(ARG_AS_OF));
	query->horizon = interval_literal(PG_GETARG_INTERVAL_P(ARG_HORIZON));
	query->options = jsonb_literal(options_text(timezone, ""));
	query->ltv_options = ltv_options_literal(fcinfo, timezone);
	query->customer = key_column(fcinfo, ARG_CUSTOMER);
	time_column(fcinfo, query);
	query->amount = amount_column(fcinfo);
	query->order_id = PG_ARGISNULL(ARG_ORDER_ID) ? NULL : key_column(fcinfo, ARG_ORDER_ID);
}

/*
 * One row per order: the table itself, or its lines summed by order. Rows
 * without an order number are orders by their time. Rows without a time are
 * kept: they make a prospect known.
 */
static void
append_orders(StringInfo out, const ProfileQuery *query)
{
	appendStringInfoString(out, "WITH orders AS (\n");
	if (query->order_id == NULL)
		appendStringInfo(out, "\tSELECT %s AS customer, %s AS at, %s AS amount\n", query->customer,
						 query->at, query->amount);
	else
		appendStringInfo(
			out,
			"\tSELECT %s AS customer, pg_catalog.min(%s) AS at, pg_catalog.sum(%s) AS amount\n",
			query->customer, query->at, query->amount);
	appendStringInfo(
		out,
		"\tFROM %s AS o\n"
		"\tWHERE %s IS DISTINCT FROM NULL AND (%s OPERATOR(pg_catalog.<) %s OR %s IS NULL)\n",
		query->table, query->customer, query->at, query->before, query->at);
	if (query->order_id != NULL)
		appendStringInfo(out, "\tGROUP BY %s, %s, CASE WHEN %s IS NULL THEN %s END\n",
						 query->customer, query->order_id, query->order_id, query->at);
	appendStringInfoString(out, "),\n");
}

static void
append_models(StringInfo out, const ProfileQuery *query)
{
	const char *schema = query->schema;

	appendStringInfo(out,
					 "histories AS (\n"
					 "\tSELECT customer, %stimeline(at, amount) AS history\n"
					 "\tFROM orders GROUP BY customer\n"
					 "),\n"
					 "customers AS (\n"
					 "\tSELECT customer, history, %ssummarize(history, %s, %s) AS summary\n"
					 "\tFROM histories\n"
					 "),\n"
					 "models AS (\n"
					 "\tSELECT %sfit_rfm(summary, %s, %s) AS rfm_model,\n"
					 "\t\t%sfit_ltv(history, %s, %s) AS ltv_model\n"
					 "\tFROM customers\n"
					 "),\n",
					 schema, schema, query->as_of, query->timezone, schema, query->as_of,
					 query->options, schema, query->as_of, query->ltv_options);
	appendStringInfo(
		out,
		"scored AS (\n"
		"\tSELECT customer, history, summary, ltv_model, %srevenue(summary) AS revenue,\n"
		"\t\t%srfm_score(rfm_model, summary) AS score,\n"
		"\t\t%sltv(ltv_model, history, %s) AS future_value\n"
		"\tFROM customers CROSS JOIN models\n"
		"),\n",
		schema, schema, schema, query->horizon);
	appendStringInfo(
		out,
		"segmented AS (\n"
		"\tSELECT *, CASE WHEN score IS NOT NULL THEN %srfm_segment(score)\n"
		"\t\tWHEN %slast_event_at(summary) IS NOT NULL THEN 'Not scored: refunds only'\n"
		"\t\tELSE 'Prospect' END AS segment\n"
		"\tFROM scored\n"
		")\n",
		schema, schema);
}

static void
append_columns(StringInfo out, const ProfileQuery *query)
{
	const char *schema = query->schema;

	appendStringInfo(out,
					 "SELECT customer::pg_catalog.text AS customer,\n"
					 "\t%s AS as_of,\n"
					 "\t%sfirst_purchase_at(summary) AS first_purchase_at,\n"
					 "\t%slast_purchase_at(summary) AS last_purchase_at,\n"
					 "\tCOALESCE(%spurchases(summary), 0) AS purchases,\n"
					 "\trevenue,\n"
					 "\t%srecency_days(summary, %s, %s) AS recency_days,\n",
					 query->as_of, schema, schema, schema, schema, query->as_of, query->timezone);
	appendStringInfo(out,
					 "\t%srecency_score(score) AS r,\n"
					 "\t%sfrequency_score(score) AS f,\n"
					 "\t%smonetary_score(score) AS m,\n"
					 "\tscore::pg_catalog.text AS rfm,\n"
					 "\tsegment,\n"
					 "\t%ssegment_rank(segment) AS segment_order,\n",
					 schema, schema, schema, schema);
	appendStringInfo(
		out,
		"\t%sp_alive(ltv_model, history) AS p_alive,\n"
		"\t%sexpected_purchases(ltv_model, history, %s) AS expected_purchases,\n"
		"\t%sexpected_spend(ltv_model, history) AS expected_spend,\n"
		"\tfuture_value,\n"
		"\trevenue::pg_catalog.float8 OPERATOR(pg_catalog.+) future_value AS lifetime_value,\n"
		"\tCASE WHEN score IS NULL THEN 'no purchase' ELSE %sltv_status(ltv_model) END AS ltv_status\n"
		"FROM segmented",
		schema, schema, query->horizon, schema, schema);
}

static char *
make_query(FunctionCallInfo fcinfo)
{
	ProfileQuery query;
	StringInfoData out;

	make_parts(fcinfo, &query);
	initStringInfo(&out);
	append_orders(&out, &query);
	append_models(&out, &query);
	append_columns(&out, &query);
	return out.data;
}

/*
 * customer_profile_sql(orders, customer, at, amount, order_id, as_of, horizon,
 * timezone, ltv_options): the text that customer_profile() runs. A NULL as_of stands for
 * current_date at the time the text runs.
 */
PG_FUNCTION_INFO_V1(customer_profile_sql);
Datum
customer_profile_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(make_query(fcinfo)));
}

/*
 * customer_profile(orders, customer, at, amount, order_id, as_of, horizon,
 * timezone, ltv_options): a row for each customer. NULL only for order_id and
 * ltv_options (those of fit_ltv, but for "timezone"; "strict" is false unless
 * given); a missing column or one of an unsuitable type is an error that names
 * it.
 */
PG_FUNCTION_INFO_V1(customer_profile);
Datum
customer_profile(PG_FUNCTION_ARGS)
{
	query_require(fcinfo, ARG_AS_OF, argument_names[ARG_AS_OF]);
	query_run(fcinfo, make_query(fcinfo));
	return (Datum) 0;
}
