/*
 * movement.c
 *		Who moved between segments: the aggregate segment_moves, a tally of
 *		(before, after).
 */
#include "postgres.h"
#include "compat.h"

#include "base/count.h"
#include "base/tally.h"
#include "base/text_form.h"
#include "funcapi.h"
#include "math/wilson.h"
#include "miscadmin.h"
#include "utils/builtins.h"

static const char *
moves_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;

	if (tally->settings_size != 0)
		return "There are no settings of segment_moves";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		tally_parts(tally, entry, parts);
		if (entry->numbers[0] < 1)
			return "Counts of customers must be positive";
		if (parts[0].data == NULL && parts[1].data == NULL)
			return "A move needs a segment before or after";
	}
	return NULL;
}

static const TallyKind moves_kind = {"segment_moves", 2, 1, moves_problem};

extern Datum segment_moves_in(PG_FUNCTION_ARGS);
extern Datum segment_moves_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(segment_moves)
TALLY_ORDER_FUNCTIONS(segment_moves, &moves_kind)

static TallyPart
part_argument(FunctionCallInfo fcinfo, int number)
{
	TallyPart part = {NULL, 0};

	if (!PG_ARGISNULL(number))
	{
		text *value = PG_GETARG_TEXT_PP(number);

		part.data = VARDATA_ANY(value);
		part.length = VARSIZE_ANY_EXHDR(value);
	}
	return part;
}

/*
 * segment_moves_accumulate(segment_moves, before text, after text) ->
 * segment_moves: one customer more. NULL is absent; a customer who is absent
 * both times is skipped and counted.
 */
PG_FUNCTION_INFO_V1(segment_moves_accumulate);
Datum
segment_moves_accumulate(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &moves_kind);
	TallyPart parts[2] = {part_argument(fcinfo, 1), part_argument(fcinfo, 2)};

	if (parts[0].data == NULL && parts[1].data == NULL)
		tally->ignored = add_counts(tally->ignored, 1, "ignored rows");
	else
	{
		int64 *numbers = tally_numbers(&tally, parts, &moves_kind);

		numbers[0] = add_counts(numbers[0], 1, "customers");
	}
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* segment_moves_merge(segment_moves, segment_moves) -> segment_moves: the customers of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(segment_moves_merge);
Datum
segment_moves_merge(PG_FUNCTION_ARGS)
{
	return tally_merge(fcinfo, &moves_kind);
}

/* segment_moves_final(segment_moves) -> segment_moves: canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(segment_moves_final);
Datum
segment_moves_final(PG_FUNCTION_ARGS)
{
	return tally_final(fcinfo, &moves_kind);
}

/* segment_moves_in(cstring) -> segment_moves */
PG_FUNCTION_INFO_V1(segment_moves_in);
Datum
segment_moves_in(PG_FUNCTION_ARGS)
{
	return tally_in(fcinfo, &moves_kind);
}

/* segment_moves_out(segment_moves) -> cstring */
PG_FUNCTION_INFO_V1(segment_moves_out);
Datum
segment_moves_out(PG_FUNCTION_ARGS)
{
	return tally_out(fcinfo, &moves_kind);
}

/* The customers of all entries with the same `before` as this one, which is the first of them. */
static double
group_total(const Tally *tally, const TallyEntry *first)
{
	const TallyEntry *entry = first;
	TallyPart of[TALLY_MAX_PARTS], parts[TALLY_MAX_PARTS];
	double total = 0.0;

	tally_parts(tally, first, of);
	do
	{
		tally_parts(tally, entry, parts);
		if (tally_compare_part(&of[0], &parts[0]) != 0)
			break;
		total += entry->numbers[0];
	} while ((entry = tally_next(tally, entry)) != NULL);
	return total;
}

/*
 * moves(segment_moves) -> rows (before, after, customers, share, lo, hi) in
 * order of before and after, NULL last: share of the customers with this
 * `before`, with Wilson's interval.
 */
PG_FUNCTION_INFO_V1(moves);
Datum
moves(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_canonical(tally_from_datum(PG_GETARG_DATUM(0), &moves_kind));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const TallyEntry *entry = NULL;
	TallyPart last = {NULL, 0};
	double total = 0.0;

	InitMaterializedSRF(fcinfo, 0);
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];
		Datum values[6] = {0};
		bool nulls[6] = {false};
		double customers = entry->numbers[0];
		double lo, hi;

		CHECK_FOR_INTERRUPTS();
		tally_parts(tally, entry, parts);
		if (total == 0 || tally_compare_part(&last, &parts[0]) != 0)
			total = group_total(tally, entry);
		last = parts[0];
		wilson_interval(customers, total, &lo, &hi);
		for (int i = 0; i < 2; i++)
		{
			nulls[i] = parts[i].data == NULL;
			if (!nulls[i])
				values[i] =
					PointerGetDatum(cstring_to_text_with_len(parts[i].data, parts[i].length));
		}
		values[2] = Int64GetDatum(entry->numbers[0]);
		values[3] = Float8GetDatum(customers / total);
		values[4] = Float8GetDatum(lo);
		values[5] = Float8GetDatum(hi);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
