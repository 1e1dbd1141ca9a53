/*
 * group_memory.c
 *		Memory of the grouping node.
 *
 * A table of a million groups is read at random, row after row: on pages of
 * 4 kB nearly every access would miss the TLB. So its blocks are large, and
 * the kernel is asked to back them with huge pages (MADV_HUGEPAGE does nothing
 * where it cannot). All of it belongs to a memory context and goes with it.
 */
#include "postgres.h"
#include "compat.h"

#include <sys/mman.h>

#include "group/group_memory.h"
#include "utils/memutils.h"

#define HUGE_PAGE ((Size) 2 * 1024 * 1024)
#define SMALLEST_BLOCK ((Size) 8 * 1024)
#define LARGEST_BLOCK ((Size) 16 * 1024 * 1024)

void
group_memory_init(GroupMemory *memory, MemoryContext parent, Size limit)
{
	memset(memory, 0, sizeof(*memory));
	memory->context = AllocSetContextCreate(parent, "CustomerAgg groups", ALLOCSET_SMALL_SIZES);
	memory->first_block = SMALLEST_BLOCK;
	memory->largest_block = Min(Max(limit / 32, SMALLEST_BLOCK), LARGEST_BLOCK);
	memory->next_block = memory->first_block;
}

void *
group_memory_block(GroupMemory *memory, Size size)
{
	char *block;
	char *aligned;

	memory->allocated += size;
	if (size < HUGE_PAGE)
		return MemoryContextAllocHuge(memory->context, size);
	/* The part before the first huge page is not touched, but for the address to free. */
	block = MemoryContextAllocHuge(memory->context, size + HUGE_PAGE + sizeof(char *));
	aligned = (char *) TYPEALIGN(HUGE_PAGE, block + sizeof(char *));
	memcpy(aligned - sizeof(char *), &block, sizeof(char *));
#ifdef MADV_HUGEPAGE
	(void) madvise(aligned, TYPEALIGN_DOWN(HUGE_PAGE, size), MADV_HUGEPAGE);
#endif
	return aligned;
}

void
group_memory_free_block(GroupMemory *memory, void *block, Size size)
{
	memory->allocated -= size;
	if (size >= HUGE_PAGE)
		block = *(void **) ((char *) block - sizeof(void *));
	pfree(block);
}

void *
group_memory_alloc(GroupMemory *memory, Size size)
{
	void *piece;

	size = MAXALIGN(size);
	if (unlikely((Size) (memory->end - memory->next) < size))
	{
		if (size > memory->largest_block / 4)
			return group_memory_block(memory, size);
		/* Not before it is needed: most of the largest size may stay unused. */
		while (memory->next_block < size)
			memory->next_block *= 2;
		memory->next = group_memory_block(memory, memory->next_block);
		memory->end = memory->next + memory->next_block;
		memory->next_block = Min(memory->next_block * 2, memory->largest_block);
	}
	piece = memory->next;
	memory->next += size;
	return piece;
}

void
group_memory_reset(GroupMemory *memory)
{
	MemoryContextReset(memory->context);
	memory->allocated = 0;
	memory->next_block = memory->first_block;
	memory->next = memory->end = NULL;
}
