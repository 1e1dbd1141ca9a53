/*
 * ltv_sample.c
 *		What fit_ltv has read so far: building and merging.
 *
 * The first row fixes as_of and the options; whatever differs later is an
 * error. When the room for entries is used up equal ones are merged first, so
 * that the size follows the number of distinct customers.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/options.h"
#include "base/state.h"
#include "ltv/ltv_entries.h"
#include "ltv/ltv_sample.h"

LtvSample *
ltv_sample_create(int64 nentries)
{
	LtvSample *sample = palloc0(LTV_SAMPLE_SIZE(nentries));

	SET_VARSIZE(sample, LTV_SAMPLE_SIZE(nentries));
	sample->version = LTV_SAMPLE_VERSION;
	sample->nentries = nentries;
	return sample;
}

LtvSample *
ltv_sample_from_datum(Datum datum)
{
	LtvSample *sample = (LtvSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < LTV_SAMPLE_SIZE(0) || sample->version != LTV_SAMPLE_VERSION ||
		sample->nentries < 0 || sample->nentries > (int64) (STATE_MAX_SIZE / sizeof(LtvEntry)) ||
		VARSIZE(sample) < LTV_SAMPLE_SIZE(sample->nentries))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored ltv_sample is of no known form")));
	return sample;
}

LtvSample *
ltv_sample_canonical(const LtvSample *sample)
{
	Size size = LTV_SAMPLE_SIZE(sample->nentries);
	LtvSample *canonical = palloc(size);

	memcpy(canonical, sample, size);
	if (sample->flags & LTV_SAMPLE_BUILDER)
		canonical->nentries = ltv_entries_compact(canonical->entries, canonical->nentries);
	SET_VARSIZE(canonical, LTV_SAMPLE_SIZE(canonical->nentries));
	canonical->flags = 0;
	canonical->fingerprint = 0;
	return canonical;
}

static bool
is_settled(const LtvSample *sample)
{
	return sample->settings.period != 0;
}

/* Take over as_of and options, or insist that they are those known. */
static void
settle(LtvSample *sample, const LtvSettings *settings)
{
	if (!is_settled(sample))
	{
		sample->settings = *settings;
		return;
	}
	if (sample->settings.as_of != settings->as_of)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be the same for all customers of a lifetime-value fit, "
						"but is both %s and %s",
						ltv_date_text(sample->settings.as_of), ltv_date_text(settings->as_of))));
	if (!ltv_settings_equal(&sample->settings, settings))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all customers of a lifetime-value fit"),
				 errdetail("They are both \"%s\" and \"%s\".", ltv_options_text(&sample->settings),
						   ltv_options_text(settings))));
}

/* The same for a row, whose raw options are mostly those of the row before. */
static void
settle_row(LtvSample *sample, DateADT as_of, Jsonb *json)
{
	uint64 fingerprint = options_fingerprint(json);
	LtvSettings settings;

	if ((sample->flags & LTV_SAMPLE_FINGERPRINT) && sample->settings.as_of == as_of &&
		sample->fingerprint == fingerprint)
		return;
	ltv_settings_parse(&settings, as_of, json);
	settle(sample, &settings);
	sample->flags |= LTV_SAMPLE_FINGERPRINT;
	sample->fingerprint = fingerprint;
}

/*
 * Room for n entries more. Compacting instead of growing is worth it only when
 * half becomes free, or the next time would come too soon. At the limit of
 * size a sixteenth must do, and less is an error: every later row would sort
 * all entries again.
 */
static LtvSample *
reserve_entries(LtvSample *sample, int64 n)
{
	Size spare = 0;

	if (LTV_SAMPLE_SIZE(sample->nentries + n) <= VARSIZE(sample))
		return sample;
	if (n < sample->nentries)
	{
		sample->nentries = ltv_entries_compact(sample->entries, sample->nentries);
		if (LTV_SAMPLE_SIZE((sample->nentries + n) * 2) <= VARSIZE(sample))
			return sample;
		if (VARSIZE(sample) >= STATE_MAX_SIZE)
			spare = STATE_MAX_SIZE / 16;
	}
	return state_reserve(sample, LTV_SAMPLE_SIZE(sample->nentries + n) + spare, "ltv_sample");
}

static LtvSample *
append_entries(LtvSample *sample, const LtvEntry *entries, int64 n)
{
	sample = reserve_entries(sample, n);
	memcpy(&sample->entries[sample->nentries], entries, n * sizeof(LtvEntry));
	sample->nentries += n;
	sample->flags |= LTV_SAMPLE_BUILDER;
	return sample;
}

static LtvSample *
add_timeline(LtvSample *sample, const Timeline *timeline)
{
	Calendar calendar;
	LtvCustomer customer;
	LtvEntry entry;
	bool any;

	calendar_init(&calendar, sample->settings.timezone);
	any = ltv_customer_of(timeline, &calendar, sample->settings.as_of, &customer);
	sample->ignored = add_counts(sample->ignored, timeline_ignored(timeline), "ignored rows");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, customer.unmatched_refunds, "refunds");
	if (!any)
	{
		sample->after_as_of++;
		return sample;
	}
	entry.x = customer.x;
	entry.t_x = customer.t_x;
	entry.T = customer.T;
	entry.customers = 1;
	entry.mean = customer.mean;
	return append_entries(sample, &entry, 1);
}

/* Argument 0 as a sample that may be changed. */
static LtvSample *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return ltv_sample_create(0);
	return state_for_update(fcinfo, ltv_sample_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
static LtvSample *
state_result(FunctionCallInfo fcinfo, LtvSample *sample)
{
	return state_in_place(fcinfo) ? sample : ltv_sample_canonical(sample);
}

/*
 * ltv_sample_accumulate(ltv_sample, timeline, as_of date [, options jsonb])
 * -> ltv_sample: one customer more. A NULL timeline is skipped, NULL options
 * mean the defaults; a NULL as_of, or as_of or options that differ from those
 * of earlier rows, are errors.
 */
PG_FUNCTION_INFO_V1(ltv_sample_accumulate);
Datum
ltv_sample_accumulate(PG_FUNCTION_ARGS)
{
	LtvSample *sample = state_argument(fcinfo);
	Jsonb *json = NULL;

	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("as_of of a lifetime-value fit must not be NULL")));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
		json = PG_GETARG_JSONB_P(3);
	settle_row(sample, PG_GETARG_DATEADT(2), json);
	PG_RETURN_POINTER(state_result(fcinfo, add_timeline(sample, PG_GETARG_TIMELINE(1))));
}

/*
 * ltv_sample_merge(ltv_sample, ltv_sample) -> ltv_sample: the customers of
 * both. NULL + x = x. Samples of different as_of or options are an error.
 */
PG_FUNCTION_INFO_V1(ltv_sample_merge);
Datum
ltv_sample_merge(PG_FUNCTION_ARGS)
{
	LtvSample *sample;
	LtvSample *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sample = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	other = ltv_sample_from_datum(PG_GETARG_DATUM(1));
	if (is_settled(other))
		settle(sample, &other->settings);
	sample->after_as_of = add_counts(sample->after_as_of, other->after_as_of, "customers");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, other->unmatched_refunds, "refunds");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	sample = append_entries(sample, other->entries, other->nentries);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/* ltv_sample_final(ltv_sample) -> ltv_sample: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(ltv_sample_final);
Datum
ltv_sample_final(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_from_datum(PG_GETARG_DATUM(0));

	if (sample->nentries == 0 && sample->after_as_of == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ltv_sample_canonical(sample));
}
