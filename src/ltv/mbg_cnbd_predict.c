/*
 * mbg_cnbd_predict.c
 *		MBG/CNBD-k: predictions.
 *
 * A customer who is alive at T has passed j < k stages since the last purchase,
 * with weights (m)_j/j! (tau/A)^j, m = r + k x, tau = T - t_x, A = alpha + T;
 * then lambda ~ Gamma(m + j, A). While it stays it passes M stages in all until
 * T + t, P(M = s) = g(s): j of them before T, the others negative binomial; it
 * is at its floor(M/k)-th purchase then. Platzer & Reutterer (2016) approximate
 * expectations; here they are the sums over s, of positive terms.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "ltv/mbg_cnbd.h"

#define INTERRUPT_EVERY 0xFFF /* stages between checks, a bit mask */
#define MAX_STAGES 500000
#define NEGLIGIBLE 1e-16
#define RESCALE 1e200

/* sum_{j<k} (m)_j/j! y^j */
static double
stage_sum(int k, double m, double y)
{
	double term = 1.0;
	double sum = 1.0;

	for (int j = 0; j < k - 1; j++)
	{
		term *= y * ((m + j) / (j + 1.0));
		sum += term;
	}
	return sum;
}

void
cnbd_alive_init(CnbdAlive *alive, const double *parameters, const LtvHistory *customer)
{
	double alpha = parameters[CNBD_ALPHA];
	double tau = customer->T - customer->t_x;
	double log_odds;

	alive->k = (int) Min(Max(rint(parameters[CNBD_K]), 1.0), CNBD_MAX_K);
	alive->m = parameters[CNBD_R] + (double) alive->k * customer->x;
	alive->A = alpha + customer->T;
	alive->a = parameters[CNBD_A];
	alive->b = parameters[CNBD_B] + customer->x + 1.0;
	alive->y = tau / alive->A;
	alive->total = stage_sum(alive->k, alive->m, alive->y);
	log_odds = log(alive->a / (alive->b - 1.0)) + alive->m * log1p(tau / (alpha + customer->t_x)) -
			   log(alive->total);
	alive->odds_dead = exp(log_odds);
	alive->p_alive = 1.0 / (1.0 + alive->odds_dead);
}

double
cnbd_p_alive(const double *parameters, const LtvHistory *customer)
{
	CnbdAlive alive;

	cnbd_alive_init(&alive, parameters, customer);
	return alive.p_alive;
}

/* P(dead) + P(alive) P(no purchase in the horizon): fewer than k stages since t_x. */
double
cnbd_p_none(const double *parameters, const LtvHistory *customer, double horizon)
{
	CnbdAlive alive;
	double none = 0.0;

	if (horizon <= 0.0)
		return 1.0;
	cnbd_alive_init(&alive, parameters, customer);
	if (!isinf(horizon))
	{
		double y = (alive.y * alive.A + horizon) / (alive.A + horizon);

		none =
			exp(-alive.m * log1p(horizon / alive.A)) * stage_sum(alive.k, alive.m, y) / alive.total;
	}
	if (isinf(alive.odds_dead))
		return 1.0;
	return (alive.odds_dead + Min(none, 1.0)) / (1.0 + alive.odds_dead);
}

/*
 * The distribution g(s) for s = 0, 1, ...: the terms by j, relative to a
 * common scale, for the first can be too small for a double.
 */
typedef struct Stages
{
	const CnbdAlive *alive;
	double z;	   /* t/(A+t) */
	double y_rest; /* y (1-z) */
	double s;
	double log_scale;
	double scale;
	double terms[CNBD_MAX_K];
	int nterms;	 /* j <= s, j < k */
	double next; /* term of j = nterms, for s = nterms */
} Stages;

static void
stages_init(Stages *stages, const CnbdAlive *alive, double t)
{
	stages->alive = alive;
	stages->z = t / (alive->A + t);
	stages->s = 0.0;
	stages->log_scale = -alive->m * log1p(t / alive->A) - log(alive->total);
	stages->scale = exp(stages->log_scale);
	stages->terms[0] = 1.0;
	stages->nterms = 1;
	stages->y_rest = alive->y * (alive->A / (alive->A + t));
	stages->next = stages->y_rest * alive->m;
}

/* g(s); moves on to s + 1. */
static double
stages_next(Stages *stages)
{
	const CnbdAlive *alive = stages->alive;
	double sum = 0.0;
	double all = stages->z * (alive->m + stages->s);

	for (int j = 0; j < stages->nterms; j++)
		sum += stages->terms[j];
	stages->s += 1.0;
	for (int j = 0; j < stages->nterms; j++)
		stages->terms[j] *= all / (stages->s - j);
	if (stages->nterms < alive->k)
	{
		int j = stages->nterms++;

		stages->terms[j] = stages->next;
		stages->next *= stages->y_rest * ((alive->m + j) / (j + 1.0));
	}
	if (sum > RESCALE)
	{
		for (int j = 0; j < stages->nterms; j++)
			stages->terms[j] /= RESCALE;
		stages->next /= RESCALE;
		stages->log_scale += log(RESCALE);
		sum = sum / RESCALE * exp(stages->log_scale);
		stages->scale = exp(stages->log_scale);
		return sum;
	}
	return sum * stages->scale;
}

