/*
 * persona.h
 *		Inside the persona room: the stored profile and its rows.
 */
#ifndef CUSTOMER_PROFILE_PERSONA_H
#define CUSTOMER_PROFILE_PERSONA_H

#include "base/tally.h"

extern const TallyKind persona_kind;

typedef enum PersonaRowKind
{
	PERSONA_VALUE,
	PERSONA_NUMBER,
	PERSONA_MISSING
} PersonaRowKind;

/* One row of personas(); numbers that do not exist are NaN. */
typedef struct PersonaRow
{
	PersonaRowKind kind;
	TallyPart segment;
	TallyPart attribute;
	TallyPart value;
	int64 n; /* customers of the segment with the value, or with a number, or without either */
	double share;
	double base_share;
	double index;
	double lo;
	double hi;
	double z;
	double evidence;
	double mean;
	double base_mean;
	double shrunk;	   /* the index with 5 customers of index 100 thought in */
	double difference; /* (mean - base mean) / base standard deviation */
} PersonaRow;

/* The rows of a canonical profile, of one segment unless NULL, in order of segment, then evidence. */
extern PersonaRow *persona_rows(const Tally *tally, const TallyPart *segment, int64 *nrows);

/* The customers of a segment, 0 when it is not there; *total: of all segments. */
extern int64 persona_customers(const Tally *tally, const TallyPart *segment, int64 *total);

#endif /* CUSTOMER_PROFILE_PERSONA_H */
