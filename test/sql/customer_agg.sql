-- The grouping node CustomerAgg: where it is used, what EXPLAIN says of it, and that it answers as the
-- standard plan does. Expected results are those of the same query with the node turned off.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

SELECT setseed(0.4);
CREATE TEMP TABLE orders AS
SELECT g AS id, nullif((random() * random() * 2000)::int, 7) AS customer, (random() * 5)::int AS country,
	   CASE WHEN random() > 0.02 THEN timestamptz '2025-01-01Z' + (random() * 500)::int * interval '1 day' END AS at,
	   CASE WHEN random() > 0.02 THEN round((random() * 100 - 10)::numeric, 2) END AS amount,
	   (ARRAY['shop', 'web', NULL])[1 + g % 3] AS label
FROM generate_series(1, 20000) AS g;
ANALYZE orders;

-- Where it is used.
EXPLAIN (COSTS OFF) SELECT customer, purchase_summary(at, amount) FROM orders GROUP BY customer;
EXPLAIN (COSTS OFF) SELECT country, customer + 1, revenue(purchase_summary(at, amount) FILTER (WHERE amount > 0)), timeline(at, label, amount), count(*)
FROM orders WHERE customer < 1000 GROUP BY country, customer + 1 HAVING count(*) > 2;
EXPLAIN (VERBOSE, COSTS OFF) SELECT customer, rollup(s) FROM (SELECT customer, country, purchase_summary(at, amount * 2) AS s FROM pg_temp.orders GROUP BY 1, 2) AS x GROUP BY customer
\g (format=unaligned tuples_only=on) | sed 's/pg_temp_[0-9]*/pg_temp/g'
-- Where it is not: other aggregates, DISTINCT and ORDER BY within, grouping sets, no keys, only count(*), turned off.
CREATE FUNCTION pg_temp.uses_node(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line LIKE '%CustomerAgg%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT what, pg_temp.uses_node(query) AS used
FROM (VALUES ('plain', 'SELECT customer, purchase_summary(at, amount) FROM orders GROUP BY customer'),
			 ('another aggregate', 'SELECT customer, purchase_summary(at, amount), max(at) FROM orders GROUP BY customer'),
			 ('another aggregate in HAVING', 'SELECT customer, purchase_summary(at, amount) FROM orders GROUP BY customer HAVING max(at) IS NULL'),
			 ('DISTINCT', 'SELECT customer, purchase_summary(DISTINCT at, amount) FROM orders GROUP BY customer'),
			 ('ORDER BY', 'SELECT customer, purchase_summary(at, amount ORDER BY at) FROM orders GROUP BY customer'),
			 ('grouping sets', 'SELECT customer, purchase_summary(at, amount) FROM orders GROUP BY GROUPING SETS (customer, country)'),
			 ('no key', 'SELECT purchase_summary(at, amount) FROM orders'),
			 ('only count(*)', 'SELECT customer, count(*) FROM orders GROUP BY customer'),
			 ('a key without hash', 'SELECT purchase_summary(at, amount) FROM orders GROUP BY amount::money'),
			 ('a volatile key', 'SELECT floor(random() * 3) AS a, floor(random() * 3) AS b, purchase_summary(at, amount) FROM orders GROUP BY 1, 2'),
			 ('a volatile filter', 'SELECT customer, purchase_summary(at, amount) FILTER (WHERE random() < 0.5) FROM orders GROUP BY customer'),
			 ('in a subquery', 'SELECT (SELECT count(s) FROM (SELECT purchase_summary(at, amount) AS s FROM orders WHERE country = c GROUP BY customer) AS x) FROM generate_series(1, 3) AS c'),
			 ('from a VALUES list', 'SELECT k, timeline(t, 1::int8) FROM (VALUES (1, now()), (2, now())) AS v(k, t) GROUP BY k')) AS v(what, query);
SET customer_profile.enable_customer_agg = off;
SELECT pg_temp.uses_node('SELECT customer, purchase_summary(at, amount) FROM orders GROUP BY customer') AS turned_off;
RESET customer_profile.enable_customer_agg;
SET customer_profile.enable_something_else = on;

-- An aggregate of somebody else's, made of the same functions, starts from another value: not the node's.
CREATE AGGREGATE pg_temp.purchase_summary(at timestamptz, amount numeric) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, FINALFUNC = purchase_summary_final,
	INITCOND = '{"version": 1, "purchases": 1, "first_purchase_at": "2020-01-01T00:00:00Z", "last_purchase_at": "2020-01-01T00:00:00Z", "last_event_at": "2020-01-01T00:00:00Z", "gross": 5, "refunds": 0, "ignored": 0}');
