-- movement: moves between segments and retention of cohorts, against brute force.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET extra_float_digits = 0;

--
-- Moves. Wilson's interval of 3 of 10 is .1078 to .6032 (Wilson 1927; Newcombe 1998), of 10 of 10 .7225 to 1.
--
SELECT before, after, customers, share, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi
FROM (SELECT segment_moves(b, a) AS m FROM (VALUES ('x', 'y', 3), ('x', 'x', 7), ('y', NULL, 10), (NULL, 'x', 4), (NULL, NULL, 2), (NULL, 'é', 1)) AS v(b, a, n), generate_series(1, n)) AS s, moves(m);
CREATE TABLE moved AS
SELECT i, CASE WHEN i % 9 > 0 THEN 'segment ' || i * 31 % 5 END AS before, CASE WHEN i % 7 > 0 THEN 'segment ' || (i * 31 % 5 + (i % 3) / 2) % 6 END AS after FROM generate_series(1, 5000) AS i;
SELECT count(*) AS rows, count(*) FILTER (WHERE m.customers = b.n AND m.share = b.n::float8 / b.of AND abs(lo - (p + z2 / (2 * of) - sqrt(z2 * (p * (1 - p) / of + z2 / (4 * of * of)))) / (1 + z2 / of)) < 1e-12
	AND abs(hi - (p + z2 / (2 * of) + sqrt(z2 * (p * (1 - p) / of + z2 / (4 * of * of)))) / (1 + z2 / of)) < 1e-12) AS equal
FROM (SELECT *, n::float8 / of AS p, 1.959963984540054 ^ 2::float8 AS z2 FROM (SELECT before, after, count(*)::float8 AS n, sum(count(*)::float8) OVER (PARTITION BY before) AS of FROM moved WHERE before IS NOT NULL OR after IS NOT NULL GROUP BY 1, 2) AS g) AS b
FULL JOIN (SELECT r.* FROM (SELECT segment_moves(before, after) AS m FROM moved) AS x, moves(m) AS r) AS m ON coalesce(m.before, '-') = coalesce(b.before, '-') AND coalesce(m.after, '-') = coalesce(b.after, '-');
SELECT segment_moves(before, after)::json ->> 'ignored' = (SELECT count(*) FROM moved WHERE before IS NULL AND after IS NULL)::text AS ignored FROM moved;
-- Any order, merged, in parallel, as text: the same bytes.
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT segment_moves(before, after) FROM moved;
SELECT count(DISTINCT m::text) AS results FROM (SELECT segment_moves(before, after) AS m FROM moved UNION ALL SELECT segment_moves(before, after ORDER BY i DESC) FROM moved
	UNION ALL SELECT rollup(m) FROM (SELECT segment_moves(before, after) AS m FROM moved GROUP BY i % 11) AS x UNION ALL SELECT segment_moves(before, after)::text::jsonb::text::segment_moves FROM moved
	UNION ALL SELECT (segment_moves(before, after) FILTER (WHERE i < 100)) + NULL + (segment_moves(before, after) FILTER (WHERE i >= 100)) FROM moved) AS y;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT segment_moves('a', 'b') IS NULL AS nothing FROM moved WHERE false;
SELECT m, (SELECT count(*) FROM moves(m)) AS rows FROM (SELECT segment_moves(NULL, NULL) AS m FROM generate_series(1, 3)) AS x;
SELECT segment_moves(repeat('a', 1001), NULL);
DROP TABLE moved;

--
-- Cohorts. By hand: four customers who first came in January (two of them on its last day), one in March; as of 15 April the cells of April are open.
--
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
CREATE TEMP TABLE purchase (customer int, at timestamptz, amount numeric);
INSERT INTO purchase VALUES (1, '2026-01-01Z', 5), (1, '2026-01-20Z', 5), (1, '2026-02-28 23:59:59.999999Z', 5), (1, '2026-04-14Z', 5), (2, '2026-01-31 23:59Z', 5), (2, '2026-03-01Z', 5), (2, '2026-04-15Z', 5),
	(3, '2026-01-31Z', 1), (3, '2026-02-10Z', -1), (4, '2026-01-05Z', 0), (4, '2026-03-31Z', 7), (5, '2026-03-02Z', 1), (6, '2026-04-15Z', 9), (7, '2026-01-01Z', -9);
