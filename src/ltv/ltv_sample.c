/*
 * ltv_sample.c
 *		What fit_ltv has read so far: the value and how it grows.
 *
 * When the room for entries is used up equal ones are merged first, so that
 * the size follows the number of distinct customers.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_customer.h"
#include "ltv/ltv_entries.h"
#include "ltv/ltv_sample.h"

LtvSample *
ltv_sample_create(void)
{
	LtvSample *sample = palloc0(offsetof(LtvSample, entries));

	SET_VARSIZE(sample, offsetof(LtvSample, entries));
	sample->version = LTV_SAMPLE_VERSION;
	return sample;
}

LtvSample *
ltv_sample_from_datum(Datum datum)
{
	LtvSample *sample = (LtvSample *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(sample) < offsetof(LtvSample, entries) || sample->version != LTV_SAMPLE_VERSION ||
		sample->settings.covariates > LTV_MAX_COVARIATES || sample->nentries < 0 ||
		sample->nentries > (int64) STATE_MAX_SIZE ||
		VARSIZE(sample) < ltv_sample_size(&sample->settings, sample->nentries))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored ltv_sample is of no known form")));
	return sample;
}

/* Each class of customers gets half of max_rows. */
static void
thin(LtvSample *sample)
{
	if (sample->settings.max_rows > 0)
		sample->nentries = ltv_entries_thin(
			sample->entries, ltv_extra_numbers(&sample->settings), sample->nentries,
			sample->settings.max_rows / LTV_CLASSES, sample->levels);
}

LtvSample *
ltv_sample_canonical(const LtvSample *sample)
{
	Size size = ltv_sample_size(&sample->settings, sample->nentries);
	LtvSample *canonical = palloc(size);

	if (sample->flags & LTV_SAMPLE_BUILDER)
	{
		memcpy(canonical, sample, offsetof(LtvSample, entries));
		canonical->nentries =
			ltv_entries_compact(sample->entries, ltv_extra_numbers(&sample->settings),
								sample->nentries, canonical->entries);
		thin(canonical);
	}
	else
		memcpy(canonical, sample, size);
	SET_VARSIZE(canonical, ltv_sample_size(&canonical->settings, canonical->nentries));
	canonical->flags = 0;
	canonical->fingerprint = 0;
	return canonical;
}

bool
ltv_sample_is_empty(const LtvSample *sample)
{
	return sample->nentries == 0 && sample->after_as_of == 0;
}

void
ltv_sample_settle(LtvSample *sample, const LtvSettings *settings, const LtvStart *start)
{
	static const LtvStart none;

	if (start == NULL)
		start = &none;
	if (!ltv_sample_settled(sample))
	{
		sample->settings = *settings;
		sample->start = *start;
		return;
	}
	if (sample->settings.as_of != settings->as_of && !sample->settings.summary &&
		!settings->summary)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be the same for all customers of a lifetime-value fit, "
						"but is both %s and %s",
						ltv_date_text(sample->settings.as_of), ltv_date_text(settings->as_of))));
	if (!ltv_settings_equal(&sample->settings, settings))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all customers of a lifetime-value fit"),
				 errdetail("They are both \"%s\" and \"%s\".", ltv_options_text(&sample->settings),
						   ltv_options_text(settings))));
	if (memcmp(&sample->start, start, sizeof(LtvStart)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"start\" must be the same for all customers of a lifetime-value "
						"fit")));
}

pg_noreturn static void too_many_entries(const LtvSample *sample);

static pg_noinline void
too_many_entries(const LtvSample *sample)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many distinct customers for a lifetime-value fit: at most " INT64_FORMAT
					" are possible",
					ltv_sample_limit(&sample->settings)),
			 errhint("With the option {\"max_rows\": " INT64_FORMAT "} or less the fit keeps a "
					 "sample of them, always the same one.",
					 ltv_sample_limit(&sample->settings) / 2)));
}

/* The same in place. */
static void
compact(LtvSample *sample)
{
	LtvSample *compacted = ltv_sample_canonical(sample);

	memcpy(sample->entries, compacted->entries, VARSIZE(compacted) - offsetof(LtvSample, entries));
	memcpy(sample->levels, compacted->levels, sizeof(sample->levels));
	sample->nentries = compacted->nentries;
	pfree(compacted);
}

/* Is half of a sample's room free for n entries more, or with max_rows what these need? */
static bool
has_room(const LtvSample *sample, int64 n)
{
	const LtvSettings *settings = &sample->settings;

	return ltv_sample_size(settings, (sample->nentries + n) * 2) <= VARSIZE(sample) ||
		   (settings->max_rows > 0 &&
			ltv_sample_size(settings, sample->nentries + n + settings->max_rows) <=
				VARSIZE(sample));
}

/*
 * Room for n entries more. Compacting instead of growing is worth it only when
 * half becomes free, or the next time would come too soon. At the limit of
 * size a sixteenth must do, and less is an error: every later row would sort
 * all entries again. With max_rows there is no need to grow beyond twice that.
 */
static LtvSample *
reserve_entries(LtvSample *sample, int64 n)
{
	Size needed = ltv_sample_size(&sample->settings, sample->nentries + n);
	int64 limit;

	if (likely(needed <= VARSIZE(sample)))
		return sample;
	limit = ltv_sample_limit(&sample->settings);
	if (n < sample->nentries)
	{
		compact(sample);
		if (has_room(sample, n))
			return sample;
		needed = VARSIZE(sample) + 1; /* twice as much */
		if (needed > STATE_MAX_SIZE - ltv_entry_size(LTV_MAX_EXTRA))
		{
			if (sample->nentries + n > limit - limit / 16)
				too_many_entries(sample);
			return sample;
		}
	}
	if (sample->nentries + n > limit)
		too_many_entries(sample);
	return state_reserve(sample, needed, "ltv_sample");
}

LtvSample *
ltv_sample_append(LtvSample *sample, const LtvEntry *entries, int64 n)
{
	int extra = ltv_extra_numbers(&sample->settings);

	sample = reserve_entries(sample, n);
	memcpy(ltv_entry_at(sample->entries, extra, sample->nentries), entries,
		   ltv_entry_size(extra) * n);
	sample->nentries += n;
	sample->flags |= LTV_SAMPLE_BUILDER;
	return sample;
}

LtvSample *
ltv_sample_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return ltv_sample_create();
	return state_for_update(fcinfo, ltv_sample_from_datum(PG_GETARG_DATUM(0)));
}

/* A state for the executor to keep, the canonical form for anybody else. */
LtvSample *
ltv_sample_result(FunctionCallInfo fcinfo, LtvSample *sample)
{
	return state_in_place(fcinfo) ? sample : ltv_sample_canonical(sample);
}
