/*
 * persona_rows.c
 *		From a profile to rows: how each value and each average of a segment
 *		compares with all customers, and how strong the evidence is.
 *
 * N customers have the attribute, n of them in the segment, c have the value,
 * a both. index = 100 (a/n)/(c/N). z compares with the rest of the customers
 * (two proportions, pooled). evidence is the signed root of the likelihood
 * ratio 2 sum O ln(O/E) of the 2x2 table (Dunning 1993). lo and hi are the 95 %
 * interval of the index shrunk towards 100: Gamma(a + 5, nc/N + 5).
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "common/int.h"
#include "estimate.h"
#include "math/gamma.h"
#include "math/moments.h"
#include "miscadmin.h"
#include "persona.h"
#include "utils/memutils.h"

#define SHRINK 5.0 /* customers of index 100 that are thought in */
#define MOST_ROWS ((int64) (MaxAllocSize / sizeof(PersonaRow)))

typedef struct Item
{
	TallyPart parts[TALLY_MAX_PARTS]; /* kind, segment, attribute, value */
	const int64 *numbers;
} Item;

/* What has been read: items by attribute, kind, value, segment; the segments in order. */
typedef struct Profile
{
	Item *items;
	int64 nitems;
	TallyPart *segments;
	double *customers; /* of each segment */
	int nsegments;
	double total;
	PersonaRow *rows;
	int64 nrows;
	int64 room;
	const TallyPart *wanted; /* the segment that rows are wanted of; NULL: all */
} Profile;

static int
compare_items(const void *left, const void *right)
{
	static const int order[] = {2, 0, 3,
								1}; /* those without an attribute, the segments, come last */
	const Item *a = left;
	const Item *b = right;

	for (int i = 0; i < (int) lengthof(order); i++)
	{
		int result = tally_compare_part(&a->parts[order[i]], &b->parts[order[i]]);

		if (result != 0)
			return result;
	}
	return 0;
}

static bool
is_kind(const Item *item, char kind)
{
	return item->parts[0].data[0] == kind;
}

static void
read_profile(const Tally *tally, Profile *profile)
{
	const TallyEntry *entry = NULL;

	memset(profile, 0, sizeof(*profile));
	profile->items = palloc_extended(Max(tally->nentries, 1) * sizeof(Item), MCXT_ALLOC_HUGE);
	profile->segments = palloc(Max(tally->nentries, 1) * sizeof(TallyPart));
	profile->customers = palloc(Max(tally->nentries, 1) * sizeof(double));
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		Item *item = &profile->items[profile->nitems++];

		tally_parts(tally, entry, item->parts);
		item->numbers = entry->numbers;
		if (!is_kind(item, 't'))
			continue;
		profile->segments[profile->nsegments] = item->parts[1];
		profile->customers[profile->nsegments++] = entry->numbers[0];
		profile->total += entry->numbers[0];
	}
	qsort(profile->items, profile->nitems, sizeof(Item), compare_items);
}

