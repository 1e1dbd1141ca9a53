/*
 * ltv_tracking.c
 *		The aggregate ltv_tracking: building and merging.
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/period.h"
#include "base/state.h"
#include "ltv/ltv_nested.h"
#include "ltv/ltv_tracking.h"
#include "miscadmin.h"
#include "timeline.h"
#include "utils/builtins.h"

StaticAssertDecl(sizeof(LtvTracking) == MAXALIGN(sizeof(LtvTracking)), "the model is aligned");
StaticAssertDecl(sizeof(TrackingDay) == MAXALIGN(sizeof(TrackingDay)), "days are aligned");

/* Of a model, or of none yet. */
LtvTracking *
tracking_create(const LtvValue *model, int64 ndays)
{
	int32 model_size = model == NULL ? 0 : VARSIZE(model);
	Size size = tracking_size(model_size, ndays);
	LtvTracking *tracking = palloc0(size);

	SET_VARSIZE(tracking, size);
	tracking->version = TRACKING_VERSION;
	tracking->model_size = model_size;
	tracking->ndays = ndays;
	if (model != NULL)
		memcpy(tracking_model(tracking), model, model_size);
	return tracking;
}

LtvTracking *
tracking_from_datum(Datum datum)
{
	LtvTracking *tracking = (LtvTracking *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(tracking) < sizeof(LtvTracking) || tracking->version != TRACKING_VERSION ||
		tracking->model_size < 0 || (Size) tracking->model_size > STATE_MAX_SIZE ||
		tracking->ndays < 0 || tracking->ndays > (int64) (STATE_MAX_SIZE / sizeof(TrackingDay)) ||
		VARSIZE(tracking) < tracking_size(tracking->model_size, tracking->ndays))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored ltv_tracking is of no known form")));
	if (tracking->model_size > 0)
		(void) ltv_nested_at(tracking_model(tracking), tracking->model_size, "ltv_tracking");
	return tracking;
}

LtvTracking *
tracking_canonical(const LtvTracking *tracking)
{
	Size size = tracking_size(tracking->model_size, tracking->ndays);
	LtvTracking *canonical = memcpy(palloc(size), tracking, size);

	SET_VARSIZE(canonical, size);
	return canonical;
}

const char *
tracking_model_fault(const LtvValue *model)
{
	if (model->settings.summary || DATE_NOT_FINITE(model->settings.as_of))
		return "without a date, as that of fit_ltv_summary";
	if (model->settings.covariates > 0)
		return "with covariates";
	if (ltv_purchase_usable(model) && ltv_chosen_model(model)->discrete)
		return "that counts opportunities instead of days";
	return NULL;
}

static bool
is_settled(const LtvTracking *tracking)
{
	return tracking->model_size > 0;
}

/* Take over model and times, or insist that they are those known. */
static LtvTracking *
settle(LtvTracking *tracking, const LtvValue *model, DateADT until, int32 step)
{
	if (!is_settled(tracking))
	{
		tracking = tracking_create(model, 0);
		tracking->until = until;
		tracking->step = step;
		return tracking;
	}
	if (VARSIZE(model) != (Size) tracking->model_size ||
		memcmp(model, tracking_model(tracking), VARSIZE(model)) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model must be the same for all customers of a tracking"),
						errhint("Where there are several models, group by them.")));
	if (tracking->until != until)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("until must be the same for all customers of a tracking, but is "
							   "both %s and %s",
							   ltv_date_text(tracking->until), ltv_date_text(until))));
	if (tracking->step != step)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step must be the same for all customers of a tracking, but is both "
							   "%d and %d days",
							   tracking->step, step)));
	return tracking;
}

/* Whole days, of the argument or else of the model. */
static int32
step_days(FunctionCallInfo fcinfo, int argument, const LtvValue *model)
{
	int64 step = model->settings.period;

	if (PG_NARGS() > argument && !PG_ARGISNULL(argument))
		step = period_microseconds(PG_GETARG_INTERVAL_P(argument), "step of a tracking");
	if (step % USECS_PER_DAY != 0 || step / USECS_PER_DAY > PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("step of a tracking must be whole days, not %g days",
							   (double) step / USECS_PER_DAY),
						errhint("The step is the period of the model unless it is given.")));
	return (int32) (step / USECS_PER_DAY);
}

/* What a new customer does must follow from the model alone, by calendar days. */
static void
check_model(const LtvValue *model)
{
	const char *fault = tracking_model_fault(model);

	if (fault != NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("ltv_tracking does not support a model %s", fault)));
}

static LtvTracking *
settle_row(FunctionCallInfo fcinfo, LtvTracking *tracking)
{
	const LtvValue *model;
	DateADT until;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a tracking must not be NULL", PG_ARGISNULL(1) ? "model" : "until")));
	model = PG_GETARG_LTV_VALUE(1);
	until = PG_GETARG_DATEADT(3);
	if (!is_settled(tracking))
	{
		check_model(model);
		check_as_of(until);
		if (until < model->settings.as_of)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("until must not be before the as_of of the model, but %s is before %s",
							ltv_date_text(until), ltv_date_text(model->settings.as_of))));
	}
	return settle(tracking, model, until, step_days(fcinfo, 4, model));
}

