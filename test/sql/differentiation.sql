-- differentiation: cume_share, abc_class, decile, gini, shrink, distribution_summary and customer_class.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET extra_float_digits = 0;

--
-- Shares and classes. By hand: 50 + 30 + 15 + 3 + 2 = 100. The value that crosses 80 % (30: before it 50 %) is still A; 15 begins at 80 %: B; 3 begins at 95 %: C.
--
SELECT v, cume_share(v) OVER w AS cume_share, abc_class(v) OVER w AS abc_class, decile(v) OVER w AS decile
FROM unnest('{50,30,15,3,2,0,-10,NULL}'::float8[]) AS v WINDOW w AS () ORDER BY v DESC NULLS LAST;
-- A tie group is never split: 40, 40, 40 begin at 0; all are A. ORDER BY and frames have no meaning.
SELECT v, cume_share(v) OVER (ORDER BY v ROWS 1 PRECEDING) AS cume_share, abc_class(v) OVER (ORDER BY v) AS abc_class FROM unnest('{40,40,40,10,10}'::float8[]) AS v ORDER BY v DESC;

-- 13.08 of 16.35 is 80 %, and 19 of 20 cents 95 %, though sums of their binary fractions may fall short: by exact numerics, for all triples of a grid of amounts.
SELECT v, abc_class(v) OVER () AS abc_class FROM unnest('{13.08,3.15,0.12}'::float8[]) AS v;
WITH triple AS (SELECT row_number() OVER () AS id, ARRAY[a, b, c]::numeric[] AS v FROM generate_series(0.80, 9.60, 0.08) AS a, generate_series(0.10, 2.00, 0.1) AS b, generate_series(0.01, 0.05, 0.01) AS c),
	part AS (SELECT id, v, x FROM triple, unnest(v) AS x),
	class AS (SELECT id, v, x, abc_class(x::float8) OVER (PARTITION BY id) AS class FROM part)
SELECT count(*) AS values, count(*) FILTER (WHERE above * 100 IN (80 * total, 95 * total)) AS at_a_limit, count(*) FILTER (WHERE class <> CASE WHEN above * 100 < 80 * total THEN 'A' WHEN above * 100 < 95 * total THEN 'B' ELSE 'C' END) AS wrong
FROM class, LATERAL (SELECT sum(y) AS total, coalesce(sum(y) FILTER (WHERE y > x), 0) AS above FROM unnest(v) AS y) AS s;
-- Brute force on random values with ties, negatives and NULLs in partitions.
CREATE TABLE amounts AS
SELECT i, i % 7 AS part, CASE WHEN i % 19 > 0 THEN ((i * 7919) % 503)::float8 ^ 2 / 100 - 20 END AS v FROM generate_series(1, 2000) AS i;
CREATE TEMP TABLE answer AS SELECT i, part, v, cume_share(v) OVER w AS share, abc_class(v) OVER w AS class, decile(v) OVER w AS decile FROM amounts WINDOW w AS (PARTITION BY part);
SELECT count(*), count(*) FILTER (WHERE a.v IS NULL AND share IS NULL AND class IS NULL AND decile IS NULL) AS nulls,
	count(*) FILTER (WHERE abs(share - at_least / total) < 1e-12) AS shares,
	count(*) FILTER (WHERE class = CASE WHEN a.v <= 0 THEN 'C' WHEN above / total < .8 THEN 'A' WHEN above / total < .95 THEN 'B' ELSE 'C' END) AS classes
