/*
 * bgbb_predict.c
 *		BG/BB: predictions (Fader, Hardie & Shang 2010).
 *
 * Given that a customer is alive at opportunity n, p ~ Beta(a, b) and
 * theta ~ Beta(gamma, D) are independent, a = alpha+x, b = beta+n-x,
 * D = delta+n. The opportunities of a horizon are those that end in it. "Alive"
 * means at the last opportunity observed: dropout before the next is still to
 * come, and P(alive at n+1) of the paper is p_alive_ahead of one period.
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"

#include "ltv/bgbb.h"
#include "math/gauss_rules.h"
#include "math/special.h"

#define INTERRUPT_EVERY 0xFFFF /* terms between checks, a bit mask */
#define DIRECT 64			   /* terms of a long sum that are added one by one */
#define NEGLIGIBLE 1e-17
#define MAX_PANELS 4000

typedef struct Alive
{
	double a;
	double b;
	double gamma;
	double D;
	double rate; /* of discounting */
} Alive;

static void
alive_init(Alive *alive, const double *parameters, const LtvHistory *customer)
{
	double n = rint(customer->T);

	alive->a = parameters[BGBB_ALPHA] + customer->x;
	alive->b = parameters[BGBB_BETA] + Max(n - customer->x, 0.0);
	alive->gamma = parameters[BGBB_GAMMA];
	alive->D = parameters[BGBB_DELTA] + n;
	alive->rate = 0.0;
}

/* Opportunities in the horizon; a hair short of one is rounding. */
static double
opportunities(double horizon)
{
	return horizon > 0.0 ? floor(horizon * (1.0 + 1e-12) + 1e-9) : 0.0;
}

