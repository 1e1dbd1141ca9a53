/*
 * ltv_predict.c
 *		A model ready to answer for customers, and the arguments that the
 *		functions which ask it have in common.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_covariates.h"
#include "ltv/ltv_predict.h"
#include "utils/builtins.h"

#define DAYS_PER_YEAR 365.25

void
ltv_predictor_init(LtvPredictor *predictor, const LtvValue *value)
{
	memset(predictor, 0, sizeof(*predictor));
	predictor->value = value;
	predictor->period = ltv_period_days(&value->settings);
	calendar_init(&predictor->calendar, value->settings.timezone);
	if (!ltv_purchase_usable(value))
		return;
	predictor->purchase = ltv_chosen_model(value);
	predictor->models = 1 << value->parts[value->chosen].model;
	predictor->purchase_parameters = ltv_part_parameters(value, value->chosen);
	if (!ltv_spend_usable(value))
		return;
	predictor->spend = ltv_spend_model(value->parts[ltv_spend_part(value)].model);
	predictor->spend_parameters = ltv_part_parameters(value, ltv_spend_part(value));
}

const double *
ltv_predictor_parameters(LtvPredictor *predictor, const double *covariates)
{
	const LtvValue *value = predictor->value;
	const LtvTransactionModel *model = predictor->purchase;
	const double *means = ltv_covariate_means(value);
	int m = value->settings.covariates;
	double purchase = 0.0;
	double dropout = 0.0;

	if (m == 0)
		return predictor->purchase_parameters;
	for (int i = 0; i < m; i++)
	{
		double z = covariates[i] - means[i];

		purchase += predictor->purchase_parameters[model->nparameters + i] * z;
		dropout += predictor->purchase_parameters[model->nparameters + m + i] * z;
	}
	ltv_covariates_parameters(model, predictor->purchase_parameters, purchase, dropout,
							  predictor->own);
	return predictor->own;
}

/* The customer of a timeline, unless it is the last one again. */
static bool
read_customer(LtvPredictor *predictor, const Timeline *timeline, DateADT as_of,
			  LtvCustomer *customer)
{
	LtvLast *last = &predictor->last;
	Size size = VARSIZE_ANY_EXHDR(timeline);

	if (last->size == size && size > 0 && last->as_of == as_of &&
		memcmp(last->timeline, VARDATA_ANY(timeline), size) == 0)
	{
		*customer = last->customer;
		return true;
	}
	last->size = 0; /* nothing, should the next lines fail */
	if (!(predictor->purchase->discrete
			  ? ltv_customer_for(&predictor->value->settings, predictor->models, timeline,
								 &predictor->calendar, as_of, customer)
			  : ltv_customer_of(timeline, &predictor->calendar, as_of, customer)))
		return false;
	if (size > LTV_LAST_TIMELINE)
		return true;
	last->customer = *customer;
	last->as_of = as_of;
	last->p_alive_known = false;
	memcpy(last->timeline, VARDATA_ANY(timeline), size);
	last->size = size;
	return true;
}

bool
ltv_case_init(LtvCase *this, LtvPredictor *predictor, const Timeline *timeline, DateADT as_of,
			  const double *covariates)
{
	LtvCustomer *customer = &this->customer;

	this->predictor = predictor;
	this->as_of = as_of;
	if (predictor->purchase == NULL || !read_customer(predictor, timeline, as_of, customer))
		return false;
	if (predictor->purchase->discrete)
		this->history = customer->opportunities;
	else
		this->history = (LtvHistory){customer->x, customer->t_x / predictor->period,
									 customer->T / predictor->period};
	this->parameters = ltv_predictor_parameters(predictor, covariates);
	return true;
}

/* Where parameters depend on covariates, and time is no number of days, there is nothing to remember. */
static LtvMemo *
case_memo(const LtvCase *this)
{
	LtvPredictor *predictor = this->predictor;

	return predictor->value->settings.covariates == 0 && !predictor->purchase->discrete
			   ? predictor->memo
			   : NULL;
}