FROM answer AS a, LATERAL (SELECT sum(v) FILTER (WHERE v > 0) AS total, coalesce(sum(v) FILTER (WHERE b.v > a.v AND v > 0), 0) AS above, coalesce(sum(v) FILTER (WHERE b.v >= a.v AND v > 0), 0) AS at_least FROM amounts AS b WHERE b.part = a.part) AS b;
-- Deciles by the definition of the breaks: h = (n - 1) j, i = h div 10, fraction (h mod 10) / 10.
WITH sorted AS (SELECT part, array_agg(v ORDER BY v) AS x FROM amounts WHERE v IS NOT NULL GROUP BY part),
	breaks AS (SELECT part, array_agg(x[h / 10 + 1] + CASE WHEN h % 10 = 0 THEN 0 ELSE (h % 10) / 10.0::float8 * (x[h / 10 + 2] - x[h / 10 + 1]) END ORDER BY j) AS b
		FROM sorted, generate_series(1, 9) AS j, LATERAL (SELECT (cardinality(x) - 1) * j AS h) AS h GROUP BY part)
SELECT count(*) AS wrong FROM answer JOIN breaks USING (part) WHERE v IS NOT NULL AND decile <> 1 + (SELECT count(*) FROM unnest(b) AS b WHERE b < v);
-- The order of the rows has no influence.
SELECT count(*) AS differ FROM answer AS a JOIN (SELECT i, cume_share(v) OVER w AS share, abc_class(v) OVER w AS class, decile(v) OVER w AS decile FROM (SELECT * FROM amounts ORDER BY md5(i::text)) AS s WINDOW w AS (PARTITION BY part)) AS b USING (i)
WHERE (a.share, a.class, a.decile) IS DISTINCT FROM (b.share, b.class, b.decile);
SELECT v, cume_share(v) OVER () AS share, abc_class(v) OVER () AS class, decile(v) OVER () AS decile FROM (VALUES (0), (0.0), (-3), (NULL)) AS t(v);
-- A volatile argument has another value when it is asked again: nonsense in, but a share out.
SELECT bool_and(share BETWEEN 0 AND 1) AS volatile FROM (SELECT cume_share(random()) OVER () AS share FROM generate_series(1, 1000)) AS x;
SELECT cume_share('NaN') OVER ();
SELECT decile('Infinity') OVER ();
SELECT abc_class(1);

--
-- Gini
--
-- Cowell 2011's formula by hand: 1, 2, 3, 4: 2 (1 + 4 + 9 + 16) / (4 * 10) - 5/4 = .25; equal: 0; one has all: 1 - 1/n.
SELECT gini(v) FROM unnest('{4,1,3,2}'::float8[]) AS v;
SELECT gini(v) FROM unnest('{5,5,5,NULL}'::float8[]) AS v;
SELECT gini(v) FROM unnest('{0,0,0,10}'::float8[]) AS v;
-- Never below 0 by rounding.
SELECT min(g) >= 0 AS at_least_0, max(g) < 1e-14 AS equal FROM (SELECT gini(0.1 * n) AS g FROM generate_series(1, 60) AS n, generate_series(1, n) GROUP BY n) AS x;
SELECT gini(v) AS zeros FROM unnest('{0,-0}'::float8[]) AS v;
SELECT gini(v) AS none FROM unnest('{NULL}'::float8[]) AS v;
SELECT gini(v) FROM unnest('{1,-1}'::float8[]) AS v;
SELECT gini(v) FROM unnest('{1,NaN}'::float8[]) AS v;
SELECT round(gini(v)::numeric, 6) AS large FROM unnest('{1e308,1e308,0}'::float8[]) AS v;
-- Half the mean absolute difference over the mean, pair by pair.
SELECT part, abs(gini(v) - (SELECT sum(abs(a.v - b.v)) / (2 * count(*) * avg(a.v)) FROM amounts AS a JOIN amounts AS b USING (part) WHERE a.part = amounts.part AND a.v >= 0 AND b.v >= 0)) < 1e-12 AS equal
FROM amounts WHERE v >= 0 GROUP BY part ORDER BY part;
-- Any order, merged and in parallel: the same bytes.
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT gini(abs(v)) FROM amounts;
SELECT count(DISTINCT g::text) AS ginis FROM (SELECT gini(abs(v)) AS g FROM amounts UNION ALL SELECT gini(abs(v) ORDER BY i DESC) FROM amounts
	UNION ALL SELECT gini(rollup(d)) FROM (SELECT distribution_summary(abs(v)) AS d FROM amounts GROUP BY part) AS x) AS y;
