/*
 * retention_model.c
 *		The type retention_model: what it says of renewals, and what it says of
 *		itself.
 *
 * A customer who has renewed n times is drawn from Beta(alpha, beta + n): all
 * answers about older customers are those about new ones with beta + n.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/row.h"
#include "datatype/timestamp.h"
#include "funcapi.h"
#include "math/quadrature.h"
#include "math/special.h"
#include "miscadmin.h"
#include "retention.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define DAYS_PER_YEAR 365.25
#define MONTHS_IN_YEAR 12.0

const char *const retention_parameter_names[RETENTION_PARAMETERS] = {"alpha", "beta"};

RetentionModel *
retention_model_create(void)
{
	RetentionModel *model = palloc0(sizeof(RetentionModel));

	SET_VARSIZE(model, sizeof(RetentionModel));
	model->version = RETENTION_MODEL_VERSION;
	return model;
}

RetentionModel *
retention_model_from_datum(Datum datum)
{
	RetentionModel *model = (RetentionModel *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(model) != sizeof(RetentionModel) || model->version != RETENTION_MODEL_VERSION)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored retention_model is of no known form")));
	return model;
}

/* What an end without a finite estimate means. */
static const char *
boundary_meaning(const RetentionModel *model)
{
	if (model->parameters[RETENTION_ALPHA] + model->parameters[RETENTION_BETA] > 1.0)
		return "all customers renew alike, so that alpha and beta grow without end";
	return "every customer either always renews or never, so that alpha and beta vanish";
}

char *
retention_model_status(const RetentionModel *model)
{
	if (!model->fitted)
		return psprintf("not fitted: " INT64_FORMAT " customers of " INT64_FORMAT
						" were lost within %d period%s; one lost and two periods are needed",
						model->lost, model->customers, model->periods,
						model->periods == 1 ? "" : "s");
	if (!model->converged)
		return psprintf("not converged: after %d iterations the gradient per customer is %.2g and "
						"the condition number %.2g",
						model->iterations, model->gradient_norm, model->condition_number);
	if (model->at_boundary != 0)
		return psprintf("at boundary: in these data %s", boundary_meaning(model));
	return pstrdup("ok");
}

/* ln S(t) of customers drawn from Beta(a, b), the smaller step between Gamma functions taken. */
static double
log_survival(double a, double b, double t)
{
	if (a < t)
		return log_gamma_difference(b, a) - log_gamma_difference(b + t, a);
	return log_gamma_difference(b, t) - log_gamma_difference(a + b, t);
}

static void
check_renewals(int32 t, int32 smallest, const char *name)
{
	if (t < smallest)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be at least %d, but is %d", name, smallest, t)));
}

/*
 * retention(retention_model, t int) -> float8: of the customers who have
 * renewed t - 1 times, the share who renew a t-th time, t >= 1:
 * (beta + t - 1) / (alpha + beta + t - 1) (Fader & Hardie 2007, equation 7).
 * NULL when the model could not be fitted.
 */
PG_FUNCTION_INFO_V1(retention_rate);
Datum
retention_rate(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_from_datum(PG_GETARG_DATUM(0));
	int32 t = PG_GETARG_INT32(1);
	double b;

	check_renewals(t, 1, "t");
	if (!retention_model_usable(model))
		PG_RETURN_NULL();
	b = model->parameters[RETENTION_BETA] + (t - 1.0);
	PG_RETURN_FLOAT8(b / (model->parameters[RETENTION_ALPHA] + b));
}

/*
 * survival(retention_model, t int) -> float8: the share of new customers who
 * renew at least t times, t >= 0: B(alpha, beta + t) / B(alpha, beta) (Fader &
 * Hardie 2007, equation 6). NULL when the model could not be fitted.
 */
PG_FUNCTION_INFO_V1(retention_survival);
Datum
retention_survival(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_from_datum(PG_GETARG_DATUM(0));
	int32 t = PG_GETARG_INT32(1);

	check_renewals(t, 0, "t");
	if (!retention_model_usable(model))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(exp(
		Min(log_survival(model->parameters[RETENTION_ALPHA], model->parameters[RETENTION_BETA], t),
			0.0)));
}

/* The integrand of expected_renewals, as its logarithm; concave in y. */
typedef struct Integrand
{
	double a;
	double b;
	double loss;
} Integrand;

