/*
 * retention_model_io.c
 *		Text form of retention_model.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/text_form.h"
#include <math.h>

#include "retention.h"
#include "utils/builtins.h"

static const char type_name[] = "retention_model";

static const char *const keys[] = {"version", "settings",	 "customers", "lost",
								   "periods", "after_as_of", "ignored",	  "fit"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_CUSTOMERS,
	KEY_LOST,
	KEY_PERIODS,
	KEY_AFTER_AS_OF,
	KEY_IGNORED,
	KEY_FIT
} Key;

static const char *const fit_keys[] = {
	"alpha",	  "beta",	   "covariance",  "covariance_robust", "log_likelihood",
	"iterations", "converged", "at_boundary", "gradient_norm",	   "condition_number"};

typedef enum
{
	FIT_ALPHA,
	FIT_BETA,
	FIT_COVARIANCE,
	FIT_COVARIANCE_ROBUST,
	FIT_LOG_LIKELIHOOD,
	FIT_ITERATIONS,
	FIT_CONVERGED,
	FIT_AT_BOUNDARY,
	FIT_GRADIENT_NORM,
	FIT_CONDITION_NUMBER
} FitKey;

static bool
is_covariance(const double *c)
{
	return isfinite(c[0]) && isfinite(c[1]) && isfinite(c[2]) && c[0] >= 0.0 && c[2] >= 0.0;
}

/* What is wrong with a model that came from outside, or NULL. */
static const char *
find_fault(const RetentionModel *model)
{
	if (!retention_is_settled(&model->settings))
		return "There are no settings";
	if (model->customers < 0 || model->lost < 0 || model->lost > model->customers ||
		model->after_as_of < 0 || model->ignored < 0 || model->iterations < 0)
		return "A count is out of range";
	if (model->periods < 0 || model->periods > RETENTION_MAX_PERIODS + 1)
		return "The number of periods is out of range";
	if (model->fitted > 1 || model->converged > 1 || model->at_boundary > 3)
		return "A flag is out of range";
	if (!isfinite(model->log_likelihood) || !isfinite(model->gradient_norm) ||
		!isfinite(model->condition_number) || model->gradient_norm < 0.0 ||
		model->condition_number < 0.0)
		return "A number of the fit is out of range";
	for (int i = 0; i < RETENTION_PARAMETERS && model->fitted; i++)
		if (!(model->parameters[i] >= 1e-100 && model->parameters[i] <= 1e100))
			return "A parameter is out of range";
	if (!is_covariance(model->covariance) || !is_covariance(model->covariance_robust))
		return "A covariance is out of range";
	return NULL;
}

static void
read_numbers(JsonReader *reader, double *numbers, int n)
{
	json_open_array(reader);
	for (int i = 0; i < n; i++)
	{
		if (!json_next_element(reader))
			json_fail(reader, "There are too few numbers");
		numbers[i] = json_float8(reader);
	}
	if (json_next_element(reader))
		json_fail(reader, "There are too many numbers");
}

static void
read_boundary(JsonReader *reader, RetentionModel *model)
{
	double flags[RETENTION_PARAMETERS];

	read_numbers(reader, flags, RETENTION_PARAMETERS);
	for (int i = 0; i < RETENTION_PARAMETERS; i++)
	{
		if (flags[i] != 0.0 && flags[i] != 1.0)
			json_fail(reader, "A flag is neither 0 nor 1");
		model->at_boundary |= (flags[i] == 1.0) << i;
	}
}

static void
read_fit(JsonReader *reader, RetentionModel *model)
{
	uint32 seen = 0;
	int key;

	if (json_accept_null(reader))
		return;
	model->fitted = 1;
	json_open_object(reader);
	while (json_next_key(reader, fit_keys, lengthof(fit_keys), &seen, &key))
	{
		switch ((FitKey) key)
		{
			case FIT_ALPHA:
			case FIT_BETA:
				model->parameters[key] = json_float8(reader);
				break;
			case FIT_COVARIANCE:
				read_numbers(reader, model->covariance, 3);
				break;
			case FIT_COVARIANCE_ROBUST:
				read_numbers(reader, model->covariance_robust, 3);
				break;
			case FIT_LOG_LIKELIHOOD:
				model->log_likelihood = json_float8(reader);
				break;
			case FIT_ITERATIONS:
				model->iterations = (int32) json_int64(reader, 0, PG_INT32_MAX);
				break;
			case FIT_CONVERGED:
				model->converged = json_bool(reader);
				break;
			case FIT_AT_BOUNDARY:
				read_boundary(reader, model);
				break;
			case FIT_GRADIENT_NORM:
				model->gradient_norm = json_float8(reader);
				break;
			case FIT_CONDITION_NUMBER:
				model->condition_number = json_float8(reader);
				break;
		}
	}
}

