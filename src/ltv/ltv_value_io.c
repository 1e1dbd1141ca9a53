/*
 * ltv_value_io.c
 *		Text form of ltv_model. That of its parts is in ltv_part_io.c, the binary form
 *		in ltv_value_wire.c.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "ltv/ltv_part_io.h"
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
		ltv_read_part(reader, false, &parsed->parts[i], &parsed->numbers[i], &text->names[i]);
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
			text->covariates =
				ltv_read_numbers(reader, parsed->covariate_means, LTV_MAX_COVARIATES);
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
			ltv_read_part(reader, true, &text->spend, &text->spend_numbers, &text->spend_names);
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
append_value(StringInfo out, LtvValue *value)
{
	appendStringInfo(out, "{\"version\": %d, ", value->version);
	ltv_settings_append(out, &value->settings);
	for (int i = 0; i < LTV_COUNTS; i++)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, keys[KEY_CUSTOMERS + i],
						 *ltv_value_count(value, (LtvCount) i));
	appendStringInfoString(out, ", ");
	ltv_append_numbers(out, keys[KEY_COVARIATE_MEANS], ltv_covariate_means(value),
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
		ltv_append_part(out, value, i);
	}
	appendStringInfo(out, "], \"%s\": ", keys[KEY_SPEND]);
	if (value->has_spend)
		ltv_append_part(out, value, ltv_spend_part(value));
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

CONTENT_ORDER_FUNCTIONS(ltv_model, stored_content)
