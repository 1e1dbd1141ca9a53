-- kmeans: clusters, their order independence, scaling, names that stay, and what is refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET extra_float_digits = 0;

--
-- Iris (Anderson 1935, Fisher 1936): the well-known solution of R's kmeans, within-SS 78.85144, sizes 38, 50, 62, silhouette .5528.
--
CREATE TEMP TABLE iris AS SELECT id, features::float8[] FROM regexp_split_to_table(
	'{5.1,3.5,1.4,0.2} {4.9,3,1.4,0.2} {4.7,3.2,1.3,0.2} {4.6,3.1,1.5,0.2} {5,3.6,1.4,0.2} {5.4,3.9,1.7,0.4} {4.6,3.4,1.4,0.3} {5,3.4,1.5,0.2} {4.4,2.9,1.4,0.2} {4.9,3.1,1.5,0.1} {5.4,3.7,1.5,0.2} {4.8,3.4,1.6,0.2} {4.8,3,1.4,0.1} {4.3,3,1.1,0.1} {5.8,4,1.2,0.2} ' ||
	'{5.7,4.4,1.5,0.4} {5.4,3.9,1.3,0.4} {5.1,3.5,1.4,0.3} {5.7,3.8,1.7,0.3} {5.1,3.8,1.5,0.3} {5.4,3.4,1.7,0.2} {5.1,3.7,1.5,0.4} {4.6,3.6,1,0.2} {5.1,3.3,1.7,0.5} {4.8,3.4,1.9,0.2} {5,3,1.6,0.2} {5,3.4,1.6,0.4} {5.2,3.5,1.5,0.2} {5.2,3.4,1.4,0.2} {4.7,3.2,1.6,0.2} ' ||
	'{4.8,3.1,1.6,0.2} {5.4,3.4,1.5,0.4} {5.2,4.1,1.5,0.1} {5.5,4.2,1.4,0.2} {4.9,3.1,1.5,0.2} {5,3.2,1.2,0.2} {5.5,3.5,1.3,0.2} {4.9,3.6,1.4,0.1} {4.4,3,1.3,0.2} {5.1,3.4,1.5,0.2} {5,3.5,1.3,0.3} {4.5,2.3,1.3,0.3} {4.4,3.2,1.3,0.2} {5,3.5,1.6,0.6} {5.1,3.8,1.9,0.4} ' ||
	'{4.8,3,1.4,0.3} {5.1,3.8,1.6,0.2} {4.6,3.2,1.4,0.2} {5.3,3.7,1.5,0.2} {5,3.3,1.4,0.2} {7,3.2,4.7,1.4} {6.4,3.2,4.5,1.5} {6.9,3.1,4.9,1.5} {5.5,2.3,4,1.3} {6.5,2.8,4.6,1.5} {5.7,2.8,4.5,1.3} {6.3,3.3,4.7,1.6} {4.9,2.4,3.3,1} {6.6,2.9,4.6,1.3} {5.2,2.7,3.9,1.4} ' ||
	'{5,2,3.5,1} {5.9,3,4.2,1.5} {6,2.2,4,1} {6.1,2.9,4.7,1.4} {5.6,2.9,3.6,1.3} {6.7,3.1,4.4,1.4} {5.6,3,4.5,1.5} {5.8,2.7,4.1,1} {6.2,2.2,4.5,1.5} {5.6,2.5,3.9,1.1} {5.9,3.2,4.8,1.8} {6.1,2.8,4,1.3} {6.3,2.5,4.9,1.5} {6.1,2.8,4.7,1.2} {6.4,2.9,4.3,1.3} ' ||
	'{6.6,3,4.4,1.4} {6.8,2.8,4.8,1.4} {6.7,3,5,1.7} {6,2.9,4.5,1.5} {5.7,2.6,3.5,1} {5.5,2.4,3.8,1.1} {5.5,2.4,3.7,1} {5.8,2.7,3.9,1.2} {6,2.7,5.1,1.6} {5.4,3,4.5,1.5} {6,3.4,4.5,1.6} {6.7,3.1,4.7,1.5} {6.3,2.3,4.4,1.3} {5.6,3,4.1,1.3} {5.5,2.5,4,1.3} ' ||
	'{5.5,2.6,4.4,1.2} {6.1,3,4.6,1.4} {5.8,2.6,4,1.2} {5,2.3,3.3,1} {5.6,2.7,4.2,1.3} {5.7,3,4.2,1.2} {5.7,2.9,4.2,1.3} {6.2,2.9,4.3,1.3} {5.1,2.5,3,1.1} {5.7,2.8,4.1,1.3} {6.3,3.3,6,2.5} {5.8,2.7,5.1,1.9} {7.1,3,5.9,2.1} {6.3,2.9,5.6,1.8} {6.5,3,5.8,2.2} ' ||
	'{7.6,3,6.6,2.1} {4.9,2.5,4.5,1.7} {7.3,2.9,6.3,1.8} {6.7,2.5,5.8,1.8} {7.2,3.6,6.1,2.5} {6.5,3.2,5.1,2} {6.4,2.7,5.3,1.9} {6.8,3,5.5,2.1} {5.7,2.5,5,2} {5.8,2.8,5.1,2.4} {6.4,3.2,5.3,2.3} {6.5,3,5.5,1.8} {7.7,3.8,6.7,2.2} {7.7,2.6,6.9,2.3} {6,2.2,5,1.5} ' ||
	'{6.9,3.2,5.7,2.3} {5.6,2.8,4.9,2} {7.7,2.8,6.7,2} {6.3,2.7,4.9,1.8} {6.7,3.3,5.7,2.1} {7.2,3.2,6,1.8} {6.2,2.8,4.8,1.8} {6.1,3,4.9,1.8} {6.4,2.8,5.6,2.1} {7.2,3,5.8,1.6} {7.4,2.8,6.1,1.9} {7.9,3.8,6.4,2} {6.4,2.8,5.6,2.2} {6.3,2.8,5.1,1.5} {6.1,2.6,5.6,1.4} ' ||
	'{7.7,3,6.1,2.3} {6.3,3.4,5.6,2.4} {6.4,3.1,5.5,1.8} {6,3,4.8,1.8} {6.9,3.1,5.4,2.1} {6.7,3.1,5.6,2.4} {6.9,3.1,5.1,2.3} {5.8,2.7,5.1,1.9} {6.8,3.2,5.9,2.3} {6.7,3.3,5.7,2.5} {6.7,3,5.2,2.3} {6.3,2.5,5,1.9} {6.5,3,5.2,2} {6.2,3.4,5.4,2.3} {5.9,3,5.1,1.8}'
, ' ') WITH ORDINALITY AS t(features, id);
CREATE TEMP TABLE iris_model AS SELECT fit_kmeans(features, 3, '{"scale": "none"}') AS model FROM iris;
SELECT count(*) AS n, sum(features[1]) AS sum_1, sum(features[4]) AS sum_4 FROM iris;
SELECT round(inertia::numeric, 5) AS inertia, round(silhouette::numeric, 4) AS silhouette, n, iterations > 0 AS iterated FROM iris_model, kmeans_quality(model);
SELECT cluster, customers, round(share::numeric, 4) AS share, (SELECT array_agg(round(c::numeric, 4)) FROM unnest(centre) AS c) AS centre, round(within::numeric, 4) AS within
FROM iris_model, kmeans_centres(model);
-- The silhouette by its definition in SQL, the clusters' members, centres and sums of squares from kmeans_cluster.
WITH m AS MATERIALIZED (SELECT id, features, kmeans_cluster(model, features) AS cluster, kmeans_distance(model, features) AS distance FROM iris, iris_model),
	pair AS (SELECT a.id, a.cluster AS own, b.cluster AS other, avg(d) FILTER (WHERE a.id <> b.id) AS mean
		FROM m AS a, m AS b, LATERAL (SELECT sqrt(sum((x - y) ^ 2)) AS d FROM unnest(a.features, b.features) AS u(x, y)) AS d GROUP BY 1, 2, 3),
	s AS (SELECT id, min(mean) FILTER (WHERE own = other) AS a, min(mean) FILTER (WHERE own <> other) AS b FROM pair GROUP BY id)
