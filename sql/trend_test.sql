-- trend_test(): does a share rise or fall over ordered groups?

CREATE TYPE test_result AS (statistic float8, p float8);
COMMENT ON TYPE test_result IS 'a test statistic and the chance of one as large if there were no difference';
COMMENT ON COLUMN test_result.statistic IS 'chi-squared of one degree of freedom';
COMMENT ON COLUMN test_result.p IS 'chance of a statistic as large if there were no difference, 0..1';

CREATE FUNCTION trend_test_add(numeric[], good bigint, n bigint, score numeric) RETURNS numeric[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION trend_test_merge(numeric[], numeric[]) RETURNS numeric[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION trend_test_final(numeric[]) RETURNS test_result
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE AGGREGATE trend_test(good bigint, n bigint, score numeric) (
	SFUNC = trend_test_add, STYPE = numeric[], INITCOND = '{0, 0, 0, 0, 0}',
	COMBINEFUNC = trend_test_merge, FINALFUNC = trend_test_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE trend_test(bigint, bigint, numeric) IS
	'does the share good / n of ordered groups rise or fall with their score (Cochran-Armitage); a group with a NULL is skipped; NULL when all cases are good, none is, or there are fewer than two scores';