/* P(no purchase after a day | alive then). */
static double
p_last(const LtvCase *this, LtvMemo *memo, int32 days, double periods)
{
	int32 x = this->history.x;
	LtvMemoEntry *entry = ltv_memo_entry(memo, LTV_MEMO_P_LAST, 0.0, x, days);
	double value;

	if (ltv_memo_holds(entry, x, days))
		return entry->value;
	value = this->predictor->purchase->p_last(this->parameters, x, periods);
	if (entry != NULL)
		*entry = (LtvMemoEntry){x, days, value};
	return value;
}

static double
compute_p_alive(const LtvCase *this)
{
	const LtvTransactionModel *model = this->predictor->purchase;
	LtvMemo *memo = model->p_last != NULL ? case_memo(this) : NULL;

	if (memo == NULL)
		return model->p_alive(this->parameters, &this->history);
	return model->p_alive_by_last(this->parameters, &this->history,
								  p_last(this, memo, this->customer.t_x, this->history.t_x),
								  p_last(this, memo, this->customer.T, this->history.T));
}

double
ltv_case_p_alive(const LtvCase *this)
{
	LtvLast *last = &this->predictor->last;
	double p_alive;

	if (last->size == 0 || this->predictor->value->settings.covariates > 0)
		return compute_p_alive(this);
	if (last->p_alive_known)
		return last->p_alive;
	p_alive = compute_p_alive(this);
	last->p_alive = p_alive;
	last->p_alive_known = true;
	return p_alive;
}

static double
purchases_if_alive(const LtvCase *this, LtvMemo *memo, double horizon, double rate)
{
	int32 x = this->history.x;
	int32 days = this->customer.T;
	LtvMemoEntry *entry = ltv_memo_entry(memo, horizon, rate, x, days);
	double value;

	if (ltv_memo_holds(entry, x, days))
		return entry->value;
	value = this->predictor->purchase->purchases_if_alive(this->parameters, x, this->history.T,
														  horizon, rate);
	if (entry != NULL)
		*entry = (LtvMemoEntry){x, days, value};
	return value;
}

double
ltv_case_purchases(const LtvCase *this, double horizon, double rate)
{
	const LtvTransactionModel *model = this->predictor->purchase;
	LtvMemo *memo = model->purchases_if_alive != NULL ? case_memo(this) : NULL;

	if (memo == NULL)
		return model->discounted_purchases(this->parameters, &this->history, horizon, rate);
	return ltv_if_alive(ltv_case_p_alive(this), purchases_if_alive(this, memo, horizon, rate));
}

double
ltv_case_spend(const LtvCase *this)
{
	if (this->predictor->spend == NULL)
		return NAN;
	return this->predictor->spend->expected_spend(this->predictor->spend_parameters,
												  this->customer.x, this->customer.mean);
}

static DateADT
as_of_argument(FunctionCallInfo fcinfo, const LtvPredictor *predictor, int argument)
{
	const LtvSettings *settings = &predictor->value->settings;
	DateADT as_of;

	if (argument < 0 || PG_ARGISNULL(argument))
	{
		if (settings->summary)
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("as_of must be given, because a model of fit_ltv_summary has "
								   "none")));
		return settings->as_of;
	}
	as_of = PG_GETARG_DATEADT(argument);
	check_as_of(as_of);
	return as_of;
}

/* As many as the model has, and none where it has none. */
void
ltv_covariates_argument(FunctionCallInfo fcinfo, const LtvPredictor *predictor, int argument,
						double *covariates)
{
	int count = predictor->value->settings.covariates;
	bool given = argument >= 0 && !PG_ARGISNULL(argument);

	if (count == 0 && !given)
		return;
	if (!given)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the model has %d covariates, but none were given", count),
						errhint("Give them in the same order as for the fit, as the argument "
								"\"covariates\".")));
	if (count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("covariates were given, but the model has none")));
	ltv_covariates_of(PG_GETARG_ARRAYTYPE_P(argument), count, covariates);
}

