/*
 * ltv_value_io.c
 *		Text and binary form of ltv_model.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "ltv/ltv_value.h"
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
	KEY_CUSTOMERS,
	KEY_REPEAT_CUSTOMERS,
	KEY_GROUPS,
	KEY_SPEND_CUSTOMERS,
	KEY_SPEND_EXCLUDED,
	KEY_AFTER_AS_OF,
	KEY_UNMATCHED,
	KEY_IGNORED,
	KEY_PURCHASE,
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

/* The counts, in the order of the keys and of the binary form. */
#define NCOUNTS (KEY_IGNORED - KEY_CUSTOMERS + 1)

static int64 *
count_of(LtvValue *value, Key key)
{
	int64 *const counts[NCOUNTS] = {
		&value->customers,		   &value->repeat_customers, &value->groups,
		&value->spend_customers,   &value->spend_excluded,	 &value->after_as_of,
		&value->unmatched_refunds, &value->ignored};

	return counts[key - KEY_CUSTOMERS];
}

/* A part as read, before the size of the value is known. */
typedef struct ReadPart
{
	LtvPart head;
	double numbers[LTV_PART_NUMBERS(LTV_MAX_PARAMETERS)];
	char *names[LTV_MAX_PARAMETERS];
	int nnames;
} ReadPart;

/* What is wrong with a part of a model that came from outside, or NULL. */
static const char *
find_part_fault(const LtvValue *value, LtvPartName name)
{
	const LtvPart *part = &value->parts[name];
	int n = part->nparameters;

	if (n == 0)
		return NULL;
	if (n != ltv_part_expected_parameters(&value->settings, name))
		return "The number of parameters is not that of the model";
	if (part->converged > 1 || part->iterations < 0 || part->at_boundary >> n != 0)
		return "A flag or count of a part is out of range";
	if (!isfinite(part->log_likelihood) || !isfinite(part->gradient_norm) ||
		!isfinite(part->condition_number) || part->gradient_norm < 0 || part->condition_number < 0)
		return "A number of a part is out of range";
	for (int i = 0; i < LTV_PART_NUMBERS(n); i++)
	{
		double number = ltv_part_parameters(value, name)[i];

		if (!isfinite(number) || (i < n && number <= 0.0))
			return "A parameter or covariance is out of range";
	}
	for (int i = 0; i < n; i++)
		for (int robust = 0; robust < 2; robust++)
			if (*ltv_part_covariance(value, name, robust, i, i) < 0.0)
				return "A variance is negative";
	return NULL;
}

static const char *
find_fault(LtvValue *value)
{
	if (value->settings.period == 0)
		return "There are no settings";
	for (Key key = KEY_CUSTOMERS; key <= KEY_IGNORED; key++)
		if (*count_of(value, key) < 0)
			return "A count is negative";
	if (value->repeat_customers > value->customers || value->groups > value->customers ||
		value->spend_customers > value->repeat_customers - value->spend_excluded)
		return "The counts do not agree";
	if (value->parts[LTV_SPEND].nparameters > 0 && value->parts[LTV_PURCHASE].nparameters == 0)
		return "There is a spend part without a purchase part";
	for (int i = 0; i < LTV_PARTS; i++)
	{
		const char *fault = find_part_fault(value, (LtvPartName) i);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}

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
read_part(JsonReader *reader, ReadPart *part)
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
has_right_names(const LtvSettings *settings, LtvPartName name, const ReadPart *part)
{
	const char *const *names = ltv_part_parameter_names(settings, name);

	if (part->nnames != 0 && part->nnames != ltv_part_expected_parameters(settings, name))
		return false;
	for (int i = 0; i < part->nnames; i++)
		if (strcmp(names[i], part->names[i]) != 0)
			return false;
	return true;
}

/* The value of what was read. */
static LtvValue *
assemble(const LtvValue *head, const ReadPart *parts)
{
	LtvValue *value =
		ltv_value_create(parts[LTV_PURCHASE].head.nparameters, parts[LTV_SPEND].head.nparameters);

	/* Everything between the version and the parts. */
	memcpy((char *) value + offsetof(LtvValue, settings),
		   (const char *) head + offsetof(LtvValue, settings),
		   offsetof(LtvValue, parts) - offsetof(LtvValue, settings));
	for (int i = 0; i < LTV_PARTS; i++)
	{
		int n = parts[i].head.nparameters;

		value->parts[i] = parts[i].head;
		memcpy(ltv_part_parameters(value, (LtvPartName) i), parts[i].numbers,
			   sizeof(double) * LTV_PART_NUMBERS(n));
	}
	return value;
}

/* Reads the JSON object that ltv_model_out writes. */
PG_FUNCTION_INFO_V1(ltv_model_in);
Datum
ltv_model_in(PG_FUNCTION_ARGS)
{
	LtvValue head;
	ReadPart parts[LTV_PARTS];
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
				*count_of(&head, (Key) key) = json_int64(&reader, 0, PG_INT64_MAX);
				break;
		}
	}
	json_end(&reader);
	for (int i = 0; i < LTV_PARTS; i++)
		if (!has_right_names(&head.settings, (LtvPartName) i, &parts[i]))
			json_fail(&reader, "The names of the parameters are not those of the model");
	value = assemble(&head, parts);
	if ((fault = find_fault(value)) != NULL)
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
	for (Key key = KEY_CUSTOMERS; key <= KEY_IGNORED; key++)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, keys[key], *count_of(value, key));
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

