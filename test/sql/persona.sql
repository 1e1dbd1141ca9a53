-- persona: profiles of segments, their rows and sentences, against brute force and published counts.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

--
-- IBM's telco churn data: 7,043 customers, 1,869 of them churned; 3,875 have month-to-month contracts, 1,655 of these churned; 1,695 have two years, 48 of these churned.
--
CREATE TEMP TABLE telco AS
SELECT CASE WHEN i <= 1869 THEN 'churned' ELSE 'stayed' END AS segment,
	jsonb_build_object('contract', CASE WHEN i <= 1655 OR i > 7043 - 2220 THEN 'month-to-month' WHEN i <= 1655 + 166 THEN 'one year' WHEN i <= 1869 THEN 'two years'
		WHEN i <= 1869 + 1307 THEN 'one year' ELSE 'two years' END) AS attributes
FROM generate_series(1, 7043) AS i;
-- The check numbers of the definitions: index 160.9, z 33.997; lo and hi are quantiles of Gamma(1660, 1028.30 + 5) (scipy.stats.gamma: see the integral below).
SELECT segment, value, n, round(share::numeric, 4) AS share, round(base_share::numeric, 4) AS base_share, round(index::numeric, 1) AS index, round(lo::numeric, 1) AS lo, round(hi::numeric, 1) AS hi,
	round(z::numeric, 3) AS z, round(evidence::numeric, 3) AS evidence, kind
FROM (SELECT persona_profile(segment, attributes) AS p FROM telco) AS x, personas(p);
SELECT persona_sentence(p, 'churned'), persona_sentence(p, 'stayed'), persona_sentence(p, 'unknown') FROM (SELECT persona_profile(segment, attributes) AS p FROM telco) AS x;
-- The bounds hold 2.5 % of the density below and above, by Simpson's rule on ten thousand steps.
SELECT round(sum(w * exp((a - 1) * ln(x) - x - lg) * h / 3)::numeric, 6) AS between_lo_and_hi
FROM (SELECT n + 5 AS a, lo / 100 * (1869 * base_share + 5) AS low, hi / 100 * (1869 * base_share + 5) AS high FROM (SELECT persona_profile(segment, attributes) AS p FROM telco) AS x, personas(p)
		WHERE segment = 'churned' AND value = 'two years') AS g,
	LATERAL (SELECT (high - low) / 10000 AS h, (SELECT sum(ln(i::float8)) FROM generate_series(1, a - 1) AS i) AS lg) AS s,
	LATERAL (SELECT low + i * h AS x, CASE WHEN i IN (0, 10000) THEN 1 WHEN i % 2 = 1 THEN 4 ELSE 2 END AS w FROM generate_series(0, 10000) AS i) AS t;

--
-- Brute force: 3,000 customers of four segments with city, age, flag and visits, some unknown.
--
CREATE TABLE persona_rows AS
SELECT i, 'segment ' || i % 4 AS segment, jsonb_strip_nulls(jsonb_build_object('city', CASE WHEN i % 11 > 0 THEN (ARRAY['Ankara', 'Bursa', 'İzmir'])[1 + (i * i / 7 + i % 4 / 3) % 3] END,
	'visits', CASE WHEN i % 13 > 0 THEN round((i % 17)::numeric * (1 + i % 4) / 3, 3) + 2000 END, 'flag', i % 5 = 0)) AS attributes
