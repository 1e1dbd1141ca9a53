/*
 * ltv_value.c
 *		The stored form of an ltv_model, and its state in words.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_value.h"
#include "utils/builtins.h"

static Size
value_size(const LtvSettings *settings, const LtvPart *parts, int nparts)
{
	Size size = offsetof(LtvValue, parts) + sizeof(LtvPart) * nparts +
				sizeof(double) * settings->covariates;

	for (int i = 0; i < nparts; i++)
		size += sizeof(double) * LTV_PART_NUMBERS((Size) parts[i].nparameters);
	return size;
}

LtvValue *
ltv_value_create(const LtvSettings *settings, const LtvPart *parts, int ncandidates, int nspend)
{
	Size size = value_size(settings, parts, ncandidates + nspend);
	LtvValue *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->version = LTV_VALUE_VERSION;
	value->ncandidates = ncandidates;
	value->has_spend = nspend;
	value->settings = *settings;
	for (int i = 0; i < ncandidates + nspend; i++)
	{
		value->parts[i].model = parts[i].model;
		value->parts[i].nparameters = parts[i].nparameters;
	}
	return value;
}

LtvValue *
ltv_value_from_datum(Datum datum)
{
	LtvValue *value = (LtvValue *) PG_DETOAST_DATUM(datum);
	Size size = VARSIZE(value);

	if (size < offsetof(LtvValue, parts) || value->version != LTV_VALUE_VERSION ||
		value->ncandidates > LTV_MAX_MODELS || value->has_spend > 1 ||
		size < offsetof(LtvValue, parts) + sizeof(LtvPart) * ltv_part_count(value) ||
		size != value_size(&value->settings, value->parts, ltv_part_count(value)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored ltv_model is of no known form")));
	return value;
}

const LtvTransactionModel *
ltv_chosen_model(const LtvValue *value)
{
	int number = 0;

	if (value->ncandidates > 0)
		return ltv_transaction_model(value->parts[value->chosen].model);
	while ((value->settings.models & (1 << number)) == 0)
		number++;
	return ltv_transaction_model(number);
}

const char *
ltv_part_name(const LtvValue *value, int part)
{
	return part == ltv_spend_part(value) ? "spend" : "purchase";
}

int
ltv_expected_parameters(const LtvSettings *settings, int model, bool spend)
{
	if (spend)
		return ltv_spend_model(model)->nparameters;
	return ltv_transaction_model(model)->nparameters + 2 * settings->covariates;
}

const char *
ltv_parameter_name(const LtvSettings *settings, const LtvPart *part, bool spend, int i)
{
	const LtvTransactionModel *purchase;
	int covariate;

	if (spend)
		return ltv_spend_model(part->model)->parameter_names[i];
	purchase = ltv_transaction_model(part->model);
	covariate = i - purchase->nparameters;
	if (covariate < 0)
		return purchase->parameter_names[i];
	if (covariate < settings->covariates)
		return psprintf("purchase covariate %d", covariate + 1);
	return psprintf("dropout covariate %d", covariate - settings->covariates + 1);
}

bool
ltv_is_coefficient(const LtvPart *part, bool spend, int i)
{
	return !spend && i >= ltv_transaction_model(part->model)->nparameters;
}

static void
append_missing(StringInfo out, const LtvValue *value, bool spend)
{
	int64 found = spend ? value->spend_customers : value->repeat_customers;

	appendStringInfo(out, "%s: " INT64_FORMAT " customer%s with %s, at least %d are needed",
					 spend ? "spend not fitted" : "not fitted", found, found == 1 ? "" : "s",
					 spend ? "positive repeat spend" : "a repeat purchase", LTV_MIN_CUSTOMERS);
}

static void
append_boundary(StringInfo out, const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];
	bool spend = index == ltv_spend_part(value);
	const double *parameters = ltv_part_parameters(value, index);
	const char *separator = "";

	appendStringInfo(out, "%sat boundary: parameter ", spend ? "spend " : "");
	for (int i = 0; i < part->nparameters; i++)
		if (part->at_boundary & (UINT64CONST(1) << i))
		{
			appendStringInfo(out, "%s%s = %.2g", separator,
							 ltv_parameter_name(&value->settings, part, spend, i), parameters[i]);
			separator = ", ";
		}
}

void
ltv_append_part_status(StringInfo out, const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];

	if (!part->converged)
		appendStringInfo(
			out,
			"%snot converged: after %d iterations the gradient per customer is %.2g and "
			"the condition number %.2g",
			index == ltv_spend_part(value) ? "spend " : "", part->iterations, part->gradient_norm,
			part->condition_number);
	else if (part->at_boundary != 0)
		append_boundary(out, value, index);
}

char *
ltv_value_status(const LtvValue *value)
{
	StringInfoData out;
	int before;

	initStringInfo(&out);
	if (value->ncandidates == 0)
		append_missing(&out, value, false);
	else
		ltv_append_part_status(&out, value, value->chosen);
	/* Without a purchase part nothing is answered; the spend part does not matter then. */
	if (ltv_purchase_usable(value))
	{
		before = out.len;
		if (before > 0)
			appendStringInfoString(&out, "; ");
		if (!value->has_spend)
			append_missing(&out, value, true);
		else
			ltv_append_part_status(&out, value, ltv_spend_part(value));
		if (before > 0 && out.len == before + 2)
		{
			out.len = before;
			out.data[before] = '\0';
		}
	}
	if (out.len == 0)
		appendStringInfoString(&out, "ok");
	return out.data;
}
