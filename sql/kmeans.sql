-- kmeans: clusters of customers in many variables.

\template io kmeans_sample

CREATE TYPE kmeans_sample (
	INTERNALLENGTH = VARIABLE,
	INPUT = kmeans_sample_in,
	OUTPUT = kmeans_sample_out,
	RECEIVE = kmeans_sample_recv,
	SEND = kmeans_sample_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kmeans_sample IS
	'what fit_kmeans has read: distinct points and how often they came, a bounded random choice of them when there are many; merges with + and rollup()';

\template json kmeans_sample
\template order kmeans_sample

\template io kmeans_model

CREATE TYPE kmeans_model (
	INTERNALLENGTH = VARIABLE,
	INPUT = kmeans_model_in,
	OUTPUT = kmeans_model_out,
	RECEIVE = kmeans_model_recv,
	SEND = kmeans_model_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE kmeans_model IS
	'centres of clusters, how features are scaled, and how well the clusters fit';

\template json kmeans_model
\template order kmeans_model

-- Fitting.

CREATE FUNCTION kmeans_sample_accumulate(kmeans_sample, features float8[], k int) RETURNS kmeans_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION kmeans_sample_accumulate(kmeans_sample, features float8[], k int, options jsonb) RETURNS kmeans_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION kmeans_sample_merge(kmeans_sample, kmeans_sample) RETURNS kmeans_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION kmeans_sample_merge(kmeans_sample, kmeans_sample) IS 'the points of both samples, which must be of one k, one number of features and the same options; the other one when one is NULL';
CREATE FUNCTION kmeans_sample_final(kmeans_sample) RETURNS kmeans_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = kmeans_sample_merge, LEFTARG = kmeans_sample, RIGHTARG = kmeans_sample, COMMUTATOR = +);
COMMENT ON OPERATOR + (kmeans_sample, kmeans_sample) IS 'the points of both samples, which must be of one k, one number of features and the same options; the other one when one is NULL';
CREATE AGGREGATE rollup(kmeans_sample) (
	SFUNC = kmeans_sample_merge, STYPE = kmeans_sample, SSPACE = 65536,
	INITCOND = '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}',
	COMBINEFUNC = kmeans_sample_merge, FINALFUNC = kmeans_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(kmeans_sample) IS
	'one kmeans_sample of many; NULLs are skipped';
CREATE FUNCTION fit_kmeans(kmeans_sample) RETURNS kmeans_model
	AS 'MODULE_PATHNAME', 'kmeans_sample_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION fit_kmeans(kmeans_sample) IS 'the clusters of the points in a sample; NULL for an empty one';

CREATE AGGREGATE kmeans_sample(features float8[], k int) (
	SFUNC = kmeans_sample_accumulate, STYPE = kmeans_sample, SSPACE = 65536,
	INITCOND = '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}',
	COMBINEFUNC = kmeans_sample_merge, FINALFUNC = kmeans_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_sample(float8[], int) IS
	'the points of a population, to be merged and fitted later with fit_kmeans(kmeans_sample)';
CREATE AGGREGATE fit_kmeans(features float8[], k int) (
	SFUNC = kmeans_sample_accumulate, STYPE = kmeans_sample, SSPACE = 65536,
	INITCOND = '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}',
	COMBINEFUNC = kmeans_sample_merge, FINALFUNC = fit_kmeans, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_kmeans(float8[], int) IS
	'k clusters of one array of numbers per customer, the same for any order of the rows; features are z-scored, ten k-means++ starts; NULL arrays are skipped';
CREATE AGGREGATE kmeans_sample(features float8[], k int, options jsonb) (
	SFUNC = kmeans_sample_accumulate, STYPE = kmeans_sample, SSPACE = 65536,
	INITCOND = '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}',
	COMBINEFUNC = kmeans_sample_merge, FINALFUNC = kmeans_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_sample(float8[], int, jsonb) IS
	'the points of a population, to be merged and fitted later with fit_kmeans(kmeans_sample)';
CREATE AGGREGATE fit_kmeans(features float8[], k int, options jsonb) (
	SFUNC = kmeans_sample_accumulate, STYPE = kmeans_sample, SSPACE = 65536,
	INITCOND = '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}',
	COMBINEFUNC = kmeans_sample_merge, FINALFUNC = fit_kmeans, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_kmeans(float8[], int, jsonb) IS
	'k clusters of one array of numbers per customer, the same for any order of the rows; options "scale" ("zscore", "minmax", "log1p+zscore", "none"), "seed", "starts", "max_iterations", "sample", "start", "previous"';

-- Applying and reading.

CREATE FUNCTION kmeans_cluster(model kmeans_model, features float8[]) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kmeans_cluster(kmeans_model, float8[]) IS
	'number 1 to k of the nearest centre; NULL when a feature is NULL';
CREATE FUNCTION kmeans_distance(model kmeans_model, features float8[]) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION kmeans_distance(kmeans_model, float8[]) IS
	'distance to the nearest centre in scaled units (standard deviations, with zscore); NULL when a feature is NULL';
CREATE FUNCTION kmeans_centres(model kmeans_model, OUT cluster int, OUT customers bigint, OUT share float8,
	OUT centre float8[], OUT within float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8;
COMMENT ON FUNCTION kmeans_centres(kmeans_model) IS
	'each cluster with the customers of the fit in it, their share, its centre in the units of the features and its sum of squares in scaled units';
CREATE FUNCTION kmeans_quality(model kmeans_model, OUT inertia float8, OUT silhouette float8, OUT n bigint,
	OUT iterations int) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kmeans_quality(kmeans_model) IS
	'sum of squares within clusters in scaled units, mean silhouette -1 to 1 (NULL for one cluster), rows read and iterations of the best start';
