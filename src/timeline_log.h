/*
 * timeline_log.h
 *		The events of many customers, as they come, for the grouping node.
 */
#ifndef CUSTOMER_PROFILE_TIMELINE_LOG_H
#define CUSTOMER_PROFILE_TIMELINE_LOG_H

#include "group/group_memory.h"
#include "timeline_layout.h"

typedef struct TimelineLog TimelineLog;

extern TimelineLog *timeline_log_create(GroupMemory *memory);

/* One event of customer `number`; label and amount may be NULL. */
extern void timeline_log_add(TimelineLog *log, uint32 number, TimestampTz at,
							 const TimelineLabel *label, const TimelineAmount *amount);
extern void timeline_log_ignore(TimelineLog *log, uint32 number, int64 rows);

/* All events of a timeline. */
extern void timeline_log_add_all(TimelineLog *log, uint32 number, const Timeline *timeline);

/* Records of one customer, to be written elsewhere and added to another log. */
extern const char *timeline_log_records(TimelineLog *log, uint32 number, Size *length);
extern void
timeline_log_add_records(TimelineLog *log, uint32 number, const char *records, Size length);

/* The timeline of a customer; NULL when no row at all was seen. Cheap in the order of numbers. */
extern Timeline *timeline_log_finish(TimelineLog *log, uint32 number);

#endif /* CUSTOMER_PROFILE_TIMELINE_LOG_H */
