/*
 * prediction.c
 *		The type prediction_summary: scores of a model in bins, and what came of
 *		them.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/text_form.h"
#include "prediction.h"
#include "utils/builtins.h"

#define BINS_PER_LOGIT 100.0
#define UNITS 1152921504606846976.0 /* 2^60 */

static const char outcomes[] = "01u";

/* The number of a stored bin; false unless it is written as we write it. */
static bool
parse_bin(const TallyPart *part, int *bin)
{
	char text[16], again[16];

	if (part->data == NULL || part->length >= (int) sizeof(text))
		return false;
	memcpy(text, part->data, part->length);
	text[part->length] = '\0';
	if (strcmp(text, "-inf") == 0 || strcmp(text, "inf") == 0)
	{
		*bin = text[0] == '-' ? -PREDICTION_BIN_INFINITE : PREDICTION_BIN_INFINITE;
		return true;
	}
	*bin = atoi(text);
	snprintf(again, sizeof(again), "%d", *bin);
	/* The logit of the least positive double is -744, of the greatest below 1 is 37. */
	return strcmp(text, again) == 0 && *bin >= -75000 && *bin <= 3750 &&
		   *bin != -PREDICTION_BIN_INFINITE;
}

static const char *
prediction_problem(const Tally *tally)
{
	const TallyEntry *entry = NULL;

	if (tally->settings_size != 0)
		return "There are no settings of a prediction_summary";
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];
		int bin;

		tally_parts(tally, entry, parts);
		if (parts[0].length != 1 || strchr(outcomes, parts[0].data[0]) == NULL ||
			!parse_bin(&parts[1], &bin) || entry->numbers[0] < 1)
			return "An entry is an outcome (0, 1 or u), a bin and a positive count";
		if (entry->numbers[2] < 0 || entry->numbers[2] > entry->numbers[0] >> 4 ||
			entry->numbers[5] < 0 ||
			(entry->numbers[5] == 0 &&
			 (uint64) entry->numbers[4] >> 56 > (uint64) entry->numbers[0]))
			return "Sums of scores are larger than the counts";
	}
	return NULL;
}

const TallyKind prediction_kind = {"prediction_summary", 2, 6, prediction_problem};

extern Datum prediction_summary_in(PG_FUNCTION_ARGS);
extern Datum prediction_summary_out(PG_FUNCTION_ARGS);
TEXT_FORM_FUNCTIONS(prediction_summary)
TALLY_ORDER_FUNCTIONS(prediction_summary, &prediction_kind)

/*
 * prediction_summary_accumulate(prediction_summary, score float8, outcome bool)
 * -> prediction_summary: one customer more. score is a probability 0..1, others
 * are errors; a NULL score is skipped and counted; a NULL outcome is not known yet.
 */
PG_FUNCTION_INFO_V1(prediction_summary_accumulate);
Datum
prediction_summary_accumulate(PG_FUNCTION_ARGS)
{
	Tally *tally = tally_state_argument(fcinfo, &prediction_kind);
	TallyPart parts[2];
	char bin[16];
	int64 words[6] = {1};
	unsigned __int128 square;
	double score;

	if (PG_ARGISNULL(1))
	{
		tally->ignored = add_counts(tally->ignored, 1, "ignored rows");
		PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
	}
	score = PG_GETARG_FLOAT8(1);
	if (!(score >= 0 && score <= 1))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("score must be a probability between 0 and 1, not %.15g", score)));
	parts[0].data = PG_ARGISNULL(2) ? "u" : PG_GETARG_BOOL(2) ? "1" : "0";
	parts[0].length = 1;
	if (score == 0 || score == 1)
		strlcpy(bin, score == 0 ? "-inf" : "inf", sizeof(bin));
	else
		snprintf(bin, sizeof(bin), "%d", (int) rint(BINS_PER_LOGIT * (log(score) - log1p(-score))));
	parts[1].data = bin;
	parts[1].length = strlen(bin);
	words[1] = (int64) rint(score * UNITS);
	square = (unsigned __int128) words[1] * (unsigned __int128) words[1];
	words[3] = (int64) (uint64) square;
	words[4] = (int64) (uint64) (square >> 64);
	tally_add_words(tally_numbers(&tally, parts, &prediction_kind), words, 6);
	PG_RETURN_POINTER(tally_state_result(fcinfo, tally));
}

