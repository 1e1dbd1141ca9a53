/*
 * bgnbd_expect.c
 *		BG/NBD and MBG/NBD: expected purchases, plain and discounted.
 *
 * Given that a customer is alive at T, lambda ~ Gamma(r+x, A), A = alpha + T,
 * and p ~ Beta(a, C-a), C = a+b+first+x. Later purchases come at rate
 *		h(tau) = (r+x)/A E_p (1 + p tau/A)^-(r+x+1)
 *			   = (r+x)/A (1-z)^a 2F1(a, B; C; z),
 *		z = tau/(A+tau), B = C-r-x-1 (Euler's transformation), and its integral
 *		E X(t) = -(C-1) expm1((a-1) L)/(a-1)
 *				 - e^((a-1) L) sum_{k>=1} (a)_{k-1} (B)_k / ((C)_{k-1} k!) z^k,
 *		L = ln(1-z), which has no singularity at a = 1 or a+b+x = 1.
 * For z near 1 h follows from the connection formula in 1-z, and E X(t) is
 * integrated from h. The series check that they are quick and lose no digits
 * to cancellation. Where one fails (very large a or r, or r+x-a next to an
 * integer in the connection formula) purchases are counted by attempts: those
 * of a customer who never drops out, N ~ negative binomial (r+x, z), of which
 * attempt j > 0 is a purchase with probability (C-a)_j / (C)_j. Such sums have
 * only positive terms, as many as there are attempts. Where these are many the
 * expectation over p is integrated.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"

#include "ltv/bgnbd.h"
#include "math/hypergeometric.h"
#include "math/quadrature.h"

#define SERIES_MAX_TERMS 600
#define SERIES_BLOCK 8		/* terms between checks */
#define SERIES_MAX_Z 0.95	/* of the series for E X(t) */
#define SERIES_MAX_V 1.6	/* ln(1 + t/A) up to which h comes from the series in z */
#define ATTEMPTS_MAX 1500.0 /* mean number of attempts that are counted one by one */
#define ATTEMPTS_TERMS 3000
#define TAIL 40.0		 /* e^-40 is nothing */
#define NARROW_WIDTH 0.1 /* see p_is_narrow */
#define NARROW_CHANGE 3.0
#define PANEL 1.0		  /* largest width in ln(A + tau) of one Gauss-Legendre panel */
#define PANEL_FALL 6.0	  /* by at most e^-6 from its start to its end */
#define PANEL_ERROR 1e-10 /* of one panel, relative to the integral */
#define MAX_PANELS 400	  /* after that they are taken as they are */

/* What is known of a customer who is alive at T. */
typedef struct Alive
{
	double s; /* r + x */
	double A;
	double a;
	double b; /* C - a */
	double B;
	double C;
	double t_over_A; /* of the integrand at hand */

	/* Where p is almost certain, a few values of it stand for all. */
	bool narrow;
	bool have_nodes;
	double p[BETA_NODES];
	double weights[BETA_NODES];
} Alive;

/*
 * Is p so concentrated that f = (1 + p tau/A)^-(r+x+1) changes little over its
 * width? So it is on the ridge of large a and b. By ln p, ln f has a slope of
 * at most r+x+1, and of at most -ln f: where that is above TAIL f is nothing.
 * With small a and tiny b p is nearly always 1, but now and then anything, and
 * then f is large: that is not narrow.
 */
static bool
p_is_narrow(const Alive *alive)
{
	double width = sqrt(alive->b / (alive->a * (alive->C + 1.0))); /* relative to the mean */

	return alive->a >= BGNBD_NARROW_A && width <= NARROW_WIDTH &&
		   Min(alive->s + 1.0, TAIL) * width <= NARROW_CHANGE;
}

static void
alive_init(Alive *alive, const double *parameters, const LtvHistory *customer, int first)
{
	alive->s = parameters[BGNBD_R] + customer->x;
	alive->A = parameters[BGNBD_ALPHA] + customer->T;
	alive->a = parameters[BGNBD_A];
	alive->b = parameters[BGNBD_B] + first + customer->x;
	alive->C = alive->a + alive->b;
	alive->B = parameters[BGNBD_A] + parameters[BGNBD_B] + first - 1.0 - parameters[BGNBD_R];
	alive->narrow = p_is_narrow(alive);
	alive->have_nodes = false; /* most can do without */
}

