/*
 * ltv_sample_start.c
 *		The start of a fit in the stored forms of ltv_sample: an array of
 *		[model, parameters...], or null.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/binary.h"
#include "ltv/ltv_sample_start.h"

StaticAssertDecl(offsetof(LtvStart, spend) ==
					 sizeof(double) * LTV_MAX_MODELS * LTV_START_PARAMETERS,
				 "no padding in LtvStart");

/* Model i of both kinds, one after the other: its numbers, how many, its name; false at the end. */
static bool
start_of(const LtvStart *start, int i, double **numbers, int *count, const char **name)
{
	if (i < ltv_transaction_model_count)
	{
		*numbers = (double *) start->purchase[i];
		*count = ltv_free_parameters(ltv_transaction_model(i));
		*name = ltv_transaction_model_names[i];
		return true;
	}
	i -= ltv_transaction_model_count;
	if (i >= ltv_spend_model_count)
		return false;
	*numbers = (double *) start->spend[i];
	*count = ltv_spend_model(i)->nparameters;
	*name = ltv_spend_model_names[i];
	return true;
}

void
ltv_start_append(StringInfo out, const LtvStart *start)
{
	const char *separator = "[";
	double *numbers;
	const char *name;
	int count;

	for (int i = 0; start_of(start, i, &numbers, &count, &name); i++)
	{
		if (numbers[0] == 0.0)
			continue;
		appendStringInfo(out, "%s[\"%s\"", separator, name);
		for (int j = 0; j < count; j++)
		{
			appendStringInfoString(out, ", ");
			json_append_float8(out, numbers[j]);
		}
		appendStringInfoChar(out, ']');
		separator = ", ";
	}
	appendStringInfoString(out, separator[0] == '[' ? "null" : "]");
}

static void
read_one(JsonReader *reader, LtvStart *start)
{
	double *numbers;
	const char *name;
	char *word;
	int count;
	int i = 0;
	int n = 0;

	json_open_array(reader);
	if (!json_next_element(reader))
		json_fail(reader, "Expected the name of a model");
	word = json_string(reader, NAMEDATALEN);
	while (start_of(start, i, &numbers, &count, &name) && strcmp(name, word) != 0)
		i++;
	if (!start_of(start, i, &numbers, &count, &name))
		json_fail(reader, psprintf("Unknown model \"%s\"", word));
	while (json_next_element(reader))
	{
		if (n == count)
			json_fail(reader, "A start has too many parameters");
		numbers[n++] = json_float8(reader);
	}
}

void
ltv_start_from_json(JsonReader *reader, LtvStart *start)
{
	if (json_accept_null(reader))
		return;
	json_open_array(reader);
	while (json_next_element(reader))
		read_one(reader, start);
}

void
ltv_start_send(StringInfo out, const LtvStart *start)
{
	double *numbers;
	const char *name;
	int count;

	for (int i = 0; start_of(start, i, &numbers, &count, &name); i++)
	{
		bool given = numbers[0] != 0.0;

		if (!given)
			continue;
		pq_sendbyte(out, i + 1);
		for (int j = 0; j < count; j++)
			pq_sendfloat8(out, numbers[j]);
	}
	pq_sendbyte(out, 0);
}

void
ltv_start_recv(StringInfo in, LtvStart *start)
{
	double *numbers;
	const char *name;
	int count;
	int number;
	int before = 0;

	while ((number = pq_getmsgbyte(in)) != 0)
	{
		if (number <= before || !start_of(start, number - 1, &numbers, &count, &name))
			receive_fail("ltv_sample", "A model of the start is not known");
		for (int j = 0; j < count; j++)
			numbers[j] = pq_getmsgfloat8(in);
		before = number;
	}
}

const char *
ltv_start_fault(const LtvStart *start)
{
	double *numbers;
	const char *name;
	int count;

	for (int i = 0; start_of(start, i, &numbers, &count, &name); i++)
		for (int j = 0; j < count; j++)
			if (!isfinite(numbers[j]) || numbers[j] < 0.0 ||
				(numbers[j] == 0.0) != (numbers[0] == 0.0) || signbit(numbers[j]))
				return "A start is out of range";
	return NULL;
}
