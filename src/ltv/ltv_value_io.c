/*
 * ltv_value_io.c
 *		Text form of ltv_model. The binary form is in ltv_value_wire.c.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_value_parse.h"
#include "utils/builtins.h"

static const char type_name[] = "ltv_model";

static const char *const keys[] = {
	"version",		   "settings",		  "customers",	 "repeat_customers",  "groups",
	"spend_customers", "spend_excluded",  "after_as_of", "unmatched_refunds", "ignored",
	"thinned",		   "covariate_means", "chosen",		 "purchase",		  "spend"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_CUSTOMERS, /* and the other counts, LtvCount */
	KEY_COVARIATE_MEANS = KEY_CUSTOMERS + LTV_COUNTS,
	KEY_CHOSEN,
	KEY_PURCHASE,
	KEY_SPEND
} Key;

static const char *const part_keys[] = {
	"model",		   "names",		 "parameters", "covariance",  "covariance_robust",
	"log_likelihood",  "iterations", "converged",  "at_boundary", "gradient_norm",
	"condition_number"};

typedef enum
{
	PART_MODEL,
	PART_NAMES,
	PART_PARAMETERS,
	PART_COVARIANCE,
	PART_COVARIANCE_ROBUST,
	PART_LOG_LIKELIHOOD,
	PART_ITERATIONS,
	PART_CONVERGED,
	PART_AT_BOUNDARY,
	PART_GRADIENT_NORM,
	PART_CONDITION_NUMBER
} PartKey;

/* An array of numbers; returns how many. */
static int
read_numbers(JsonReader *reader, double *numbers, int max)
{
	int n = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (n == max)
			json_fail(reader, "There are too many numbers");
		numbers[n++] = json_float8(reader);
	}
	return n;
}

/* An array of names. */
static int
read_names(JsonReader *reader, char **names)
{
	int n = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (n == LTV_MAX_ALL_PARAMETERS)
			json_fail(reader, "There are too many names");
		names[n++] = json_string(reader, NAMEDATALEN);
	}
	return n;
}

/* A part as it is read. */
typedef struct PartText
{
	char *model;
	char *names[LTV_MAX_ALL_PARAMETERS];
	int nnames;
	double *numbers; /* parameters and covariances, each from its place for the most parameters */
	double *covariance[2];
	double boundary[LTV_MAX_ALL_PARAMETERS];
	int nparameters;
	int ncovariance[2];
	int nboundary;
} PartText;

#define MOST_NUMBERS LTV_TRIANGLE(LTV_MAX_ALL_PARAMETERS)

static void
read_part_members(JsonReader *reader, PartText *text, LtvPart *part)
{
	uint32 seen = 0;
	int key;

	json_open_object(reader);
	while (json_next_key(reader, part_keys, lengthof(part_keys), &seen, &key))
	{
		switch ((PartKey) key)
		{
			case PART_MODEL:
				text->model = json_string(reader, NAMEDATALEN);
				break;
			case PART_NAMES:
				text->nnames = read_names(reader, text->names);
				break;
			case PART_PARAMETERS:
				text->nparameters = read_numbers(reader, text->numbers, LTV_MAX_ALL_PARAMETERS);
				break;
			case PART_COVARIANCE:
			case PART_COVARIANCE_ROBUST:
				text->ncovariance[key - PART_COVARIANCE] =
					read_numbers(reader, text->covariance[key - PART_COVARIANCE], MOST_NUMBERS);
				break;
			case PART_LOG_LIKELIHOOD:
				part->log_likelihood = json_float8(reader);
				break;
			case PART_ITERATIONS:
				part->iterations = (int32) json_int64(reader, 0, PG_INT32_MAX);
				break;
			case PART_CONVERGED:
				part->converged = json_bool(reader);
				break;
			case PART_AT_BOUNDARY:
				text->nboundary = read_numbers(reader, text->boundary, LTV_MAX_ALL_PARAMETERS);
				break;
			case PART_GRADIENT_NORM:
				part->gradient_norm = json_float8(reader);
				break;
			case PART_CONDITION_NUMBER:
				part->condition_number = json_float8(reader);
				break;
		}
	}
}

