/*
 * distribution_numbers.c
 *		How often each number came: building and merging.
 *
 * A word with all bits of a double's exponent set, and its sign, is a count:
 * numbers are finite, so none looks like that. When the room is full the words
 * behind the ordered ones are sorted and put in among them. The room doubles when
 * that has left less than half of it, so that sorting stays cheap.
 */
#include "postgres.h"
#include "compat.h"

#include "base/state.h"
#include "distribution_numbers.h"
#include "math/sort_doubles.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define COUNT_MARK (UINT64CONST(0xFFF) << 52)

#define FIRST_ROOM 16	   /* words */
#define LEAST_TO_SORT 1024 /* before that many have come the room just doubles */
#define MOST_ROOM ((int64) ((STATE_MAX_SIZE - offsetof(Numbers, words)) / sizeof(uint64)))
#define MOST_WORDS \
	(MOST_ROOM / 8 * 7) /* of a state: with less room than an eighth it would do nothing but sort */
#define MOST_STORED \
	(INT64CONST(1)  \
	 << 25) /* words; the text of one is at most 32 bytes, so that of all is below 1 GB */

/* A number that came more than once. */
typedef struct Pair
{
	double value;
	int64 count;
} Pair;

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE Pair
#define ST_COMPARE(a, b) (((a)->value > (b)->value) - ((a)->value < (b)->value))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static inline bool
is_count(uint64 word)
{
	return (word & COUNT_MARK) == COUNT_MARK;
}

static inline Size
size_for(int64 nwords)
{
	return offsetof(Numbers, words) + nwords * sizeof(uint64);
}

static inline int64
room_of(const Numbers *numbers)
{
	return (VARSIZE(numbers) - offsetof(Numbers, words)) / sizeof(uint64);
}

static Numbers *
create(int64 room, int64 ignored)
{
	Numbers *numbers = palloc0(size_for(room));

	SET_VARSIZE(numbers, size_for(room));
	numbers->version = NUMBERS_VERSION;
	numbers->ignored = ignored;
	return numbers;
}

Numbers *
numbers_create(int64 ignored)
{
	return create(FIRST_ROOM, ignored);
}

bool
numbers_next(const Numbers *numbers, int64 *at, double *value, int64 *count)
{
	if (*at >= numbers->used)
		return false;
	memcpy(value, &numbers->words[(*at)++], sizeof(*value));
	*count = 1;
	if (*at < numbers->used && is_count(numbers->words[*at]))
		*count = (int64) (numbers->words[(*at)++] & ~COUNT_MARK);
	return true;
}

/* One number with its count behind the others. */
static void
append(Numbers *numbers, double value, int64 count)
{
	memcpy(&numbers->words[numbers->used++], &value, sizeof(value));
	if (count > 1)
		numbers->words[numbers->used++] = COUNT_MARK | (uint64) count;
}

/* The numbers that are not in order yet: those that came once, and the others. */
typedef struct Tail
{
	double *singles;
	int64 nsingles;
	int64 single; /* the next one */
	Pair *pairs;
	int64 npairs;
	int64 pair;
} Tail;

static void
read_tail(const Numbers *numbers, Tail *tail)
{
	int64 nwords = numbers->used - numbers->sorted;
	int64 at = numbers->sorted, ncounts = 0, count;
	double value;

	memset(tail, 0, sizeof(*tail));
	for (int64 i = numbers->sorted; i < numbers->used; i++)
		ncounts += is_count(numbers->words[i]);
	tail->singles = palloc_extended(Max(nwords - 2 * ncounts, 1) * sizeof(double), MCXT_ALLOC_HUGE);
	tail->pairs = palloc_extended(Max(ncounts, 1) * sizeof(Pair), MCXT_ALLOC_HUGE);
	while (numbers_next(numbers, &at, &value, &count))
	{
		if (count == 1)
			tail->singles[tail->nsingles++] = value;
		else
			tail->pairs[tail->npairs++] = (Pair){value, count};
	}
	sort_doubles(tail->singles, tail->nsingles);
	sort_pairs(tail->pairs, tail->npairs);
}

static bool
next_of_tail(Tail *tail, Pair *next)
{
	bool singles = tail->single < tail->nsingles;

	if (tail->pair < tail->npairs &&
		(!singles || tail->pairs[tail->pair].value < tail->singles[tail->single]))
		*next = tail->pairs[tail->pair++];
	else if (singles)
		*next = (Pair){tail->singles[tail->single++], 1};
	else
		return false;
	return true;
}

