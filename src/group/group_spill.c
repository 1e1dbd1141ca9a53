/*
 * group_spill.c
 *		States put aside in temporary files.
 *
 * The files belong to the resource owner that is current when they are made,
 * so that an error or a closed cursor removes them; temp_file_limit holds.
 */
#include "postgres.h"
#include "compat.h"

#include "group/group_spill.h"

#define MIN_BITS 3
#define MAX_BITS 8
#define CACHE_SIZE (512.0 * 1024.0) /* most processors have this much for each core */

/* Bits for partitions of at most `size` bytes; every file has a buffer of a block. */
static int
bits_for(double bytes, double size, Size limit)
{
	int bits = MIN_BITS;

	while (bits < MAX_BITS && bytes / (1 << bits) > size &&
		   ((Size) BLCKSZ << (bits + 1)) <= limit / 4)
		bits++;
	return bits;
}

int
group_partition_bits(double bytes, Size limit)
{
	return bits_for(bytes, limit / 2.0, limit);
}

int
group_exchange_bits(double bytes, Size limit)
{
	return bits_for(bytes, CACHE_SIZE, limit);
}

GroupSpill *
group_spill_create(int bits, int level)
{
	GroupSpill *spill = palloc0(sizeof(GroupSpill));

	spill->bits = bits;
	spill->level = level;
	spill->files = palloc0(sizeof(BufFile *) << bits);
	return spill;
}

void
group_spill_write(GroupSpill *spill, const StringInfo record)
{
	const GroupRecord *head = (const GroupRecord *) record->data;
	uint32 partition = group_partition(head->hash, spill->bits, spill->level);

	if (spill->files[partition] == NULL)
		spill->files[partition] = BufFileCreateTemp(false);
	BufFileWrite(spill->files[partition], record->data, record->len);
	spill->bytes += record->len;
}

/* The next record of a file; false at its end. */
bool
group_record_read(BufFile *file, StringInfo record)
{
	GroupRecord head;

	if (BufFileReadMaybeEOF(file, &head, sizeof(head), true) == 0)
		return false;
	resetStringInfo(record);
	enlargeStringInfo(record, head.length);
	memcpy(record->data, &head, sizeof(head));
	BufFileReadExact(file, record->data + sizeof(head), head.length - sizeof(head));
	record->len = head.length;
	return true;
}