SELECT (SELECT round(avg((b - a) / greatest(a, b))::numeric, 9) FROM s) = round(silhouette::numeric, 9) AS silhouette,
	(SELECT abs(sum(distance ^ 2) - inertia) < 1e-9 FROM m) AS inertia,
	(SELECT array_agg(n ORDER BY cluster) FROM (SELECT cluster, count(*) AS n FROM m GROUP BY cluster) AS x) AS sizes,
	(SELECT count(*) FROM m GROUP BY cluster = 1 ORDER BY 1 LIMIT 1) IS NOT NULL AS members
FROM iris_model, kmeans_quality(model);

-- The same bytes for any order of the rows, any tree of merges, and in parallel.
CREATE TEMP TABLE part AS SELECT id % 7 AS part, kmeans_sample(features, 3, '{"scale": "none"}') AS sample FROM iris GROUP BY 1;
SELECT count(DISTINCT m::text) AS results FROM (
	SELECT model AS m FROM iris_model
	UNION ALL SELECT fit_kmeans(features, 3, '{"scale": "none"}' ORDER BY id DESC) FROM iris
	UNION ALL SELECT fit_kmeans(features, 3, '{"scale": "none"}' ORDER BY md5(id::text)) FROM iris
	UNION ALL SELECT fit_kmeans(kmeans_sample(features, 3, '{"scale": "none"}')) FROM iris
	UNION ALL SELECT fit_kmeans(rollup(sample)) FROM part
	UNION ALL SELECT fit_kmeans(rollup(sample ORDER BY part DESC)) FROM part
	UNION ALL SELECT fit_kmeans((SELECT rollup(sample) FROM part WHERE part < 3) + NULL + (SELECT rollup(sample) FROM part WHERE part >= 3))) AS x;