static bool
next_in_order(const Numbers *numbers, int64 *at, Pair *next)
{
	return *at < numbers->sorted && numbers_next(numbers, at, &next->value, &next->count);
}

/* One number with its count, which is the one before or a greater one: `last`, which is not written yet. */
static void
put(Numbers *to, Pair *last, const Pair *next)
{
	if (last->count == 0 || next->value != last->value)
	{
		if (last->count > 0)
			append(to, last->value, last->count);
		*last = *next;
	}
	else if (last->count > NUMBERS_COUNT_MAX - next->count)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many values in a distribution_summary")));
	else
		last->count += next->count;
}

/* All of them in order, each number once, into `to`, which is empty and has room for them. */
static void
put_in_order(const Numbers *numbers, Numbers *to)
{
	int64 at = 0;
	Tail tail;
	Pair old, new, last = {0};
	bool any_old, any_new;

	read_tail(numbers, &tail);
	any_old = next_in_order(numbers, &at, &old);
	any_new = next_of_tail(&tail, &new);
	for (int64 i = 1; any_old || any_new; i++)
	{
		if ((i & 0xFFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (any_old && (!any_new || old.value <= new.value))
		{
			put(to, &last, &old);
			any_old = next_in_order(numbers, &at, &old);
		}
		else
		{
			put(to, &last, &new);
			any_new = next_of_tail(&tail, &new);
		}
	}
	if (last.count > 0)
		append(to, last.value, last.count);
	to->sorted = to->used;
	pfree(tail.singles);
	pfree(tail.pairs);
}

const Numbers *
numbers_canonical(const Numbers *numbers)
{
	Numbers *ordered;
	Numbers *canonical;

	if (numbers->sorted == numbers->used && numbers->used == room_of(numbers))
		return numbers;
	ordered = create(numbers->used, numbers->ignored);
	put_in_order(numbers, ordered);
	if (ordered->used == numbers->used)
		return ordered;
	canonical = create(ordered->used, ordered->ignored);
	memcpy(canonical->words, ordered->words, ordered->used * sizeof(uint64));
	canonical->sorted = canonical->used = ordered->used;
	pfree(ordered);
	return canonical;
}

static void
fail_too_large(int64 nwords, int64 most)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("distribution_summary is too large"),
			 errdetail("It needs " INT64_FORMAT
					   " bytes for its distinct numbers; at most " INT64_FORMAT " are allowed.",
					   nwords * (int64) sizeof(uint64), most * (int64) sizeof(uint64)),
			 errhint("Round the numbers, or aggregate fewer rows into one value.")));
}

const Numbers *
numbers_finish(const Numbers *numbers)
{
	const Numbers *canonical = numbers_canonical(numbers);

	if (canonical->used > MOST_STORED)
		fail_too_large(canonical->used, MOST_STORED);
	return canonical;
}

/* Room for one number more and its count. */
static Numbers *
make_room(Numbers *numbers)
{
	int64 room = room_of(numbers);
	Numbers *larger;

	if (numbers->used >= LEAST_TO_SORT)
	{
		Numbers *ordered = create(numbers->used, numbers->ignored);

		put_in_order(numbers, ordered);
		memcpy(numbers->words, ordered->words, ordered->used * sizeof(uint64));
		numbers->used = numbers->sorted = ordered->used;
		pfree(ordered);
		if (numbers->used > MOST_WORDS)
			fail_too_large(numbers->used, MOST_WORDS);
		if (numbers->used <= room / 2 || room >= MOST_ROOM)
			return numbers;
	}
	larger = create(Min(Max(2 * room, FIRST_ROOM), MOST_ROOM), numbers->ignored);
	memcpy(larger->words, numbers->words, numbers->used * sizeof(uint64));
	larger->sorted = numbers->sorted;
	larger->used = numbers->used;
	return larger;
}

Numbers *
numbers_add(Numbers *numbers, double value, int64 count)
{
	if (unlikely(numbers->used + 2 > room_of(numbers)))
		numbers = make_room(numbers);
	append(numbers, value, count);
	return numbers;
}

Numbers *
numbers_merge(Numbers *numbers, const Numbers *other)
{
	int64 at = 0, count;
	double value;

	while (numbers_next(other, &at, &value, &count))
	{
		CHECK_FOR_INTERRUPTS();
		numbers = numbers_add(numbers, value, count);
	}
	return numbers;
}
