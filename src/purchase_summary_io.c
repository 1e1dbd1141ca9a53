/*
 * purchase_summary_io.c
 *		Text, binary form and order of purchase_summary.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "base/comparison.h"
#include "base/json_text.h"
#include "purchase_summary_layout.h"
#include "utils/builtins.h"

static const char type_name[] = "purchase_summary";

static const char *const keys[] = {"version",		   "purchases",		"first_purchase_at",
								   "last_purchase_at", "last_event_at", "gross",
								   "refunds",		   "ignored"};

typedef enum
{
	KEY_VERSION,
	KEY_PURCHASES,
	KEY_FIRST_PURCHASE,
	KEY_LAST_PURCHASE,
	KEY_LAST_EVENT,
	KEY_GROSS,
	KEY_REFUNDS,
	KEY_IGNORED
} Key;

static bool
is_unit_multiple(Decimal value, int scale)
{
	return value % decimal_power_of_ten(DECIMAL_SCALE - scale) == 0;
}

static inline bool
is_time_or_none(TimestampTz at)
{
	return at == DT_NOBEGIN || IS_VALID_TIMESTAMP(at);
}

/*
 * What is wrong with a summary that came from outside, or NULL. Only values
 * that the aggregate can build are let in.
 */
static const char *
find_fault(const PurchaseSummary *summary)
{
	bool any_purchase = summary->purchases > 0;
	bool any_event = summary->last_event != DT_NOBEGIN;

	if (summary->scale > DECIMAL_SCALE)
		return "The scale is larger than 18";
	if (summary->purchases < 0 || summary->ignored < 0)
		return "A count is negative";
	if (summary->gross < 0 || summary->refunds < 0)
		return "Gross or refunds are negative";
	if (!is_unit_multiple(summary->gross, summary->scale) ||
		!is_unit_multiple(summary->refunds, summary->scale))
		return "An amount has more decimals than the scale";
	if (!is_time_or_none(summary->first_purchase) || !is_time_or_none(summary->last_purchase) ||
		!is_time_or_none(summary->last_event))
		return "A time is out of range";
	if ((summary->first_purchase != DT_NOBEGIN) != any_purchase ||
		(summary->last_purchase != DT_NOBEGIN) != any_purchase)
		return "Purchase times must be there exactly when there is a purchase";
	if (any_purchase && (summary->first_purchase > summary->last_purchase ||
						 summary->last_purchase > summary->last_event))
		return "The times are not in order";
	if (summary->purchases == 1 && summary->first_purchase != summary->last_purchase)
		return "A single purchase has two times";
	if (!any_purchase && summary->gross != 0)
		return "There is gross revenue without a purchase";
	if (!any_event && (summary->refunds != 0 || summary->scale != 0))
		return "There is money without an event";
	if (any_event && summary->refunds == 0 && summary->last_event != summary->last_purchase)
		return "There is a refund without money";
	return NULL;
}

static TimestampTz
read_time_or_null(JsonReader *reader)
{
	return json_accept_null(reader) ? DT_NOBEGIN : json_timestamp(reader);
}

static void
read_field(JsonReader *reader, Key key, PurchaseSummary *summary, int *scale)
{
	switch (key)
	{
		case KEY_VERSION:
			(void) json_int64(reader, PURCHASE_SUMMARY_VERSION, PURCHASE_SUMMARY_VERSION);
			break;
		case KEY_PURCHASES:
			summary->purchases = json_int64(reader, 0, PG_INT64_MAX);
			break;
		case KEY_FIRST_PURCHASE:
			summary->first_purchase = read_time_or_null(reader);
			break;
		case KEY_LAST_PURCHASE:
			summary->last_purchase = read_time_or_null(reader);
			break;
		case KEY_LAST_EVENT:
			summary->last_event = read_time_or_null(reader);
			break;
		case KEY_GROSS:
			summary->gross = json_decimal(reader, scale);
			break;
		case KEY_REFUNDS:
			summary->refunds = json_decimal(reader, scale);
			break;
		case KEY_IGNORED:
			summary->ignored = json_int64(reader, 0, PG_INT64_MAX);
			break;
	}
	summary->scale = Max(summary->scale, *scale);
}

