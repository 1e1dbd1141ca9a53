/*
 * ltv_settings.c
 *		as_of and options of a lifetime-value fit, and what a customer looks
 *		like under them.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "base/options.h"
#include "ltv/ltv_settings.h"
#include "utils/builtins.h"

/*
 * The models, by the number that stored values carry: only ever append. The
 * first is the default.
 */
static const LtvTransactionModel *const transaction_models[] = {&mbg_nbd_model, &bg_nbd_model};
static const LtvSpendModel *const spend_models[] = {&gamma_gamma_model};

static const char *const transaction_model_names[] = {"mbg/nbd", "bg/nbd"};
static const char *const spend_model_names[] = {"gamma-gamma"};

StaticAssertDecl(lengthof(transaction_models) == lengthof(transaction_model_names),
				 "one name for each transaction model");
StaticAssertDecl(lengthof(spend_models) == lengthof(spend_model_names),
				 "one name for each spend model");

#define DEFAULT_PERIOD "7 days"

const LtvTransactionModel *
ltv_transaction_model(const LtvSettings *settings)
{
	return transaction_models[settings->model];
}

const LtvSpendModel *
ltv_spend_model(const LtvSettings *settings)
{
	return spend_models[settings->spend];
}

/*
 * A length of fixed time in microseconds. A minus sign is refused because what
 * it covers depends on the setting IntervalStyle.
 */
static int64
parse_period(const char *text)
{
	Interval *interval;
	int64 period;

	if (strchr(text, '-') == NULL)
	{
		interval = DatumGetIntervalP(DirectFunctionCall3(
			interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
		if (interval->month == 0 &&
			!__builtin_add_overflow(interval->day * USECS_PER_DAY, interval->time, &period) &&
			period > 0)
			return period;
	}
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("invalid value for option \"period\" of fit_ltv: \"%s\"", text),
		 errdetail("Expected a positive interval without months or years, such as \"7 days\".")));
}

/* Under the name the server knows the zone by, so that equal options have equal bytes. */
static void
set_timezone(LtvSettings *settings, const char *timezone)
{
	Calendar calendar;

	calendar_init(&calendar, timezone);
	strlcpy(settings->timezone, calendar.zone ? pg_get_timezone_name(calendar.zone) : "UTC",
			TIMEZONE_NAME_MAX);
}

void
ltv_settings_parse(LtvSettings *settings, DateADT as_of, Jsonb *options)
{
	static const char *const allowed[] = {"model", "spend", "period", "timezone", "strict"};
	Options given;

	check_as_of(as_of);
	memset(settings, 0, sizeof(*settings));
	options_init(&given, "fit_ltv", options, allowed, lengthof(allowed));
	settings->as_of = as_of;
	settings->model = options_choice(&given, "model", 0, transaction_model_names,
									 lengthof(transaction_model_names));
	settings->spend =
		options_choice(&given, "spend", 0, spend_model_names, lengthof(spend_model_names));
	settings->strict = options_bool(&given, "strict", true);
	settings->period = parse_period(options_text(&given, "period", DEFAULT_PERIOD));
	set_timezone(settings, options_text(&given, "timezone", "UTC"));
}

bool
ltv_settings_equal(const LtvSettings *a, const LtvSettings *b)
{
	return memcmp(a, b, sizeof(LtvSettings)) == 0;
}

/* A date for messages, whatever DateStyle is. */
char *
ltv_date_text(DateADT day)
{
	StringInfoData text;

	initStringInfo(&text);
	date_append(&text, day);
	return text.data;
}

/* The options for messages. */
char *
ltv_options_text(const LtvSettings *settings)
{
	return psprintf("model %s, spend %s, period %g days, timezone %s, strict %s",
					transaction_model_names[settings->model], spend_model_names[settings->spend],
					ltv_period_days(settings), settings->timezone,
					settings->strict ? "true" : "false");
}

/*
 * Purchase days before as_of: x after the first, t_x days from first to last,
 * T days from the first to the end of observation, the day before as_of.
 */
bool
ltv_customer_of(const Timeline *timeline, Calendar *calendar, DateADT as_of, LtvCustomer *customer)
{
	PurchaseDays days;

	timeline_purchase_days(timeline, calendar, as_of, &days);
	memset(customer, 0, sizeof(*customer));
	customer->unmatched_refunds = days.unmatched_refunds;
	if (days.days == 0)
		return false;
	customer->x = (int32) (days.days - 1);
	customer->t_x = days.last_day - days.first_day;
	customer->T = as_of - 1 - days.first_day;
	if (customer->x > 0)
		customer->mean =
			decimal_to_float8(decimal_subtract(days.total_net, days.first_net)) / customer->x;
	customer->mean += 0.0; /* no negative zero */
	return true;
}

