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
#include "utils/memutils.h"

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

/* What fn_extra holds: the argument as it came, and what was made of it. */
typedef struct Kept
{
	LtvPredictor predictor;
	MemoryContext context;
	Size size; /* of the argument */
	char *argument;
} Kept;

/*
 * The model comes with every row, and is nearly always that of the row before.
 * A stored one may be compressed or out of line; its bytes are compared as they
 * are, so that it is fetched only once.
 */
LtvPredictor *
ltv_predictor_of(FunctionCallInfo fcinfo, int argument)
{
	Kept *kept = fcinfo->flinfo->fn_extra;
	char *datum = DatumGetPointer(PG_GETARG_DATUM(argument));
	Size size = VARSIZE_ANY(datum);
	MemoryContext outer;
	LtvValue *value;

	if (kept != NULL && kept->size == size && memcmp(kept->argument, datum, size) == 0)
		return &kept->predictor;
	if (kept == NULL)
	{
		kept = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Kept));
		kept->context =
			AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ltv_model", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = kept;
	}
	kept->size = 0; /* nothing, should the next lines fail */
	MemoryContextReset(kept->context);
	outer = MemoryContextSwitchTo(kept->context);
	value = DatumGetLtvValue(PointerGetDatum(datum));
	if ((char *) value == datum)
		value = memcpy(palloc(VARSIZE(value)), value, VARSIZE(value));
	ltv_predictor_init(&kept->predictor, value);
	kept->argument = memcpy(palloc(size), datum, size);
	kept->size = size;
	MemoryContextSwitchTo(outer);
	return &kept->predictor;
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

bool
ltv_case_init(LtvCase *this, LtvPredictor *predictor, const Timeline *timeline, DateADT as_of,
			  const double *covariates)
{
	const LtvSettings *settings = &predictor->value->settings;
	LtvCustomer *customer = &this->customer;
	bool discrete;

	this->predictor = predictor;
	this->as_of = as_of;
	if (predictor->purchase == NULL)
		return false;
	discrete = predictor->purchase->discrete;
	if (!(discrete ? ltv_customer_for(settings, predictor->models, timeline, &predictor->calendar,
									  as_of, customer)
				   : ltv_customer_of(timeline, &predictor->calendar, as_of, customer)))
		return false;
	if (discrete)
		this->history = customer->opportunities;
	else
		this->history = (LtvHistory){customer->x, customer->t_x / predictor->period,
									 customer->T / predictor->period};
	this->parameters = ltv_predictor_parameters(predictor, covariates);
	return true;
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
	double numbers[LTV_MAX_COVARIATES] = {0};

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
horizon_days(DateADT as_of, Interval *horizon)
{
	Timestamp start = event_time_from_date(as_of);
	Timestamp end;

	end = DatumGetTimestamp(DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(start),
												IntervalPGetDatum(horizon)));
	if (end < start)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("horizon must not be negative, but is %s",
							   DatumGetCString(DirectFunctionCall1(interval_out,
																   IntervalPGetDatum(horizon))))));
	if (TIMESTAMP_NOT_FINITE(end))
		return INFINITY;
	return (double) (end - start) / USECS_PER_DAY;
}

double
ltv_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon)
{
	if (!predictor->horizon_known || predictor->horizon_from != as_of ||
		predictor->horizon.month != horizon->month || predictor->horizon.day != horizon->day ||
		predictor->horizon.time != horizon->time)
	{
		predictor->horizon_known = false;
		predictor->horizon_periods = horizon_days(as_of, horizon) / predictor->period;
		predictor->horizon = *horizon;
		predictor->horizon_from = as_of;
		predictor->horizon_known = true;
	}
	return predictor->horizon_periods;
}

double
ltv_finite_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon, const char *name)
{
	double periods = ltv_horizon(predictor, as_of, horizon);

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
