/*
 * rfm_options.c
 *		The options of fit_rfm as a sample and a model carry them, and what a
 *		customer looks like under them.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/options.h"
#include "libpq/pqformat.h"
#include "rfm.h"

static const char *const monetary_names[] = {"net", "gross"};

const char *
rfm_monetary_name(int monetary)
{
	return monetary_names[monetary];
}

/* Under the name the server knows the zone by, so that equal options have equal bytes. */
void
rfm_options_set_timezone(RfmOptions *options, const char *timezone)
{
	Calendar calendar;

	calendar_init(&calendar, timezone);
	memset(options->timezone, 0, TIMEZONE_NAME_MAX);
	strlcpy(options->timezone, calendar.zone ? pg_get_timezone_name(calendar.zone) : "UTC",
			TIMEZONE_NAME_MAX);
}

/* Where bins is not 0 it is settled already, and no option. */
void
rfm_options_parse(RfmOptions *options, const char *function, Jsonb *json, int bins)
{
	static const char *const allowed[] = {"monetary", "timezone", "bins"};
	Options given;

	options_init(&given, function, json, allowed, bins == 0 ? 3 : 2);
	options->bins = bins != 0
						? bins
						: options_int(&given, "bins", RFM_BINS_DEFAULT, RFM_BINS_MIN, RFM_BINS_MAX);
	options->monetary =
		options_choice(&given, "monetary", RFM_NET, monetary_names, lengthof(monetary_names));
	rfm_options_set_timezone(options, options_text(&given, "timezone", "UTC"));
}

bool
rfm_options_equal(const RfmOptions *a, const RfmOptions *b)
{
	return memcmp(a, b, sizeof(RfmOptions)) == 0;
}

/* For messages. */
char *
rfm_options_describe(const RfmOptions *options)
{
	return psprintf("bins %d, monetary %s, timezone %s", options->bins,
					monetary_names[options->monetary], options->timezone);
}

/* A date for messages, whatever DateStyle is. */
char *
rfm_date_text(DateADT day)
{
	StringInfoData text;

	initStringInfo(&text);
	date_append(&text, day);
	return text.data;
}

RfmMonetary
rfm_monetary_from_json(JsonReader *reader)
{
	char *word = json_string(reader, TIMEZONE_NAME_MAX);

	for (int i = 0; i < (int) lengthof(monetary_names); i++)
		if (strcmp(word, monetary_names[i]) == 0)
			return (RfmMonetary) i;
	json_fail(reader, "Expected \"net\" or \"gross\"");
}

/* The options as members of a JSON object. */
void
rfm_options_append(StringInfo out, const RfmOptions *options)
{
	appendStringInfo(out, "\"bins\": %d, \"monetary\": \"%s\", \"timezone\": ", options->bins,
					 monetary_names[options->monetary]);
	json_append_string(out, options->timezone);
}

/* A finite number in its only form: there is no negative zero. */
double
rfm_float8_recv(StringInfo buf, const char *type_name)
{
	double value = pq_getmsgfloat8(buf);

	receive_check(isfinite(value) && !(value == 0 && signbit(value)), type_name,
				  "A number is not finite, or is a negative zero");
	return value;
}

DateADT
rfm_as_of_recv(StringInfo buf, const char *type_name)
{
	DateADT as_of = (DateADT) pq_getmsgint(buf, 4);

	check_as_of(as_of);
	receive_check(IS_VALID_DATE(as_of), type_name, "as_of is out of range");
	return as_of;
}

void
rfm_options_recv(StringInfo buf, RfmOptions *options, const char *type_name)
{
	const char *timezone;

	memset(options, 0, sizeof(RfmOptions));
	options->bins = pq_getmsgbyte(buf);
	receive_check(options->bins >= RFM_BINS_MIN && options->bins <= RFM_BINS_MAX, type_name,
				  "The number of bins is not between 2 and 10");
	options->monetary = pq_getmsgbyte(buf);
	receive_check(options->monetary < lengthof(monetary_names), type_name,
				  "The choice of monetary is unknown");
	timezone = pq_getmsgstring(buf);
	rfm_options_set_timezone(options, timezone);
	receive_check(strcmp(options->timezone, timezone) == 0, type_name,
				  "The time zone is not written as the server knows it");
}

void
rfm_options_send(StringInfo buf, const RfmOptions *options)
{
	pq_sendbyte(buf, options->bins);
	pq_sendbyte(buf, options->monetary);
	pq_sendstring(buf, options->timezone);
}

/*
 * What RFM sees of a customer at as_of: whole days from the day of the last
 * purchase to as_of, purchases, and revenue as the nearest double (which keeps
 * the order of amounts). False when there is nothing to score: no purchase, or
 * the last one on a day after as_of, which leaves recency_days negative.
 */
bool
rfm_customer_of(const PurchaseSummary *summary, const RfmOptions *options, DateADT as_of,
				RfmCustomer *customer)
{
	int64 purchases = purchase_summary_purchases(summary);
	Calendar calendar;
	Decimal money;

	customer->recency_days = 0;
	if (purchases == 0)
		return false;
	calendar_init(&calendar, options->timezone);
	customer->recency_days =
		as_of - calendar_day(&calendar, purchase_summary_last_purchase(summary));
	if (customer->recency_days < 0)
		return false;
	if (purchases > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a customer with " INT64_FORMAT " purchases cannot be scored", purchases),
				 errdetail("At most %u purchases are supported.", PG_UINT32_MAX)));
	customer->purchases = (uint32) purchases;
	money = options->monetary == RFM_GROSS ? purchase_summary_gross(summary)
										   : purchase_summary_revenue(summary);
	customer->monetary = decimal_to_float8(money);
	return true;
}