FROM generate_series(1, 3000) AS i;
CREATE TEMP TABLE answer AS SELECT r.* FROM (SELECT persona_profile(segment, attributes) AS p FROM persona_rows) AS x, personas(p) AS r;
WITH long AS (SELECT segment, key, value #>> '{}' AS value FROM persona_rows, jsonb_each(attributes) WHERE jsonb_typeof(value) <> 'number'),
	base AS (SELECT key, count(*)::float8 AS big_n FROM long GROUP BY key), inside AS (SELECT segment, key, count(*)::float8 AS n FROM long GROUP BY 1, 2),
	vals AS (SELECT key, value, count(*)::float8 AS c FROM long GROUP BY 1, 2),
	cells AS (SELECT i.segment, v.key, v.value, big_n, n, c, (SELECT count(*) FROM long AS l WHERE (l.segment, l.key, l.value) = (i.segment, v.key, v.value))::float8 AS a
		FROM vals AS v JOIN base USING (key) JOIN inside AS i USING (key)),
	brute AS (SELECT *, c / big_n AS p, a / n - (c - a) / (big_n - n) AS d FROM cells),
	brute2 AS (SELECT *, sign(d) * sqrt(2 * (coalesce(a * ln(nullif(a, 0) / (n * p)), 0) + coalesce((n - a) * ln(nullif(n - a, 0) / (n * (1 - p))), 0)
		+ coalesce((c - a) * ln(nullif(c - a, 0) / ((big_n - n) * p)), 0) + coalesce((big_n - n - c + a) * ln(nullif(big_n - n - c + a, 0) / ((big_n - n) * (1 - p))), 0))) AS evidence FROM brute)
SELECT count(*) AS rows, count(*) FILTER (WHERE r.n = b.a AND abs(r.share - b.a / b.n) < 1e-12 AND abs(r.base_share - p) < 1e-12 AND abs(r.index - 100 * b.a / b.n / p) < 1e-9 AND abs(r.shrunk - 100 * (b.a + 5) / (b.n * p + 5)) < 1e-9 AND r.lo < r.shrunk AND r.shrunk < r.hi
	AND abs(r.z - d / sqrt(p * (1 - p) * (1 / b.n + 1 / (big_n - b.n)))) < 1e-9 AND abs(r.evidence - b.evidence) < 1e-6) AS equal
FROM brute2 AS b FULL JOIN (SELECT * FROM answer WHERE kind = 'value') AS r ON (r.segment, r.attribute, r.value) = (b.segment, b.key, b.value);
-- The interval of the difference: the segment is part of the base, so mean - base mean = (1 - n/N) (mean - mean of the rest); it excludes 0 exactly where z says so.
WITH long AS (SELECT segment, (attributes ->> 'visits')::float8 AS x FROM persona_rows WHERE attributes ? 'visits'),
	brute AS (SELECT s.segment, count(*) AS big_n, count(*) FILTER (WHERE own) AS n, avg(x) FILTER (WHERE own) AS mean, avg(x) AS base_mean, stddev_samp(x) AS sd, var_samp(x) FILTER (WHERE own) / count(*) FILTER (WHERE own) AS v,
		avg(x) FILTER (WHERE NOT own) AS rest_mean, var_samp(x) FILTER (WHERE NOT own) / count(*) FILTER (WHERE NOT own) AS rest_v,
		count(*) * ln(var_pop(x) * count(*) / (var_pop(x) FILTER (WHERE own) * count(*) FILTER (WHERE own) + var_pop(x) FILTER (WHERE NOT own) * count(*) FILTER (WHERE NOT own))) AS g
		FROM (SELECT DISTINCT segment FROM long) AS s, LATERAL (SELECT x, long.segment = s.segment AS own FROM long) AS l GROUP BY s.segment)
SELECT count(*) AS rows, count(*) FILTER (WHERE r.n = b.n AND abs(r.mean - b.mean) < 1e-9 AND abs(r.base_mean - b.base_mean) < 1e-9 AND abs(r.difference - (b.mean - b.base_mean) / sd) < 1e-9
	AND abs(r.z - (b.mean - rest_mean) / sqrt(v + rest_v)) < 1e-8 AND abs(r.evidence - sign(b.mean - rest_mean) * sqrt(g)) < 1e-6
	AND abs(r.hi - r.lo - 2 * 1.959963984540054 * (1 - b.n / big_n::float8) * sqrt(v + rest_v) / sd) < 1e-9 AND value IS NULL AND (r.lo > 0 OR r.hi < 0) = (abs(r.z) > 1.959963984540054)) AS equal
FROM brute AS b FULL JOIN (SELECT * FROM answer WHERE kind = 'number') AS r USING (segment);
-- Missing is a row of its own, without an index.
SELECT segment, attribute, n, round(share::numeric, 4) AS share, round(base_share::numeric, 4) AS base_share, index, z, evidence,
	n = (SELECT count(*) FROM persona_rows AS p WHERE p.segment = a.segment AND NOT attributes ? a.attribute) AS right_count FROM answer AS a WHERE kind = 'missing' ORDER BY 1, 2;
-- By segment, then by evidence, never by index.
SELECT count(*) FILTER (WHERE evidence > before) AS out_of_order FROM (SELECT evidence, lag(evidence) OVER (PARTITION BY segment ORDER BY o) AS before
	FROM (SELECT persona_profile(segment, attributes) AS p FROM persona_rows) AS x, personas(p) WITH ORDINALITY AS r(segment, attribute, value, n, share, base_share, index, lo, hi, z, evidence, mean, base_mean, difference, kind, shrunk, o)) AS y;
SELECT persona_sentence(p, 'segment 3') FROM (SELECT persona_profile(segment, attributes) AS p FROM persona_rows) AS x;

-- The same bytes for any order, any tree of merges, and in parallel; numbers are summed exactly, whatever their size.
CREATE TEMP TABLE part AS SELECT i % 9 AS part, persona_profile(segment, attributes) AS p FROM persona_rows GROUP BY 1;
CREATE TEMP TABLE whole AS SELECT persona_profile(segment, attributes) AS p FROM persona_rows;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(DISTINCT p::text) AS results FROM (SELECT p FROM whole UNION ALL SELECT persona_profile(segment, attributes ORDER BY md5(i::text)) FROM persona_rows
	UNION ALL SELECT rollup(p) FROM part UNION ALL SELECT rollup(p ORDER BY part DESC) FROM part UNION ALL SELECT persona_profile(segment, attributes) FROM persona_rows
	UNION ALL SELECT (SELECT rollup(p) FROM part WHERE part < 4) + NULL + (SELECT rollup(p) FROM part WHERE part >= 4)
	UNION ALL SELECT p::text::persona_profile FROM whole UNION ALL SELECT p::text::jsonb::text::persona_profile FROM whole) AS x;
EXPLAIN (COSTS off) SELECT persona_profile(segment, attributes) FROM persona_rows;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
-- Values near 9e12 that differ by 1: variance 1/3 of 0, 1 -> by hand, mean .5, sd .5774 over 4.
SELECT segment, mean - 8999999999999 AS mean, round(difference::numeric, 6) AS difference FROM (SELECT persona_profile(s, jsonb_build_object('x', 8999999999999 + x)) AS p FROM (VALUES ('a', 0), ('a', 0), ('b', 1), ('b', 1)) AS v(s, x)) AS y, personas(p);
SELECT mean, base_mean FROM (SELECT persona_profile(s, jsonb_build_object('x', x)) AS p FROM (VALUES ('a', -9e12), ('a', -3.5), ('b', 0.0000014)) AS v(s, x)) AS y, personas(p) WHERE segment = 'a';

--
-- Degenerate and hostile
--
SELECT persona_profile(s, a) IS NULL AS nothing FROM (VALUES ('a', NULL::jsonb)) AS v(s, a) WHERE false;
SELECT persona_profile(NULL, '{"a": 1}');
SELECT (SELECT count(*) FROM personas(p)) AS rows, persona_sentence(p, 'a') FROM (SELECT persona_profile('a', NULL) AS p) AS x;
SELECT attribute, value, n, index, z, evidence, mean, difference, kind FROM (SELECT persona_profile('only', a::jsonb) AS p FROM (VALUES ('{"x": true, "y": 3}'), ('{"x": true, "y": null}'), ('{"x": "", "y": "3"}')) AS v(a)) AS x, personas(p);
CREATE FUNCTION pg_temp.error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN detail = '' THEN '' ELSE ' / ' || detail END;
END $$;
SELECT n, pg_temp.error(format('SELECT persona_profile(%L, %L)', s, a)) FROM (VALUES (1, 'a', '[1]'), (2, 'a', '7'), (3, 'a', '{"x": [1]}'), (4, 'a', '{"x": {}}'), (5, 'a', '{"x": 1e13}'), (6, 'a', '{"x": 1e400}'),
	(7, repeat('a', 1001), '{}'), (8, 'a', format('{"x": "%s"}', repeat('ü', 501))), (9, 'a', format('{"%s": 1}', repeat('y', 1001)))) AS v(n, s, a) ORDER BY n;
SELECT n, pg_temp.error(format('SELECT %L::persona_profile', '{"version": 1, "settings": null, "ignored": 0, "entries": [' || e || ']}')) FROM (VALUES
	(1, ''), (2, '["t", "a", null, null, 1, 0, 0, 0, 0, 0]'), (3, '["t", "a", null, null, 0, 0, 0, 0, 0, 0]'), (4, '["x", "a", null, null, 1, 0, 0, 0, 0, 0]'), (5, '["t", "a", "b", null, 1, 0, 0, 0, 0, 0]'),
	(6, '["v", "a", "b", null, 1, 0, 0, 0, 0, 0]'), (7, '["n", "a", "b", "c", 1, 0, 0, 0, 0, 0]'), (8, '["t", "a", null, null, 1, 1, 0, 0, 0, 0]'), (9, '["t", "a", null, null, 1, 0, 0, 0, 0]'),
	(10, '["t", "a", null, null, 1, 0, 0, 0, 0, 0, 0]'), (11, '["t", "a", null, null, 1, 0, 0, 0, 0, 0], ["t", "a", null, null, 1, 0, 0, 0, 0, 0]'), (12, '["t", null, null, null, 1, 0, 0, 0, 0, 0]'),
	(13, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 5, 0, 0, 0, 0, 0]'),
	(14, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 6, 0, 0, 0, 0, 0]'),
	(15, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 3, 0, 0, 0, 0, 0], ["v", "a", "x", "2", 3, 0, 0, 0, 0, 0]'),
	(16, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 3, 0, 0, 0, 0, 0], ["n", "a", "x", null, 2, 0, 0, 0, 0, 0]'),
	(17, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 3, 0, 0, 0, 0, 0], ["n", "a", "x", null, 3, 0, 0, 0, 0, 0]'),
	(18, '["v", "a", "x", "1", 1, 0, 0, 0, 0, 0]'),
	(19, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["v", "b", "x", "1", 1, 0, 0, 0, 0, 0]'),
	(20, '["n", "b", "x", null, 1, 0, 0, 0, 0, 0], ["t", "a", null, null, 5, 0, 0, 0, 0, 0]'),
	(21, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["t", "c", null, null, 1, 0, 0, 0, 0, 0], ["v", "a", "y", "1", 5, 0, 0, 0, 0, 0], ["n", "a", "x", null, 5, 0, 0, 0, 0, 0], ["n", "c", "y", null, 1, 0, 0, 0, 0, 0], ["v", "c", "x", "1", 1, 0, 0, 0, 0, 0], ["v", "a", "z", "2", 1, 0, 0, 0, 0, 0]'),
	(22, '["t", "a", null, null, 5, 0, 0, 0, 0, 0], ["t", "c", null, null, 1, 0, 0, 0, 0, 0], ["v", "a", "y", "1", 5, 0, 0, 0, 0, 0], ["n", "a", "x", null, 5, 0, 0, 0, 0, 0], ["n", "c", "y", null, 1, 0, 0, 0, 0, 0], ["v", "c", "x", "1", 1, 0, 0, 0, 0, 0], ["v", "c", "y", "2", 1, 0, 0, 0, 0, 0]'),
	(23, '["t", "a", null, null, 9223372036854775807, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 9223372036854775807, 0, 0, 0, 0, 0], ["v", "a", "x", "2", 9223372036854775807, 0, 0, 0, 0, 0]')) AS v(n, e) ORDER BY n;
-- Sums that nobody added up give no nonsense.
SELECT segment, attribute, value, n, share, index, mean, difference FROM personas('{"version": 1, "settings": null, "ignored": 0, "entries": [["t", "a", null, null, 9223372036854775807, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 5, 0, 0, 0, 0, 0], ["n", "a", "y", null, 2, 7, 7, 0, 0, 0], ["n", "a", "z", null, 9223372036854775807, -1, 9223372036854775807, -1, -1, -1]]}');
SELECT segment, attribute, value, n FROM personas('{"version": 1, "settings": null, "ignored": 0, "entries": [["t", "a", null, null, 9223372036854775807, 0, 0, 0, 0, 0], ["v", "a", "x", "1", 9223372036854775807, 0, 0, 0, 0, 0], ["t", "b", null, null, 9223372036854775807, 0, 0, 0, 0, 0]]}');
-- An overflow of counts is an error.
SELECT pg_temp.error($$SELECT p + p FROM (SELECT '{"version": 1, "settings": null, "ignored": 0, "entries": [["t", "a", null, null, 9223372036854775807, 0, 0, 0, 0, 0]]}'::persona_profile AS p) AS x$$);
-- The strongest of 600 comparisons of noise is no fact. Averages are written in plain numbers.
SELECT segment, persona_sentence(p, segment) FROM (SELECT persona_profile(CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END, attributes) AS p
	FROM generate_series(1, 500) AS i, LATERAL (SELECT jsonb_object_agg('k' || j, hashint4(i * 1000 + j) & 3 || '') AS attributes FROM generate_series(1, 150) AS j) AS a) AS x, unnest('{a,b}'::text[]) AS segment;
SELECT persona_sentence(persona_profile(CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END, jsonb_build_object('spent', CASE WHEN i % 3 = 0 THEN 1234567 ELSE 20000 END + i, 'rate', (i % 3 + 1) * 0.00002)), 'a') FROM generate_series(1, 300) AS i;
-- An attribute that is a number for some and a word for others is missing for who has neither; the share of the word is of all who have the attribute.
SELECT segment, kind, value, n, round(share::numeric, 4) AS share, round(base_share::numeric, 4) AS base_share, round(index) AS index, mean
FROM (SELECT persona_profile(s, jsonb_build_object('income', v)) AS p FROM (VALUES ('a', '"unknown"'::jsonb), ('a', '10'), ('b', '20'), ('b', '30'), ('b', '"unknown"'), ('b', 'null')) AS v(s, v)) AS x, personas(p) ORDER BY 1, 2, 3;
-- A sentence reads only its own segment, and says the same as the rows do.
SELECT count(*) AS segments, bool_and(persona_sentence(p, segment) LIKE segment || ' (750 customers, 25.0 %%') AS named FROM (SELECT persona_profile(segment, attributes) AS p FROM persona_rows) AS x, (SELECT DISTINCT segment FROM persona_rows) AS s;
-- Every segment has a row for every value: a key of customers as both is an error, and does not take all memory.
SELECT pg_temp.error($$SELECT count(*) FROM (SELECT persona_profile('s' || i, jsonb_build_object('x', 'v' || i)) AS p FROM generate_series(1, 4000) AS i) AS x, personas(p)$$);
-- The names may be anything that JSON can hold, and are not mistaken for anything else.
SELECT segment, attribute, value, n, index FROM (SELECT persona_profile(s, jsonb_build_object(E'k"\n\u00fc', E'v"\\\n''', '', '', 'null', s)) AS p FROM unnest(ARRAY['a"b', '', 'null']) AS s) AS x, personas(p) WHERE n > 0 ORDER BY 1, 2, 3;
DROP TABLE persona_rows;
