/*
 * two_states.h
 *		Likelihoods that are the sum of two states of a customer.
 *
 * L(x, t_x, T) = E_x(T) + D_x(t_x): the customer is in one state with a density
 * that knows T only, or in the other with one that knows t_x only. In BG/NBD
 * these are "alive at T" and "dead since t_x"; in Pareto/NBD "will buy again"
 * and "t_x was the last purchase ever".
 */
#ifndef CUSTOMER_PROFILE_TWO_STATES_H
#define CUSTOMER_PROFILE_TWO_STATES_H

#include "ltv/ltv_sums.h"
#include "math/special.h"

#define STATE_PARAMETERS 4
#define STATE_HESSIAN (STATE_PARAMETERS * (STATE_PARAMETERS + 1) / 2)
#define STATE_AT(i, j) ((i) * ((i) + 1) / 2 + (j)) /* i >= j */

/* ln of the density of a state, and its derivatives by the logs of the parameters. */
typedef struct StateTerms
{
	double value; /* -INFINITY: the state is impossible, and the rest is 0 */
	double score[STATE_PARAMETERS];
	double hessian[STATE_HESSIAN]; /* lower triangle by rows */
} StateTerms;

/* What the densities of a model are computed from; kept while x grows. */
typedef struct States
{
	const double *parameters;
	RisingLog purchases;
	RisingBeta dropout;
} States;

typedef struct TwoStateModel
{
	void (*init)(States *states, const double *parameters);

	/*
	 * Both states at the n ascending times of the customers with this x. What
	 * is common to all values is not in them but returned, so that their
	 * differences keep their digits.
	 */
	double (*fill)(States *states, int32 x, const double *times, int n, StateTerms *E,
				   StateTerms *D);
} TwoStateModel;

/*
 * Sums over latent times y of dropout: the density of each, relative to that of
 * "alive", times 1, its score, and its Hessian + score score'.
 */
typedef struct StateMoments
{
	double mass;
	double score[STATE_PARAMETERS];
	double second[STATE_HESSIAN];
} StateMoments;

static inline void
state_moments_add(StateMoments *moments, double mass, const double *score, const double *hessian)
{
	int at = 0;

	moments->mass += mass;
	for (int j = 0; j < STATE_PARAMETERS; j++)
		moments->score[j] += mass * score[j];
	for (int j = 0; j < STATE_PARAMETERS; j++)
		for (int k = 0; k <= j; k++, at++)
			moments->second[at] += mass * (hessian[at] + score[j] * score[k]);
}

/* Makes them relative to the density at another time. */
static inline void
state_moments_scale(StateMoments *moments, double ratio)
{
	moments->mass *= ratio;
	for (int j = 0; j < STATE_PARAMETERS; j++)
		moments->score[j] *= ratio;
	for (int j = 0; j < STATE_HESSIAN; j++)
		moments->second[j] *= ratio;
}

/*
 * Where customers drop out between purchases, the likelihood is A(T) +
 * (K(t_x) - K(T)): A(t) of those alive at t, K(t) of those who are then, and
 * drop out between t and the latest time there is for this x without buying.
 * So D = K(t_x) and E = A(T) - K(T). Both are positive, and E may lose digits
 * only where it is small beside the whole, for K(T) <= A(T) <= L.
 * Here A has the derivatives score and hessian, and `dead` are the moments of K.
 */
extern void state_split(double log_alive, const double *score, const double *hessian,
						const StateMoments *dead, StateTerms *E, StateTerms *D);

extern double two_states_log_likelihood(const TwoStateModel *model, const LtvGroups *data,
										const double *parameters, LtvDerivatives *derivatives);
extern void two_states_history_terms(const TwoStateModel *model, const double *parameters,
									 const LtvHistory *customer, LtvTerms *terms);

#endif /* CUSTOMER_PROFILE_TWO_STATES_H */
