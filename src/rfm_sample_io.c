/*
 * rfm_sample_io.c
 *		The type rfm_sample: one JSON object, and bytes.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/state.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "rfm.h"
#include "utils/builtins.h"

enum
{
	KEY_VERSION,
	KEY_AS_OF,
	KEY_BINS,
	KEY_MONETARY,
	KEY_TIMEZONE,
	KEY_NOT_SCORED,
	KEY_AFTER_AS_OF,
	KEY_IGNORED,
	KEY_CUSTOMERS
};

static const char *const keys[] = {"version",	 "as_of",		"bins",	   "monetary", "timezone",
								   "not_scored", "after_as_of", "ignored", "customers"};

/* "customers": an array of [recency_days, purchases, monetary]. */
static RfmSample *
customers_from_json(JsonReader *reader, RfmSample *sample)
{
	json_open_array(reader);
	while (json_next_element(reader))
	{
		RfmCustomer *customer;

		CHECK_FOR_INTERRUPTS();
		sample = state_reserve(sample, RFM_SAMPLE_SIZE(sample->ncustomers + 1), "rfm_sample");
		customer = &sample->customers[sample->ncustomers++];
		json_open_array(reader);
		if (!json_next_element(reader))
			json_fail(reader, "Expected recency_days");
		customer->recency_days = json_int64(reader, 0, PG_INT32_MAX);
		if (!json_next_element(reader))
			json_fail(reader, "Expected the number of purchases");
		customer->purchases = json_int64(reader, 1, PG_UINT32_MAX);
		if (!json_next_element(reader))
			json_fail(reader, "Expected the monetary value");
		customer->monetary = json_float8(reader) + 0.0; /* no negative zero */
		if (json_next_element(reader))
			json_fail(reader, "Expected \"]\"");
	}
	return sample;
}

/* as_of and options are NULL together while nothing has been accepted, and then there are no customers. */
static void
check_settled(JsonReader *reader, const RfmSample *sample, int nulls)
{
	if (nulls != 0 && nulls != 4)
		json_fail(reader, "as_of, bins, monetary and timezone must be null together");
	if (nulls == 4 && (sample->ncustomers > 0 || sample->not_scored > 0 ||
					   sample->after_as_of > 0 || sample->ignored > 0))
		json_fail(reader, "A sample with customers needs as_of");
}

/* rfm_sample_in(cstring) -> rfm_sample */
PG_FUNCTION_INFO_V1(rfm_sample_in);
Datum
rfm_sample_in(PG_FUNCTION_ARGS)
{
	RfmSample *sample = rfm_sample_create();
	JsonReader reader;
	uint32 seen = 0;
	int key;
	int nulls = 0;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), "rfm_sample");
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		if (key >= KEY_AS_OF && key <= KEY_TIMEZONE && json_accept_null(&reader))
		{
			nulls++;
			continue;
		}
		switch (key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, RFM_VERSION, RFM_VERSION);
				break;
			case KEY_AS_OF:
				sample->as_of = json_date(&reader);
				check_as_of(sample->as_of);
				break;
			case KEY_BINS:
				sample->options.bins = json_int64(&reader, RFM_BINS_MIN, RFM_BINS_MAX);
				break;
			case KEY_MONETARY:
				sample->options.monetary = rfm_monetary_from_json(&reader);
				break;
			case KEY_TIMEZONE:
				rfm_options_set_timezone(&sample->options,
										 json_string(&reader, TIMEZONE_NAME_MAX - 1));
				break;
			case KEY_NOT_SCORED:
				sample->not_scored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_AFTER_AS_OF:
				sample->after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				sample->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_CUSTOMERS:
				sample = customers_from_json(&reader, sample);
				break;
		}
	}
	json_end(&reader);
	check_settled(&reader, sample, nulls);
	PG_RETURN_POINTER(rfm_sample_canonical(sample));
}

/* rfm_sample_out(rfm_sample) -> cstring */
PG_FUNCTION_INFO_V1(rfm_sample_out);
Datum
rfm_sample_out(PG_FUNCTION_ARGS)
{
	RfmSample *sample = rfm_sample_canonical(rfm_sample_from_datum(PG_GETARG_DATUM(0)));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "{\"version\": %d, \"as_of\": ", RFM_VERSION);
	if (sample->options.bins == 0)
		appendStringInfoString(&out,
							   "null, \"bins\": null, \"monetary\": null, \"timezone\": null");
	else
	{
		appendStringInfo(&out, "\"%s\", ", rfm_date_text(sample->as_of));
		rfm_options_append(&out, &sample->options);
	}
	appendStringInfo(&out,
					 ", \"not_scored\": " INT64_FORMAT ", \"after_as_of\": " INT64_FORMAT
					 ", \"ignored\": " INT64_FORMAT ", \"customers\": [",
					 sample->not_scored, sample->after_as_of, sample->ignored);
	for (int64 i = 0; i < sample->ncustomers; i++)
	{
		const RfmCustomer *customer = &sample->customers[i];

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "%s[%d, %u, ", i == 0 ? "" : ", ", customer->recency_days,
						 customer->purchases);
		json_append_float8(&out, customer->monetary);
		appendStringInfoChar(&out, ']');
	}
	appendStringInfoString(&out, "]}");
	PG_RETURN_CSTRING(out.data);
}