CREATE TABLE kmeans_rows AS
SELECT i, ARRAY[sin(i) * 3 + i % 5, cos(i * 7) + (i % 3) * 4, ln(i)] AS features FROM generate_series(1, 30000) AS i;
CREATE TEMP TABLE serial AS SELECT fit_kmeans(features, 5, '{"sample": 1000, "starts": 3}') AS model, kmeans_sample(features, 5, '{"sample": 1000, "starts": 3}') AS sample FROM kmeans_rows;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT fit_kmeans(features, 5) FROM kmeans_rows;
SELECT (SELECT fit_kmeans(features, 5, '{"sample": 1000, "starts": 3}') FROM kmeans_rows)::text = model::text AS parallel_same,
	(SELECT kmeans_sample(features, 5, '{"sample": 1000, "starts": 3}' ORDER BY i DESC) FROM kmeans_rows)::text = sample::text AS sample_same,
	json_array_length(sample::json -> 'points') AS kept, (kmeans_quality(model)).n, model::json ->> 'sampled' AS sampled
FROM serial;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
-- R 4.2.2: kmeans(x, x[1:k, ], algorithm = "Lloyd", iter.max = 10000)$tot.withinss and $iter, of these rows with k = 8 and 25.
SELECT k, round(inertia::numeric, 6) AS inertia, iterations, n FROM unnest('{8,25}'::int[]) AS k,
	LATERAL (SELECT fit_kmeans(features, k, jsonb_build_object('scale', 'none', 'max_iterations', 10000, 'start', (SELECT jsonb_agg(to_jsonb(features) ORDER BY i) FROM kmeans_rows WHERE i <= k))) AS m FROM kmeans_rows) AS f, kmeans_quality(m);
-- And on a grid, where distances tie and rows are equal, of rows 1, 5, 9, 17, 33, 64 and 70: $size as well.
CREATE TEMP TABLE grid AS SELECT i, ARRAY[i % 7, i / 7 % 11, i * i % 5]::float8[] AS features FROM generate_series(0, 999) AS i;
SELECT k, round(inertia::numeric, 6) AS inertia, iterations, (SELECT array_agg(customers ORDER BY cluster) FROM kmeans_centres(m)) AS sizes FROM unnest('{3,7}'::int[]) AS k,
	LATERAL (SELECT fit_kmeans(features, k, jsonb_build_object('scale', 'none', 'start', (SELECT jsonb_agg(to_jsonb(features) ORDER BY o) FROM grid JOIN (SELECT * FROM unnest('{0,4,8,16,32,63,69}'::int[]) WITH ORDINALITY AS s(i, o)) AS s USING (i) WHERE o <= k))) AS m FROM grid) AS f, kmeans_quality(m);
