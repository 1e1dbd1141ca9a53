/*
 * timeline_days.c
 *		The purchase days of a timeline.
 *
 * Models ask for them of every customer, so there are two ways to them: a
 * short one without a function call per event, for values and amounts as they
 * usually are, and a general one, which is taken where the short one gives up,
 * and which reports what is wrong with damaged bytes.
 */
#include "postgres.h"
#include "compat.h"

#include "base/varint.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "timeline_layout.h"

/*
 * What happened on one calendar day. Days never go back: where a clock is put
 * back across midnight (St. John's until 2011), the hour that comes twice
 * belongs to the new day.
 */
typedef struct DayTotals
{
	DateADT day;
	bool purchased;
	int64 refunds;
	Decimal net;
} DayTotals;

/*
 * Close a day: one with a purchase is a purchase day; refunds of any other
 * day belong to the purchase day before it, or to none.
 */
static void
close_day(const DayTotals *today, PurchaseDays *result)
{
	if (today->purchased)
	{
		if (result->days++ == 0)
			result->first_day = today->day;
		result->last_day = today->day;
	}
	else if (result->days == 0)
	{
		result->unmatched_refunds += today->refunds;
		return;
	}
	result->total_net = decimal_add(result->total_net, today->net);
	if (result->days == 1)
		result->first_net = decimal_add(result->first_net, today->net);
}

/* The general way, which tells a visitor of each purchase day. */
static void
visit_purchase_days(const TimelineHeader *header, Calendar *calendar, TimestampTz end,
					PurchaseDayVisitor visitor, void *context, PurchaseDays *result)
{
	DayTotals today = {0};
	bool open = false;
	TimelineReader reader;
	TimelineEvent event;

	memset(result, 0, sizeof(*result));
	timeline_reader_init(&reader, header);
	while (timeline_next(&reader, &event) && event.at < end)
	{
		DateADT day = calendar_day(calendar, event.at);

		CHECK_FOR_INTERRUPTS();
		if (!open || day > today.day)
		{
			if (open)
			{
				close_day(&today, result);
				if (visitor != NULL && today.purchased)
					visitor(context, today.day);
			}
			today = (DayTotals){.day = day};
			open = true;
		}
		if (event.pure)
			continue;
		today.net = decimal_add(today.net, event.amount);
		if (event.amount < 0)
			today.refunds++;
		else
			today.purchased = true;
	}
	if (open)
	{
		close_day(&today, result);
		if (visitor != NULL && today.purchased)
			visitor(context, today.day);
	}
	if (result->days > 1)
		result->repeat_net =
			decimal_to_float8(decimal_subtract(result->total_net, result->first_net));
}

/* Integers up to this are exact as double. */
#define DOUBLE_EXACT (INT64CONST(1) << 53)

static inline int64
floor_divide(int64 value, int64 by)
{
	return value >= 0 ? value / by : -((-value + by - 1) / by);
}

/*
 * The same for a divisor whose reciprocal is known and a quotient below 2^50,
 * without the division: rounding moves it by one at most.
 */
static inline int64
floor_divide_quickly(int64 value, int64 by, double reciprocal)
{
	int64 quotient = (int64) ((double) value * reciprocal);

	quotient -= quotient * by > value;
	quotient += value - quotient * by >= by;
	return quotient;
}

static inline int64
ceil_divide(int64 value, int64 by)
{
	return -floor_divide(-value, by);
}

/*
 * Read a varint of up to eight bytes without a loop: a branch for each byte
 * would be guessed wrong about once for each number. NULL when the bytes end
 * too early, when it is longer, and when it is not the shortest form. There
 * are eight bytes or more before `end`.
 */