/* One part. The arrays must have the lengths that the first asks for. */
static void
read_part(JsonReader *reader, bool spend, LtvPart *part, double **numbers, char ***names)
{
	PartText *text = palloc0(sizeof(PartText));
	int model;
	int n;

	text->numbers = palloc(sizeof(double) * (LTV_MAX_ALL_PARAMETERS + 2 * MOST_NUMBERS));
	text->covariance[0] = text->numbers + LTV_MAX_ALL_PARAMETERS;
	text->covariance[1] = text->covariance[0] + MOST_NUMBERS;
	read_part_members(reader, text, part);
	n = text->nparameters;
	if (n == 0 || text->nnames != n || text->nboundary != n ||
		text->ncovariance[0] != LTV_TRIANGLE(n) || text->ncovariance[1] != LTV_TRIANGLE(n))
		json_fail(reader, "The arrays of a part do not have the same number of parameters");
	model = spend ? ltv_spend_model_number(text->model) : ltv_transaction_model_number(text->model);
	if (model < 0)
		json_fail(reader, psprintf("Unknown model \"%s\"", text->model));
	part->model = model;
	part->nparameters = n;
	for (int i = 0; i < n; i++)
	{
		if (text->boundary[i] != 0.0 && text->boundary[i] != 1.0)
			json_fail(reader, "A flag is neither 0 nor 1");
		part->at_boundary |= (uint64) (text->boundary[i] == 1.0) << i;
	}
	memmove(text->numbers + n, text->covariance[0], sizeof(double) * LTV_TRIANGLE(n));
	memmove(text->numbers + n + LTV_TRIANGLE(n), text->covariance[1],
			sizeof(double) * LTV_TRIANGLE(n));
	*numbers = text->numbers;
	*names = text->names;
}

static bool
has_right_names(const LtvValue *value, int index, char **names)
{
	const LtvPart *part = &value->parts[index];

	for (int i = 0; i < part->nparameters; i++)
		if (strcmp(names[i], ltv_parameter_name(&value->settings, part,
												index == ltv_spend_part(value), i)) != 0)
			return false;
	return true;
}

/* A model as text, with what is only known when all of it has been read. */
typedef struct ModelText
{
	LtvParsed *parsed;
	char **names[LTV_MAX_PARTS];
	LtvPart spend;
	double *spend_numbers;
	char **spend_names;
	char *chosen;
	int covariates;
} ModelText;

static void
read_candidates(JsonReader *reader, ModelText *text)
{
	LtvParsed *parsed = text->parsed;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		int i = parsed->ncandidates++;

		if (i == LTV_MAX_MODELS)
			json_fail(reader, "There are too many models");
		read_part(reader, false, &parsed->parts[i], &parsed->numbers[i], &text->names[i]);
	}
}

static void
read_member(JsonReader *reader, Key key, ModelText *text)
{
	LtvParsed *parsed = text->parsed;

	switch (key)
	{
		case KEY_VERSION:
			(void) json_int64(reader, LTV_VALUE_VERSION, LTV_VALUE_VERSION);
			break;
		case KEY_SETTINGS:
			ltv_settings_from_json(reader, &parsed->head.settings);
			break;
		case KEY_COVARIATE_MEANS:
			text->covariates = read_numbers(reader, parsed->covariate_means, LTV_MAX_COVARIATES);
			break;
		case KEY_CHOSEN:
			text->chosen = json_accept_null(reader) ? NULL : json_string(reader, NAMEDATALEN);
			break;
		case KEY_PURCHASE:
			read_candidates(reader, text);
			break;
		case KEY_SPEND:
			if (json_accept_null(reader))
				break;
			read_part(reader, true, &text->spend, &text->spend_numbers, &text->spend_names);
			parsed->nspend = 1;
			break;
		default:
			*ltv_value_count(&parsed->head, (LtvCount) (key - KEY_CUSTOMERS)) =
				json_int64(reader, 0, PG_INT64_MAX);
			break;
	}
}

/* Brings the pieces together when all have been seen, in whatever order. */
static void
settle_parts(JsonReader *reader, ModelText *text)
{
	LtvParsed *parsed = text->parsed;
	int chosen = -1;

	if (text->covariates != parsed->head.settings.covariates)
		json_fail(reader, "The number of covariates is not that of the settings");
	if (parsed->nspend > 0)
	{
		parsed->parts[parsed->ncandidates] = text->spend;
		parsed->numbers[parsed->ncandidates] = text->spend_numbers;
		text->names[parsed->ncandidates] = text->spend_names;
	}
	if (text->chosen == NULL && parsed->ncandidates == 0)
		return;
	for (int i = 0; text->chosen != NULL && i < parsed->ncandidates; i++)
		if (strcmp(ltv_transaction_model_names[parsed->parts[i].model], text->chosen) == 0)
			chosen = i;
	if (chosen < 0)
		json_fail(reader, "The chosen model is not one of those fitted");
	parsed->head.chosen = chosen;
}