static void
recv_customer(StringInfo buf, RfmCustomer *customer)
{
	customer->recency_days = (int32) pq_getmsgint(buf, 4);
	customer->purchases = pq_getmsgint(buf, 4);
	customer->monetary = rfm_float8_recv(buf, "rfm_sample");
	receive_check(customer->recency_days >= 0 && customer->purchases > 0, "rfm_sample",
				  "A customer's numbers are out of range");
}

/* rfm_sample_recv(internal) -> rfm_sample: version, whether settled, as_of and options when so, counts, customers. */
PG_FUNCTION_INFO_V1(rfm_sample_recv);
Datum
rfm_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	RfmSample header = {0};
	RfmSample *sample;
	int settled;

	receive_check(pq_getmsgbyte(buf) == RFM_VERSION, "rfm_sample", "The version is unknown");
	settled = pq_getmsgbyte(buf);
	receive_check(settled <= 1, "rfm_sample", "Reserved bits are set");
	if (settled)
	{
		header.as_of = rfm_as_of_recv(buf, "rfm_sample");
		rfm_options_recv(buf, &header.options, "rfm_sample");
	}
	header.not_scored = pq_getmsgint64(buf);
	header.after_as_of = pq_getmsgint64(buf);
	header.ignored = pq_getmsgint64(buf);
	header.ncustomers = pq_getmsgint64(buf);
	receive_check(header.not_scored >= 0 && header.after_as_of >= 0 && header.ignored >= 0,
				  "rfm_sample", "A count is negative");
	receive_check(header.ncustomers >= 0 && header.ncustomers == (buf->len - buf->cursor) / 16 &&
					  (buf->len - buf->cursor) % 16 == 0,
				  "rfm_sample", "The size does not fit the number of customers");
	receive_check(settled || (header.ncustomers == 0 && header.not_scored == 0 &&
							  header.after_as_of == 0 && header.ignored == 0),
				  "rfm_sample", "There are customers, but no as_of");

	sample = state_reserve(rfm_sample_create(), RFM_SAMPLE_SIZE(header.ncustomers), "rfm_sample");
	header.vl_len_ = sample->vl_len_;
	header.version = RFM_VERSION;
	memcpy(sample, &header, RFM_SAMPLE_SIZE(0));
	for (int64 i = 0; i < sample->ncustomers; i++)
	{
		CHECK_FOR_INTERRUPTS();
		recv_customer(buf, &sample->customers[i]);
		receive_check(
			i == 0 || rfm_customer_compare(&sample->customers[i - 1], &sample->customers[i]) <= 0,
			"rfm_sample", "The customers are not sorted");
	}
	PG_RETURN_POINTER(rfm_sample_canonical(sample));
}

/* rfm_sample_send(rfm_sample) -> bytea: canonical */
PG_FUNCTION_INFO_V1(rfm_sample_send);
Datum
rfm_sample_send(PG_FUNCTION_ARGS)
{
	RfmSample *sample = rfm_sample_canonical(rfm_sample_from_datum(PG_GETARG_DATUM(0)));
	bool settled = sample->options.bins != 0;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, RFM_VERSION);
	pq_sendbyte(&buf, settled);
	if (settled)
	{
		pq_sendint32(&buf, sample->as_of);
		rfm_options_send(&buf, &sample->options);
	}
	pq_sendint64(&buf, sample->not_scored);
	pq_sendint64(&buf, sample->after_as_of);
	pq_sendint64(&buf, sample->ignored);
	pq_sendint64(&buf, sample->ncustomers);
	for (int64 i = 0; i < sample->ncustomers; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&buf, sample->customers[i].recency_days);
		pq_sendint32(&buf, sample->customers[i].purchases);
		pq_sendfloat8(&buf, sample->customers[i].monetary);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

CANONICAL_ORDER_FUNCTIONS(rfm_sample, rfm_sample_canonical, rfm_sample_from_datum)