static inline const unsigned char *
read_short_varint(const unsigned char *at, const unsigned char *end, uint64 *value)
{
	int64 left = end - at;
	uint64 bytes;
	uint64 last; /* the highest bit of each byte that ends a number */
	int length;

	if (left <= 0)
		return NULL;
	memcpy(&bytes, left >= 8 ? at : end - 8, 8);
#ifdef WORDS_BIGENDIAN
	bytes = pg_bswap64(bytes);
#endif
	if (left < 8)
		bytes >>= 8 * (8 - left);
	last = ~bytes & UINT64CONST(0x8080808080808080);
	if (last == 0)
		return NULL;
	length = (__builtin_ctzll(last) >> 3) + 1;
	bytes &= last ^ (last - 1); /* up to the first such bit */
	if (length > left || (length > 1 && bytes >> (8 * (length - 1)) == 0))
		return NULL;
	/* Close the gaps between groups of 7, then 14, then 28 bits. */
	bytes =
		(bytes & UINT64CONST(0x007F007F007F007F)) | (bytes & UINT64CONST(0x7F007F007F007F00)) >> 1;
	bytes =
		(bytes & UINT64CONST(0x00003FFF00003FFF)) | (bytes & UINT64CONST(0x3FFF00003FFF0000)) >> 2;
	*value = (bytes & UINT64CONST(0x0FFFFFFF)) | (bytes & UINT64CONST(0x0FFFFFFF00000000)) >> 4;
	return at + length;
}

/* What would be divided for each timeline again, in each of timeline_units. */
typedef struct TimeScale
{
	int64 day;
	int64 earliest; /* MIN_TIMESTAMP, a whole number of hours */
	double day_reciprocal;
} TimeScale;

#define TIME_SCALE(unit)                                                                \
	{                                                                                   \
		USECS_PER_DAY / (unit), MIN_TIMESTAMP / (unit), (double) (unit) / USECS_PER_DAY \
	}

static const TimeScale time_scales[TIMELINE_UNITS] = {
	TIME_SCALE(1),
	TIME_SCALE(1000),
	TIME_SCALE(USECS_PER_SEC),
	TIME_SCALE(USECS_PER_MINUTE),
	TIME_SCALE(USECS_PER_HOUR),
	TIME_SCALE(USECS_PER_DAY),
};

/* Days, times in the timeline's units, and amounts in those that are stored. */
typedef struct QuickWalk
{
	Calendar *calendar;
	int64 unit; /* microseconds */
	const TimeScale *scale;
	int64 stop; /* this is too late */
	DateADT day;
	int64 day_end; /* until then it is the same day */
	bool purchased;
	int64 refunds;
	int64 net;

	int64 days;
	DateADT first_day;
	DateADT last_day;
	int64 first_net;
	int64 total_net;
	int64 unmatched_refunds;
} QuickWalk;

/* The same as close_day; false when the sum is too large for this way. */
static inline bool
quick_close_day(QuickWalk *walk)
{
	if (walk->purchased)
	{
		if (walk->days++ == 0)
			walk->first_day = walk->day;
		walk->last_day = walk->day;
	}
	else if (walk->days == 0)
	{
		walk->unmatched_refunds += walk->refunds;
		return true;
	}
	if (__builtin_add_overflow(walk->total_net, walk->net, &walk->total_net))
		return false;
	if (walk->days == 1)
		walk->first_net = walk->total_net;
	return true;
}

/* An event at or after day_end: find its day, and open it when it is another one. */
static inline bool
quick_open_day(QuickWalk *walk, int64 time)
{
	Calendar *calendar = walk->calendar;
	DateADT day;

	if (calendar->zone == NULL)
	{
		day = (DateADT) floor_divide_quickly(time, walk->scale->day, walk->scale->day_reciprocal);
		walk->day_end = ((int64) day + 1) * walk->scale->day;
	}
	else
	{
		int64 day_end;

		day = calendar_day(calendar, time * walk->unit);
		day_end = ((int64) day + 1) * USECS_PER_DAY - calendar->offset;
		walk->day_end = ceil_divide(Min(day_end, calendar->valid_until), walk->unit);
		if (day <= walk->day) /* the clock was put back across midnight, or only changed */
			return true;
	}
	if (!quick_close_day(walk))
		return false;
	walk->day = day;
	walk->purchased = false;
	walk->refunds = 0;
	walk->net = 0;
	return true;
}