/* E f(p) for a customer who is alive at T. */
static double
expectation_over_p(Alive *alive, UnitFunction f)
{
	double sum = 0.0;

	if (!alive->narrow)
		return beta_expectation(alive->a, alive->b, f, alive);
	if (!alive->have_nodes)
		gauss_beta(alive->a, alive->b, alive->p, alive->weights);
	alive->have_nodes = true;
	for (int i = 0; i < BETA_NODES; i++)
		sum += alive->weights[i] * f(alive, alive->p[i]);
	return sum;
}

/* E X(t) by the series; false when it is slow or inaccurate here. */
static bool
purchases_by_series(const Alive *alive, double z, double log_1_z, double *result)
{
	double power = (alive->a - 1.0) * log_1_z;
	double main_part;
	double term = alive->B * z;
	double sum = 0.0;
	double largest;
	int k;

	if (z > SERIES_MAX_Z || power > 300.0)
		return false;
	main_part =
		-(alive->C - 1.0) * (fabs(power) < DBL_MIN ? log_1_z : expm1(power) / (alive->a - 1.0));
	largest = fabs(term);
	for (k = 1; k <= SERIES_MAX_TERMS; k += SERIES_BLOCK)
	{
		double ratios[SERIES_BLOCK];

		/* The divisions first, several at once: so they do not wait for the terms. */
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			double j = k + i;

			ratios[i] = z * ((alive->a + (j - 1.0)) * (alive->B + j) /
							 ((alive->C + (j - 1.0)) * (j + 1.0)));
		}
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			sum += term;
			term *= ratios[i];
			largest = Max(largest, fabs(term));
		}
		if (fabs(term) <= DBL_EPSILON * 0.125 * fabs(sum))
			break;
	}
	*result = main_part - exp(power) * sum;
	largest = Max(fabs(main_part), exp(power) * largest);
	return k <= SERIES_MAX_TERMS && *result > 0.0 && largest <= SERIES_MAX_LOSS * *result;
}

/* E X(t) by attempts: sum over n of P(N = n) times the purchases of n attempts. */
static bool
purchases_by_attempts(const Alive *alive, double z, double log_1_z, double *result)
{
	double probability = exp(alive->s * log_1_z);
	double purchases = 0.0; /* of n attempts */
	double next = 1.0;		/* that one more is one */
	double sum = 0.0;

	if (alive->s * alive->t_over_A > ATTEMPTS_MAX || alive->s * log_1_z < -600.0)
		return false;
	for (int n = 0; n < ATTEMPTS_TERMS; n += SERIES_BLOCK)
	{
		double ratios[SERIES_BLOCK];
		double survivals[SERIES_BLOCK];
		double term = 0.0;
		double ratio;

		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			double j = n + i;

			ratios[i] = z * (alive->s + j) / (j + 1.0);
			survivals[i] = (alive->b + j) / (alive->C + j);
		}
		for (int i = 0; i < SERIES_BLOCK; i++)
		{
			term = probability * purchases;
			sum += term;
			probability *= ratios[i];
			purchases += next;
			next *= survivals[i];
		}
		/* The rest is less than a geometric series. */
		ratio = ratios[SERIES_BLOCK - 1] * (1.0 + 1.0 / (n + (SERIES_BLOCK - 1)));
		if (ratio < 1.0 && term * ratio <= DBL_EPSILON * 0.1 * (1.0 - ratio) * sum)
		{
			*result = sum;
			return true;
		}
	}
	return false;
}

/* See BGNBD_END_LOSS; only beta_expectation asks for p = 0 then. */
static inline bool
without_end(const Alive *alive, double p)
{
	return p == 0.0 && alive->a * log1p((alive->s + 1.0) * alive->t_over_A) > BGNBD_END_LOSS;
}

/* Purchases up to t of a customer with dropout probability p. */
static double
purchases_given_p(void *context, double p)
{
	const Alive *alive = context;

	if (without_end(alive, p))
		return 0.0;
	if (p * alive->t_over_A < 1e-18)
		return alive->s * alive->t_over_A;
	return -expm1(-alive->s * log1p(p * alive->t_over_A)) / p;
}

/* A h(tau) / (r+x) given p. */
static double
rate_given_p(void *context, double p)
{
	const Alive *alive = context;

	if (without_end(alive, p))
		return 0.0;
	return exp(-(alive->s + 1.0) * log1p(p * alive->t_over_A));
}

/*
 * The rate h at the nodes v = ln(1 + tau/A) of a panel:
 *		h(tau) = (r+x)/A e^(-power v) rate.
 */
typedef struct Panel
{
	double v[GAUSS_NODES];
	double z[GAUSS_NODES]; /* 1 - e^-v */
	double y[GAUSS_NODES]; /* e^-v */
	double rates[GAUSS_NODES];
	double power;
} Panel;