CREATE TEMP TABLE history AS SELECT customer, timeline(at, amount) AS t FROM purchase GROUP BY 1 UNION ALL SELECT 8, NULL;
SELECT to_char(cohort, 'YYYY-MM-DD') AS cohort, age, customers, active, share, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi FROM (SELECT cohort_retention(t, 'month', '2026-04-15') AS c FROM history) AS x, cohort_rows(c) AS r;
SELECT c FROM (SELECT cohort_retention(t, 'month', '2026-04-15') AS c FROM history) AS x;
SELECT to_char(cohort, 'YYYY-MM-DD') AS cohort, age, customers, active, share FROM (SELECT cohort_retention(t, 'quarter', '2026-04-01') AS c FROM history) AS x, cohort_rows(c) AS r;
SELECT count(*) AS rows FROM (SELECT cohort_retention(t, 'year', '2026-01-01') AS c FROM history) AS x, cohort_rows(c) AS r;
RESET timezone;
RESET datestyle;
-- CDNOW and brute force: date_trunc is UTC's, weeks begin on Monday.
\getenv abs_srcdir PG_ABS_SRCDIR
\set unpack 'gzip -dc ' :abs_srcdir '/data/cdnow_sample.txt.gz'
CREATE TEMP TABLE cdnow_line (line text);
COPY cdnow_line FROM PROGRAM :'unpack';
CREATE TEMP TABLE orders AS
SELECT field[1]::int AS customer_id, field[3]::date AS ordered_on, field[5]::numeric AS amount
FROM cdnow_line, regexp_split_to_array(trim(line), ' +') AS field;
CREATE TABLE customer AS SELECT customer_id, timeline(ordered_on, amount) AS t FROM orders GROUP BY 1;
ANALYZE orders;
SET enable_nestloop = off;
WITH first AS (SELECT customer_id, date_trunc(p, min(ordered_on)::timestamp) AS cohort, p FROM orders, unnest('{day,week,month,quarter,year}'::text[]) AS p WHERE ordered_on < '1998-03-11' GROUP BY 1, p),
	cells AS (SELECT p, cohort, date_trunc(p, ordered_on::timestamp) AS at, count(DISTINCT customer_id) AS active FROM first JOIN orders USING (customer_id) WHERE ordered_on < '1998-03-11' GROUP BY 1, 2, 3),
	ours AS (SELECT p, r.cohort, age, customers, active, (r.cohort + (age || CASE p WHEN 'quarter' THEN '' ELSE p END)::text::interval)::timestamp AS at, lo, hi, share
		FROM (SELECT p, cohort_retention(t, p, '1998-03-11') AS c FROM customer, unnest('{day,week,month,year}'::text[]) AS p GROUP BY p) AS x, cohort_rows(c) AS r)
SELECT o.p, count(*) > 0 AS rows, count(*) FILTER (WHERE active_ok AND customers_ok) = count(*) AS equal, sum(active) FILTER (WHERE age = 0) AS closed_firsts, bool_and(age > 0 OR share = 1 OR share IS NULL) AS all_at_0
FROM (SELECT o.*, CASE WHEN o.at + ('1' || o.p)::interval <= '1998-03-11' THEN o.active = coalesce(c.active, 0) ELSE o.active IS NULL AND share IS NULL AND lo IS NULL AND hi IS NULL END AS active_ok,
	o.customers = f.n AS customers_ok FROM ours AS o JOIN (SELECT p, cohort, count(*) AS n FROM first GROUP BY 1, 2) AS f ON (f.p, f.cohort) = (o.p, o.cohort) LEFT JOIN cells AS c ON (c.p, c.cohort, c.at) = (o.p, o.cohort, o.at)) AS o GROUP BY o.p ORDER BY 1;
RESET enable_nestloop;
SELECT count(*) FILTER (WHERE r.age = b.age AND r.active = b.active) AS quarters FROM (SELECT cohort_retention(t, 'quarter', '1998-07-01') AS c FROM customer) AS x, cohort_rows(c) AS r
JOIN (SELECT cohort, (extract(year FROM at) * 4 + extract(quarter FROM at) - extract(year FROM cohort) * 4 - extract(quarter FROM cohort))::int AS age, count(DISTINCT customer_id) AS active
	FROM (SELECT customer_id, date_trunc('quarter', min(ordered_on) OVER (PARTITION BY customer_id)::timestamp) AS cohort, date_trunc('quarter', ordered_on::timestamp) AS at FROM orders) AS o GROUP BY 1, 2) AS b USING (cohort);
