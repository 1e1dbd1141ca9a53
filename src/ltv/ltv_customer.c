/*
 * ltv_customer.c
 *		What a customer looks like to the models.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "ltv/ltv_customer.h"

/* What is gathered on the way through the purchase days. */
typedef struct Visit
{
	bool want_gaps;
	bool want_opportunities;
	int64 period;
	DateADT as_of;
	int64 whole; /* opportunities before as_of, but for 0 */
	DateADT first;
	DateADT last;
	LtvCustomer *customer;
	bool any;
} Visit;

/*
 * Opportunity i is [first + i * period, first + (i+1) * period). The first
 * purchase is in opportunity 0, which does not count, and neither does one that
 * is not over by as_of.
 */
static int64
opportunity_of(const Visit *visit, DateADT day)
{
	return (int64) (((int128) day - visit->first) * USECS_PER_DAY / visit->period);
}

static void
visit_day(void *context, DateADT day)
{
	Visit *visit = context;
	LtvHistory *opportunities = &visit->customer->opportunities;

	if (!visit->any)
	{
		visit->first = day;
		visit->whole = Max(opportunity_of(visit, visit->as_of) - 1, 0);
		opportunities->T = visit->whole;
	}
	else
	{
		int64 opportunity = opportunity_of(visit, day);

		if (visit->want_gaps)
			visit->customer->log_gaps +=
				(int64) rint(log((double) day - visit->last) / LTV_LOG_GAP_UNIT);
		if (visit->want_opportunities && opportunity > opportunities->t_x &&
			opportunity <= visit->whole)
		{
			opportunities->x++;
			opportunities->t_x = opportunity;
		}
	}
	visit->last = day;
	visit->any = true;
}

/* False when there is no purchase. */
static inline bool
customer_of_days(const PurchaseDays *days, DateADT as_of, LtvCustomer *customer)
{
	customer->unmatched_refunds = days->unmatched_refunds;
	customer->ignored = days->ignored;
	if (days->days == 0)
		return false;
	customer->x = (int32) (days->days - 1);
	customer->t_x = days->last_day - days->first_day;
	customer->T = as_of - 1 - days->first_day;
	if (customer->x > 0)
		customer->mean = days->repeat_net / customer->x;
	customer->mean += 0.0; /* no negative zero */
	return true;
}

/*
 * Purchase days before as_of: x after the first, t_x days from first to last,
 * T days from the first to the end of observation, the day before as_of.
 */
bool
ltv_customer_of(const Timeline *timeline, Calendar *calendar, DateADT as_of, LtvCustomer *customer)
{
	PurchaseDays days;

	memset(customer, 0, sizeof(*customer));
	timeline_purchase_days(timeline, calendar, as_of, &days);
	return customer_of_days(&days, as_of, customer);
}

bool
ltv_customer_for(const LtvSettings *settings, uint32 models, const Timeline *timeline,
				 Calendar *calendar, DateADT as_of, LtvCustomer *customer)
{
	Visit visit = {.want_gaps = ltv_models_have_shape(models),
				   .want_opportunities = ltv_models_have_discrete(models),
				   .period = settings->period,
				   .as_of = as_of,
				   .customer = customer};
	PurchaseDays days;

	if (!visit.want_gaps && !visit.want_opportunities)
		return ltv_customer_of(timeline, calendar, as_of, customer);
	memset(customer, 0, sizeof(*customer));
	timeline_visit_purchase_days(timeline, calendar, as_of, visit_day, &visit, &days);
	return customer_of_days(&days, as_of, customer);
}

void
ltv_history_of(const LtvSettings *settings, double x, double t_x, double T, LtvHistory *history)
{
	double period = ltv_period_days(settings);

	history->x = (int32) x;
	history->t_x = t_x / period;
	history->T = T / period;
}

static pg_noinline void
check_form(ArrayType *array)
{
	if (array == NULL || ARR_NDIM(array) > 1 || ARR_ELEMTYPE(array) != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("covariates must be an array of one dimension, not %s",
							   array == NULL ? "NULL" : "more")));
}

int
ltv_count_covariates(ArrayType *array)
{
	int count;

	check_form(array);
	count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (count == 0 || count > LTV_MAX_COVARIATES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d covariates were given, but there must be 1 to %d", count,
						LTV_MAX_COVARIATES),
				 count == 0 ? errhint("To fit without covariates leave out the argument.") : 0));
	return count;
}

void
ltv_covariates_of(ArrayType *array, int count, double *covariates)
{
	int given;

	check_form(array);
	given = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (given != count)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%d covariates were given, but the lifetime-value fit has %d", given,
							   count)));
	if (ARR_HASNULL(array))
	{
		bits8 *present = ARR_NULLBITMAP(array);

		for (int i = 0; present != NULL && i < count; i++)
			if ((present[i / 8] & (1 << (i % 8))) == 0)
				ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
								errmsg("covariate %d is NULL", i + 1)));
	}
	memcpy(covariates, ARR_DATA_PTR(array), sizeof(double) * count);
	for (int i = 0; i < count; i++)
	{
		if (!isfinite(covariates[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("covariate %d must be finite, but is %g", i + 1, covariates[i])));
		covariates[i] += 0.0; /* no negative zero */
	}
}
