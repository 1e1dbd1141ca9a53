/*
 * ltv_meaning.c
 *		What it means that parameters are at the boundary, or badly determined.
 *
 * The parameters come in pairs that describe how customers differ in one
 * thing: a Gamma or Beta distribution (p and q of spend stand for themselves).
 * A pair that runs off to infinity along a ridge says that they do not differ;
 * one that vanishes, that there are two extreme kinds; and one that runs to a
 * side, that the thing does not happen.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "ltv/ltv_meaning.h"

#define LARGE 1e3 /* of a parameter, or of one to the other */
#define SMALL 1e-3
#define STRAIN 3.0 /* of one standard error to the other */

typedef struct Pair
{
	const char *first;
	const char *second;
	bool discrete;		 /* of BG/BB, where alpha and beta are something else */
	const char *alike;	 /* both large */
	const char *extreme; /* both small */
	const char *never;	 /* the first small against the second */
	const char *always;	 /* the second small against the first */
} Pair;

static const Pair pairs[] = {
	{"r", "alpha", false, "All customers buy at the same rate, r/alpha.",
	 "A few customers make almost all purchases.", "Almost nobody buys again.",
	 "Purchases follow each other with no time between them."},
	{"a", "b", false, "After a purchase all customers drop out with the same probability, a/(a+b).",
	 "Customers drop out at once or never.", "Nobody seems to drop out.",
	 "Everybody drops out after one purchase."},
	{"s", "beta", false, "All customers drop out at the same rate, s/beta.",
	 "Customers drop out at once or never.", "Nobody seems to drop out.",
	 "Everybody drops out at once."},
	{"alpha", "beta", true, "All customers buy with the same probability, alpha/(alpha+beta).",
	 "Customers buy at every opportunity or at none.", "Almost nobody buys again.",
	 "Everybody buys at every opportunity."},
	{"gamma", "delta", true,
	 "All customers drop out with the same probability, gamma/(gamma+delta).",
	 "Customers drop out at once or never.", "Nobody seems to drop out.",
	 "Everybody drops out at once."},
	{"q", "q", false, "All customers have the same mean value of a purchase.",
	 "The values of purchases have no finite mean.", NULL, NULL},
	{"p", "p", false, "A customer's purchases all have the same value.",
	 "A customer's purchases have wildly different values.", NULL, NULL},
};

static int
find_parameter(const LtvValue *value, int index, const char *name)
{
	const LtvPart *part = &value->parts[index];

	for (int i = 0; i < part->nparameters; i++)
		if (strcmp(ltv_parameter_name(&value->settings, part, index == ltv_spend_part(value), i),
				   name) == 0)
			return i;
	return -1;
}

/* NULL where the numbers do not show it: a direction of the likelihood that is flat everywhere. */
static const char *
meaning_of(const Pair *pair, double first, double second)
{
	if (first >= LARGE && second >= LARGE)
		return pair->alike;
	if (first <= SMALL && second <= SMALL)
		return pair->extreme;
	if (first <= SMALL * second)
		return pair->never;
	if (second <= SMALL * first)
		return pair->always;
	return Min(first, second) <= SMALL && Max(first, second) <= 1.0 ? pair->extreme : NULL;
}

/* A coefficient has no finite estimate where its covariate separates two kinds of customers fully, or is constant. */
static void
append_coefficients(StringInfo out, const LtvValue *value, int index)
{
	const LtvPart *part = &value->parts[index];

	for (int i = 0; i < part->nparameters; i++)
		if (ltv_is_coefficient(part, false, i) && (part->at_boundary & UINT64CONST(1) << i))
			appendStringInfo(out, "%sThe effect of %s is not determined by these data.",
							 out->len > 0 ? " " : "",
							 ltv_parameter_name(&value->settings, part, false, i));
}

static void
append_meanings(StringInfo out, const LtvValue *value, int index)
{
	const double *parameters = ltv_part_parameters(value, index);
	bool discrete = index != ltv_spend_part(value) &&
					ltv_transaction_model(value->parts[index].model)->discrete;

	for (int i = 0; i < (int) lengthof(pairs); i++)
	{
		int first = find_parameter(value, index, pairs[i].first);
		int second = find_parameter(value, index, pairs[i].second);
		uint64 both;
		const char *meaning;

		if (first < 0 || second < 0 || pairs[i].discrete != discrete)
			continue;
		both = UINT64CONST(1) << first | UINT64CONST(1) << second;
		if ((value->parts[index].at_boundary & both) == 0)
			continue;
		if (out->len > 0)
			appendStringInfoChar(out, ' ');
		meaning = meaning_of(&pairs[i], parameters[first], parameters[second]);
		if (meaning != NULL)
			appendStringInfoString(out, meaning);
		else if (first == second)
			appendStringInfo(out, "These data do not determine %s.", pairs[i].first);
		else
			appendStringInfo(out, "These data do not determine %s and %s.", pairs[i].first,
							 pairs[i].second);
	}
}

char *
ltv_boundary_meaning(const LtvValue *value)
{
	StringInfoData out;

	initStringInfo(&out);
	if (ltv_purchase_usable(value))
	{
		append_meanings(&out, value, value->chosen);
		append_coefficients(&out, value, value->chosen);
	}
	if (ltv_spend_usable(value))
		append_meanings(&out, value, ltv_spend_part(value));
	return out.len > 0 ? out.data : NULL;
}

/* By the sandwich over by the Hessian, of parameter i: 1 where the model is right. */
static double
error_ratio(const LtvValue *value, int index, int i)
{
	double plain = *ltv_part_covariance(value, index, false, i, i);
	double robust = *ltv_part_covariance(value, index, true, i, i);

	return plain > 0.0 && robust > 0.0 ? sqrt(robust / plain) : 1.0;
}

static void
append_strain(StringInfo out, const LtvValue *value, int index)
{
	for (int i = 0; i < value->parts[index].nparameters; i++)
	{
		double ratio = error_ratio(value, index, i);

		if (ratio < STRAIN && ratio > 1.0 / STRAIN)
			continue;
		appendStringInfo(out,
						 "%sThe standard errors of %s by the Hessian and by the sandwich differ "
						 "%.0f-fold: trust neither, for the model fits these data badly or few "
						 "customers decide.",
						 out->len > 0 ? " " : "",
						 ltv_parameter_name(&value->settings, &value->parts[index],
											index == ltv_spend_part(value), i),
						 ratio > 1.0 ? ratio : 1.0 / ratio);
		return;
	}
}

char *
ltv_value_meaning(const LtvValue *value)
{
	char *boundary = ltv_boundary_meaning(value);
	StringInfoData out;

	initStringInfo(&out);
	if (value->ncandidates > 0 && !ltv_purchase_usable(value))
		appendStringInfoString(&out, "No highest point of the likelihood was found: these data do "
									 "not determine the model. Another model, or a small "
									 "prior_weight, may do better.");
	if (boundary != NULL)
		appendStringInfo(&out, "%s%s", out.len > 0 ? " " : "", boundary);
	if (ltv_purchase_usable(value))
		append_strain(&out, value, value->chosen);
	if (ltv_spend_usable(value))
		append_strain(&out, value, ltv_spend_part(value));
	return out.len > 0 ? out.data : NULL;
}
