/*
 * ltv_settings.c
 *		as_of and options of a lifetime-value fit.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "base/options.h"
#include "base/period.h"
#include "ltv/ltv_settings.h"
#include "ltv/ltv_value.h"
#include "utils/builtins.h"

#define DEFAULT_PERIOD "7 days"
#define MAX_ROWS_MIN 1000
#define MAX_ROWS_MAX 10000000
#define PRIOR_WEIGHT_MAX 1e6

/* Under the name the server knows the zone by, so that equal options have equal bytes. */
void
ltv_settings_set_timezone(LtvSettings *settings, const char *timezone)
{
	Calendar calendar;

	calendar_init(&calendar, timezone);
	strlcpy(settings->timezone, calendar.zone ? pg_get_timezone_name(calendar.zone) : "UTC",
			TIMEZONE_NAME_MAX);
}

/* The parameters of an earlier model, which must be of the same period. */
static LtvStart *
parse_start(const LtvSettings *settings, const char *text)
{
	LtvStart *start;
	LtvValue *model;

	if (text == NULL)
		return NULL;
	model = ltv_value_from_text(text);
	if (model->settings.period != settings->period)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model in option \"start\" of fit_ltv has a period of %g days, "
							   "but the fit one of %g",
							   ltv_period_days(&model->settings), ltv_period_days(settings))));
	start = palloc0(sizeof(LtvStart));
	for (int i = 0; i < model->ncandidates + model->has_spend; i++)
	{
		const LtvPart *part = &model->parts[i];
		bool spend = i == ltv_spend_part(model);
		double *to = spend ? start->spend[part->model] : start->purchase[part->model];
		int n = spend ? part->nparameters : ltv_free_parameters(ltv_transaction_model(part->model));

		/* What is at a boundary leads nowhere. */
		if (part->converged && part->at_boundary == 0)
			memcpy(to, ltv_part_parameters(model, i), sizeof(double) * n);
	}
	return start;
}

static void
parse_options(LtvSettings *settings, LtvStart **start, const char *function, Jsonb *options)
{
	static const char *const allowed[] = {"model",	"spend",		"period", "timezone",
										  "strict", "prior_weight", "start",  "max_rows"};
	Options given;

	memset(settings, 0, sizeof(*settings));
	options_init(&given, function, options, allowed, lengthof(allowed));
	settings->models = options_choices(&given, "model", 1, ltv_transaction_model_names,
									   ltv_transaction_model_count);
	settings->spend =
		options_choice(&given, "spend", 0, ltv_spend_model_names, ltv_spend_model_count);
	settings->strict = options_bool(&given, "strict", true);
	settings->period =
		period_from_option(options_text(&given, "period", DEFAULT_PERIOD), "period", function);
	settings->prior_weight =
		options_float8(&given, "prior_weight", 0.0, 0.0, PRIOR_WEIGHT_MAX) + 0.0;
	settings->max_rows = options_int(&given, "max_rows", 0, MAX_ROWS_MIN, MAX_ROWS_MAX);
	ltv_settings_set_timezone(settings, options_text(&given, "timezone", "UTC"));
	*start = parse_start(settings, options_object_text(&given, "start"));
}

void
ltv_settings_parse_with_start(LtvSettings *settings, LtvStart **start, DateADT as_of,
							  Jsonb *options)
{
	check_as_of(as_of);
	parse_options(settings, start, "fit_ltv", options);
	settings->as_of = as_of;
}

void
ltv_settings_parse(LtvSettings *settings, DateADT as_of, Jsonb *options)
{
	LtvStart *start;

	ltv_settings_parse_with_start(settings, &start, as_of, options);
}

