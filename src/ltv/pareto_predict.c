/*
 * pareto_predict.c
 *		Pareto/NBD: predictions (Fader & Hardie 2005, notes 009 and 015; 2014).
 *
 * Given that a customer is alive at T, lambda ~ Gamma(p, A) and mu ~ Gamma(s, B)
 * are independent, p = r + x, A = alpha + T, B = beta + T.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/discounted_time.h"
#include "ltv/negative_binomial.h"
#include "ltv/pareto_nbd.h"
#include "math/special.h"

#define TAIL 40.0 /* e^-40 is nothing */
#define PANEL_FALL 6.0
#define COUNTS_BLOCK 32
#define LOG_NOTHING -650.0
#define ARRIVAL_RANGE 300.0 /* of ln(tau/A) */

/* ln of P(alive, no purchase) at t + length over the same at t. */
static double
log_survival(const double *parameters, double p, double t, double length)
{
	return -p * log1p(length / (parameters[PARETO_ALPHA] + t)) -
		   parameters[PARETO_S] * log1p(length / (parameters[PARETO_BETA] + t));
}

/*
 * P(no purchase after t | alive at t). The integral falls slowly for small p and
 * s; one step of a recurrence, of positive terms, raises one of them:
 *		(p+s) kappa(p, s) = s + p zeta kappa(p+1, s), zeta = (alpha-beta)/(alpha+t),
 * and the same for 1 - kappa with the roles exchanged.
 */
double
pareto_p_last(const double *parameters, int32 x, double t)
{
	double p = parameters[PARETO_R] + x;
	double A = parameters[PARETO_ALPHA] + t;
	double B = parameters[PARETO_BETA] + t;
	double s = parameters[PARETO_S];
	double raised[PARETO_PARAMETERS];

	if (A >= B)
		return (s + p * ((A - B) / A) * pareto_dead(parameters, p + 1.0, t, INFINITY)) / (p + s);
	memcpy(raised, parameters, sizeof(raised));
	raised[PARETO_S] += 1.0;
	return s * (A / B + (B - A) / B * pareto_dead(raised, p, t, INFINITY)) / (p + s);
}

/*
 * The odds of being dead at T: who does not buy after t_x either drops out
 * before T, or is alive at T and does not buy after that either,
 *		kappa(t_x) = S (odds + kappa(T)), S = P(alive, no purchase until T).
 * The difference is as good as the integral over (t_x, T) wherever the odds
 * matter: kappa(t_x)/S <= odds + 1.
 */
static double
odds_by_last(const double *parameters, const LtvHistory *customer, double p_last_t_x,
			 double p_last_T)
{
	double p = parameters[PARETO_R] + customer->x;
	double length = customer->T - customer->t_x;
	double odds;

	if (length <= 0.0)
		return 0.0;
	odds = p_last_t_x * exp(-log_survival(parameters, p, customer->t_x, length)) - p_last_T;
	return Max(odds, 0.0);
}

static double
odds_dead(const double *parameters, const LtvHistory *customer)
{
	return odds_by_last(parameters, customer, pareto_p_last(parameters, customer->x, customer->t_x),
						pareto_p_last(parameters, customer->x, customer->T));
}

double
pareto_p_alive_by_last(const double *parameters, const LtvHistory *customer, double p_last_t_x,
					   double p_last_T)
{
	return 1.0 / (1.0 + odds_by_last(parameters, customer, p_last_t_x, p_last_T));
}

double
pareto_p_alive(const double *parameters, const LtvHistory *customer)
{
	return 1.0 / (1.0 + odds_dead(parameters, customer));
}

double
pareto_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead)
{
	double B = parameters[PARETO_BETA] + customer->T;

	return pareto_p_alive(parameters, customer) *
		   exp(-parameters[PARETO_S] * log1p(Max(ahead, 0.0) / B));
}

/* P(dead) + P(alive) (P(survives without a purchase) + P(drops out before one)). */
double
pareto_p_none(const double *parameters, const LtvHistory *customer, double horizon)
{
	double p = parameters[PARETO_R] + customer->x;
	double T = customer->T;
	double odds = odds_dead(parameters, customer);
	double none;

	if (horizon <= 0.0)
		return 1.0;
	if (isinf(horizon))
		none = pareto_p_last(parameters, customer->x, T);
	else
		none =
			exp(log_survival(parameters, p, T, horizon)) + pareto_dead(parameters, p, T, horizon);
	none = Min(none, 1.0);
	return isinf(odds) ? 1.0 : (odds + none) / (1.0 + odds);
}