-- A sample of them all finds nearly the same clusters as all of them.
SELECT abs((kmeans_quality(model)).inertia / (SELECT (kmeans_quality(fit_kmeans(features, 5, '{"starts": 3}'))).inertia FROM kmeans_rows) - 1) < 0.1 AS close FROM serial;
-- Equal rows are one point with a count: 1000 times the same data has the same centres.
SELECT count(DISTINCT (SELECT array_agg(round(c::numeric, 9) ORDER BY cluster, o) FROM kmeans_centres(m), unnest(centre) WITH ORDINALITY AS u(c, o))) AS centres
FROM (SELECT model AS m FROM iris_model UNION ALL SELECT fit_kmeans(features, 3, '{"scale": "none"}') FROM iris, generate_series(1, 100)) AS x;

-- A point that stands for half of all rows may or may not be in a sample of distinct points: a warning, and none where points are alike.
SELECT count(m) FROM (SELECT fit_kmeans(CASE WHEN i % 2 = 0 THEN ARRAY[0, 0] ELSE ARRAY[i, i % 7] END::float8[], 2, '{"sample": 1000, "starts": 1}') AS m FROM generate_series(1, 40000) AS i) AS x;
SELECT count(m) FROM (SELECT fit_kmeans(ARRAY[i, i % 7]::float8[], 2, '{"sample": 1000, "starts": 1}') AS m FROM generate_series(1, 40000) AS i) AS x;
-- The points that are kept are those of the smallest hash, however often the state has been full: the same as of one large state that shrinks once, and with full counts.
SELECT s::text = (a + b + c)::text AS same, json_array_length(s::json -> 'points') AS kept, (SELECT sum((p ->> 0)::int) FROM json_array_elements(s::json -> 'points') AS p) AS customers
FROM (SELECT kmeans_sample(f, 2, o) AS s, kmeans_sample(f, 2, o) FILTER (WHERE i <= 150) AS a, kmeans_sample(f, 2, o) FILTER (WHERE i BETWEEN 151 AND 4000) AS b, kmeans_sample(f, 2, o) FILTER (WHERE i > 4000) AS c
	FROM (SELECT i, ARRAY[i % 1500, 1]::float8[] AS f, '{"sample": 100}'::jsonb AS o FROM generate_series(1, 6000) AS i) AS x) AS y;

-- Another seed is another search, found again with the same seed.
SELECT count(DISTINCT m::text) AS same_seed FROM (SELECT fit_kmeans(features, 8, '{"seed": 7, "starts": 1}') AS m FROM iris, generate_series(1, 2) AS g GROUP BY g) AS x;
SELECT count(DISTINCT m::text) > 1 AS other_seeds FROM (SELECT fit_kmeans(features, 8, jsonb_build_object('seed', g, 'starts', 1)) AS m FROM iris, generate_series(1, 5) AS g GROUP BY g) AS x;

--
-- Scaling: fitted on what SQL scales, without scaling, it is the same sum of squares.
--
WITH z AS (SELECT ARRAY[(features[1] - avg(features[1]) OVER ()) / stddev_samp(features[1]) OVER (), (features[3] - avg(features[3]) OVER ()) / stddev_samp(features[3]) OVER ()] AS z,
		ARRAY[(features[1] - min(features[1]) OVER ()) / (max(features[1]) OVER () - min(features[1]) OVER ()), (features[3] - min(features[3]) OVER ()) / (max(features[3]) OVER () - min(features[3]) OVER ())] AS m,
		ARRAY[(ln(1 + features[1]) - avg(ln(1 + features[1])) OVER ()) / stddev_samp(ln(1 + features[1])) OVER (), (ln(1 + features[3]) - avg(ln(1 + features[3])) OVER ()) / stddev_samp(ln(1 + features[3])) OVER ()] AS l,
		ARRAY[features[1], features[3]] AS f FROM iris)
SELECT abs((kmeans_quality(fit_kmeans(f, 4, '{"starts": 50}'))).inertia - (kmeans_quality(fit_kmeans(z, 4, '{"scale": "none", "starts": 50}'))).inertia) < 1e-9 AS zscore,
	abs((kmeans_quality(fit_kmeans(f, 4, '{"scale": "minmax"}'))).inertia - (kmeans_quality(fit_kmeans(m, 4, '{"scale": "none"}'))).inertia) < 1e-9 AS minmax,
	abs((kmeans_quality(fit_kmeans(f, 4, '{"scale": "log1p+zscore"}'))).inertia - (kmeans_quality(fit_kmeans(l, 4, '{"scale": "none"}'))).inertia) < 1e-9 AS log1p
