/*
 * retention_sample.c
 *		What fit_retention has read so far: building and merging.
 *
 * Rows are either contracts with dates, or the table of one cohort: how many
 * customers are still there after 0, 1, 2, ... renewals. A contract is turned
 * into a count at once. The rows of a table make sense only together, so they
 * are kept as they are until all are there; then the sample of one cohort can
 * be merged with those of others, older or younger.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/period.h"
#include "base/state.h"
#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#define COHORT_MONTHS 12 /* period of a cohort table that does not say */

RetentionSample *
retention_sample_create(int64 ncounts)
{
	RetentionSample *sample = palloc0(RETENTION_SAMPLE_SIZE(ncounts));

	SET_VARSIZE(sample, RETENTION_SAMPLE_SIZE(ncounts));
	sample->version = RETENTION_SAMPLE_VERSION;
	sample->ncounts = ncounts;
	return sample;
}

RetentionSample *
retention_sample_from_datum(Datum datum)
{
	RetentionSample *sample = (RetentionSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < RETENTION_SAMPLE_SIZE(0) || sample->version != RETENTION_SAMPLE_VERSION ||
		sample->ncounts < 0 || sample->ncounts > RETENTION_MAX_COUNTS ||
		VARSIZE(sample) < RETENTION_SAMPLE_SIZE(sample->ncounts))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored retention_sample is of no known form")));
	return sample;
}

RetentionSample *
retention_sample_canonical(const RetentionSample *sample)
{
	Size size = RETENTION_SAMPLE_SIZE(sample->ncounts);
	RetentionSample *canonical = memcpy(palloc(size), sample, size);

	SET_VARSIZE(canonical, size);
	return canonical;
}

static int
compare_counts(const RetentionCount *a, int32 kind, int32 periods)
{
	if (a->kind != kind)
		return a->kind < kind ? -1 : 1;
	return (a->periods > periods) - (a->periods < periods);
}

/* Where a count is, or belongs. */
static int64
find_count(const RetentionSample *sample, int32 kind, int32 periods, bool *found)
{
	int64 low = 0;
	int64 high = sample->ncounts;

	*found = false;
	while (low < high)
	{
		int64 middle = (low + high) / 2;
		int order = compare_counts(&sample->counts[middle], kind, periods);

		if (order == 0)
		{
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Adds customers to a count. A cohort table has only one for each number of renewals. */
static RetentionSample *
add_count(RetentionSample *sample, int32 kind, int32 periods, int64 customers)
{
	bool found;
	int64 at = find_count(sample, kind, periods, &found);

	if (found && kind == RETENTION_COHORT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a cohort has two rows for %d periods, of " INT64_FORMAT
						" and " INT64_FORMAT " customers",
						periods, Min(sample->counts[at].customers, customers),
						Max(sample->counts[at].customers, customers)),
				 errhint("Make a retention_sample of each cohort with GROUP BY, and fit their "
						 "rollup().")));
	if (found)
	{
		sample->counts[at].customers =
			add_counts(sample->counts[at].customers, customers, "customers");
		return sample;
	}
	sample = state_reserve(sample, RETENTION_SAMPLE_SIZE(sample->ncounts + 1), "retention_sample");
	memmove(&sample->counts[at + 1], &sample->counts[at],
			(sample->ncounts - at) * sizeof(RetentionCount));
	sample->counts[at].kind = kind;
	sample->counts[at].periods = periods;
	sample->counts[at].customers = customers;
	sample->ncounts++;
	return sample;
}

static void
check_periods(int64 periods)
{
	if (periods > RETENTION_MAX_PERIODS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("contract of " INT64_FORMAT " periods", periods),
						errdetail("At most %d periods are supported.", RETENTION_MAX_PERIODS),
						errhint("Use a longer period.")));
}

RetentionSample *
retention_sample_closed(const RetentionSample *sample)
{
	RetentionSample *closed = retention_sample_create(0);
	bool any = false;
	int64 first;

	/* Cohort rows come last in order. */
	first = find_count(sample, RETENTION_COHORT, 0, &any);
	if (first == sample->ncounts)
		return retention_sample_canonical(sample);
	closed->settings = sample->settings;
	closed->after_as_of = sample->after_as_of;
	closed->ignored = sample->ignored;
	for (int64 i = 0; i < first; i++)
		closed = add_count(closed, sample->counts[i].kind, sample->counts[i].periods,
						   sample->counts[i].customers);
	for (int64 i = first; i < sample->ncounts; i++)
	{
		const RetentionCount *row = &sample->counts[i];
		int64 left;

		CHECK_FOR_INTERRUPTS();
		if (row->periods != i - first)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a cohort has no row for %d periods, but one for %d", (int) (i - first),
							row->periods),
					 errdetail("Period 0 is the start of the cohort, and no period may be left "
							   "out.")));
		if (i + 1 == sample->ncounts)
		{
			if (row->customers > 0)
				closed = add_count(closed, RETENTION_ACTIVE, row->periods, row->customers);
			break;
		}
		left = row->customers - row[1].customers;
		if (left < 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("a cohort has " INT64_FORMAT
								   " customers after %d periods, but " INT64_FORMAT " after %d",
								   row->customers, row->periods, row[1].customers, row[1].periods),
							errdetail("Customers who left do not come back under this model.")));
		if (left > 0)
			closed = add_count(closed, RETENTION_LOST, row->periods, left);
	}
	return retention_sample_canonical(closed);
}

