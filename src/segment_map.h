/*
 * segment_map.h
 *		Inside the segment map's room: rules as they are collected, and the map
 *		from each cell of the RFM grid to a segment that comes of them.
 */
#ifndef CUSTOMER_PROFILE_SEGMENT_MAP_H
#define CUSTOMER_PROFILE_SEGMENT_MAP_H

#include "lib/stringinfo.h"
#include "rfm_score.h"

#define SEGMENT_VERSION 1	 /* of the stored forms of segment_rules and segment_map */
#define SEGMENT_NAME_MAX 100 /* bytes */
#define SEGMENT_RULE_HEAD 4	 /* bytes of a rule before its name */

/*
 * The state of the aggregate segment_map: each rule is four bytes (r, f, m with
 * 0 for any, length of the name) and the name. There may be spare room behind.
 */
typedef struct SegmentRules
{
	int32 vl_len_;
	uint8 version;
	uint8 bins; /* 0: no rule yet */
	uint16 reserved;
	uint32 nrules;
	uint32 used; /* bytes of rules[] */
	uint8 rules[FLEXIBLE_ARRAY_MEMBER];
} SegmentRules;

/* A rule taken apart; the name lies in the rules. */
typedef struct SegmentRule
{
	const char *name;
	uint8 length;
	uint8 score[3]; /* r, f, m; 0: any */
} SegmentRule;

/*
 * A map: where each name ends, uint32 each; the segment of each cell, uint16
 * each, in the order of r, f, m; the names, sorted by their bytes.
 */
typedef struct SegmentMap
{
	int32 vl_len_;
	uint8 version;
	uint8 bins;
	uint16 nsegments;
	uint32 name_ends[FLEXIBLE_ARRAY_MEMBER];
} SegmentMap;

static inline int
segment_map_ncells(int bins)
{
	return bins * bins * bins;
}

static inline int
segment_map_cell(int bins, int r, int f, int m)
{
	return ((r - 1) * bins + f - 1) * bins + m - 1;
}

static inline RfmScore
segment_map_score_of_cell(int bins, int cell)
{
	return rfm_score_make(bins, cell / (bins * bins) + 1, cell / bins % bins + 1, cell % bins + 1);
}

static inline uint16 *
segment_map_cells(const SegmentMap *map)
{
	return (uint16 *) (map->name_ends + map->nsegments);
}

static inline const char *
segment_map_name(const SegmentMap *map, int segment, int *length)
{
	const char *names = (const char *) (segment_map_cells(map) + segment_map_ncells(map->bins));
	uint32 start = segment == 0 ? 0 : map->name_ends[segment - 1];

	*length = map->name_ends[segment] - start;
	return names + start;
}

/* segment_rules.c */
extern SegmentRules *segment_rules_create(void);
extern SegmentRules *
segment_rules_add(SegmentRules *rules, const char *name, int length, int r, int f, int m);
extern SegmentRule *segment_rules_sorted(const SegmentRules *rules);
extern const char *segment_name_problem(int length);
extern SegmentRules *segment_rules_from_datum(Datum datum);

/* segment_rules_io.c */
extern void segment_check_recv(bool valid, const char *type_name, const char *detail);
extern void segment_name_send(StringInfo buf, const char *name, int length);
extern void segment_check_canonical(StringInfo buf, int start, bytea *sent, const char *type_name);
extern Datum segment_rules_send(PG_FUNCTION_ARGS);
extern char *segment_name_recv(StringInfo buf, const char *type_name, int *length);

/* segment_map.c */
extern SegmentMap *segment_map_build(const SegmentRules *rules);
extern SegmentMap *segment_map_from_datum(Datum datum);
pg_noreturn extern void segment_grid_mismatch(RfmScore score, int bins);

/* segment_map_io.c */
extern Datum segment_map_send(PG_FUNCTION_ARGS);

/* segment_map_default.c */
extern const char *segment_default_name(RfmScore score);

#endif /* CUSTOMER_PROFILE_SEGMENT_MAP_H */