/* prediction_summary_merge(prediction_summary, prediction_summary): the customers of both; NULL + x = x. */
PG_FUNCTION_INFO_V1(prediction_summary_merge);
Datum
prediction_summary_merge(PG_FUNCTION_ARGS)
{
	return tally_merge(fcinfo, &prediction_kind);
}

/* prediction_summary_final(prediction_summary): canonical; NULL when nothing was seen. */
PG_FUNCTION_INFO_V1(prediction_summary_final);
Datum
prediction_summary_final(PG_FUNCTION_ARGS)
{
	return tally_final(fcinfo, &prediction_kind);
}

/* prediction_summary_in(cstring) -> prediction_summary */
PG_FUNCTION_INFO_V1(prediction_summary_in);
Datum
prediction_summary_in(PG_FUNCTION_ARGS)
{
	return tally_in(fcinfo, &prediction_kind);
}

/* prediction_summary_out(prediction_summary) -> cstring */
PG_FUNCTION_INFO_V1(prediction_summary_out);
Datum
prediction_summary_out(PG_FUNCTION_ARGS)
{
	return tally_out(fcinfo, &prediction_kind);
}

static int
compare_bins(const void *left, const void *right)
{
	int a = ((const PredictionBin *) left)->bin;
	int b = ((const PredictionBin *) right)->bin;

	return (a > b) - (a < b);
}

/* Order of bins: 0 lies below all others, 1 above. */
static int
bin_rank(int bin)
{
	return bin == -PREDICTION_BIN_INFINITE	? PG_INT32_MIN
		   : bin == PREDICTION_BIN_INFINITE ? PG_INT32_MAX
											: bin;
}

/* One more entry into a bin. */
static void
fill_bin(PredictionBin *bin, char outcome, const int64 *numbers)
{
	int which = outcome == '0' ? 0 : outcome == '1' ? 1 : 2;
	double sum = (ldexp((double) numbers[2], 64) + (double) (uint64) numbers[1]) / UNITS;
	double square = (ldexp((double) (uint64) numbers[5], 128) +
					 ldexp((double) (uint64) numbers[4], 64) + (double) (uint64) numbers[3]) /
					UNITS / UNITS;

	if (which == 0)
		bin->negative += numbers[0];
	else if (which == 1)
		bin->positive += numbers[0];
	else
		bin->unknown += numbers[0];
	bin->sum[which] += sum;
	bin->square[which] += square;
}

void
prediction_read(const Tally *tally, Predictions *predictions)
{
	PredictionBin *bins = palloc0(Max(tally->nentries, 1) * sizeof(PredictionBin));
	const TallyEntry *entry = NULL;
	int n = 0, distinct = 0;

	memset(predictions, 0, sizeof(*predictions));
	while ((entry = tally_next(tally, entry)) != NULL)
	{
		TallyPart parts[TALLY_MAX_PARTS];

		tally_parts(tally, entry, parts);
		(void) parse_bin(&parts[1], &bins[n].bin);
		bins[n].bin = bin_rank(bins[n].bin);
		fill_bin(&bins[n++], parts[0].data[0], entry->numbers);
	}
	qsort(bins, n, sizeof(PredictionBin), compare_bins);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || bins[i].bin != bins[distinct - 1].bin)
			bins[distinct++] = bins[i];
		else
		{
			PredictionBin *into = &bins[distinct - 1];

			into->unknown += bins[i].unknown;
			into->negative += bins[i].negative;
			into->positive += bins[i].positive;
			for (int j = 0; j < 3; j++)
			{
				into->sum[j] += bins[i].sum[j];
				into->square[j] += bins[i].square[j];
			}
		}
	}
	predictions->bins = bins;
	predictions->nbins = distinct;
	for (int i = 0; i < distinct; i++)
	{
		predictions->known += bins[i].negative + bins[i].positive;
		predictions->positive += bins[i].positive;
	}
}
