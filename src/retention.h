/*
 * retention.h
 *		Contracts: how many customers renew, by the shifted beta-geometric model
 *		(Fader & Hardie 2007, "How to project customer retention").
 *
 * Each customer has a probability of not renewing that never changes, and
 * these are spread over customers as Beta(alpha, beta). All that a fit needs
 * to know of a population is how many customers left after each number of
 * renewals, and how many are still there after each.
 */
#ifndef CUSTOMER_PROFILE_RETENTION_H
#define CUSTOMER_PROFILE_RETENTION_H

#include "base/json_text.h"

#define RETENTION_SAMPLE_VERSION 1
#define RETENTION_MODEL_VERSION 1

#define RETENTION_MAX_PERIODS 10000

/* How long a period is, and when the customers were looked at. Part of stored forms. */
typedef struct RetentionSettings
{
	DateADT as_of;	/* DATEVAL_NOBEGIN: counts, of no stated date */
	int32 months;	/* of a period; either months or days, and both 0: nothing was accepted yet */
	int32 days;		/* of a period */
	int32 reserved; /* always zero */
} RetentionSettings;

typedef enum RetentionKind
{
	RETENTION_LOST,	  /* renewed so often, then did not */
	RETENTION_ACTIVE, /* renewed so often; what comes next has not been seen */
	RETENTION_COHORT, /* a row of a cohort table that is still being read */
	RETENTION_KINDS
} RetentionKind;

typedef struct RetentionCount
{
	int32 kind;
	int32 periods; /* renewals */
	int64 customers;
} RetentionCount;

/* Counts are in order of (kind, periods), each once; the state of an aggregate has spare room behind. */
typedef struct RetentionSample
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 reserved[3]; /* always zero */
	RetentionSettings settings;
	int64 after_as_of; /* contracts that start on as_of or later */
	int64 ignored;	   /* rows with a NULL */
	int64 ncounts;
	RetentionCount counts[FLEXIBLE_ARRAY_MEMBER];
} RetentionSample;

#define RETENTION_SAMPLE_SIZE(n) \
	(offsetof(RetentionSample, counts) + (Size) (n) * sizeof(RetentionCount))
#define RETENTION_MAX_COUNTS (RETENTION_KINDS * (RETENTION_MAX_PERIODS + 1))

enum
{
	RETENTION_ALPHA,
	RETENTION_BETA,
	RETENTION_PARAMETERS
};

/* What a fit found, and how it ended. */
typedef struct RetentionModel
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 fitted; /* 0: what follows the counts is zero */
	uint8 converged;
	uint8 at_boundary; /* bit i: parameter i */
	int32 iterations;
	int32 periods; /* most renewals that any customer was asked for */
	RetentionSettings settings;
	int64 customers;
	int64 lost;
	int64 after_as_of;
	int64 ignored;
	double parameters[RETENTION_PARAMETERS];
	double covariance[3]; /* of the logs: aa, ab, bb; zero at a boundary */
	double covariance_robust[3];
	double log_likelihood;
	double gradient_norm;
	double condition_number;
} RetentionModel;

extern RetentionSample *retention_sample_create(int64 ncounts);
extern RetentionSample *retention_sample_from_datum(Datum datum);
extern RetentionSample *retention_sample_canonical(const RetentionSample *sample);
/* The same, with the cohort table turned into customers lost and active; an error when it is none. */
extern RetentionSample *retention_sample_closed(const RetentionSample *sample);

extern RetentionModel *retention_model_create(void);
extern RetentionModel *retention_model_from_datum(Datum datum);
extern const char *const retention_parameter_names[RETENTION_PARAMETERS];
/* "ok", or in a few words what is wrong. */
extern char *retention_model_status(const RetentionModel *model);

/* May the model be used to answer? */
static inline bool
retention_model_usable(const RetentionModel *model)
{
	return model->fitted && model->converged;
}

static inline bool
retention_is_settled(const RetentionSettings *settings)
{
	return settings->months != 0 || settings->days != 0;
}

/* A member "settings" of both types. */
extern void retention_settings_append(StringInfo out, const RetentionSettings *settings);
extern void retention_settings_from_json(JsonReader *reader, RetentionSettings *settings);

#endif /* CUSTOMER_PROFILE_RETENTION_H */
