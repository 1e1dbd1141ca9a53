/*
 * newton.h
 *		Maximum likelihood by damped Newton steps with an exact Hessian.
 *
 * The optimiser works on the vector theta it is given (for our models the
 * logs of positive parameters) inside a box, and says honestly how it ended.
 */
#ifndef CUSTOMER_PROFILE_NEWTON_H
#define CUSTOMER_PROFILE_NEWTON_H

#define NEWTON_MAX_PARAMETERS 40
#define NEWTON_BOUND 20.0 /* half width of the box */
#define NEWTON_MAX_ITERATIONS 200

/*
 * The log-likelihood at theta[n], with its gradient[n] and Hessian[n*n] (both
 * triangles). When score_products[n*n] is not NULL it gets the sum over cases
 * of the outer products of their own gradients.
 */
typedef double (*NewtonFunction)(void *context, const double *theta, double *gradient,
								 double *hessian, double *score_products);

typedef struct NewtonProblem
{
	int n;
	NewtonFunction evaluate;
	void *context;
	double cases;		  /* number of cases in the sum: the unit of the gradient norm */
	const double *centre; /* of the box */
	int max_iterations;
} NewtonProblem;

typedef struct NewtonResult
{
	double theta[NEWTON_MAX_PARAMETERS];
	double log_likelihood;
	int iterations;
	bool converged;
	bool at_boundary
		[NEWTON_MAX_PARAMETERS]; /* no finite estimate: the likelihood rises to the box */
	double gradient_norm;	 /* largest |d log-likelihood / d theta| per case, off the boundary */
	double condition_number; /* of the Hessian, off the boundary */

	/* n*n, of theta; zero in rows and columns of parameters at the boundary, and when not converged */
	double covariance[NEWTON_MAX_PARAMETERS * NEWTON_MAX_PARAMETERS];
	double covariance_robust[NEWTON_MAX_PARAMETERS * NEWTON_MAX_PARAMETERS];
} NewtonResult;

/* From a start inside the box. */
extern void
newton_maximize(const NewtonProblem *problem, const double *start, NewtonResult *result);

#endif /* CUSTOMER_PROFILE_NEWTON_H */
