/*
 * customer_profile.c
 *		Entry of the module. Everything else lives in the rooms beside it.
 */
#include "postgres.h"
#include "compat.h"

PG_MODULE_MAGIC_EXT(.name = "customer_profile", .version = CUSTOMER_PROFILE_VERSION);
