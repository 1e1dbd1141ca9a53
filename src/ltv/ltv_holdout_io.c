/*
 * ltv_holdout_io.c
 *		Text and binary form of ltv_holdout.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/comparison.h"
#include "base/text_form.h"
#include "ltv/ltv_holdout.h"
#include "ltv/ltv_nested.h"
#include "utils/builtins.h"

extern Datum ltv_holdout_in(PG_FUNCTION_ARGS);
extern Datum ltv_holdout_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(ltv_holdout)

static const char type_name[] = "ltv_holdout";

static const char *const keys[] = {
	"version",			 "holdout_end", "customers", "spend_customers", "acquired_later",
	"unmatched_refunds", "ignored",		"purchases", "spend",			"purchases_deciles",
	"spend_deciles",	 "frequencies", "model"};

typedef enum
{
	KEY_VERSION,
	KEY_HOLDOUT_END,
	KEY_CUSTOMERS,
	KEY_SPEND_CUSTOMERS,
	KEY_ACQUIRED_LATER,
	KEY_UNMATCHED,
	KEY_IGNORED,
	KEY_PURCHASES,
	KEY_SPEND,
	KEY_PURCHASES_DECILES,
	KEY_SPEND_DECILES,
	KEY_FREQUENCIES,
	KEY_MODEL
} Key;

#define COUNTS (KEY_PURCHASES - KEY_CUSTOMERS)

static int64 *
count_of(LtvHoldout *holdout, int i)
{
	int64 *const counts[COUNTS] = {&holdout->customers, &holdout->spend_customers,
								   &holdout->acquired_later, &holdout->unmatched_refunds,
								   &holdout->ignored};

	return counts[i];
}

#define ERRORS 2

static HoldoutErrors *
errors_of(LtvHoldout *holdout, int i)
{
	return i == 0 ? &holdout->purchases : &holdout->spend;
}

static double *
error_number(HoldoutErrors *errors, int i)
{
	double *const numbers[HOLDOUT_ERRORS] = {
		&errors->predicted, &errors->actual,		 &errors->naive,		&errors->absolute,
		&errors->squared,	&errors->naive_absolute, &errors->naive_squared};

	return numbers[i];
}

#define TABLES 3 /* deciles by purchases, by spend, frequencies */

static HoldoutRow *
rows_of(LtvHoldout *holdout, int table, int *n)
{
	*n = table < HOLDOUT_RANKINGS ? HOLDOUT_DECILES : HOLDOUT_FREQUENCIES;
	return table < HOLDOUT_RANKINGS ? holdout->deciles[table] : holdout->frequencies;
}

#define ROW_COUNTS 3
#define ROW_NUMBERS 4

static int64 *
row_count(HoldoutRow *row, int i)
{
	int64 *const counts[ROW_COUNTS] = {&row->customers, &row->actual_purchases,
									   &row->naive_purchases};

	return counts[i];
}

static double *
row_number(HoldoutRow *row, int i)
{
	double *const numbers[ROW_NUMBERS] = {&row->predicted_purchases, &row->predicted_spend,
										  &row->actual_spend, &row->naive_spend};

	return numbers[i];
}

static bool
is_row_sound(HoldoutRow *row, int64 customers)
{
	if (row->customers > customers)
		return false;
	for (int i = 0; i < ROW_COUNTS; i++)
		if (*row_count(row, i) < 0)
			return false;
	for (int i = 0; i < ROW_NUMBERS; i++)
		if (!isfinite(*row_number(row, i)))
			return false;
	return true;
}

/* What is wrong with a value that came from outside, its model apart; or NULL. */
static const char *
find_fault(LtvHoldout *holdout, const LtvValue *model)
{
	if (DATE_NOT_FINITE(model->settings.as_of) || model->settings.covariates != 0)
		return "The model is not one of a holdout";
	if (DATE_NOT_FINITE(holdout->holdout_end) || !IS_VALID_DATE(holdout->holdout_end) ||
		holdout->holdout_end <= model->settings.as_of)
		return "The date holdout_end is out of range";
	for (int i = 0; i < COUNTS; i++)
		if (*count_of(holdout, i) < 0)
			return "A count is negative";
	if (holdout->spend_customers > holdout->customers)
		return "The counts do not agree";
	for (int i = 0; i < ERRORS; i++)
	{
		HoldoutErrors *errors = errors_of(holdout, i);

		for (int j = 0; j < HOLDOUT_ERRORS; j++)
			if (!isfinite(*error_number(errors, j)) ||
				(j >= HOLDOUT_ERRORS - 4 && *error_number(errors, j) < 0.0))
				return "A sum is out of range";
	}
	/* Purchases are whole numbers. */
	if (!(fabs(holdout->purchases.actual) < 9e18) || !(fabs(holdout->purchases.naive) < 9e18))
		return "A sum is out of range";
	for (int table = 0; table < TABLES; table++)
	{
		int n;
		HoldoutRow *rows = rows_of(holdout, table, &n);

		for (int i = 0; i < n; i++)
			if (!is_row_sound(&rows[i], holdout->customers))
				return "A row is out of range";
	}
	return NULL;
}

