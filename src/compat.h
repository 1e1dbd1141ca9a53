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

/* PostgreSQL 18 has a header of its own for the output of EXPLAIN. */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* How many tables EXPLAIN knows; PostgreSQL 18 lists the grouping as one more. */
#if PG_VERSION_NUM >= 180000
#define explained_tables(es) ((es)->rtable_size)
#else
#define explained_tables(es) list_length((es)->rtable)
#endif

/* PostgreSQL 18 can leave room before a minimal tuple. */
#if PG_VERSION_NUM >= 180000
#define form_minimal_tuple(descriptor, values, nulls) \
	heap_form_minimal_tuple(descriptor, values, nulls, 0)
#else
#define form_minimal_tuple(descriptor, values, nulls) \
	heap_form_minimal_tuple(descriptor, values, nulls)
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

/* PostgreSQL 16 checks for short reads of temporary files itself. */
#if PG_VERSION_NUM < 160000
#define BufFileReadMaybeEOF(file, ptr, size, eof_ok) \
	compat_check_read(BufFileRead(file, ptr, size), size, eof_ok)
#define BufFileReadExact(file, ptr, size) ((void) BufFileReadMaybeEOF(file, ptr, size, false))

static inline size_t
compat_check_read(size_t got, size_t wanted, bool eof_ok)
{
	if (got != wanted && !(eof_ok && got == 0))
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read from temporary file: read only %zu of %zu bytes",
							   got, wanted)));
	return got;
}
#endif

/* PostgreSQL 16 leaves keys out of GROUP BY that are constant. */
#if PG_VERSION_NUM >= 160000
#define root_group_clause(root) ((root)->processed_groupClause)
#else
#define root_group_clause(root) ((root)->parse->groupClause)
#endif

/* PostgreSQL 16 checks privileges on any kind of object with one function. */
#if PG_VERSION_NUM < 160000
#define object_aclcheck(class_id, object_id, role, mode) pg_proc_aclcheck(object_id, role, mode)
#endif

#endif /* CUSTOMER_PROFILE_COMPAT_H */
