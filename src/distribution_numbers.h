/*
 * distribution_numbers.h
 *		How often each number came: the stored form of a distribution_summary of
 *		numbers. (One of categories is a tally.)
 *
 * A number is a word, followed by a word with its count unless that is 1: a
 * million customers with as many values take 8 bytes each. While it is built,
 * words that have come since it was last put in order follow in any order, and
 * there is room behind them.
 */
#ifndef CUSTOMER_PROFILE_DISTRIBUTION_NUMBERS_H
#define CUSTOMER_PROFILE_DISTRIBUTION_NUMBERS_H

#define NUMBERS_VERSION 1
#define NUMBERS_COUNT_MAX ((INT64CONST(1) << 52) - 1) /* of one number */

typedef struct Numbers
{
	int32 vl_len_;
	uint8 version;
	uint8 nparts; /* 0, which tells it from a tally of categories */
	uint8 reserved[2];
	int64 ignored; /* rows */
	int64 sorted;  /* words that are in order, each number once */
	int64 used;	   /* words; canonical: all are in order, and there is no room */
	uint64 words[FLEXIBLE_ARRAY_MEMBER];
} Numbers;

extern Numbers *numbers_create(int64 ignored);
/* One number more, finite and no negative zero, that came so often; the state may move. */
extern Numbers *numbers_add(Numbers *numbers, double value, int64 count);
extern Numbers *numbers_merge(Numbers *numbers, const Numbers *other);
/* In order, of exactly its size; the same one when it is that already. */
extern const Numbers *numbers_canonical(const Numbers *numbers);
/* A canonical one that may be stored: not larger than its text can be. */
extern const Numbers *numbers_finish(const Numbers *numbers);

/* Walks the numbers: start with *at = 0; false after the last one. */
extern bool numbers_next(const Numbers *numbers, int64 *at, double *value, int64 *count);

#endif /* CUSTOMER_PROFILE_DISTRIBUTION_NUMBERS_H */
