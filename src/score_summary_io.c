/*
 * score_summary_io.c
 *		Text form and order of score_summary.
 */
#include "postgres.h"
#include "compat.h"

#include "base/comparison.h"
#include "base/json_text.h"
#include "base/text_form.h"
#include "score_summary_layout.h"
#include "utils/builtins.h"

static const char type_name[] = "score_summary";

static const char *const keys[] = {"version", "lowest", "counts", "asked"};

typedef enum
{
	KEY_VERSION,
	KEY_LOWEST,
	KEY_COUNTS,
	KEY_ASKED
} Key;

/* What is wrong with a summary that came from outside, or NULL; nscores is in range already. */
static const char *
find_fault(const ScoreSummary *summary)
{
	int64 left = summary->asked;

	if (summary->nscores == 0)
		return summary->asked != 0 || summary->lowest != 0 ? "There are answers without a scale"
														   : NULL;
	if (summary->nscores < 2)
		return "A scale has at least two scores";
	if (summary->lowest > PG_INT32_MAX - summary->nscores)
		return "The scale is out of range";
	if (summary->asked <= 0)
		return "There is a scale without answers";
	for (int i = 0; i < summary->nscores; i++)
	{
		if (summary->counts[i] < 0)
			return "A count is negative";
		if (summary->counts[i] > left)
			return "There are more scores than were asked for";
		left -= summary->counts[i];
	}
	return NULL;
}

static int
read_counts(JsonReader *reader, int64 *counts)
{
	int n = 0;

	json_open_array(reader);
	while (json_next_element(reader))
	{
		if (n == SCORE_SCALE_MAX)
			json_fail(reader, psprintf("A scale has at most %d scores", SCORE_SCALE_MAX));
		counts[n++] = json_int64(reader, 0, PG_INT64_MAX);
	}
	return n;
}

/* Reads the JSON object that score_summary_out writes. */
PG_FUNCTION_INFO_V1(score_summary_in);
Datum
score_summary_in(PG_FUNCTION_ARGS)
{
	int64 counts[SCORE_SCALE_MAX];
	int64 lowest = 0;
	int64 asked = 0;
	int nscores = 0;
	ScoreSummary *summary;
	JsonReader reader;
	uint32 seen = 0;
	int key;
	const char *fault;

	json_reader_init(&reader, PG_GETARG_CSTRING(0), type_name);
	json_open_object(&reader);
	while (json_next_key(&reader, keys, lengthof(keys), &seen, &key))
	{
		switch ((Key) key)
		{
			case KEY_VERSION:
				(void) json_int64(&reader, SCORE_SUMMARY_VERSION, SCORE_SUMMARY_VERSION);
				break;
			case KEY_LOWEST:
				lowest = json_int64(&reader, PG_INT32_MIN, PG_INT32_MAX);
				break;
			case KEY_COUNTS:
				nscores = read_counts(&reader, counts);
				break;
			case KEY_ASKED:
				asked = json_int64(&reader, 0, PG_INT64_MAX);
				break;
		}
	}
	json_end(&reader);
	summary = score_summary_create((int32) lowest, nscores);
	summary->asked = asked;
	memcpy(summary->counts, counts, nscores * sizeof(int64));
	if ((fault = find_fault(summary)) != NULL)
		json_fail(&reader, fault);
	PG_RETURN_POINTER(summary);
}

static void
append_summary(StringInfo out, const ScoreSummary *summary)
{
	appendStringInfo(out, "{\"%s\": %d, \"%s\": %d, \"%s\": [", keys[KEY_VERSION], summary->version,
					 keys[KEY_LOWEST], summary->lowest, keys[KEY_COUNTS]);
	for (int i = 0; i < summary->nscores; i++)
		appendStringInfo(out, "%s" INT64_FORMAT, i > 0 ? ", " : "", summary->counts[i]);
	appendStringInfo(out, "], \"%s\": " INT64_FORMAT "}", keys[KEY_ASKED], summary->asked);
}

/* One JSON object: the counts are those of the scores lowest, lowest + 1, ... */
PG_FUNCTION_INFO_V1(score_summary_out);
Datum
score_summary_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_summary(&out, PG_GETARG_SCORE_SUMMARY(0));
	PG_RETURN_CSTRING(out.data);
}

TEXT_FORM_FUNCTIONS(score_summary)

/* A total order of the whole content: by scale, answers, then counts from the lowest score. */
static int
compare(FunctionCallInfo fcinfo)
{
	const ScoreSummary *a = PG_GETARG_SCORE_SUMMARY(0);
	const ScoreSummary *b = PG_GETARG_SCORE_SUMMARY(1);

	COMPARE(a->lowest, b->lowest);
	COMPARE(a->nscores, b->nscores);
	COMPARE(a->asked, b->asked);
	for (int i = 0; i < a->nscores; i++)
		COMPARE(a->counts[i], b->counts[i]);
	return 0;
}

FREEING_COMPARISON_FUNCTIONS(score_summary, compare)

/* Every byte after the length word is content or zero. */
HASH_FUNCTIONS(score_summary, stored_content)
