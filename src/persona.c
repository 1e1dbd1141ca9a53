/*
 * persona.c
 *		What makes a segment different: the aggregate persona_profile, a tally of
 *		segments, attributes and values.
 *
 * An entry is named by (kind, segment, attribute, value). Kind "t" counts the
 * customers of a segment, "v" those with a value of an attribute, "n" sums up a
 * numeric attribute exactly, in units of 1e-6: count, sum, sum of squares.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/text_form.h"
#include "persona.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#define NUMBER_MAX 9e12 /* so that it fits into 64 bits */

/* The first entry of a kind after `entry`, which is NULL or of that kind; entries are in order of their kinds. */
static const TallyEntry *
next_of_kind(const Tally *tally, const TallyEntry *entry, char kind)
{
	TallyPart parts[TALLY_MAX_PARTS];

	while ((entry = tally_next(tally, entry)) != NULL)
	{
		tally_parts(tally, entry, parts);
		if (parts[0].data[0] >= kind)
			return parts[0].data[0] == kind ? entry : NULL;
	}
	return NULL;
}

/* By segment and attribute; no entry comes last. */
static int
compare_attribute(const Tally *tally, const TallyEntry *a, const TallyEntry *b)
{
	TallyPart x[TALLY_MAX_PARTS], y[TALLY_MAX_PARTS];
	int result;

	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	tally_parts(tally, a, x);
	tally_parts(tally, b, y);
	result = tally_compare_part(&x[1], &y[1]);
	return result != 0 ? result : tally_compare_part(&x[2], &y[2]);
}

/* Has the segment of an entry at least so many customers? *segment walks on to it. */
static bool
segment_has(const Tally *tally, const TallyEntry **segment, const TallyEntry *entry,
			int64 customers)
{
	TallyPart of[TALLY_MAX_PARTS], parts[TALLY_MAX_PARTS];

	tally_parts(tally, entry, of);
	while (*segment != NULL)
	{
		int order;

		tally_parts(tally, *segment, parts);
		order = tally_compare_part(&parts[1], &of[1]);
		if (order >= 0)
			return order == 0 && customers <= (*segment)->numbers[0];
		*segment = next_of_kind(tally, *segment, 't');
	}
	return false;
}

/* Do no more customers have an attribute, as a number or a value, than are in the segment? */
static bool
attributes_add_up(const Tally *tally)
{
	const TallyEntry *segment = next_of_kind(tally, NULL, 't');
	const TallyEntry *number = next_of_kind(tally, NULL, 'n');
	const TallyEntry *value = next_of_kind(tally, NULL, 'v');

	while (number != NULL || value != NULL)
	{
		int order = compare_attribute(tally, number, value);
		const TallyEntry *first = order <= 0 ? number : value;
		int64 customers = 0;

		if (order <= 0)
		{
			customers = number->numbers[0];
			number = next_of_kind(tally, number, 'n');
		}
		while (value != NULL && compare_attribute(tally, first, value) == 0)
		{
			if (pg_add_s64_overflow(customers, value->numbers[0], &customers))
				return false;
			value = next_of_kind(tally, value, 'v');
		}
		if (!segment_has(tally, &segment, first, customers))
			return false;
	}
	return true;
}

/* What a stored profile must be, beyond being a tally. */
static const char *
profile_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;

	if (tally->settings_size != 0)
		return "There are no settings of a persona_profile";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];
		char kind;
		bool attribute, value;

		tally_parts(tally, entry, parts);
		kind = parts[0].length == 1 ? parts[0].data[0] : '\0';
		attribute = parts[2].data != NULL;
		value = parts[3].data != NULL;
		if (parts[1].data == NULL || (kind != 't' && kind != 'v' && kind != 'n') ||
			attribute != (kind != 't') || value != (kind == 'v'))
			return "An entry is named by a kind (t, v or n), a segment, an attribute and a value";
		if (entry->numbers[0] < 1)
			return "Counts of customers must be positive";
		for (int i = 1; kind != 'n' && i < tally->width; i++)
			if (entry->numbers[i] != 0)
				return "Only numeric attributes have sums";
	}
	if (!attributes_add_up(tally))
		return "More customers have an attribute than are in the segment";
	return NULL;
}

const TallyKind persona_kind = {"persona_profile", 4, 6, profile_problem};

extern Datum persona_profile_in(PG_FUNCTION_ARGS);
extern Datum persona_profile_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(persona_profile)
TALLY_ORDER_FUNCTIONS(persona_profile, &persona_kind)

static TallyPart
part_of(const char *data, int length)
{
	TallyPart part = {data, length};

	return part;
}

