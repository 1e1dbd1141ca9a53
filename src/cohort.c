/*
 * cohort.c
 *		Who comes back: the aggregate cohort_retention, a tally of (cohort, age).
 *
 * A cohort is the UTC period of the first purchase, written as its first day;
 * age counts whole periods. Entries count customers with a purchase in that
 * period; age 0 has all of the cohort. The settings are "PERIOD AS_OF".
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/tally.h"
#include "base/text_form.h"
#include "funcapi.h"
#include "math/wilson.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

typedef enum CohortPeriod
{
	COHORT_DAY,
	COHORT_WEEK,
	COHORT_MONTH,
	COHORT_QUARTER,
	COHORT_YEAR
} CohortPeriod;

static const char *const period_names[] = {"day", "week", "month", "quarter", "year"};
static const int period_months[] = {0, 0, 1, 3, 12};

#define MONDAY 2 /* 2000-01-03, in days since 2000-01-01 */

static int64
floor_divide(int64 value, int64 by)
{
	return value >= 0 ? value / by : -((-value + by - 1) / by);
}

/* The number of the period that a day is in. */
static int64
period_of(CohortPeriod period, DateADT day)
{
	int year, month, mday;

	if (period == COHORT_DAY)
		return day;
	if (period == COHORT_WEEK)
		return floor_divide((int64) day - MONDAY, 7);
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return floor_divide((int64) year * 12 + month - 1, period_months[period]);
}

/* The first day of a period. */
static int64
period_start(CohortPeriod period, int64 number)
{
	int64 months, year;

	if (period == COHORT_DAY)
		return number;
	if (period == COHORT_WEEK)
		return number * 7 + MONDAY;
	months = number * period_months[period];
	year = floor_divide(months, 12);
	return date2j(year, months - year * 12 + 1, 1) - POSTGRES_EPOCH_JDATE;
}

/* A date, written as we write it: other texts of the same day (02026-01-01) would be other entries. */
static bool
read_day(const char *text, int length, DateADT *day)
{
	StringInfoData ours;
	bool same;

	if (!date_parse(text, length, day))
		return false;
	initStringInfo(&ours);
	date_append(&ours, *day);
	same = ours.len == length && memcmp(ours.data, text, length) == 0;
	pfree(ours.data);
	return same;
}

/* "month 2026-11-01"; false when it is not such a text. */
static bool
read_settings(const char *text, CohortPeriod *period, DateADT *as_of)
{
	const char *space = strchr(text, ' ');

	for (int i = 0; space != NULL && i < (int) lengthof(period_names); i++)
		if ((int) strlen(period_names[i]) == space - text &&
			memcmp(period_names[i], text, space - text) == 0)
		{
			*period = (CohortPeriod) i;
			return read_day(space + 1, strlen(space + 1), as_of) &&
				   *as_of < TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE;
		}
	return false;
}

/* The numbers of an entry's cohort and age; false unless both are written as we write them. */
static bool
read_entry(const Tally *tally, const TallyEntry *entry, CohortPeriod period, int64 *cohort,
		   int64 *age)
{
	TallyPart parts[TALLY_MAX_PARTS];
	DateADT day;
	char text[32];
	char *end;

	tally_parts(tally, entry, parts);
	if (parts[0].data == NULL || parts[1].length < 1 || parts[1].length > 9 ||
		!read_day(parts[0].data, parts[0].length, &day))
		return false;
	memcpy(text, parts[1].data, parts[1].length);
	text[parts[1].length] = '\0';
	*age = strtol(text, &end, 10);
	*cohort = period_of(period, day);
	return *end == '\0' && *age >= 0 && text[0] >= '0' && (text[0] != '0' || text[1] == '\0') &&
		   text[0] <= '9' && period_start(period, *cohort) == day;
}

