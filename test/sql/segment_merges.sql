-- segment_merges: every aggregate of the segments rooms gives the same bytes for any split of the rows, any order and any tree of merges.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- 600 customers, some of them unknown in every way.
CREATE TEMP TABLE customer AS
SELECT i, CASE WHEN i % 13 > 0 THEN 'segment ' || i % 5 END AS segment, CASE WHEN i % 7 > 0 THEN 'segment ' || i * 7 % 4 END AS after,
	CASE WHEN i % 17 > 0 THEN jsonb_build_object('city', i % 6, 'x', (i * 31 % 97) / 7.0, 'member', i % 2 = 0, 'unknown', NULL, 'name', CASE WHEN i % 3 = 0 THEN 'ä' || i % 4 END) END AS attributes,
	CASE WHEN i % 11 > 0 THEN ARRAY[i * 7919 % 101, sqrt(i), -(i % 3)]::float8[] END AS features, CASE WHEN i % 19 > 0 THEN (i * 37 % 613) / 612.0::float8 END AS score,
	CASE WHEN i % 3 > 0 THEN i * 53 % 89 < 40 END AS outcome, CASE WHEN i % 5 > 0 THEN (i * 41 % 59) ^ 3 / 7.0::float8 END AS value,
	(SELECT timeline(timestamp '2024-01-01' + (i * 13 % 300 + n * (i % 40)) * interval '1 day', (1 + n)::numeric) FROM generate_series(1, i % 6) AS n) AS history
FROM generate_series(1, 600) AS i;

-- Each aggregate as SQL over the rows `part`, to be merged with + and with rollup.
CREATE TEMP TABLE aggregate (name text, call text);
INSERT INTO aggregate VALUES
	('kmeans_sample', 'kmeans_sample(features, 3)'),
	('kmeans_sample, bounded', $$kmeans_sample(features, 3, '{"sample": 100}')$$),
	('persona_profile', 'persona_profile(segment, attributes)'),
	('distribution_summary of numbers', 'distribution_summary(value)'),
	('distribution_summary of texts', 'distribution_summary(after)'),
	('segment_moves', 'segment_moves(segment, after)'),
	('cohort_retention', $$cohort_retention(history, 'month', '2025-03-10')$$),
	('prediction_summary', 'prediction_summary(score, outcome)');