FROM z;
-- Centres come back in the units of the features: the mean of the members, and with log1p the mean of logs.
SELECT bool_and(abs(c.centre[1] - m.mean) < 1e-9) AS means
FROM (SELECT fit_kmeans(features, 3) AS model FROM iris) AS f, kmeans_centres(model) AS c,
	LATERAL (SELECT avg(features[1]) AS mean FROM iris WHERE kmeans_cluster(model, features) = c.cluster) AS m;
SELECT bool_and(abs(ln(1 + c.centre[1]) - m.mean) < 1e-9) AS means_of_logs
FROM (SELECT fit_kmeans(features, 3, '{"scale": "log1p+zscore"}') AS model FROM iris) AS f, kmeans_centres(model) AS c,
	LATERAL (SELECT avg(ln(1 + features[1])) AS mean FROM iris WHERE kmeans_cluster(model, features) = c.cluster) AS m;

--
-- Given centres, and names that stay
--
-- Points 0, 1, 9, 10, 20, 21 in two clusters by hand: from 0 and 1, Lloyd ends in {0, 1} and {9, 10, 20, 21}: .5 + 122; from 10 and 20, in {0, 1, 9, 10} and {20, 21}: 82 + .5.
SELECT start, inertia, (SELECT array_agg(customers ORDER BY cluster) FROM kmeans_centres(model)) AS customers, (SELECT array_agg(centre[1] ORDER BY cluster) FROM kmeans_centres(model)) AS centres
FROM (VALUES ('[[0], [1]]'), ('[10, 20]'), ('[20, 10]')) AS s(start),
	LATERAL (SELECT fit_kmeans(ARRAY[x], 2, jsonb_build_object('scale', 'none', 'start', start::jsonb)) AS model FROM unnest('{0,1,9,10,20,21}'::float8[]) AS x) AS f, kmeans_quality(model);
-- Next month sizes have changed, and the clusters have moved: each keeps its number; without the previous model the largest is 1.
WITH before AS (SELECT fit_kmeans(ARRAY[x], 3) AS model FROM unnest('{0,1,1,1,2,10,11,12,30,31}'::float8[]) AS x)
SELECT (SELECT array_agg(centre[1] ORDER BY cluster) FROM before, kmeans_centres(model)) AS before,
	(SELECT array_agg(centre[1] ORDER BY cluster) FROM kmeans_centres(m)) AS after, (SELECT array_agg(centre[1] ORDER BY cluster) FROM kmeans_centres(n)) AS anew
FROM (SELECT fit_kmeans(ARRAY[x], 3, jsonb_build_object('previous', model::json)) AS m, fit_kmeans(ARRAY[x], 3) AS n
	FROM before, unnest('{1,2,13,14,32,33,34,35,36}'::float8[]) AS x) AS x;
-- More or fewer clusters than before: the numbers that remain keep their meaning.
WITH before AS (SELECT fit_kmeans(ARRAY[x], 2) AS model FROM unnest('{0,1,1,30}'::float8[]) AS x)
SELECT (SELECT array_agg(centre[1] ORDER BY cluster) FROM kmeans_centres(m3)) AS three, (SELECT array_agg(centre[1] ORDER BY cluster) FROM kmeans_centres(m1)) AS one
FROM (SELECT fit_kmeans(ARRAY[x], 3, jsonb_build_object('previous', model::json)) AS m3, fit_kmeans(ARRAY[x], 1, jsonb_build_object('previous', model::json)) AS m1
	FROM before, unnest('{0,1,12,12,12,30,30,30,30}'::float8[]) AS x) AS x;

