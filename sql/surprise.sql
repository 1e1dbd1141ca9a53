-- surprise() and fdr(): alerts that do not cry wolf.

CREATE TYPE surprise_result AS (
	expected float8, p float8, cusum float8, alarm bool, reason text, cusum_limit float8);
COMMENT ON TYPE surprise_result IS 'how surprising the count of a day is';
COMMENT ON COLUMN surprise_result.expected IS 'the count that the baseline lets expect';
COMMENT ON COLUMN surprise_result.p IS 'chance of the count or more, 0..1; NULL when it cannot be known';
COMMENT ON COLUMN surprise_result.cusum IS 'what has gathered beyond the expected, for slow rises';
COMMENT ON COLUMN surprise_result.alarm IS 'p is below its limit or cusum above its own';
COMMENT ON COLUMN surprise_result.reason IS 'why there is an alarm, or why p is NULL';
COMMENT ON COLUMN surprise_result.cusum_limit IS 'the limit of cusum on this day';

CREATE FUNCTION surprise(n bigint, day date, exposure float8) RETURNS surprise_result
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION surprise(bigint, date, float8) IS
	'is the count of a day surprising, given the 28 to 3 days before it? OVER (PARTITION BY topic ORDER BY day); absent days count 0, a row with a NULL is unknown';
CREATE FUNCTION surprise(n bigint, day date, exposure float8, options jsonb) RETURNS surprise_result
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION surprise(bigint, date, float8, jsonb) IS
	'is the count of a day surprising, with options {"p_limit": 0.001, "cusum_limit": 7}';

CREATE FUNCTION fdr(p float8) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION fdr(float8) IS
	'the false discovery rate at which a p is a finding among those of its partition (Benjamini-Hochberg); NULL for NULL, which does not count';