/* The odds of being dead at n: going back, (odds before)/(share that stays) + share that drops out. */
static double
odds_dead(const double *parameters, const LtvHistory *customer)
{
	double alpha_beta = parameters[BGBB_ALPHA] + parameters[BGBB_BETA];
	double gamma = parameters[BGBB_GAMMA];
	double delta = parameters[BGBB_DELTA];
	double odds = 0.0;

	for (double i = rint(customer->t_x); i < rint(customer->T); i += 1.0)
	{
		double misses = parameters[BGBB_BETA] + Max(i - customer->x, 0.0);
		double stay = (delta + i) / (gamma + delta + i);
		double drop = gamma / (gamma + delta + i);

		if (((int64) i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
		odds = (odds + drop) * ((alpha_beta + i) / misses) / stay;
	}
	return odds;
}

double
bgbb_p_alive(const double *parameters, const LtvHistory *customer)
{
	return 1.0 / (1.0 + odds_dead(parameters, customer));
}

double
bgbb_p_alive_ahead(const double *parameters, const LtvHistory *customer, double ahead)
{
	double m = opportunities(ahead);
	Alive alive;
	double log_stay = 0.0;

	alive_init(&alive, parameters, customer);
	if (m > 1e4)
		log_stay =
			log_gamma_difference(alive.D, m) - log_gamma_difference(alive.D + alive.gamma, m);
	else
		for (int i = 0; i < (int) m; i++)
			log_stay -= log1p(alive.gamma / (alive.D + i));
	return bgbb_p_alive(parameters, customer) * exp(log_stay);
}

/*
 * The sum of f(j) over j = 0 .. m - 1, f smooth and in the end falling like a
 * power or faster: the first terms one by one, the others by Euler & Maclaurin
 * with the integral in ln(j), panel by panel.
 */
typedef double (*Term)(const Alive *alive, double j);

static double
ends_correction(const Alive *alive, Term f, double j)
{
	double first = (f(alive, j + 1.0) - f(alive, j - 1.0)) / 2.0;
	double second = (f(alive, j + 2.0) - f(alive, j - 2.0)) / 4.0;
	double third = (f(alive, j + 3.0) - f(alive, j - 3.0)) / 6.0;
	double slope = (15.0 * first - 6.0 * second + third) / 10.0;
	double third_derivative = (second - first) * 2.0; /* near enough beside the slope */

	return slope / 12.0 - third_derivative / 720.0;
}

static double
long_sum(const Alive *alive, Term f, double m)
{
	const GaussRule *rule = &gauss_rule_16;
	double sum = 0.0;
	double from = Min(m, DIRECT);

	for (int j = 0; j < (int) from; j++)
		sum += f(alive, j);
	if (m <= 4.0 * DIRECT)
	{
		for (int j = (int) from; j < (int) m; j++)
			sum += f(alive, j);
		return sum;
	}
	sum += 0.5 * f(alive, from) - ends_correction(alive, f, from);
	if (!isinf(m))
		sum += ends_correction(alive, f, m) - 0.5 * f(alive, m);
	for (int panels = 0; from < m && panels < MAX_PANELS; panels++)
	{
		double width = Min(1.0, log(m / from));
		double part = 0.0;

		CHECK_FOR_INTERRUPTS();
		if (alive->rate > 0.0)
			width = Min(width, log1p(4.0 / (alive->rate * from)));
		for (int i = 0; i < rule->n; i++)
		{
			double j = from * exp(width * rule->nodes[i]);

			part += rule->weights[i] * j * f(alive, j);
		}
		sum += width * part;
		if (width * part <= NEGLIGIBLE * sum)
			break;
		from = width < log(m / from) ? from * exp(width) : m;
	}
	return sum;
}

/* P(dropout right after j more opportunities, none of them used). */
static double
never_term(const Alive *alive, double j)
{
	double C = alive->gamma + alive->D;

	return alive->gamma / (C + j) *
		   exp(log_gamma_difference(alive->D, alive->gamma) -
			   log_gamma_difference(alive->D + j, alive->gamma) +
			   log_gamma_difference(alive->b, alive->a) -
			   log_gamma_difference(alive->b + j, alive->a)); /* exact for any j */
}

/* P(dead) + P(alive) (P(survives without a purchase) + P(drops out before one)). */
double
bgbb_p_none(const double *parameters, const LtvHistory *customer, double horizon)
{
	double m = opportunities(horizon);
	double odds = odds_dead(parameters, customer);
	double none = 0.0;
	double stay = 1.0;
	Alive alive;

	if (m <= 0.0)
		return 1.0;
	if (isinf(odds))
		return 1.0;
	alive_init(&alive, parameters, customer);
	if (isinf(m))
		none = long_sum(&alive, never_term, m);
	else
	{
		for (double i = 0.0; i < m && stay > NEGLIGIBLE * none; i += 1.0)
		{
			double total = alive.gamma + alive.D + i;

			none += stay * alive.gamma / total;
			stay *= (alive.D + i) / total * ((alive.b + i) / (alive.a + alive.b + i));
			if (((int64) i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
				CHECK_FOR_INTERRUPTS();
		}
		none += stay;
	}
	return (odds + Min(none, 1.0)) / (1.0 + odds);
}

/* e^(-rate (j+1)) P(still alive after j + 1 opportunities). */
static double
purchase_term(const Alive *alive, double j)
{
	return exp(log_gamma_difference(alive->D, j + 1.0) -
			   log_gamma_difference(alive->gamma + alive->D, j + 1.0) - alive->rate * (j + 1.0));
}

/*
 * P(alive) a/(a+b) sum_j e^(-rate j) B(gamma, D+j)/B(gamma, D) for j = 1 .. m,
 * which for ever and without a discount is D/(gamma-1).
 */
double
bgbb_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						  double rate)
{
	double m = opportunities(horizon);
	double sum = 0.0;
	double stay = 1.0;
	Alive alive;

	if (m <= 0.0)
		return 0.0;
	alive_init(&alive, parameters, customer);
	alive.rate = rate;
	if (isinf(horizon) && rate == 0.0)
		sum = alive.gamma > 1.0 ? alive.D / (alive.gamma - 1.0) : INFINITY;
	else if (m > 4.0 * DIRECT)
		sum = long_sum(&alive, purchase_term, m);
	else
	{
		double discount = exp(-rate);

		for (int i = 0; i < (int) m; i++)
		{
			stay *= discount * ((alive.D + i) / (alive.gamma + alive.D + i));
			sum += stay;
		}
	}
	return ltv_if_alive(bgbb_p_alive(parameters, customer), alive.a / (alive.a + alive.b) * sum);
}

double
bgbb_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon)
{
	return bgbb_discounted_purchases(parameters, customer, horizon, 0.0);
}

/*
 * k purchases in i opportunities are beta-binomial; summed over dropout after i
 * opportunities, and none. In logs, for the first factors can be tiny.
 */
void
bgbb_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
							int n, double *probabilities)
{
	double m = opportunities(horizon);
	double p_alive = bgbb_p_alive(parameters, customer);
	double log_start = 0.0; /* ln P(k purchases in k) */
	double log_stay = 0.0;	/* ln P(alive after k) */
	Alive alive;

	if (n <= 0)
		return;
	memset(probabilities, 0, n * sizeof(double));
	probabilities[0] = bgbb_p_none(parameters, customer, horizon);
	alive_init(&alive, parameters, customer);
	for (int k = 1; k < n && k <= m; k++)
	{
		double total = alive.a + alive.b;
		double log_ways;
		double log_alive;
		double sum = 0.0;

		CHECK_FOR_INTERRUPTS();
		log_start += log((alive.a + (k - 1)) / (total + (k - 1)));
		log_stay -= log1p(alive.gamma / (alive.D + (k - 1)));
		log_ways = log_start;
		log_alive = log_stay;
		for (double i = k; i < m; i += 1.0)
		{
			double all = alive.gamma + alive.D + i;

			if (((int64) i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
				CHECK_FOR_INTERRUPTS();
			sum += exp(log_ways + log_alive) * alive.gamma / all;
			log_ways += log((i + 1.0) / (i + 1.0 - k) * ((alive.b + i - k) / (total + i)));
			log_alive += log((alive.D + i) / all);
		}
		probabilities[k] = p_alive * (sum + exp(log_ways + log_alive));
	}
}