-- Any order, merged, in parallel, as text: the same bytes.
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT cohort_retention(t, 'week', '1998-03-11') FROM customer;
SELECT count(DISTINCT c::text) AS results FROM (SELECT cohort_retention(t, 'week', '1998-03-11') AS c FROM customer UNION ALL SELECT cohort_retention(t, 'week', '1998-03-11' ORDER BY customer_id DESC) FROM customer
	UNION ALL SELECT rollup(c) FROM (SELECT cohort_retention(t, 'week', '1998-03-11') AS c FROM customer GROUP BY customer_id % 11) AS x UNION ALL SELECT cohort_retention(t, 'week', '1998-03-11')::text::jsonb::text::cohort_retention FROM customer
	UNION ALL SELECT (cohort_retention(t, 'week', '1998-03-11') FILTER (WHERE customer_id % 2 = 0)) + NULL + (cohort_retention(t, 'week', '1998-03-11') FILTER (WHERE customer_id % 2 = 1)) FROM customer) AS y;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
-- Before Christ, and to the end of time.
SELECT to_char(cohort, 'YYYY-MM-DD BC') AS cohort, age, customers, active FROM (SELECT cohort_retention(t, 'year', '0041-02-01 BC') AS c FROM (SELECT timeline(at::timestamptz, 1) AS t FROM (VALUES ('0044-03-15 Z BC'), ('0042-03-15 Z BC')) AS v(at)) AS h) AS x, cohort_rows(c);
SELECT count(*), max(age), sum(active) FROM (SELECT cohort_retention(t, 'year', '294276-12-31') AS c FROM (SELECT timeline(at::timestamptz, 1) AS t FROM (VALUES ('4713-01-01 Z BC'), ('294276-06-30Z')) AS v(at)) AS h) AS x, cohort_rows(c);

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
SELECT n, pg_temp.error('SELECT cohort_retention(t, ' || args || ') FROM (SELECT * FROM history ORDER BY customer) AS h') FROM (VALUES (1, $$'monthly', '2026-01-01'$$), (2, $$NULL, '2026-01-01'$$), (3, $$'month', NULL$$), (4, $$'month', 'infinity'$$),
	(5, $$'month', DATE '2026-01-01' + customer$$), (6, $$CASE customer WHEN 2 THEN 'day' ELSE 'week' END, '2026-01-01'$$), (7, $$'month', '300000-01-01'$$)) AS v(n, args) ORDER BY n;
SELECT n, pg_temp.error(format('SELECT %L::cohort_retention', '{"version": 1, "settings": ' || s || ', "ignored": 0, "entries": [' || e || ']}')) FROM (VALUES
	(1, 'null', ''), (2, 'null', '["2026-01-01", "0", 1]'), (3, '"month 2026-04-15"', '["2026-01-01", "0", 1]'), (4, '"month 2026-04-15"', '["2026-01-02", "0", 1]'), (5, '"month 2026-04-15"', '["2026-01-01", "4", 1]'),
	(6, '"month 2026-04-15"', '["2026-01-01", "00", 1]'), (7, '"month 2026-04-15"', '["2026-01-01", "-1", 1]'), (8, '"month 2026-04-15"', '["2026-01-01", "x", 1]'), (9, '"month 2026-04-15"', '["2026-01-01", null, 1]'),
	(10, '"fortnight 2026-04-15"', ''), (11, '"month 2026-04-31"', ''), (12, '"month"', ''), (13, '"month 2026-04-15"', '["2026-01-01", "0", 0]'), (14, '"month 2026-04-15"', '["2026-01-01", "1234567890", 1]'),
	(15, '"month 2026-04-15"', '["2026-01-01", "1", 1]'), (16, '"month 2026-04-15"', '["2026-01-01", "1", 2], ["2026-01-01", "0", 1]'), (17, '"month 2026-04-15"', '["2026-01-01", "0", 5], ["2026-02-01", "1", 1]'), (18, '"month 2026-04-15"', '["2026-01-01", "2", 5], ["2026-01-01", "0", 5], ["2025-01-01", "10", 3], ["2025-01-01", "9", 1], ["2025-01-01", "0", 4]'),
	(19, '"month 2026-04-15"', '["2026-01-01", "0", 6], ["02026-01-01", "0", 6]'), (20, '"month 02026-04-15"', '["2026-01-01", "0", 6]')) AS v(n, s, e) ORDER BY n;
SELECT n, pg_temp.error(format('SELECT %L::segment_moves', '{"version": 1, "settings": ' || s || ', "ignored": 0, "entries": [' || e || ']}')) FROM (VALUES
	(1, 'null', ''), (2, '"x"', ''), (3, 'null', '["a", "b", 0]'), (4, 'null', '[null, null, 1]'), (5, 'null', '["a", null, 1]'), (6, 'null', '["a", 1]'), (7, 'null', '["a", "b", 9223372036854775808]')) AS v(n, s, e) ORDER BY n;
DROP TABLE customer, orders;
