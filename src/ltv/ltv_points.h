/*
 * ltv_points.h
 *		The distinct times of a population, by number of purchases.
 *
 * What a history contributes to a likelihood depends on (x, t_x) and (x, T).
 * There are far fewer such pairs than histories: with times in days, at most
 * purchases times days, whatever the number of customers. Models compute their
 * transcendental functions once for each pair.
 */
#ifndef CUSTOMER_PROFILE_LTV_POINTS_H
#define CUSTOMER_PROFILE_LTV_POINTS_H

#include "ltv/ltv_model.h"

/* A group, its times by their index in the block. */
typedef struct LtvPointGroup
{
	int32 t_x;
	int32 T;
	double customers;
} LtvPointGroup;

/* All groups with the same x. */
typedef struct LtvPointBlock
{
	int32 x;
	int32 ntimes;
	const double *times; /* distinct, ascending */
	int64 ngroups;
	const LtvPointGroup *groups;
} LtvPointBlock;

typedef struct LtvPoints
{
	int64 nblocks;
	int32 max_times;	   /* of a block */
	LtvPointBlock *blocks; /* by x */
	LtvPointGroup *groups;
	double *times;
} LtvPoints;

extern LtvPoints *ltv_points_build(const LtvGroups *data);
extern void ltv_points_free(LtvPoints *points);

#endif /* CUSTOMER_PROFILE_LTV_POINTS_H */
