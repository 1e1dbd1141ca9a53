/*
 * ltv_holdout_sample_io.c
 *		Text and binary form of ltv_holdout_sample. Both are canonical.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "base/comparison.h"
#include "base/state.h"
#include "ltv/ltv_holdout.h"
#include "ltv/ltv_sample.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static const char type_name[] = "ltv_holdout_sample";

static const char *const keys[] = {"version",			"settings", "holdout_end", "acquired_later",
								   "unmatched_refunds", "ignored",	"log_gaps",	   "customers"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_HOLDOUT_END,
	KEY_ACQUIRED_LATER,
	KEY_UNMATCHED,
	KEY_IGNORED,
	KEY_LOG_GAPS,
	KEY_CUSTOMERS
} Key;

#define ENTRY_WIRE_SIZE (6 * sizeof(int32) + 6 * sizeof(double))

static bool
is_number(double value)
{
	return isfinite(value) && !(value == 0.0 && signbit(value));
}

static bool
are_opportunities(const HoldoutEntry *entry)
{
	const double *numbers = entry->opportunities;

	for (int i = 0; i < LTV_OPPORTUNITY_NUMBERS; i++)
		if (!is_number(numbers[i]) || numbers[i] != rint(numbers[i]))
			return false;
	return numbers[0] >= 0.0 && numbers[0] <= numbers[1] && numbers[1] <= numbers[2] &&
		   numbers[0] <= entry->x && (numbers[0] > 0.0) == (numbers[1] > 0.0);
}

/* What is wrong with an entry that came from outside, given the one before; or NULL. */
static const char *
find_entry_fault(const HoldoutEntry *entry, const HoldoutEntry *before)
{
	if (entry->x < 0 || entry->t_x < entry->x || entry->T < entry->t_x)
		return "A customer does not have 0 <= x <= t_x <= T";
	if (entry->x == 0 && (entry->t_x != 0 || entry->mean != 0.0))
		return "A customer without repeat purchases has a last one or a mean";
	if (entry->purchases < 0 || entry->last_purchases < 0 || entry->last_purchases > entry->x)
		return "A number of purchases is out of range";
	if (!is_number(entry->mean) || !is_number(entry->spend) || !is_number(entry->last_spend))
		return "A sum of money is not a finite number";
	if (!are_opportunities(entry))
		return "The opportunities of a customer are out of range";
	if (entry->customers == 0)
		return "An entry counts no customers";
	if (before != NULL && holdout_entry_compare(before, entry) >= 0)
		return "The customers are not in ascending order";
	return NULL;
}

static const char *
find_fault(const HoldoutSample *sample)
{
	if (sample->acquired_later < 0 || sample->unmatched_refunds < 0 || sample->ignored < 0 ||
		sample->log_gaps < 0)
		return "A count is negative";
	if (sample->settings.period == 0 &&
		(sample->nentries != 0 || sample->acquired_later != 0 || sample->unmatched_refunds != 0 ||
		 sample->ignored != 0 || sample->log_gaps != 0 || sample->holdout_end != 0))
		return "There are customers without settings";
	if (sample->settings.period != 0 &&
		(DATE_NOT_FINITE(sample->settings.as_of) || sample->settings.covariates != 0 ||
		 DATE_NOT_FINITE(sample->holdout_end) || !IS_VALID_DATE(sample->holdout_end) ||
		 sample->holdout_end <= sample->settings.as_of))
		return "The settings or the date holdout_end are out of range";
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const char *fault =
			find_entry_fault(&sample->entries[i], i == 0 ? NULL : &sample->entries[i - 1]);

		CHECK_FOR_INTERRUPTS();
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

static int64
next_integer(JsonReader *reader, int64 max)
{
	json_need_element(reader);
	return json_int64(reader, 0, max);
}

static double
next_number(JsonReader *reader)
{
	json_need_element(reader);
	return json_float8(reader);
}

static HoldoutEntry
read_entry(JsonReader *reader)
{
	HoldoutEntry entry;

	json_open_array(reader);
	entry.x = (int32) next_integer(reader, PG_INT32_MAX);
	entry.t_x = (int32) next_integer(reader, PG_INT32_MAX);
	entry.T = (int32) next_integer(reader, PG_INT32_MAX);
	entry.mean = next_number(reader);
	entry.purchases = (int32) next_integer(reader, PG_INT32_MAX);
	entry.spend = next_number(reader);
	entry.last_purchases = (int32) next_integer(reader, PG_INT32_MAX);
	entry.last_spend = next_number(reader);
	for (int i = 0; i < LTV_OPPORTUNITY_NUMBERS; i++)
		entry.opportunities[i] = next_number(reader);
	entry.customers = (uint32) next_integer(reader, PG_UINT32_MAX);
	json_close_array(reader);
	return entry;
}

static HoldoutSample *
read_entries(JsonReader *reader, HoldoutSample *sample)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		CHECK_FOR_INTERRUPTS();
		sample = state_reserve(sample, HOLDOUT_SAMPLE_SIZE(sample->nentries + 1), type_name);
		sample->entries[sample->nentries++] = read_entry(reader);
	}
	SET_VARSIZE(sample, HOLDOUT_SAMPLE_SIZE(sample->nentries));
	return sample;
}

