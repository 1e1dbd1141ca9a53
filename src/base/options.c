/*
 * options.c
 *		The one jsonb argument that carries options, validated strictly.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/options.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* "a", "b" and "c", for messages. */
static char *
word_list(const char *const *words, int nwords)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < nwords; i++)
		appendStringInfo(&list, "%s\"%s\"",
						 i == 0			   ? ""
						 : i == nwords - 1 ? " and "
										   : ", ",
						 words[i]);
	return list.data;
}

/* An option's value as JSON text, for messages. */
static char *
value_text(JsonbValue *value)
{
	return JsonbToCString(NULL, &JsonbValueToJsonb(value)->root, 0);
}

static void
bad_value(const Options *options, const char *key, JsonbValue *value, const char *expected)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value for option \"%s\" of %s: %s", key, options->function,
						   value_text(value)),
					errdetail("Expected %s.", expected)));
}

static bool
is_allowed(const JsonbValue *key, const char *const *allowed, int nallowed)
{
	for (int i = 0; i < nallowed; i++)
		if ((int) strlen(allowed[i]) == key->val.string.len &&
			memcmp(allowed[i], key->val.string.val, key->val.string.len) == 0)
			return true;
	return false;
}

void
options_init(Options *options, const char *function, Jsonb *json, const char *const *allowed,
			 int nallowed)
{
	JsonbIterator *iterator;
	JsonbValue value;
	JsonbIteratorToken token;

	options->function = function;
	options->json = json;
	if (json == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options of %s must be a JSON object, not %s", function,
							   JsonbToCString(NULL, &json->root, 0))));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY && !is_allowed(&value, allowed, nallowed))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("unknown option \"%.*s\" of %s", value.val.string.len,
								   value.val.string.val, function),
							errdetail("Allowed options are %s.", word_list(allowed, nallowed))));
	}
}

static JsonbValue *
find_option(const Options *options, const char *key)
{
	if (options->json == NULL)
		return NULL;
	return getKeyJsonValueFromContainer(&options->json->root, key, strlen(key), NULL);
}

int
options_int(const Options *options, const char *key, int otherwise, int min, int max)
{
	JsonbValue *value = find_option(options, key);

	if (value == NULL)
		return otherwise;
	if (value->type == jbvNumeric)
	{
		char *text =
			DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		char *end;
		long number;

		errno = 0;
		number = strtol(text, &end, 10);
		if (errno == 0 && *end == '\0' && number >= min && number <= max)
			return (int) number;
	}
	bad_value(options, key, value, psprintf("an integer between %d and %d", min, max));
	return otherwise; /* not reached */
}

/* Beyond the range of float8: infinite. */
static double
numeric_value(const JsonbValue *value)
{
	return DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
}

double
options_float8(const Options *options, const char *key, double otherwise, double min, double max)
{
	JsonbValue *value = find_option(options, key);

	if (value == NULL)
		return otherwise;
	if (value->type == jbvNumeric)
	{
		double number = numeric_value(value);

		if (number >= min && number <= max)
			return number;
	}
	bad_value(options, key, value, psprintf("a number between %g and %g", min, max));
	return otherwise; /* not reached */
}

bool
options_bool(const Options *options, const char *key, bool otherwise)
{
	JsonbValue *value = find_option(options, key);

	if (value == NULL)
		return otherwise;
	if (value->type != jbvBool)
		bad_value(options, key, value, "true or false");
	return value->val.boolean;
}

const char *
options_text(const Options *options, const char *key, const char *otherwise)
{
	JsonbValue *value = find_option(options, key);

	if (value == NULL)
		return otherwise;
	if (value->type != jbvString)
		bad_value(options, key, value, "a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* The index of a word in choices[]; -1 when it is none of them. */
static int
find_choice(const JsonbValue *value, const char *const *choices, int nchoices)
{
	if (value->type != jbvString)
		return -1;
	for (int i = 0; i < nchoices; i++)
		if ((int) strlen(choices[i]) == value->val.string.len &&
			memcmp(choices[i], value->val.string.val, value->val.string.len) == 0)
			return i;
	return -1;
}

int
options_choice(const Options *options, const char *key, int otherwise, const char *const *choices,
			   int nchoices)
{
	JsonbValue *value = find_option(options, key);
	int choice;

	if (value == NULL)
		return otherwise;
	choice = find_choice(value, choices, nchoices);
	if (choice < 0)
		bad_value(options, key, value, psprintf("one of %s", word_list(choices, nchoices)));
	return choice;
}

uint32
options_choices(const Options *options, const char *key, uint32 otherwise,
				const char *const *choices, int nchoices)
{
	JsonbValue *value = find_option(options, key);
	uint32 found = 0;
	bool valid = true;

	if (value == NULL)
		return otherwise;
	if (value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data))
	{
		JsonbIterator *iterator = JsonbIteratorInit(value->val.binary.data);
		JsonbIteratorToken token;
		JsonbValue element;

		while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
		{
			int choice = token == WJB_ELEM ? find_choice(&element, choices, nchoices) : 0;

			valid = valid && choice >= 0;
			if (token == WJB_ELEM && choice >= 0)
				found |= (uint32) 1 << choice;
		}
	}
	else if (find_choice(value, choices, nchoices) >= 0)
		found = (uint32) 1 << find_choice(value, choices, nchoices);
	if (!valid || found == 0)
		bad_value(options, key, value,
				  psprintf("one or an array of %s", word_list(choices, nchoices)));
	return found;
}

char *
options_object_text(const Options *options, const char *key)
{
	JsonbValue *value = find_option(options, key);

	if (value == NULL || value->type == jbvNull)
		return NULL;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		bad_value(options, key, value, "an object");
	return JsonbToCString(NULL, value->val.binary.data, 0);
}

static int
compare_weights(const void *left, const void *right)
{
	const OptionWeight *a = left;
	const OptionWeight *b = right;
	int result = memcmp(a->name, b->name, Min(a->length, b->length));

	return result != 0 ? result : (a->length > b->length) - (a->length < b->length);
}

/* The members of an object of weights as they are, and their sum; -1 when one is wrong. */
static double
read_weights(JsonbContainer *object, OptionWeight *weights, int *count)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue value;
	double sum = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		OptionWeight *weight = &weights[*count];

		if (token == WJB_KEY)
		{
			weight->name = value.val.string.val;
			weight->length = value.val.string.len;
		}
		if (token != WJB_VALUE)
			continue;
		if (value.type != jbvNumeric)
			return -1;
		weight->weight = numeric_value(&value);
		if (!(weight->weight >= 0))
			return -1;
		sum += weight->weight;
		(*count)++;
	}
	return sum;
}

OptionWeight *
options_weights(const Options *options, const char *key, int *count)
{
	JsonbValue *value = find_option(options, key);
	OptionWeight *weights;
	double sum;

	*count = 0;
	if (value == NULL || value->type == jbvNull)
		return NULL;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		bad_value(options, key, value, "an object of numbers");
	weights = palloc((JsonContainerSize(value->val.binary.data) + 1) * sizeof(OptionWeight));
	sum = read_weights(value->val.binary.data, weights, count);
	if (!(sum > 0) || isinf(sum))
		bad_value(options, key, value, "numbers of at least 0, not all of them 0");
	for (int i = 0; i < *count; i++)
		weights[i].weight /= sum;
	qsort(weights, *count, sizeof(OptionWeight), compare_weights);
	return weights;
}

uint64
options_fingerprint(const Jsonb *json)
{
	if (json == NULL)
		return 0;
	return hash_bytes_extended((const unsigned char *) VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json),
							   1);
}