/* Reads the JSON object that retention_model_out writes. */
PG_FUNCTION_INFO_V1(retention_model_in);
Datum
retention_model_in(PG_FUNCTION_ARGS)
{
	RetentionModel *model = retention_model_create();
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, RETENTION_MODEL_VERSION, RETENTION_MODEL_VERSION);
				break;
			case KEY_SETTINGS:
				retention_settings_from_json(&reader, &model->settings);
				break;
			case KEY_CUSTOMERS:
				model->customers = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_LOST:
				model->lost = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_PERIODS:
				model->periods = (int32) json_int64(&reader, 0, PG_INT32_MAX);
				break;
			case KEY_AFTER_AS_OF:
				model->after_as_of = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_IGNORED:
				model->ignored = json_int64(&reader, 0, PG_INT64_MAX);
				break;
			case KEY_FIT:
				read_fit(&reader, model);
				break;
		}
	}
	json_end(&reader);
	if ((fault = find_fault(model)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(model);
}

static void
append_number(StringInfo out, FitKey key, double number)
{
	appendStringInfo(out, "\"%s\": ", fit_keys[key]);
	json_append_float8(out, number);
	appendStringInfoString(out, ", ");
}

static void
append_covariance(StringInfo out, FitKey key, const double *covariance)
{
	appendStringInfo(out, "\"%s\": [", fit_keys[key]);
	for (int i = 0; i < 3; i++)
	{
		json_append_float8(out, covariance[i]);
		appendStringInfoString(out, i < 2 ? ", " : "], ");
	}
}

static void
append_fit(StringInfo out, const RetentionModel *model)
{
	if (!model->fitted)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfoChar(out, '{');
	append_number(out, FIT_ALPHA, model->parameters[RETENTION_ALPHA]);
	append_number(out, FIT_BETA, model->parameters[RETENTION_BETA]);
	append_covariance(out, FIT_COVARIANCE, model->covariance);
	append_covariance(out, FIT_COVARIANCE_ROBUST, model->covariance_robust);
	append_number(out, FIT_LOG_LIKELIHOOD, model->log_likelihood);
	appendStringInfo(out, "\"%s\": %d, \"%s\": %s, \"%s\": [%d, %d], ", fit_keys[FIT_ITERATIONS],
					 model->iterations, fit_keys[FIT_CONVERGED],
					 model->converged ? "true" : "false", fit_keys[FIT_AT_BOUNDARY],
					 model->at_boundary & 1, model->at_boundary >> 1);
	append_number(out, FIT_GRADIENT_NORM, model->gradient_norm);
	appendStringInfo(out, "\"%s\": ", fit_keys[FIT_CONDITION_NUMBER]);
	json_append_float8(out, model->condition_number);
	appendStringInfoChar(out, '}');
}

static void
append_model(StringInfo out, const RetentionModel *model)
{
	appendStringInfo(out, "{\"version\": %d, \"settings\": ", model->version);
	retention_settings_append(out, &model->settings);
	appendStringInfo(out,
					 ", \"customers\": " INT64_FORMAT ", \"lost\": " INT64_FORMAT
					 ", \"periods\": %d, \"after_as_of\": " INT64_FORMAT
					 ", \"ignored\": " INT64_FORMAT ", \"fit\": ",
					 model->customers, model->lost, model->periods, model->after_as_of,
					 model->ignored);
	append_fit(out, model);
	appendStringInfoChar(out, '}');
}

/* One JSON object, the same under any settings. */
PG_FUNCTION_INFO_V1(retention_model_out);
Datum
retention_model_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_model(&out, retention_model_from_datum(PG_GETARG_DATUM(0)));
	PG_RETURN_CSTRING(out.data);
}

TEXT_FORM_FUNCTIONS(retention_model)

CONTENT_ORDER_FUNCTIONS(retention_model, stored_content)
