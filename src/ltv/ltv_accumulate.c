/*
 * ltv_accumulate.c
 *		The aggregates that build an ltv_sample: from timelines, from numbers,
 *		and from other samples.
 *
 * The first row fixes as_of and the options; whatever differs later is an
 * error.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/options.h"
#include "ltv/ltv_customer.h"
#include "ltv/ltv_sample.h"

/* Are the raw options of a row those of the row before, as they mostly are? */
static bool
same_options(LtvSample *sample, uint64 fingerprint)
{
	if ((sample->flags & LTV_SAMPLE_FINGERPRINT) && sample->fingerprint == fingerprint)
		return true;
	sample->flags |= LTV_SAMPLE_FINGERPRINT;
	sample->fingerprint = fingerprint;
	return false;
}

static void
settle_row(LtvSample *sample, DateADT as_of, Jsonb *json, int covariates)
{
	LtvSettings settings;
	LtvStart *start;

	if (sample->settings.as_of == as_of && sample->settings.covariates == covariates &&
		same_options(sample, options_fingerprint(json)))
		return;
	ltv_settings_parse_with_start(&settings, &start, as_of, json);
	ltv_settings_set_covariates(&settings, covariates);
	if (ltv_sample_settled(sample) && sample->settings.covariates != covariates)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the number of covariates must be the same for all customers of a "
							   "lifetime-value fit, but is both %d and %d",
							   sample->settings.covariates, covariates)));
	ltv_sample_settle(sample, &settings, start);
	(void) same_options(sample, options_fingerprint(json));
}

static LtvSample *
add_timeline(LtvSample *sample, const Timeline *timeline, const double *covariates)
{
	Calendar calendar;
	LtvCustomer customer;
	LtvEntryBuffer buffer;
	double *extra = buffer.entry.extra;
	bool any;

	calendar_init(&calendar, sample->settings.timezone);
	any = ltv_customer_for(&sample->settings, sample->settings.models, timeline, &calendar,
						   sample->settings.as_of, &customer);
	sample->ignored = add_counts(sample->ignored, customer.ignored, "ignored rows");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, customer.unmatched_refunds, "refunds");
	if (!any)
	{
		sample->after_as_of++;
		return sample;
	}
	sample->log_gaps = add_counts(sample->log_gaps, customer.log_gaps, "gaps");
	buffer.entry.x = customer.x;
	buffer.entry.t_x = customer.t_x;
	buffer.entry.T = customer.T;
	buffer.entry.customers = 1;
	buffer.entry.mean = customer.mean;
	if (ltv_counts_opportunities(&sample->settings))
	{
		*extra++ = customer.opportunities.x;
		*extra++ = customer.opportunities.t_x;
		*extra++ = customer.opportunities.T;
	}
	if (sample->settings.covariates > 0)
		memcpy(extra, covariates, sizeof(double) * sample->settings.covariates);
	return ltv_sample_append(sample, &buffer.entry, 1);
}

static DateADT
as_of_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("as_of of a lifetime-value fit must not be NULL")));
	return PG_GETARG_DATEADT(2);
}

static Jsonb *
options_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_NARGS() > argument && !PG_ARGISNULL(argument) ? PG_GETARG_JSONB_P(argument) : NULL;
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
	LtvSample *sample = ltv_sample_argument(fcinfo);
	DateADT as_of = as_of_argument(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		settle_row(sample, as_of, options_argument(fcinfo, 3), 0);
		sample = add_timeline(sample, PG_GETARG_TIMELINE(1), NULL);
	}
	PG_RETURN_POINTER(ltv_sample_result(fcinfo, sample));
}

/*
 * ltv_sample_accumulate_covariates(ltv_sample, timeline, as_of date,
 * covariates float8[], options jsonb) -> ltv_sample: the same of a customer
 * with covariates, as many for each; one that is NULL or not finite is an error
 * that names its position.
 */
PG_FUNCTION_INFO_V1(ltv_sample_accumulate_covariates);
Datum
ltv_sample_accumulate_covariates(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_argument(fcinfo);
	DateADT as_of = as_of_argument(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		double covariates[LTV_MAX_COVARIATES];
		ArrayType *array = PG_ARGISNULL(3) ? NULL : PG_GETARG_ARRAYTYPE_P(3);
		int count = ltv_count_covariates(array);

		settle_row(sample, as_of, options_argument(fcinfo, 4), count);
		ltv_covariates_of(array, count, covariates);
		sample = add_timeline(sample, PG_GETARG_TIMELINE(1), covariates);
	}
	PG_RETURN_POINTER(ltv_sample_result(fcinfo, sample));
}

static void
settle_summary_row(LtvSample *sample, Jsonb *json)
{
	LtvSettings settings;
	LtvStart *start;

	if (same_options(sample, options_fingerprint(json)))
		return;
	ltv_settings_parse_summary(&settings, &start, json);
	ltv_sample_settle(sample, &settings, start);
}

