-- Holdout: what a model of lifetime value foresaw, and what came.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
\set VERBOSITY default

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
CREATE TEMP TABLE holdouts AS
SELECT name, ltv_holdout(purchases, '1997-10-01', '1998-07-01', jsonb_build_object('model', name)) AS value
FROM customers, (VALUES ('mbg/nbd'), ('bg/nbd'), ('pareto/nbd'), ('mbg/cnbd-k'), ('bg/bb')) AS m (name) GROUP BY name;

-- The cohort of Fader, Hardie & Lee (2005): 2357 customers, 1882 repeat purchases in the 39 weeks of holdout.
SELECT name, s.calibration_end, s.holdout_end, s.model, s.customers, s.acquired_later, s.actual_purchases, s.naive_purchases, s.spend_customers,
	round(s.predicted_purchases::numeric, 3) AS predicted_purchases, round(s.predicted_spend::numeric, 1) AS predicted_spend, round(s.actual_spend::numeric, 2) AS actual_spend,
	s.purchases_mae < s.naive_purchases_mae AS better, s.spend_rmse < s.naive_spend_rmse AS better_spend, s.unmatched_refunds, s.ignored, s.status
FROM holdouts, holdout_summary(value) AS s WHERE name IN ('mbg/nbd', 'bg/nbd') ORDER BY name \gx
SELECT name, s.model, round(s.predicted_purchases::numeric, 2) AS predicted_purchases, s.actual_purchases, round(s.purchases_mae::numeric, 4) AS mae, round(s.naive_purchases_mae::numeric, 4) AS naive_mae FROM holdouts, holdout_summary(value) AS s ORDER BY name;

-- Brute force: the model fitted by fit_ltv, asked for each customer, and the rows themselves counted.
SELECT name, holdout_model(value)::text = m.model::text AS same_model FROM holdouts JOIN
	(SELECT name, fit_ltv(purchases, '1997-10-01', jsonb_build_object('model', name)) AS model FROM customers, (VALUES ('mbg/nbd'), ('bg/nbd'), ('pareto/nbd'), ('mbg/cnbd-k'), ('bg/bb')) AS m (name) GROUP BY name) AS m USING (name) ORDER BY 1;
CREATE TEMP TABLE brute AS
WITH day AS (SELECT id, on_day, sum(amount)::float8 AS net, row_number() OVER (PARTITION BY id ORDER BY on_day) AS n FROM orders GROUP BY id, on_day),
counted AS (
	SELECT id, count(*) FILTER (WHERE on_day >= '1997-10-01') AS y, coalesce(sum(net) FILTER (WHERE on_day >= '1997-10-01'), 0) AS spend,
		count(*) FILTER (WHERE n > 1 AND on_day < '1997-10-01' AND on_day >= DATE '1997-10-01' - 273) AS last_y,
		coalesce(sum(net) FILTER (WHERE n > 1 AND on_day < '1997-10-01' AND on_day >= DATE '1997-10-01' - 273), 0) AS last_spend,
		count(*) FILTER (WHERE on_day < '1997-10-01') - 1 AS x FROM day GROUP BY id)
SELECT name, id, x, y, spend, last_y, last_spend, expected_purchases(holdout_model(value), purchases, '273 days') AS p,
	expected_purchases(holdout_model(value), purchases, '273 days') * expected_spend(holdout_model(value), purchases) AS s
FROM holdouts, counted JOIN customers USING (id);
SELECT h.name, (s.predicted_purchases, s.actual_purchases, s.naive_purchases, s.purchases_mae, s.purchases_rmse, s.purchases_bias, s.naive_purchases_mae, s.naive_purchases_rmse, s.naive_purchases_bias) IS NOT NULL AS present,
	pg_temp.near(s.predicted_purchases, b.p) AND s.actual_purchases = y AND s.naive_purchases = last_y AND pg_temp.near(s.predicted_spend, b.s)
		AND pg_temp.near(s.actual_spend, spend) AND pg_temp.near(s.naive_spend, last_spend) AS totals,
	pg_temp.near(s.purchases_mae, mae) AND pg_temp.near(s.purchases_rmse, rmse) AND pg_temp.near(s.purchases_bias, (b.p - y) / 2357, 1e-9)
		AND pg_temp.near(s.naive_purchases_mae, naive_mae) AND pg_temp.near(s.naive_purchases_rmse, naive_rmse) AND pg_temp.near(s.naive_purchases_bias, (last_y - y) / 2357.0) AS purchases,
	pg_temp.near(s.spend_mae, b.spend_mae) AND pg_temp.near(s.spend_rmse, b.spend_rmse) AND pg_temp.near(s.spend_bias, (b.s - spend) / 2357, 1e-9)
		AND pg_temp.near(s.naive_spend_mae, b.naive_spend_mae) AND pg_temp.near(s.naive_spend_rmse, b.naive_spend_rmse) AND pg_temp.near(s.naive_spend_bias, (last_spend - spend) / 2357, 1e-9) AS spend
