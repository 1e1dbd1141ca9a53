/*
 * distribution.c
 *		The type distribution_summary: how often each number or category came,
 *		and what the aggregate gini makes of it.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/text_form.h"
#include "common/shortest_dec.h"
#include "distribution.h"
#include "utils/builtins.h"

/* The double that a stored text is exactly the shortest form of. */
static bool
parse_number(const TallyPart *part, double *value)
{
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];
	char again[DOUBLE_SHORTEST_DECIMAL_LEN];
	char *end;

	if (part->length == 0 || part->length >= (int) sizeof(text))
		return false;
	memcpy(text, part->data, part->length);
	text[part->length] = '\0';
	*value = strtod(text, &end);
	if (*end != '\0' || !isfinite(*value))
		return false;
	double_to_shortest_decimal_buf(*value + 0.0, again);
	return strcmp(text, again) == 0;
}

static const char *
distribution_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;
	char kind = '\0';

	if (tally->settings_size != 0)
		return "There are no settings of a distribution_summary";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];
		double value;

		tally_parts(tally, entry, parts);
		if (parts[0].length != 1 || parts[1].data == NULL || entry->numbers[0] < 1 ||
			(parts[0].data[0] != 'n' && parts[0].data[0] != 'c') ||
			(kind != '\0' && parts[0].data[0] != kind))
			return "An entry is a kind (n or c, the same for all), a value and a positive count";
		kind = parts[0].data[0];
		if (kind == 'n' && !parse_number(&parts[1], &value))
			return "A number is not written in its shortest form";
	}
	return NULL;
}

const TallyKind distribution_kind = {"distribution_summary", 2, 1, distribution_problem};

extern Datum distribution_summary_in(PG_FUNCTION_ARGS);
extern Datum distribution_summary_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(distribution_summary)
TALLY_ORDER_FUNCTIONS(distribution_summary, &distribution_kind)

bool
distribution_is_numeric(const Tally *tally)
{
	const TallyEntry *entry = tally_next(tally, NULL);
	TallyPart parts[TALLY_MAX_PARTS];

	if (entry == NULL)
		return true;
	tally_parts(tally, entry, parts);
	return parts[0].data[0] == 'n';
}

static int
compare_values(const void *left, const void *right)
{
	double a = ((const DistributionValue *) left)->value;
	double b = ((const DistributionValue *) right)->value;

	return (a > b) - (a < b);
}

DistributionValue *
distribution_numbers(const Tally *tally, int64 *n)
{
	DistributionValue *values =
		palloc_extended(Max(tally->nentries, 1) * sizeof(DistributionValue), MCXT_ALLOC_HUGE);
	const TallyEntry *entry = NULL;

	*n = 0;
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		tally_parts(tally, entry, parts);
		if (!parse_number(&parts[1], &values[*n].value))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("the distribution_summary is of categories, not of numbers")));
		values[(*n)++].count = entry->numbers[0];
	}
	qsort(values, *n, sizeof(DistributionValue), compare_values);
	return values;
}

/* One value more of a kind; both kinds in one summary are an error. */
static Tally *
add_value(Tally *tally, const char *kind, const char *text, int length)
{
	TallyPart parts[2] = {{kind, 1}, {text, length}};
	int64 *numbers;

	if (tally->nentries > 0 && distribution_is_numeric(tally) != (*kind == 'n'))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a distribution_summary holds numbers or categories, not both")));
	numbers = tally_numbers(&tally, parts, &distribution_kind);
	numbers[0] = add_counts(numbers[0], 1, "values");
	return tally;
}

/*
 * distribution_summary_accumulate(distribution_summary, value float8) ->
 * distribution_summary: one number more. NULL is skipped and counted; NaN and
 * infinity are errors.
 */
PG_FUNCTION_INFO_V1(distribution_summary_add_float8);
Datum
distribution_summary_add_float8(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &distribution_kind);
	char text[DOUBLE_SHORTEST_DECIMAL_LEN];
	double value;

	if (PG_ARGISNULL(1))
	{
		tally->ignored = add_counts(tally->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
	}
	value = PG_GETARG_FLOAT8(1) + 0.0; /* no negative zero */
	if (!isfinite(value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("value must be a finite number, not %g", value)));
	tally = add_value(tally, "n", text, double_to_shortest_decimal_buf(value, text));
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* distribution_summary_accumulate(distribution_summary, value text): one category more; NULL is skipped and counted. */
PG_FUNCTION_INFO_V1(distribution_summary_add_text);
Datum
distribution_summary_add_text(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &distribution_kind);

	if (PG_ARGISNULL(1))
		tally->ignored = add_counts(tally->ignored, 1, "ignored rows");
	else
	{
		text *value = PG_GETARG_TEXT_PP(1);

		tally = add_value(tally, "c", VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* distribution_summary_merge(distribution_summary, distribution_summary): the values of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(distribution_summary_merge);
Datum
distribution_summary_merge(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
	{
		Tally *a = tally_from_datum(PG_GETARG_DATUM(0), &distribution_kind);
		Tally *b = tally_from_datum(PG_GETARG_DATUM(1), &distribution_kind);

		if (a->nentries > 0 && b->nentries > 0 &&
			distribution_is_numeric(a) != distribution_is_numeric(b))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a distribution_summary holds numbers or categories, not both")));
	}
	return tally_merge(fcinfo, &distribution_kind);
}

/* distribution_summary_final(distribution_summary): canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(distribution_summary_final);
Datum
distribution_summary_final(PG_FUNCTION_ARGS)
{
	return tally_final(fcinfo, &distribution_kind);
}

/* distribution_summary_in(cstring) -> distribution_summary */
PG_FUNCTION_INFO_V1(distribution_summary_in);
Datum
distribution_summary_in(PG_FUNCTION_ARGS)
{
	return tally_in(fcinfo, &distribution_kind);
}

/* distribution_summary_out(distribution_summary) -> cstring */
PG_FUNCTION_INFO_V1(distribution_summary_out);
Datum
distribution_summary_out(PG_FUNCTION_ARGS)
{
	return tally_out(fcinfo, &distribution_kind);
}

/*
 * gini(distribution_summary) -> float8: 2 sum i x_(i) / (n sum x) - (n + 1) / n
 * over the values in ascending order: 0 when all are equal. NULL without values
 * or when all are 0; a negative value is an error.
 */
PG_FUNCTION_INFO_V1(distribution_gini);
Datum
distribution_gini(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_from_datum(PG_GETARG_DATUM(0), &distribution_kind);
	int64 nvalues;
	DistributionValue *values = distribution_numbers(tally, &nvalues);
	double n = 0.0, sum = 0.0, ranked = 0.0, largest;

	if (nvalues == 0 || values[nvalues - 1].value == 0)
	{
		if (nvalues == 0 || values[0].value >= 0)
			PG_RETURN_NULL();
	}
	if (values[0].value < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("gini needs values of at least 0, not %g", values[0].value)));
	largest = values[nvalues - 1].value;
	for (int64 i = 0; i < nvalues; i++)
	{
		double count = values[i].count;
		double x = values[i].value / largest; /* no overflow */

		/* The ranks n + 1 to n + count add up to count * n + count (count + 1) / 2. */
		ranked += x * (count * n + count * (count + 1) / 2);
		sum += x * count;
		n += count;
	}
	/* Rounding may fall below 0 for equal values. */
	PG_RETURN_FLOAT8(Max(2 * ranked / (n * sum) - (n + 1) / n, 0.0));
}