/* Binary form: version, settings, counts, then each part and its numbers. */
PG_FUNCTION_INFO_V1(ltv_model_send);
Datum
ltv_model_send(PG_FUNCTION_ARGS)
{
	LtvValue *value = PG_GETARG_LTV_VALUE(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, value->version);
	ltv_settings_send(&out, &value->settings);
	for (Key key = KEY_CUSTOMERS; key <= KEY_IGNORED; key++)
		pq_sendint64(&out, *count_of(value, key));
	for (int i = 0; i < LTV_PARTS; i++)
	{
		const LtvPart *part = &value->parts[i];

		pq_sendbyte(&out, part->nparameters);
		pq_sendbyte(&out, part->converged);
		pq_sendint16(&out, part->at_boundary);
		pq_sendint32(&out, part->iterations);
		pq_sendfloat8(&out, part->log_likelihood);
		pq_sendfloat8(&out, part->gradient_norm);
		pq_sendfloat8(&out, part->condition_number);
		for (int j = 0; j < LTV_PART_NUMBERS(part->nparameters); j++)
			pq_sendfloat8(&out, ltv_part_parameters(value, (LtvPartName) i)[j]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

static void
receive_part(StringInfo in, ReadPart *part)
{
	part->head.nparameters = pq_getmsgbyte(in);
	if (part->head.nparameters > LTV_MAX_PARAMETERS)
		receive_fail(type_name, "There are too many parameters");
	part->head.converged = pq_getmsgbyte(in);
	part->head.at_boundary = pq_getmsgint(in, 2);
	part->head.iterations = (int32) pq_getmsgint(in, 4);
	part->head.log_likelihood = pq_getmsgfloat8(in);
	part->head.gradient_norm = pq_getmsgfloat8(in);
	part->head.condition_number = pq_getmsgfloat8(in);
	for (int j = 0; j < LTV_PART_NUMBERS(part->head.nparameters); j++)
		part->numbers[j] = pq_getmsgfloat8(in);
}

/* A part that was not fitted holds nothing. */
static bool
is_blank(const LtvPart *part)
{
	static const LtvPart blank;

	return memcmp(part, &blank, sizeof(blank)) == 0;
}

/* Reads what ltv_model_send writes; anything else is an error. */
PG_FUNCTION_INFO_V1(ltv_model_recv);
Datum
ltv_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	LtvValue head;
	ReadPart parts[LTV_PARTS];
	LtvValue *value;
	const char *fault;

	memset(&head, 0, sizeof(head));
	memset(parts, 0, sizeof(parts));
	if (pq_getmsgbyte(in) != LTV_VALUE_VERSION)
		receive_fail(type_name, "The version is not known");
	ltv_settings_recv(in, &head.settings, type_name);
	for (Key key = KEY_CUSTOMERS; key <= KEY_IGNORED; key++)
		*count_of(&head, key) = pq_getmsgint64(in);
	for (int i = 0; i < LTV_PARTS; i++)
	{
		receive_part(in, &parts[i]);
		if (parts[i].head.nparameters == 0 && !is_blank(&parts[i].head))
			receive_fail(type_name, "A part without parameters is not empty");
	}
	value = assemble(&head, parts);
	if ((fault = find_fault(value)) != NULL)
		receive_fail(type_name, fault);
	PG_RETURN_POINTER(value);
}
