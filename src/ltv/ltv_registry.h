/*
 * ltv_registry.h
 *		The models there are, by the numbers and names that stored values and
 *		options know them by.
 */
#ifndef CUSTOMER_PROFILE_LTV_REGISTRY_H
#define CUSTOMER_PROFILE_LTV_REGISTRY_H

#include "ltv/ltv_model.h"

#define LTV_MAX_MODELS 8 /* of each kind */

extern const int ltv_transaction_model_count;
extern const int ltv_spend_model_count;
extern const char *const ltv_transaction_model_names[];
extern const char *const ltv_spend_model_names[];

extern const LtvTransactionModel *ltv_transaction_model(int number);
extern const LtvSpendModel *ltv_spend_model(int number);

/* The number of a name; -1 when there is no such model. */
extern int ltv_transaction_model_number(const char *name);
extern int ltv_spend_model_number(const char *name);

/* Those of the model's parameters that Newton's method finds: all but the shape. */
static inline int
ltv_free_parameters(const LtvTransactionModel *model)
{
	return model->nparameters - (model->max_shape > 0);
}

/* Is any of these models (a set of bits) one that has a shape, or counts opportunities? */
extern bool ltv_models_have_shape(uint32 models);
extern bool ltv_models_have_discrete(uint32 models);

#endif /* CUSTOMER_PROFILE_LTV_REGISTRY_H */
