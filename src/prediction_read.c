/*
 * prediction_read.c
 *		How good a model's scores are: auc, ks, brier, lift, calibration, deciles.
 *
 * Only customers whose outcome is known count. Scores in one bin, 1/100 of
 * logit(score) wide, are tied.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "base/count.h"
#include "base/row.h"
#include "estimate.h"
#include "funcapi.h"
#include "math/wilson.h"
#include "miscadmin.h"
#include "prediction.h"

#define DECILES 10

static void
read_argument(FunctionCallInfo fcinfo, Predictions *predictions)
{
	prediction_read(tally_from_datum(PG_GETARG_DATUM(0), &prediction_kind), predictions);
}

/*
 * auc(prediction_summary) -> estimate: the chance that a customer with the
 * outcome has a higher score than one without; ties count half. The standard error
 * is that of DeLong, DeLong & Clarke-Pearson 1988, the interval is symmetric on the
 * logit scale. NULL unless both outcomes occur; n is the number of known outcomes.
 * Where the method sees no error, as at 0 and 1, error and interval are NULL.
 */
PG_FUNCTION_INFO_V1(prediction_auc);
Datum
prediction_auc(PG_FUNCTION_ARGS)
{
	Predictions p;
	double m, n, below = 0.0, positives = 0.0, auc = 0.0, by_positive = 0.0, by_negative = 0.0;
	double variance;
	Estimate result;

	read_argument(fcinfo, &p);
	m = p.positive;
	n = p.known - p.positive;
	if (m <= 0 || n <= 0)
		PG_RETURN_NULL();
	for (int i = 0; i < p.nbins; i++)
	{
		auc += p.bins[i].positive * (below + p.bins[i].negative / 2);
		below += p.bins[i].negative;
	}
	auc /= m * n;
	below = 0.0;
	for (int i = 0; i < p.nbins; i++)
	{
		/* The placement of a positive, and of a negative, of this bin among the others. */
		double v10 = (below + p.bins[i].negative / 2) / n;
		double v01 = (m - positives - p.bins[i].positive / 2) / m;

		by_positive += p.bins[i].positive * (v10 - auc) * (v10 - auc);
		by_negative += p.bins[i].negative * (v01 - auc) * (v01 - auc);
		below += p.bins[i].negative;
		positives += p.bins[i].positive;
	}
	variance = m > 1 && n > 1 ? by_positive / (m - 1) / m + by_negative / (n - 1) / n : NAN;
	result.value = auc;
	result.se = variance > 0 ? sqrt(variance) : NAN;
	result.lo = result.hi = NAN;
	result.n = count_from_double(p.known);
	if (auc > 0 && auc < 1)
	{
		double logit = log(auc / (1 - auc));
		double width = ESTIMATE_Z * result.se / (auc * (1 - auc));

		result.lo = 1 / (1 + exp(width - logit));
		result.hi = 1 / (1 + exp(-width - logit));
	}
	return estimate_form(fcinfo, &result);
}

/* ks(prediction_summary) -> float8: the greatest distance, 0..1, between the distribution functions of the scores of both outcomes. */
PG_FUNCTION_INFO_V1(prediction_ks);
Datum
prediction_ks(PG_FUNCTION_ARGS)
{
	Predictions p;
	double positives = 0.0, negatives = 0.0, largest = 0.0;

	read_argument(fcinfo, &p);
	if (p.positive <= 0 || p.positive >= p.known)
		PG_RETURN_NULL();
	for (int i = 0; i < p.nbins; i++)
	{
		positives += p.bins[i].positive;
		negatives += p.bins[i].negative;
		largest = Max(largest, fabs(positives / p.positive - negatives / (p.known - p.positive)));
	}
	PG_RETURN_FLOAT8(largest);
}

/*
 * brier(prediction_summary) -> estimate: the mean of (score - outcome)^2 (Brier
 * 1950), exact to 2^-60. The standard error is that of a mean; for it the scores of a
 * bin and outcome count as their mean. NULL without known outcomes, n their number.
 */
