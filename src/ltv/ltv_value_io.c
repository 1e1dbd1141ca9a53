/*
 * ltv_value_io.c
 *		Text form of ltv_model. The binary form is in ltv_value_wire.c.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_value_parse.h"
#include "utils/builtins.h"

static const char type_name[] = "ltv_model";

static const char *const keys[] = {"version",		   "settings",	  "customers",
								   "repeat_customers", "groups",	  "spend_customers",
								   "spend_excluded",   "after_as_of", "unmatched_refunds",
								   "ignored",		   "purchase",	  "spend"};

typedef enum
{
	KEY_VERSION,
	KEY_SETTINGS,
	KEY_CUSTOMERS, /* and the other counts, LtvCount */
	KEY_PURCHASE = KEY_CUSTOMERS + LTV_COUNTS,
	KEY_SPEND
} Key;

static const char *const part_keys[] = {
	"names",	  "parameters", "covariance",  "covariance_robust", "log_likelihood",
	"iterations", "converged",	"at_boundary", "gradient_norm",		"condition_number"};

typedef enum
{
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
		if (n == LTV_MAX_PARAMETERS)
			json_fail(reader, "There are too many names");
		names[n++] = json_string(reader, NAMEDATALEN);
	}
	return n;
}

/* One part, or null. The three arrays must have the lengths that the first asks for. */
static void
read_part(JsonReader *reader, LtvParsedPart *part)
{
	double covariance[2][LTV_TRIANGLE(LTV_MAX_PARAMETERS)];
	double boundary[LTV_MAX_PARAMETERS];
	int ncovariance[2] = {0, 0};
	int nboundary = 0;
	uint32 seen = 0;
	int key;
	int n = 0;

	if (json_accept_null(reader))
		return;
	json_open_object(reader);
	while (json_next_key(reader, part_keys, lengthof(part_keys), &seen, &key))
	{
		switch ((PartKey) key)
		{
			case PART_NAMES:
				part->nnames = read_names(reader, part->names);
				break;
			case PART_PARAMETERS:
				n = read_numbers(reader, part->numbers, LTV_MAX_PARAMETERS);
				break;
			case PART_COVARIANCE:
			case PART_COVARIANCE_ROBUST:
				ncovariance[key - PART_COVARIANCE] = read_numbers(
					reader, covariance[key - PART_COVARIANCE], LTV_TRIANGLE(LTV_MAX_PARAMETERS));
				break;
			case PART_LOG_LIKELIHOOD:
				part->head.log_likelihood = json_float8(reader);
				break;
			case PART_ITERATIONS:
				part->head.iterations = (int32) json_int64(reader, 0, PG_INT32_MAX);
				break;
			case PART_CONVERGED:
				part->head.converged = json_bool(reader);
				break;
			case PART_AT_BOUNDARY:
				nboundary = read_numbers(reader, boundary, LTV_MAX_PARAMETERS);
				break;
			case PART_GRADIENT_NORM:
				part->head.gradient_norm = json_float8(reader);
				break;
			case PART_CONDITION_NUMBER:
				part->head.condition_number = json_float8(reader);
				break;
		}
	}
	if (n == 0 || part->nnames != n || nboundary != n || ncovariance[0] != LTV_TRIANGLE(n) ||
		ncovariance[1] != LTV_TRIANGLE(n))
		json_fail(reader, "The arrays of a part do not have the same number of parameters");
	part->head.nparameters = n;
	for (int i = 0; i < n; i++)
	{
		if (boundary[i] != 0.0 && boundary[i] != 1.0)
			json_fail(reader, "A flag is neither 0 nor 1");
		part->head.at_boundary |= (boundary[i] == 1.0) << i;
	}
	memcpy(part->numbers + n, covariance[0], sizeof(double) * LTV_TRIANGLE(n));
	memcpy(part->numbers + n + LTV_TRIANGLE(n), covariance[1], sizeof(double) * LTV_TRIANGLE(n));
}

static bool
has_right_names(const LtvSettings *settings, LtvPartName name, const LtvParsedPart *part)
{
	const char *const *names = ltv_part_parameter_names(settings, name);

	if (part->nnames != 0 && part->nnames != ltv_part_expected_parameters(settings, name))
		return false;
	for (int i = 0; i < part->nnames; i++)
		if (strcmp(names[i], part->names[i]) != 0)
			return false;
	return true;
}

/* Reads the JSON object that ltv_model_out writes. */
PG_FUNCTION_INFO_V1(ltv_model_in);
Datum
ltv_model_in(PG_FUNCTION_ARGS)
{
	LtvValue head;
	LtvParsedPart parts[LTV_PARTS];
	LtvValue *value;
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	memset(&head, 0, sizeof(head));
	memset(parts, 0, sizeof(parts));
	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, LTV_VALUE_VERSION, LTV_VALUE_VERSION);
				break;
			case KEY_SETTINGS:
				ltv_settings_from_json(&reader, &head.settings);
				break;
			case KEY_PURCHASE:
			case KEY_SPEND:
				read_part(&reader, &parts[key - KEY_PURCHASE]);
				break;
			default:
				*ltv_value_count(&head, (LtvCount) (key - KEY_CUSTOMERS)) =
					json_int64(&reader, 0, PG_INT64_MAX);
				break;
		}
	}
	json_end(&reader);
	for (int i = 0; i < LTV_PARTS; i++)
		if (!has_right_names(&head.settings, (LtvPartName) i, &parts[i]))
			json_fail(&reader, "The names of the parameters are not those of the model");
	value = ltv_value_assemble(&head, parts);
	if ((fault = ltv_value_fault(value)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(value);
}

static void
append_numbers(StringInfo out, PartKey key, const double *numbers, int n)
{
	appendStringInfo(out, "\"%s\": [", part_keys[key]);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		json_append_float8(out, numbers[i]);
	}
	appendStringInfoString(out, "], ");
}

static void
append_part(StringInfo out, const LtvValue *value, LtvPartName name)
{
	const LtvPart *part = &value->parts[name];
	const char *const *names = ltv_part_parameter_names(&value->settings, name);
	const double *numbers = ltv_part_parameters(value, name);
	int n = part->nparameters;

	appendStringInfo(out, ", \"%s\": ", ltv_part_name(name));
	if (n == 0)
	{
		appendStringInfoString(out, "null");
		return;
	}
	appendStringInfo(out, "{\"%s\": [", part_keys[PART_NAMES]);
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
	appendStringInfoString(out, "], ");
	append_numbers(out, PART_PARAMETERS, numbers, n);
	append_numbers(out, PART_COVARIANCE, numbers + n, LTV_TRIANGLE(n));
	append_numbers(out, PART_COVARIANCE_ROBUST, numbers + n + LTV_TRIANGLE(n), LTV_TRIANGLE(n));
	appendStringInfo(out, "\"%s\": ", part_keys[PART_LOG_LIKELIHOOD]);
	json_append_float8(out, part->log_likelihood);
	appendStringInfo(out, ", \"%s\": %d, \"%s\": %s, \"%s\": [", part_keys[PART_ITERATIONS],
					 part->iterations, part_keys[PART_CONVERGED],
					 part->converged ? "true" : "false", part_keys[PART_AT_BOUNDARY]);
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s%d", i == 0 ? "" : ", ", (part->at_boundary >> i) & 1);
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
	append_part(out, value, LTV_PURCHASE);
	append_part(out, value, LTV_SPEND);
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
