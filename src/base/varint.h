/*
 * varint.h
 *		Integers in as few bytes as they need: seven bits a byte, lowest
 *		first, the eighth bit says that more follow. Signed ones are folded
 *		first (0, -1, 1, -2, ...), so that small ones of either sign are short.
 */
#ifndef CUSTOMER_PROFILE_VARINT_H
#define CUSTOMER_PROFILE_VARINT_H

#define VARINT64_MAX 10	 /* bytes of the longest 64-bit varint */
#define VARINT128_MAX 19 /* bytes of the longest 128-bit varint */

static inline uint64
zigzag64(int64 value)
{
	return ((uint64) value << 1) ^ (uint64) (value >> 63);
}

static inline int64
unzigzag64(uint64 folded)
{
	return (int64) (folded >> 1) ^ -(int64) (folded & 1);
}

static inline uint128
zigzag128(int128 value)
{
	return ((uint128) value << 1) ^ (uint128) (value >> 127);
}

static inline int128
unzigzag128(uint128 folded)
{
	return (int128) (folded >> 1) ^ -(int128) (folded & 1);
}

/* Writes at *at and moves on; the caller has made room. */
static inline unsigned char *
varint_write64(unsigned char *at, uint64 value)
{
	while (value >= 0x80)
	{
		*at++ = (unsigned char) value | 0x80;
		value >>= 7;
	}
	*at++ = (unsigned char) value;
	return at;
}

static inline unsigned char *
varint_write128(unsigned char *at, uint128 value)
{
	while (value > PG_UINT64_MAX)
	{
		*at++ = (unsigned char) value | 0x80;
		value >>= 7;
	}
	return varint_write64(at, (uint64) value);
}

/*
 * Read at *at and move on. NULL when the bytes end too early or the number is
 * longer than its type; the encoding must be the shortest one.
 */
static inline const unsigned char *
varint_read64(const unsigned char *at, const unsigned char *end, uint64 *value)
{
	uint64 result = 0;

	for (int shift = 0; at < end && shift < 64; shift += 7)
	{
		unsigned char byte = *at++;

		result |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
		{
			if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
				return NULL;
			*value = result;
			return at;
		}
	}
	return NULL;
}

static inline const unsigned char *
varint_read128(const unsigned char *at, const unsigned char *end, uint128 *value)
{
	uint128 result = 0;

	for (int shift = 0; at < end && shift < 128; shift += 7)
	{
		unsigned char byte = *at++;

		result |= (uint128) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
		{
			if ((shift == 126 && byte > 3) || (shift > 0 && byte == 0))
				return NULL;
			*value = result;
			return at;
		}
	}
	return NULL;
}

#endif /* CUSTOMER_PROFILE_VARINT_H */
