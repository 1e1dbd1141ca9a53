-- Tracking: expected against actual repeat purchases over time, and how many customers made how many.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
\set VERBOSITY default
SET DateStyle = 'ISO';

CREATE FUNCTION pg_temp.near(a float8, b float8, tolerance float8 DEFAULT 1e-10) RETURNS bool
	LANGUAGE sql AS $$ SELECT abs(a - b) <= tolerance * abs(b) $$;

-- The CDNOW sample: test/data/README.md.
\getenv srcdir PG_ABS_SRCDIR
\set unpack 'gzip -dc ' :srcdir '/data/cdnow_sample.txt.gz'
CREATE TEMP TABLE cdnow_line (line text);
COPY cdnow_line FROM PROGRAM :'unpack';
CREATE TEMP TABLE orders AS
SELECT field[2]::int AS id, field[3]::date AS on_day, field[5]::numeric AS amount
FROM cdnow_line, regexp_split_to_array(trim(line), ' +') AS field;
CREATE TEMP TABLE customers AS
SELECT id, timeline(on_day, amount) AS purchases FROM orders GROUP BY id;
ANALYZE customers;
CREATE TEMP TABLE models AS
SELECT name, fit_ltv(purchases, DATE '1997-10-01', jsonb_build_object('model', name)) AS model
FROM customers, (VALUES ('mbg/nbd'), ('bg/nbd'), ('pareto/nbd'), ('mbg/cnbd-k')) AS m (name) GROUP BY name;
CREATE TEMP TABLE trackings AS
SELECT name, ltv_tracking(model, purchases, '1998-07-01') AS value FROM customers, models GROUP BY name;

-- 78 weeks, of which the last 39 were not seen by the model (Fader, Hardie & Lee 2005, figures 2 and 3). One week ends at the as_of of the model.
SELECT name, count(*), min(period_end), max(period_end), count(*) FILTER (WHERE in_holdout) AS in_holdout, bool_or(period_end = '1997-10-01' AND NOT in_holdout) AS aligned,
	max(actual_cumulative) AS actual, sum(actual_incremental) AS sum_of_increments, round(max(expected_cumulative)::numeric, 2) AS expected,
	pg_temp.near(sum(expected_incremental), max(expected_cumulative)) AS expected_increments
FROM trackings, tracking_periods(value) GROUP BY name ORDER BY name;
-- Brute force: every customer as a new one on the first day, asked for the time since; the actual ones from the rows.
WITH day AS (SELECT id, on_day, row_number() OVER (PARTITION BY id ORDER BY on_day) AS n FROM (SELECT DISTINCT id, on_day FROM orders) AS d),
first AS (SELECT on_day, count(*) AS customers, timeline(on_day, 1) AS newcomer FROM day WHERE n = 1 GROUP BY 1),
asked AS (SELECT name, period_end, sum(customers * expected_purchases(model, newcomer, make_interval(days => period_end - 1 - on_day), on_day + 1)) AS expected
	FROM trackings JOIN models USING (name), tracking_periods(value), first WHERE on_day < period_end GROUP BY 1, 2)
SELECT t.name, count(*) AS weeks, bool_and(actual_cumulative = (SELECT count(*) FROM day WHERE n > 1 AND on_day < t.period_end)) AS actual, bool_and(pg_temp.near(expected_cumulative, expected, 1e-9)) AS expected
FROM (SELECT name, p.* FROM trackings, tracking_periods(value) AS p) AS t JOIN asked AS a ON a.name = t.name AND a.period_end = t.period_end GROUP BY 1 ORDER BY 1;
SELECT name, period_end, in_holdout, round(expected_cumulative::numeric, 3) AS expected_cumulative, actual_cumulative, round(expected_incremental::numeric, 4) AS expected_incremental, actual_incremental
FROM trackings, tracking_periods(value) WHERE period_end IN ('1997-01-08', '1997-10-01', '1997-10-08', '1998-07-01') AND name IN ('mbg/nbd', 'bg/nbd') ORDER BY 1, 2;

-- The histogram. Actual: 1411 customers without a repeat purchase, 439 with one, ... . Expected for BG/NBD: Fader, Hardie & Lee (2005), equation 8, here with
-- products in place of Gamma functions, at the parameters of the model.
SELECT f.* FROM (SELECT name, repeat_purchases, or_more, actual_customers, round(expected_customers::numeric, 2) AS expected FROM trackings, tracking_frequencies(value)) AS f WHERE name = 'bg/nbd' ORDER BY 2;
WITH RECURSIVE parameter AS (
	SELECT max(value) FILTER (WHERE parameter = 'r') AS r, max(value) FILTER (WHERE parameter = 'alpha') AS alpha, max(value) FILTER (WHERE parameter = 'a') AS a, max(value) FILTER (WHERE parameter = 'b') AS b
	FROM models, ltv_parameters(model) WHERE name = 'bg/nbd' AND part = 'purchase'),
