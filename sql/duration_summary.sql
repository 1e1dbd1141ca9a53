-- duration_summary: how long things take, those that are not over included.

\template io duration_summary

CREATE TYPE duration_summary (
	INTERNALLENGTH = VARIABLE,
	INPUT = duration_summary_in,
	OUTPUT = duration_summary_out,
	RECEIVE = duration_summary_recv,
	SEND = duration_summary_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE duration_summary IS
	'durations of cases that ended and of cases still open, with more than 1024 distinct ones in fixed buckets between round durations; merges with + and rollup()';

\template json duration_summary

\template order duration_summary

-- Building and merging.

CREATE FUNCTION duration_summary_final(duration_summary) RETURNS duration_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION duration_summary_merge(duration_summary, duration_summary) RETURNS duration_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION duration_summary_minus(duration_summary, duration_summary) RETURNS duration_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE OPERATOR + (FUNCTION = duration_summary_merge, LEFTARG = duration_summary, RIGHTARG = duration_summary,
	COMMUTATOR = +);
COMMENT ON OPERATOR + (duration_summary, duration_summary) IS
	'the summary of both; the other one when one is NULL';
CREATE OPERATOR - (FUNCTION = duration_summary_minus, LEFTARG = duration_summary, RIGHTARG = duration_summary);
COMMENT ON OPERATOR - (duration_summary, duration_summary) IS
	'the cases of the left without those of the right, which must be among them; NULL when nothing is left';

CREATE FUNCTION duration_summary_add(duration_summary, started timestamptz, ended timestamptz, as_of timestamptz) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started timestamptz, ended timestamptz, as_of timestamptz) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(timestamptz, timestamptz, timestamptz) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored';

CREATE FUNCTION duration_summary_add(duration_summary, started timestamp, ended timestamp, as_of timestamp) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started timestamp, ended timestamp, as_of timestamp) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(timestamp, timestamp, timestamp) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; times are wall clock in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, started timestamp, ended timestamp, as_of timestamptz) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started timestamp, ended timestamp, as_of timestamptz) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(timestamp, timestamp, timestamptz) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; times are wall clock in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, started timestamp, ended timestamp, as_of date) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add_until_day' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started timestamp, ended timestamp, as_of date) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(timestamp, timestamp, date) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; times and the day are wall clock in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, started date, ended date, as_of date) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started date, ended date, as_of date) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(date, date, date) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; days are days in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, started date, ended date, as_of timestamptz) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add_date_instant' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started date, ended date, as_of timestamptz) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(date, date, timestamptz) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; days are days in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, started date, ended date, as_of timestamp) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add_date_instant' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(started date, ended date, as_of timestamp) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(date, date, timestamp) IS
	'durations of cases as they stood at as_of, the same in all rows; without an end before it a case is open; one not begun before it is ignored; days and the time are wall clock in UTC';

CREATE FUNCTION duration_summary_add(duration_summary, duration interval, observed bool) RETURNS duration_summary
	AS 'MODULE_PATHNAME', 'duration_summary_add_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE duration_summary(duration interval, observed bool) (
	SFUNC = duration_summary_add, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_summary(interval, bool) IS
	'durations that were observed to their end, or only so far; a row with a NULL is ignored';

CREATE AGGREGATE rollup(duration_summary) (
	SFUNC = duration_summary_merge, STYPE = duration_summary, SSPACE = 4096, INITCOND = '{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}',
	COMBINEFUNC = duration_summary_merge, FINALFUNC = duration_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(duration_summary) IS 'one summary of many, such as a month of its days';

-- Asking.

CREATE FUNCTION cases(duration_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'duration_summary_get_cases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cases(duration_summary) IS
	'number of cases, ended or open';

CREATE FUNCTION ended_count(duration_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'duration_summary_ended_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ended_count(duration_summary) IS
	'number of cases that ended';

CREATE FUNCTION open_count(duration_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'duration_summary_open_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION open_count(duration_summary) IS
	'number of cases that were still open';

CREATE FUNCTION ignored(duration_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'duration_summary_get_ignored' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ignored(duration_summary) IS
	'number of rows skipped: no start, not begun before as_of, or no duration';

CREATE FUNCTION quantile(duration_summary, p float8) RETURNS interval
	AS 'MODULE_PATHNAME', 'duration_summary_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quantile(duration_summary, float8) IS
	'time by which a share p of all cases has ended, open ones taken into account (Kaplan-Meier), in days of 24 hours; NULL when not known yet; with more than 1024 distinct durations round ones are exact and others within 0.78 %';

CREATE FUNCTION quantile_hours(duration_summary, p float8) RETURNS float8
	AS 'MODULE_PATHNAME', 'duration_summary_quantile_hours' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quantile_hours(duration_summary, float8) IS
	'time in hours by which a share p of all cases has ended (Kaplan-Meier); NULL when not known yet';

CREATE FUNCTION quantile_range(duration_summary, p float8, OUT lo interval, OUT hi interval)
	AS 'MODULE_PATHNAME', 'duration_summary_quantile_range' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quantile_range(duration_summary, float8) IS
	'the 95 % interval of a quantile (log-log band); an end that is not known yet is NULL';

CREATE FUNCTION survival(duration_summary, t interval) RETURNS estimate
	AS 'MODULE_PATHNAME', 'duration_summary_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival(duration_summary, interval) IS
	'share of cases that take longer than t, 0..1, with its 95 % interval (Kaplan-Meier, log-log); NULL beyond the longest case while some are open there; with more than 1024 distinct durations t should be round (whole minutes until 5 h 20 min, hours until 8 days, days until 320 days), any other is known to 0.78 %';

CREATE FUNCTION within(duration_summary, t interval) RETURNS estimate
	AS 'MODULE_PATHNAME', 'duration_summary_within' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION within(duration_summary, interval) IS
	'share of cases that end within t, 0..1, with its 95 % interval: 1 - survival; NULL beyond the longest case while some are open there; with more than 1024 distinct durations t should be round (whole minutes until 5 h 20 min, hours until 8 days, days until 320 days), any other is known to 0.78 %';

CREATE FUNCTION restricted_mean(duration_summary, horizon interval) RETURNS estimate
	AS 'MODULE_PATHNAME', 'duration_summary_restricted_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION restricted_mean(duration_summary, interval) IS
	'mean duration in hours, each counted as at most the horizon, with its 95 % interval; NULL when the horizon is beyond the longest case while some are open there';

CREATE FUNCTION logrank(a duration_summary, b duration_summary) RETURNS test_result
	AS 'MODULE_PATHNAME', 'duration_summary_logrank' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION logrank(duration_summary, duration_summary) IS
	'do cases of a and b take equally long? (log-rank); NULL when nothing can be compared';

CREATE FUNCTION survival_curve(duration_summary,
		OUT duration interval, OUT hours float8, OUT at_risk bigint, OUT ended bigint, OUT open bigint,
		OUT survival float8, OUT se float8, OUT lo float8, OUT hi float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'duration_summary_survival_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION survival_curve(duration_summary) IS
	'a row for each distinct duration, or bucket: cases at risk just before it, how many ended and how many were open at it, and the share that takes longer, with its 95 % interval';
