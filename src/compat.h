/*
 * compat.h
 *		Every difference between PostgreSQL versions, in one place.
 *
 * The sources use the newest spelling without conditions; older servers get
 * it from here. Include it directly after postgres.h.
 */
#ifndef CUSTOMER_PROFILE_COMPAT_H
#define CUSTOMER_PROFILE_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "customer_profile needs PostgreSQL 15 or newer"
#endif

#ifndef HAVE_INT128
#error "customer_profile needs a compiler with 128-bit integers"
#endif

#include "fmgr.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 18 puts this before the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* PostgreSQL 18 lets a module say its name and version. */
#ifndef PG_MODULE_MAGIC_EXT
#define PG_MODULE_MAGIC_EXT(...) PG_MODULE_MAGIC
#endif

/* PostgreSQL 17 has infinite intervals; before, every interval is finite. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) ((void) (interval), false)
#endif

#endif /* CUSTOMER_PROFILE_COMPAT_H */