/* Adds to a day; the days are kept in order. */
static LtvTracking *
add_day(LtvTracking *tracking, DateADT day, int64 customers, int64 repeats)
{
	TrackingDay *days = tracking_days(tracking);
	int64 low = 0;
	int64 high = tracking->ndays;

	while (low < high)
	{
		int64 middle = (low + high) / 2;

		if (days[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == tracking->ndays || days[low].day != day)
	{
		tracking = state_reserve(tracking, tracking_size(tracking->model_size, tracking->ndays + 1),
								 "ltv_tracking");
		days = tracking_days(tracking);
		memmove(&days[low + 1], &days[low], (tracking->ndays - low) * sizeof(TrackingDay));
		memset(&days[low], 0, sizeof(TrackingDay));
		days[low].day = day;
		tracking->ndays++;
	}
	days[low].customers = add_counts(days[low].customers, customers, "customers");
	days[low].repeats = add_counts(days[low].repeats, repeats, "purchases");
	return tracking;
}

/* A customer on the way through the purchase days. */
typedef struct Visit
{
	LtvTracking *tracking;
	DateADT as_of;
	int64 known; /* purchase days before as_of */
} Visit;

static void
visit_day(void *context, DateADT day)
{
	Visit *visit = context;

	/* Who comes after as_of is left out. */
	if (visit->known == 0 && day >= visit->as_of)
		return;
	visit->tracking = add_day(visit->tracking, day, visit->known == 0, visit->known > 0);
	if (day < visit->as_of)
		visit->known++;
}

static LtvTracking *
add_timeline(LtvTracking *tracking, const Timeline *timeline)
{
	Visit visit = {.tracking = tracking, .as_of = tracking_model(tracking)->settings.as_of};
	Calendar calendar;
	PurchaseDays days;

	calendar_init(&calendar, tracking_model(tracking)->settings.timezone);
	timeline_visit_purchase_days(timeline, &calendar, tracking->until, visit_day, &visit, &days);
	tracking = visit.tracking;
	tracking->ignored = add_counts(tracking->ignored, days.ignored, "ignored rows");
	if (visit.known == 0)
		tracking->after_as_of = add_counts(tracking->after_as_of, 1, "customers");
	else
		tracking->frequencies[Min(visit.known - 1, TRACKING_FREQUENCIES - 1)]++;
	return tracking;
}

/* Argument 0 as a state that may be changed. */
static LtvTracking *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return tracking_create(NULL, 0);
	return state_for_update(fcinfo, tracking_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
static LtvTracking *
state_result(FunctionCallInfo fcinfo, LtvTracking *tracking)
{
	return state_in_place(fcinfo) ? tracking : tracking_canonical(tracking);
}

/*
 * ltv_tracking_accumulate(ltv_tracking, model ltv_model, timeline, until date
 * [, step interval]) -> ltv_tracking: one customer more, with the purchase days
 * before until, in the time zone of the model. Who has none before its as_of
 * is counted, and left out. A NULL timeline is skipped; a NULL step is the
 * period of the model. Model, until and step that are NULL or differ from those
 * of earlier rows are errors.
 */
PG_FUNCTION_INFO_V1(ltv_tracking_accumulate);
Datum
ltv_tracking_accumulate(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking = state_argument(fcinfo);

	if (PG_ARGISNULL(2))
		PG_RETURN_POINTER(state_result(fcinfo, tracking));
	tracking = settle_row(fcinfo, tracking);
	tracking = add_timeline(tracking, PG_GETARG_TIMELINE(2));
	PG_RETURN_POINTER(state_result(fcinfo, tracking));
}

/*
 * ltv_tracking_merge(ltv_tracking, ltv_tracking) -> ltv_tracking: the
 * customers of both. NULL + x = x. Different models, until or step are an
 * error.
 */
PG_FUNCTION_INFO_V1(ltv_tracking_merge);
Datum
ltv_tracking_merge(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking;
	LtvTracking *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	tracking = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state_result(fcinfo, tracking));
	other = tracking_from_datum(PG_GETARG_DATUM(1));
	if (is_settled(other))
		tracking = settle(tracking, tracking_model(other), other->until, other->step);
	tracking->after_as_of = add_counts(tracking->after_as_of, other->after_as_of, "customers");
	tracking->ignored = add_counts(tracking->ignored, other->ignored, "ignored rows");
	for (int x = 0; x < TRACKING_FREQUENCIES; x++)
		tracking->frequencies[x] =
			add_counts(tracking->frequencies[x], other->frequencies[x], "customers");
	for (int64 i = 0; i < other->ndays; i++)
	{
		const TrackingDay *day = &tracking_days(other)[i];

		CHECK_FOR_INTERRUPTS();
		tracking = add_day(tracking, day->day, day->customers, day->repeats);
	}
	PG_RETURN_POINTER(state_result(fcinfo, tracking));
}

/* ltv_tracking_final(ltv_tracking) -> ltv_tracking: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(ltv_tracking_final);
Datum
ltv_tracking_final(PG_FUNCTION_ARGS)
{
	LtvTracking *tracking = tracking_from_datum(PG_GETARG_DATUM(0));

	if (!is_settled(tracking))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(tracking_canonical(tracking));
}