age AS (SELECT (DATE '1997-10-01' - 1 - first) / 7.0::float8 AS t, count(*) AS customers FROM (SELECT min(on_day) AS first FROM orders GROUP BY id) AS f GROUP BY 1),
-- nb: probability of x purchases if nobody drops out; kept: B(a, b + x) / B(a, b); before: the same of x - 1; below: sum of nb of less than x.
term AS (
	SELECT t, customers, r, alpha, a, b, 0 AS x, (alpha / (alpha + t)) ^ r AS nb, 1::float8 AS kept, 0::float8 AS before, 0::float8 AS below FROM age, parameter
	UNION ALL
	SELECT t, customers, r, alpha, a, b, x + 1, nb * (r + x) / (x + 1) * t / (alpha + t), kept * (b + x) / (a + b + x), kept, below + nb FROM term WHERE x < 9),
expected AS (SELECT x, sum(customers * (kept * nb + CASE WHEN x > 0 THEN before * a / (a + b + x - 1) * (1 - below) ELSE 0 END)) AS customers FROM term GROUP BY x)
SELECT bool_and(pg_temp.near(f.expected_customers, e.customers, 1e-9)) AS expected, count(*) FROM trackings, tracking_frequencies(value) AS f, expected AS e WHERE name = 'bg/nbd' AND x = repeat_purchases AND NOT or_more;
SELECT name, sum(actual_customers) AS actual, round(sum(expected_customers)::numeric, 6) AS expected FROM trackings, tracking_frequencies(value) GROUP BY name ORDER BY 1;
SELECT name, bool_and(f.actual_customers = coalesce(h.customers, 0)) AS actual FROM trackings CROSS JOIN LATERAL tracking_frequencies(value) AS f
LEFT JOIN (SELECT least(x, 10) AS x, count(*) AS customers FROM (SELECT count(DISTINCT on_day) - 1 AS x FROM orders WHERE on_day < '1997-10-01' GROUP BY id) AS d GROUP BY 1) AS h ON h.x = repeat_purchases GROUP BY name ORDER BY 1;
-- Other steps; a period that is not over is left out, and so are customers who came after the as_of of the model.
SELECT step, count(*), min(period_end), max(period_end), max(actual_cumulative), count(*) FILTER (WHERE in_holdout) AS in_holdout
FROM (SELECT step, ltv_tracking(model, purchases, until, step) AS t FROM customers, models, (VALUES (interval '1 day', DATE '1998-07-01'), ('30 days', '1998-07-01'), ('30 days', '1998-06-28'), ('1000 days', '1997-10-01'), (NULL, '1997-10-01')) AS s (step, until) WHERE name = 'bg/nbd' GROUP BY step, until) AS x,
	tracking_periods(t) GROUP BY step, t::text ORDER BY 1, 4;
CREATE TEMP TABLE few AS
SELECT id, timeline(on_day::date, amount) AS purchases
FROM (VALUES (1, '1997-09-30', 10), (1, '1997-09-30', 10), (1, '1997-10-01', 1), (1, '1997-10-02', -1), (1, '1997-10-13', 5), (1, '1997-10-15', 5), (2, '1997-10-01', 1), (2, '1997-10-02', 1), (3, '1997-09-02', -1), (3, '1997-09-20', 1), (3, '1997-09-21', 1)) AS v (id, on_day, amount) GROUP BY id;
SELECT t::json -> 'days' AS days, t::json -> 'frequencies' AS frequencies, t::json -> 'after_as_of' AS after_as_of FROM (SELECT ltv_tracking(model, purchases, '1997-10-15') AS t FROM few, models WHERE name = 'bg/nbd') AS x;
SELECT p.period_end, p.in_holdout, p.actual_cumulative, p.actual_incremental, expected_cumulative > 0 AS expected FROM (SELECT ltv_tracking(model, purchases, '1997-10-16') AS t FROM few, models WHERE name = 'bg/nbd') AS x, tracking_periods(t) AS p;
-- Dates at the ends of the calendar.
SELECT count(*), bool_and(expected_cumulative < 'infinity') AS finite FROM (SELECT ltv_tracking(model, (SELECT timeline(DATE '4000-01-01 BC', 1)), '9999-01-01', '1000 days') AS t FROM models WHERE name = 'mbg/nbd') AS x, tracking_periods(t);
SELECT count(*) FROM (SELECT ltv_tracking(model, (SELECT timeline(DATE '4000-01-01 BC', 1)), '9999-01-01', '1 day') AS t FROM models WHERE name = 'mbg/nbd') AS x, tracking_periods(t);