/* Reads the JSON object that ltv_holdout_sample_out writes. */
PG_FUNCTION_INFO_V1(ltv_holdout_sample_in);
Datum
ltv_holdout_sample_in(PG_FUNCTION_ARGS)
{
	HoldoutSample *sample = holdout_sample_create(0);
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, HOLDOUT_SAMPLE_VERSION, HOLDOUT_SAMPLE_VERSION);
				break;
			case KEY_SETTINGS:
				ltv_settings_from_json(&reader, &sample->settings);
				break;
			case KEY_HOLDOUT_END:
				if (!json_accept_null(&reader))
					sample->holdout_end = json_date(&reader);
				break;
			case KEY_ACQUIRED_LATER:
				sample->acquired_later = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_UNMATCHED:
				sample->unmatched_refunds = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				sample->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_LOG_GAPS:
				sample->log_gaps = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_CUSTOMERS:
				sample = read_entries(&reader, sample);
				break;
		}
	}
	json_end(&reader);
	if ((fault = find_fault(sample)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(sample);
}

static void
append_number(StringInfo out, double number)
{
	appendStringInfoString(out, ", ");
	json_append_float8(out, number);
}

static void
append_entry(StringInfo out, const HoldoutEntry *entry)
{
	appendStringInfo(out, "[%d, %d, %d", entry->x, entry->t_x, entry->T);
	append_number(out, entry->mean);
	appendStringInfo(out, ", %d", entry->purchases);
	append_number(out, entry->spend);
	appendStringInfo(out, ", %d", entry->last_purchases);
	append_number(out, entry->last_spend);
	for (int i = 0; i < LTV_OPPORTUNITY_NUMBERS; i++)
		append_number(out, entry->opportunities[i]);
	appendStringInfo(out, ", %u]", entry->customers);
}

static void
append_sample(StringInfo out, const HoldoutSample *sample)
{
	appendStringInfo(out, "{\"version\": %d, ", sample->version);
	ltv_settings_append(out, &sample->settings);
	appendStringInfoString(out, ", \"holdout_end\": ");
	if (sample->settings.period == 0)
		appendStringInfoString(out, "null");
	else
		appendStringInfo(out, "\"%s\"", ltv_date_text(sample->holdout_end));
	appendStringInfo(
		out,
		", \"acquired_later\": " INT64_FORMAT ", \"unmatched_refunds\": " INT64_FORMAT
		", \"ignored\": " INT64_FORMAT ", \"log_gaps\": " INT64_FORMAT ", \"customers\": [",
		sample->acquired_later, sample->unmatched_refunds, sample->ignored, sample->log_gaps);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(out, ", ");
		append_entry(out, &sample->entries[i]);
	}
	appendStringInfoString(out, "]}");
}

