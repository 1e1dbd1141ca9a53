/*
 * duration_summary.c
 *		How long things take, those that are not over included: aggregate,
 *		merging and taking away. Text and binary forms are in
 *		duration_summary_io.c, what it is asked in duration_survival.c.
 */
#include "postgres.h"
#include "compat.h"

#include "base/calendar.h"
#include "base/count.h"
#include "base/period.h"
#include "base/state.h"
#include "datatype/timestamp.h"
#include "duration_summary_layout.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static const char type_name[] = "duration_summary";

DurationSummary *
duration_summary_create(int64 nentries)
{
	Size size = DURATION_SUMMARY_SIZE(nentries);
	DurationSummary *summary = palloc0(size);

	SET_VARSIZE(summary, size);
	summary->version = DURATION_SUMMARY_VERSION;
	summary->as_of = NO_AS_OF;
	return summary;
}

double
duration_of(const DurationSummary *summary, const DurationEntry *entry)
{
	return summary->bucketed ? duration_bucket_middle(entry->duration) : (double) entry->duration;
}

/* The first entry with at least this duration. */
static int64
find_entry(const DurationSummary *summary, int64 duration)
{
	int64 low = 0;
	int64 high = summary->nentries;

	while (low < high)
	{
		int64 middle = (low + high) / 2;

		if (summary->entries[middle].duration < duration)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Put all entries into their buckets, in place: they stay in order, and only equal ones come together. */
static void
make_buckets(DurationSummary *summary)
{
	int64 kept = 0;

	if (summary->bucketed)
		return;
	summary->bucketed = 1;
	for (int64 i = 0; i < summary->nentries; i++)
	{
		DurationEntry entry = summary->entries[i];

		entry.duration = duration_bucket(entry.duration);
		if (kept > 0 && summary->entries[kept - 1].duration == entry.duration)
		{
			summary->entries[kept - 1].ended += entry.ended; /* no more than the cases */
			summary->entries[kept - 1].open += entry.open;
		}
		else
			summary->entries[kept++] = entry;
	}
	memset(&summary->entries[kept], 0, (summary->nentries - kept) * sizeof(DurationEntry));
	summary->nentries = kept;
}

/* Add cases of one duration (of a bucket's, when the summary has buckets). */
static DurationSummary *
add_entry(DurationSummary *state, DurationEntry entry)
{
	int64 place;

	state->cases = add_counts(state->cases, entry.ended, "cases");
	state->cases = add_counts(state->cases, entry.open, "cases");
	if (state->bucketed)
		entry.duration = duration_bucket(entry.duration);
	place = find_entry(state, entry.duration);
	if (place < state->nentries && state->entries[place].duration == entry.duration)
	{
		state->entries[place].ended += entry.ended;
		state->entries[place].open += entry.open;
		return state;
	}
	state = state_reserve(state, DURATION_SUMMARY_SIZE(state->nentries + 1), type_name);
	memmove(&state->entries[place + 1], &state->entries[place],
			(state->nentries - place) * sizeof(DurationEntry));
	state->entries[place] = entry;
	state->nentries++;
	if (!state->bucketed && state->nentries > DURATIONS_EXACT)
		make_buckets(state);
	return state;
}

/* Without spare room. */
static DurationSummary *
trimmed(const DurationSummary *summary)
{
	DurationSummary *copy = duration_summary_create(summary->nentries);

	memcpy((char *) copy + VARHDRSZ, (const char *) summary + VARHDRSZ,
		   DURATION_SUMMARY_SIZE(summary->nentries) - VARHDRSZ);
	return copy;
}

DurationSummary *
duration_summary_in_buckets(const DurationSummary *summary)
{
	DurationSummary *copy = trimmed(summary);

	make_buckets(copy);
	return copy;
}

static DurationSummary *
writable_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return duration_summary_create(0);
	return state_for_update(fcinfo, PG_GETARG_DURATION_SUMMARY(0));
}

/* Spare room is for aggregates; nobody else is to keep it. */
static Datum
state_result(FunctionCallInfo fcinfo, DurationSummary *state)
{
	return PointerGetDatum(state_in_place(fcinfo) ? state : trimmed(state));
}

static Datum
ignore_row(FunctionCallInfo fcinfo, DurationSummary *state)
{
	state->ignored = add_counts(state->ignored, 1, "ignored rows");
	return state_result(fcinfo, state);
}

static Datum
add_case(FunctionCallInfo fcinfo, DurationSummary *state, int64 duration, bool ended)
{
	DurationEntry entry = {.duration = duration, .ended = ended, .open = !ended};

	return state_result(fcinfo, add_entry(state, entry));
}

static char *
time_text(TimestampTz at)
{
	StringInfoData text;

	initStringInfo(&text);
	timestamp_append(&text, at);
	return text.data;
}

/* One aggregate has one as_of, taken from its first row; NO_AS_OF goes with any. */
static void
settle_as_of(DurationSummary *state, TimestampTz as_of)
{
	if (state->as_of == NO_AS_OF)
		state->as_of = as_of;
	else if (as_of != NO_AS_OF && as_of != state->as_of)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("as_of must be the same for all cases of a duration_summary, but is %s and %s",
					time_text(state->as_of), time_text(as_of)),
			 errhint(
				 "For cases last seen at times of their own use duration_summary(duration, observed); "
				 "summaries of several as_of are put together by rollup() or +.")));
}