void
ltv_history_of(const LtvSettings *settings, int32 x, int32 t_x, int32 T, LtvHistory *history)
{
	double period = ltv_period_days(settings);

	history->x = x;
	history->t_x = t_x / period;
	history->T = T / period;
}

static const char *const keys[] = {"as_of", "model", "spend", "period_us", "timezone", "strict"};

typedef enum
{
	KEY_AS_OF,
	KEY_MODEL,
	KEY_SPEND,
	KEY_PERIOD,
	KEY_TIMEZONE,
	KEY_STRICT
} Key;

/* "settings": {...}, or null when there are none yet. */
void
ltv_settings_append(StringInfo out, const LtvSettings *settings)
{
	appendStringInfoString(out, "\"settings\": ");
	if (settings->period == 0)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfo(out, "{\"as_of\": \"%s\"", ltv_date_text(settings->as_of));
	appendStringInfo(out, ", \"model\": \"%s\", \"spend\": \"%s\", \"period_us\": " INT64_FORMAT,
					 transaction_model_names[settings->model], spend_model_names[settings->spend],
					 settings->period);
	appendStringInfoString(out, ", \"timezone\": ");
	json_append_string(out, settings->timezone);
	appendStringInfo(out, ", \"strict\": %s}", settings->strict ? "true" : "false");
}

static int
name_from_json(JsonReader *reader, const char *const *names, int nnames)
{
	char *word = json_string(reader, TIMEZONE_NAME_MAX);

	for (int i = 0; i < nnames; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	json_fail(reader, psprintf("Unknown model \"%s\"", word));
}

void
ltv_settings_from_json(JsonReader *reader, LtvSettings *settings)
{
	uint32 seen = 0;
	int key;

	memset(settings, 0, sizeof(*settings));
	if (json_accept_null(reader))
		return;
	json_open_object(reader);
	while (json_next_key(reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_AS_OF:
				settings->as_of = json_date(reader);
				break;
			case KEY_MODEL:
				settings->model = name_from_json(reader, transaction_model_names,
												 lengthof(transaction_model_names));
				break;
			case KEY_SPEND:
				settings->spend =
					name_from_json(reader, spend_model_names, lengthof(spend_model_names));
				break;
			case KEY_PERIOD:
				settings->period = json_int64(reader, 1, PG_INT64_MAX);
				break;
			case KEY_TIMEZONE:
				set_timezone(settings, json_string(reader, TIMEZONE_NAME_MAX - 1));
				break;
			case KEY_STRICT:
				settings->strict = json_bool(reader);
				break;
		}
	}
	if (DATE_NOT_FINITE(settings->as_of))
		json_fail(reader, "The date as_of is not finite");
}

void
ltv_settings_send(StringInfo out, const LtvSettings *settings)
{
	pq_sendint64(out, settings->period);
	if (settings->period == 0)
		return;
	pq_sendint32(out, settings->as_of);
	pq_sendbyte(out, settings->model);
	pq_sendbyte(out, settings->spend);
	pq_sendbyte(out, settings->strict);
	pq_sendstring(out, settings->timezone);
}

void
ltv_settings_recv(StringInfo in, LtvSettings *settings, const char *type_name)
{
	memset(settings, 0, sizeof(*settings));
	settings->period = pq_getmsgint64(in);
	if (settings->period == 0)
		return;
	settings->as_of = (DateADT) pq_getmsgint(in, 4);
	settings->model = pq_getmsgbyte(in);
	settings->spend = pq_getmsgbyte(in);
	settings->strict = pq_getmsgbyte(in);
	if (settings->period < 0)
		receive_fail(type_name, "The period is negative");
	if (DATE_NOT_FINITE(settings->as_of) || !IS_VALID_DATE(settings->as_of))
		receive_fail(type_name, "The date as_of is out of range");
	if (settings->model >= lengthof(transaction_models) ||
		settings->spend >= lengthof(spend_models))
		receive_fail(type_name, "The model is not known");
	if (settings->strict > 1)
		receive_fail(type_name, "A flag is neither 0 nor 1");
	set_timezone(settings, pq_getmsgstring(in));
}
