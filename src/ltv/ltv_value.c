/*
 * ltv_value.c
 *		The stored form of an ltv_model, and its state in words.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_value.h"
#include "utils/builtins.h"

static const char *const part_names[LTV_PARTS] = {"purchase", "spend"};

LtvValue *
ltv_value_create(int purchase_parameters, int spend_parameters)
{
	Size size = ltv_value_size(purchase_parameters, spend_parameters);
	LtvValue *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->version = LTV_VALUE_VERSION;
	value->parts[LTV_PURCHASE].nparameters = purchase_parameters;
	value->parts[LTV_SPEND].nparameters = spend_parameters;
	return value;
}

LtvValue *
ltv_value_from_datum(Datum datum)
{
	LtvValue *value = (LtvValue *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(value) < ltv_value_size(0, 0) || value->version != LTV_VALUE_VERSION ||
		VARSIZE(value) != ltv_value_size(value->parts[LTV_PURCHASE].nparameters,
										 value->parts[LTV_SPEND].nparameters))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored ltv_model is of no known form")));
	return value;
}

const char *
ltv_part_name(LtvPartName part)
{
	return part_names[part];
}

int
ltv_part_expected_parameters(const LtvSettings *settings, LtvPartName part)
{
	return part == LTV_PURCHASE ? ltv_transaction_model(settings)->nparameters
								: ltv_spend_model(settings)->nparameters;
}

const char *const *
ltv_part_parameter_names(const LtvSettings *settings, LtvPartName part)
{
	return part == LTV_PURCHASE ? ltv_transaction_model(settings)->parameter_names
								: ltv_spend_model(settings)->parameter_names;
}

static void
append_missing(StringInfo out, const LtvValue *value, LtvPartName part)
{
	int64 found = part == LTV_PURCHASE ? value->repeat_customers : value->spend_customers;

	appendStringInfo(
		out, "%s: " INT64_FORMAT " customer%s with %s, at least %d are needed",
		part == LTV_PURCHASE ? "not fitted" : "spend not fitted", found, found == 1 ? "" : "s",
		part == LTV_PURCHASE ? "a repeat purchase" : "positive repeat spend", LTV_MIN_CUSTOMERS);
}

static void
append_not_converged(StringInfo out, const LtvPart *part, LtvPartName name)
{
	appendStringInfo(out,
					 "%snot converged: after %d iterations the gradient per customer is %.2g and "
					 "the condition number %.2g",
					 name == LTV_SPEND ? "spend " : "", part->iterations, part->gradient_norm,
					 part->condition_number);
}

static void
append_boundary(StringInfo out, const LtvValue *value, LtvPartName name)
{
	const LtvPart *part = &value->parts[name];
	const char *const *names = ltv_part_parameter_names(&value->settings, name);
	const double *parameters = ltv_part_parameters(value, name);
	const char *separator = "";

	appendStringInfo(out, "%sat boundary: parameter ", name == LTV_SPEND ? "spend " : "");
	for (int i = 0; i < part->nparameters; i++)
		if (part->at_boundary & (1 << i))
		{
			appendStringInfo(out, "%s%s = %.2g", separator, names[i], parameters[i]);
			separator = ", ";
		}
}

char *
ltv_value_status(const LtvValue *value)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < LTV_PARTS; i++)
	{
		LtvPartName name = (LtvPartName) i;
		const LtvPart *part = &value->parts[i];
		int before = out.len;

		/* Without a purchase part nothing is answered; the spend part does not matter then. */
		if (name == LTV_SPEND && !ltv_part_usable(value, LTV_PURCHASE))
			break;
		if (before > 0)
			appendStringInfoString(&out, "; ");
		if (part->nparameters == 0)
			append_missing(&out, value, name);
		else if (!part->converged)
			append_not_converged(&out, part, name);
		else if (part->at_boundary != 0)
			append_boundary(&out, value, name);
		else
			out.len = before;
		out.data[out.len] = '\0';
	}
	if (out.len == 0)
		appendStringInfoString(&out, "ok");
	return out.data;
}
