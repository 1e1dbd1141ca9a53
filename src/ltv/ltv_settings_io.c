/*
 * ltv_settings_io.c
 *		Text and binary form of as_of and options, as parts of the forms of
 *		ltv_sample and ltv_model.
 */
#include "postgres.h"
#include "compat.h"

#include "base/binary.h"
#include "ltv/ltv_settings.h"

static const char *const keys[] = {"as_of",	 "models",		 "spend",	 "period_us",  "timezone",
								   "strict", "prior_weight", "max_rows", "covariates", "summary"};

typedef enum
{
	KEY_AS_OF,
	KEY_MODELS,
	KEY_SPEND,
	KEY_PERIOD,
	KEY_TIMEZONE,
	KEY_STRICT,
	KEY_PRIOR_WEIGHT,
	KEY_MAX_ROWS,
	KEY_COVARIATES,
	KEY_SUMMARY
} Key;

/* "settings": {...}, or null when there are none yet. */
void
ltv_settings_append(StringInfo out, const LtvSettings *settings)
{
	const char *separator = "";

	appendStringInfoString(out, "\"settings\": ");
	if (settings->period == 0)
	{
		appendStringInfoString(out, "null");
		return;
	}
	if (settings->summary)
		appendStringInfoString(out, "{\"as_of\": null");
	else
		appendStringInfo(out, "{\"as_of\": \"%s\"", ltv_date_text(settings->as_of));
	appendStringInfoString(out, ", \"models\": [");
	for (int i = 0; i < ltv_transaction_model_count; i++)
		if (settings->models & (1 << i))
		{
			appendStringInfo(out, "%s\"%s\"", separator, ltv_transaction_model_names[i]);
			separator = ", ";
		}
	appendStringInfo(out, "], \"spend\": \"%s\", \"period_us\": " INT64_FORMAT,
					 ltv_spend_model_names[settings->spend], settings->period);
	appendStringInfoString(out, ", \"timezone\": ");
	json_append_string(out, settings->timezone);
	appendStringInfo(out,
					 ", \"strict\": %s, \"prior_weight\": ", settings->strict ? "true" : "false");
	json_append_float8(out, settings->prior_weight);
	appendStringInfo(out, ", \"max_rows\": " INT64_FORMAT ", \"covariates\": %d, \"summary\": %s}",
					 settings->max_rows, settings->covariates,
					 settings->summary ? "true" : "false");
}

static int
model_number(JsonReader *reader, int (*find)(const char *name))
{
	char *word = json_string(reader, TIMEZONE_NAME_MAX);
	int number = find(word);

	if (number < 0)
		json_fail(reader, psprintf("Unknown model \"%s\"", word));
	return number;
}

static void
read_models(JsonReader *reader, LtvSettings *settings)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		int number = model_number(reader, ltv_transaction_model_number);

		if (settings->models >> number != 0)
			json_fail(reader, "The models are not in ascending order");
		settings->models |= 1 << number;
	}
}

void
ltv_settings_from_json(JsonReader *reader, LtvSettings *settings)
{
	uint32 seen = 0;
	int key;
	const char *fault;

	memset(settings, 0, sizeof(*settings));
	if (json_accept_null(reader))
		return;
	json_open_object(reader);
	while (json_next_key(reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_AS_OF:
				settings->as_of = json_accept_null(reader) ? LTV_NO_DATE : json_date(reader);
				break;
			case KEY_MODELS:
				read_models(reader, settings);
				break;
			case KEY_SPEND:
				settings->spend = model_number(reader, ltv_spend_model_number);
				break;
			case KEY_PERIOD:
				settings->period = json_int64(reader, 1, PG_INT64_MAX);
				break;
			case KEY_TIMEZONE:
				ltv_settings_set_timezone(settings, json_string(reader, TIMEZONE_NAME_MAX - 1));
				break;
			case KEY_STRICT:
				settings->strict = json_bool(reader);
				break;
			case KEY_PRIOR_WEIGHT:
				settings->prior_weight = json_float8(reader) + 0.0;
				break;
			case KEY_MAX_ROWS:
				settings->max_rows = json_int64(reader, 0, PG_INT32_MAX);
				break;
			case KEY_COVARIATES:
				settings->covariates = (uint8) json_int64(reader, 0, LTV_MAX_COVARIATES);
				break;
			case KEY_SUMMARY:
				settings->summary = json_bool(reader);
				break;
		}
	}
	if ((fault = ltv_settings_fault(settings)) != NULL)
		json_fail(reader, fault);
}

void
ltv_settings_send(StringInfo out, const LtvSettings *settings)
{
	pq_sendint64(out, settings->period);
	if (settings->period == 0)
		return;
	pq_sendint64(out, settings->max_rows);
	pq_sendfloat8(out, settings->prior_weight);
	pq_sendint32(out, settings->as_of);
	pq_sendint16(out, settings->models);
	pq_sendbyte(out, settings->spend);
	pq_sendbyte(out, settings->strict);
	pq_sendbyte(out, settings->covariates);
	pq_sendbyte(out, settings->summary);
	pq_sendstring(out, settings->timezone);
}

void
ltv_settings_recv(StringInfo in, LtvSettings *settings, const char *type_name)
{
	const char *fault;

	memset(settings, 0, sizeof(*settings));
	settings->period = pq_getmsgint64(in);
	if (settings->period == 0)
		return;
	settings->max_rows = pq_getmsgint64(in);
	settings->prior_weight = pq_getmsgfloat8(in) + 0.0;
	settings->as_of = (DateADT) pq_getmsgint(in, 4);
	settings->models = (uint16) pq_getmsgint(in, 2);
	settings->spend = pq_getmsgbyte(in);
	settings->strict = pq_getmsgbyte(in);
	settings->covariates = pq_getmsgbyte(in);
	settings->summary = pq_getmsgbyte(in);
	if ((fault = ltv_settings_fault(settings)) != NULL)
		receive_fail(type_name, fault);
	ltv_settings_set_timezone(settings, pq_getmsgstring(in));
}
