/*
 * rfm_sample.c
 *		What fit_rfm has read so far: building and merging.
 *
 * One entry per scored customer and counts of the others. The first row fixes
 * as_of and the options; whatever differs later is an error.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/options.h"
#include "base/state.h"
#include "miscadmin.h"
#include "rfm.h"

/* The order of canonical customers; equal entries are indistinguishable. */
int
rfm_customer_compare(const RfmCustomer *a, const RfmCustomer *b)
{
	if (a->recency_days != b->recency_days)
		return a->recency_days < b->recency_days ? -1 : 1;
	if (a->purchases != b->purchases)
		return a->purchases < b->purchases ? -1 : 1;
	return (a->monetary > b->monetary) - (a->monetary < b->monetary);
}

#define ST_SORT sort_customers
#define ST_ELEMENT_TYPE RfmCustomer
#define ST_COMPARE(a, b) rfm_customer_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

RfmSample *
rfm_sample_create(void)
{
	RfmSample *sample = palloc0(RFM_SAMPLE_SIZE(0));

	SET_VARSIZE(sample, RFM_SAMPLE_SIZE(0));
	sample->version = RFM_VERSION;
	return sample;
}

RfmSample *
rfm_sample_from_datum(Datum datum)
{
	RfmSample *sample = (RfmSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < RFM_SAMPLE_SIZE(0) || sample->version != RFM_VERSION ||
		VARSIZE(sample) < RFM_SAMPLE_SIZE(sample->ncustomers))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored rfm_sample is of no known form")));
	return sample;
}

/* A copy of exactly its size, sorted, without what serves building. */
RfmSample *
rfm_sample_canonical(const RfmSample *sample)
{
	Size size = RFM_SAMPLE_SIZE(sample->ncustomers);
	RfmSample *canonical = palloc(size);

	memcpy(canonical, sample, size);
	SET_VARSIZE(canonical, size);
	canonical->flags = 0;
	canonical->fingerprint = 0;
	sort_customers(canonical->customers, canonical->ncustomers);
	return canonical;
}

static bool
is_settled(const RfmSample *sample)
{
	return sample->options.bins != 0;
}

static bool
is_empty(const RfmSample *sample)
{
	return sample->ncustomers == 0 && sample->not_scored == 0 && sample->after_as_of == 0;
}

/* Take over as_of and options, or insist that they are those known. */
static void
settle(RfmSample *sample, DateADT as_of, const RfmOptions *options)
{
	if (!is_settled(sample))
	{
		sample->as_of = as_of;
		sample->options = *options;
		return;
	}
	if (sample->as_of != as_of)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("as_of must be the same for all customers of an RFM fit, but is "
							   "both %s and %s",
							   rfm_date_text(sample->as_of), rfm_date_text(as_of))));
	if (!rfm_options_equal(&sample->options, options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all customers of an RFM fit"),
				 errdetail("They are both %s and %s.", rfm_options_describe(&sample->options),
						   rfm_options_describe(options))));
}

/* The same for a row, whose raw options are mostly those of the row before. */
static void
settle_row(RfmSample *sample, DateADT as_of, Jsonb *json)
{
	uint64 fingerprint = options_fingerprint(json);
	RfmOptions options;

	if (is_settled(sample) && sample->as_of == as_of && (sample->flags & RFM_HAS_FINGERPRINT) &&
		sample->fingerprint == fingerprint)
		return;
	check_as_of(as_of);
	rfm_options_parse(&options, "fit_rfm", json, 0);
	settle(sample, as_of, &options);
	sample->flags |= RFM_HAS_FINGERPRINT;
	sample->fingerprint = fingerprint;
}

static RfmSample *
append_customers(RfmSample *sample, const RfmCustomer *customers, int64 ncustomers)
{
	sample = state_reserve(sample, RFM_SAMPLE_SIZE(sample->ncustomers + ncustomers), "rfm_sample");
	memcpy(&sample->customers[sample->ncustomers], customers, ncustomers * sizeof(RfmCustomer));
	sample->ncustomers += ncustomers;
	return sample;
}

static RfmSample *
add_summary(RfmSample *sample, const PurchaseSummary *summary)
{
	RfmCustomer customer;

	sample->ignored =
		add_counts(sample->ignored, purchase_summary_ignored(summary), "ignored rows");
	if (rfm_customer_of(summary, &sample->options, sample->as_of, &customer))
		return append_customers(sample, &customer, 1);
	if (customer.recency_days < 0)
		sample->after_as_of++;
	else
		sample->not_scored++;
	return sample;
}

/* Argument 0 as a sample that may be changed. */
static RfmSample *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return rfm_sample_create();
	return state_for_update(fcinfo, rfm_sample_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
static RfmSample *
state_result(FunctionCallInfo fcinfo, RfmSample *sample)
{
	return state_in_place(fcinfo) ? sample : rfm_sample_canonical(sample);
}

/*
 * rfm_sample_accumulate(rfm_sample, purchase_summary, as_of date [, options
 * jsonb]) -> rfm_sample: one customer more. A NULL summary is skipped, NULL
 * options mean the defaults; a NULL as_of, or as_of or options that differ from
 * those of earlier rows, are errors.
 */
PG_FUNCTION_INFO_V1(rfm_sample_accumulate);
Datum
rfm_sample_accumulate(PG_FUNCTION_ARGS)
{
	RfmSample *sample = state_argument(fcinfo);
	Jsonb *json = NULL;

	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("as_of of an RFM fit must not be NULL")));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		json = PG_GETARG_JSONB_P(3);
	settle_row(sample, PG_GETARG_DATEADT(2), json);
	PG_RETURN_POINTER(state_result(fcinfo, add_summary(sample, PG_GETARG_PURCHASE_SUMMARY(1))));
}

/*
 * rfm_sample_merge(rfm_sample, rfm_sample) -> rfm_sample: the customers of
 * both. NULL + x = x. Samples of different as_of or options are an error.
 */
PG_FUNCTION_INFO_V1(rfm_sample_merge);
Datum
rfm_sample_merge(PG_FUNCTION_ARGS)
{
	RfmSample *sample;
	RfmSample *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sample = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	other = rfm_sample_from_datum(PG_GETARG_DATUM(1));
	if (is_settled(other))
		settle(sample, other->as_of, &other->options);
	sample->not_scored = add_counts(sample->not_scored, other->not_scored, "customers");
	sample->after_as_of = add_counts(sample->after_as_of, other->after_as_of, "customers");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	sample = append_customers(sample, other->customers, other->ncustomers);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/* rfm_sample_final(rfm_sample) -> rfm_sample: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(rfm_sample_final);
Datum
rfm_sample_final(PG_FUNCTION_ARGS)
{
	RfmSample *sample = rfm_sample_from_datum(PG_GETARG_DATUM(0));

	if (is_empty(sample))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(rfm_sample_canonical(sample));
}
