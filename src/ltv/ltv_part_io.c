/*
 * ltv_part_io.c
 *		Text form of one part of an ltv_model: a model of purchases, or of spend.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_part_io.h"

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
int
ltv_read_numbers(JsonReader *reader, double *numbers, int max)
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
				text->nparameters = ltv_read_numbers(reader, text->numbers, LTV_MAX_ALL_PARAMETERS);
				break;
			case PART_COVARIANCE:
			case PART_COVARIANCE_ROBUST:
				text->ncovariance[key - PART_COVARIANCE] =
					ltv_read_numbers(reader, text->covariance[key - PART_COVARIANCE], MOST_NUMBERS);
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
				text->nboundary = ltv_read_numbers(reader, text->boundary, LTV_MAX_ALL_PARAMETERS);
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
void
ltv_read_part(JsonReader *reader, bool spend, LtvPart *part, double **numbers, char ***names)
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

void
ltv_append_numbers(StringInfo out, const char *key, const double *numbers, int n)
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

void
ltv_append_part(StringInfo out, const LtvValue *value, int index)
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
	ltv_append_numbers(out, part_keys[PART_PARAMETERS], numbers, n);
	ltv_append_numbers(out, part_keys[PART_COVARIANCE], numbers + n, LTV_TRIANGLE(n));
	ltv_append_numbers(out, part_keys[PART_COVARIANCE_ROBUST], numbers + n + LTV_TRIANGLE(n),
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