/* Take over the settings, or insist that they are those known. */
static void
settle(RetentionSample *sample, const RetentionSettings *settings)
{
	const RetentionSettings *known = &sample->settings;
	StringInfoData both;

	if (!retention_is_settled(known))
	{
		sample->settings = *settings;
		return;
	}
	if (likely(memcmp(known, settings, sizeof(*settings)) == 0))
		return;
	initStringInfo(&both);
	appendStringInfoString(&both, "They are both ");
	retention_settings_append(&both, known);
	appendStringInfoString(&both, " and ");
	retention_settings_append(&both, settings);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of and period must be the same for all customers of a retention fit"),
			 errdetail("%s.", both.data)));
}

/* A period of whole months, or of whole days. */
static void
set_period(RetentionSettings *settings, const Interval *interval)
{
	int64 length = 0;

	if (!INTERVAL_NOT_FINITE(interval) && interval->month > 0 && interval->day == 0 &&
		interval->time == 0)
	{
		settings->months = interval->month;
		return;
	}
	if (INTERVAL_NOT_FINITE(interval) || interval->month == 0)
		length = period_microseconds(interval, "period of a retention fit");
	if (length == 0 || length % USECS_PER_DAY != 0 || length / USECS_PER_DAY > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period of a retention fit must be whole months or whole days, not %s",
						DatumGetCString(
							DirectFunctionCall1(interval_out, IntervalPGetDatum(interval))))));
	settings->days = (int32) (length / USECS_PER_DAY);
}

/* The day k periods of m months after a day; the last of the month where it has no such day. */
static int64
add_months(DateADT day, int64 months)
{
	int year, month, mday;
	int64 count;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	count = (int64) year * 12 + (month - 1) + months;
	month = (int) ((count % 12 + 12) % 12); /* years before 1 are not positive */
	year = (int) ((count - month) / 12);
	month++;
	mday = Min(mday, day_tab[isleap(year)][month - 1]);
	return (int64) date2j(year, month, mday) - POSTGRES_EPOCH_JDATE;
}

/* Renewal days strictly before a day, of a contract that starts on an earlier day. */
static int64
renewals_before(const RetentionSettings *settings, DateADT started, DateADT day)
{
	int from_year, from_month, year, month, mday;
	int64 count;

	if (day <= started)
		return 0;
	if (settings->days > 0)
		return ((int64) day - started - 1) / settings->days;
	j2date(started + POSTGRES_EPOCH_JDATE, &from_year, &from_month, &mday);
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	count = (((int64) year - from_year) * 12 + (month - from_month)) / settings->months;
	/* The last of them falls into the month of the day, or before. */
	if (count > 0 && add_months(started, count * settings->months) >= day)
		count--;
	return count;
}

/* One contract; see retention_sample_add_contract. */
static RetentionSample *
add_contract(RetentionSample *sample, DateADT started, bool is_open, DateADT ended)
{
	int64 asked;
	int64 renewed;

	if (started >= sample->settings.as_of)
	{
		sample->after_as_of = add_counts(sample->after_as_of, 1, "customers");
		return sample;
	}
	asked = renewals_before(&sample->settings, started, sample->settings.as_of);
	check_periods(asked);
	renewed = is_open ? asked : renewals_before(&sample->settings, started, ended);
	if (renewed < asked)
		return add_count(sample, RETENTION_LOST, (int32) renewed, 1);
	return add_count(sample, RETENTION_ACTIVE, (int32) asked, 1);
}

/* Argument 0 as a sample that may be changed. */
static RetentionSample *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return retention_sample_create(0);
	return state_for_update(fcinfo, retention_sample_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
static RetentionSample *
state_result(FunctionCallInfo fcinfo, RetentionSample *sample)
{
	return state_in_place(fcinfo) ? sample : retention_sample_canonical(sample);
}

static const Interval *
period_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("period of a retention fit must not be NULL")));
	return PG_GETARG_INTERVAL_P(n);
}