/* By the series in z. */
static bool
rates_near_zero(const Alive *alive, Panel *panel)
{
	panel->power = alive->a;
	return hypergeometric(alive->a, alive->B, alive->C, panel->z, panel->z[GAUSS_NODES - 1],
						  panel->rates);
}

/* Gamma(z1) Gamma(z2) / (Gamma(z3) Gamma(z4)), z2 and z4 of any sign. */
static double
gamma_ratio(double z1, double z2, double z3, double z4)
{
	int sign2;
	int sign4;
	double log2 = lgamma_r(z2, &sign2);
	double log4 = lgamma_r(z4, &sign4);

	return sign2 * sign4 * exp(lgamma(z1) + log2 - lgamma(z3) - log4);
}

/*
 * By the connection formula (Abramowitz & Stegun 15.3.6), y = 1-z:
 * with s = r+x+1, c = s-a and b = C-a,
 *		Gamma(C) Gamma(c) / (Gamma(s) Gamma(b)) y^a 2F1(a, B; 1-c; y)
 *		+ Gamma(C) Gamma(-c) / (Gamma(a) Gamma(B)) y^s 2F1(b, s; 1+c; y).
 * For c near an integer the two are large and cancel.
 */
static bool
rates_near_one(const Alive *alive, Panel *panel)
{
	double s = alive->s + 1.0;
	double c = s - alive->a;
	double first[GAUSS_NODES];
	double second[GAUSS_NODES];
	double factor_a;
	double factor_s;

	if (fabs(c - rint(c)) < 1e-3 || alive->a > 20.0)
		return false;
	panel->power = alive->a;
	if (!hypergeometric(alive->a, alive->B, 1.0 - c, panel->y, panel->y[0], first) ||
		!hypergeometric(alive->b, s, 1.0 + c, panel->y, panel->y[0], second))
		return false;
	factor_a = gamma_ratio(alive->C, c, s, alive->b);
	factor_s = gamma_ratio(alive->C, -c, alive->a, alive->B);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		double term_a = factor_a * first[i];
		double term_s = factor_s * exp(-c * panel->v[i]) * second[i];

		panel->rates[i] = term_a + term_s;
		if (!(panel->rates[i] > 0.0 && fabs(term_a) <= SERIES_MAX_LOSS * panel->rates[i]))
			return false;
	}
	return true;
}

/* By attempts: the probability that all of them were purchases, and another one is to come. */
static bool
rates_by_attempts(const Alive *alive, Panel *panel)
{
	double terms[ATTEMPTS_TERMS];
	double shares[GAUSS_NODES];
	double z = panel->z[GAUSS_NODES - 1];
	double s = alive->s + 1.0;
	double sum = 0.0;
	double term = 1.0;
	int n;

	if (s * z > ATTEMPTS_MAX * panel->y[GAUSS_NODES - 1] || s * panel->v[GAUSS_NODES - 1] > 600.0)
		return false;
	for (n = 0; n < ATTEMPTS_TERMS; n++)
	{
		double ratio = z * ((s + n) * (alive->b + n) / ((alive->C + n) * (n + 1.0)));
		double bound = z * Max(s + n, n + 1.0) / (n + 1.0); /* of all later ones */

		terms[n] = term;
		sum += term;
		if (bound < 1.0 && term * ratio <= DBL_EPSILON * 0.1 * (1.0 - bound) * sum)
			break;
		term *= ratio;
	}
	if (n == ATTEMPTS_TERMS)
		return false;
	panel->power = s;
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		panel->rates[i] = terms[n];
		shares[i] = panel->z[i] / z;
	}
	for (int j = n - 1; j >= 0; j--)
		for (int i = 0; i < GAUSS_NODES; i++)
			panel->rates[i] = panel->rates[i] * shares[i] + terms[j];
	return true;
}

/* By integration over p. */
static void
rates_by_integral(Alive *alive, Panel *panel)
{
	panel->power = 0.0;
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		alive->t_over_A = panel->z[i] / panel->y[i];
		/* Where nothing is left, rounding can make it less. */
		panel->rates[i] = Max(expectation_over_p(alive, rate_given_p), 0.0);
	}
}

/*
 * The integral of e^(-rate tau) h(tau) for v = ln(1 + tau/A) in [from, to], by
 * Gauss-Legendre in v, where h is smooth, and an estimate of its error.
 */
