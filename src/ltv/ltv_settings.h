/*
 * ltv_settings.h
 *		What a lifetime-value fit was asked for: as_of and options, carried by
 *		ltv_sample and ltv_model alike.
 */
#ifndef CUSTOMER_PROFILE_LTV_SETTINGS_H
#define CUSTOMER_PROFILE_LTV_SETTINGS_H

#include "base/json_text.h"
#include "ltv/ltv_registry.h"
#include "utils/jsonb.h"

#define LTV_MAX_COVARIATES 16

/* Parameters of a part with covariates: the model's own, then those of purchases and of dropout. */
#define LTV_MAX_ALL_PARAMETERS (LTV_MAX_PARAMETERS + 2 * LTV_MAX_COVARIATES)

#define LTV_NO_DATE DATEVAL_NOBEGIN

/* Part of stored forms; no padding, bytes after the zone's name are zero. */
typedef struct LtvSettings
{
	int64 period;		 /* microseconds; 0: nothing has been accepted yet */
	int64 max_rows;		 /* distinct customers to keep; 0: all of them, or an error */
	double prior_weight; /* precision of the prior on the logs of parameters; 0: none */
	DateADT as_of;		 /* LTV_NO_DATE with `summary` */
	uint16 models;		 /* bit i: transaction model i is fitted */
	uint8 spend;		 /* number of the spend model */
	uint8 strict;
	uint8 covariates;  /* how many each customer has */
	uint8 summary;	   /* histories came as numbers of periods, not as timelines */
	uint8 reserved[6]; /* always zero */
	char timezone[TIMEZONE_NAME_MAX];
} LtvSettings;

/*
 * Where a fit starts, from the option "start": the parameters of an earlier
 * model by number of transaction model, and by number of spend model.
 */
#define LTV_START_PARAMETERS 5

typedef struct LtvStart
{
	double purchase[LTV_MAX_MODELS][LTV_START_PARAMETERS]; /* all zero: not given */
	double spend[LTV_MAX_MODELS][LTV_START_PARAMETERS];
} LtvStart;

static inline double
ltv_period_days(const LtvSettings *settings)
{
	return (double) settings->period / USECS_PER_DAY;
}

/* Do customers carry the counts of opportunities beside their days? */
static inline bool
ltv_counts_opportunities(const LtvSettings *settings)
{
	return !settings->summary && ltv_models_have_discrete(settings->models);
}

/* The options of fit_ltv. */
extern void ltv_settings_parse(LtvSettings *settings, DateADT as_of, Jsonb *options);
/* The same, and where to start: *start is NULL, or what the option "start" gives. */
extern void ltv_settings_parse_with_start(LtvSettings *settings, LtvStart **start, DateADT as_of,
										  Jsonb *options);
/* Those of fit_ltv_summary. */
extern void ltv_settings_parse_summary(LtvSettings *settings, LtvStart **start, Jsonb *options);
extern void ltv_settings_set_covariates(LtvSettings *settings, int covariates);
extern bool ltv_settings_equal(const LtvSettings *a, const LtvSettings *b);
extern void ltv_settings_set_timezone(LtvSettings *settings, const char *timezone);
extern char *ltv_date_text(DateADT day);
extern char *ltv_options_text(const LtvSettings *settings);

/* What is wrong with settings that came from outside, or NULL. */
extern const char *ltv_settings_fault(const LtvSettings *settings);

/* Members of the JSON object of the owning type; binary form. */
extern void ltv_settings_append(StringInfo out, const LtvSettings *settings);
extern void ltv_settings_from_json(JsonReader *reader, LtvSettings *settings);
extern void ltv_settings_send(StringInfo out, const LtvSettings *settings);
extern void ltv_settings_recv(StringInfo in, LtvSettings *settings, const char *type_name);

#endif /* CUSTOMER_PROFILE_LTV_SETTINGS_H */