/* The place of an item's segment; -1 when nothing says how many customers it has. */
static int
segment_of(const Profile *profile, const Item *item)
{
	int low = 0;
	int high = profile->nsegments;

	while (low < high)
	{
		int middle = (low + high) / 2;
		int result = tally_compare_part(&profile->segments[middle], &item->parts[1]);

		if (result == 0)
			return middle;
		if (result < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static bool
is_wanted(const Profile *profile, int segment)
{
	return profile->wanted == NULL ||
		   tally_compare_part(&profile->segments[segment], profile->wanted) == 0;
}

/* Every segment has a row for every value: many of both would take all memory, after a long time. */
static void
need_rows(const Profile *profile, int64 more)
{
	if (more > MOST_ROWS - profile->nrows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a persona_profile of %d segments has too many rows", profile->nsegments),
				 errdetail("It has a row for each segment and value, at least " INT64_FORMAT
						   "; at most " INT64_FORMAT " are allowed.",
						   profile->nrows + more, (int64) MOST_ROWS),
				 errhint("Is a key of customers used as a segment or as an attribute?")));
}

static PersonaRow *
add_row(Profile *profile, PersonaRowKind kind, int segment, const Item *item)
{
	PersonaRow *row;

	CHECK_FOR_INTERRUPTS();
	need_rows(profile, 1);
	if (profile->nrows == profile->room)
	{
		profile->room = Min(Max(64, 2 * profile->room), MOST_ROWS);
		profile->rows = profile->rows == NULL
							? palloc(profile->room * sizeof(PersonaRow))
							: repalloc(profile->rows, profile->room * sizeof(PersonaRow));
	}
	row = &profile->rows[profile->nrows++];
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->segment = profile->segments[segment];
	row->attribute = item->parts[2];
	if (kind == PERSONA_VALUE)
		row->value = item->parts[3];
	row->share = row->base_share = row->index = row->lo = row->hi = NAN;
	row->z = row->evidence = row->mean = row->base_mean = row->difference = row->shrunk = NAN;
	return row;
}

static double
observed_over_expected(double observed, double expected)
{
	return observed > 0 && expected > 0 ? observed * log(observed / expected) : 0.0;
}

/* The numbers of a value: a of n in the segment, c of N in all. */
static void
compare_shares(PersonaRow *row, double a, double n, double c, double N)
{
	double p = c / N;
	double difference, g;

	row->share = a / n;
	row->base_share = p;
	row->index = 100 * a * N / (n * c);
	row->shrunk = 100 * (a + SHRINK) / (n * p + SHRINK);
	row->lo = 100 * gamma_quantile(a + SHRINK, .025) / (n * p + SHRINK);
	row->hi = 100 * gamma_quantile(a + SHRINK, .975) / (n * p + SHRINK);
	if (n >= N)
		return;
	difference = a / n - (c - a) / (N - n);
	row->z = difference / sqrt(p * (1 - p) * (1 / n + 1 / (N - n)));
	g = 2 * (observed_over_expected(a, n * p) + observed_over_expected(n - a, n * (1 - p)) +
			 observed_over_expected(c - a, (N - n) * p) +
			 observed_over_expected(N - n - c + a, (N - n) * (1 - p)));
	row->evidence = copysign(sqrt(Max(g, 0.0)), difference) + 0.0;
}

/* The averages of a segment against all; rest = all - segment. */
static void
compare_means(PersonaRow *row, const Moments *segment, const Moments *all, const Moments *rest)
{
	double n = segment->n, N = all->n;
	double sd = N > 1 ? sqrt(all->squares / (N - 1)) : NAN;
	double width, within, se;

	row->mean = segment->mean;
	row->base_mean = all->mean;
	row->difference = (row->mean - row->base_mean) / sd;
	if (rest->n < 2 || n < 2)
		return;
	se = sqrt(segment->squares / (n - 1) / n + rest->squares / (rest->n - 1) / rest->n);
	row->z = (segment->mean - rest->mean) / se;
	/* The segment is in the base: mean - base mean = (1 - n/N) (mean - mean of the rest). */
	width = ESTIMATE_Z * (1 - n / N) * se / sd;
	row->lo = row->difference - width;
	row->hi = row->difference + width;
	within = Max(segment->squares + rest->squares, 1e-12 * all->squares);
	row->evidence =
		copysign(sqrt(Max(N * log(all->squares / within), 0.0)), segment->mean - rest->mean) + 0.0;
}

/* The customers of each segment of whom the attribute is not known, if there are any. */
static void
add_missing(Profile *profile, const Item *item, const double *present)
{
	double missing = 0.0;

	for (int s = 0; s < profile->nsegments; s++)
		missing += Max(profile->customers[s] - present[s], 0.0);
	if (missing <= 0)
		return;
	for (int s = 0; s < profile->nsegments; s++)
	{
		PersonaRow *row;

		if (!is_wanted(profile, s))
			continue;
		row = add_row(profile, PERSONA_MISSING, s, item);
		row->n = count_from_double(Max(profile->customers[s] - present[s], 0.0));
		row->share = row->n / profile->customers[s];
		row->base_share = missing / profile->total;
	}
}

/* The items [from, to) of the values of one attribute, which N customers have, present[s] of them in segment s. */
static void
value_rows(Profile *profile, int64 from, int64 to, const double *present, double N)
{
	double *with = palloc((profile->nsegments + 1) * sizeof(double));
	int64 nvalues = 0, nsegments = 0;

	for (int64 i = from; i < to; i++)
		nvalues += i == from || tally_compare_part(&profile->items[i - 1].parts[3],
												   &profile->items[i].parts[3]) != 0;
	for (int s = 0; s < profile->nsegments; s++)
		nsegments += present[s] > 0 && is_wanted(profile, s);
	need_rows(profile, nvalues * nsegments);
	for (int64 i = from, next; i < to; i = next)
	{
		double c = 0.0;

		memset(with, 0, profile->nsegments * sizeof(double));
		for (next = i; next < to && tally_compare_part(&profile->items[i].parts[3],
													   &profile->items[next].parts[3]) == 0;
			 next++)
		{
			int s = segment_of(profile, &profile->items[next]);

			if (s < 0)
				continue;
			with[s] += profile->items[next].numbers[0];
			c += profile->items[next].numbers[0];
		}
		for (int s = 0; s < profile->nsegments && c > 0; s++)
		{
			PersonaRow *row;

			if (present[s] <= 0 || !is_wanted(profile, s))
				continue;
			row = add_row(profile, PERSONA_VALUE, s, &profile->items[i]);
			row->n = count_from_double(with[s]);
			compare_shares(row, with[s], present[s], c, N);
		}
	}
	pfree(with);
}

/* The items [from, to) of the numbers of one attribute. */
static void
number_rows(Profile *profile, int64 from, int64 to)
{
	int64 sums[TALLY_MAX_WIDTH] = {0};
	Moments all;

	for (int64 i = from; i < to; i++)
		tally_add_words(sums, profile->items[i].numbers, TALLY_MAX_WIDTH);
	moments_of_words(sums, 1e-6, &all);
	for (int64 i = from; i < to; i++)
	{
		int s = segment_of(profile, &profile->items[i]);
		int64 others[TALLY_MAX_WIDTH];
		Moments segment, rest;
		PersonaRow *row;

		if (s < 0 || !is_wanted(profile, s))
			continue;
		moments_of_words(profile->items[i].numbers, 1e-6, &segment);
		moments_subtract_words(sums, profile->items[i].numbers, others);
		moments_of_words(others, 1e-6, &rest);
		row = add_row(profile, PERSONA_NUMBER, s, &profile->items[i]);
		row->n = profile->items[i].numbers[0];
		compare_means(row, &segment, &all, &rest);
	}
}

/*
 * The items [from, to) of one attribute, its numbers before its values: some
 * customers may have a number and others a word, and missing is who has neither.
 */
static void
attribute_rows(Profile *profile, int64 from, int64 to)
{
	double *present = palloc0((profile->nsegments + 1) * sizeof(double));
	double N = 0.0;
	int64 values = from;

	for (int64 i = from; i < to; i++)
	{
		int s = segment_of(profile, &profile->items[i]);

		if (is_kind(&profile->items[i], 'n'))
			values = i + 1;
		if (s < 0)
			continue;
		present[s] += profile->items[i].numbers[0];
		N += profile->items[i].numbers[0];
	}
	number_rows(profile, from, values);
	value_rows(profile, values, to, present, N);
	add_missing(profile, &profile->items[from], present);
	pfree(present);
}

/* By segment, then evidence from the strongest for to the strongest against, then without evidence. */
static int
compare_rows(const void *left, const void *right)
{
	const PersonaRow *a = left;
	const PersonaRow *b = right;
	int result = tally_compare_part(&a->segment, &b->segment);

	if (result != 0)
		return result;
	if (isfinite(a->evidence) != isfinite(b->evidence))
		return isfinite(a->evidence) ? -1 : 1;
	if (isfinite(a->evidence) && a->evidence != b->evidence)
		return a->evidence > b->evidence ? -1 : 1;
	result = tally_compare_part(&a->attribute, &b->attribute);
	if (result == 0)
		result = tally_compare_part(&a->value, &b->value);
	return result != 0 ? result : (int) a->kind - (int) b->kind;
}

PersonaRow *
persona_rows(const Tally *tally, const TallyPart *segment, int64 *nrows)
{
	Profile profile;

	read_profile(tally, &profile);
	profile.wanted = segment;
	for (int64 i = 0, next; i < profile.nitems && !is_kind(&profile.items[i], 't'); i = next)
	{
		for (next = i + 1;
			 next < profile.nitems &&
			 tally_compare_part(&profile.items[i].parts[2], &profile.items[next].parts[2]) == 0;
			 next++)
			;
		attribute_rows(&profile, i, next);
	}
	CHECK_FOR_INTERRUPTS();
	if (profile.nrows > 0)
		qsort(profile.rows, profile.nrows, sizeof(PersonaRow), compare_rows);
	*nrows = profile.nrows;
	return profile.rows;
}

int64
persona_customers(const Tally *tally, const TallyPart *segment, int64 *total)
{
	const TallyEntry *entry = NULL;
	int64 customers = 0;

	*total = 0;
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		tally_parts(tally, entry, parts);
		if (parts[0].data[0] != 't')
			continue;
		if (pg_add_s64_overflow(*total, entry->numbers[0], total))
			*total = PG_INT64_MAX;
		if (tally_compare_part(&parts[1], segment) == 0)
			customers = entry->numbers[0];
	}
	return customers;
}