PG_FUNCTION_INFO_V1(prediction_brier);
Datum
prediction_brier(PG_FUNCTION_ARGS)
{
	Predictions p;
	double sum = 0.0, spread = 0.0;
	Estimate result;

	read_argument(fcinfo, &p);
	if (p.known <= 0)
		PG_RETURN_NULL();
	for (int i = 0; i < p.nbins; i++)
		sum +=
			p.bins[i].square[0] + p.bins[i].square[1] - 2 * p.bins[i].sum[1] + p.bins[i].positive;
	result.value = Max(sum / p.known, 0.0);
	for (int i = 0; i < p.nbins; i++)
	{
		double counts[] = {p.bins[i].negative, p.bins[i].positive};

		for (int outcome = 0; outcome < 2; outcome++)
		{
			double off = p.bins[i].sum[outcome] / Max(counts[outcome], 1) - outcome;

			spread += counts[outcome] * (off * off - result.value) * (off * off - result.value);
		}
	}
	result.se = p.known > 1 && spread > 0 ? sqrt(spread / (p.known - 1) / p.known) : NAN;
	result.lo = Max(result.value - ESTIMATE_Z * result.se, 0.0);
	result.hi = Min(result.value + ESTIMATE_Z * result.se, 1.0);
	if (isnan(result.se))
		result.lo = result.hi = NAN;
	result.n = count_from_double(p.known);
	return estimate_form(fcinfo, &result);
}

/* The standard error of log(lift), of a rate among `top` customers and one among `rest` others. */
static double
log_lift_error(double top, double hits, double rest, double other_hits)
{
	double share = top / (top + rest);
	double rate = hits / top;
	double other = rest > 0 ? other_hits / rest : 0.0;
	double all = share * rate + (1 - share) * other;
	double by_top = 1 / rate - share / all; /* derivatives of log(rate / all) */
	double by_rest = (1 - share) / all;
	double variance = by_top * by_top * rate * (1 - rate) / top;

	if (rest > 0)
		variance += by_rest * by_rest * other * (1 - other) / rest;
	return sqrt(variance);
}

/*
 * lift(prediction_summary, share float8) -> estimate: the rate of the outcome
 * among the share of customers with the highest scores, over the rate of all.
 * Where the share ends within a bin, that part of it counts. NULL without a
 * positive outcome; share must be above 0 and at most 1. The standard error is by
 * the delta method of two binomial rates, at a fixed share, the interval symmetric
 * on the log scale; NULL where no error is seen, as without a hit. n: customers in the share.
 */
PG_FUNCTION_INFO_V1(prediction_lift);
Datum
prediction_lift(PG_FUNCTION_ARGS)
{
	double share = PG_GETARG_FLOAT8(1);
	Predictions p;
	double left, top, hits = 0.0, width = NAN;
	Estimate result;

	if (!(share > 0 && share <= 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("share must be above 0 and at most 1, not %g", share)));
	read_argument(fcinfo, &p);
	if (p.positive <= 0)
		PG_RETURN_NULL();
	top = left = share * p.known;
	for (int i = p.nbins - 1; i >= 0 && left > 0; i--)
	{
		double here = p.bins[i].negative + p.bins[i].positive;
		double taken = Min(left, here);

		if (here > 0)
			hits += p.bins[i].positive * taken / here;
		left -= taken;
	}
	result.value = hits / top / (p.positive / p.known);
	if (hits > 0 && share < 1)
		width = log_lift_error(top, hits, p.known - top, Max(p.positive - hits, 0.0));
	if (!(width > 0))
		width = NAN;
	result.se = result.value * width;
	result.lo = result.value * exp(-ESTIMATE_Z * width);
	result.hi = result.value * exp(ESTIMATE_Z * width);
	result.n = count_from_double(top);
	return estimate_form(fcinfo, &result);
}

/* The mean score of a bin's known outcomes as a logit; scores of 0 and 1 as those of 1e-12 and 1 - 1e-12. */
static double
bin_logit(const PredictionBin *bin)
{
	double mean = (bin->sum[0] + bin->sum[1]) / (bin->negative + bin->positive);

	mean = Min(Max(mean, 1e-12), 1 - 1e-12);
	return log(mean) - log1p(-mean);
}

/*
 * calibration(prediction_summary) -> (intercept, slope, intercept_se, slope_se):
 * logistic regression of the outcome on logit(score) (Cox 1958): 0 and 1 for a
 * calibrated model; a slope below 1 says that scores are too extreme. By Newton's
 * method over the bins; NULLs when there is no finite answer.
 */
