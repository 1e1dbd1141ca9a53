/*
 * ltv_holdout_sample.c
 *		What the aggregate ltv_holdout has read so far: building and merging.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/options.h"
#include "base/state.h"
#include "ltv/ltv_customer.h"
#include "ltv/ltv_holdout.h"
#include "ltv/ltv_sample.h"
#include "miscadmin.h"
#include "utils/memutils.h"

HoldoutSample *
holdout_sample_create(int64 nentries)
{
	HoldoutSample *sample = palloc0(HOLDOUT_SAMPLE_SIZE(nentries));

	SET_VARSIZE(sample, HOLDOUT_SAMPLE_SIZE(nentries));
	sample->version = HOLDOUT_SAMPLE_VERSION;
	sample->nentries = nentries;
	return sample;
}

HoldoutSample *
holdout_sample_from_datum(Datum datum)
{
	HoldoutSample *sample = (HoldoutSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < HOLDOUT_SAMPLE_SIZE(0) || sample->version != HOLDOUT_SAMPLE_VERSION ||
		sample->nentries < 0 ||
		sample->nentries > (int64) (STATE_MAX_SIZE / sizeof(HoldoutEntry)) ||
		VARSIZE(sample) < HOLDOUT_SAMPLE_SIZE(sample->nentries))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored ltv_holdout_sample is of no known form")));
	return sample;
}

static inline int
compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

int
holdout_history_compare(const HoldoutEntry *a, const HoldoutEntry *b)
{
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	if (a->t_x != b->t_x)
		return a->t_x < b->t_x ? -1 : 1;
	if (a->T != b->T)
		return a->T < b->T ? -1 : 1;
	if (a->mean != b->mean)
		return compare_numbers(a->mean, b->mean);
	for (int i = 0; i < LTV_OPPORTUNITY_NUMBERS; i++)
		if (a->opportunities[i] != b->opportunities[i])
			return compare_numbers(a->opportunities[i], b->opportunities[i]);
	return 0;
}

/* A total order over the whole content. */
int
holdout_entry_compare(const HoldoutEntry *a, const HoldoutEntry *b)
{
	int history = holdout_history_compare(a, b);

	if (history != 0)
		return history;
	if (a->purchases != b->purchases)
		return a->purchases < b->purchases ? -1 : 1;
	if (a->last_purchases != b->last_purchases)
		return a->last_purchases < b->last_purchases ? -1 : 1;
	if (a->spend != b->spend)
		return compare_numbers(a->spend, b->spend);
	return compare_numbers(a->last_spend, b->last_spend);
}

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE HoldoutEntry
#define ST_COMPARE(a, b) holdout_entry_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Sorts and merges equal entries. */
static void
compact(HoldoutSample *sample)
{
	HoldoutEntry *entries = sample->entries;
	int64 kept = 0;

	if (sample->nentries < 2)
		return;
	sort_entries(entries, sample->nentries);
	for (int64 i = 1; i < sample->nentries; i++)
	{
		HoldoutEntry *last = &entries[kept];

		if (holdout_entry_compare(last, &entries[i]) != 0)
			entries[++kept] = entries[i];
		else if (__builtin_add_overflow(last->customers, entries[i].customers, &last->customers))
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many customers with equal histories"),
							errdetail("At most %u are supported.", PG_UINT32_MAX)));
	}
	sample->nentries = kept + 1;
}

HoldoutSample *
holdout_sample_canonical(const HoldoutSample *sample)
{
	Size size = HOLDOUT_SAMPLE_SIZE(sample->nentries);
	HoldoutSample *canonical = memcpy(palloc(size), sample, size);

	if (sample->flags & HOLDOUT_SAMPLE_BUILDER)
		compact(canonical);
	SET_VARSIZE(canonical, HOLDOUT_SAMPLE_SIZE(canonical->nentries));
	canonical->flags = 0;
	canonical->fingerprint = 0;
	return canonical;
}

static bool
is_settled(const HoldoutSample *sample)
{
	return sample->settings.period != 0;
}

static void
fail_dates(const char *name, DateADT one, DateADT other)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("%s must be the same for all customers of a holdout, but is both %s "
						   "and %s",
						   name, ltv_date_text(one), ltv_date_text(other))));
}