/* A number within NUMBER_MAX in units of 1e-6, rounded half away from zero. */
static int64
decimal_units(Datum numeric)
{
	int scale;
	Decimal value = decimal_from_numeric(numeric, &scale);
	Decimal unit = decimal_power_of_ten(DECIMAL_SCALE - 6);

	return (int64) ((value + (value < 0 ? -unit / 2 : unit / 2)) / unit);
}

/* A number in units of 1e-6, with its square, as the words of an entry. */
static void
add_number(int64 *numbers, Numeric numeric, const JsonbValue *key)
{
	double value =
		DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(numeric)));
	int64 words[6] = {1};
	int64 units;
	unsigned __int128 square;

	if (!(fabs(value) <= NUMBER_MAX))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("attribute \"%.*s\" must be a number within 9e12, not %g",
							   key->val.string.len, key->val.string.val, value)));
	units = decimal_units(NumericGetDatum(numeric));
	square = (unsigned __int128) ((__int128) units * units);
	words[1] = units;
	words[2] = units < 0 ? -1 : 0;
	words[3] = (int64) (uint64) square;
	words[4] = (int64) (uint64) (square >> 64);
	tally_add_words(numbers, words, 6);
}

/* One attribute of a customer. */
static void
add_attribute(Tally **tally, TallyPart segment, const JsonbValue *key, const JsonbValue *value)
{
	TallyPart parts[4] = {
		part_of("v", 1), segment, part_of(key->val.string.val, key->val.string.len), {NULL, 0}};

	switch (value->type)
	{
		case jbvNull:
			return;
		case jbvNumeric:
			parts[0] = part_of("n", 1);
			add_number(tally_numbers(tally, parts, &persona_kind), value->val.numeric, key);
			return;
		case jbvBool:
			parts[3] = value->val.boolean ? part_of("true", 4) : part_of("false", 5);
			break;
		case jbvString:
			parts[3] = part_of(value->val.string.val, value->val.string.len);
			break;
		default:
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("attribute \"%.*s\" must be a string, a number, a boolean or "
								   "null",
								   key->val.string.len, key->val.string.val)));
	}
	{
		int64 *numbers = tally_numbers(tally, parts, &persona_kind);

		numbers[0] = add_counts(numbers[0], 1, "customers");
	}
}

/*
 * persona_profile_accumulate(persona_profile, segment text, attributes jsonb)
 * -> persona_profile: one customer more. A NULL segment is skipped and counted;
 * NULL attributes are a customer of whom nothing is known. Strings and booleans
 * are values, numbers are averaged, nulls are missing.
 */
PG_FUNCTION_INFO_V1(persona_profile_accumulate);
Datum
persona_profile_accumulate(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &persona_kind);
	TallyPart parts[4] = {{"t", 1}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
	text *segment;
	int64 *numbers;
	Jsonb *json;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue key = {0};
	JsonbValue value;

	if (PG_ARGISNULL(1))
	{
		tally->ignored = add_counts(tally->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
	}
	segment = PG_GETARG_TEXT_PP(1);
	parts[1] = part_of(VARDATA_ANY(segment), VARSIZE_ANY_EXHDR(segment));
	numbers = tally_numbers(&tally, parts, &persona_kind);
	numbers[0] = add_counts(numbers[0], 1, "customers");
	if (PG_ARGISNULL(2))
		PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
	json = PG_GETARG_JSONB_P(2);
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("attributes must be a JSON object, not %s",
							   JsonbToCString(NULL, &json->root, 0))));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = value;
		else if (token == WJB_VALUE)
			add_attribute(&tally, parts[1], &key, &value);
	}
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* persona_profile_merge(persona_profile, persona_profile) -> persona_profile: the customers of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(persona_profile_merge);
Datum
persona_profile_merge(PG_FUNCTION_ARGS)
{
	return tally_merge(fcinfo, &persona_kind);
}

/* persona_profile_final(persona_profile) -> persona_profile: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(persona_profile_final);
Datum
persona_profile_final(PG_FUNCTION_ARGS)
{
	return tally_final(fcinfo, &persona_kind);
}

/* persona_profile_in(cstring) -> persona_profile */
PG_FUNCTION_INFO_V1(persona_profile_in);
Datum
persona_profile_in(PG_FUNCTION_ARGS)
{
	return tally_in(fcinfo, &persona_kind);
}

/* persona_profile_out(persona_profile) -> cstring */
PG_FUNCTION_INFO_V1(persona_profile_out);
Datum
persona_profile_out(PG_FUNCTION_ARGS)
{
	return tally_out(fcinfo, &persona_kind);
}
