/*
 * timeline_share.c
 *		What a customer prefers: decayed, smoothed shares of the labels, and
 *		when the customer is active.
 *
 * An event weighs w = 2^(-(as_of - at) / half_life), so that what somebody did
 * long ago counts less; shares are those of the mean of the Dirichlet
 * posterior, (w_c + alpha p_c) / (sum w + alpha), so that few events do not
 * look like a certain preference.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/options.h"
#include "base/period.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/tuplestore.h"

#define HALF_LIFE_DEFAULT (90 * USECS_PER_DAY)
#define PREFERRED_MIN_WEIGHT 2.0
#define PREFERRED_MIN_LEAD 0.1

typedef struct ShareOptions
{
	int64 half_life; /* microseconds */
	double alpha;
	bool by_amount;
	OptionWeight *prior; /* NULL: the same for each label seen */
	int nprior;
} ShareOptions;

typedef struct LabelShare
{
	TimelineLabel label; /* text is NULL for events without a label */
	double weight;		 /* decayed, of its events */
	double prior;
	double share;
	TimestampTz last; /* event */
	bool seen;
	bool named; /* in the prior */
} LabelShare;

typedef struct LabelShares
{
	LabelShare *rows; /* in order of preference */
	int32 count;
	double total;  /* weight of all rows */
	bool has_mean; /* false when neither events nor alpha weigh anything */
} LabelShares;

static void
parse_options(const char *function, Jsonb *json, ShareOptions *options)
{
	static const char *const allowed[] = {"half_life", "alpha", "prior", "weigh"};
	static const char *const weights[] = {"events", "amount"};
	const char *half_life;
	Options given;

	options_init(&given, function, json, allowed, lengthof(allowed));
	half_life = options_text(&given, "half_life", NULL);
	options->half_life = half_life == NULL ? HALF_LIFE_DEFAULT
										   : period_from_option(half_life, "half_life", function);
	options->alpha = options_float8(&given, "alpha", 1, 0, 1e9);
	options->by_amount = options_choice(&given, "weigh", 0, weights, lengthof(weights)) == 1;
	options->prior = options_weights(&given, "prior", &options->nprior);
}

static double
decayed(TimestampTz at, TimestampTz as_of, int64 half_life)
{
	/* The whole range of times is wider than an int64. */
	return exp2(-(double) ((uint64) as_of - (uint64) at) / (double) half_life);
}

/* Weigh the events before as_of, each for its label: rows[0] is for those without one. */
static void
weigh_events(TimelineReader *reader, TimestampTz as_of, const ShareOptions *options,
			 LabelShare *rows)
{
	TimelineEvent event;

	while (timeline_next(reader, &event) && event.at < as_of)
	{
		LabelShare *row = &rows[event.label + 1];
		double weight = decayed(event.at, as_of, options->half_life);

		CHECK_FOR_INTERRUPTS();
		if (options->by_amount)
		{
			if (event.pure)
				continue;
			weight *= decimal_to_float8(event.amount);
		}
		row->weight += weight;
		row->last = event.at;
		row->seen = true;
	}
}

static int
compare_labels(const TimelineLabel *a, const TimelineLabel *b)
{
	int result = memcmp(a->text, b->text, Min(a->length, b->length));

	return result != 0 ? result : (a->length > b->length) - (a->length < b->length);
}

/* Put the prior beside the labels; both are in order of bytes. Returns the number of rows. */
static int32
add_prior(LabelShare *rows, int32 count, const ShareOptions *options)
{
	int32 known = count;
	int32 at = 1;

	for (int i = 0; i < options->nprior; i++)
	{
		TimelineLabel label = {options->prior[i].name, options->prior[i].length};
		LabelShare *row;

		while (at < known && compare_labels(&rows[at].label, &label) < 0)
			at++;
		if (at < known && compare_labels(&rows[at].label, &label) == 0)
			row = &rows[at];
		else
			row = &rows[count++];
		row->label = label;
		row->prior = options->prior[i].weight;
		row->named = true;
	}
	return count;
}

/* Higher share first, then the later event, then the label; no label comes last. */
static int
compare_shares(const void *left, const void *right)
{
	const LabelShare *a = left;
	const LabelShare *b = right;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	if (a->label.text == NULL || b->label.text == NULL)
		return (a->label.text == NULL) - (b->label.text == NULL);
	return compare_labels(&a->label, &b->label);
}

/* From weights to shares: rows of labels neither seen nor in the prior are left out. */
static void
finish_shares(LabelShares *shares, const ShareOptions *options)
{
	int32 kept = 0;
	double all;

	for (int32 i = 0; i < shares->count; i++)
	{
		if (!shares->rows[i].seen && !shares->rows[i].named)
			continue;
		shares->rows[kept] = shares->rows[i];
		/* A label whose refunds outweigh its purchases has no share of the wallet. */
		shares->rows[kept].weight = Max(shares->rows[kept].weight, 0);
		shares->total += shares->rows[kept++].weight;
	}
	shares->count = kept;
	all = shares->total + options->alpha;
	shares->has_mean = all > 0;
	for (int32 i = 0; i < kept; i++)
	{
		LabelShare *row = &shares->rows[i];
		double prior = options->prior == NULL ? 1.0 / kept : row->prior;

		row->share = shares->has_mean ? (row->weight + options->alpha * prior) / all : 0;
	}
	qsort(shares->rows, kept, sizeof(LabelShare), compare_shares);
}