/* Take over dates and options, or insist that they are those known. */
static void
settle(HoldoutSample *sample, const LtvSettings *settings, DateADT holdout_end)
{
	if (!is_settled(sample))
	{
		sample->settings = *settings;
		sample->holdout_end = holdout_end;
		return;
	}
	if (sample->settings.as_of != settings->as_of)
		fail_dates("calibration_end", sample->settings.as_of, settings->as_of);
	if (sample->holdout_end != holdout_end)
		fail_dates("holdout_end", sample->holdout_end, holdout_end);
	if (!ltv_settings_equal(&sample->settings, settings))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all customers of a holdout"),
				 errdetail("They are both \"%s\" and \"%s\".", ltv_options_text(&sample->settings),
						   ltv_options_text(settings))));
}

/* The same for a row, whose raw options are mostly those of the row before. */
static void
settle_row(HoldoutSample *sample, DateADT calibration_end, DateADT holdout_end, Jsonb *json)
{
	uint64 fingerprint = options_fingerprint(json);
	LtvSettings settings;

	if ((sample->flags & HOLDOUT_SAMPLE_FINGERPRINT) && sample->settings.as_of == calibration_end &&
		sample->holdout_end == holdout_end && sample->fingerprint == fingerprint)
		return;
	check_as_of(calibration_end);
	check_as_of(holdout_end);
	if (holdout_end <= calibration_end)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("holdout_end must be after calibration_end, but %s is not after %s",
							   ltv_date_text(holdout_end), ltv_date_text(calibration_end))));
	ltv_settings_parse(&settings, calibration_end, json);
	settle(sample, &settings, holdout_end);
	sample->flags |= HOLDOUT_SAMPLE_FINGERPRINT;
	sample->fingerprint = fingerprint;
}

/* Room for n entries more; as ltv_sample, merging equal ones first where that is worth it. */
static HoldoutSample *
reserve_entries(HoldoutSample *sample, int64 n)
{
	Size spare = 0;

	if (HOLDOUT_SAMPLE_SIZE(sample->nentries + n) <= VARSIZE(sample))
		return sample;
	if (n < sample->nentries)
	{
		compact(sample);
		if (HOLDOUT_SAMPLE_SIZE((sample->nentries + n) * 2) <= VARSIZE(sample))
			return sample;
		if (VARSIZE(sample) >= STATE_MAX_SIZE)
			spare = STATE_MAX_SIZE / 16;
	}
	return state_reserve(sample, HOLDOUT_SAMPLE_SIZE(sample->nentries + n) + spare,
						 "ltv_holdout_sample");
}

static HoldoutSample *
append_entries(HoldoutSample *sample, const HoldoutEntry *entries, int64 n)
{
	sample = reserve_entries(sample, n);
	memcpy(&sample->entries[sample->nentries], entries, n * sizeof(HoldoutEntry));
	sample->nentries += n;
	sample->flags |= HOLDOUT_SAMPLE_BUILDER;
	return sample;
}

/* Net revenue from one day to another; no negative zero. */
static double
net_between(const PurchaseDays *from, const PurchaseDays *to)
{
	return decimal_to_float8(decimal_subtract(to->total_net, from->total_net)) + 0.0;
}

/*
 * The holdout of a customer: purchase days and net revenue of its days, and of
 * as many days before them, where the first purchase of all does not count: it
 * could not be repeated. A refund counts on its own day here, whatever purchase
 * it belongs to.
 */
static void
observe(const Timeline *timeline, Calendar *calendar, DateADT calibration_end, DateADT holdout_end,
		HoldoutEntry *entry)
{
	int64 start = (int64) calibration_end - ((int64) holdout_end - calibration_end);
	PurchaseDays before = {0};
	PurchaseDays known;
	PurchaseDays all;

	timeline_purchase_days(timeline, calendar, calibration_end, &known);
	timeline_purchase_days(timeline, calendar, holdout_end, &all);
	if (start > known.first_day)
		timeline_purchase_days(timeline, calendar, (DateADT) start, &before);
	else
	{
		/* All is new but the first purchase, which is taken as known. */
		before.days = 1;
		before.total_net = known.first_net;
	}
	entry->purchases = (int32) (all.days - known.days);
	entry->spend = net_between(&known, &all);
	entry->last_purchases = (int32) (known.days - before.days);
	entry->last_spend = net_between(&before, &known);
}

