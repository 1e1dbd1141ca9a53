/*
 * ltv_predict.h
 *		A model ready to answer for customers.
 *
 * SQL functions are called once for each customer, mostly with the same model,
 * and mostly several in one query: what can be prepared is prepared once, and
 * kept for all of them until another model comes (ltv_kept.c).
 */
#ifndef CUSTOMER_PROFILE_LTV_PREDICT_H
#define CUSTOMER_PROFILE_LTV_PREDICT_H

#include "ltv/ltv_customer.h"
#include "ltv/ltv_memo.h"
#include "ltv/ltv_value.h"

#define LTV_HORIZONS 4		  /* remembered: a query mostly asks for few */
#define LTV_LAST_TIMELINE 256 /* bytes of the longest timeline that is remembered */

/* A horizon that was asked for. */
typedef struct LtvHorizon
{
	Interval interval;
	DateADT from;
	bool known;
	double periods;
} LtvHorizon;

/*
 * The customer asked for last: the functions of a query ask one after the
 * other for the same one. It is known by the bytes of its timeline.
 */
typedef struct LtvLast
{
	LtvCustomer customer;
	DateADT as_of;
	bool p_alive_known; /* only without covariates */
	double p_alive;
	Size size; /* of the timeline; 0: there is none */
	char timeline[LTV_LAST_TIMELINE];
} LtvLast;

typedef struct LtvPredictor
{
	const LtvValue *value;
	const LtvTransactionModel *purchase; /* NULL: nothing about purchases can be answered */
	uint32 models;						 /* the bit of that one */
	const LtvSpendModel *spend;			 /* NULL: nothing about spend */
	const double *purchase_parameters;	 /* of a customer with mean covariates */
	const double *spend_parameters;
	double period; /* days */
	Calendar calendar;
	double own[LTV_MAX_PARAMETERS]; /* those of the customer at hand, where there are covariates */

	/* Nothing but what was computed before, the same to the last bit. */
	LtvHorizon horizons[LTV_HORIZONS];
	int oldest_horizon;
	LtvLast last;
	LtvMemo *memo; /* NULL: all is computed */
} LtvPredictor;

/* One customer under one model. */
typedef struct LtvCase
{
	LtvPredictor *predictor;
	const double *parameters; /* of purchases, with the covariates */
	DateADT as_of;
	LtvCustomer customer;
	LtvHistory history; /* in periods, or in opportunities */
} LtvCase;

extern void ltv_predictor_init(LtvPredictor *predictor, const LtvValue *value);

/* That of a model argument, kept for the calls of the query (ltv_kept.c). */
extern LtvPredictor *ltv_predictor_of(FunctionCallInfo fcinfo, int argument);

/* The argument of covariates, as many as the model has; too few, too many, or none is an error. */
extern void ltv_covariates_argument(FunctionCallInfo fcinfo, const LtvPredictor *predictor,
									int argument, double *covariates);

/* The parameters of a customer with these covariates, none of which is NULL. */
extern const double *ltv_predictor_parameters(LtvPredictor *predictor, const double *covariates);

/*
 * A customer of a timeline; false when there is no purchase before as_of, or
 * the model says nothing about purchases. `covariates` are as many as the
 * model has.
 */
extern bool ltv_case_init(LtvCase *this, LtvPredictor *predictor, const Timeline *timeline,
						  DateADT as_of, const double *covariates);

/* P(alive at as_of). */
extern double ltv_case_p_alive(const LtvCase *this);
/* Expected purchases, discounted unless rate is 0; see discounted_purchases in ltv_model.h. */
extern double ltv_case_purchases(const LtvCase *this, double horizon, double rate);
/* Expected value of a purchase day; NAN where it is infinite, or the model says nothing of spend. */
extern double ltv_case_spend(const LtvCase *this);

/*
 * The SQL arguments: model and timeline are 0 and 1, the others where they are
 * told to be (as_of and covariates, which may be NULL), or -1.
 */
extern bool ltv_case_arguments(LtvCase *this, FunctionCallInfo fcinfo, int as_of, int covariates);
/* The same for a function that returns a row, or rows, and needs fn_extra for that. */
extern bool
ltv_case_arguments_for_row(LtvCase *this, FunctionCallInfo fcinfo, int as_of, int covariates);

/*
 * The periods from as_of to as_of + horizon, by the calendar: a year is 365 or
 * 366 days. Infinity for an infinite interval; a negative one is an error that names
 * the argument.
 */
extern double
ltv_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon, const char *name);
/* The same, and an infinite one is an error, too. */
extern double
ltv_finite_horizon(LtvPredictor *predictor, DateADT as_of, Interval *horizon, const char *name);

/* ln(1 + annual_discount) per period; what is not above -1 is an error. */
extern double ltv_discount_rate(const LtvPredictor *predictor, double annual_discount);
extern void ltv_check_margin(double margin);

/* A result that must be a number. */
extern double ltv_checked(double result);

#endif /* CUSTOMER_PROFILE_LTV_PREDICT_H */
