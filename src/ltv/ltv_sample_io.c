/*
 * ltv_sample_io.c
 *		Text and binary form of ltv_sample. Both are canonical.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "base/state.h"
#include "ltv/ltv_sample.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static const char type_name[] = "ltv_sample";

static const char *const keys[] = {"version",			"settings", "after_as_of",
								   "unmatched_refunds", "ignored",	"customers"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_AFTER_AS_OF,
	KEY_UNMATCHED,
	KEY_IGNORED,
	KEY_CUSTOMERS
} Key;

#define ENTRY_WIRE_SIZE (4 * sizeof(int32) + sizeof(double))

/* What is wrong with an entry that came from outside, given the one before; or NULL. */
static const char *
find_entry_fault(const LtvEntry *entry, const LtvEntry *before)
{
	if (entry->x < 0 || entry->t_x < entry->x || entry->T < entry->t_x)
		return "A customer does not have 0 <= x <= t_x <= T";
	if (entry->x == 0 && (entry->t_x != 0 || entry->mean != 0.0))
		return "A customer without repeat purchases has a last one or a mean";
	if (!isfinite(entry->mean) || (entry->mean == 0.0 && signbit(entry->mean)))
		return "A mean is not a finite number";
	if (entry->customers == 0)
		return "An entry counts no customers";
	if (before != NULL && ltv_entry_compare(before, entry) >= 0)
		return "The customers are not in ascending order";
	return NULL;
}

static const char *
find_fault(const LtvSample *sample)
{
	if (sample->after_as_of < 0 || sample->unmatched_refunds < 0 || sample->ignored < 0)
		return "A count is negative";
	if (sample->settings.period == 0 && (sample->nentries != 0 || sample->after_as_of != 0 ||
										 sample->unmatched_refunds != 0 || sample->ignored != 0))
		return "There are customers without settings";
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const char *fault =
			find_entry_fault(&sample->entries[i], i == 0 ? NULL : &sample->entries[i - 1]);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}

static int64
next_number(JsonReader *reader, int64 max)
{
	if (!json_next_element(reader))
		json_fail(reader, "Expected [x, t_x, T, mean, customers]");
	return json_int64(reader, 0, max);
}

/* One [x, t_x, T, mean, customers]. */
static LtvEntry
read_entry(JsonReader *reader)
{
	LtvEntry entry;

	json_open_array(reader);
	entry.x = (int32) next_number(reader, PG_INT32_MAX);
	entry.t_x = (int32) next_number(reader, PG_INT32_MAX);
	entry.T = (int32) next_number(reader, PG_INT32_MAX);
	if (!json_next_element(reader))
		json_fail(reader, "Expected [x, t_x, T, mean, customers]");
	entry.mean = json_float8(reader);
	entry.customers = (uint32) next_number(reader, PG_UINT32_MAX);
	if (json_next_element(reader))
		json_fail(reader, "Expected [x, t_x, T, mean, customers]");
	return entry;
}

static LtvSample *
read_entries(JsonReader *reader, LtvSample *sample)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		CHECK_FOR_INTERRUPTS();
		sample = state_reserve(sample, LTV_SAMPLE_SIZE(sample->nentries + 1), type_name);
		sample->entries[sample->nentries++] = read_entry(reader);
	}
	SET_VARSIZE(sample, LTV_SAMPLE_SIZE(sample->nentries));
	return sample;
}

/* Reads the JSON object that ltv_sample_out writes. */
PG_FUNCTION_INFO_V1(ltv_sample_in);
Datum
ltv_sample_in(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_create(0);
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
				(void) json_int64(&reader, LTV_SAMPLE_VERSION, LTV_SAMPLE_VERSION);
				break;
			case KEY_SETTINGS:
				ltv_settings_from_json(&reader, &sample->settings);
				break;
			case KEY_AFTER_AS_OF:
				sample->after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_UNMATCHED:
				sample->unmatched_refunds = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				sample->ignored = json_int64(&reader, 0, PG_INT64_MAX);
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
append_sample(StringInfo out, const LtvSample *sample)
{
	appendStringInfo(out, "{\"version\": %d, ", sample->version);
	ltv_settings_append(out, &sample->settings);
	appendStringInfo(out,
					 ", \"after_as_of\": " INT64_FORMAT ", \"unmatched_refunds\": " INT64_FORMAT
					 ", \"ignored\": " INT64_FORMAT ", \"customers\": [",
					 sample->after_as_of, sample->unmatched_refunds, sample->ignored);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "%s[%d, %d, %d, ", i == 0 ? "" : ", ", entry->x, entry->t_x,
						 entry->T);
		json_append_float8(out, entry->mean);
		appendStringInfo(out, ", %u]", entry->customers);
	}
	appendStringInfoString(out, "]}");
}

/* One JSON object; customers as [x, t_x in days, T in days, mean, how many]. */
PG_FUNCTION_INFO_V1(ltv_sample_out);
Datum
ltv_sample_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(ltv_sample_json);
Datum
ltv_sample_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_sample(&out, ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0))));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* Binary form: version, settings, counts, then the customers. */
PG_FUNCTION_INFO_V1(ltv_sample_send);
Datum
ltv_sample_send(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_canonical(ltv_sample_from_datum(PG_GETARG_DATUM(0)));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, sample->version);
	ltv_settings_send(&out, &sample->settings);
	pq_sendint64(&out, sample->after_as_of);
	pq_sendint64(&out, sample->unmatched_refunds);
	pq_sendint64(&out, sample->ignored);
	pq_sendint64(&out, sample->nentries);
	for (int64 i = 0; i < sample->nentries; i++)
	{
		const LtvEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&out, entry->x);
		pq_sendint32(&out, entry->t_x);
		pq_sendint32(&out, entry->T);
		pq_sendint32(&out, entry->customers);
		pq_sendfloat8(&out, entry->mean);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* Reads what ltv_sample_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_sample_recv);
Datum
ltv_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	LtvSample header;
	LtvSample *sample;
	const char *fault;

	memset(&header, 0, sizeof(header));
	if (pq_getmsgbyte(in) != LTV_SAMPLE_VERSION)
		receive_fail(type_name, "The version is not known");
	ltv_settings_recv(in, &header.settings, type_name);
	header.after_as_of = pq_getmsgint64(in);
	header.unmatched_refunds = pq_getmsgint64(in);
	header.ignored = pq_getmsgint64(in);
	header.nentries = pq_getmsgint64(in);
	if (header.nentries < 0 || header.nentries > (in->len - in->cursor) / (int) ENTRY_WIRE_SIZE)
		receive_fail(type_name, "The number of customers does not fit the size");
	sample = ltv_sample_create(header.nentries);
	sample->settings = header.settings;
	sample->after_as_of = header.after_as_of;
	sample->unmatched_refunds = header.unmatched_refunds;
	sample->ignored = header.ignored;
	for (int64 i = 0; i < sample->nentries; i++)
	{
		LtvEntry *entry = &sample->entries[i];

		CHECK_FOR_INTERRUPTS();
		entry->x = (int32) pq_getmsgint(in, 4);
		entry->t_x = (int32) pq_getmsgint(in, 4);
		entry->T = (int32) pq_getmsgint(in, 4);
		entry->customers = pq_getmsgint(in, 4);
		entry->mean = pq_getmsgfloat8(in);
	}
	if ((fault = find_fault(sample)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(sample);
}