static bool
read_arguments(LtvCase *this, FunctionCallInfo fcinfo, LtvPredictor *predictor, int as_of,
			   int covariates)
{
	double numbers[LTV_MAX_COVARIATES];

	if (covariates >= 0)
		ltv_covariates_argument(fcinfo, predictor, covariates, numbers);
	else if (predictor->value->settings.covariates > 0)
		/* Nothing here depends on them. */
		memcpy(numbers, ltv_covariate_means(predictor->value),
			   sizeof(double) * predictor->value->settings.covariates);
	return ltv_case_init(this, predictor, PG_GETARG_TIMELINE(1),
						 as_of_argument(fcinfo, predictor, as_of), numbers);
}

bool
ltv_case_arguments(LtvCase *this, FunctionCallInfo fcinfo, int as_of, int covariates)
{
	return read_arguments(this, fcinfo, ltv_predictor_of(fcinfo, 0), as_of, covariates);
}

bool
ltv_case_arguments_for_row(LtvCase *this, FunctionCallInfo fcinfo, int as_of, int covariates)
{
	LtvPredictor *predictor = palloc(sizeof(LtvPredictor));

	ltv_predictor_init(predictor, PG_GETARG_LTV_VALUE(0));
	return read_arguments(this, fcinfo, predictor, as_of, covariates);
}

static double
horizon_days(DateADT as_of, Interval *horizon, const char *name)
{
	Timestamp start = event_time_from_date(as_of);
	Timestamp end;

	end = DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(start),
												IntervalPGetDatum(horizon)));
	if (end < start)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must not be negative, but is %s", name,
							   DatumGetCString(DirectFunctionCall1(interval_out,
																   IntervalPGetDatum(horizon))))));
	if (TIMESTAMP_NOT_FINITE(end))
		return INFINITY;
	return (double) (end - start) / USECS_PER_DAY;
}

static inline bool
is_horizon(const LtvHorizon *known, DateADT as_of, const Interval *horizon)
{
	return known->known && known->from == as_of && known->interval.month == horizon->month &&
		   known->interval.day == horizon->day && known->interval.time == horizon->time;
}

double
ltv_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon, const char *name)
{
	LtvHorizon *oldest = &predictor->horizons[predictor->oldest_horizon];

	for (int i = 0; i < LTV_HORIZONS; i++)
		if (is_horizon(&predictor->horizons[i], as_of, horizon))
			return predictor->horizons[i].periods;
	oldest->known = false; /* should the next line fail */
	oldest->periods = horizon_days(as_of, horizon, name) / predictor->period;
	oldest->interval = *horizon;
	oldest->from = as_of;
	oldest->known = true;
	predictor->oldest_horizon = (predictor->oldest_horizon + 1) % LTV_HORIZONS;
	return oldest->periods;
}

double
ltv_finite_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon, const char *name)
{
	double periods = ltv_horizon(predictor, as_of, horizon, name);

	if (isinf(periods))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s must be finite", name)));
	return periods;
}

double
ltv_discount_rate(const LtvPredictor *predictor, double annual_discount)
{
	if (isnan(annual_discount) || isinf(annual_discount) || annual_discount <= -1.0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("annual_discount must be a finite number above -1, but is %g",
							   annual_discount),
						errhint("Ten percent a year is 0.10.")));
	return log1p(annual_discount) / DAYS_PER_YEAR * predictor->period;
}

void
ltv_check_margin(double margin)
{
	if (isnan(margin) || isinf(margin))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("margin must be a finite number, but is %g", margin),
						errhint("Thirty percent is 0.30.")));
}

double
ltv_checked(double result)
{
	if (unlikely(isinf(result) || isnan(result)))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("result of the lifetime-value model is out of range")));
	return result;
}