PG_FUNCTION_INFO_V1(prediction_calibration);
Datum
prediction_calibration(PG_FUNCTION_ARGS)
{
	Predictions p;
	double a = 0.0, b = 1.0, step = INFINITY, saa = 0, sab = 0, sbb = 0, det = 0;
	Datum values[4];
	bool nulls[4] = {false};

	read_argument(fcinfo, &p);
	if (p.known <= 0)
		PG_RETURN_NULL();
	for (int round = 0; round < 100 && step > 1e-10; round++)
	{
		double ga = 0.0, gb = 0.0, da, db;

		saa = sab = sbb = 0.0;
		for (int i = 0; i < p.nbins; i++)
		{
			double n = p.bins[i].negative + p.bins[i].positive;
			double x, fitted, weight;

			if (n <= 0)
				continue;
			x = bin_logit(&p.bins[i]);
			fitted = 1 / (1 + exp(-(a + b * x)));
			weight = n * fitted * (1 - fitted);
			ga += p.bins[i].positive - n * fitted;
			gb += x * (p.bins[i].positive - n * fitted);
			saa += weight;
			sab += weight * x;
			sbb += weight * x * x;
		}
		det = saa * sbb - sab * sab;
		if (!(det > 1e-12 * saa * sbb))
			break;
		da = (sbb * ga - sab * gb) / det;
		db = (saa * gb - sab * ga) / det;
		/* Steps of at most 2, so that it does not run away from a far start. */
		step = Max(fabs(da), fabs(db));
		if (!isfinite(step))
			break;
		a += da * Min(1.0, 2 / step);
		b += db * Min(1.0, 2 / step);
	}
	for (int i = 0; i < 4; i++)
		nulls[i] = !(step <= 1e-10) || !isfinite(a) || !isfinite(b);
	values[0] = Float8GetDatum(a);
	values[1] = Float8GetDatum(b);
	values[2] = Float8GetDatum(sqrt(sbb / det));
	values[3] = Float8GetDatum(sqrt(saa / det));
	return row_result(fcinfo, 4, values, nulls);
}

/*
 * prediction_deciles(prediction_summary) -> rows (decile, n, known, positives,
 * mean_score, rate, lo, hi), from the highest scores, 10, to the lowest. A bin of
 * scores is never split: it goes where its middle customer belongs. mean_score is
 * of all customers of the decile; rate of the known ones, with Wilson's interval.
 */
PG_FUNCTION_INFO_V1(prediction_deciles);
Datum
prediction_deciles(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PredictionBin deciles[DECILES] = {0};
	Predictions p;
	double total = 0.0, before = 0.0;

	read_argument(fcinfo, &p);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < p.nbins; i++)
		total += p.bins[i].unknown + p.bins[i].negative + p.bins[i].positive;
	for (int i = 0; i < p.nbins; i++)
	{
		double n = p.bins[i].unknown + p.bins[i].negative + p.bins[i].positive;
		int place = Min(DECILES - 1, (int) ((before + n / 2) / total * DECILES));

		deciles[place].unknown += p.bins[i].unknown;
		deciles[place].negative += p.bins[i].negative;
		deciles[place].positive += p.bins[i].positive;
		for (int j = 0; j < 3; j++)
			deciles[place].sum[0] += p.bins[i].sum[j];
		before += n;
	}
	for (int place = DECILES - 1; place >= 0; place--)
	{
		const PredictionBin *decile = &deciles[place];
		double known = decile->negative + decile->positive;
		double n = known + decile->unknown;
		double lo, hi;
		Datum values[8] = {0};
		bool nulls[8] = {false};

		if (n <= 0)
			continue;
		values[0] = Int32GetDatum(place + 1);
		values[1] = Int64GetDatum(count_from_double(n));
		values[2] = Int64GetDatum(count_from_double(known));
		values[3] = Int64GetDatum(count_from_double(decile->positive));
		values[4] = Float8GetDatum(decile->sum[0] / n);
		if (known > 0)
		{
			wilson_interval(decile->positive, known, &lo, &hi);
			values[5] = Float8GetDatum(decile->positive / known);
			values[6] = Float8GetDatum(lo);
			values[7] = Float8GetDatum(hi);
		}
		else
			nulls[5] = nulls[6] = nulls[7] = true;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
