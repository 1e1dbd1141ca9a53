/*
 * ltv_value.h
 *		The stored form of an ltv_model: what a fit found, and how it ended.
 *
 * A model has two parts, purchase and spend. Either may be missing: then it
 * could not be fitted, and the counts say why.
 */
#ifndef CUSTOMER_PROFILE_LTV_VALUE_H
#define CUSTOMER_PROFILE_LTV_VALUE_H

#include "ltv/ltv_settings.h"

#define LTV_VALUE_VERSION 1

/* Customers with a repeat purchase (and with repeat spend) that a fit needs. */
#define LTV_MIN_CUSTOMERS 10

typedef enum LtvPartName
{
	LTV_PURCHASE,
	LTV_SPEND,
	LTV_PARTS
} LtvPartName;

typedef struct LtvPart
{
	uint8 nparameters; /* 0: not fitted, and all is zero */
	uint8 converged;
	uint16 at_boundary; /* bit i: parameter i */
	int32 iterations;
	double log_likelihood;
	double gradient_norm;	 /* per customer, by the logs of the parameters */
	double condition_number; /* of the Hessian by the logs of the parameters */
} LtvPart;

/*
 * The body holds for each part its parameters (n), the covariance of their
 * logs by the Hessian (lower triangle by rows, n(n+1)/2), and the robust
 * covariance of their logs (the same). Covariances are zero in rows of
 * parameters at the boundary, and where the fit did not converge.
 */
typedef struct LtvValue
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 reserved[3]; /* always zero */
	LtvSettings settings;
	int64 customers;		/* with a purchase before as_of */
	int64 repeat_customers; /* with a repeat purchase */
	int64 groups;			/* distinct histories */
	int64 spend_customers;	/* with positive repeat spend */
	int64 spend_excluded;	/* with a repeat purchase, but repeat spend <= 0 */
	int64 after_as_of;		/* customers without a purchase before as_of */
	int64 unmatched_refunds;
	int64 ignored; /* rows skipped while the timelines were built */
	LtvPart parts[LTV_PARTS];
	double body[FLEXIBLE_ARRAY_MEMBER];
} LtvValue;

#define LTV_TRIANGLE(n) ((n) * ((n) + 1) / 2)
#define LTV_PART_NUMBERS(n) ((n) + 2 * LTV_TRIANGLE(n))

static inline Size
ltv_value_size(int purchase_parameters, int spend_parameters)
{
	return offsetof(LtvValue, body) + sizeof(double) * (LTV_PART_NUMBERS(purchase_parameters) +
														LTV_PART_NUMBERS(spend_parameters));
}

static inline double *
ltv_part_parameters(const LtvValue *value, LtvPartName part)
{
	const double *body = value->body;

	if (part == LTV_SPEND)
		body += LTV_PART_NUMBERS(value->parts[LTV_PURCHASE].nparameters);
	return (double *) body;
}

/* The covariance of the logs of parameters i >= j. */
static inline double *
ltv_part_covariance(const LtvValue *value, LtvPartName part, bool robust, int i, int j)
{
	int n = value->parts[part].nparameters;

	return ltv_part_parameters(value, part) + n + (robust ? LTV_TRIANGLE(n) : 0) + LTV_TRIANGLE(i) +
		   j;
}

/* May the part be used to answer? */
static inline bool
ltv_part_usable(const LtvValue *value, LtvPartName part)
{
	return value->parts[part].nparameters > 0 && value->parts[part].converged;
}

extern LtvValue *ltv_value_create(int purchase_parameters, int spend_parameters);
extern LtvValue *ltv_value_from_datum(Datum datum);

/* Names: "purchase" or "spend", and those of the parameters. */
extern const char *ltv_part_name(LtvPartName part);
extern int ltv_part_expected_parameters(const LtvSettings *settings, LtvPartName part);
extern const char *const *ltv_part_parameter_names(const LtvSettings *settings, LtvPartName part);

/* "ok", or in a few words what is wrong. */
extern char *ltv_value_status(const LtvValue *value);

#define DatumGetLtvValue(d) ltv_value_from_datum(d)
#define PG_GETARG_LTV_VALUE(n) DatumGetLtvValue(PG_GETARG_DATUM(n))

#endif /* CUSTOMER_PROFILE_LTV_VALUE_H */