/*
 * A case as it stood at as_of: what has not begun before is ignored, what has
 * not ended before is open. An end before the start is an error.
 */
static Datum
add_times(FunctionCallInfo fcinfo, TimestampTz started, TimestampTz ended, TimestampTz as_of)
{
	DurationSummary *state = writable_state(fcinfo);
	bool over = !PG_ARGISNULL(2) && ended < as_of;

	check_as_of_instant(as_of);
	settle_as_of(state, as_of);
	if (PG_ARGISNULL(1))
		return ignore_row(fcinfo, state);
	check_event_time(started);
	if (!PG_ARGISNULL(2))
		check_event_time(ended);
	if (!PG_ARGISNULL(2) && ended < started)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("a case cannot end at %s before it started at %s", time_text(ended),
						time_text(started)),
				 errhint("Leave such cases out, as with FILTER (WHERE ended >= started OR ended "
						 "IS NULL), and count them.")));
	if (started >= as_of)
		return ignore_row(fcinfo, state);
	/* The range of times is wider than an int64 of microseconds, but not by much. */
	return add_case(
		fcinfo, state,
		(int64) Min((uint64) (over ? ended : as_of) - (uint64) started, (uint64) PG_INT64_MAX),
		over);
}

static void
require_as_of(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("as_of must not be null")));
}

/*
 * Transition of duration_summary(started, ended, as_of). A NULL start, or one
 * not before as_of, is ignored and counted; a NULL end, or one not before
 * as_of, is a case that is open at as_of. as_of is the same in all rows.
 */
PG_FUNCTION_INFO_V1(duration_summary_add);
Datum
duration_summary_add(PG_FUNCTION_ARGS)
{
	require_as_of(fcinfo);
	return add_times(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_TIMESTAMPTZ(1),
					 PG_ARGISNULL(2) ? 0 : PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_TIMESTAMPTZ(3));
}

/* The same with as_of a day in UTC, which PostgreSQL would take for one in the session's time zone. */
PG_FUNCTION_INFO_V1(duration_summary_add_until_day);
Datum
duration_summary_add_until_day(PG_FUNCTION_ARGS)
{
	require_as_of(fcinfo);
	check_as_of(PG_GETARG_DATEADT(3));
	return add_times(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_TIMESTAMP(1),
					 PG_ARGISNULL(2) ? 0 : PG_GETARG_TIMESTAMP(2),
					 event_time_from_date(PG_GETARG_DATEADT(3)));
}

/* The same with days in UTC and as_of a day or an instant. */
static Datum
add_days(FunctionCallInfo fcinfo, TimestampTz as_of)
{
	return add_times(fcinfo, PG_ARGISNULL(1) ? 0 : event_time_from_date(PG_GETARG_DATEADT(1)),
					 PG_ARGISNULL(2) ? 0 : event_time_from_date(PG_GETARG_DATEADT(2)), as_of);
}

PG_FUNCTION_INFO_V1(duration_summary_add_date);
Datum
duration_summary_add_date(PG_FUNCTION_ARGS)
{
	require_as_of(fcinfo);
	check_as_of(PG_GETARG_DATEADT(3));
	return add_days(fcinfo, event_time_from_date(PG_GETARG_DATEADT(3)));
}

PG_FUNCTION_INFO_V1(duration_summary_add_date_instant);
Datum
duration_summary_add_date_instant(PG_FUNCTION_ARGS)
{
	require_as_of(fcinfo);
	return add_days(fcinfo, PG_GETARG_TIMESTAMPTZ(3));
}