/*
 * p/A int_0^horizon e^(-rate tau) (B/(B+tau))^s dtau, with v = ln(1 + tau/B).
 * With an infinite horizon this is DERT, but for P(alive); without a discount it
 * is finite for s > 1 only.
 */
double
pareto_purchases_if_alive(const double *parameters, int32 x, double T, double horizon, double rate)
{
	double A = parameters[PARETO_ALPHA] + T;
	double B = parameters[PARETO_BETA] + T;
	double power = 1.0 - parameters[PARETO_S];

	if (horizon <= 0.0)
		return 0.0;
	return (parameters[PARETO_R] + x) * (B / A) *
		   discounted_time(rate * B, power, log1p(horizon / B));
}

double
pareto_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
							double rate)
{
	return ltv_if_alive(
		pareto_p_alive(parameters, customer),
		pareto_purchases_if_alive(parameters, customer->x, customer->T, horizon, rate));
}

double
pareto_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return pareto_discounted_purchases(parameters, customer, horizon, 0.0);
}

/*
 * P(n or more purchases): the n-th comes at tau, before dropout. In u =
 * ln(tau/A) its density is e^g, but for a factor,
 *		g(u) = n u - (p+n) ln(1 + e^u) - s ln(1 + e^u A/B),
 * which is concave.
 */
typedef struct Arrival
{
	double n;
	double p;
	double s;
	double A_over_B;
} Arrival;

static double
arrival_slope(const Arrival *arrival, double u)
{
	return arrival->n - (arrival->p + arrival->n) / (1.0 + exp(-u)) -
		   arrival->s / (1.0 + exp(-u) / arrival->A_over_B);
}

static double
arrival_log_density(const Arrival *arrival, double u)
{
	return -arrival->n * log1p(exp(-u)) - arrival->p * log1p(exp(u)) -
		   arrival->s * log1p(exp(u) * arrival->A_over_B);
}

/* The largest u <= end at which g does not fall. */
static double
arrival_peak(const Arrival *arrival, double end)
{
	double from = -ARRIVAL_RANGE;
	double to = Min(end, ARRIVAL_RANGE);

	if (arrival_slope(arrival, to) >= 0.0)
		return to;
	for (int i = 0; i < 60; i++)
	{
		double at = 0.5 * (from + to);

		if (arrival_slope(arrival, at) >= 0.0)
			from = at;
		else
			to = at;
	}
	return from;
}

/* The integral of e^(g(u) - g(peak)) from the peak on, up or down, to the end. */
static double
arrival_side(const Arrival *arrival, double peak, double end)
{
	const GaussRule *rule = &gauss_rule_16;
	double top = arrival_log_density(arrival, peak);
	double way = end > peak ? 1.0 : -1.0;
	double u = peak;
	double sum = 0.0;

	while ((end - u) * way > 0.0)
	{
		double share = 1.0 / (1.0 + exp(-u));
		double dropped = 1.0 / (1.0 + exp(-u) / arrival->A_over_B);
		double bend = (arrival->p + arrival->n) * share * (1.0 - share) +
					  arrival->s * dropped * (1.0 - dropped);
		double width = Min(1.0, 2.0 / sqrt(bend));
		double slope = fabs(arrival_slope(arrival, u));
		double part = 0.0;

		CHECK_FOR_INTERRUPTS();
		width = Min(width, PANEL_FALL / slope);
		width = Min(width, fabs(end - u));
		for (int i = 0; i < rule->n; i++)
			part += rule->weights[i] *
					exp(arrival_log_density(arrival, u + way * width * rule->nodes[i]) - top);
		sum += width * part;
		if (width * part <= 1e-17 * sum)
			break;
		u += way * width;
	}
	return sum;
}

double
pareto_p_at_least(const double *parameters, const LtvHistory *customer, double horizon, int n)
{
	double A = parameters[PARETO_ALPHA] + customer->T;
	Arrival arrival;
	double end;
	double peak;
	double log_factor;
	double sum;

	if (n <= 0)
		return 1.0;
	if (horizon <= 0.0)
		return 0.0;
	arrival.n = n;
	arrival.p = parameters[PARETO_R] + customer->x;
	arrival.s = parameters[PARETO_S];
	arrival.A_over_B = A / (parameters[PARETO_BETA] + customer->T);
	end = log(horizon / A);
	peak = arrival_peak(&arrival, end);
	sum = arrival_side(&arrival, peak, -2.0 * ARRIVAL_RANGE);
	if (end > peak)
		sum += arrival_side(&arrival, peak, Min(end, 2.0 * ARRIVAL_RANGE));
	/* 1/B(n, p) */
	log_factor = log_gamma_difference(n, arrival.p) - lgamma(arrival.p);
	return Min(1.0, sum * exp(log_factor + arrival_log_density(&arrival, peak))) *
		   pareto_p_alive(parameters, customer);
}