static const char *
cohort_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;
	int64 last = PG_INT64_MIN, customers = 0;
	CohortPeriod period;
	DateADT as_of;

	if (tally->settings_size == 0)
		return tally->nentries == 0 ? NULL : "Cohorts need the period and as_of as settings";
	if (!read_settings(tally_settings(tally), &period, &as_of))
		return "The settings must be a period and a date, like \"month 2026-11-01\"";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		int64 cohort, age;

		if (!read_entry(tally, entry, period, &cohort, &age) || entry->numbers[0] < 1)
			return "An entry is the first day of a period, an age and a positive count";
		if (cohort + age > period_of(period, as_of))
			return "A cohort is later than as_of";
		/* In order of their texts age 0 comes first, and has all customers of the cohort. */
		if (cohort != last && age == 0)
			customers = entry->numbers[0];
		else if (cohort != last || entry->numbers[0] > customers)
			return "A cohort has all of its customers at age 0";
		last = cohort;
	}
	return NULL;
}

static const TallyKind cohort_kind = {"cohort_retention", 2, 1, cohort_problem};

extern Datum cohort_retention_in(PG_FUNCTION_ARGS);
extern Datum cohort_retention_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(cohort_retention)
TALLY_ORDER_FUNCTIONS(cohort_retention, &cohort_kind)

static Tally *
count_cell(Tally *tally, CohortPeriod period, int64 cohort, int64 age)
{
	StringInfoData day;
	char number[32];
	TallyPart parts[2];
	int64 *numbers;

	initStringInfo(&day);
	date_append(&day, (DateADT) period_start(period, cohort));
	parts[0].data = day.data;
	parts[0].length = day.len;
	parts[1].data = number;
	parts[1].length = snprintf(number, sizeof(number), INT64_FORMAT, age);
	numbers = tally_numbers(&tally, parts, &cohort_kind);
	numbers[0] = add_counts(numbers[0], 1, "customers");
	pfree(day.data);
	return tally;
}

/* The purchases of a customer before as_of, one cell for each period with any. */
static Tally *
add_timeline(Tally *tally, const Timeline *timeline, CohortPeriod period, DateADT as_of)
{
	TimelineHeader header;
	TimelineReader reader;
	TimelineEvent event;
	TimestampTz until = event_time_from_date(as_of);
	int64 first = PG_INT64_MIN, last = PG_INT64_MIN;
	Calendar calendar;

	calendar_init(&calendar, "UTC");
	timeline_open(timeline_canonical(timeline), &header);
	timeline_reader_init(&reader, &header);
	while (timeline_next(&reader, &event) && event.at < until)
	{
		int64 now;

		if (event.pure || event.amount < 0)
			continue;
		now = period_of(period, calendar_day(&calendar, event.at));
		if (now == last)
			continue;
		if (first == PG_INT64_MIN)
			first = now;
		last = now;
		tally = count_cell(tally, period, first, now - first);
	}
	if (first == PG_INT64_MIN)
		tally->ignored = add_counts(tally->ignored, 1, "ignored customers");
	return tally;
}

static CohortPeriod
period_argument(text *argument)
{
	char *name = text_to_cstring(argument);

	for (int i = 0; i < (int) lengthof(period_names); i++)
		if (strcmp(name, period_names[i]) == 0)
			return (CohortPeriod) i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("period must be day, week, month, quarter or year, not \"%s\"", name)));
}

/*
 * cohort_retention_accumulate(cohort_retention, timeline, period text, as_of
 * date) -> cohort_retention: one customer more. A NULL timeline, and one without
 * a purchase before as_of, are skipped and counted; a NULL period or as_of, or
 * others than before, are errors.
 */
PG_FUNCTION_INFO_V1(cohort_retention_accumulate);
Datum
cohort_retention_accumulate(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &cohort_kind);
	CohortPeriod period;
	DateADT as_of;
	StringInfoData settings;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("period and as_of of cohort_retention must not be NULL")));
	period = period_argument(PG_GETARG_TEXT_PP(2));
	as_of = PG_GETARG_DATEADT(3);
	check_as_of(as_of);
	initStringInfo(&settings);
	appendStringInfo(&settings, "%s ", period_names[period]);
	date_append(&settings, as_of);
	tally = tally_settle(tally, settings.data, settings.len, &cohort_kind);
	if (PG_ARGISNULL(1))
		tally->ignored = add_counts(tally->ignored, 1, "ignored customers");
	else
		tally = add_timeline(tally, PG_GETARG_TIMELINE(1), period, as_of);
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* cohort_retention_merge(cohort_retention, cohort_retention): the customers of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(cohort_retention_merge);
Datum
cohort_retention_merge(PG_FUNCTION_ARGS)
{
	return tally_merge(fcinfo, &cohort_kind);
}