SELECT count(DISTINCT d::text) AS summaries FROM (SELECT distribution_summary(v) AS d FROM amounts UNION ALL SELECT distribution_summary(v ORDER BY i DESC) FROM amounts
	UNION ALL SELECT rollup(d) FROM (SELECT distribution_summary(v) AS d FROM amounts GROUP BY part) AS x UNION ALL SELECT distribution_summary(v)::text::jsonb::text::distribution_summary FROM amounts
	UNION ALL SELECT distribution_summary(v) FILTER (WHERE i < 700) + NULL + distribution_summary(v) FILTER (WHERE i >= 700) FROM amounts) AS y;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

--
-- distribution_summary
--
SELECT distribution_summary(v) FROM unnest('{1,1.5,1,-0,1e300,NULL}'::float8[]) AS v;
SELECT distribution_summary(v) FROM unnest('{TR,DE,TR,"",NULL}'::text[]) AS v;
SELECT distribution_summary(v) IS NULL AS nothing FROM unnest('{}'::text[]) AS v;
SELECT distribution_summary('a'::text) + distribution_summary(1::float8);
SELECT gini(distribution_summary('a'::text));
-- Many numbers, in order and again out of order, more often than once and as counts: as GROUP BY counts them, whatever the tree of merges.
CREATE TEMP TABLE many AS SELECT i, CASE WHEN i % 5 = 0 THEN i % 7 ELSE ((i * 7919::bigint) % 40009 - 20000) / 8.0 END::float8 AS v FROM generate_series(1, 100000) AS i;
WITH counted AS (SELECT string_agg(format('[%s, %s]', v, n), ', ' ORDER BY v) AS entries FROM (SELECT v, count(*) AS n FROM many GROUP BY v) AS g),
	ways AS (SELECT 'rows' AS way, distribution_summary(v) AS d FROM many UNION ALL SELECT 'descending', distribution_summary(v ORDER BY v DESC) FROM many
		UNION ALL SELECT 'of small ones', rollup(d) FROM (SELECT distribution_summary(v) AS d FROM many GROUP BY i % 1000) AS x UNION ALL SELECT 'of large ones', rollup(d) FROM (SELECT distribution_summary(v) AS d FROM many GROUP BY i % 3) AS x
		UNION ALL SELECT 'two', (distribution_summary(v) FILTER (WHERE i % 10 < 3)) + (distribution_summary(v) FILTER (WHERE i % 10 >= 3)) FROM many UNION ALL SELECT 'text', distribution_summary(v)::text::jsonb::text::distribution_summary FROM many)
SELECT way, d::text = format('{"version": 1, "settings": null, "ignored": 0, "entries": [%s]}', entries) AS counted FROM ways, counted ORDER BY way;
-- Counts have a limit of their own, and ignored rows stay when numbers come after them, or before.
SELECT rollup(d) FROM (SELECT '{"version": 1, "settings": null, "ignored": 0, "entries": [[1, 4503599627370495]]}'::distribution_summary AS d FROM generate_series(1, 2)) AS x;
SELECT distribution_summary(v ORDER BY o) AS first, distribution_summary(v ORDER BY o DESC) AS last, distribution_summary(NULL::float8) + distribution_summary(7::float8) AS plus, distribution_summary(7::float8) + distribution_summary(NULL::float8) AS and FROM (VALUES (1, NULL::float8), (2, 7)) AS r(o, v);
-- An empty one takes either kind.
SELECT distribution_summary(NULL::float8) + distribution_summary('a'::text) AS categories, distribution_summary('a'::text) + distribution_summary(NULL::float8) AS first;
SELECT distribution_summary(1::float8) + distribution_summary('a'::text);
CREATE FUNCTION pg_temp.error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || CASE WHEN detail = '' THEN SQLERRM ELSE detail END;
END $$;
SELECT n, pg_temp.error(format('SELECT %L::distribution_summary', '{"version": 1, "settings": null, "ignored": 0, "entries": [' || e || ']}')) FROM (VALUES
	(1, ''), (2, '[1.0, 1]'), (3, '["1", 1]'), (4, '["x", 1]'), (5, '[1, 0]'), (6, '[1, 1], ["c", "1", 1]'), (7, '["d", "1", 1]'), (8, '[null, 1]'), (9, '["c", null, 1]'),
	(10, '[1e999, 1]'), (11, '[-0, 1], [0, 1]'), (12, '["c", "1", 1], ["c", "1", 1]'), (13, '["c", "1", 1], [1, 1]'), (14, '["n", "1", 1]'), (15, '[1, 1], [2, 1], [1, 3]'), (16, '[1]'), (17, '[1, 1, 1]'), (18, '[1, 1.5]'),
	(19, '[1, 4503599627370495]'), (20, '[1, 4503599627370496]'), (21, '[NaN, 1]'), (22, '[1, -1]'), (23, '["c", "1", 0]'), (24, '[5, 1], [-5, 2]')) AS v(n, e) ORDER BY n;