/* May the sum end after this term? The ratio of terms falls, or rises to z. */
static bool
stages_done(const Stages *stages, double term, double sum)
{
	const CnbdAlive *alive = stages->alive;
	double ratio = stages->z * (alive->m + stages->s) / (stages->s + 2.0 - alive->k);

	if (stages->s < alive->k)
		return false;
	ratio = Max(ratio, stages->z);
	/* The smallest of numbers would never fall further. */
	return ratio < 1.0 && (term < DBL_MIN || term <= NEGLIGIBLE * (1.0 - ratio) * sum);
}

/* Only parameters far from those of any population lead to so many purchases. */
static void
check_stages(const CnbdAlive *alive, double stages)
{
	if (stages > MAX_STAGES)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("prediction of mbg/cnbd-k is out of range"),
						errdetail("Under this model a customer may buy more than %d times in the "
								  "time asked for.",
								  MAX_STAGES / alive->k)));
}

/*
 * Sums over s of g(s) times a weight by purchases i = floor(s/k): the
 * purchases that are not cut off by dropout, W(i) = B(0) + .. + B(i-1), or
 * P(stays after i), B(i) = E (1-p)^i.
 */
double
cnbd_sum_over_stages(const CnbdAlive *alive, double t, bool purchases)
{
	Stages stages;
	double sum = 0.0;
	double term = 0.0;
	double made = 0.0;
	double stay = 1.0;
	double i = 0.0;

	stages_init(&stages, alive, t);
	do
	{
		for (int j = 0; j < alive->k; j++)
		{
			term = stages_next(&stages) * (purchases ? made : stay);
			sum += term;
		}
		made += stay;
		stay *= (alive->b + i) / (alive->a + alive->b + i);
		i += 1.0;
		if (((int64) i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
		check_stages(alive, i * alive->k);
	} while (!(i > 1.0 && stages_done(&stages, term, sum)));
	return sum;
}

double
cnbd_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead)
{
	CnbdAlive alive;

	cnbd_alive_init(&alive, parameters, customer);
	if (ahead <= 0.0)
		return alive.p_alive;
	return alive.p_alive * Min(1.0, cnbd_sum_over_stages(&alive, ahead, false));
}

double
cnbd_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	CnbdAlive alive;

	if (horizon <= 0.0)
		return 0.0;
	cnbd_alive_init(&alive, parameters, customer);
	return alive.p_alive * cnbd_sum_over_stages(&alive, horizon, true);
}

/*
 * P(i) = P(alive) times B(i) P(i k <= M < (i+1) k) + (B(i-1) - B(i)) P(M >= i k):
 * i purchases and none the last, or the i-th the last. The tails are added up
 * from the far end.
 */
void
cnbd_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
							int n, double *probabilities)
{
	Stages stages;
	CnbdAlive alive;
	double below = 0.0;
	double tail = 0.0;
	double stay = 1.0; /* B(i - 1) */
	double term;

	if (n <= 0)
		return;
	memset(probabilities, 0, n * sizeof(double));
	probabilities[0] = cnbd_p_none(parameters, customer, horizon);
	if (horizon <= 0.0 || n == 1)
		return;
	cnbd_alive_init(&alive, parameters, customer);
	stages_init(&stages, &alive, horizon);
	for (int i = 0; i < n; i++)
	{
		double sum = 0.0;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < alive.k; j++)
			sum += stages_next(&stages);
		if (i > 0)
			probabilities[i] = sum;
		below += sum;
	}
	tail = 1.0 - below;
	if (below > 0.9)
	{
		tail = 0.0;
		for (int64 i = 0;; i++)
		{
			term = stages_next(&stages);
			tail += term;
			if (stages_done(&stages, term, tail))
				break;
			if ((i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
				CHECK_FOR_INTERRUPTS();
			check_stages(&alive, (double) i);
		}
	}
	for (int i = n - 1; i > 0; i--)
	{
		tail += probabilities[i];
		probabilities[i] = (alive.b + (i - 1)) * probabilities[i] + alive.a * tail;
	}
	for (int i = 1; i < n; i++)
	{
		double total = alive.a + alive.b + (i - 1);

		probabilities[i] *= alive.p_alive * stay / total;
		stay *= (alive.b + (i - 1)) / total;
	}
}
