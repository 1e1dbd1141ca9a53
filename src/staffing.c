/*
 * staffing.c
 *		How many people does it take? Erlang C: calls arrive at random, wait in
 *		one line and are never given up (Erlang 1917; Gans, Koole & Mandelbaum
 *		2003, section 3.1). Since nobody hangs up, it asks for rather too many.
 */
#include "postgres.h"
#include "compat.h"

#include <float.h>
#include <math.h>

#include "base/period.h"
#include "base/row.h"
#include "duration_summary_layout.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#define AGENTS_MAX 1000000

typedef struct Desk
{
	double load;   /* erlangs: arrivals per hour times hours of handling */
	double handle; /* microseconds */
	double target;
} Desk;

typedef struct Service
{
	int agents;
	double p_wait;
	double level; /* share answered within the target */
} Service;

/* Erlang C from Erlang B, for more agents than load. */
static double
wait_probability(int agents, double load, double blocked)
{
	double occupancy = load / agents;

	return blocked / (1.0 - occupancy * (1.0 - blocked));
}

/* Erlang B of one agent more: load B / (n + load B). */
static double
next_blocked(double blocked, double load, int agents)
{
	return load * blocked / (agents + load * blocked);
}

static void
find_service(const Desk *desk, int agents, double blocked, Service *service)
{
	service->agents = agents;
	service->p_wait = desk->load > 0.0 ? wait_probability(agents, desk->load, blocked) : 0.0;
	service->level =
		1.0 - service->p_wait * exp(-(agents - desk->load) * desk->target / desk->handle);
}

/* The arguments before and after the first one of both functions. */
static Desk
read_desk(double arrivals, const Interval *handle_time, const Interval *target)
{
	Desk desk = {.handle = period_microseconds(handle_time, "handle_time"),
				 .target = duration_argument(target, "target")};

	if (!(arrivals >= 0.0) || isinf(arrivals))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arrivals_per_hour must be finite and not negative, not %g", arrivals)));
	desk.load = arrivals * (desk.handle / USECS_PER_HOUR);
	if (desk.load >= AGENTS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a load of %g people at work is beyond %d", desk.load, AGENTS_MAX)));
	return desk;
}

/* (agents, occupancy, p_wait, mean_wait, service_level) */
static Datum
service_row(FunctionCallInfo fcinfo, const Desk *desk, const Service *service)
{
	Interval *mean_wait = palloc0(sizeof(Interval));
	double wait =
		desk->load > 0.0 ? service->p_wait * desk->handle / (service->agents - desk->load) : 0.0;
	double occupancy = service->agents > 0 ? desk->load / service->agents : 0.0;
	bool nulls[5] = {false};

	/* A desk at its very limit may wait for longer than there are numbers. */
	nulls[3] = wait >= (double) PG_INT64_MAX;
	mean_wait->time = nulls[3] ? 0 : (int64) rint(wait);
	return row_result(fcinfo, 5,
					  (Datum[]){Int32GetDatum(service->agents), Float8GetDatum(occupancy),
								Float8GetDatum(service->p_wait), IntervalPGetDatum(mean_wait),
								Float8GetDatum(service->level)},
					  nulls);
}

/*
 * staffing(arrivals_per_hour, handle_time, target, level) -> (agents,
 * occupancy, p_wait, mean_wait, service_level): the fewest people with whom a
 * share `level` of the calls is answered within the target. level in (0, 1).
 * Nobody is needed for no load.
 */
PG_FUNCTION_INFO_V1(staffing);
Datum
staffing(PG_FUNCTION_ARGS)
{
	Desk desk = read_desk(PG_GETARG_FLOAT8(0), PG_GETARG_INTERVAL_P(1), PG_GETARG_INTERVAL_P(2));
	double level = PG_GETARG_FLOAT8(3);
	Service service = {.level = 1.0};
	double blocked = 1.0;

	if (!(level > 0.0 && level < 1.0))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("level must be between 0 and 1, both excluded, not %g", level)));
	for (int agents = 1; desk.load > 0.0; agents++)
	{
		if ((agents & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		blocked = next_blocked(blocked, desk.load, agents);
		if (agents <= desk.load)
			continue;
		find_service(&desk, agents, blocked, &service);
		if (service.level >= level)
			break;
	}
	return service_row(fcinfo, &desk, &service);
}

/*
 * staffing_at(agents, arrivals_per_hour, handle_time, target) -> the same row
 * for a given number of people. NULL when they are not more than the load: the
 * line would grow without end.
 */
PG_FUNCTION_INFO_V1(staffing_at);
Datum
staffing_at(PG_FUNCTION_ARGS)
{
	int agents = PG_GETARG_INT32(0);
	Desk desk = read_desk(PG_GETARG_FLOAT8(1), PG_GETARG_INTERVAL_P(2), PG_GETARG_INTERVAL_P(3));
	Service service;
	double blocked = 1.0;

	if (agents < 0 || agents > 2 * AGENTS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("agents must be between 0 and %d, not %d", 2 * AGENTS_MAX, agents)));
	if (agents <= desk.load)
		PG_RETURN_NULL();
	for (int n = 1; n <= agents; n++)
	{
		if ((n & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		blocked = next_blocked(blocked, desk.load, n);
	}
	find_service(&desk, agents, blocked, &service);
	return service_row(fcinfo, &desk, &service);
}