--
-- Nothing, and what is refused
--
SELECT fit_kmeans(f, 2) IS NULL AS none, fit_kmeans(kmeans_sample(f, 2)) IS NULL AS only_null FROM (VALUES (NULL::float8[])) AS v(f);
SELECT fit_kmeans(f, 2) IS NULL AS no_rows FROM (VALUES (NULL::float8[])) AS v(f) WHERE false;
SELECT model::json ->> 'ignored' AS ignored, model::json ->> 'rows' AS rows, (kmeans_quality(model)).silhouette FROM (SELECT fit_kmeans(f, 1) AS model FROM (VALUES ('{1}'::float8[]), (NULL), ('{3}')) AS v(f)) AS x;
SELECT kmeans_cluster(model, '{1,2,NULL,4}'), kmeans_distance(model, NULL), kmeans_cluster(NULL, '{1}') FROM iris_model;
CREATE FUNCTION pg_temp.error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN detail = '' THEN '' ELSE ' / ' || detail END;
END $$;
SELECT n, pg_temp.error(format('SELECT fit_kmeans(f, %s) FROM (VALUES %s) AS v(f)', args, rows)) FROM (VALUES
	(1, '2', $$('{1,2}'::float8[]), ('{1,NULL}')$$), (2, '2', $$('{1,2}'::float8[]), ('{NaN,1}')$$), (3, '2', $$('{1,2}'::float8[]), ('{1,-Infinity}')$$),
	(4, '2', $$('{1,2}'::float8[]), ('{1}')$$), (5, '2', $$('{1,2}'::float8[]), ('{2,2}')$$), (6, '3', $$('{1}'::float8[]), ('{2}'), ('{2}')$$),
	(7, '0', $$('{1}'::float8[])$$), (8, 'NULL', $$('{1}'::float8[])$$), (9, '2', $$('{}'::float8[])$$), (10, '2', $$('{{1},{2}}'::float8[])$$), (11, '1001', $$('{1}'::float8[])$$),
	(12, $o$2, '{"scale": "log1p+zscore"}'$o$, $$('{1,2}'::float8[]), ('{3,-1}')$$), (13, $o$2, '{"scale": "cosine"}'$o$, $$('{1}'::float8[])$$), (14, $o$2, '{"sed": 1}'$o$, $$('{1}'::float8[])$$),
	(15, $o$2, '{"start": [1,2,3]}'$o$, $$('{1}'::float8[])$$), (16, $o$2, '{"start": [1,2,3,4]}'$o$, $$('{1}'::float8[]), ('{2}')$$), (17, $o$2, '{"start": [1,"x"]}'$o$, $$('{1}'::float8[])$$),
	(18, $o$2, '{"previous": {"version": 1}}'$o$, $$('{1}'::float8[])$$), (19, $o$2, '{"start": 7}'$o$, $$('{1}'::float8[])$$), (20, '2', $$('{1e300}'::float8[]), ('{2}')$$),
	(21, '2', $$('{1e-320}'::float8[]), ('{0}')$$), (22, '2', $$('{1e100}'::float8[]), ('{-1e100}')$$), (23, '1', $$('{7}'::float8[])$$), (24, $o$2, '{"sample": 1000000}'$o$, $$(array_fill(1::float8, '{100}'))$$), (25, $o$2, '[]'$o$, $$('{1}'::float8[])$$),
	(26, $o$2, '{"start": [[1],[2]], "start ": 1}'$o$, $$('{1}'::float8[])$$), (27, $o$2, '{"seed": 1.5}'$o$, $$('{1}'::float8[])$$), (28, $o$2, '{"starts": 0}'$o$, $$('{1}'::float8[])$$), (29, $o$2, '{"scale": 1}'$o$, $$('{1}'::float8[])$$),
	(30, $o$2, '{"previous": "x"}'$o$, $$('{1}'::float8[])$$), (31, '2', $$(array_fill(1::float8, '{1001}'))$$), (32, $o$101, '{"sample": 100}'$o$, $$('{1}'::float8[])$$)) AS v(n, args, rows) ORDER BY n;
-- Centres so far from the rows that a distance to them is no number are an error (the naming of clusters once ran forever, without an interrupt).
CREATE TEMP TABLE far AS SELECT fit_kmeans(ARRAY[x * 1e100], 2, '{"scale": "minmax"}') AS model FROM unnest('{0.1,0.5,1}'::float8[]) AS x;
SELECT pg_temp.error($$SELECT fit_kmeans(ARRAY[x * 1e-300], 2, (SELECT jsonb_build_object('scale', 'minmax', 'previous', model::json) FROM far)) FROM unnest('{0.1,0.5,1}'::float8[]) AS x$$);
SELECT pg_temp.error($$SELECT fit_kmeans(ARRAY[x * 1e-300], 2, '{"scale": "minmax", "start": [1, -1e100]}') FROM unnest('{0.1,0.5,1}'::float8[]) AS x$$);
SELECT pg_temp.error($$SELECT fit_kmeans(ARRAY[x * 1e-200], 2, '{"scale": "none"}') FROM unnest('{0.1,0.5,1}'::float8[]) AS x$$);
SELECT pg_temp.error($$SELECT kmeans_cluster(model, '{1,2}') FROM iris_model$$), pg_temp.error($$SELECT kmeans_cluster(model, '{1,2,3,NaN}') FROM iris_model$$);
SELECT pg_temp.error($$SELECT fit_kmeans(features, 2 + id::int % 2) FROM iris$$), pg_temp.error($$SELECT fit_kmeans(features, 2, jsonb_build_object('seed', id)) FROM iris$$);