static void
compute_shares(FunctionCallInfo fcinfo, const char *function, LabelShares *shares)
{
	TimestampTz as_of = PG_GETARG_TIMESTAMPTZ(1);
	ShareOptions options;
	TimelineHeader header;
	TimelineDictionary dictionary;
	TimelineReader reader;
	Size rows;

	check_as_of_instant(as_of);
	parse_options(function, PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2), &options);
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_read_dictionary(&header, &dictionary);
	rows = (Size) dictionary.count + 1 + options.nprior;
	memset(shares, 0, sizeof(*shares));
	shares->rows = MemoryContextAllocHuge(CurrentMemoryContext, rows * sizeof(LabelShare));
	memset(shares->rows, 0, rows * sizeof(LabelShare));
	for (Size i = 0; i < rows; i++)
		shares->rows[i].last = DT_NOBEGIN;
	for (int32 i = 0; i < dictionary.count; i++)
		shares->rows[i + 1].label = dictionary.labels[i];
	timeline_reader_init(&reader, &header);
	weigh_events(&reader, as_of, &options, shares->rows);
	shares->count = add_prior(shares->rows, dictionary.count + 1, &options);
	finish_shares(shares, &options);
}

static Datum
label_datum(const TimelineLabel *label)
{
	return PointerGetDatum(cstring_to_text_with_len(label->text, label->length));
}

/*
 * label_share(timeline, as_of timestamptz [, options jsonb]) -> rows (label,
 * share, effective_n), highest share first, then the later event, then the
 * label in order of bytes.
 *
 * Every event before as_of weighs 2^(-age / half_life): half_life is an option,
 * an interval without months, '90 days' by default. With "weigh": "amount" an
 * event weighs its amount times that (share of wallet): refunds lower it, a
 * label below zero counts as zero, pure events are left out. alpha (1) is the
 * weight of the prior, an object of label -> weight >= 0, by default equal for
 * each label seen. share = (w + alpha prior) / (effective_n + alpha), where
 * effective_n = the sum of all w. NULL is a label of its own, without a prior
 * where one is given. No rows without events, but for those of a given prior;
 * share is NULL where effective_n + alpha = 0.
 */
PG_FUNCTION_INFO_V1(timeline_label_share);
Datum
timeline_label_share(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	LabelShares shares;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	compute_shares(fcinfo, "label_share", &shares);
	for (int32 i = 0; i < shares.count; i++)
	{
		const LabelShare *row = &shares.rows[i];
		Datum values[3] = {0};
		bool nulls[3] = {row->label.text == NULL, !shares.has_mean, false};

		CHECK_FOR_INTERRUPTS();
		if (!nulls[0])
			values[0] = label_datum(&row->label);
		values[1] = Float8GetDatum(row->share);
		values[2] = Float8GetDatum(shares.total);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * preferred_label(timeline, as_of timestamptz [, options jsonb]) -> text: the
 * first row of label_share(), or NULL when the evidence is weak: effective_n
 * below 2, or a lead over the second of less than 0.1. NULL too when events
 * without a label lead.
 */
PG_FUNCTION_INFO_V1(timeline_preferred_label);
Datum
timeline_preferred_label(PG_FUNCTION_ARGS)
{
	LabelShares shares;
	double lead;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	compute_shares(fcinfo, "preferred_label", &shares);
	if (shares.count == 0 || shares.total < PREFERRED_MIN_WEIGHT)
		PG_RETURN_NULL();
	lead = shares.rows[0].share - (shares.count > 1 ? shares.rows[1].share : 0);
	if (lead < PREFERRED_MIN_LEAD || shares.rows[0].label.text == NULL)
		PG_RETURN_NULL();
	return label_datum(&shares.rows[0].label);
}

/*
 * hour_share(timeline, timezone text) -> rows (weekday 1 = Monday .. 7, hour
 * 0..23, share): the part of all events that falls into each hour of the week
 * by the clock of the zone, for the hours that have any.
 */
PG_FUNCTION_INFO_V1(timeline_hour_share);
Datum
timeline_hour_share(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64 cells[7][HOURS_PER_DAY] = {0};
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	Calendar calendar;

	InitMaterializedSRF(fcinfo, 0);
	calendar_init_text(&calendar, PG_GETARG_TEXT_PP(1));
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event))
	{
		int hour;
		DateADT day = calendar_day_hour(&calendar, event.at, &hour);

		CHECK_FOR_INTERRUPTS();
		cells[(j2day(day + POSTGRES_EPOCH_JDATE) + 6) % 7][hour]++; /* j2day: 0 = Sunday */
	}
	for (int weekday = 0; weekday < 7; weekday++)
		for (int hour = 0; hour < HOURS_PER_DAY; hour++)
		{
			Datum values[3] = {Int32GetDatum(weekday + 1), Int32GetDatum(hour),
							   Float8GetDatum((double) cells[weekday][hour] / header.events)};
			bool nulls[3] = {false};

			if (cells[weekday][hour] > 0)
				tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	return (Datum) 0;
}