/*
 * One JSON object; customers as [x, t_x in days, T in days, mean, purchases in
 * the holdout, spend in it, repeat purchases in as many days before, spend,
 * three numbers of opportunities, how many].
 */
PG_FUNCTION_INFO_V1(ltv_holdout_sample_out);
Datum
ltv_holdout_sample_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, holdout_sample_canonical(holdout_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(ltv_holdout_sample_json);
Datum
ltv_holdout_sample_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, holdout_sample_canonical(holdout_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* Binary form: version, settings, counts, then the customers. */
PG_FUNCTION_INFO_V1(ltv_holdout_sample_send);
Datum
ltv_holdout_sample_send(PG_FUNCTION_ARGS)
{
	HoldoutSample *sample = holdout_sample_canonical(holdout_sample_from_datum(PG_GETARG_DATUM(0)));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, sample->version);
	ltv_settings_send(&out, &sample->settings);
	pq_sendint32(&out, sample->holdout_end);
	pq_sendint64(&out, sample->acquired_later);
	pq_sendint64(&out, sample->unmatched_refunds);
	pq_sendint64(&out, sample->ignored);
	pq_sendint64(&out, sample->log_gaps);
	pq_sendint64(&out, sample->nentries);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const HoldoutEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&out, entry->x);
		pq_sendint32(&out, entry->t_x);
		pq_sendint32(&out, entry->T);
		pq_sendint32(&out, entry->customers);
		pq_sendint32(&out, entry->purchases);
		pq_sendint32(&out, entry->last_purchases);
		pq_sendfloat8(&out, entry->mean);
		pq_sendfloat8(&out, entry->spend);
		pq_sendfloat8(&out, entry->last_spend);
		for (int j = 0; j < LTV_OPPORTUNITY_NUMBERS; j++)
			pq_sendfloat8(&out, entry->opportunities[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* Reads what ltv_holdout_sample_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_holdout_sample_recv);
Datum
ltv_holdout_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	HoldoutSample header;
	HoldoutSample *sample;
	const char *fault;

	memset(&header, 0, sizeof(header));
	if (pq_getmsgbyte(in) != HOLDOUT_SAMPLE_VERSION)
		receive_fail(type_name, "The version is not known");
	ltv_settings_recv(in, &header.settings, type_name);
	header.holdout_end = (DateADT) pq_getmsgint(in, 4);
	header.acquired_later = pq_getmsgint64(in);
	header.unmatched_refunds = pq_getmsgint64(in);
	header.ignored = pq_getmsgint64(in);
	header.log_gaps = pq_getmsgint64(in);
	header.nentries = pq_getmsgint64(in);
	if (header.nentries < 0 || header.nentries > (in->len - in->cursor) / (int) ENTRY_WIRE_SIZE)
		receive_fail(type_name, "The number of customers does not fit the size");
	sample = holdout_sample_create(header.nentries);
	sample->settings = header.settings;
	sample->holdout_end = header.holdout_end;
	sample->acquired_later = header.acquired_later;
	sample->unmatched_refunds = header.unmatched_refunds;
	sample->ignored = header.ignored;
	sample->log_gaps = header.log_gaps;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		HoldoutEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		entry->x = (int32) pq_getmsgint(in, 4);
		entry->t_x = (int32) pq_getmsgint(in, 4);
		entry->T = (int32) pq_getmsgint(in, 4);
		entry->customers = pq_getmsgint(in, 4);
		entry->purchases = (int32) pq_getmsgint(in, 4);
		entry->last_purchases = (int32) pq_getmsgint(in, 4);
		entry->mean = pq_getmsgfloat8(in);
		entry->spend = pq_getmsgfloat8(in);
		entry->last_spend = pq_getmsgfloat8(in);
		for (int j = 0; j < LTV_OPPORTUNITY_NUMBERS; j++)
			entry->opportunities[j] = pq_getmsgfloat8(in);
	}
	if ((fault = find_fault(sample)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(sample);
}

CANONICAL_ORDER_FUNCTIONS(ltv_holdout_sample, holdout_sample_canonical, holdout_sample_from_datum)
