/*
 * ltv_value.h
 *		The stored form of an ltv_model: what a fit found, and how it ended.
 *
 * A value holds parts: first the candidates, the transaction models that were
 * fitted, in order of their numbers, one of them chosen; then the spend model.
 * Either may be missing: then it could not be fitted, and the counts say why.
 */
#ifndef CUSTOMER_PROFILE_LTV_VALUE_H
#define CUSTOMER_PROFILE_LTV_VALUE_H

#include "ltv/ltv_settings.h"

#define LTV_VALUE_VERSION 1

/* Customers with a repeat purchase (and with repeat spend) that a fit needs. */
#define LTV_MIN_CUSTOMERS 10

#define LTV_MAX_PARTS (LTV_MAX_MODELS + 1)

typedef struct LtvPart
{
	uint8 model; /* number of the transaction or spend model */
	uint8 nparameters;
	uint8 converged;
	uint8 reserved; /* always zero */
	int32 iterations;
	uint64 at_boundary; /* bit i: parameter i */
	double log_likelihood;
	double gradient_norm;	 /* per customer, by the logs of the parameters */
	double condition_number; /* of the Hessian by the logs of the parameters */
} LtvPart;

/*
 * After the header come the parts, the means of the covariates, and for each
 * part its numbers: the parameters (n), the covariance of their logs by the
 * Hessian (lower triangle by rows, n(n+1)/2), and the robust covariance of
 * their logs (the same). Covariances are zero in rows of parameters at the
 * boundary, and where the fit did not converge.
 *
 * With covariates the model's own parameters are those of a customer with mean
 * covariates; after them come the coefficients of purchases and of dropout, in
 * the user's units. They are no logs, and their covariances are their own.
 */
typedef struct LtvValue
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 ncandidates;
	uint8 chosen; /* among the candidates */
	uint8 has_spend;
	LtvSettings settings;
	int64 customers;		/* with a purchase before as_of */
	int64 repeat_customers; /* with a repeat purchase */
	int64 groups;			/* distinct histories */
	int64 spend_customers;	/* with positive repeat spend */
	int64 spend_excluded;	/* with a repeat purchase, but repeat spend <= 0 */
	int64 after_as_of;		/* customers without a purchase before as_of */
	int64 unmatched_refunds;
	int64 ignored; /* rows skipped while the timelines were built */
	int64 thinned; /* of customers: for whom others stand, because of max_rows */
	LtvPart parts[FLEXIBLE_ARRAY_MEMBER];
} LtvValue;

#define LTV_TRIANGLE(n) ((n) * ((n) + 1) / 2)
#define LTV_PART_NUMBERS(n) ((n) + 2 * LTV_TRIANGLE(n))

/* Parts by index: 0 .. ncandidates - 1, then spend. */
static inline int
ltv_part_count(const LtvValue *value)
{
	return value->ncandidates + value->has_spend;
}

static inline int
ltv_spend_part(const LtvValue *value)
{
	return value->ncandidates;
}

static inline const LtvPart *
ltv_chosen_part(const LtvValue *value)
{
	return value->ncandidates > 0 ? &value->parts[value->chosen] : NULL;
}

static inline double *
ltv_covariate_means(const LtvValue *value)
{
	return (double *) &value->parts[ltv_part_count(value)];
}

static inline double *
ltv_part_parameters(const LtvValue *value, int part)
{
	double *numbers = ltv_covariate_means(value) + value->settings.covariates;

	for (int i = 0; i < part; i++)
		numbers += LTV_PART_NUMBERS(value->parts[i].nparameters);
	return numbers;
}

/* The covariance of the logs of parameters i >= j. */
static inline double *
ltv_part_covariance(const LtvValue *value, int part, bool robust, int i, int j)
{
	int n = value->parts[part].nparameters;

	return ltv_part_parameters(value, part) + n + (robust ? LTV_TRIANGLE(n) : 0) + LTV_TRIANGLE(i) +
		   j;
}

/* May purchases, or spend, be answered? */
static inline bool
ltv_purchase_usable(const LtvValue *value)
{
	return value->ncandidates > 0 && value->parts[value->chosen].converged;
}

static inline bool
ltv_spend_usable(const LtvValue *value)
{
	return value->has_spend && value->parts[ltv_spend_part(value)].converged;
}

/* The transaction model that answers: the chosen one, or the first that was asked for. */
extern const LtvTransactionModel *ltv_chosen_model(const LtvValue *value);

/* With these parts, of which only the numbers of the models and parameters count; all else is zero. */
extern LtvValue *
ltv_value_create(const LtvSettings *settings, const LtvPart *parts, int ncandidates, int nspend);
extern LtvValue *ltv_value_from_datum(Datum datum);
extern LtvValue *ltv_value_from_text(const char *text);

/* Names: "purchase" or "spend", those of models and of parameters. */
extern const char *ltv_part_name(const LtvValue *value, int part);
extern int ltv_expected_parameters(const LtvSettings *settings, int model, bool spend);
extern const char *
ltv_parameter_name(const LtvSettings *settings, const LtvPart *part, bool spend, int i);
/* Is it a coefficient of a covariate, whose covariance is its own and not that of a log? */
extern bool ltv_is_coefficient(const LtvPart *part, bool spend, int i);

/* "ok", or in a few words what is wrong. */
extern char *ltv_value_status(const LtvValue *value);
/* The same of one part; empty when all is well. */
extern void ltv_append_part_status(StringInfo out, const LtvValue *value, int part);

#define DatumGetLtvValue(d) ltv_value_from_datum(d)
#define PG_GETARG_LTV_VALUE(n) DatumGetLtvValue(PG_GETARG_DATUM(n))

#endif /* CUSTOMER_PROFILE_LTV_VALUE_H */
