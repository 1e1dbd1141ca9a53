/*
 * timeline_stage.c
 *		Where a customer stands on a ladder of stages, and how long each took.
 *
 * The ladder is an array of labels, lowest rung first. The stage at an instant
 * is the highest rung among its events; a visit lasts until an event of
 * another rung.
 */
#include "postgres.h"
#include "compat.h"

#include "base/row.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "timeline_layout.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define NO_RUNG (-1)

/* One rung of the ladder. */
typedef struct Rung
{
	TimelineLabel label;
	int32 height; /* 0 is the lowest */
} Rung;

typedef struct Ladder
{
	Rung *rungs; /* in order of the bytes of their labels */
	int count;
	Datum *names; /* lowest first */
} Ladder;

/* One uninterrupted stay on a rung. */
typedef struct Visit
{
	int32 height;
	TimestampTz entered_at;
} Visit;

/* Reads a timeline as visits. */
typedef struct VisitReader
{
	const Ladder *ladder;
	TimelineReader reader;
	TimelineDictionary dictionary;
	int32 *heights; /* of each label, by index + 1 */
	TimestampTz as_of;
	bool strict;
	bool more;	/* next is the next instant, to be returned */
	Visit next; /* later events of its instant may lift it */
} VisitReader;

static int
compare_rungs(const void *left, const void *right)
{
	const TimelineLabel *a = &((const Rung *) left)->label;
	const TimelineLabel *b = &((const Rung *) right)->label;
	int result = memcmp(a->text, b->text, Min(a->length, b->length));

	return result != 0 ? result : (a->length > b->length) - (a->length < b->length);
}

static void
bad_ladder(const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid ladder of stages"),
					errdetail_internal("%s", detail)));
}

/* Read the argument: at least one rung, none of them NULL, none twice. */
static void
parse_ladder(ArrayType *array, Ladder *ladder)
{
	bool *nulls;

	if (ARR_NDIM(array) > 1)
		bad_ladder("It must have one dimension.");
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &ladder->names, &nulls,
					  &ladder->count);
	if (ladder->count == 0)
		bad_ladder("It must have at least one stage.");
	ladder->rungs = palloc(ladder->count * sizeof(Rung));
	for (int i = 0; i < ladder->count; i++)
	{
		if (nulls[i])
			bad_ladder("A stage must not be NULL.");
		ladder->rungs[i].label.text = VARDATA_ANY(DatumGetPointer(ladder->names[i]));
		ladder->rungs[i].label.length = VARSIZE_ANY_EXHDR(DatumGetPointer(ladder->names[i]));
		ladder->rungs[i].height = i;
	}
	qsort(ladder->rungs, ladder->count, sizeof(Rung), compare_rungs);
	for (int i = 1; i < ladder->count; i++)
		if (compare_rungs(&ladder->rungs[i - 1], &ladder->rungs[i]) == 0)
			bad_ladder(psprintf("Stage \"%.*s\" comes twice.", ladder->rungs[i].label.length,
								ladder->rungs[i].label.text));
}

/* A label that is not on the ladder, where that is not allowed. */
static pg_noinline void
not_on_ladder(const VisitReader *visits, int32 label)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < visits->ladder->count; i++)
		appendStringInfo(&list, "%s\"%s\"", i == 0 ? "" : ", ",
						 TextDatumGetCString(visits->ladder->names[i]));
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					label == TIMELINE_NO_LABEL
						? errmsg("an event without a label is not on the ladder of stages")
						: errmsg("label \"%.*s\" is not on the ladder of stages",
								 visits->dictionary.labels[label].length,
								 visits->dictionary.labels[label].text),
					errdetail("The ladder is %s.", list.data)));
}

/* The next event on the ladder before as_of. */
static bool
next_event(VisitReader *visits, Visit *visit)
{
	TimelineEvent event;

	while (timeline_next(&visits->reader, &event) && event.at < visits->as_of)
	{
		CHECK_FOR_INTERRUPTS();
		visit->height = visits->heights[event.label + 1];
		visit->entered_at = event.at;
		if (visit->height != NO_RUNG)
			return true;
		if (visits->strict)
			not_on_ladder(visits, event.label);
	}
	return false;
}