--
-- shrink
--
-- The eight schools (Rubin 1981): no variance between them, so 7.685617 for all, se 4.071919 (DEFINITIONS).
SELECT DISTINCT round(s.value::numeric, 6) AS value, round(s.se::numeric, 6) AS se, round(s.lo::numeric, 4) AS lo, round(s.hi::numeric, 4) AS hi
FROM (SELECT (shrink(ROW(y, se, NULL, NULL, 1)::estimate) OVER ()).* FROM unnest('{28,8,-3,7,-1,1,18,12}'::float8[], '{15,10,16,11,9,11,10,18}'::float8[]) AS t(y, se)) AS s;
-- Efron & Morris 1975: hits of 18 batters in 45 times at bat, variance .00433284: f = .10654.
SELECT round((max((s).value) - min((s).value))::numeric / (max(y) - min(y))::numeric, 5) AS f, bool_and(abs((s).value - avg_y - (y - avg_y) * .10654) < 1e-6) AS values, min((s).n) AS n
FROM (SELECT y, avg(y) OVER () AS avg_y, shrink(ROW(y, sqrt(.00433284), NULL, NULL, 45)::estimate) OVER () AS s
	FROM (SELECT h / 45::float8 AS y FROM unnest('{18,17,16,15,14,14,13,12,11,11,10,10,10,10,10,9,8,7}'::int[]) AS h) AS h) AS x;
-- Brute force with unequal errors, in partitions; rows without an error come back as they are and do not vote.
CREATE TABLE estimates AS
SELECT i, i % 5 AS part, sin(i * 3.7) * 4 + i % 3 AS y, CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 0 ELSE 0.5 + abs(cos(i * 1.3)) END AS se FROM generate_series(1, 200) AS i;
WITH vote AS (SELECT *, 1 / se ^ 2 AS w FROM estimates WHERE se > 0), fixed AS (SELECT part, count(*) AS k, sum(w) AS sw, sum(w ^ 2) AS sw2, sum(w * y) / sum(w) AS mf FROM vote GROUP BY part),
	tau AS (SELECT part, greatest(0, (sum(w * (y - mf) ^ 2) - (max(k) - 1)) / (max(sw) - max(sw2) / max(sw))) AS t2 FROM vote JOIN fixed USING (part) GROUP BY part),
	mu AS (SELECT part, t2, sum(y / (se ^ 2 + t2)) / sum(1 / (se ^ 2 + t2)) AS mu, sum(1 / (se ^ 2 + t2)) AS sws FROM vote JOIN tau USING (part) GROUP BY part, t2),
	brute AS (SELECT i, mu + f * (y - mu) AS value, sqrt(f * se ^ 2 + (1 - f) ^ 2 / sws) AS se FROM vote JOIN mu USING (part), LATERAL (SELECT t2 / (t2 + se ^ 2) AS f) AS f),
	ours AS (SELECT i, y, se, shrink(ROW(y, se, y - 1, y + 1, i)::estimate) OVER (PARTITION BY part) AS s FROM estimates)
