/*
 * discounted_time.h
 *		Time that is discounted while a rate falls as a power of it.
 */
#ifndef CUSTOMER_PROFILE_DISCOUNTED_TIME_H
#define CUSTOMER_PROFILE_DISCOUNTED_TIME_H

/*
 * The integral of e^(-z (e^v - 1) + power v) over v from 0 to end: with
 * v = ln(1 + tau), of e^(-z tau) (1 + tau)^(power-1) over tau. An infinite end
 * needs z > 0, or z = 0 and power < 0.
 */
extern double discounted_time(double z, double power, double end);

#endif /* CUSTOMER_PROFILE_DISCOUNTED_TIME_H */