static HoldoutSample *
add_timeline(HoldoutSample *sample, const Timeline *timeline)
{
	Calendar calendar;
	LtvCustomer customer;
	HoldoutEntry entry = {0};
	bool any;

	calendar_init(&calendar, sample->settings.timezone);
	any = ltv_customer_for(&sample->settings, sample->settings.models, timeline, &calendar,
						   sample->settings.as_of, &customer);
	sample->ignored = add_counts(sample->ignored, customer.ignored, "ignored rows");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, customer.unmatched_refunds, "refunds");
	if (!any)
	{
		sample->acquired_later = add_counts(sample->acquired_later, 1, "customers");
		return sample;
	}
	entry.x = customer.x;
	entry.t_x = customer.t_x;
	entry.T = customer.T;
	entry.mean = customer.mean;
	if (ltv_counts_opportunities(&sample->settings))
	{
		entry.opportunities[0] = customer.opportunities.x;
		entry.opportunities[1] = customer.opportunities.t_x;
		entry.opportunities[2] = customer.opportunities.T;
	}
	sample->log_gaps = add_counts(sample->log_gaps, customer.log_gaps, "gaps");
	entry.customers = 1;
	observe(timeline, &calendar, sample->settings.as_of, sample->holdout_end, &entry);
	return append_entries(sample, &entry, 1);
}

/* Argument 0 as a sample that may be changed. */
static HoldoutSample *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return holdout_sample_create(0);
	return state_for_update(fcinfo, holdout_sample_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
static HoldoutSample *
state_result(FunctionCallInfo fcinfo, HoldoutSample *sample)
{
	return state_in_place(fcinfo) ? sample : holdout_sample_canonical(sample);
}

/*
 * ltv_holdout_accumulate(ltv_holdout_sample, timeline, calibration_end date,
 * holdout_end date [, options jsonb]) -> ltv_holdout_sample: one customer more.
 * A NULL timeline is skipped, NULL options mean the defaults of fit_ltv (its
 * option "start" has no effect here); NULL dates, and dates or options that differ from those of earlier rows, are
 * errors.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_accumulate);
Datum
ltv_holdout_accumulate(PG_FUNCTION_ARGS)
{
	HoldoutSample *sample = state_argument(fcinfo);
	Jsonb *json = NULL;

	for (int i = 2; i < 4; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("%s of a holdout must not be NULL",
								   i == 2 ? "calibration_end" : "holdout_end")));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		json = PG_GETARG_JSONB_P(4);
	settle_row(sample, PG_GETARG_DATEADT(2), PG_GETARG_DATEADT(3), json);
	PG_RETURN_POINTER(state_result(fcinfo, add_timeline(sample, PG_GETARG_TIMELINE(1))));
}

/*
 * ltv_holdout_merge(ltv_holdout_sample, ltv_holdout_sample) ->
 * ltv_holdout_sample: the customers of both. NULL + x = x. Samples of different
 * dates or options are an error.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_merge);
Datum
ltv_holdout_merge(PG_FUNCTION_ARGS)
{
	HoldoutSample *sample;
	HoldoutSample *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sample = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	other = holdout_sample_from_datum(PG_GETARG_DATUM(1));
	if (is_settled(other))
		settle(sample, &other->settings, other->holdout_end);
	sample->acquired_later = add_counts(sample->acquired_later, other->acquired_later, "customers");
	sample->unmatched_refunds =
		add_counts(sample->unmatched_refunds, other->unmatched_refunds, "refunds");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	sample->log_gaps = add_counts(sample->log_gaps, other->log_gaps, "gaps");
	sample = append_entries(sample, other->entries, other->nentries);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/*
 * ltv_holdout_final(ltv_holdout_sample) -> ltv_holdout: the model fitted on
 * what came before calibration_end, and how it did. NULL when nothing was seen.
 * A population that cannot be fitted is an error, as for fit_ltv.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_final);
Datum
ltv_holdout_final(PG_FUNCTION_ARGS)
{
	HoldoutSample *sample = holdout_sample_from_datum(PG_GETARG_DATUM(0));
	MemoryContext context;
	MemoryContext outer;
	LtvHoldout *result;

	if (sample->nentries == 0 && sample->acquired_later == 0)
		PG_RETURN_NULL();
	context = AllocSetContextCreate(CurrentMemoryContext, "ltv_holdout", ALLOCSET_DEFAULT_SIZES);
	outer = MemoryContextSwitchTo(context);
	result = holdout_evaluate(holdout_sample_canonical(sample));
	MemoryContextSwitchTo(outer);
	result = memcpy(palloc(VARSIZE(result)), result, VARSIZE(result));
	MemoryContextDelete(context);
	PG_RETURN_POINTER(result);
}
