/*
 * ltv_meaning.c
 *		What it means that parameters are at the boundary.
 *
 * The parameters come in pairs that describe how customers differ in one
 * thing: a Gamma or Beta distribution (p and q of spend stand for themselves). A pair that runs off to infinity along a
 * ridge says that they do not differ; one that vanishes, that there are two
 * extreme kinds; and one that runs to a side, that the thing does not happen.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_meaning.h"

#define LARGE 1e3
#define SMALL 1e-3

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
	 "Purchases are as frequent as the days."},
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

static const char *
meaning_of(const Pair *pair, double first, double second)
{
	if (first >= LARGE && second >= LARGE)
		return pair->alike;
	if (first <= SMALL && second <= SMALL)
		return pair->extreme;
	return first < second ? pair->never : pair->always;
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
		meaning = meaning_of(&pairs[i], parameters[first], parameters[second]);
		if (meaning != NULL)
			appendStringInfo(out, "%s%s", out->len > 0 ? " " : "", meaning);
	}
}

char *
ltv_boundary_meaning(const LtvValue *value)
{
	StringInfoData out;

	initStringInfo(&out);
	if (ltv_purchase_usable(value))
		append_meanings(&out, value, value->chosen);
	if (ltv_spend_usable(value))
		append_meanings(&out, value, ltv_spend_part(value));
	return out.len > 0 ? out.data : NULL;
}