-- How many of 25 random splits, rolled up in a random order, or merged two by two with +, give other bytes than all rows at once.
CREATE FUNCTION pg_temp.differences(call text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	whole bytea; again bytea; pairs bytea; type text := split_part(call, '(', 1); wrong int := 0; parts int;
BEGIN
	EXECUTE format('SELECT %s_send(%s) FROM customer', type, call) INTO whole;
	FOR round IN 1 .. 25 LOOP
		parts := 1 + floor(random() * 12);
		CREATE TEMP TABLE split AS SELECT customer.*, floor(random() * parts)::int AS part, random() AS place FROM customer;
		EXECUTE format('CREATE TEMP TABLE piece AS SELECT part, %s AS s FROM (SELECT * FROM split ORDER BY place) AS r GROUP BY part', call);
		INSERT INTO piece VALUES (-1, NULL);
		EXECUTE format('SELECT %s_send(rollup(s ORDER BY random())) FROM piece', type) INTO again;
		EXECUTE format('SELECT %s_send(rollup(s)) FROM (SELECT a.s + b.s AS s FROM piece AS a FULL JOIN piece AS b ON a.part + 1 = b.part AND a.part %% 2 = 0 WHERE coalesce(a.part, 0) %% 2 = 0 AND coalesce(b.part, 1) %% 2 <> 0) AS p', type) INTO pairs;
		wrong := wrong + (again IS DISTINCT FROM whole)::int + (pairs IS DISTINCT FROM whole)::int;
		DROP TABLE split, piece;
	END LOOP;
	RETURN wrong;
END $$;
SELECT setseed(0.5);
SELECT name, pg_temp.differences(call) AS differences FROM aggregate;
-- The test can fail: with a row left out, the bytes differ.
SELECT prediction_summary_send(prediction_summary(score, outcome)) <> prediction_summary_send(prediction_summary(score, outcome) FILTER (WHERE i <> 5)) AS told_apart FROM customer;

-- The answers of the window functions do not depend on the order of rows, frames or peers.
CREATE FUNCTION pg_temp.answers(over_what text) RETURNS TABLE (answers text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT string_agg(row(i, share, class, decile, hide, shrunk)::text, chr(10) ORDER BY i) FROM (SELECT i, cume_share(value) OVER w AS share, abc_class(value) OVER w AS class, decile(value) OVER w AS decile,
		suppress_set(i %% 40, 12) OVER w AS hide, shrink(ROW(value, 1 + i %% 9, NULL, NULL, i)::estimate) OVER w AS shrunk FROM customer WINDOW w AS (PARTITION BY segment %s)) AS a', over_what);
END $$;
SELECT count(*) AS ways, count(DISTINCT answers) AS results, min(length(answers)) > 20000 AS told FROM unnest('{"", "ORDER BY i DESC", "ORDER BY value ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING", "ORDER BY i % 3 GROUPS CURRENT ROW EXCLUDE TIES"}'::text[]) AS w, pg_temp.answers(w);

-- Equality, order and hash of the two summaries: of the content, whatever the order of the rows.
CREATE TEMP TABLE orders_of AS
SELECT part, prediction_summary(x / 101.0, x % 3 = 0 ORDER BY x) AS p, prediction_summary(x / 101.0, x % 3 = 0 ORDER BY -x) AS q,
	distribution_summary(x::float8 ORDER BY x) AS d, distribution_summary(x::float8 ORDER BY -x) AS e
FROM generate_series(1, 100) AS x, generate_series(1, 9) AS part WHERE x % 9 < part GROUP BY part;
SELECT bool_and(p = q AND NOT p <> q AND p <= q AND p >= q AND NOT p < q AND NOT p > q) AS predictions, bool_and(d = e AND NOT d <> e) AS distributions,
	bool_and(prediction_summary_hash(p) = prediction_summary_hash(q) AND prediction_summary_hash_extended(p, 7) = prediction_summary_hash_extended(q, 7)
		AND distribution_summary_hash(d) = distribution_summary_hash(e)) AS hashes FROM orders_of;
SELECT count(DISTINCT p) AS predictions, count(DISTINCT d) AS distributions FROM (SELECT p, d FROM orders_of UNION ALL SELECT q, e FROM orders_of) AS x;
SELECT bool_and((a.p < b.p) <> (a.p >= b.p) AND (a.p < b.p) = (b.p > a.p) AND (a.p = b.p) = (a.part = b.part) AND (a.d < b.d) = (b.d > a.d) AND (a.d = b.d) = (a.part = b.part)) AS total_order
FROM orders_of AS a, orders_of AS b;
SELECT count(*) AS triples, count(*) FILTER (WHERE a.p < b.p AND b.p < c.p AND NOT a.p < c.p) AS not_transitive FROM orders_of AS a, orders_of AS b, orders_of AS c;
SET enable_hashagg = off;
SELECT count(*) AS sorted FROM (SELECT p FROM orders_of GROUP BY p) AS x;
SET enable_hashagg = on; SET enable_sort = off;
SELECT count(*) AS hashed FROM (SELECT p FROM (SELECT p FROM orders_of UNION ALL SELECT q FROM orders_of) AS y GROUP BY p) AS x;
RESET enable_hashagg; RESET enable_sort;

-- And of the other values that merge.
CREATE TEMP TABLE others AS
SELECT part, persona_profile(segment, attributes ORDER BY i) AS p, persona_profile(segment, attributes ORDER BY -i) AS q, segment_moves(segment, after ORDER BY i) AS m, segment_moves(segment, after ORDER BY -i) AS n,
	cohort_retention(history, 'month', '2025-03-10' ORDER BY i) AS c, cohort_retention(history, 'month', '2025-03-10' ORDER BY -i) AS d
FROM customer, generate_series(1, 9) AS part WHERE i % 9 < part GROUP BY part;
SELECT bool_and(p = q AND NOT p <> q AND p <= q AND p >= q AND NOT p < q AND NOT p > q AND persona_profile_hash(p) = persona_profile_hash(q) AND persona_profile_hash_extended(p, 7) = persona_profile_hash_extended(q, 7)) AS profiles,
	bool_and(m = n AND NOT m <> n AND segment_moves_hash(m) = segment_moves_hash(n)) AS moves, bool_and(c = d AND NOT c <> d AND cohort_retention_hash(c) = cohort_retention_hash(d)) AS cohorts FROM others;
SELECT bool_and((a.p < b.p) = (b.p > a.p) AND (a.p = b.p) = (a.part = b.part) AND (a.m < b.m) = (b.m > a.m) AND (a.m = b.m) = (a.part = b.part) AND (a.c < b.c) = (b.c > a.c) AND (a.c = b.c) = (a.part = b.part)) AS total_order FROM others AS a, others AS b;
SELECT count(*) AS rows, count(DISTINCT p) AS profiles, count(DISTINCT m) AS moves, count(DISTINCT c) AS cohorts FROM (SELECT p, m, c FROM others UNION ALL SELECT q, n, d FROM others) AS x;
SELECT (SELECT count(*) FROM others AS a JOIN others AS b ON a.p = b.q) AS profiles, (SELECT count(*) FROM (SELECT m FROM others UNION SELECT n FROM others) AS x) AS moves, (SELECT count(*) FROM (SELECT c FROM others INTERSECT SELECT d FROM others) AS x) AS cohorts;
