/*
 * persona_read.c
 *		Reading a persona_profile: as rows, and as a sentence.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "funcapi.h"
#include "math/gamma.h"
#include "persona.h"
#include "utils/builtins.h"

#define SENTENCE_FACTS 3
#define SENTENCE_CHANCE .05	  /* of saying anything of a segment that is like the others */
#define SENTENCE_CUSTOMERS 10 /* and so are those of fewer customers */

static Datum
text_of(const TallyPart *part)
{
	return PointerGetDatum(cstring_to_text_with_len(part->data, part->length));
}

/*
 * personas(persona_profile) -> rows (segment, attribute, value, n, share,
 * base_share, index, lo, hi, z, evidence, mean, base_mean, difference, kind, shrunk). value
 * is NULL for numeric attributes, which have means instead of shares and whose lo
 * and hi are the interval of the difference; missing is a row of its own.
 */
PG_FUNCTION_INFO_V1(personas);
Datum
personas(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_canonical(tally_from_datum(PG_GETARG_DATUM(0), &persona_kind));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64 nrows;
	PersonaRow *rows = persona_rows(tally, NULL, &nrows);

	InitMaterializedSRF(fcinfo, 0);
	for (int64 i = 0; i < nrows; i++)
	{
		const PersonaRow *row = &rows[i];
		static const char *const kinds[] = {"value", "number", "missing"};
		const double numbers[] = {row->share,	  row->base_share, row->index,	  row->lo,
								  row->hi,		  row->z,		   row->evidence, row->mean,
								  row->base_mean, row->difference};
		Datum values[6 + lengthof(numbers)] = {0};
		bool nulls[6 + lengthof(numbers)] = {false};

		values[0] = text_of(&row->segment);
		values[1] = text_of(&row->attribute);
		nulls[2] = row->kind != PERSONA_VALUE;
		if (!nulls[2])
			values[2] = text_of(&row->value);
		values[3] = Int64GetDatum(row->n);
		for (int j = 0; j < (int) lengthof(numbers); j++)
		{
			nulls[4 + j] = !isfinite(numbers[j]);
			values[4 + j] = Float8GetDatum(numbers[j]);
		}
		values[4 + lengthof(numbers)] = CStringGetTextDatum(kinds[row->kind]);
		nulls[5 + lengthof(numbers)] = !isfinite(row->shrunk);
		values[5 + lengthof(numbers)] = Float8GetDatum(row->shrunk);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* 1234567 as 1,234,567. */
static void
append_count(StringInfo out, int64 count)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), INT64_FORMAT, count);

	for (int i = 0; i < length; i++)
	{
		if (i > 0 && (length - i) % 3 == 0)
			appendStringInfoChar(out, ',');
		appendStringInfoChar(out, digits[i]);
	}
}

/* An average in plain words: 1,234,567, 12.35 or 0.00042, never 1.2e+06. */
static void
append_average(StringInfo out, double average)
{
	if (fabs(average) < 999.5)
	{
		char *text = psprintf("%.4g", average);

		appendStringInfoString(out, strchr(text, 'e') == NULL ? text : psprintf("%.6f", average));
		return;
	}
	if (average < 0)
		appendStringInfoChar(out, '-');
	append_count(out, (int64) rint(fabs(average)));
}

static void
append_fact(StringInfo out, const PersonaRow *row)
{
	if (row->kind == PERSONA_NUMBER)
	{
		appendStringInfo(out, "%.*s is ", row->attribute.length, row->attribute.data);
		append_average(out, row->mean);
		appendStringInfoString(out, " on average, against ");
		append_average(out, row->base_mean);
		appendStringInfo(out, " of all (%+.2f standard deviations)", row->difference);
	}
	else
		appendStringInfo(out, "%.1f %% have %.*s = %.*s, against %.1f %% of all (index %.0f)",
						 100 * row->share, row->attribute.length, row->attribute.data,
						 row->value.length, row->value.data, 100 * row->base_share, row->index);
}

/* Compared with the others, and of enough customers to be spoken of? */
static bool
is_candidate(const PersonaRow *row)
{
	return isfinite(row->evidence) && row->n >= SENTENCE_CUSTOMERS &&
		   (row->kind == PERSONA_VALUE || isfinite(row->difference));
}

/*
 * Worth a place in a sentence? The strongest of many comparisons is strong by
 * chance, so it must be less likely than SENTENCE_CHANCE over all of them (Bonferroni).
 */
static bool
is_fact(const PersonaRow *row, int64 ncandidates)
{
	return is_candidate(row) &&
		   gamma_upper_tail(.5, row->evidence * row->evidence / 2) * ncandidates < SENTENCE_CHANCE;
}

/* The strongest evidence first, for or against; with two answers to one question, only one is said. */
static const PersonaRow *
next_fact(const PersonaRow *rows, int64 nrows, const PersonaRow **said, int nsaid)
{
	const PersonaRow *best = NULL;
	int64 ncandidates = 0;

	for (int64 i = 0; i < nrows; i++)
	{
		bool known = false;

		if (!is_candidate(&rows[i]))
			continue;
		ncandidates++;
		for (int j = 0; j < nsaid; j++)
			known |= tally_compare_part(&said[j]->attribute, &rows[i].attribute) == 0;
		if (!known && (best == NULL || fabs(rows[i].evidence) > fabs(best->evidence)))
			best = &rows[i];
	}
	return best != NULL && is_fact(best, ncandidates) ? best : NULL;
}

/*
 * persona_sentence(persona_profile, segment text) -> text: the three strongest
 * facts about a segment in plain words, such as so many comparisons would not
 * show by chance; NULL for an unknown segment.
 */
PG_FUNCTION_INFO_V1(persona_sentence);
Datum
persona_sentence(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_canonical(tally_from_datum(PG_GETARG_DATUM(0), &persona_kind));
	text *name = PG_GETARG_TEXT_PP(1);
	TallyPart segment = {VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)};
	const PersonaRow *said[SENTENCE_FACTS];
	int64 nrows, total;
	PersonaRow *rows;
	int64 customers = persona_customers(tally, &segment, &total);
	int nsaid = 0;
	StringInfoData out;

	if (customers == 0)
		PG_RETURN_NULL();
	rows = persona_rows(tally, &segment, &nrows);
	initStringInfo(&out);
	appendBinaryStringInfo(&out, segment.data, segment.length);
	appendStringInfoString(&out, " (");
	append_count(&out, customers);
	appendStringInfo(&out, " customers, %.1f %% of all): ", 100.0 * customers / total);
	while (nsaid < SENTENCE_FACTS)
	{
		const PersonaRow *fact = next_fact(rows, nrows, said, nsaid);

		if (fact == NULL)
			break;
		if (nsaid > 0)
			appendStringInfoString(&out, "; ");
		append_fact(&out, fact);
		said[nsaid++] = fact;
	}
	appendStringInfoString(&out, nsaid == 0 ? "nothing sets them apart." : ".");
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
