/*
 * segment_rules.c
 *		The type segment_rules, state of the aggregate segment_map: rules as they
 *		are collected, not yet known to be complete.
 */
#include "postgres.h"
#include "compat.h"

#include "base/state.h"
#include "miscadmin.h"
#include "segment_map.h"
#include "utils/memutils.h"

#define RULES_SIZE(used) (offsetof(SegmentRules, rules) + (Size) (used))

SegmentRules *
segment_rules_create(void)
{
	SegmentRules *rules = palloc0(RULES_SIZE(0));

	SET_VARSIZE(rules, RULES_SIZE(0));
	rules->version = SEGMENT_VERSION;
	return rules;
}

SegmentRules *
segment_rules_from_datum(Datum datum)
{
	SegmentRules *rules = (SegmentRules *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(rules) < RULES_SIZE(0) || rules->version != SEGMENT_VERSION ||
		VARSIZE(rules) < RULES_SIZE(rules->used))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("stored segment_rules is of no known form")));
	return rules;
}

/* What is wrong with the length of a segment's name, or NULL. */
const char *
segment_name_problem(int length)
{
	if (length == 0)
		return "The name of a segment must not be empty";
	if (length > SEGMENT_NAME_MAX)
		return "The name of a segment has at most 100 bytes";
	return NULL;
}

/* One rule more; the arguments have been checked. */
SegmentRules *
segment_rules_add(SegmentRules *rules, const char *name, int length, int r, int f, int m)
{
	uint8 *rule;

	rules =
		state_reserve(rules, RULES_SIZE(rules->used) + SEGMENT_RULE_HEAD + length, "segment_rules");
	rule = rules->rules + rules->used;
	rule[0] = r;
	rule[1] = f;
	rule[2] = m;
	rule[3] = length;
	memcpy(rule + SEGMENT_RULE_HEAD, name, length);
	rules->nrules++;
	rules->used += SEGMENT_RULE_HEAD + length;
	return rules;
}

/* By name (bytes), then r, f, m. */
static inline int
compare_rules(const SegmentRule *a, const SegmentRule *b)
{
	int order = memcmp(a->name, b->name, Min(a->length, b->length));

	if (order == 0)
		order = (int) a->length - (int) b->length;
	if (order == 0)
		order = memcmp(a->score, b->score, sizeof(a->score));
	return order;
}

#define ST_SORT sort_rules
#define ST_ELEMENT_TYPE SegmentRule
#define ST_COMPARE(a, b) compare_rules(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

SegmentRule *
segment_rules_sorted(const SegmentRules *rules)
{
	SegmentRule *sorted =
		MemoryContextAllocHuge(CurrentMemoryContext, (Size) rules->nrules * sizeof(SegmentRule));
	const uint8 *at = rules->rules;

	for (uint32 i = 0; i < rules->nrules; i++)
	{
		sorted[i] =
			(SegmentRule){(const char *) at + SEGMENT_RULE_HEAD, at[3], {at[0], at[1], at[2]}};
		at += SEGMENT_RULE_HEAD + at[3];
	}
	sort_rules(sorted, rules->nrules);
	return sorted;
}

/* All rules must be of one grid. */
static void
settle_bins(SegmentRules *rules, int bins)
{
	if (rules->bins != 0 && rules->bins != bins)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bins must be the same for all rules of a segment_map, but is both "
							   "%d and %d",
							   rules->bins, bins)));
	rules->bins = bins;
}

/* Argument 0 as rules that may be changed. */
static SegmentRules *
state_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return segment_rules_create();
	return state_for_update(fcinfo, segment_rules_from_datum(PG_GETARG_DATUM(0)));
}

/* A score of a rule: 1..bins, or 0 for a NULL, which means any. */
static int
score_argument(FunctionCallInfo fcinfo, int argument, const char *name, int bins)
{
	int score;

	if (PG_ARGISNULL(argument))
		return 0;
	score = PG_GETARG_INT32(argument);
	if (score < 1 || score > bins)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s of a segment rule must be between 1 and %d, not %d", name, bins,
							   score)));
	return score;
}

static int
bins_argument(FunctionCallInfo fcinfo, int argument)
{
	int bins;

	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("bins of a segment rule must not be NULL")));
	bins = PG_GETARG_INT32(argument);
	if (bins < RFM_BINS_MIN || bins > RFM_BINS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bins of a segment rule must be between %d and %d, not %d",
							   RFM_BINS_MIN, RFM_BINS_MAX, bins)));
	return bins;
}

static text *
name_argument(FunctionCallInfo fcinfo, int argument)
{
	text *name;
	const char *problem;

	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("segment of a segment rule must not be NULL")));
	name = PG_GETARG_TEXT_PP(argument);
	problem = segment_name_problem(VARSIZE_ANY_EXHDR(name));
	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid segment of a segment rule"), errdetail("%s.", problem)));
	return name;
}

/*
 * segment_rules_accumulate(segment_rules, segment text, r int, f int, m int,
 * bins int) -> segment_rules: one rule more; NULL in r, f or m means any.
 */
PG_FUNCTION_INFO_V1(segment_rules_accumulate);
Datum
segment_rules_accumulate(PG_FUNCTION_ARGS)
{
	SegmentRules *rules = state_argument(fcinfo);
	text *name = name_argument(fcinfo, 1);
	int bins = bins_argument(fcinfo, 5);
	int r = score_argument(fcinfo, 2, "r", bins);
	int f = score_argument(fcinfo, 3, "f", bins);
	int m = score_argument(fcinfo, 4, "m", bins);

	settle_bins(rules, bins);
	PG_RETURN_POINTER(
		segment_rules_add(rules, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), r, f, m));
}

/* segment_rules_merge(segment_rules, segment_rules) -> segment_rules: the rules of both. */
PG_FUNCTION_INFO_V1(segment_rules_merge);
Datum
segment_rules_merge(PG_FUNCTION_ARGS)
{
	SegmentRules *rules;
	SegmentRules *other;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	rules = state_argument(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(rules);
	other = segment_rules_from_datum(PG_GETARG_DATUM(1));
	if (other->nrules == 0)
		PG_RETURN_POINTER(rules);
	settle_bins(rules, other->bins);
	rules = state_reserve(rules, RULES_SIZE(rules->used) + other->used, "segment_rules");
	memcpy(rules->rules + rules->used, other->rules, other->used);
	rules->used += other->used;
	rules->nrules += other->nrules;
	PG_RETURN_POINTER(rules);
}

/* segment_rules_final(segment_rules) -> segment_map: validated; NULL without a rule. */
PG_FUNCTION_INFO_V1(segment_rules_final);
Datum
segment_rules_final(PG_FUNCTION_ARGS)
{
	SegmentRules *rules = segment_rules_from_datum(PG_GETARG_DATUM(0));

	if (rules->nrules == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(segment_map_build(rules));
}