void
ltv_settings_parse_summary(LtvSettings *settings, LtvStart **start, Jsonb *options)
{
	parse_options(settings, start, "fit_ltv_summary", options);
	settings->as_of = LTV_NO_DATE;
	settings->summary = true;
	if (ltv_models_have_discrete(settings->models) &&
		(settings->models & (settings->models - 1)) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("fit_ltv_summary fits \"bg/bb\" alone, because its numbers count "
							   "opportunities, not time")));
	if (ltv_models_have_shape(settings->models))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("fit_ltv_summary cannot fit \"mbg/cnbd-k\", which needs the time "
							   "between purchases"),
						errhint("Use fit_ltv with timelines.")));
}

/* Only some models know what to do with covariates. */
void
ltv_settings_set_covariates(LtvSettings *settings, int covariates)
{
	settings->covariates = covariates;
	for (int i = 0; covariates > 0 && i < ltv_transaction_model_count; i++)
		if ((settings->models & (1 << i)) &&
			ltv_transaction_model(i)->dropout_link == LTV_NO_COVARIATES)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("model \"%s\" has no covariates", ltv_transaction_model_names[i])));
}

bool
ltv_settings_equal(const LtvSettings *a, const LtvSettings *b)
{
	return memcmp(a, b, sizeof(LtvSettings)) == 0;
}

/* A date for messages, whatever DateStyle is. */
char *
ltv_date_text(DateADT day)
{
	StringInfoData text;

	initStringInfo(&text);
	date_append(&text, day);
	return text.data;
}

/* The options for messages. */
char *
ltv_options_text(const LtvSettings *settings)
{
	StringInfoData text;
	const char *separator = "model ";

	initStringInfo(&text);
	for (int i = 0; i < ltv_transaction_model_count; i++)
		if (settings->models & (1 << i))
		{
			appendStringInfo(&text, "%s%s", separator, ltv_transaction_model_names[i]);
			separator = " and ";
		}
	appendStringInfo(&text, ", spend %s, period %g days, timezone %s, strict %s",
					 ltv_spend_model_names[settings->spend], ltv_period_days(settings),
					 settings->timezone, settings->strict ? "true" : "false");
	if (settings->prior_weight > 0.0)
		appendStringInfo(&text, ", prior_weight %g", settings->prior_weight);
	if (settings->max_rows > 0)
		appendStringInfo(&text, ", max_rows " INT64_FORMAT, settings->max_rows);
	if (settings->covariates > 0)
		appendStringInfo(&text, ", %d covariates", settings->covariates);
	if (settings->summary)
		appendStringInfoString(&text, ", from numbers");
	return text.data;
}

const char *
ltv_settings_fault(const LtvSettings *settings)
{
	if (settings->period < 0)
		return "The period is negative";
	if (settings->summary ? settings->as_of != LTV_NO_DATE
						  : DATE_NOT_FINITE(settings->as_of) || !IS_VALID_DATE(settings->as_of))
		return "The date as_of is out of range";
	if (settings->models == 0 || settings->models >> ltv_transaction_model_count != 0 ||
		settings->spend >= ltv_spend_model_count)
		return "The model is not known";
	if (settings->strict > 1 || settings->summary > 1)
		return "A flag is neither 0 nor 1";
	if (settings->covariates > LTV_MAX_COVARIATES)
		return "There are too many covariates";
	for (int i = 0; settings->covariates > 0 && i < ltv_transaction_model_count; i++)
		if ((settings->models & (1 << i)) &&
			ltv_transaction_model(i)->dropout_link == LTV_NO_COVARIATES)
			return "There are covariates for a model without them";
	if (settings->summary && (settings->covariates > 0 || ltv_models_have_shape(settings->models) ||
							  (ltv_models_have_discrete(settings->models) &&
							   (settings->models & (settings->models - 1)) != 0)))
		return "The model cannot be fitted from numbers";
	if (settings->max_rows != 0 &&
		(settings->max_rows < MAX_ROWS_MIN || settings->max_rows > MAX_ROWS_MAX))
		return "The number of rows to keep is out of range";
	if (!(settings->prior_weight >= 0.0 && settings->prior_weight <= PRIOR_WEIGHT_MAX))
		return "The weight of the prior is out of range";
	return NULL;
}
