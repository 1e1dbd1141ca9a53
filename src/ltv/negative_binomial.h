/*
 * negative_binomial.h
 *		Numbers of purchases at a rate that is Gamma distributed.
 */
#ifndef CUSTOMER_PROFILE_NEGATIVE_BINOMIAL_H
#define CUSTOMER_PROFILE_NEGATIVE_BINOMIAL_H

/* N purchases in time t at a rate Gamma(shape, scale); terms come one after the other. */
typedef struct NegativeBinomial
{
	double shape;
	double log_z; /* z = t/(scale+t) */
	double n;
	double log_term; /* ln P(N = n) */
} NegativeBinomial;

static inline void
negative_binomial_init(NegativeBinomial *count, double shape, double scale, double t)
{
	count->shape = shape;
	count->log_z = -log1p(scale / t);
	count->n = 0.0;
	count->log_term = -shape * log1p(t / scale);
}

/* From n to n + 1. */
static inline void
negative_binomial_next(NegativeBinomial *count)
{
	count->log_term += log((count->shape + count->n) / (count->n + 1.0)) + count->log_z;
	count->n += 1.0;
}

#endif /* CUSTOMER_PROFILE_NEGATIVE_BINOMIAL_H */