static double
log_integrand(const Integrand *f, double y)
{
	double grown = y < 700.0 ? log1p(f->loss * expm1(y)) : log(f->loss) + y;

	return -(f->a - 1.0) * y - (f->b + 1.0) * grown;
}

/* Where the integrand peaks: at 0, or where its derivative vanishes. */
static double
find_peak(const Integrand *f)
{
	double kept = 1.0 - f->loss;
	double ratio;

	/* d/dy = (1 - a) - (b + 1) loss e^y / (kept + loss e^y) */
	if ((1.0 - f->a) - (f->b + 1.0) * f->loss <= 0.0)
		return 0.0;
	ratio = (1.0 - f->a) / (f->a + f->b); /* loss e^y / kept at the peak */
	return Max(log(ratio) + log(kept) - log(f->loss), 0.0);
}

#define LOG_NEGLIGIBLE 45.0

/* On the side of `step`, where the integrand has fallen to nothing; doubling, then halving. */
static double
find_edge(const Integrand *f, double peak, double step)
{
	double floor = log_integrand(f, peak) - LOG_NEGLIGIBLE;
	double near = peak;
	double far = peak + step;

	while (log_integrand(f, far) > floor && far > 0.0 && far < 1e15)
	{
		near = far;
		step *= 2.0;
		far = peak + step;
	}
	for (int i = 0; i < 20; i++)
	{
		double middle = 0.5 * (near + far);

		if (log_integrand(f, middle) > floor)
			near = middle;
		else
			far = middle;
	}
	return Max(far, 0.0);
}

/*
 * Sum over k >= 1 of S(k) (1 - loss)^(k - 1), for customers drawn from Beta(a,
 * b): expected renewals, each worth 1 - loss of the one before. That is
 * b / (a + b) 2F1(1, b + 1; a + b + 1; 1 - loss) (Fader & Hardie 2010, equation
 * 6, with n - 1 renewals in b), by Euler's integral
 *		b Int_0^inf exp(-(a - 1) y) (1 + loss (e^y - 1))^-(b + 1) dy,
 * which is positive, smooth and log-concave for any arguments. With loss = 0
 * it is b / (a - 1), infinite for a <= 1.
 */
static double
expected_renewals(double a, double b, double loss)
{
	Integrand f = {a, b, loss};
	double peak, from, to, width, top;
	double sum = 0.0;
	int panels;

	if (loss <= 0.0)
		return a > 1.0 ? b / (a - 1.0) : INFINITY;
	peak = find_peak(&f);
	top = log_integrand(&f, peak);
	from = peak > 0.0 ? find_edge(&f, peak, -1e-9) : 0.0;
	to = find_edge(&f, peak, 1e-9);
	/* Panels on which the logarithm is nearly quadratic: it bends on the scale 1. */
	panels = (int) Min(Max(64.0, 2.0 * (to - from)), 100000.0);
	width = (to - from) / panels;
	for (int i = 0; i < panels; i++)
	{
		double nodes[GAUSS_NODES], weights[GAUSS_NODES];

		CHECK_FOR_INTERRUPTS();
		gauss_legendre(from + i * width, from + (i + 1) * width, nodes, weights);
		for (int j = 0; j < GAUSS_NODES; j++)
			sum += weights[j] * exp(log_integrand(&f, nodes[j]) - top);
	}
	return b * sum * exp(top);
}

/* ln(1 + annual_discount) over one period. */
static double
discount_rate(const RetentionModel *model, double annual_discount)
{
	double years = model->settings.months > 0 ? model->settings.months / MONTHS_IN_YEAR
											  : model->settings.days / DAYS_PER_YEAR;

	if (isnan(annual_discount) || isinf(annual_discount) || annual_discount <= -1.0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("annual_discount must be a finite number above -1, but is %g",
							   annual_discount),
						errhint("Ten percent a year is 0.10.")));
	return log1p(annual_discount) * years;
}

/*
 * residual_value(retention_model, margin float8, annual_discount float8, age
 * int) -> float8: what the renewals still to come are worth, of a customer who
 * has renewed `age` times and comes up for renewal now: margin times the
 * discounted expected residual lifetime, without a horizon (Fader & Hardie
 * 2010, "Customer-base valuation in a contractual setting", equation 6, with n
 * = age + 1). A renewal now counts in full, the next one is discounted by one
 * period. Age 0 is a new customer at the first renewal; what he paid at the
 * start is not in it. NULL when the model could not be fitted, or when the sum is
 * infinite (no positive discount and alpha <= 1, or a negative one).
 */
