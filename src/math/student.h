/*
 * student.h
 *		Student's t distribution.
 */
#ifndef CUSTOMER_PROFILE_STUDENT_H
#define CUSTOMER_PROFILE_STUDENT_H

/* P(T > t) for df > 0 degrees of freedom and t >= 0. */
extern double student_upper_tail(double t, double df);

/* The t >= 0 with P(T > t) = tail, for 0 < tail <= 1/2: .025 gives the two-sided 95 % interval. */
extern double student_upper_quantile(double tail, double df);

#endif /* CUSTOMER_PROFILE_STUDENT_H */
