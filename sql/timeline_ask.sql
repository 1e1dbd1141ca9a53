-- Simple questions to a timeline.

CREATE FUNCTION total(timeline) RETURNS numeric
	AS 'MODULE_PATHNAME', 'timeline_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION total(timeline) IS
	'sum of all amounts; NULL without an amount';

CREATE FUNCTION recency(timeline, as_of timestamptz) RETURNS interval
	AS 'MODULE_PATHNAME', 'timeline_recency' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recency(timeline, timestamptz) IS
	'time from the last activity before as_of to as_of; a refund is no activity; NULL without one';

CREATE FUNCTION tenure_days(timeline, as_of date) RETURNS int
	AS 'MODULE_PATHNAME', 'timeline_tenure_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenure_days(timeline, date) IS
	'calendar days from the first activity to as_of (days in UTC); NULL when there is none or it is later';

CREATE FUNCTION tenure_days(timeline, as_of date, timezone text) RETURNS int
	AS 'MODULE_PATHNAME', 'timeline_tenure_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenure_days(timeline, date, text) IS
	'calendar days from the first activity to as_of (days in the named time zone); NULL when there is none or it is later';

CREATE FUNCTION labels(timeline) RETURNS text[]
	AS 'MODULE_PATHNAME', 'timeline_labels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION labels(timeline) IS
	'the distinct labels in order of their bytes, without NULL';

CREATE FUNCTION first_label(timeline) RETURNS text
	AS 'MODULE_PATHNAME', 'timeline_first_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_label(timeline) IS
	'label of the first event';

CREATE FUNCTION last_label(timeline) RETURNS text
	AS 'MODULE_PATHNAME', 'timeline_last_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_label(timeline) IS
	'label of the last event';

CREATE FUNCTION nth_event_at(timeline, n int) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'timeline_nth_event_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nth_event_at(timeline, int) IS
	'time of the n-th event, counted from 1; NULL beyond the last';

CREATE FUNCTION gap_days(timeline) RETURNS SETOF float8
	AS 'MODULE_PATHNAME', 'timeline_gap_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION gap_days(timeline) IS
	'days between one day of activity and the next (days in UTC), in order of time';

CREATE FUNCTION gap_days(timeline, timezone text) RETURNS SETOF float8
	AS 'MODULE_PATHNAME', 'timeline_gap_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION gap_days(timeline, text) IS
	'days between one day of activity and the next (days in the named time zone), in order of time';

CREATE FUNCTION typical_gap_days(timeline) RETURNS float8
	AS 'MODULE_PATHNAME', 'timeline_typical_gap_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION typical_gap_days(timeline) IS
	'median of gap_days(); NULL with fewer than two days';

CREATE FUNCTION typical_gap_days(timeline, timezone text) RETURNS float8
	AS 'MODULE_PATHNAME', 'timeline_typical_gap_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION typical_gap_days(timeline, text) IS
	'median of gap_days(); NULL with fewer than two days';