FROM holdouts AS h, holdout_summary(value) AS s, (SELECT name, sum(p) AS p, sum(y)::bigint AS y, sum(last_y)::bigint AS last_y, sum(s) AS s, sum(spend) AS spend, sum(last_spend) AS last_spend,
	avg(abs(p - y)) AS mae, sqrt(avg((p - y) ^ 2)) AS rmse, avg(abs(last_y - y)) AS naive_mae, sqrt(avg((last_y - y) ^ 2)) AS naive_rmse,
	avg(abs(s - spend)) AS spend_mae, sqrt(avg((s - spend) ^ 2)) AS spend_rmse, avg(abs(last_spend - spend)) AS naive_spend_mae, sqrt(avg((last_spend - spend) ^ 2)) AS naive_spend_rmse FROM brute GROUP BY name) AS b
WHERE b.name = h.name ORDER BY 1;
-- By frequency: the plot of conditional expectations.
SELECT f.repeat_purchases, f.or_more, f.customers, round((f.predicted_purchases / f.customers)::numeric, 4) AS predicted, round(f.actual_purchases::numeric / f.customers, 4) AS actual, f.naive_purchases
FROM holdouts, holdout_frequencies(value) AS f WHERE name = 'bg/nbd' ORDER BY 1;
SELECT f.name, count(*), bool_and(f.customers = b.customers AND pg_temp.near(f.predicted_purchases, p) AND f.actual_purchases = y AND f.naive_purchases = last_y
	AND pg_temp.near(f.predicted_spend, s) AND pg_temp.near(f.actual_spend, spend, 1e-9) AND abs(f.naive_spend - last_spend) < 1e-6) AS same
FROM (SELECT name, f.* FROM holdouts, holdout_frequencies(value) AS f) AS f JOIN
	(SELECT name, least(x, 10) AS x, count(*) AS customers, sum(p) AS p, sum(y) AS y, sum(last_y) AS last_y, sum(s) AS s, sum(spend) AS spend, sum(last_spend) AS last_spend FROM brute GROUP BY 1, 2) AS b
	ON b.name = f.name AND b.x = f.repeat_purchases GROUP BY 1 ORDER BY 1;
-- Deciles: the highest predictions first; those who are alike stay together, in the decile of their middle.
WITH ranked AS (
	SELECT *, CASE by WHEN 'purchases' THEN p ELSE s END AS key FROM brute, (VALUES ('purchases'), ('spend')) AS r (by)),
placed AS (
	SELECT *, floor((rank() OVER (PARTITION BY name, by ORDER BY key DESC) - 1 + count(*) OVER (PARTITION BY name, by, key) / 2.0) * 10 / 2357)::int + 1 AS decile FROM ranked),
total AS (
	SELECT name, by, decile, count(*) AS customers, sum(p) AS p, sum(y) AS y, sum(last_y) AS last_y, sum(s) AS s, sum(spend) AS spend, sum(last_spend) AS last_spend FROM placed GROUP BY 1, 2, 3)
SELECT t.name, t.by, count(*), bool_and(d.customers = t.customers AND pg_temp.near(d.predicted_purchases, p) AND d.actual_purchases = y AND d.naive_purchases = last_y
	AND pg_temp.near(d.predicted_spend, s) AND pg_temp.near(d.actual_spend, spend, 1e-9) AND abs(d.naive_spend - last_spend) < 1e-6) AS same
FROM total AS t JOIN (SELECT name, by, d.* FROM holdouts, (VALUES ('purchases'), ('spend')) AS r (by), holdout_deciles(value, by) AS d) AS d ON d.name = t.name AND d.by = t.by AND d.decile = t.decile GROUP BY 1, 2 ORDER BY 1, 2;
SELECT d.decile, d.customers, round(d.predicted_purchases::numeric, 2) AS predicted, d.actual_purchases, d.naive_purchases FROM holdouts, holdout_deciles(value) AS d WHERE name = 'mbg/nbd' ORDER BY 1;
SELECT holdout_deciles(value, 'both') FROM holdouts LIMIT 1;

-- The results do not depend on the order of rows, the split or the plan, to the last bit.
SELECT count(DISTINCT value::text) FROM (
	SELECT value FROM holdouts WHERE name = 'mbg/nbd'
	UNION ALL SELECT ltv_holdout(purchases, '1997-10-01', '1998-07-01') FROM customers
	UNION ALL SELECT ltv_holdout(purchases, '1997-10-01', '1998-07-01', NULL ORDER BY md5(id::text)) FROM customers) AS v;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE parallel_customers AS SELECT * FROM customers;
ALTER TABLE parallel_customers SET (parallel_workers = 4);
EXPLAIN (COSTS off) SELECT ltv_holdout(purchases, '1997-10-01', '1998-07-01') FROM parallel_customers;
SELECT ltv_holdout(purchases, '1997-10-01', '1998-07-01')::text = (SELECT value::text FROM holdouts WHERE name = 'mbg/nbd') AS parallel FROM parallel_customers;
ROLLBACK;