int64
duration_argument(const Interval *interval, const char *what)
{
	int128 length = (int128) interval->day * USECS_PER_DAY + interval->time;

	/* A length of zero is one here. */
	if (interval->month == 0 && length == 0)
		return 0;
	if (interval->month == 0 && length < 0 && !INTERVAL_NOT_FINITE(interval))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must not be negative, but is %s", what,
							   DatumGetCString(DirectFunctionCall1(interval_out,
																   IntervalPGetDatum(interval))))));
	return period_microseconds(interval, what);
}

/* Transition of duration_summary(duration, observed): a NULL of either is ignored and counted. */
PG_FUNCTION_INFO_V1(duration_summary_add_interval);
Datum
duration_summary_add_interval(PG_FUNCTION_ARGS)
{
	DurationSummary *state = writable_state(fcinfo);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return ignore_row(fcinfo, state);
	return add_case(fcinfo, state, duration_argument(PG_GETARG_INTERVAL_P(1), "a duration"),
					PG_GETARG_BOOL(2));
}

/*
 * Merge: (summary, summary) -> summary. NULL on one side gives the other one.
 * Serves the aggregates' combine function, rollup() and the operator +. Parts
 * of one aggregate must have the same as_of; finished summaries have none.
 */
PG_FUNCTION_INFO_V1(duration_summary_merge);
Datum
duration_summary_merge(PG_FUNCTION_ARGS)
{
	DurationSummary *state;
	DurationSummary *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	state = writable_state(fcinfo);
	other = PG_GETARG_DURATION_SUMMARY(1);
	settle_as_of(state, other->as_of);
	if (other->bucketed)
		make_buckets(state);
	for (int64 i = 0; i < other->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		state = add_entry(state, other->entries[i]);
	}
	state->ignored = add_counts(state->ignored, other->ignored, "ignored rows");
	return state_result(fcinfo, state);
}

/* Take cases away; false when they are not there. Leaves entries of no cases. */
static bool
take_entry(DurationSummary *state, DurationEntry entry)
{
	int64 place = find_entry(state, entry.duration);
	DurationEntry *from = &state->entries[place];

	if (place == state->nentries || from->duration != entry.duration || from->ended < entry.ended ||
		from->open < entry.open)
		return false;
	from->ended -= entry.ended;
	from->open -= entry.open;
	state->cases -= entry.ended + entry.open;
	return true;
}

static void
drop_empty(DurationSummary *state)
{
	int64 kept = 0;

	for (int64 i = 0; i < state->nentries; i++)
		if (state->entries[i].ended > 0 || state->entries[i].open > 0)
			state->entries[kept++] = state->entries[i];
	state->nentries = kept;
}

/*
 * a - b: the cases of a without those of b, which must be among them. NULL b
 * takes nothing away; NULL when nothing is left. A summary with buckets keeps
 * them.
 */
PG_FUNCTION_INFO_V1(duration_summary_minus);
Datum
duration_summary_minus(PG_FUNCTION_ARGS)
{
	DurationSummary *rest =
		PG_ARGISNULL(0) ? duration_summary_create(0) : trimmed(PG_GETARG_DURATION_SUMMARY(0));
	DurationSummary *part =
		PG_ARGISNULL(1) ? duration_summary_create(0) : PG_GETARG_DURATION_SUMMARY(1);
	bool fits;

	if (rest->bucketed)
		part = duration_summary_in_buckets(part);
	fits = part->ignored <= rest->ignored && (rest->bucketed || !part->bucketed);
	for (int64 i = 0; fits && i < part->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fits = take_entry(rest, part->entries[i]);
	}
	if (!fits)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("cannot take away durations that are not there")));
	rest->ignored -= part->ignored;
	drop_empty(rest);
	if (rest->cases == 0 && rest->ignored == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(trimmed(rest));
}

/* Final function: NULL when no row at all was seen. What is finished goes with any as_of. */
PG_FUNCTION_INFO_V1(duration_summary_final);
Datum
duration_summary_final(PG_FUNCTION_ARGS)
{
	DurationSummary *state;
	DurationSummary *result;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = PG_GETARG_DURATION_SUMMARY(0);
	if (state->cases == 0 && state->ignored == 0)
		PG_RETURN_NULL();
	result = trimmed(state);
	result->as_of = NO_AS_OF;
	PG_RETURN_POINTER(result);
}
