/*
 * ltv_memo.h
 *		What was computed for other customers of the same model.
 *
 * Days are whole, and many customers have bought as often and been watched as
 * long as others: of a million there are a few thousand pairs (x, T). What
 * depends on nothing else is computed once for each. Answers are the same to
 * the last bit with and without it.
 */
#ifndef CUSTOMER_PROFILE_LTV_MEMO_H
#define CUSTOMER_PROFILE_LTV_MEMO_H

#define LTV_MEMO_QUESTIONS 4 /* asked in turn: P(alive), and a few horizons */

typedef struct LtvMemoEntry
{
	int32 x;
	int32 days; /* negative: nothing is known here */
	double value;
} LtvMemoEntry;

/* What is asked of each pair: expected purchases, or P(no purchase after `days` | alive then). */
typedef struct LtvMemoQuestion
{
	double horizon; /* LTV_MEMO_P_LAST: the latter */
	double rate;
	int asked;
	LtvMemoEntry *entries; /* NULL, or to be cleared, until asked often enough */
} LtvMemoQuestion;

#define LTV_MEMO_P_LAST (-1.0)

typedef struct LtvMemo
{
	MemoryContext context;
	int oldest;
	LtvMemoQuestion questions[LTV_MEMO_QUESTIONS];
} LtvMemo;

extern LtvMemo *ltv_memo_create(MemoryContext context);

/* Where the answer is, or is to be put; NULL when nothing is remembered yet. */
extern LtvMemoEntry *
ltv_memo_entry(LtvMemo *memo, double horizon, double rate, int32 x, int32 days);

static inline bool
ltv_memo_holds(const LtvMemoEntry *entry, int32 x, int32 days)
{
	return entry != NULL && entry->x == x && entry->days == days;
}

#endif /* CUSTOMER_PROFILE_LTV_MEMO_H */
