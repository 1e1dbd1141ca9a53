-- timeline: every event of one customer in order of time.

\template io timeline

CREATE TYPE timeline (
	INTERNALLENGTH = VARIABLE,
	INPUT = timeline_in,
	OUTPUT = timeline_out,
	RECEIVE = timeline_recv,
	SEND = timeline_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE timeline IS
	'every event of one customer in order of time, with exact amounts; merges with + and rollup()';

\template json timeline

-- Order and equality: of the whole content, displayed decimals and ignored rows included. The order has
-- no meaning; it serves DISTINCT, GROUP BY and joins.

\template order timeline

-- Building and merging.

CREATE FUNCTION timeline_final(timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION timeline_merge(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION timeline_plus(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION timeline_plus(timeline, timeline) IS
	'all events of both; the other one when one is NULL';

CREATE OPERATOR + (FUNCTION = timeline_plus, LEFTARG = timeline, RIGHTARG = timeline, COMMUTATOR = +);
COMMENT ON OPERATOR + (timeline, timeline) IS 'all events of both; the other one when one is NULL';

CREATE FUNCTION timeline_add(timeline, at timestamptz, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, numeric) IS
	'every event of one customer in order of time';

CREATE FUNCTION timeline_add(timeline, at timestamptz, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, int8) IS
	'every event of one customer in order of time';

CREATE FUNCTION timeline_add(timeline, at timestamptz, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, float8) IS
	'every event of one customer in order of time';

CREATE FUNCTION timeline_add(timeline, at timestamp, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, numeric) IS
	'every event of one customer in order of time; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at timestamp, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, int8) IS
	'every event of one customer in order of time; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at timestamp, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, float8) IS
	'every event of one customer in order of time; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at date, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_date_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, numeric) IS
	'every event of one customer in order of time; days are days in UTC';

CREATE FUNCTION timeline_add(timeline, at date, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_date_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, int8) IS
	'every event of one customer in order of time; days are days in UTC';

CREATE FUNCTION timeline_add(timeline, at date, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_date_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, float8) IS
	'every event of one customer in order of time; days are days in UTC';

CREATE FUNCTION timeline_add(timeline, at timestamptz, label text, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, label text, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, text, numeric) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event';

CREATE FUNCTION timeline_add(timeline, at timestamptz, label text, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, label text, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, text, int8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event';

CREATE FUNCTION timeline_add(timeline, at timestamptz, label text, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamptz, label text, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamptz, text, float8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event';

CREATE FUNCTION timeline_add(timeline, at timestamp, label text, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, label text, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, text, numeric) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at timestamp, label text, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, label text, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, text, int8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at timestamp, label text, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at timestamp, label text, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(timestamp, text, float8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; times are wall clock in UTC';

CREATE FUNCTION timeline_add(timeline, at date, label text, amount numeric) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_date_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, label text, amount numeric) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, text, numeric) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; days are days in UTC';

CREATE FUNCTION timeline_add(timeline, at date, label text, amount int8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_date_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, label text, amount int8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, text, int8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; days are days in UTC';

CREATE FUNCTION timeline_add(timeline, at date, label text, amount float8) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_add_label_date_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE timeline(at date, label text, amount float8) (
	SFUNC = timeline_add, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE timeline(date, text, float8) IS
	'every event of one customer with its label, in order of time; without an amount it is a pure event; days are days in UTC';

CREATE AGGREGATE rollup(timeline) (
	SFUNC = timeline_merge, STYPE = timeline, SSPACE = 160, INITCOND = '{"version": 1, "ignored": 0, "events": []}',
	COMBINEFUNC = timeline_merge, FINALFUNC = timeline_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(timeline) IS 'one timeline of many, such as an account of its people';

-- Asking.

CREATE FUNCTION events(timeline) RETURNS bigint
	AS 'MODULE_PATHNAME', 'timeline_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION events(timeline) IS
	'number of events';

CREATE FUNCTION ignored(timeline) RETURNS bigint
	AS 'MODULE_PATHNAME', 'timeline_get_ignored' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ignored(timeline) IS
	'number of rows skipped because their time or amount was NULL';

CREATE FUNCTION first_event_at(timeline) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'timeline_first_event_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_event_at(timeline) IS
	'time of the first event; NULL without events';

CREATE FUNCTION last_event_at(timeline) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'timeline_last_event_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_event_at(timeline) IS
	'time of the last event; NULL without events';

CREATE FUNCTION purchase_days(timeline) RETURNS bigint
	AS 'MODULE_PATHNAME', 'timeline_get_purchase_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION purchase_days(timeline) IS
	'number of distinct days with a purchase (days in UTC)';

CREATE FUNCTION purchase_days(timeline, timezone text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'timeline_get_purchase_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION purchase_days(timeline, text) IS
	'number of distinct days with a purchase (days in the named time zone)';

CREATE FUNCTION summarize(timeline, as_of date) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'timeline_summarize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION summarize(timeline, date) IS
	'purchase_summary of the events of days before as_of (days in UTC); NULL when there is nothing';

CREATE FUNCTION summarize(timeline, as_of date, timezone text) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'timeline_summarize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION summarize(timeline, date, text) IS
	'purchase_summary of the events of days before as_of (days in the named time zone); NULL when there is nothing';

CREATE FUNCTION unnest(timeline, OUT occurred_at timestamptz, OUT label text, OUT amount numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_unnest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION unnest(timeline) IS
	'a row for each event in order of time; amount is NULL for a pure event';