SELECT pg_temp.uses_node('SELECT customer, pg_temp.purchase_summary(at, amount) FROM orders GROUP BY customer') AS used,
	   (SELECT min(first_purchase_at(s)) = '2020-01-01Z' FROM (SELECT pg_temp.purchase_summary(at, amount) AS s FROM orders GROUP BY customer) AS x) AS own_start;

-- The same answers: every query below, in memory and with states on disk, in one process and in three.
CREATE TABLE accounts (id int PRIMARY KEY, name text, region text COLLATE "C");
INSERT INTO accounts SELECT g, 'customer ' || g, CASE WHEN g % 3 > 0 THEN repeat('region', g % 4) || g % 5 END FROM generate_series(0, 2000) AS g;
CREATE TABLE parts (customer int8, at date, amount float8, label text) PARTITION BY HASH (customer);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT customer, at::date, amount, label FROM orders;
ANALYZE accounts, parts;
CREATE TABLE stored AS SELECT * FROM orders; -- temporary tables are not scanned in parallel
CREATE TEMP TABLE queries (what text, query text);
INSERT INTO queries VALUES
	('int4', 'SELECT customer, purchase_summary(at, amount) FROM stored GROUP BY customer'),
	('int8', 'SELECT customer::int8 * 10000000000, purchase_summary(at, amount), count(*) FROM stored GROUP BY 1'),
	('uuid', 'SELECT md5(customer::text)::uuid, timeline(at, amount) FROM stored GROUP BY 1'),
	('short text', 'SELECT customer::text, purchase_summary(at, amount::float8) FROM stored GROUP BY 1'),
	('long text', 'SELECT repeat(customer::text, 9), timeline(at, label, amount) FROM stored GROUP BY 1'),
	('numeric', 'SELECT customer / 10.0, purchase_summary(at::date, amount) FROM stored GROUP BY 1'),
	('three keys', 'SELECT customer, country, label, purchase_summary(at, amount) FROM stored GROUP BY 1, 2, 3'),
	('array', 'SELECT ARRAY[country, customer], purchase_summary(at, amount) FROM stored GROUP BY 1'),
	('FILTER and HAVING', 'SELECT country, customer, purchase_summary(at, amount) FILTER (WHERE label = ''web''), count(*) FILTER (WHERE amount IS NULL) FROM stored GROUP BY 1, 2 HAVING revenue(purchase_summary(at, amount)) > 100 OR count(*) = 1'),
	('expressions', 'SELECT customer % 100 + 1, round(revenue(purchase_summary(at, amount * 2)) / count(*), 3), upper(max) FROM stored, (SELECT max(label) FROM stored) AS m GROUP BY customer % 100, max'),
	('a filter that guards its arguments', 'SELECT customer, purchase_summary(at, 100 / country::numeric) FILTER (WHERE country > 0) FROM stored GROUP BY customer'),
	('nothing passes the filter', 'SELECT customer, purchase_summary(at, amount) FILTER (WHERE false), timeline(at, amount) FILTER (WHERE amount > 89.9) FROM stored GROUP BY 1'),
	('few groups', 'SELECT country, timeline(at, label, amount), purchase_summary(at, amount) FROM stored GROUP BY 1'),
	('rollup', 'SELECT country, rollup(s), rollup(t) FROM (SELECT country, customer, purchase_summary(at, amount) AS s, timeline(at, label, amount) AS t FROM stored GROUP BY 1, 2) AS x GROUP BY 1'),
	('columns that depend on the key', 'SELECT a.id, a.name, a.region, purchase_summary(at, amount) FROM accounts AS a JOIN stored AS s ON s.customer = a.id GROUP BY a.id'),
	('outer join', 'SELECT a.region, purchase_summary(s.at, s.amount), count(*) FROM accounts AS a LEFT JOIN stored AS s ON s.customer = a.id GROUP BY a.region'),
	('partitions', 'SELECT customer, purchase_summary(at, amount), timeline(at, label, amount) FROM parts GROUP BY 1'),
	('correlated', 'SELECT a.id, (SELECT sum(purchases(s)) FROM (SELECT purchase_summary(at, amount + a.id) AS s FROM stored WHERE country = a.id GROUP BY customer) AS x) FROM accounts AS a WHERE a.id < 8'),
	('a subquery as argument', 'SELECT customer, purchase_summary(at, (SELECT max(id) FROM accounts) + amount) FROM stored GROUP BY 1'),
	('window above', 'SELECT customer, rfm_score(fit_rfm(s, ''2026-08-01'') OVER (PARTITION BY country), s) FROM (SELECT country, customer, purchase_summary(at, amount) AS s FROM stored GROUP BY 1, 2) AS x'),
	('distinct above', 'SELECT DISTINCT purchases(purchase_summary(at, amount)) FROM stored GROUP BY customer'),
	('a set-returning function', 'SELECT customer, generate_series(1, purchases(purchase_summary(at, amount))::int % 3) FROM stored GROUP BY customer'),
	('no rows', 'SELECT customer, purchase_summary(at, amount) FROM stored WHERE id < 0 GROUP BY 1');

CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT md5(string_agg(x::text, E''\n'' ORDER BY x::text COLLATE "C")) || count(*) FROM (%s) AS x', query) INTO result;
	RETURN result;
END $$;
SET customer_profile.enable_customer_agg = off;
CREATE TEMP TABLE expected AS SELECT what, query, pg_temp.answer(query) AS answer FROM queries;
RESET customer_profile.enable_customer_agg;
SET enable_hashagg = off; -- the standard plans shall not win here
SET enable_sort = off;
SELECT count(*) AS queries, string_agg(what, ', ') FILTER (WHERE NOT pg_temp.uses_node(query)) AS without_node FROM queries;
SELECT what AS differs FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT what AS differs_on_disk FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_partitionwise_aggregate = on;
SELECT what AS differs_on_disk_in_parallel FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT what AS differs_in_parallel FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
SET parallel_leader_participation = off;
SELECT what AS differs_without_leader FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
RESET parallel_leader_participation;
SET max_parallel_workers = 0;
SELECT what AS differs_without_workers FROM expected WHERE pg_temp.answer(query) IS DISTINCT FROM answer;
RESET max_parallel_workers;

-- Scanned again and again, in parallel: the OFFSET is new each time.
SELECT pg_temp.uses_node('SELECT i, n FROM generate_series(1, 20) AS i, LATERAL (SELECT count(s) AS n FROM (SELECT purchase_summary(at, amount) AS s FROM stored GROUP BY customer OFFSET i) AS x) AS y');
SELECT count(*) FROM generate_series(1, 20) AS i, LATERAL (SELECT count(s) AS n FROM (SELECT purchase_summary(at, amount) AS s FROM stored GROUP BY customer OFFSET i) AS x) AS y
WHERE n = (SELECT count(DISTINCT coalesce(customer, -1)) FROM stored) - i;

-- EXPLAIN ANALYZE: groups, memory, what was spilled. Numbers of bytes differ between machines, those of rows with the processes.
CREATE FUNCTION pg_temp.explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
		RETURN NEXT regexp_replace(regexp_replace(line, '(Usage|States|Partitions): [1-9]\d*', '\1: N'), 'actual rows=[\d.]+ loops=\d+', 'actual');
	END LOOP;