/* Reads the JSON object that ltv_model_out writes. */
LtvValue *
ltv_value_from_text(const char *string)
{
	ModelText *text = palloc0(sizeof(ModelText));
	LtvValue *value;
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	text->parsed = palloc0(sizeof(LtvParsed));
	json_reader_init(&reader, string, type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
		read_member(&reader, (Key) key, text);
	json_end(&reader);
	settle_parts(&reader, text);
	value = ltv_value_assemble(text->parsed);
	if ((fault = ltv_value_fault(value)) != NULL)
		json_fail(&reader, fault);
	for (int i = 0; i < ltv_part_count(value); i++)
		if (!has_right_names(value, i, text->names[i]))
			json_fail(&reader, "The names of the parameters are not those of the model");
	return value;
}

PG_FUNCTION_INFO_V1(ltv_model_in);
Datum
ltv_model_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ltv_value_from_text(PG_GETARG_CSTRING(0)));
}

static void
append_numbers(StringInfo out, const char *key, const double *numbers, int n)
{
	appendStringInfo(out, "\"%s\": [", key);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		json_append_float8(out, numbers[i]);
	}
	appendStringInfoString(out, "], ");
}

static void
append_part(StringInfo out, const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];
	bool spend = index == ltv_spend_part(value);
	const double *numbers = ltv_part_parameters(value, index);
	int n = part->nparameters;

	appendStringInfo(out, "{\"%s\": \"%s\", \"%s\": [", part_keys[PART_MODEL],
					 spend ? ltv_spend_model_names[part->model]
						   : ltv_transaction_model_names[part->model],
					 part_keys[PART_NAMES]);
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s\"%s\"", i == 0 ? "" : ", ",
						 ltv_parameter_name(&value->settings, part, spend, i));
	appendStringInfoString(out, "], ");
	append_numbers(out, part_keys[PART_PARAMETERS], numbers, n);
	append_numbers(out, part_keys[PART_COVARIANCE], numbers + n, LTV_TRIANGLE(n));
	append_numbers(out, part_keys[PART_COVARIANCE_ROBUST], numbers + n + LTV_TRIANGLE(n),
				   LTV_TRIANGLE(n));
	appendStringInfo(out, "\"%s\": ", part_keys[PART_LOG_LIKELIHOOD]);
	json_append_float8(out, part->log_likelihood);
	appendStringInfo(out, ", \"%s\": %d, \"%s\": %s, \"%s\": [", part_keys[PART_ITERATIONS],
					 part->iterations, part_keys[PART_CONVERGED],
					 part->converged ? "true" : "false", part_keys[PART_AT_BOUNDARY]);
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s%d", i == 0 ? "" : ", ", (int) (part->at_boundary >> i) & 1);
	appendStringInfo(out, "], \"%s\": ", part_keys[PART_GRADIENT_NORM]);
	json_append_float8(out, part->gradient_norm);
	appendStringInfo(out, ", \"%s\": ", part_keys[PART_CONDITION_NUMBER]);
	json_append_float8(out, part->condition_number);
	appendStringInfoChar(out, '}');
}

static void
append_value(StringInfo out, LtvValue *value)
{
	appendStringInfo(out, "{\"version\": %d, ", value->version);
	ltv_settings_append(out, &value->settings);
	for (int i = 0; i < LTV_COUNTS; i++)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, keys[KEY_CUSTOMERS + i],
						 *ltv_value_count(value, (LtvCount) i));
	appendStringInfoString(out, ", ");
	append_numbers(out, keys[KEY_COVARIATE_MEANS], ltv_covariate_means(value),
				   value->settings.covariates);
	if (value->ncandidates == 0)
		appendStringInfo(out, "\"%s\": null, ", keys[KEY_CHOSEN]);
	else
		appendStringInfo(out, "\"%s\": \"%s\", ", keys[KEY_CHOSEN],
						 ltv_transaction_model_names[value->parts[value->chosen].model]);
	appendStringInfo(out, "\"%s\": [", keys[KEY_PURCHASE]);
	for (int i = 0; i < value->ncandidates; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		append_part(out, value, i);
	}
	appendStringInfo(out, "], \"%s\": ", keys[KEY_SPEND]);
	if (value->has_spend)
		append_part(out, value, ltv_spend_part(value));
	else
		appendStringInfoString(out, "null");
	appendStringInfoChar(out, '}');
}

/* One JSON object, the same under any settings. */
PG_FUNCTION_INFO_V1(ltv_model_out);
Datum
ltv_model_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_value(&out, PG_GETARG_LTV_VALUE(0));
	PG_RETURN_CSTRING(out.data);
}

/* The text form as json, for nesting in to_json(). */
PG_FUNCTION_INFO_V1(ltv_model_json);
Datum
ltv_model_json(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_value(&out, PG_GETARG_LTV_VALUE(0));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