static void
read_errors(JsonReader *reader, HoldoutErrors *errors)
{
	json_open_array(reader);
	for (int i = 0; i < HOLDOUT_ERRORS; i++)
	{
		json_need_element(reader);
		*error_number(errors, i) = json_float8(reader);
	}
	json_close_array(reader);
}

static void
read_rows(JsonReader *reader, HoldoutRow *rows, int n)
{
	json_open_array(reader);
	for (int i = 0; i < n; i++)
	{
		json_need_element(reader);
		json_open_array(reader);
		for (int j = 0; j < ROW_COUNTS; j++)
		{
			json_need_element(reader);
			*row_count(&rows[i], j) = json_int64(reader, 0, PG_INT64_MAX);
		}
		for (int j = 0; j < ROW_NUMBERS; j++)
		{
			json_need_element(reader);
			*row_number(&rows[i], j) = json_float8(reader);
		}
		json_close_array(reader);
	}
	json_close_array(reader);
}

/* Reads the JSON object that ltv_holdout_out writes. */
PG_FUNCTION_INFO_V1(ltv_holdout_in);
Datum
ltv_holdout_in(PG_FUNCTION_ARGS)
{
	LtvHoldout head;
	LtvValue *model = NULL;
	HoldoutRow *rows;
	JsonReader reader;
	uint32 seen = 0;
	int key, n;
	const char *fault;

	memset(&head, 0, sizeof(head));
	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, HOLDOUT_VERSION, HOLDOUT_VERSION);
				break;
			case KEY_HOLDOUT_END:
				head.holdout_end = json_date(&reader);
				break;
			case KEY_PURCHASES:
			case KEY_SPEND:
				read_errors(&reader, errors_of(&head, key - KEY_PURCHASES));
				break;
			case KEY_PURCHASES_DECILES:
			case KEY_SPEND_DECILES:
			case KEY_FREQUENCIES:
				rows = rows_of(&head, key - KEY_PURCHASES_DECILES, &n);
				read_rows(&reader, rows, n);
				break;
			case KEY_MODEL:
				model = ltv_nested_from_json(&reader);
				break;
			default:
				*count_of(&head, key - KEY_CUSTOMERS) = json_int64(&reader, 0, PG_INT64_MAX);
				break;
		}
	}
	json_end(&reader);
	if ((fault = find_fault(&head, model)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(holdout_assemble(&head, model));
}

static void
append_rows(StringInfo out, HoldoutRow *rows, int n)
{
	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(out, i == 0 ? "[" : ", [");
		for (int j = 0; j < ROW_COUNTS; j++)
			appendStringInfo(out, INT64_FORMAT ", ", *row_count(&rows[i], j));
		for (int j = 0; j < ROW_NUMBERS; j++)
		{
			json_append_float8(out, *row_number(&rows[i], j));
			appendStringInfoString(out, j < ROW_NUMBERS - 1 ? ", " : "]");
		}
	}
	appendStringInfoChar(out, ']');
}

static void
append_holdout(StringInfo out, LtvHoldout *holdout)
{
	appendStringInfo(out, "{\"version\": %d, \"holdout_end\": \"", holdout->version);
	date_append(out, holdout->holdout_end);
	appendStringInfoChar(out, '"');
	for (int i = 0; i < COUNTS; i++)
		appendStringInfo(out, ", \"%s\": " INT64_FORMAT, keys[KEY_CUSTOMERS + i],
						 *count_of(holdout, i));
	for (int i = 0; i < ERRORS; i++)
	{
		appendStringInfo(out, ", \"%s\": [", keys[KEY_PURCHASES + i]);
		for (int j = 0; j < HOLDOUT_ERRORS; j++)
		{
			json_append_float8(out, *error_number(errors_of(holdout, i), j));
			appendStringInfoString(out, j < HOLDOUT_ERRORS - 1 ? ", " : "]");
		}
	}
	for (int table = 0; table < TABLES; table++)
	{
		int n;
		HoldoutRow *rows = rows_of(holdout, table, &n);

		appendStringInfo(out, ", \"%s\": ", keys[KEY_PURCHASES_DECILES + table]);
		append_rows(out, rows, n);
	}
	appendStringInfo(out, ", \"%s\": ", keys[KEY_MODEL]);
	ltv_nested_append(out, holdout_model(holdout));
	appendStringInfoChar(out, '}');
}

/*
 * One JSON object. Purchases and spend as [predicted, actual, naive, absolute
 * errors, squared errors, absolute and squared errors of naive]; rows as
 * [customers, actual purchases, naive, predicted, predicted spend, actual,
 * naive]. All are totals.
 */
PG_FUNCTION_INFO_V1(ltv_holdout_out);
Datum
ltv_holdout_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_holdout(&out, holdout_from_datum(PG_GETARG_DATUM(0)));
	PG_RETURN_CSTRING(out.data);
}

CONTENT_ORDER_FUNCTIONS(ltv_holdout, stored_content)
