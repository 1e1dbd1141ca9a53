/*
 * customer_profile.c
 *		Entry of the module. Everything else lives in the rooms beside it.
 */
#include "postgres.h"
#include "compat.h"

#include "group/group.h"
#include "utils/guc.h"

PG_MODULE_MAGIC_EXT(.name = "customer_profile", .version = CUSTOMER_PROFILE_VERSION);

void _PG_init(void);

/*
 * No preload is needed: planning one of the extension's aggregates reads its
 * initial value, for which the planner calls the input function of the type,
 * which loads this library in time for the hook to see that same query.
 */
void
_PG_init(void)
{
	group_init();
	MarkGUCPrefixReserved("customer_profile");
}
