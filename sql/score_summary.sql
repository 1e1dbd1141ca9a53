-- score_summary: what customers answered on a scale; NPS, CSAT and the mean with their uncertainty.

\template io score_summary

CREATE TYPE score_summary (
	INTERNALLENGTH = VARIABLE,
	INPUT = score_summary_in,
	OUTPUT = score_summary_out,
	RECEIVE = score_summary_recv,
	SEND = score_summary_send,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE score_summary IS
	'counts of survey scores on a scale and of those who did not answer; merges with + and rollup()';

\template json score_summary

\template order score_summary

-- Building and merging.

CREATE FUNCTION score_summary_final(score_summary) RETURNS score_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION score_summary_merge(score_summary, score_summary) RETURNS score_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION score_summary_minus(score_summary, score_summary) RETURNS score_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE OPERATOR + (FUNCTION = score_summary_merge, LEFTARG = score_summary, RIGHTARG = score_summary,
	COMMUTATOR = +);
COMMENT ON OPERATOR + (score_summary, score_summary) IS
	'the summary of both; the other one when one is NULL';
CREATE OPERATOR - (FUNCTION = score_summary_minus, LEFTARG = score_summary, RIGHTARG = score_summary);
COMMENT ON OPERATOR - (score_summary, score_summary) IS
	'the scores of the left without those of the right, which must be among them; NULL when nothing is left';

CREATE FUNCTION score_summary_add(score_summary, score int) RETURNS score_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE score_summary(score int) (
	SFUNC = score_summary_add, STYPE = score_summary, SSPACE = 128, INITCOND = '{"version": 1, "lowest": 0, "counts": [], "asked": 0}',
	COMBINEFUNC = score_summary_merge, FINALFUNC = score_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_summary(int) IS
	'summary of scores of 0 to 10; a NULL score is somebody who was asked and did not answer';

CREATE FUNCTION score_summary_add(score_summary, score int, scale int4range) RETURNS score_summary
	AS 'MODULE_PATHNAME', 'score_summary_add_scale' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE score_summary(score int, scale int4range) (
	SFUNC = score_summary_add, STYPE = score_summary, SSPACE = 128, INITCOND = '{"version": 1, "lowest": 0, "counts": [], "asked": 0}',
	COMBINEFUNC = score_summary_merge, FINALFUNC = score_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_summary(int, int4range) IS
	'summary of scores of a scale of 2 to 101 scores, such as int4range(1, 5, ''[]''); a NULL score is somebody who was asked and did not answer';

-- For tables with a wrong score somewhere: the error says where.
CREATE FUNCTION score_summary_add(score_summary, score bigint, scale int4range, customer text, at timestamptz) RETURNS score_summary
	AS 'MODULE_PATHNAME', 'score_summary_add_contact' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE score_summary(score bigint, scale int4range, customer text, at timestamptz) (
	SFUNC = score_summary_add, STYPE = score_summary, SSPACE = 128, INITCOND = '{"version": 1, "lowest": 0, "counts": [], "asked": 0}',
	COMBINEFUNC = score_summary_merge, FINALFUNC = score_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_summary(bigint, int4range, text, timestamptz) IS
	'the same of score and scale; the error of a score outside of the scale names its customer and contact';

CREATE AGGREGATE rollup(score_summary) (
	SFUNC = score_summary_merge, STYPE = score_summary, SSPACE = 128, INITCOND = '{"version": 1, "lowest": 0, "counts": [], "asked": 0}',
	COMBINEFUNC = score_summary_merge, FINALFUNC = score_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(score_summary) IS 'one summary of many of the same scale';

-- Asking.

CREATE FUNCTION asked(score_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'score_summary_get_asked' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION asked(score_summary) IS
	'number of rows seen, with a score or without';

CREATE FUNCTION responses(score_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'score_summary_get_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION responses(score_summary) IS
	'number of rows with a score';

CREATE FUNCTION responses(score_summary, good int4range) RETURNS bigint
	AS 'MODULE_PATHNAME', 'score_summary_get_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION responses(score_summary, int4range) IS
	'number of scores in a range';

CREATE FUNCTION response_rate(score_summary) RETURNS estimate
	AS 'MODULE_PATHNAME', 'score_summary_response_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION response_rate(score_summary) IS
	'share of those asked who gave a score, 0..1, with its 95 % interval (Wilson)';

CREATE FUNCTION nps(score_summary) RETURNS estimate
	AS 'MODULE_PATHNAME', 'score_summary_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(score_summary) IS
	'net promoter score on -100..100: share of scores 9 and 10 less share of scores 0 to 6, with its 95 % interval (adjusted Wald); NULL without scores';

CREATE FUNCTION csat(score_summary, good int4range) RETURNS estimate
	AS 'MODULE_PATHNAME', 'score_summary_csat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(score_summary, int4range) IS
	'share of scores that are good, 0..1, with its 95 % interval (Wilson); NULL without scores';

CREATE FUNCTION mean_score(score_summary) RETURNS estimate
	AS 'MODULE_PATHNAME', 'score_summary_mean_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mean_score(score_summary) IS
	'mean of the scores with its 95 % interval (Student, within the scale); NULL without scores, no interval for a single one';

CREATE FUNCTION nps_difference(a score_summary, b score_summary,
		OUT value float8, OUT lo float8, OUT hi float8, OUT p float8)
	AS 'MODULE_PATHNAME', 'score_summary_nps_difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_difference(score_summary, score_summary) IS
	'net promoter score of a less that of b with its 95 % interval and two-sided p; NULL when one has no scores';

CREATE FUNCTION csat_difference(a score_summary, b score_summary, good int4range,
		OUT value float8, OUT lo float8, OUT hi float8, OUT p float8)
	AS 'MODULE_PATHNAME', 'score_summary_csat_difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_difference(score_summary, score_summary, int4range) IS
	'share of good scores in a less that in b with its 95 % interval (Newcombe) and two-sided p; NULL when one has no scores, an error when their scales differ';