static double
discounted_panel(Alive *alive, double from, double to, double rate, double *error)
{
	Panel panel;
	double weights[GAUSS_NODES];
	double sum = 0.0;

	gauss_legendre(from, to, panel.v, weights);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		panel.y[i] = exp(-panel.v[i]);
		panel.z[i] = panel.v[i] < 0.5 ? -expm1(-panel.v[i]) : 1.0 - panel.y[i];
	}
	if ((alive->narrow ||
		 (to <= SERIES_MAX_V ? !rates_near_zero(alive, &panel) : !rates_near_one(alive, &panel))) &&
		!rates_by_attempts(alive, &panel))
		rates_by_integral(alive, &panel);
	for (int i = 0; i < GAUSS_NODES; i++)
	{
		double tau = alive->A * panel.z[i] / panel.y[i];

		weights[i] *= panel.rates[i] * exp((1.0 - panel.power) * panel.v[i] - rate * tau);
		sum += weights[i];
	}
	*error = gauss_legendre_error(weights) * sum;
	return sum;
}

/*
 * The width of the first panel. The integrand is a mixture over p of functions
 * that fall at the rates rate A + (r+x+1) p, and no component of weight may
 * fall unseen between two nodes: their error estimate would not see it either.
 */
static double
first_width(const Alive *alive, double rate)
{
	double p = Min(1.0, (alive->a + 3.0 * sqrt(alive->a) + 1.0) / alive->C);
	double slope = Max(rate, 0.0) * alive->A + (alive->s + 1.0) * p;

	return slope > PANEL_FALL ? PANEL * PANEL_FALL / slope : PANEL;
}

/*
 * The integral of e^(-rate tau) h(tau) over v = ln(1 + tau/A) from 0 to end,
 * panel by panel. A panel that promises too large an error is tried again at
 * half its width; after a good one the next may be wider, for a component
 * that falls fast has then fallen.
 */
static double
discounted_integral(Alive *alive, double end, double rate)
{
	double width = first_width(alive, rate);
	double sum = 0.0;
	double v = 0.0;

	for (int panels = 0; v < end; panels++)
	{
		double limit = v < SERIES_MAX_V ? Min(end, SERIES_MAX_V) : end;
		double count = ceil((limit - v) / width * (1.0 - 1e-12));
		double to = count <= 1.0 ? limit : v + (limit - v) / count;
		double error;
		double part;

		CHECK_FOR_INTERRUPTS();
		part = discounted_panel(alive, v, to, rate, &error);

		if (error > PANEL_ERROR * (sum + part) && panels < MAX_PANELS)
		{
			width = 0.5 * (to - v);
			continue;
		}
		width = error > 0.01 * PANEL_ERROR * (sum + part) ? to - v : 2.0 * width;
		width = Min(width, PANEL);
		sum += part;
		v = to;
	}
	return alive->s * sum;
}

/* E[purchases in (T, T + horizon]] = P(alive) E X(horizon). */
double
bgnbd_expected_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						 int first)
{
	double p_alive = bgnbd_p_alive(parameters, customer, first);
	Alive alive;
	double log_ratio;
	double purchases;
	double z;

	if (horizon <= 0.0 || p_alive == 0.0)
		return 0.0;
	alive_init(&alive, parameters, customer, first);
	alive.t_over_A = horizon / alive.A;
	log_ratio = log1p(alive.t_over_A);
	z = horizon / (alive.A + horizon);
	if (!purchases_by_series(&alive, z, -log_ratio, &purchases) &&
		!purchases_by_attempts(&alive, z, -log_ratio, &purchases))
		purchases = expectation_over_p(&alive, purchases_given_p);
	return p_alive * purchases;
}

/*
 * The discounted expected transactions in (T, T + horizon]: P(alive) times the
 * integral of e^(-rate tau) h(tau). With an infinite horizon this is the DERT
 * of Fader & Hardie.
 */
double
bgnbd_discounted_purchases(const double *parameters, const LtvHistory *customer, double horizon,
						   double rate, int first)
{
	double p_alive = bgnbd_p_alive(parameters, customer, first);
	Alive alive;
	double end;

	if (horizon <= 0.0 || p_alive == 0.0)
		return 0.0;
	if (rate == 0.0)
		return bgnbd_expected_purchases(parameters, customer, horizon, first);
	alive_init(&alive, parameters, customer, first);
	end = log1p(horizon / alive.A);
	if (rate > 0.0)
		end = Min(end, log1p(TAIL / (rate * alive.A)));
	return p_alive * discounted_integral(&alive, end, rate);
}
