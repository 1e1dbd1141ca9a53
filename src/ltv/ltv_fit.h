/*
 * ltv_fit.h
 *		From a sample to a model.
 */
#ifndef CUSTOMER_PROFILE_LTV_FIT_H
#define CUSTOMER_PROFILE_LTV_FIT_H

#include "ltv/ltv_sample.h"
#include "ltv/ltv_value.h"

/*
 * The model of a sample, which need not be canonical, in the current memory
 * context. Raises what fit_ltv raises: errors, a WARNING, a NOTICE.
 */
extern LtvValue *ltv_fit_sample(const LtvSample *sample);

/* Information criteria of a fitted candidate, smaller is better; n of BIC is the customers. */
extern double ltv_part_aic(const LtvPart *part);
extern double ltv_part_bic(const LtvValue *value, const LtvPart *part);
/* Do they compare with those of the other candidates? */
extern bool ltv_part_comparable(const LtvPart *part);

#endif /* CUSTOMER_PROFILE_LTV_FIT_H */
