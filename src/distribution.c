/*
 * distribution.c
 *		The type distribution_summary: how often each number or category came,
 *		and what the aggregate gini makes of it.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/state.h"
#include "distribution.h"
#include "miscadmin.h"

static const char *
categories_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;

	if (tally->settings_size != 0)
		return "There are no settings of a distribution_summary";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		tally_parts(tally, entry, parts);
		if (parts[0].length != 1 || parts[0].data[0] != 'c' || parts[1].data == NULL ||
			entry->numbers[0] < 1)
			return "An entry is a number and its count, or \"c\", a category and its count";
	}
	return NULL;
}

const TallyKind distribution_kind = {"distribution_summary", 2, 1, categories_problem};

void
distribution_read(Datum datum, Distribution *distribution)
{
	Numbers *numbers = (Numbers *) PG_DETOAST_DATUM(datum);

	memset(distribution, 0, sizeof(*distribution));
	if (VARSIZE(numbers) < offsetof(Numbers, words) || numbers->nparts != 0)
		distribution->categories = tally_from_datum(PointerGetDatum(numbers), &distribution_kind);
	else if (numbers->version != NUMBERS_VERSION || numbers->used < 1 ||
			 (VARSIZE(numbers) - offsetof(Numbers, words)) / sizeof(uint64) < (Size) numbers->used)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored distribution_summary is of no known form")));
	else
		distribution->numbers = numbers;
}

DistributionValue *
distribution_values(const Numbers *numbers, int64 *n)
{
	const Numbers *canonical = numbers_canonical(numbers);
	DistributionValue *values =
		palloc_extended(canonical->used * sizeof(DistributionValue), MCXT_ALLOC_HUGE);
	int64 at = 0, count;

	for (*n = 0; numbers_next(canonical, &at, &values[*n].value, &count); (*n)++)
		values[*n].count = count;
	return values;
}

/* What argument 0 of an aggregate's function holds so far, to be changed. */
static void
state_argument(FunctionCallInfo fcinfo, Distribution *state)
{
	if (PG_ARGISNULL(0))
		*state = (Distribution){NULL, tally_create(&distribution_kind)};
	else
	{
		distribution_read(PG_GETARG_DATUM(0), state);
		if (state->numbers != NULL)
			state->numbers = state_for_update(fcinfo, state->numbers);
		else
			state->categories = state_for_update(fcinfo, state->categories);
	}
}

static Datum
state_result(FunctionCallInfo fcinfo, const Distribution *state)
{
	if (state->categories != NULL)
		PG_RETURN_POINTER(tally_state_result(fcinfo, state->categories));
	PG_RETURN_POINTER(state_in_place(fcinfo) ? state->numbers : numbers_finish(state->numbers));
}

static void
ignore(Distribution *state, int64 rows)
{
	int64 *ignored =
		state->numbers != NULL ? &state->numbers->ignored : &state->categories->ignored;

	*ignored = add_counts(*ignored, rows, "ignored rows");
}

/* Numbers into a state that has none, or is without values. */
static void
begin_numbers(Distribution *state)
{
	if (state->numbers != NULL)
		return;
	if (state->categories->nentries > 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a distribution_summary holds numbers or categories, not both")));
	state->numbers = numbers_create(state->categories->ignored);
	state->categories = NULL;
}

static void
need_categories(const Distribution *state)
{
	if (state->numbers != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a distribution_summary holds numbers or categories, not both")));
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
	Distribution state;

	state_argument(fcinfo, &state);
	if (PG_ARGISNULL(1))
		ignore(&state, 1);
	else
	{
		double value = PG_GETARG_FLOAT8(1) + 0.0; /* no negative zero */

		if (!isfinite(value))
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("value must be a finite number, not %g", value)));
		begin_numbers(&state);
		state.numbers = numbers_add(state.numbers, value, 1);
	}
	return state_result(fcinfo, &state);
}

/* distribution_summary_accumulate(distribution_summary, value text): one category more; NULL is skipped and counted. */
PG_FUNCTION_INFO_V1(distribution_summary_add_text);
Datum
distribution_summary_add_text(PG_FUNCTION_ARGS)
{
	Distribution state;

	state_argument(fcinfo, &state);
	if (PG_ARGISNULL(1))
		ignore(&state, 1);
	else
	{
		text *value = PG_GETARG_TEXT_PP(1);
		TallyPart parts[2] = {{"c", 1}, {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)}};
		int64 *numbers;

		need_categories(&state);
		numbers = tally_numbers(&state.categories, parts, &distribution_kind);
		numbers[0] = add_counts(numbers[0], 1, "values");
	}
	return state_result(fcinfo, &state);
}

/* distribution_summary_merge(distribution_summary, distribution_summary): the values of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(distribution_summary_merge);
Datum
distribution_summary_merge(PG_FUNCTION_ARGS)
{
	Distribution state, other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
	{
		state_argument(fcinfo, &state);
		return state_result(fcinfo, &state);
	}
	distribution_read(PG_GETARG_DATUM(1), &other);
	if (other.categories != NULL && other.categories->nentries > 0)
	{
		state_argument(fcinfo, &state);
		need_categories(&state);
		return tally_merge(fcinfo, &distribution_kind);
	}
	state_argument(fcinfo, &state);
	if (other.numbers != NULL)
	{
		begin_numbers(&state);
		ignore(&state, other.numbers->ignored);
		state.numbers = numbers_merge(state.numbers, other.numbers);
	}
	else
		ignore(&state, other.categories->ignored);
	return state_result(fcinfo, &state);
}

/* distribution_summary_final(distribution_summary): canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(distribution_summary_final);
Datum
distribution_summary_final(PG_FUNCTION_ARGS)
{
	Distribution state;

	distribution_read(PG_GETARG_DATUM(0), &state);
	if (state.numbers != NULL)
		PG_RETURN_POINTER(numbers_finish(state.numbers));
	return tally_final(fcinfo, &distribution_kind);
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
	Distribution distribution;
	const Numbers *numbers;
	double n = 0.0, sum = 0.0, ranked = 0.0, largest = 0.0, value;
	int64 at = 0, count;

	distribution_read(PG_GETARG_DATUM(0), &distribution);
	if (distribution.numbers == NULL)
	{
		if (distribution.categories->nentries > 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("the distribution_summary is of categories, not of numbers")));
		PG_RETURN_NULL();
	}
	numbers = numbers_canonical(distribution.numbers);
	(void) numbers_next(numbers, &at, &value, &count);
	if (value < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("gini needs values of at least 0, not %g", value)));
	do
		largest = value;
	while (numbers_next(numbers, &at, &value, &count));
	if (largest == 0)
		PG_RETURN_NULL();
	CHECK_FOR_INTERRUPTS();
	for (at = 0; numbers_next(numbers, &at, &value, &count);)
	{
		double x = value / largest; /* no overflow */

		/* The ranks n + 1 to n + count add up to count * n + count (count + 1) / 2. */
		ranked += x * (count * n + (double) count * (count + 1.0) / 2);
		sum += x * count;
		n += count;
	}
	/* Rounding may fall below 0 for equal values. */
	PG_RETURN_FLOAT8(Max(2 * ranked / (n * sum) - (n + 1) / n, 0.0));
}