PG_FUNCTION_INFO_V1(retention_residual_value);
Datum
retention_residual_value(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_from_datum(PG_GETARG_DATUM(0));
	double margin = PG_GETARG_FLOAT8(1);
	double rate = discount_rate(model, PG_GETARG_FLOAT8(2));
	int32 age = PG_GETARG_INT32(3);
	double result;

	if (isnan(margin) || isinf(margin))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("margin must be a finite number, but is %g", margin)));
	check_renewals(age, 0, "age");
	if (!retention_model_usable(model) || rate < 0.0)
		PG_RETURN_NULL();
	result = expected_renewals(model->parameters[RETENTION_ALPHA],
							   model->parameters[RETENTION_BETA] + age, -expm1(-rate));
	if (isinf(result))
		PG_RETURN_NULL();
	result *= margin;
	if (isinf(result))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("residual value out of range")));
	PG_RETURN_FLOAT8(result);
}

/* Standard error from the variance of the log; NULL at the boundary. */
static Datum
standard_error(const RetentionModel *model, int i, const double *covariance, bool *isnull)
{
	*isnull = !model->converged || (model->at_boundary & (1 << i)) != 0;
	if (*isnull)
		return (Datum) 0;
	return Float8GetDatum(model->parameters[i] * sqrt(covariance[2 * i]));
}

/*
 * retention_parameters(retention_model) -> rows (parameter, value, se,
 * se_robust): standard errors by the Hessian and by the sandwich, delta method
 * from the logs. No rows when the model could not be fitted.
 */
PG_FUNCTION_INFO_V1(retention_parameters);
Datum
retention_parameters(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_from_datum(PG_GETARG_DATUM(0));
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < RETENTION_PARAMETERS && model->fitted; i++)
	{
		Datum row[4];
		bool nulls[4] = {false};

		row[0] = CStringGetTextDatum(retention_parameter_names[i]);
		row[1] = Float8GetDatum(model->parameters[i]);
		row[2] = standard_error(model, i, model->covariance, &nulls[2]);
		row[3] = standard_error(model, i, model->covariance_robust, &nulls[3]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, nulls);
	}
	PG_RETURN_NULL();
}

static Datum
period_interval(const RetentionSettings *settings)
{
	Interval *interval = palloc0(sizeof(Interval));

	interval->month = settings->months;
	interval->day = settings->days;
	return IntervalPGetDatum(interval);
}

#define NCOLUMNS 14

/* retention_diagnostics(retention_model) -> one row: what the model was fitted on, and how the fit ended. */
PG_FUNCTION_INFO_V1(retention_diagnostics);
Datum
retention_diagnostics(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_from_datum(PG_GETARG_DATUM(0));
	Datum row[NCOLUMNS];
	bool nulls[NCOLUMNS] = {false};
	int i = 0;

	nulls[i] = DATE_IS_NOBEGIN(model->settings.as_of);
	row[i++] = DateADTGetDatum(model->settings.as_of);
	row[i++] = period_interval(&model->settings);
	row[i++] = Int64GetDatum(model->customers);
	row[i++] = Int64GetDatum(model->lost);
	row[i++] = Int32GetDatum(model->periods);
	row[i++] = Int64GetDatum(model->after_as_of);
	row[i++] = Int64GetDatum(model->ignored);
	nulls[i] = !model->fitted;
	row[i++] = Float8GetDatum(model->log_likelihood);
	nulls[i] = !model->fitted;
	row[i++] = Int32GetDatum(model->iterations);
	row[i++] = BoolGetDatum(model->converged);
	row[i++] = BoolGetDatum(model->at_boundary != 0);
	nulls[i] = !model->fitted;
	row[i++] = Float8GetDatum(model->gradient_norm);
	nulls[i] = !model->fitted;
	row[i++] = Float8GetDatum(model->condition_number);
	row[i++] = CStringGetTextDatum(retention_model_status(model));
	Assert(i == NCOLUMNS);
	PG_RETURN_DATUM(row_result(fcinfo, NCOLUMNS, row, nulls));
}
