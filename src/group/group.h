/*
 * group.h
 *		The grouping node CustomerAgg, for the module's entry.
 */
#ifndef CUSTOMER_PROFILE_GROUP_H
#define CUSTOMER_PROFILE_GROUP_H

/* Defines the setting customer_profile.enable_customer_agg and puts the node into the planner. */
extern void group_init(void);

#endif /* CUSTOMER_PROFILE_GROUP_H */
