/*
 * group_spill.h
 *		States put aside: records are written by partitions of their hash to
 *		temporary files, and read back one partition at a time.
 */
#ifndef CUSTOMER_PROFILE_GROUP_SPILL_H
#define CUSTOMER_PROFILE_GROUP_SPILL_H

#include "lib/stringinfo.h"
#include "storage/buffile.h"

/* The head of a record. All its parts are padded to 8 bytes. */
typedef struct GroupRecord
{
	uint64 length; /* of the whole record */
	uint32 hash;
	uint32 isnull; /* the one key NULL: no key follows */
} GroupRecord;

/* A level takes `bits` bits of the hash, from the top. */
static inline uint32
group_partition(uint32 hash, int bits, int level)
{
	return (hash << (bits * level)) >> (32 - bits);
}

static inline bool
group_partition_possible(int bits, int level)
{
	return bits * (level + 1) <= 32;
}

/* The number of bits for partitions that are likely to fit into `limit` bytes, or into a cache. */
extern int group_partition_bits(double bytes, Size limit);
extern int group_exchange_bits(double bytes, Size limit);

typedef struct GroupSpill
{
	int bits;
	int level;
	BufFile **files; /* NULL: nothing in that partition */
	int64 bytes;
} GroupSpill;

extern GroupSpill *group_spill_create(int bits, int level);
extern void group_spill_write(GroupSpill *spill, const StringInfo record);
extern bool group_record_read(BufFile *file, StringInfo record);

#endif /* CUSTOMER_PROFILE_GROUP_SPILL_H */
