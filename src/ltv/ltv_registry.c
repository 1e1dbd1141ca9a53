/*
 * ltv_registry.c
 *		The models there are.
 *
 * Stored values carry the numbers: only ever append. The first is the default.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_registry.h"

static const LtvTransactionModel *const transaction_models[] = {
	&mbg_nbd_model, &bg_nbd_model, &pareto_nbd_model, &mbg_cnbd_k_model, &bg_bb_model};
static const LtvSpendModel *const spend_models[] = {&gamma_gamma_model, &mean_spend_model};

const char *const ltv_transaction_model_names[] = {"mbg/nbd", "bg/nbd", "pareto/nbd", "mbg/cnbd-k",
												   "bg/bb"};
const char *const ltv_spend_model_names[] = {"gamma-gamma", "mean"};

const int ltv_transaction_model_count = lengthof(transaction_models);
const int ltv_spend_model_count = lengthof(spend_models);

StaticAssertDecl(lengthof(transaction_models) == lengthof(ltv_transaction_model_names),
				 "one name for each transaction model");
StaticAssertDecl(lengthof(spend_models) == lengthof(ltv_spend_model_names),
				 "one name for each spend model");
StaticAssertDecl(lengthof(transaction_models) <= LTV_MAX_MODELS, "one bit for each model");

const LtvTransactionModel *
ltv_transaction_model(int number)
{
	return transaction_models[number];
}

const LtvSpendModel *
ltv_spend_model(int number)
{
	return spend_models[number];
}

static int
find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
ltv_transaction_model_number(const char *name)
{
	return find_name(ltv_transaction_model_names, ltv_transaction_model_count, name);
}

int
ltv_spend_model_number(const char *name)
{
	return find_name(ltv_spend_model_names, ltv_spend_model_count, name);
}

bool
ltv_models_have_shape(uint32 models)
{
	for (int i = 0; i < ltv_transaction_model_count && models >> i != 0; i++)
		if ((models & (1 << i)) && transaction_models[i]->max_shape > 0)
			return true;
	return false;
}

bool
ltv_models_have_discrete(uint32 models)
{
	for (int i = 0; i < ltv_transaction_model_count && models >> i != 0; i++)
		if ((models & (1 << i)) && transaction_models[i]->discrete)
			return true;
	return false;
}