/* A customer who is alive at T, and ln of Gamma(p+j)/(Gamma(p) j!) for all j. */
typedef struct Alive
{
	double p;
	double A;
	double s;
	double B;
	int n;
	const double *log_ways;
	const double *ratios; /* (p+j)/(j+1) */
} Alive;

/* Adds weight * P(j purchases by tau without dropout) for all j. */
static void
add_counts(const Alive *alive, double tau, double weight, double *probabilities)
{
	double log_none = -alive->p * log1p(tau / alive->A);
	double log_z = -log1p(alive->A / tau);
	double z = exp(log_z);
	double next = log_none;

	/* In blocks, of one exponential each; what is nothing at both ends is nothing between. */
	for (int from = 0; from < alive->n; from += COUNTS_BLOCK)
	{
		int to = Min(from + COUNTS_BLOCK, alive->n);
		double first = next;
		double term;

		next = to < alive->n ? alive->log_ways[to] + to * log_z + log_none : -INFINITY;
		if (first < LOG_NOTHING && (next < LOG_NOTHING))
			continue;
		term = weight * exp(first);
		for (int j = from; j < to; j++)
		{
			probabilities[j] += term;
			term *= z * alive->ratios[j];
		}
	}
}

/*
 * Those who drop out at tau < horizon, in v = ln(1 + tau/A). P(j purchases) is
 * a bump there of width sqrt((1-e^-v)/p), or 1/p at the start; the density of
 * dropout falls with slope (s+1) (A+tau)/(B+tau). Panels are short beside both.
 */
static void
add_dropouts(const Alive *alive, double horizon, double *probabilities)
{
	const GaussRule *rule = &gauss_rule_16;
	double end = log1p(horizon / alive->A);
	double v = 0.0;

	while (v < end)
	{
		double tau = alive->A * expm1(v);
		double slope = (alive->s + 1.0) * (alive->A + tau) / (alive->B + tau);
		double width = 3.0 * sqrt(-expm1(-v) / alive->p) + 3.0 / alive->p;

		CHECK_FOR_INTERRUPTS();
		if (alive->s * log1p(tau / alive->B) > TAIL)
			break;
		width = Min(Min(width, 1.0), PANEL_FALL / slope);
		width = Min(width, end - v);
		for (int i = 0; i < rule->n; i++)
		{
			double growth = expm1(v + width * rule->nodes[i]);
			double at = alive->A * growth;
			double density = alive->s / (alive->B + at) * exp(-alive->s * log1p(at / alive->B));

			add_counts(alive, at, width * rule->weights[i] * density * alive->A * (1.0 + growth),
					   probabilities);
		}
		v += width;
	}
}

/*
 * Purchases of one who survives the horizon are negative binomial, as are those
 * of one who drops out at tau, up to then (Fader & Hardie 2014, "Deriving the
 * conditional PMF of the Pareto/NBD model").
 */
void
pareto_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
							  int n, double *probabilities)
{
	double p_alive = pareto_p_alive(parameters, customer);
	double *log_ways;
	double *ratios;
	Alive alive;

	if (n <= 0)
		return;
	memset(probabilities, 0, n * sizeof(double));
	if (horizon > 0.0 && n > 1)
	{
		log_ways = palloc(n * sizeof(double));
		ratios = palloc(n * sizeof(double));
		alive.p = parameters[PARETO_R] + customer->x;
		alive.A = parameters[PARETO_ALPHA] + customer->T;
		alive.s = parameters[PARETO_S];
		alive.B = parameters[PARETO_BETA] + customer->T;
		alive.n = n;
		alive.log_ways = log_ways;
		alive.ratios = ratios;
		log_ways[0] = 0.0;
		for (int j = 0; j < n; j++)
		{
			ratios[j] = (alive.p + j) / (j + 1.0);
			if (j < n - 1)
				log_ways[j + 1] = log_ways[j] + log(ratios[j]);
		}
		add_counts(&alive, horizon, exp(-alive.s * log1p(horizon / alive.B)), probabilities);
		add_dropouts(&alive, horizon, probabilities);
		for (int j = 1; j < n; j++)
			probabilities[j] *= p_alive;
		pfree(log_ways);
		pfree(ratios);
	}
	probabilities[0] = pareto_p_none(parameters, customer, horizon);
}
