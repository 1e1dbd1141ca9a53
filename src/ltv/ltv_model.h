/*
 * ltv_model.h
 *		What a model of lifetime value has to offer.
 *
 * A transaction model says when customers buy and drop out; a spend model how
 * much they pay. Each is one constant struct of functions over positive
 * parameters. Fitting works on their logarithms; everything else is given the
 * parameters themselves. Times are in periods (option "period").
 */
#ifndef CUSTOMER_PROFILE_LTV_MODEL_H
#define CUSTOMER_PROFILE_LTV_MODEL_H

#define LTV_MAX_PARAMETERS 8

/* One customer's purchase history, in the notation of Fader, Hardie & Lee (2005). */
typedef struct LtvHistory
{
	int32 x;	/* purchase days after the first */
	double t_x; /* from the first purchase day to the last */
	double T;	/* from the first purchase day to the end of observation */
} LtvHistory;

/* Customers with the same history. */
typedef struct LtvGroup
{
	LtvHistory history;
	int64 customers;
} LtvGroup;

/* Groups sorted by x. */
typedef struct LtvGroups
{
	const LtvGroup *groups;
	int64 count;
	int64 customers;
} LtvGroups;

/* Customers with the same number and mean of positive repeat values. */
typedef struct LtvSpender
{
	int32 x;	 /* repeat purchase days, > 0 */
	double mean; /* mean net value of a repeat purchase day, > 0 */
	double log_mean;
	int64 customers;
} LtvSpender;

/* Spenders sorted by x. */
typedef struct LtvSpenders
{
	const LtvSpender *spenders;
	int64 count;
	int64 customers;
} LtvSpenders;

/* Derivatives of a log-likelihood by the logs of the parameters, as newton.h wants them. */
typedef struct LtvDerivatives
{
	double *gradient;		/* n */
	double *hessian;		/* n * n */
	double *score_products; /* n * n, or NULL when not wanted */
} LtvDerivatives;

typedef struct LtvTransactionModel
{
	const char *name; /* as in the option "model" */
	int nparameters;
	const char *const *parameter_names;

	/* Where to start: index 0 is the usual place, the others lead to maxima that it may miss. */
	int nstarts;
	void (*start)(const LtvGroups *data, int index, double *parameters);
	double (*log_likelihood)(const LtvGroups *data, const double *parameters,
							 LtvDerivatives *derivatives);

	/* P(alive at T). */
	double (*p_alive)(const double *parameters, const LtvHistory *customer);
	/* Expected purchases in (T, T + horizon], horizon finite. */
	double (*expected_purchases)(const double *parameters, const LtvHistory *customer,
								 double horizon);
	/*
	 * The same, each discounted by exp(-rate * time after T). The horizon may
	 * be infinite when the rate is positive.
	 */
	double (*discounted_purchases)(const double *parameters, const LtvHistory *customer,
								   double horizon, double rate);
} LtvTransactionModel;

typedef struct LtvSpendModel
{
	const char *name; /* as in the option "spend" */
	int nparameters;
	const char *const *parameter_names;

	int nstarts;
	void (*start)(const LtvSpenders *data, int index, double *parameters);
	double (*log_likelihood)(const LtvSpenders *data, const double *parameters,
							 LtvDerivatives *derivatives);
	/*
	 * Expected value of a future purchase day given x repeat ones with this
	 * mean; NAN where it is infinite.
	 */
	double (*expected_spend)(const double *parameters, int32 x, double mean);
} LtvSpendModel;

extern const LtvTransactionModel mbg_nbd_model;
extern const LtvTransactionModel bg_nbd_model;
extern const LtvSpendModel gamma_gamma_model;

#endif /* CUSTOMER_PROFILE_LTV_MODEL_H */