/* The next instant with events on the ladder, and the highest rung among them. */
static bool
next_instant(VisitReader *visits, Visit *visit)
{
	if (!visits->more)
		return false;
	*visit = visits->next;
	while ((visits->more = next_event(visits, &visits->next)) &&
		   visits->next.entered_at == visit->entered_at)
		visit->height = Max(visit->height, visits->next.height);
	return true;
}

static void
open_visits(FunctionCallInfo fcinfo, const Ladder *ladder, bool strict, VisitReader *visits)
{
	TimelineHeader header;

	visits->ladder = ladder;
	visits->as_of = PG_GETARG_TIMESTAMPTZ(2);
	visits->strict = strict;
	check_as_of_instant(visits->as_of);
	timeline_open(timeline_canonical(PG_GETARG_TIMELINE(0)), &header);
	timeline_read_dictionary(&header, &visits->dictionary);
	timeline_reader_init(&visits->reader, &header);
	visits->heights = palloc(((Size) header.labels + 1) * sizeof(int32));
	visits->heights[0] = NO_RUNG;
	for (int32 i = 0; i < header.labels; i++)
	{
		Rung key = {visits->dictionary.labels[i], 0};
		Rung *rung = bsearch(&key, ladder->rungs, ladder->count, sizeof(Rung), compare_rungs);

		visits->heights[i + 1] = rung != NULL ? rung->height : NO_RUNG;
	}
	visits->more = next_event(visits, &visits->next);
}

/*
 * stage(timeline, ladder text[], as_of timestamptz, strict bool) -> one row
 * (current, furthest, since) of the events before as_of: the stage the customer
 * is in, the highest ever reached, and when the current uninterrupted visit
 * began. Labels off the ladder are ignored, or with strict an error. At equal
 * instants the higher rung counts. NULL without an event on the ladder.
 */
PG_FUNCTION_INFO_V1(timeline_stage);
Datum
timeline_stage(PG_FUNCTION_ARGS)
{
	Ladder ladder;
	VisitReader visits;
	Visit visit;
	Visit current = {NO_RUNG, 0};
	int32 furthest = NO_RUNG;
	Datum values[3];
	bool nulls[3] = {false};

	parse_ladder(PG_GETARG_ARRAYTYPE_P(1), &ladder);
	open_visits(fcinfo, &ladder, PG_GETARG_BOOL(3), &visits);
	while (next_instant(&visits, &visit))
	{
		if (visit.height != current.height)
			current = visit;
		furthest = Max(furthest, visit.height);
	}
	if (furthest == NO_RUNG)
		PG_RETURN_NULL();
	values[0] = ladder.names[current.height];
	values[1] = ladder.names[furthest];
	values[2] = TimestampTzGetDatum(current.entered_at);
	return row_result(fcinfo, lengthof(values), values, nulls);
}

static void
put_visit(ReturnSetInfo *result, const Ladder *ladder, const Visit *visit, const TimestampTz *left)
{
	Datum values[3] = {ladder->names[visit->height], TimestampTzGetDatum(visit->entered_at)};
	bool nulls[3] = {false, false, left == NULL};

	if (left != NULL)
		values[2] = TimestampTzGetDatum(*left);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * stage_durations(timeline, ladder text[], as_of timestamptz) -> rows (stage,
 * entered_at, left_at), one for each uninterrupted visit in order of time;
 * left_at is when another stage was entered, NULL for the last one. By the
 * rules of stage(), not strict.
 */
PG_FUNCTION_INFO_V1(timeline_stage_durations);
Datum
timeline_stage_durations(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Ladder ladder;
	VisitReader visits;
	Visit visit;
	Visit current = {NO_RUNG, 0};

	InitMaterializedSRF(fcinfo, 0);
	parse_ladder(PG_GETARG_ARRAYTYPE_P(1), &ladder);
	open_visits(fcinfo, &ladder, false, &visits);
	while (next_instant(&visits, &visit))
	{
		if (visit.height == current.height)
			continue;
		if (current.height != NO_RUNG)
			put_visit(result, &ladder, &current, &visit.entered_at);
		current = visit;
	}
	if (current.height != NO_RUNG)
		put_visit(result, &ladder, &current, NULL);
	return (Datum) 0;
}
