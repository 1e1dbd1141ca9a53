/*
 * bgbb_predict.c
 *		BG/BB: predictions (Fader, Hardie & Shang 2010).
 *
 * Given that a customer is alive at opportunity n, p ~ Beta(a, b) and
 * theta ~ Beta(gamma, D) are independent, a = alpha+x, b = beta+n-x,
 * D = delta+n. The opportunities of a horizon are as many as whole periods fit
 * into it, whatever part of one is over at as_of. "Alive" means at the last
 * opportunity observed: dropout before the next is still to come, and P(alive
 * at n+1) of the paper is p_alive_ahead of one period.
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
#define FAR 1e17	  /* where a power law is all that is left */
#define MAX_TERMS 4e6 /* counts asked for times opportunities */
#define RESCALE 1e200

typedef struct Alive
{
	double a;
	double b;
	double gamma;
	double D;
	double rate; /* of discounting */
	double fall; /* the terms of a sum without end fall like j^-(1+fall), 0: quicker */
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
	alive->fall = 0.0;
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

	alive_init(&alive, parameters, customer);
	return bgbb_p_alive(parameters, customer) * exp(log_rising_ratio(alive.D, alive.gamma, m));
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
	while (from < m)
	{
		double width = Min(1.0, log(m / from));
		double part = 0.0;

		CHECK_FOR_INTERRUPTS();
		if (isinf(m) && alive->fall > 0.0 &&
			from > FAR * (alive->a + alive->b + alive->gamma + alive->D))
			return sum + from * f(alive, from) / alive->fall;
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

/* P(no purchase in j more opportunities, and no dropout). */
static double
waits(const Alive *alive, double j)
{
	return exp(log_rising_ratio(alive->D, alive->gamma, j) +
			   log_rising_ratio(alive->b, alive->a, j));
}

/* P(dropout right after j more opportunities, none of them used). */
static double
never_term(const Alive *alive, double j)
{
	return alive->gamma / (alive->gamma + alive->D + j) * waits(alive, j);
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
	alive.fall = alive.gamma + alive.a;
	if (m > 4.0 * DIRECT)
		none = long_sum(&alive, never_term, m) + (isinf(m) ? 0.0 : waits(&alive, m));
	else
	{
		for (int i = 0; i < (int) m; i++)
		{
			double total = alive.gamma + alive.D + i;

			none += stay * alive.gamma / total;
			stay *= (alive.D + i) / total * ((alive.b + i) / (alive.a + alive.b + i));
		}
		none += stay;
	}
	return (odds + Min(none, 1.0)) / (1.0 + odds);
}

/* e^(-rate (j+1)) P(still alive after j + 1 opportunities). */
static double
purchase_term(const Alive *alive, double j)
{
	return exp(log_rising_ratio(alive->D, alive->gamma, j + 1.0) - alive->rate * (j + 1.0));
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
 * The sum over i = k .. m - 1 of P(k purchases in i opportunities, the last of
 * them in the last one if `just_made`) P(alive after i) drop(i), and the term of
 * i = m; drop is P(dropout right after i | alive then), or 1. In a scale of its
 * own, for the first terms can be tiny.
 */
static double
sum_over_opportunities(const Alive *alive, double k, double m, bool just_made)
{
	double total = alive->a + alive->b;
	double log_scale =
		log_rising_ratio(alive->a, alive->b, k) + log_rising_ratio(alive->D, alive->gamma, k);
	double made = just_made ? 0.0 : 1.0;
	double term = 1.0;
	double sum = 0.0;

	for (double i = k; i < m; i += 1.0)
	{
		double all = alive->gamma + alive->D + i;
		double ratio = (i + made) * (alive->b + i - k) / ((i + 1.0 - k) * (total + i)) *
					   ((alive->D + i) / all);

		if (((int64) i & INTERRUPT_EVERY) == INTERRUPT_EVERY)
			CHECK_FOR_INTERRUPTS();
		sum += just_made ? term : term * (alive->gamma / all);
		term *= ratio;
		/* Once they fall they do not rise again. */
		if (ratio < 1.0 && i > k && term * (m - i) <= NEGLIGIBLE * sum)
			break;
		if (term > RESCALE)
		{
			term /= RESCALE;
			sum /= RESCALE;
			log_scale += log(RESCALE);
		}
	}
	return exp(log_scale + log(sum + term));
}

static void
check_terms(double terms, double m)
{
	if (terms > MAX_TERMS)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("prediction of bg/bb is out of range"),
				 errdetail("The horizon has %.0f opportunities; times the counts asked for this "
						   "must be at most %.0f.",
						   m, MAX_TERMS)));
}

/* k purchases in i opportunities are beta-binomial; summed over dropout after i, and none. */
void
bgbb_purchase_probabilities(const double *parameters, const LtvHistory *customer, double horizon,
							int n, double *probabilities)
{
	double m = opportunities(horizon);
	double p_alive = bgbb_p_alive(parameters, customer);
	Alive alive;

	if (n <= 0)
		return;
	memset(probabilities, 0, n * sizeof(double));
	probabilities[0] = bgbb_p_none(parameters, customer, horizon);
	alive_init(&alive, parameters, customer);
	check_terms(Min(n - 1.0, m) * m, m);
	for (int k = 1; k < n && k <= m; k++)
	{
		CHECK_FOR_INTERRUPTS();
		probabilities[k] = p_alive * sum_over_opportunities(&alive, k, m, false);
	}
}

/* The n-th purchase comes at one of the opportunities, if at all. */
double
bgbb_p_at_least(const double *parameters, const LtvHistory *customer, double horizon, int n)
{
	double m = opportunities(horizon);
	Alive alive;

	if (n <= 0)
		return 1.0;
	if (n > m)
		return 0.0;
	check_terms(m, m);
	alive_init(&alive, parameters, customer);
	return bgbb_p_alive(parameters, customer) * sum_over_opportunities(&alive, n, m, true);
}