/*
 * retention_sample_add_cohort(retention_sample, periods int, customers bigint
 * [, period interval]) -> retention_sample: one row of the table of one cohort,
 * the customers still there after so many renewals; 0 is the start. A row with
 * a NULL is skipped and counted. The period is a year unless it is given.
 */
PG_FUNCTION_INFO_V1(retention_sample_add_cohort);
Datum
retention_sample_add_cohort(PG_FUNCTION_ARGS)
{
	RetentionSample *sample = state_argument(fcinfo);
	RetentionSettings settings = {.as_of = DATEVAL_NOBEGIN};
	int32 periods;
	int64 customers;

	if (PG_NARGS() > 3)
		set_period(&settings, period_argument(fcinfo, 3));
	else
		settings.months = COHORT_MONTHS;
	settle(sample, &settings);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		sample->ignored = add_counts(sample->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	}
	periods = PG_GETARG_INT32(1);
	customers = PG_GETARG_INT64(2);
	if (periods < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("periods must not be negative, but is %d", periods)));
	if (customers < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("customers must not be negative, but is " INT64_FORMAT, customers)));
	check_periods(periods);
	sample = add_count(sample, RETENTION_COHORT, periods, customers);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

static void
check_contract(DateADT started, bool is_open, DateADT ended)
{
	StringInfoData days;

	if (DATE_NOT_FINITE(started))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("start of a contract must be finite")));
	if (is_open || ended >= started)
		return;
	initStringInfo(&days);
	if (DATE_IS_NOBEGIN(ended))
		appendStringInfoString(&days, "-infinity");
	else
		date_append(&days, ended);
	appendStringInfoString(&days, ", before its start on ");
	date_append(&days, started);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("contract ends on %s", days.data),
			 errhint("The end of a contract that goes on is NULL.")));
}

/*
 * retention_sample_add_contract(retention_sample, started date, ended date,
 * as_of date, period interval) -> retention_sample: one contract, which comes
 * up for renewal k periods after its start, k = 1, 2, .... It was renewed on
 * the days before as_of on which it had not ended; of a contract that ends
 * between two such days the next one, where it is before as_of, was the first
 * without a renewal. A period that is not over by as_of says nothing, even of a
 * contract that ended in it: otherwise those who leave would count sooner than
 * those who stay. A NULL or infinite end is that of a contract that goes on. A
 * NULL start is skipped and counted; a NULL as_of or period is an error.
 */
PG_FUNCTION_INFO_V1(retention_sample_add_contract);
Datum
retention_sample_add_contract(PG_FUNCTION_ARGS)
{
	RetentionSample *sample = state_argument(fcinfo);
	RetentionSettings settings = {0};
	bool is_open = PG_ARGISNULL(2) || DATE_IS_NOEND(PG_GETARG_DATEADT(2));
	DateADT ended = is_open ? 0 : PG_GETARG_DATEADT(2);
	DateADT started;

	if (PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("as_of of a retention fit must not be NULL")));
	settings.as_of = PG_GETARG_DATEADT(3);
	check_as_of(settings.as_of);
	set_period(&settings, period_argument(fcinfo, 4));
	settle(sample, &settings);
	if (PG_ARGISNULL(1))
	{
		sample->ignored = add_counts(sample->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	}
	started = PG_GETARG_DATEADT(1);
	check_contract(started, is_open, ended);
	sample = add_contract(sample, started, is_open, ended);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/*
 * retention_sample_merge(retention_sample, retention_sample) ->
 * retention_sample: the customers of both. NULL + x = x. Samples of different
 * as_of or period are an error.
 */
PG_FUNCTION_INFO_V1(retention_sample_merge);
Datum
retention_sample_merge(PG_FUNCTION_ARGS)
{
	RetentionSample *sample;
	RetentionSample *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	sample = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, sample));
	other = retention_sample_from_datum(PG_GETARG_DATUM(1));
	if (retention_is_settled(&other->settings))
		settle(sample, &other->settings);
	sample->after_as_of = add_counts(sample->after_as_of, other->after_as_of, "customers");
	sample->ignored = add_counts(sample->ignored, other->ignored, "ignored rows");
	for (int64 i = 0; i < other->ncounts; i++)
		sample = add_count(sample, other->counts[i].kind, other->counts[i].periods,
						   other->counts[i].customers);
	PG_RETURN_POINTER(state_result(fcinfo, sample));
}

/* retention_sample_final(retention_sample) -> retention_sample: closed; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(retention_sample_final);
Datum
retention_sample_final(PG_FUNCTION_ARGS)
{
	RetentionSample *sample = retention_sample_from_datum(PG_GETARG_DATUM(0));

	if (sample->ncounts == 0 && sample->after_as_of == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(retention_sample_closed(sample));
}