-- The results do not depend on the order of rows, the split or the plan.
SELECT count(DISTINCT value::text) FROM (
	SELECT value FROM trackings WHERE name = 'mbg/nbd'
	UNION ALL SELECT ltv_tracking(model, purchases, '1998-07-01', NULL ORDER BY md5(id::text)) FROM customers, models WHERE name = 'mbg/nbd'
	UNION ALL SELECT rollup(t) FROM (SELECT ltv_tracking(model, purchases, '1998-07-01') AS t FROM customers, models WHERE name = 'mbg/nbd' GROUP BY id % 7) AS x
	UNION ALL SELECT (SELECT ltv_tracking(model, purchases, '1998-07-01') FROM customers, models WHERE name = 'mbg/nbd' AND id < 99) + (SELECT ltv_tracking(model, purchases, '1998-07-01') FROM customers, models WHERE name = 'mbg/nbd' AND id >= 99)) AS v;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE parallel_customers AS SELECT * FROM customers;
ALTER TABLE parallel_customers SET (parallel_workers = 4);
SELECT model FROM models WHERE name = 'mbg/nbd' \gset
EXPLAIN (COSTS off) SELECT ltv_tracking(:'model'::ltv_model, purchases, '1998-07-01') FROM parallel_customers;
SELECT ltv_tracking((SELECT model FROM models WHERE name = 'mbg/nbd'), purchases, '1998-07-01')::text = (SELECT value::text FROM trackings WHERE name = 'mbg/nbd') AS parallel FROM parallel_customers;
ROLLBACK;

-- A model that could not be fitted: the actual ones, and NULL for the expected.
SET client_min_messages = error;
SELECT p.* FROM (SELECT ltv_tracking((SELECT fit_ltv(purchases, '1997-10-01', '{"strict": false}') FROM few), purchases, '1997-10-15') AS t FROM few) AS x, tracking_periods(t) AS p;
SELECT f.* FROM (SELECT ltv_tracking((SELECT fit_ltv(purchases, '1997-10-01', '{"strict": false}') FROM few), purchases, '1997-10-15') AS t FROM few) AS x, tracking_frequencies(t) AS f WHERE actual_customers > 0;
RESET client_min_messages;
SELECT ltv_tracking(model, NULL, '1997-10-15') IS NULL AS nothing FROM models;

-- Errors.
SELECT ltv_tracking(model, purchases, '1998-07-01') FROM few, models;
SELECT ltv_tracking(NULL, purchases, '1998-07-01') FROM few;
SELECT ltv_tracking((SELECT fit_ltv(purchases, '1997-10-01', '{"model": "bg/bb"}') FROM customers), purchases, '1998-07-01') FROM few;
SELECT ltv_tracking((SELECT fit_ltv(purchases, '1997-10-01', ARRAY[id % 2]::float8[], '{}') FROM customers), purchases, '1998-07-01') FROM few;
SELECT ltv_tracking(model, purchases, NULL) FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, 'infinity') FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, '1997-09-30') FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, DATE '1998-07-01' + id ORDER BY id) FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, '1998-07-01', id * interval '1 day' ORDER BY id) FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, '1998-07-01', '1 month') FROM few, models WHERE name = 'bg/nbd';
SELECT ltv_tracking(model, purchases, '1998-07-01', '1 hour') FROM few, models WHERE name = 'bg/nbd';

-- Text, bytes and json: what goes out comes in, and nothing else.
SELECT bool_and(value::text::ltv_tracking::text = value::text AND ltv_tracking_send(value::text::ltv_tracking) = ltv_tracking_send(value) AND value::json ->> 'until' = '1998-07-01') AS same FROM trackings;
SELECT t::text::ltv_tracking::text = t::text AS same FROM (SELECT ltv_tracking(model, purchases, '1997-10-15') AS t FROM few, models WHERE name = 'bg/nbd') AS x;
-- Where in the text the fault is depends on how many digits its numbers have.
CREATE FUNCTION pg_temp.fault(value text, type regtype) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('SELECT %L::%s', value, type);
	RETURN 'none';
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN regexp_replace(detail, ', at character .*', '');
END
$$;
SELECT pg_temp.fault(replace(value::text, '"frequencies": [1', '"frequencies": [2'), 'ltv_tracking') FROM trackings WHERE name = 'bg/nbd';
SELECT pg_temp.fault(replace(value::text, '["1997-01-02"', '["1997-01-01"'), 'ltv_tracking') FROM trackings WHERE name = 'bg/nbd';
SELECT pg_temp.fault(replace(value::text, '"until": "1998', '"until": "1997'), 'ltv_tracking') FROM trackings WHERE name = 'bg/nbd';
