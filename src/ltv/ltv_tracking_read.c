/*
 * ltv_tracking_read.c
 *		The rows of the tracking plots and of the histogram.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "funcapi.h"
#include "ltv/ltv_tracking.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

/* Ages in days up to which expectations are kept once they are known. */
#define KEPT_AGES 1000000

/* Expected repeat purchases of a new customer, by age. */
typedef struct Expectation
{
	const LtvTransactionModel *model; /* NULL: there is no usable one */
	const double *parameters;
	double period_days;
	double *kept; /* by days; NAN: not known yet */
	int64 nkept;
} Expectation;

static void
expectation_init(Expectation *expectation, const LtvTracking *tracking, int64 oldest)
{
	const LtvValue *model = tracking_model(tracking);

	memset(expectation, 0, sizeof(*expectation));
	if (!ltv_purchase_usable(model))
		return;
	expectation->model = ltv_chosen_model(model);
	expectation->parameters = ltv_part_parameters(model, model->chosen);
	expectation->period_days = ltv_period_days(&model->settings);
	expectation->nkept = Min(oldest, KEPT_AGES) + 1;
	expectation->kept = palloc(sizeof(double) * expectation->nkept);
	for (int64 i = 0; i < expectation->nkept; i++)
		expectation->kept[i] = NAN;
}

static double
expected_at(const Expectation *expectation, int64 age)
{
	static const LtvHistory newcomer = {0, 0.0, 0.0};
	double value;

	if (age < expectation->nkept && !isnan(expectation->kept[age]))
		return expectation->kept[age];
	value = age == 0 ? 0.0
					 : expectation->model->expected_purchases(expectation->parameters, &newcomer,
															  age / expectation->period_days);
	if (age < expectation->nkept)
		expectation->kept[age] = value;
	return value;
}

/* The first end of a period after a day; as_of is one. */
static int64
first_end(const LtvTracking *tracking, DateADT day)
{
	int64 as_of = tracking_model(tracking)->settings.as_of;

	return as_of - (as_of - 1 - day) / tracking->step * tracking->step;
}

static void
check_periods(int64 first, const LtvTracking *tracking)
{
	if ((tracking->until - first) / tracking->step >= TRACKING_MAX_PERIODS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("tracking from %s to %s in steps of %d day%s has too many periods",
							   ltv_date_text(tracking_days(tracking)[0].day),
							   ltv_date_text(tracking->until), tracking->step,
							   tracking->step == 1 ? "" : "s"),
						errdetail("At most %d are supported.", TRACKING_MAX_PERIODS)));
}

/* Expected repeat purchases of all customers on days before an end. */
static double
expected_before(const Expectation *expectation, const LtvTracking *tracking, int64 end)
{
	double sum = 0.0;

	for (int64 i = 0; i < tracking->ndays; i++)
	{
		const TrackingDay *day = &tracking_days(tracking)[i];

		if (day->day >= end)
			break;
		if (day->customers > 0)
			sum += day->customers * expected_at(expectation, end - 1 - day->day);
		CHECK_FOR_INTERRUPTS();
	}
	return sum;
}

#define PERIOD_COLUMNS 6

/*
 * tracking_periods(ltv_tracking) -> rows (period_end, in_holdout,
 * expected_cumulative, actual_cumulative, expected_incremental,
 * actual_incremental): repeat purchases on days before period_end, and of
 * those on the days since the period_end before. Periods are laid out so that one ends at
 * the as_of of the model, from which on they are holdout; one that is not over
 * at `until` is left out. Expected ones are NULL when the model could not be
 * fitted.
 */
PG_FUNCTION_INFO_V1(ltv_tracking_periods);
Datum
ltv_tracking_periods(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking = tracking_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const TrackingDay *days = tracking_days(tracking);
	Expectation expectation;
	double expected = 0.0;
	int64 actual = 0;
	int64 next = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (tracking->ndays == 0)
		PG_RETURN_NULL();
	check_periods(first_end(tracking, days[0].day), tracking);
	expectation_init(&expectation, tracking, (int64) tracking->until - days[0].day);
	for (int64 end = first_end(tracking, days[0].day); end <= tracking->until;
		 end += tracking->step)
	{
		Datum row[PERIOD_COLUMNS];
		bool nulls[PERIOD_COLUMNS] = {false};
		double expected_then = expected;
		int64 actual_then = actual;

		if (expectation.model != NULL)
			expected = expected_before(&expectation, tracking, end);
		for (; next < tracking->ndays && days[next].day < end; next++)
			actual = add_counts(actual, days[next].repeats, "purchases");
		row[0] = DateADTGetDatum((DateADT) end);
		row[1] = BoolGetDatum(end > tracking_model(tracking)->settings.as_of);
		row[2] = Float8GetDatum(expected);
		row[3] = Int64GetDatum(actual);
		row[4] = Float8GetDatum(expected - expected_then);
		row[5] = Int64GetDatum(actual - actual_then);
		nulls[2] = nulls[4] = expectation.model == NULL;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

/* Expected customers by number of repeat purchases, from first purchase to as_of. */
static void
expect_frequencies(const LtvTracking *tracking, double *expected)
{
	static const LtvHistory newcomer = {0, 0.0, 0.0};
	const LtvValue *model = tracking_model(tracking);
	const LtvTransactionModel *purchase = ltv_chosen_model(model);
	const int last = TRACKING_FREQUENCIES - 1;

	if (purchase->purchase_probabilities == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("model %s has no distribution of purchases", purchase->name)));
	for (int64 i = 0; i < tracking->ndays; i++)
	{
		const TrackingDay *day = &tracking_days(tracking)[i];
		double age = (model->settings.as_of - 1 - day->day) / ltv_period_days(&model->settings);
		double probabilities[TRACKING_FREQUENCIES];
		double rest = 1.0;

		CHECK_FOR_INTERRUPTS();
		if (day->customers == 0)
			continue;
		purchase->purchase_probabilities(ltv_part_parameters(model, model->chosen), &newcomer, age,
										 last, probabilities);
		for (int x = 0; x < last; x++)
		{
			expected[x] += day->customers * probabilities[x];
			rest -= probabilities[x];
		}
		expected[last] += day->customers * Max(rest, 0.0);
	}
}

#define FREQUENCY_COLUMNS 4

/*
 * tracking_frequencies(ltv_tracking) -> rows (repeat_purchases, or_more,
 * actual_customers, expected_customers): customers by repeat purchases before
 * the as_of of the model, and how many it expects, the sum over the customers
 * of the probability that a new one has so many at that age. Expected ones are
 * NULL when the model could not be fitted.
 */
PG_FUNCTION_INFO_V1(ltv_tracking_frequencies);
Datum
ltv_tracking_frequencies(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking = tracking_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double expected[TRACKING_FREQUENCIES] = {0};
	bool usable;

	InitMaterializedSRF(fcinfo, 0);
	if (tracking->ndays == 0)
		PG_RETURN_NULL();
	usable = ltv_purchase_usable(tracking_model(tracking));
	if (usable)
		expect_frequencies(tracking, expected);
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
	{
		Datum row[FREQUENCY_COLUMNS] = {
			Int32GetDatum(x), BoolGetDatum(x == TRACKING_FREQUENCIES - 1),
			Int64GetDatum(tracking->frequencies[x]), Float8GetDatum(expected[x])};
		bool nulls[FREQUENCY_COLUMNS] = {false, false, false, !usable};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}
