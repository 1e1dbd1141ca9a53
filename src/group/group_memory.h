/*
 * group_memory.h
 *		Memory of the grouping node: large blocks, on huge pages where the
 *		system gives them, handed out from the front and given back all at once.
 */
#ifndef CUSTOMER_PROFILE_GROUP_MEMORY_H
#define CUSTOMER_PROFILE_GROUP_MEMORY_H

typedef struct GroupMemory
{
	MemoryContext context; /* holds the blocks */
	Size allocated;		   /* bytes of all blocks */
	Size first_block;	   /* bytes of the first block, and of the largest shared one */
	Size largest_block;
	Size next_block;
	char *next; /* free part of the last block */
	char *end;
} GroupMemory;

/* Blocks are sized so that a table that respects `limit` bytes has a handful of them. */
extern void group_memory_init(GroupMemory *memory, MemoryContext parent, Size limit);

/* Not zeroed, aligned to 8 bytes. */
extern void *group_memory_alloc(GroupMemory *memory, Size size);

/* A block of its own, for arrays; not zeroed. Large ones start at a huge page. */
extern void *group_memory_block(GroupMemory *memory, Size size);
extern void group_memory_free_block(GroupMemory *memory, void *block, Size size);

extern void group_memory_reset(GroupMemory *memory);

#endif /* CUSTOMER_PROFILE_GROUP_MEMORY_H */
