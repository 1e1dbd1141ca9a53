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

#include <math.h>

#define LTV_MAX_PARAMETERS 8

struct LtvPoints;
struct LtvTerms;

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
	/* Made once by ltv_points_build, saves most of a fit's work; NULL: made at each evaluation. */
	const struct LtvPoints *points;
	double log_gaps; /* sum of ln(periods between purchase days) over all customers; 0 unless
						the model has shapes */
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

/*
 * Covariates. Those of purchases always scale alpha, which is parameter 1; those
 * of dropout move parameters 2 and 3.
 */
typedef enum LtvDropoutLink
{
	LTV_NO_COVARIATES,
	LTV_LINK_SHARE, /* 2 and 3 are a and b: logit(a/(a+b)) + delta'z, a+b stays */
	LTV_LINK_SCALE	/* 3 is beta: beta exp(-delta'z) */
} LtvDropoutLink;

typedef struct LtvTransactionModel
{
	const char *name; /* as in the option "model" */
	int nparameters;
	const char *const *parameter_names;

	/*
	 * Shapes 1 .. max_shape are tried one after the other, 0: there is none.
	 * Where there is, it is the last parameter: given to all functions below,
	 * left as it is by start and by the derivatives, which are by the first
	 * nparameters - 1 only. (MBG/CNBD-k: k.)
	 */
	int max_shape;
	/* Histories count opportunities (BG/BB), not time: its likelihood compares with no other. */
	bool discrete;
	/* How a covariate moves dropout: not known, the share a/(a+b), or the scale beta. */
	LtvDropoutLink dropout_link;

	/* Where to start: index 0 is the usual place, the others lead to maxima that it may miss. */
	int nstarts;
	void (*start)(const LtvGroups *data, int index, double *parameters);
	double (*log_likelihood)(const LtvGroups *data, const double *parameters,
							 LtvDerivatives *derivatives);

	/*
	 * The terms of one history, for covariates: its log-likelihood, with score
	 * and Hessian (lower triangle) by the logs of the parameters.
	 */
	void (*history_terms)(const double *parameters, const LtvHistory *customer,
						  struct LtvTerms *terms);
	/* What these terms leave out of the log-likelihood, because it depends on the shape alone; NULL: nothing. */
	double (*shape_term)(const LtvGroups *data, const double *parameters);

	/* P(alive at T). */
	double (*p_alive)(const double *parameters, const LtvHistory *customer);
	/* Expected purchases in (T, T + horizon], horizon finite. */
	double (*expected_purchases)(const double *parameters, const LtvHistory *customer,
								 double horizon);
	/*
	 * The same, each discounted by exp(-rate * time after T). The horizon may
	 * be infinite when the rate is not negative: without a discount the sum has a
	 * limit where dropout is quick enough, and is INFINITY elsewhere.
	 */
	double (*discounted_purchases)(const double *parameters, const LtvHistory *customer,
								   double horizon, double rate);
	/*
	 * Where that is P(alive) times what does not depend on t_x, that factor,
	 * so that it can be remembered for other customers; otherwise NULL.
	 */
	double (*purchases_if_alive)(const double *parameters, int32 x, double T, double horizon,
								 double rate);
	/*
	 * Likewise where p_alive is quickly found from P(no purchase after t |
	 * x purchases until t, and alive at t) for t = t_x and t = T.
	 */
	double (*p_last)(const double *parameters, int32 x, double t);
	double (*p_alive_by_last)(const double *parameters, const LtvHistory *customer,
							  double p_last_t_x, double p_last_T);
	/* P(alive at T + ahead), ahead finite. */
	double (*p_alive_ahead)(const double *parameters, const LtvHistory *customer, double ahead);
	/* P(no purchase in (T, T + horizon]); the horizon may be infinite. */
	double (*p_none)(const double *parameters, const LtvHistory *customer, double horizon);
	/* P(j purchases in (T, T + horizon]) for j = 0 .. n - 1, horizon finite. */
	void (*purchase_probabilities)(const double *parameters, const LtvHistory *customer,
								   double horizon, int n, double *probabilities);
	/*
	 * P(n or more purchases in (T, T + horizon]), where that is much quicker than
	 * all probabilities below; otherwise NULL.
	 */
	double (*p_at_least)(const double *parameters, const LtvHistory *customer, double horizon,
						 int n);
} LtvTransactionModel;

/* What has no limit has none even where P(alive) is too small for a double. */
static inline double
ltv_if_alive(double p_alive, double expected)
{
	return isinf(expected) ? expected : p_alive * expected;
}

typedef struct LtvSpendModel
{
	const char *name; /* as in the option "spend" */
	int nparameters;
	const char *const *parameter_names;
	/* A quasi-likelihood: good for the estimate and its robust errors, for nothing else. */
	bool quasi;

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
extern const LtvTransactionModel pareto_nbd_model;
extern const LtvTransactionModel mbg_cnbd_k_model;
extern const LtvTransactionModel bg_bb_model;
extern const LtvSpendModel gamma_gamma_model;
extern const LtvSpendModel mean_spend_model;

#endif /* CUSTOMER_PROFILE_LTV_MODEL_H */