--
-- Text and bytes
--
SELECT s::text::kmeans_sample::text = s::text AS sample, s::text::jsonb::text::kmeans_sample::text = s::text AS sample_by_jsonb, kmeans_sample_send(s::text::kmeans_sample) = kmeans_sample_send(s) AS bytes,
	m::text::kmeans_model::text = m::text AS model, m::text::jsonb::text::kmeans_model::text = m::text AS model_by_jsonb, fit_kmeans(s::text::kmeans_sample)::text = m::text AS fits_the_same
FROM (SELECT kmeans_sample(features, 4, '{"seed": 5, "scale": "minmax"}') AS s, fit_kmeans(features, 4, '{"seed": 5, "scale": "minmax"}') AS m FROM iris) AS x;
SELECT m FROM (SELECT fit_kmeans(ARRAY[x], 2, '{"scale": "none"}') AS m FROM unnest('{0,1,9,10}'::float8[]) AS x) AS x;
SELECT s FROM (SELECT kmeans_sample(ARRAY[x], 2, '{"scale": "none"}') AS s FROM unnest('{0,-0,1,9,10}'::float8[]) AS x) AS x;
SELECT n, pg_temp.error(format('SELECT %L::kmeans_model', replace(m::text, was, becomes))) FROM (SELECT fit_kmeans(ARRAY[x], 2, '{"scale": "none"}') AS m FROM unnest('{0,1,9,10}'::float8[]) AS x) AS x, (VALUES
	(1, '"version": 1', '"version": 2'), (2, '"none"', '"some"'), (3, '[[2,', '[[3,'), (4, '[0.5]', '[0.5, 1]'), (5, '[0.5]', '[]'), (6, '"width": [1]', '"width": [0]'), (7, '[0.5]', '[1e200]'), (8, ']]}', ']]'),
	(9, '"sampled": 4', '"sampled": 5'), (10, '"silhouette": ', '"silhouette": 1')) AS v(n, was, becomes) ORDER BY n;
SELECT n, pg_temp.error(format('SELECT %L::kmeans_sample', value)) FROM (VALUES
	(1, '{"version": 1, "k": 0, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}'), (2, '{"version": 1, "k": 2, "features": 0, "options": null, "rows": 0, "ignored": 0, "points": []}'),
	(3, '{"version": 1, "k": 2, "features": 1, "options": null, "rows": 1, "ignored": 0, "points": [[2, 1]]}'), (4, '{"version": 1, "k": 2, "features": 1, "options": "{\"a\": 1}", "rows": 0, "ignored": 0, "points": []}'),
	(5, '{"version": 1, "k": 2, "features": 1, "options": null, "rows": 1, "ignored": 0, "points": [[1, 1, 2]]}'), (6, '{"version": 1, "k": 2, "features": 1, "options": null, "rows": 1, "ignored": 0, "points": [[1]]}'),
	(7, '{"version": 1, "k": 2, "features": 1, "options": null, "rows": 1, "ignored": 0, "points": [[1, 1]'), (8, '{"version": 1, "k": 2, "features": 1, "options": null, "rows": 0, "ignored": 0, "points": [[0, 1]]}')) AS v(n, value) ORDER BY n;
-- So many rows that the sizes of clusters are no whole numbers any more: an error, and not a model that cannot be read again.
SELECT n, pg_temp.error(format('SELECT (m::text::kmeans_model)::text = m::text FROM fit_kmeans(%L::kmeans_sample) AS m', format('{"version": 1, "k": 2, "features": 1, "options": null, "rows": %s, "ignored": 0, "points": [[%s, 1], [1, 2]]}', rows, rows - 1)))
FROM (VALUES (1, 9007199254740992), (2, 9007199254740993), (3, 9223372036854775807)) AS v(n, rows) ORDER BY n;
DROP TABLE kmeans_rows;
