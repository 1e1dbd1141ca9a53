/*
 * bgnbd_pmf.c
 *		BG/NBD and MBG/NBD: how many purchases, and whether alive later on.
 *
 * A customer who is alive at T would, but for dropout, make N purchases in the
 * horizon, N negative binomial (r+x, alpha+T); after each it drops out with
 * probability p ~ Beta(a, b+first+x).
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/bgnbd.h"
#include "ltv/negative_binomial.h"
#include "math/quadrature.h"

#define INTERRUPT_EVERY 0xFFFF /* terms between checks, a bit mask */
#define MAX_TAIL_TERMS 10000000
#define NEGLIGIBLE 1e-17
#define NARROW 0.05 /* relative width of p at which a few values of it stand for all */

/* P(no purchase) = P(dead) + P(alive) (A/(A+horizon))^(r+x). */
double
bgnbd_p_none(const double *parameters, const LtvHistory *customer, double horizon, int first)
{
	double odds = bgnbd_odds_dead(parameters, customer, first);
	double none;

	if (horizon <= 0.0 || isinf(odds))
		return 1.0;
	none = exp(-(parameters[BGNBD_R] + customer->x) *
			   log1p(horizon / (parameters[BGNBD_ALPHA] + customer->T)));
	return (odds + none) / (1.0 + odds);
}

/*
 * P(N >= n) where P(N < n) is known: one less that, unless nothing would be
 * left; then the sum of the terms.
 */
static double
upper_tail(const NegativeBinomial *from, double below)
{
	NegativeBinomial count = *from;
	double sum = 0.0;

	if (below < 0.9)
		return 1.0 - below;
	for (int i = 0; i < MAX_TAIL_TERMS; i++)
	{
		double term = exp(count.log_term);
		double ratio = exp(count.log_z) * (count.shape + count.n) / (count.n + 1.0);

		if ((i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
		sum += term;
		/* From here on the ratios fall, or rise to z. */
		ratio = Max(ratio, exp(count.log_z));
		if (ratio < 1.0 && term * ratio / (1.0 - ratio) <= NEGLIGIBLE * sum)
			return sum;
		negative_binomial_next(&count);
	}
	/* A tail so long is not small beside rounding. */
	return Max(sum, 1.0 - below);
}

/*
 * P(j) = P(alive) times
 *		B(a, b'+j)/B(a, b') P(N = j) + B(a+1, b'+j-1)/B(a, b') P(N >= j),
 * b' = b+first+x: j purchases and none the last, or the j-th the last. The
 * tails are added up from the far end, so that none is a difference.
 */
void
bgnbd_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
							 int n, double *probabilities, int first)
{
	double alive = bgnbd_p_alive(parameters, customer, first);
	double a = parameters[BGNBD_A];
	double b = parameters[BGNBD_B] + first + customer->x;
	NegativeBinomial count;
	double below = 0.0;
	double tail;
	double survive = 1.0;

	if (n <= 0)
		return;
	memset(probabilities, 0, n * sizeof(double));
	probabilities[0] = bgnbd_p_none(parameters, customer, horizon, first);
	if (horizon <= 0.0 || n == 1)
		return;
	negative_binomial_init(&count, parameters[BGNBD_R] + customer->x,
						   parameters[BGNBD_ALPHA] + customer->T, horizon);
	for (int j = 0; j < n; j++)
	{
		double term = exp(count.log_term);

		if ((j & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
		if (j > 0)
			probabilities[j] = term;
		below += term;
		negative_binomial_next(&count);
	}
	tail = upper_tail(&count, below);
	for (int j = n - 1; j > 0; j--)
	{
		tail += probabilities[j];
		probabilities[j] = probabilities[j] * (b + (j - 1)) + tail * a;
	}
	/* B(a, b'+j)/B(a, b') = prod_{i<j} (b'+i)/(a+b'+i); a for the last b'+i: the j-th is the last. */
	for (int j = 1; j < n; j++)
	{
		double total = a + b + (j - 1);

		probabilities[j] *= alive * survive / total;
		survive *= (b + (j - 1)) / total;
	}
}

/* P(alive after a time | p, alive now) = (1 + p time/A)^-(r+x). */
typedef struct Ahead
{
	double s;
	double time_over_A;
	double at_0; /* for p = 0, where only beta_expectation asks: see there and bgnbd_expect.c */
} Ahead;

static double
survival_given_p(void *context, double p)
{
	const Ahead *ahead = context;

	if (p == 0.0)
		return ahead->at_0;
	return exp(-ahead->s * log1p(p * ahead->time_over_A));
}

double
bgnbd_p_alive_ahead(const double *parameters, const LtvHistory *customer, double time, int first)
{
	double p_alive = bgnbd_p_alive(parameters, customer, first);
	double a = parameters[BGNBD_A];
	double b = parameters[BGNBD_B] + first + customer->x;
	double nodes[BETA_NODES];
	double weights[BETA_NODES];
	double later = 0.0;
	Ahead ahead;

	if (time <= 0.0)
		return p_alive;
	ahead.s = parameters[BGNBD_R] + customer->x;
	ahead.time_over_A = time / (parameters[BGNBD_ALPHA] + customer->T);
	/* Is so little left that no digit of it would be where the end p = 0 is taken out? */
	ahead.at_0 = a * log1p(ahead.s * ahead.time_over_A) > BGNBD_END_LOSS ? 0.0 : 1.0;
	if (a < BGNBD_NARROW_A || b / a > NARROW * NARROW * (a + b + 1.0))
		later = beta_expectation(a, b, survival_given_p, &ahead);
	else
	{
		gauss_beta(a, b, nodes, weights);
		for (int i = 0; i < BETA_NODES; i++)
			later += weights[i] * survival_given_p(&ahead, nodes[i]);
	}
	return p_alive * Min(1.0, Max(0.0, later));
}