/* Reads the JSON object that purchase_summary_out writes. */
PG_FUNCTION_INFO_V1(purchase_summary_in);
Datum
purchase_summary_in(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = purchase_summary_create();
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		int scale = 0;

		read_field(&reader, (Key) key, summary, &scale);
	}
	json_end(&reader);
	if ((fault = find_fault(summary)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(summary);
}

static void
append_time(StringInfo out, Key key, TimestampTz at)
{
	appendStringInfo(out, ", \"%s\": ", keys[key]);
	if (at == DT_NOBEGIN)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfoChar(out, '"');
	timestamp_append(out, at);
	appendStringInfoChar(out, '"');
}

static void
append_money(StringInfo out, Key key, Decimal value, int scale)
{
	appendStringInfo(out, ", \"%s\": ", keys[key]);
	decimal_append(out, value, scale);
}

static void
append_summary(StringInfo out, const PurchaseSummary *summary)
{
	appendStringInfo(out, "{\"%s\": %d, \"%s\": " INT64_FORMAT, keys[KEY_VERSION], summary->version,
					 keys[KEY_PURCHASES], summary->purchases);
	append_time(out, KEY_FIRST_PURCHASE, summary->first_purchase);
	append_time(out, KEY_LAST_PURCHASE, summary->last_purchase);
	append_time(out, KEY_LAST_EVENT, summary->last_event);
	append_money(out, KEY_GROSS, summary->gross, summary->scale);
	append_money(out, KEY_REFUNDS, summary->refunds, summary->scale);
	appendStringInfo(out, ", \"%s\": " INT64_FORMAT "}", keys[KEY_IGNORED], summary->ignored);
}

/* One JSON object, the same under any settings. */
PG_FUNCTION_INFO_V1(purchase_summary_out);
Datum
purchase_summary_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_summary(&out, PG_GETARG_PURCHASE_SUMMARY(0));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(purchase_summary_json);
Datum
purchase_summary_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_summary(&out, PG_GETARG_PURCHASE_SUMMARY(0));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* Binary form: version, scale, then the fields in their stored order. */
PG_FUNCTION_INFO_V1(purchase_summary_send);
Datum
purchase_summary_send(PG_FUNCTION_ARGS)
{
	PurchaseSummary *summary = PG_GETARG_PURCHASE_SUMMARY(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, summary->version);
	pq_sendbyte(&out, summary->scale);
	pq_sendint64(&out, summary->purchases);
	pq_sendint64(&out, summary->ignored);
	pq_sendint64(&out, summary->first_purchase);
	pq_sendint64(&out, summary->last_purchase);
	pq_sendint64(&out, summary->last_event);
	send_decimal(&out, summary->gross);
	send_decimal(&out, summary->refunds);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* Reads what purchase_summary_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(purchase_summary_recv);
Datum
purchase_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	PurchaseSummary *summary = purchase_summary_create();
	const char *fault;

	if (pq_getmsgbyte(in) != PURCHASE_SUMMARY_VERSION)
		receive_fail(type_name, "The version is not known");
	summary->scale = pq_getmsgbyte(in);
	summary->purchases = pq_getmsgint64(in);
	summary->ignored = pq_getmsgint64(in);
	summary->first_purchase = pq_getmsgint64(in);
	summary->last_purchase = pq_getmsgint64(in);
	summary->last_event = pq_getmsgint64(in);
	summary->gross = receive_decimal(in);
	summary->refunds = receive_decimal(in);
	if ((fault = find_fault(summary)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(summary);
}

/*
 * A total order that agrees with equality of the whole content, display scale
 * and ignored rows included: by last purchase, then the rest.
 */
static int
compare(FunctionCallInfo fcinfo)
{
	const PurchaseSummary *a = PG_GETARG_PURCHASE_SUMMARY(0);
	const PurchaseSummary *b = PG_GETARG_PURCHASE_SUMMARY(1);

	COMPARE(a->last_purchase, b->last_purchase);
	COMPARE(a->purchases, b->purchases);
	COMPARE(a->gross, b->gross);
	COMPARE(a->refunds, b->refunds);
	COMPARE(a->first_purchase, b->first_purchase);
	COMPARE(a->last_event, b->last_event);
	COMPARE(a->ignored, b->ignored);
	COMPARE(a->scale, b->scale);
	return 0;
}

COMPARISON_FUNCTIONS(purchase_summary, compare)

/* Every byte after the length word is content or zero. */
HASH_FUNCTIONS(purchase_summary, stored_content)
