/*
 * stubs.c
 *		What the model files need of the server, for programs that call them
 *		without one: test/math/check.
 */
#include "postgres.h"

#undef qsort
#undef fprintf

#include "miscadmin.h"
#include "utils/memutils.h"

volatile sig_atomic_t InterruptPending = false;
MemoryContext CurrentMemoryContext = NULL;

void
ProcessInterrupts(void)
{
}

void *
palloc(Size size)
{
	return malloc(size);
}

void *
palloc0(Size size)
{
	return calloc(1, size);
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	(void) context;
	return malloc(size);
}

void
pfree(void *pointer)
{
	free(pointer);
}

bool
errstart(int elevel, const char *domain)
{
	(void) elevel;
	(void) domain;
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return errstart(elevel, domain);
}

int
errcode(int sqlerrcode)
{
	return sqlerrcode;
}

int
errmsg(const char *fmt, ...)
{
	fprintf(stderr, "%s\n", fmt);
	return 0;
}

int
errdetail(const char *fmt, ...)
{
	fprintf(stderr, "%s\n", fmt);
	return 0;
}

int
errmsg_internal(const char *fmt, ...)
{
	fprintf(stderr, "%s\n", fmt);
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	(void) filename;
	(void) lineno;
	(void) funcname;
	abort();
}

void
pg_qsort(void *base, size_t nel, size_t elsize, int (*cmp)(const void *, const void *))
{
	qsort(base, nel, elsize, cmp);
}
