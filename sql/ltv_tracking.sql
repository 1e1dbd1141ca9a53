-- ltv_tracking: expected against actual repeat purchases, over time and as a histogram.

\template io ltv_tracking

CREATE TYPE ltv_tracking (
	INTERNALLENGTH = VARIABLE,
	INPUT = ltv_tracking_in,
	OUTPUT = ltv_tracking_out,
	RECEIVE = ltv_tracking_recv,
	SEND = ltv_tracking_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE ltv_tracking IS
	'a model, and of its customers what the plots of expected against actual repeat purchases need; merges with + and rollup()';

\template json ltv_tracking
\template order ltv_tracking

CREATE FUNCTION ltv_tracking_accumulate(ltv_tracking, model ltv_model, purchases timeline, until date) RETURNS ltv_tracking
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_tracking_accumulate(ltv_tracking, model ltv_model, purchases timeline, until date, step interval) RETURNS ltv_tracking
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_tracking_merge(ltv_tracking, ltv_tracking) RETURNS ltv_tracking
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ltv_tracking_merge(ltv_tracking, ltv_tracking) IS
	'the customers of both, which must be of one model, until and step; the other one when one is NULL';
CREATE FUNCTION ltv_tracking_final(ltv_tracking) RETURNS ltv_tracking
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR + (FUNCTION = ltv_tracking_merge, LEFTARG = ltv_tracking, RIGHTARG = ltv_tracking, COMMUTATOR = +);
COMMENT ON OPERATOR + (ltv_tracking, ltv_tracking) IS
	'the customers of both; the other one when one is NULL';

CREATE AGGREGATE ltv_tracking(model ltv_model, purchases timeline, until date) (
	SFUNC = ltv_tracking_accumulate, STYPE = ltv_tracking, SSPACE = 16384,
	INITCOND = '{"version": 1, "until": null, "step_days": 0, "after_as_of": 0, "ignored": 0, "frequencies": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "days": [], "model": null}',
	COMBINEFUNC = ltv_tracking_merge, FINALFUNC = ltv_tracking_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_tracking(ltv_model, timeline, date) IS
	'what the tracking plots need of the customers with a purchase before the as_of of the model, followed to the day before until in steps of its period; NULL timelines are skipped';
CREATE AGGREGATE ltv_tracking(model ltv_model, purchases timeline, until date, step interval) (
	SFUNC = ltv_tracking_accumulate, STYPE = ltv_tracking, SSPACE = 16384,
	INITCOND = '{"version": 1, "until": null, "step_days": 0, "after_as_of": 0, "ignored": 0, "frequencies": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "days": [], "model": null}',
	COMBINEFUNC = ltv_tracking_merge, FINALFUNC = ltv_tracking_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_tracking(ltv_model, timeline, date, interval) IS
	'the same in steps of whole days';
CREATE AGGREGATE rollup(ltv_tracking) (
	SFUNC = ltv_tracking_merge, STYPE = ltv_tracking, SSPACE = 16384,
	INITCOND = '{"version": 1, "until": null, "step_days": 0, "after_as_of": 0, "ignored": 0, "frequencies": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "days": [], "model": null}',
	COMBINEFUNC = ltv_tracking_merge, FINALFUNC = ltv_tracking_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ltv_tracking) IS
	'one tracking of many, which must be of one model, until and step';

CREATE FUNCTION tracking_periods(ltv_tracking, OUT period_end date, OUT in_holdout bool, OUT expected_cumulative float8,
	OUT actual_cumulative bigint, OUT expected_incremental float8, OUT actual_incremental bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ltv_tracking_periods' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION tracking_periods(ltv_tracking) IS
	'expected and actual repeat purchase days before each period_end, and since the one before; one period ends at the as_of of the model, what comes later is holdout; expected is NULL when the model could not be fitted';
CREATE FUNCTION tracking_frequencies(ltv_tracking, OUT repeat_purchases int, OUT or_more bool, OUT actual_customers bigint,
	OUT expected_customers float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ltv_tracking_frequencies' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 11;
COMMENT ON FUNCTION tracking_frequencies(ltv_tracking) IS
	'actual and expected customers by repeat purchase days before the as_of of the model, 10 or more in one row; expected is NULL when the model could not be fitted';