/* All events before walk->stop; false when this way is not for them. */
static pg_attribute_always_inline bool
quick_events(QuickWalk *walk, const TimelineHeader *header, bool labelled, bool pure)
{
	const unsigned char *at = header->blocks;
	int64 stop = walk->stop;
	int64 time = 0;

	for (int64 i = 0; i < header->events; i++)
	{
		uint64 number;
		int64 amount;

		if ((at = read_short_varint(at, header->end, &number)) == NULL)
			return false;
		if (i % TIMELINE_BLOCK == 0)
		{
			CHECK_FOR_INTERRUPTS();
			time = unzigzag64(number);
			if (time < walk->scale->earliest)
				return false;
			if (time >= stop)
				break;
		}
		else if (number >= (uint64) stop - (uint64) time)
			break;
		else
			time += (int64) number;
		if (time >= walk->day_end && !quick_open_day(walk, time))
			return false;
		if (labelled && ((at = read_short_varint(at, header->end, &number)) == NULL ||
						 number > (uint64) header->labels))
			return false;
		if ((at = read_short_varint(at, header->end, &number)) == NULL)
			return false;
		if (pure && number-- == 0)
			continue;
		amount = unzigzag64(number);
		if (__builtin_add_overflow(walk->net, amount, &walk->net))
			return false;
		walk->refunds += amount < 0;
		walk->purchased |= amount >= 0;
	}
	return quick_close_day(walk);
}

/* False when the general way has to be taken. */
static bool
quick_purchase_days(const TimelineHeader *header, Calendar *calendar, DateADT as_of,
					PurchaseDays *result)
{
	const TimeScale *scale = &time_scales[header->time_unit];
	int64 unit = timeline_units[header->time_unit];
	bool labelled = (header->flags & TIMELINE_LABELS) != 0;
	bool pure = (header->flags & TIMELINE_PURE) != 0;
	QuickWalk walk = {.calendar = calendar,
					  .unit = unit,
					  .scale = scale,
					  .stop = calendar->zone == NULL
								  ? as_of * scale->day
								  : ceil_divide(calendar_day_start(calendar, as_of), unit),
					  .day = DATEVAL_NOBEGIN,
					  .day_end = PG_INT64_MIN};
	Decimal amount_unit = decimal_power_of_ten(DECIMAL_SCALE - header->stored_scale);
	int64 repeat_net;

	/* With orders alone there is less to do. */
	if (header->end - header->data < 8 ||
		!(labelled || pure ? quick_events(&walk, header, labelled, pure)
						   : quick_events(&walk, header, false, false)) ||
		__builtin_sub_overflow(walk.total_net, walk.first_net, &repeat_net))
		return false;
	result->days = walk.days;
	result->first_day = walk.first_day;
	result->last_day = walk.last_day;
	result->first_net = walk.first_net * amount_unit;
	result->total_net = walk.total_net * amount_unit;
	result->unmatched_refunds = walk.unmatched_refunds;
	/* The nearest double, as decimal_to_float8 gives it. */
	if (repeat_net <= DOUBLE_EXACT && repeat_net >= -DOUBLE_EXACT)
		result->repeat_net =
			(double) repeat_net / (double) (int64) decimal_power_of_ten(header->stored_scale);
	else
		result->repeat_net = decimal_to_float8(repeat_net * amount_unit);
	return true;
}

/* Purchases by calendar day, for days before as_of; see timeline.h. */
void
timeline_purchase_days(const Timeline *timeline, Calendar *calendar, DateADT as_of,
					   PurchaseDays *result)
{
	TimelineHeader header;

	timeline_open(timeline_canonical(timeline), &header);
	if (!quick_purchase_days(&header, calendar, as_of, result))
		visit_purchase_days(&header, calendar, calendar_day_start(calendar, as_of), NULL, NULL,
							result);
	result->ignored = header.ignored;
}

void
timeline_visit_purchase_days(const Timeline *timeline, Calendar *calendar, DateADT as_of,
							 PurchaseDayVisitor visitor, void *context, PurchaseDays *result)
{
	TimelineHeader header;

	timeline_open(timeline_canonical(timeline), &header);
	visit_purchase_days(&header, calendar, calendar_day_start(calendar, as_of), visitor, context,
						result);
	result->ignored = header.ignored;
}
