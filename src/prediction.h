/*
 * prediction.h
 *		Inside the model watching room: the type prediction_summary and its bins.
 *
 * A tally of (outcome, bin): outcome "0", "1" or "u" (not known yet); a bin is
 * 1/100 of logit(score), "-inf" for 0 and "inf" for 1, so that small propensities
 * are told apart. An entry has the count and the exact sums of the scores and of
 * their squares, in units of 2^-60.
 */
#ifndef CUSTOMER_PROFILE_PREDICTION_H
#define CUSTOMER_PROFILE_PREDICTION_H

#include "base/tally.h"

#define PREDICTION_BIN_INFINITE 1000000 /* the bins of 0 and 1 are -this and this */

extern const TallyKind prediction_kind;

typedef struct PredictionBin
{
	int bin;
	double unknown; /* customers by outcome */
	double negative;
	double positive;
	double sum[3];	  /* of scores: outcome 0, 1, unknown */
	double square[3]; /* of their squares */
} PredictionBin;

typedef struct Predictions
{
	PredictionBin *bins; /* in ascending order of score */
	int nbins;
	double known;
	double positive;
} Predictions;

extern void prediction_read(const Tally *tally, Predictions *predictions);

#endif /* CUSTOMER_PROFILE_PREDICTION_H */
