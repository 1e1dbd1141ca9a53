/*
 * gauss_rules.h
 *		Gauss-Legendre rules on [0, 1].
 */
#ifndef CUSTOMER_PROFILE_GAUSS_RULES_H
#define CUSTOMER_PROFILE_GAUSS_RULES_H

#define GAUSS_RULE_MAX 24

typedef struct GaussRule
{
	int n;
	const double *nodes; /* ascending */
	const double *weights;
} GaussRule;

/*
 * e^(-c v) over [0, 1] is integrated to 1e-14 by 4 nodes for c up to 0.25, by 8
 * for 3, by 12 for 9, by 16 for 18, by 24 for 40.
 */
extern const GaussRule gauss_rule_4;
extern const GaussRule gauss_rule_8;
extern const GaussRule gauss_rule_12;
extern const GaussRule gauss_rule_16;
extern const GaussRule gauss_rule_24;

#endif /* CUSTOMER_PROFILE_GAUSS_RULES_H */
