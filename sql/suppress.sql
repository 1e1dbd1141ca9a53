-- suppress: numbers of few customers are not shown.

CREATE FUNCTION suppress(value float8, n bigint, k int DEFAULT 10) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION suppress(float8, bigint, int) IS
	'the value when it rests on at least k customers, otherwise NULL; NULL when n is NULL; k below 1 is an error';
CREATE FUNCTION suppress(value numeric, n bigint, k int DEFAULT 10) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION suppress(numeric, bigint, int) IS
	'the value when it rests on at least k customers, otherwise NULL; NULL when n is NULL; k below 1 is an error';
CREATE FUNCTION suppress(value bigint, n bigint, k int DEFAULT 10) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION suppress(bigint, bigint, int) IS
	'the value when it rests on at least k customers, otherwise NULL; NULL when n is NULL; k below 1 is an error';

CREATE FUNCTION suppress_set(n bigint, k int DEFAULT 10) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION suppress_set(bigint, int) IS
	'window function over the parts of one total: true for parts of 1 to k - 1 customers and for as many of the next larger ones as it takes that no hidden part follows from the total; where all are true, hide the total, too; NULL is never hidden';
