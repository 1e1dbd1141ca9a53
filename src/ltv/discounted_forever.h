/*
 * discounted_forever.h
 *		Purchases without end, discounted, of a customer of one rate and one
 *		dropout probability who is alive.
 */
#ifndef CUSTOMER_PROFILE_DISCOUNTED_FOREVER_H
#define CUSTOMER_PROFILE_DISCOUNTED_FOREVER_H

/*
 * The rate lambda is Gamma(m, A). A purchase needs k stages, each at rate
 * lambda; of the first j < k have passed, with weights (lambda y A)^j/j! whose
 * mean is total. After each purchase the customer drops out with probability
 * p ~ Beta(a, b). (BG/NBD and MBG/NBD: k = 1, y = 0, total = 1.)
 */
typedef struct EndlessPurchases
{
	int k;
	double m;
	double A;
	double y;
	double total;
	double a;
	double b; /* >= 1 */
	double rate;
} EndlessPurchases;

/* Expected purchases, each discounted by exp(-rate * its time), rate > 0. */
extern double discounted_forever(const EndlessPurchases *this);

#endif /* CUSTOMER_PROFILE_DISCOUNTED_FOREVER_H */
