/*
 * ltv_memo.c
 *		What was computed for other customers of the same model.
 *
 * For each question a direct-mapped cache: it never grows, and never needs to
 * be searched.
 */
#include "postgres.h"
#include "compat.h"

#include "ltv/ltv_memo.h"

#define ENTRIES 32768 /* a power of two */
#define STRIDE 1021	  /* so many days of one x lie side by side before those of the next */

/* A query of few customers, or one that changes the question with each, is not made to pay. */
#define ASKED_ENOUGH 1000

LtvMemo *
ltv_memo_create(MemoryContext context)
{
	LtvMemo *memo = MemoryContextAllocZero(context, sizeof(LtvMemo));

	memo->context = context;
	return memo;
}

static pg_noinline LtvMemoQuestion *
new_question(LtvMemo *memo, double horizon, double rate)
{
	LtvMemoQuestion *question = &memo->questions[memo->oldest];

	memo->oldest = (memo->oldest + 1) % LTV_MEMO_QUESTIONS;
	question->horizon = horizon;
	question->rate = rate;
	question->asked = 0;
	return question;
}

static LtvMemoQuestion *
find_question(LtvMemo *memo, double horizon, double rate)
{
	for (int i = 0; i < LTV_MEMO_QUESTIONS; i++)
		if (memo->questions[i].horizon == horizon && memo->questions[i].rate == rate)
			return &memo->questions[i];
	return new_question(memo, horizon, rate);
}

static pg_noinline bool
ask_more(LtvMemo *memo, LtvMemoQuestion *question)
{
	if (question->asked + 1 < ASKED_ENOUGH)
	{
		question->asked++;
		return false;
	}
	if (question->entries == NULL)
		question->entries = MemoryContextAlloc(memo->context, sizeof(LtvMemoEntry) * ENTRIES);
	for (int i = 0; i < ENTRIES; i++)
		question->entries[i].days = -1;
	question->asked++; /* last, should there be no memory: a query may go on after that error */
	return true;
}

LtvMemoEntry *
ltv_memo_entry(LtvMemo *memo, double horizon, double rate, int32 x, int32 days)
{
	LtvMemoQuestion *question = find_question(memo, horizon, rate);

	if (unlikely(question->asked < ASKED_ENOUGH) && !ask_more(memo, question))
		return NULL;
	return &question->entries[((uint32) x * STRIDE + (uint32) days) & (ENTRIES - 1)];
}
