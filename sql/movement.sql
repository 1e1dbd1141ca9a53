-- movement: who moved between segments, and who comes back.

\template io segment_moves

CREATE TYPE segment_moves (
	INTERNALLENGTH = VARIABLE,
	INPUT = segment_moves_in,
	OUTPUT = segment_moves_out,
	RECEIVE = segment_moves_recv,
	SEND = segment_moves_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE segment_moves IS
	'how many customers moved from which segment to which; merges with + and rollup()';

\template json segment_moves

\template order segment_moves

CREATE FUNCTION segment_moves_accumulate(segment_moves, before text, after text) RETURNS segment_moves
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment_moves_merge(segment_moves, segment_moves) RETURNS segment_moves
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segment_moves_merge(segment_moves, segment_moves) IS 'the customers of both; the other one when one is NULL';
CREATE FUNCTION segment_moves_final(segment_moves) RETURNS segment_moves
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = segment_moves_merge, LEFTARG = segment_moves, RIGHTARG = segment_moves, COMMUTATOR = +);
COMMENT ON OPERATOR + (segment_moves, segment_moves) IS 'the customers of both; the other one when one is NULL';
CREATE AGGREGATE rollup(segment_moves) (
	SFUNC = segment_moves_merge, STYPE = segment_moves, SSPACE = 8192,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = segment_moves_merge, FINALFUNC = segment_moves_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(segment_moves) IS
	'one segment_moves of many; NULLs are skipped';
CREATE AGGREGATE segment_moves(before text, after text) (
	SFUNC = segment_moves_accumulate, STYPE = segment_moves, SSPACE = 8192,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = segment_moves_merge, FINALFUNC = segment_moves_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment_moves(text, text) IS
	'moves of one row per customer between the segments of two dates; NULL is absent, and a row with both NULL is skipped and counted';

CREATE FUNCTION moves(segment_moves, OUT before text, OUT after text, OUT customers bigint, OUT share float8,
	OUT lo float8, OUT hi float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION moves(segment_moves) IS
	'each pair of segments with its customers and their share of all with the same segment before, with a 95 % interval (Wilson); NULL is absent: entered or left';

\template io cohort_retention

CREATE TYPE cohort_retention (
	INTERNALLENGTH = VARIABLE,
	INPUT = cohort_retention_in,
	OUTPUT = cohort_retention_out,
	RECEIVE = cohort_retention_recv,
	SEND = cohort_retention_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE cohort_retention IS
	'how many customers of each cohort purchased in each period after their first; merges with + and rollup()';

\template json cohort_retention

\template order cohort_retention

CREATE FUNCTION cohort_retention_accumulate(cohort_retention, history timeline, period text, as_of date) RETURNS cohort_retention
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION cohort_retention_merge(cohort_retention, cohort_retention) RETURNS cohort_retention
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_merge(cohort_retention, cohort_retention) IS 'the customers of both, which must be of one period and as_of; the other one when one is NULL';
CREATE FUNCTION cohort_retention_final(cohort_retention) RETURNS cohort_retention
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = cohort_retention_merge, LEFTARG = cohort_retention, RIGHTARG = cohort_retention, COMMUTATOR = +);
COMMENT ON OPERATOR + (cohort_retention, cohort_retention) IS 'the customers of both, which must be of one period and as_of; the other one when one is NULL';
CREATE AGGREGATE rollup(cohort_retention) (
	SFUNC = cohort_retention_merge, STYPE = cohort_retention, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = cohort_retention_merge, FINALFUNC = cohort_retention_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(cohort_retention) IS
	'one cohort_retention of many; NULLs are skipped';
CREATE AGGREGATE cohort_retention(history timeline, period text, as_of date) (
	SFUNC = cohort_retention_accumulate, STYPE = cohort_retention, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = cohort_retention_merge, FINALFUNC = cohort_retention_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(timeline, text, date) IS
	'retention of the purchases before as_of, one timeline per customer, by day, week, month, quarter or year in UTC; customers without a purchase are skipped and counted';

CREATE FUNCTION cohort_rows(cohort_retention, OUT cohort date, OUT age int, OUT customers bigint, OUT active bigint,
	OUT share float8, OUT lo float8, OUT hi float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION cohort_rows(cohort_retention) IS
	'each cohort by its first day, with its customers and how many of them purchased in the period of that age, with a 95 % interval (Wilson); NULL until that period has ended';