pg_noreturn static void bad_number(const char *name, double value, const char *expected);

static pg_noinline void
bad_number(const char *name, double value, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s of fit_ltv_summary must be %s, but is %.15g", name, expected, value)));
}

/* The numbers of a row, checked. */
static void
take_numbers(const LtvSettings *settings, LtvEntry *entry, double mean)
{
	bool discrete = ltv_models_have_discrete(settings->models);

	if (entry->x < 0 || entry->x > LTV_SUMMARY_MOST)
		bad_number("x", entry->x, "between 0 and 1000000");
	if (!isfinite(entry->T) || entry->T < 0.0)
		bad_number("age", entry->T, "finite and 0 or more");
	if (!(entry->t_x >= 0.0 && entry->t_x <= entry->T))
		bad_number("t_x", entry->t_x, "between 0 and the age");
	if (entry->x == 0 ? entry->t_x != 0.0 : entry->t_x == 0.0)
		bad_number("t_x", entry->t_x, "0 for x = 0, and only then");
	if (discrete && (entry->t_x != rint(entry->t_x) || entry->T != rint(entry->T)))
		bad_number("t_x or age", entry->t_x != rint(entry->t_x) ? entry->t_x : entry->T,
				   "whole for \"bg/bb\"");
	if (discrete && entry->T > LTV_SUMMARY_MOST)
		bad_number("age", entry->T, "1000000 or less for \"bg/bb\"");
	if (discrete && entry->x > entry->t_x)
		bad_number("x", entry->x, "t_x or less for \"bg/bb\"");
	if (!isfinite(mean))
		bad_number("mean_value", mean, "finite");
	entry->t_x += 0.0; /* no negative zero */
	entry->T += 0.0;
	entry->mean = entry->x > 0 ? mean + 0.0 : 0.0;
}

/*
 * ltv_summary_accumulate(ltv_sample, x int, t_x float8, age float8, mean_value
 * float8, weight bigint, options jsonb) -> ltv_sample: `weight` customers (NULL:
 * one) with x repeat purchases, the last of them t_x periods after the first,
 * observed for `age` periods, of mean value mean_value (NULL: not known). A row
 * with a NULL among x, t_x and age is skipped and counted as ignored.
 */
PG_FUNCTION_INFO_V1(ltv_summary_accumulate);
Datum
ltv_summary_accumulate(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_argument(fcinfo);
	int64 weight = PG_ARGISNULL(5) ? 1 : PG_GETARG_INT64(5);
	LtvEntryBuffer buffer;

	if (weight < 0 || weight > PG_UINT32_MAX)
		bad_number("weight", (double) weight, "between 0 and 4294967295");
	settle_summary_row(sample, options_argument(fcinfo, 6));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		sample->ignored = add_counts(sample->ignored, 1, "ignored rows");
	else if (weight > 0)
	{
		buffer.entry.x = PG_GETARG_INT32(1);
		buffer.entry.t_x = PG_GETARG_FLOAT8(2);
		buffer.entry.T = PG_GETARG_FLOAT8(3);
		buffer.entry.customers = (uint32) weight;
		take_numbers(&sample->settings, &buffer.entry, PG_ARGISNULL(4) ? 0.0 : PG_GETARG_FLOAT8(4));
		sample = ltv_sample_append(sample, &buffer.entry, 1);
	}
	PG_RETURN_POINTER(ltv_sample_result(fcinfo, sample));
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
	sample = ltv_sample_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(ltv_sample_result(fcinfo, sample));
	other = ltv_sample_from_datum(PG_GETARG_DATUM(1));
	if (ltv_sample_settled(other))
		ltv_sample_settle(sample, &other->settings, &other->start);
	sample->after_as_of = add_counts(sample->after_as_of, other->after_as_of, "customers");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, other->unmatched_refunds, "refunds");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	sample->log_gaps = add_counts(sample->log_gaps, other->log_gaps, "gaps");
	/* What a higher level leaves out here goes when the entries are next thinned. */
	for (int class = 0; class < LTV_CLASSES; class ++)
		sample->levels[class] = Max(sample->levels[class], other->levels[class]);
	if (ltv_sample_settled(other))
		sample = ltv_sample_append(sample, other->entries, other->nentries);
	PG_RETURN_POINTER(ltv_sample_result(fcinfo, sample));
}

/* ltv_sample_final(ltv_sample) -> ltv_sample: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(ltv_sample_final);
Datum
ltv_sample_final(PG_FUNCTION_ARGS)
{
	LtvSample *sample = ltv_sample_from_datum(PG_GETARG_DATUM(0));

	if (ltv_sample_is_empty(sample))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ltv_sample_canonical(sample));
}