END $$;
SELECT pg_temp.explained('SELECT customer, purchase_summary(at, amount) FROM stored GROUP BY customer');
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.explained('SELECT customer, purchase_summary(at, amount) FROM stored GROUP BY customer HAVING count(*) > 100000');
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT pg_temp.explained('SELECT customer, timeline(at, amount) FROM stored GROUP BY customer');
RESET work_mem;
RESET hash_mem_multiplier;

-- Cursors that scroll, rescans with and without new parameters, prepared plans.
BEGIN;
DECLARE back SCROLL CURSOR FOR SELECT customer, purchases(purchase_summary(at, amount)) FROM stored WHERE customer < 5 GROUP BY customer;
MOVE FORWARD ALL IN back;
FETCH BACKWARD 1 FROM back;
MOVE BACKWARD ALL IN back;
FETCH FORWARD 1 FROM back;
ROLLBACK;
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*), sum(n) FROM generate_series(1, 4) AS i, LATERAL (SELECT customer, purchases(purchase_summary(at, amount)) AS n FROM stored WHERE country < 3 GROUP BY customer OFFSET 0) AS x;
SELECT i, count(*), sum(n) FROM generate_series(1, 4) AS i, LATERAL (SELECT customer, purchases(purchase_summary(at, amount)) AS n FROM stored WHERE country = i GROUP BY customer OFFSET 0) AS x GROUP BY i ORDER BY i;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;
PREPARE of_country(int) AS SELECT count(*), sum(n) FROM (SELECT purchases(purchase_summary(at, amount)) AS n FROM stored WHERE country = $1 GROUP BY customer) AS x;
SET plan_cache_mode = force_generic_plan;
EXECUTE of_country(1);
EXECUTE of_country(4);
RESET plan_cache_mode;

-- Into tables.
CREATE MATERIALIZED VIEW summaries AS SELECT customer, purchase_summary(at, amount) AS summary FROM stored WHERE customer IS NOT NULL GROUP BY customer;
CREATE UNIQUE INDEX ON summaries (customer);
DELETE FROM stored WHERE customer % 2 = 0;
REFRESH MATERIALIZED VIEW CONCURRENTLY summaries;
SELECT count(*), sum(purchases(summary)) = (SELECT count(*) FROM stored WHERE customer IS NOT NULL AND at IS NOT NULL AND amount >= 0) AS all_there FROM summaries;
CREATE TEMP TABLE copies (customer int, history timeline);
INSERT INTO copies SELECT customer, timeline(at, amount) FROM stored GROUP BY customer;
SELECT count(*), sum(events(history)) FROM copies;

-- Errors come out as they do of the standard plan, whichever process finds them.
\set VERBOSITY terse
SET max_parallel_workers_per_gather = 2;
SELECT customer, purchase_summary(at, 'NaN'::numeric) FROM stored GROUP BY customer;
SELECT customer, purchase_summary(at, 1.7e20) FROM stored GROUP BY customer;
SELECT customer, purchase_summary(at, amount / (id % 7)) FROM stored GROUP BY customer;
\set VERBOSITY default
-- Nobody calls it who may not call the aggregate.
CREATE ROLE customer_agg_nobody;
GRANT SELECT ON stored TO customer_agg_nobody;
REVOKE EXECUTE ON FUNCTION purchase_summary(timestamptz, numeric) FROM PUBLIC;
SET ROLE customer_agg_nobody;
SELECT customer, purchase_summary(at, amount) FROM stored GROUP BY customer;
RESET ROLE;
GRANT EXECUTE ON FUNCTION purchase_summary(timestamptz, numeric) TO PUBLIC;
DROP OWNED BY customer_agg_nobody;
DROP ROLE customer_agg_nobody;
DROP MATERIALIZED VIEW summaries;
DROP TABLE accounts, parts, stored;
