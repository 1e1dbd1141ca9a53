/*
 * ltv_settings.h
 *		What a lifetime-value fit was asked for: as_of and options, carried by
 *		ltv_sample and ltv_model alike.
 */
#ifndef CUSTOMER_PROFILE_LTV_SETTINGS_H
#define CUSTOMER_PROFILE_LTV_SETTINGS_H

#include "base/json_text.h"
#include "ltv/ltv_model.h"
#include "timeline.h"
#include "utils/jsonb.h"

/* Part of stored forms; no padding, bytes after the zone's name are zero. */
typedef struct LtvSettings
{
	int64 period; /* microseconds; 0: nothing has been accepted yet */
	DateADT as_of;
	uint8 model; /* number of the transaction model, see ltv_settings.c */
	uint8 spend; /* number of the spend model */
	uint8 strict;
	uint8 reserved;
	char timezone[TIMEZONE_NAME_MAX];
} LtvSettings;

/* A customer as of a date, in days. */
typedef struct LtvCustomer
{
	int32 x;
	int32 t_x;
	int32 T;
	double mean; /* mean net value of the x repeat purchase days; 0 for x = 0 */
	int64 unmatched_refunds;
} LtvCustomer;

static inline double
ltv_period_days(const LtvSettings *settings)
{
	return (double) settings->period / USECS_PER_DAY;
}

extern const LtvTransactionModel *ltv_transaction_model(const LtvSettings *settings);
extern const LtvSpendModel *ltv_spend_model(const LtvSettings *settings);

extern void ltv_settings_parse(LtvSettings *settings, DateADT as_of, Jsonb *options);
extern bool ltv_settings_equal(const LtvSettings *a, const LtvSettings *b);
extern char *ltv_date_text(DateADT day);
extern char *ltv_options_text(const LtvSettings *settings);

/* False without a purchase before as_of. */
extern bool
ltv_customer_of(const Timeline *timeline, Calendar *calendar, DateADT as_of, LtvCustomer *customer);
extern void
ltv_history_of(const LtvSettings *settings, int32 x, int32 t_x, int32 T, LtvHistory *history);

/* Members of the JSON object of the owning type; binary form. */
extern void ltv_settings_append(StringInfo out, const LtvSettings *settings);
extern void ltv_settings_from_json(JsonReader *reader, LtvSettings *settings);
extern void ltv_settings_send(StringInfo out, const LtvSettings *settings);
extern void ltv_settings_recv(StringInfo in, LtvSettings *settings, const char *type_name);

#endif /* CUSTOMER_PROFILE_LTV_SETTINGS_H */
