/*
 * rfm.h
 *		Inside the RFM room: what has been read (rfm_sample), what was learned
 *		from it (rfm_model), and the options both carry.
 *
 * Other rooms need only rfm_score.h.
 */
#ifndef CUSTOMER_PROFILE_RFM_H
#define CUSTOMER_PROFILE_RFM_H

#include "base/binary.h"
#include "base/calendar.h"
#include "base/json_text.h"
#include "purchase_summary.h"
#include "rfm_score.h"
#include "utils/jsonb.h"

#define RFM_VERSION 1 /* of the stored forms of rfm_sample and rfm_model */

typedef enum RfmMonetary
{
	RFM_NET,
	RFM_GROSS
} RfmMonetary;

/* Part of both stored forms; no padding, bytes after the zone's name are zero. */
typedef struct RfmOptions
{
	uint8 bins;		/* 0: nothing has been accepted yet */
	uint8 monetary; /* RfmMonetary */
	char timezone[TIMEZONE_NAME_MAX];
} RfmOptions;

/* What a model sees of one customer. */
typedef struct RfmCustomer
{
	double monetary;
	int32 recency_days;
	uint32 purchases;
} RfmCustomer;

#define RFM_HAS_FINGERPRINT 1 /* flag: fingerprint is that of the last accepted raw options */

/*
 * The state of fit_rfm. While it is being built customers[] may have spare
 * room, is in the order of the rows, and the fingerprint is set; the canonical
 * form that is stored and sent has none of that and is sorted.
 */
typedef struct RfmSample
{
	int32 vl_len_;
	uint8 version;
	uint8 flags;
	RfmOptions options;
	DateADT as_of;
	uint32 reserved;
	uint64 fingerprint;
	int64 not_scored;  /* customers without a purchase */
	int64 after_as_of; /* customers whose last purchase is on a later day */
	int64 ignored;	   /* rows their summaries skipped */
	int64 ncustomers;
	RfmCustomer customers[FLEXIBLE_ARRAY_MEMBER];
} RfmSample;

#define RFM_SAMPLE_SIZE(n) (offsetof(RfmSample, customers) + (Size) (n) * sizeof(RfmCustomer))

typedef enum RfmDimension
{
	RFM_RECENCY,
	RFM_FREQUENCY,
	RFM_MONETARY
} RfmDimension;

#define RFM_DIMENSIONS 3

#define RFM_BY_HAND 1 /* flag: breaks were given, no customers were counted */

/* The body is RFM_DIMENSIONS * (bins - 1) breaks, then RFM_DIMENSIONS * bins counts. */
typedef struct RfmModel
{
	int32 vl_len_;
	uint8 version;
	uint8 flags;
	RfmOptions options;
	DateADT as_of;
	uint32 reserved;
	int64 customers; /* scored at the fit; 0: there are no breaks */
	int64 not_scored;
	int64 after_as_of;
	int64 ignored;
	double body[FLEXIBLE_ARRAY_MEMBER];
} RfmModel;

/* The non-decreasing breaks of a dimension, in days, purchases or money. */
static inline double *
rfm_model_breaks(const RfmModel *model, RfmDimension dimension)
{
	return (double *) model->body + dimension * (model->options.bins - 1);
}

/* Customers at the fit with the scores 1..bins of a dimension. */
static inline int64 *
rfm_model_counts(const RfmModel *model, RfmDimension dimension)
{
	int bins = model->options.bins;

	return (int64 *) (model->body + RFM_DIMENSIONS * (bins - 1)) + dimension * bins;
}

static inline bool
rfm_model_by_hand(const RfmModel *model)
{
	return (model->flags & RFM_BY_HAND) != 0;
}

/* rfm_options.c */
extern void rfm_options_parse(RfmOptions *options, const char *function, Jsonb *json, int bins);
extern void rfm_options_set_timezone(RfmOptions *options, const char *timezone);
extern bool rfm_options_equal(const RfmOptions *a, const RfmOptions *b);
extern const char *rfm_monetary_name(int monetary);
extern char *rfm_options_describe(const RfmOptions *options);
extern char *rfm_date_text(DateADT day);
extern RfmMonetary rfm_monetary_from_json(JsonReader *reader);
extern void rfm_options_append(StringInfo out, const RfmOptions *options);
extern void rfm_options_recv(StringInfo buf, RfmOptions *options, const char *type_name);
extern void rfm_options_send(StringInfo buf, const RfmOptions *options);
extern DateADT rfm_as_of_recv(StringInfo buf, const char *type_name);
extern double rfm_float8_recv(StringInfo buf, const char *type_name);
extern bool rfm_customer_of(const PurchaseSummary *summary, const RfmOptions *options,
							DateADT as_of, RfmCustomer *customer);

/* rfm_sample_io.c, rfm_model_io.c: output functions, for json(). */
extern Datum rfm_sample_out(PG_FUNCTION_ARGS);
extern Datum rfm_model_out(PG_FUNCTION_ARGS);

/* rfm_sample.c */
extern int rfm_customer_compare(const RfmCustomer *a, const RfmCustomer *b);
extern RfmSample *rfm_sample_create(void);
extern RfmSample *rfm_sample_canonical(const RfmSample *sample);
extern RfmSample *rfm_sample_from_datum(Datum datum);

/* rfm_model.c */
extern RfmModel *rfm_model_create(const RfmOptions *options, DateADT as_of);
extern RfmModel *rfm_model_from_datum(Datum datum);
extern bool rfm_model_has_breaks(const RfmModel *model);
extern int rfm_model_score_of(const RfmModel *model, RfmDimension dimension, double value);
extern const char *rfm_breaks_problem(const double *breaks, int nbreaks);
extern const char *rfm_model_problem(const RfmModel *model);

#endif /* CUSTOMER_PROFILE_RFM_H */