-- Windows by hand: a holdout of 10 days, so that the naive forecast looks at 10 days before. Refunds count on their own day; one before
-- any purchase is unmatched. Customers, then purchases and net of the holdout and of the 10 days before, without the first purchase of all.
CREATE TEMP TABLE few AS
SELECT id, timeline(on_day::date, amount) AS purchases
FROM (VALUES (1, '2024-01-01', 10), (1, '2024-01-20', 20), (1, '2024-01-21', 30), (1, '2024-01-31', 40), (1, '2024-02-10', 50), (1, '2024-02-11', 60),
	(2, '2024-01-21', 5), (2, '2024-01-22', 7), (2, '2024-02-01', -2), (3, '2024-01-30', 1), (3, '2024-01-31', -4), (3, '2024-02-01', 6), (3, '2024-02-01', 1),
	(4, '2024-02-01', 8), (5, '2024-01-02', -3), (5, '2024-01-15', 9), (6, '2024-01-02', -3)) AS v (id, on_day, amount) GROUP BY id;
SELECT id, h -> 'customers' -> 0 AS customer, h -> 'acquired_later' AS acquired_later, h -> 'unmatched_refunds' AS unmatched_refunds
FROM (SELECT id, ltv_holdout_accumulate(NULL, purchases, '2024-02-01', '2024-02-11')::json AS h FROM few) AS s ORDER BY id;
-- With "bg/bb" the opportunities come along, here of 7 days, and with "mbg/cnbd-k" the logs of the gaps.
SELECT id, h -> 'customers' -> 0 AS customer, round((h ->> 'log_gaps')::numeric * 1e-8, 6) AS log_gaps, round(ln(19 * 1 * 10)::numeric, 6) AS of_customer_1
FROM (SELECT id, ltv_holdout_accumulate(NULL, purchases, '2024-02-01', '2024-02-11', '{"model": ["bg/bb", "mbg/cnbd-k"]}')::json AS h FROM few) AS s WHERE id < 3 ORDER BY id;
-- Too few customers: an error, as for fit_ltv; or without strict, what can be said without a model.
SELECT ltv_holdout(purchases, '2024-02-01', '2024-02-11') FROM few;
SET client_min_messages = error;
SELECT s.* FROM (SELECT ltv_holdout(purchases, '2024-02-01', '2024-02-11', '{"strict": false}') AS h FROM few) AS x, holdout_summary(h) AS s \gx
SELECT (SELECT count(*) FROM holdout_deciles(h)) AS deciles, (SELECT count(*) FROM holdout_frequencies(h)) AS frequencies FROM (SELECT ltv_holdout(purchases, '2024-02-01', '2024-02-11', '{"strict": false}') AS h FROM few) AS x;
-- Nobody there yet.
SELECT s.customers, s.acquired_later, s.actual_purchases, s.naive_purchases_mae FROM (SELECT ltv_holdout(purchases, '2023-02-01', '2024-02-11', '{"strict": false}') AS h FROM few) AS x, holdout_summary(h) AS s;
SELECT ltv_holdout(NULL::timeline, '2024-02-01', '2024-02-11') IS NULL AS nothing;
RESET client_min_messages;

-- Errors.
SELECT ltv_holdout(purchases, '2024-02-01', '2024-02-01') FROM few;
SELECT ltv_holdout(purchases, NULL, '2024-02-01') FROM few;
SELECT ltv_holdout(purchases, '2024-02-01', NULL) FROM few;
SELECT ltv_holdout(purchases, '2024-02-01', 'infinity') FROM few;
SELECT ltv_holdout(purchases, '2024-02-01', DATE '2024-02-11' + id ORDER BY id) FROM few;
SELECT ltv_holdout(purchases, DATE '2024-02-01' - id, DATE '2024-02-11' ORDER BY id) FROM few;

-- Text, bytes and json: what goes out comes in, and nothing else.
SELECT bool_and(value::text::ltv_holdout::text = value::text AND ltv_holdout_send(value::text::ltv_holdout) = ltv_holdout_send(value) AND value::json ->> 'customers' = '2357') AS same FROM holdouts;
SELECT bool_and(s::text::ltv_holdout_sample::text = s::text AND ltv_holdout_sample_send(s::text::ltv_holdout_sample) = ltv_holdout_sample_send(s)) AS same
FROM (SELECT ltv_holdout_accumulate(NULL, purchases, '2024-02-01', '2024-02-11') AS s FROM few) AS x;
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
SELECT pg_temp.fault(replace(value::text, '"customers": 2357, "spend', '"customers": 2, "spend'), 'ltv_holdout') FROM holdouts WHERE name = 'bg/nbd';
SELECT pg_temp.fault(regexp_replace(value::text, '"model": .*', '"model": null}'), 'ltv_holdout') FROM holdouts WHERE name = 'bg/nbd';
SELECT pg_temp.fault(regexp_replace(value::text, '"1998-07-01"', '"1997-07-01"'), 'ltv_holdout') FROM holdouts WHERE name = 'bg/nbd';
SELECT pg_temp.fault(replace(s::text, '[0, 0', '[0, 1'), 'ltv_holdout_sample') FROM (SELECT ltv_holdout_accumulate(NULL, purchases, '2024-02-01', '2024-02-11') AS s FROM few WHERE id = 5) AS x;