/* cohort_retention_final(cohort_retention): canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(cohort_retention_final);
Datum
cohort_retention_final(PG_FUNCTION_ARGS)
{
	return tally_final(fcinfo, &cohort_kind);
}

/* cohort_retention_in(cstring) -> cohort_retention */
PG_FUNCTION_INFO_V1(cohort_retention_in);
Datum
cohort_retention_in(PG_FUNCTION_ARGS)
{
	return tally_in(fcinfo, &cohort_kind);
}

/* cohort_retention_out(cohort_retention) -> cstring */
PG_FUNCTION_INFO_V1(cohort_retention_out);
Datum
cohort_retention_out(PG_FUNCTION_ARGS)
{
	return tally_out(fcinfo, &cohort_kind);
}

typedef struct CohortCell
{
	int64 cohort;
	int64 age;
	int64 active;
} CohortCell;

static int
compare_cells(const void *left, const void *right)
{
	const CohortCell *a = left;
	const CohortCell *b = right;

	if (a->cohort != b->cohort)
		return a->cohort < b->cohort ? -1 : 1;
	return (a->age > b->age) - (a->age < b->age);
}

/* One row; what is not known before the period has ended is NULL. */
static void
put_row(ReturnSetInfo *result, CohortPeriod period, DateADT as_of, int64 cohort, int64 age,
		int64 customers, int64 active)
{
	Datum values[7] = {0};
	bool nulls[7] = {false};
	double lo, hi;

	values[0] = DateADTGetDatum((DateADT) period_start(period, cohort));
	values[1] = Int32GetDatum((int32) age);
	values[2] = Int64GetDatum(customers);
	if (period_start(period, cohort + age + 1) > as_of)
		nulls[3] = nulls[4] = nulls[5] = nulls[6] = true;
	else
	{
		wilson_interval(active, customers, &lo, &hi);
		values[3] = Int64GetDatum(active);
		values[4] = Float8GetDatum((double) active / customers);
		values[5] = Float8GetDatum(lo);
		values[6] = Float8GetDatum(hi);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * cohort_rows(cohort_retention) -> rows (cohort, age, customers, active, share,
 * lo, hi): every age up to the period that as_of is in; active and what follows
 * are NULL until the period of the cell has ended.
 */
PG_FUNCTION_INFO_V1(cohort_rows);
Datum
cohort_rows(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_canonical(tally_from_datum(PG_GETARG_DATUM(0), &cohort_kind));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CohortCell *cells =
		palloc_extended(Max(tally->nentries, 1) * sizeof(CohortCell), MCXT_ALLOC_HUGE);
	const TallyEntry *entry = NULL;
	CohortPeriod period;
	DateADT as_of;
	int64 ncells = 0, last;

	InitMaterializedSRF(fcinfo, 0);
	if (tally->nentries == 0 || !read_settings(tally_settings(tally), &period, &as_of))
		return (Datum) 0;
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		(void) read_entry(tally, entry, period, &cells[ncells].cohort, &cells[ncells].age);
		cells[ncells++].active = entry->numbers[0];
	}
	qsort(cells, ncells, sizeof(CohortCell), compare_cells);
	/* The last period that has begun before as_of. */
	last = period_of(period, as_of - 1);
	for (int64 i = 0, next; i < ncells; i = next)
	{
		int64 customers = cells[i].active; /* age 0 is the first */

		next = i;
		for (int64 age = 0; cells[i].cohort + age <= last; age++)
		{
			bool here =
				next < ncells && cells[next].cohort == cells[i].cohort && cells[next].age == age;

			CHECK_FOR_INTERRUPTS();
			put_row(result, period, as_of, cells[i].cohort, age, customers,
					here ? cells[next].active : 0);
			next += here;
		}
		while (next < ncells && cells[next].cohort == cells[i].cohort)
			next++;
	}
	return (Datum) 0;
}
