/*
 * kmeans_options.c
 *		The options of fit_kmeans, read from jsonb.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/options.h"
#include "kmeans.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

const char *const kmeans_scale_names[4] = {"zscore", "minmax", "log1p+zscore", "none"};

void
kmeans_check_k(int k)
{
	if (k < 1 || k > KMEANS_MAX_K)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be between 1 and %d, not %d", KMEANS_MAX_K, k)));
}

static JsonbValue *
find(const Jsonb *json, const char *key)
{
	return getKeyJsonValueFromContainer((JsonbContainer *) &json->root, key, strlen(key), NULL);
}

/* "start": k arrays of numbers, or all their numbers in one array. */
static void
read_start(KmeansOptions *options, Jsonb *json)
{
	JsonbValue *value = find(json, "start");
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue element;
	int room = 16;

	if (value == NULL || value->type == jbvNull)
		return;
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for option \"start\" of fit_kmeans"),
						errdetail("Expected an array of k starting centres, in the units of the "
								  "features.")));
	options->start = palloc(room * sizeof(double));
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, false)) != WJB_DONE)
	{
		double number = NAN;

		if (token == WJB_BEGIN_ARRAY || token == WJB_END_ARRAY)
			continue;
		if (token == WJB_ELEM && element.type == jbvNumeric)
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														NumericGetDatum(element.val.numeric)));
		if (!(fabs(number) <= KMEANS_MAX_VALUE))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("number %d of option \"start\" of fit_kmeans is not a finite "
								   "number",
								   options->nstart + 1)));
		if (options->nstart == room)
			options->start = repalloc(options->start, (room *= 2) * sizeof(double));
		options->start[options->nstart++] = number;
	}
}

/* "previous": a kmeans_model as json. */
static void
read_previous(KmeansOptions *options, Jsonb *json)
{
	JsonbValue *value = find(json, "previous");
	char *text;

	if (value == NULL || value->type == jbvNull)
		return;
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("invalid value for option \"previous\" of fit_kmeans"),
						errdetail("Expected a kmeans_model, cast to json.")));
	text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
	options->previous = (KmeansModel *) DatumGetPointer(
		DirectFunctionCall1(kmeans_model_in, CStringGetDatum(text)));
}

/* What the options say; errors name what is wrong. The number of features is checked at the fit. */
void
kmeans_options_parse(KmeansOptions *options, int k, Jsonb *json)
{
	static const char *const allowed[] = {"scale",	"seed",	 "starts",	"max_iterations",
										  "sample", "start", "previous"};
	Options given;

	memset(options, 0, sizeof(*options));
	options_init(&given, "fit_kmeans", json, allowed, lengthof(allowed));
	options->scale = options_choice(&given, "scale", KMEANS_ZSCORE, kmeans_scale_names,
									lengthof(kmeans_scale_names));
	options->seed = options_int(&given, "seed", 1, 0, PG_INT32_MAX);
	options->starts = options_int(&given, "starts", 10, 1, 1000);
	options->max_iterations = options_int(&given, "max_iterations", 300, 1, 100000);
	options->sample = options_int(&given, "sample", 0, 100, 50000000);
	if (options->sample > 0 && options->sample < k)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"sample\" of fit_kmeans must be at least k, %d, not %d", k,
							   options->sample)));
	if (json == NULL)
		return;
	read_start(options, json);
	read_previous(options, json);
	if (options->nstart > 0 && options->nstart % k != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"start\" of fit_kmeans has %d numbers, which are not "
							   "%d centres",
							   options->nstart, k)));
}