SELECT count(*) FILTER (WHERE b.i IS NOT NULL AND abs((s).value - b.value) < 1e-12 AND abs((s).se - b.se) < 1e-12 AND abs((s).hi - b.value - 1.959963984540054 * b.se) < 1e-12 AND (s).n = o.i) AS shrunk,
	count(*) FILTER (WHERE b.i IS NULL AND s IS NOT DISTINCT FROM ROW(y, o.se, y - 1, y + 1, o.i)::estimate) AS unchanged, count(*) FROM ours AS o LEFT JOIN brute AS b USING (i);
SELECT shrink(e) OVER () FROM (VALUES (ROW(1, 1, 0, 2, 3)::estimate), (ROW(5, 1, 4, 6, 3)::estimate), (NULL), (ROW(7, 0, 7, 7, 1)::estimate), (ROW(NULL, 1, 7, 7, 1)::estimate)) AS v(e);
SELECT shrink(e) OVER () FROM (VALUES (ROW(1e300, 1, 0, 2, 3)::estimate), (ROW('NaN', 1, 4, 6, 3)::estimate), (ROW(1, 'NaN', 4, 6, 3)::estimate), (ROW(1, 'Infinity', 4, 6, 3)::estimate)) AS v(e);

--
-- A sort holds what is sorted, not a copy of each value for each of its comparisons: of 30 000 in a stored form that is
-- copied to be read (less than 127 bytes), 3 to 4 MB, and not the 78 MB that all comparisons together once left.
--
CREATE TABLE small AS SELECT distribution_summary(i * 7919 % 30011) AS numbers, duration_summary(make_interval(days => i * 7919 % 30011 + 1), true) AS durations FROM generate_series(1, 30000) AS i GROUP BY i;
SET work_mem = '64MB';
SET max_parallel_workers_per_gather = 0;
BEGIN;
DECLARE numbers CURSOR FOR SELECT numbers FROM small ORDER BY numbers;
MOVE numbers;
SELECT sum(used_bytes) < 10000000 AS small FROM pg_backend_memory_contexts WHERE name ~ '^(TupleSort|Caller tuples)';
CLOSE numbers;
DECLARE durations CURSOR FOR SELECT durations FROM small ORDER BY durations;
MOVE durations;
SELECT sum(used_bytes) < 10000000 AS small FROM pg_backend_memory_contexts WHERE name ~ '^(TupleSort|Caller tuples)';
COMMIT;
RESET work_mem;
RESET max_parallel_workers_per_gather;
DROP TABLE small;

--
-- customer_class: the first rule that holds.
--
SELECT lifecycle, abc, (growth).lo, engaged, headroom, worthwhile, customer_class(lifecycle, abc, growth, engaged, headroom, worthwhile) FROM (VALUES
	('prospect', NULL, NULL::estimate, true, NULL::float8, NULL::float8), ('prospect', NULL, NULL, false, 5, 1), (NULL, NULL, NULL, true, NULL, NULL), ('lapsed', 'A', ROW(2, 1, 1, 3, 9)::estimate, true, 9, 1),
	('active', 'A', ROW(2, 1, 1, 3, 9)::estimate, true, 9, 1), ('active', 'B', ROW(2, 1, 1, 3, 9)::estimate, true, 9, 1), ('active', 'B', ROW(2, 1, -1, 3, 9)::estimate, true, 9, 1), ('at risk', 'C', NULL, true, 0.5, 1), ('new', 'C', NULL, false, NULL, NULL)
) AS v(lifecycle, abc, growth, engaged, headroom, worthwhile);
SELECT customer_class('active', 'C', NULL);
DROP TABLE amounts, estimates;
