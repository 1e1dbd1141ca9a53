-- Lifetime value: fit_ltv, its models, and what they say of customers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
\set VERBOSITY default
SET extra_float_digits = 1;

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
SELECT 'mbg/nbd' AS name, fit_ltv(purchases, DATE '1997-10-01') AS model FROM customers
UNION ALL
SELECT 'bg/nbd', fit_ltv(purchases, DATE '1997-10-01', '{"model": "bg/nbd"}') FROM customers;

-- True when two numbers agree to a relative tolerance.
CREATE FUNCTION pg_temp.near(a float8, b float8, tolerance float8 DEFAULT 1e-7) RETURNS bool
	LANGUAGE sql AS $$ SELECT abs(a - b) <= tolerance * abs(b) $$;

-- Golden numbers: a Newton fit to full precision, which Fader, Hardie & Lee (2005) and the R and
-- Python packages agree with to the digits they give. Standard errors are given to six digits.
WITH golden (name, part, parameter, value, se, se_robust) AS (VALUES
	('bg/nbd', 'purchase', 'r', .2425945224, .0125574, .0143919),
	('bg/nbd', 'purchase', 'alpha', 4.413602019, .378224, .465096),
	('bg/nbd', 'purchase', 'a', .7929220173, .185734, .181001),
	('bg/nbd', 'purchase', 'b', 2.425906777, .705414, .683525),
	('mbg/nbd', 'purchase', 'r', .5248431591, .0832682, .0969136),
	('mbg/nbd', 'purchase', 'alpha', 6.183085280, .695621, .972890),
	('mbg/nbd', 'purchase', 'a', .8913593907, .154790, .151905),
	('mbg/nbd', 'purchase', 'b', 1.614002240, .537495, .530239),
	('mbg/nbd', 'spend', 'p', 6.249572271, 1.19006, 1.22814),
	('mbg/nbd', 'spend', 'q', 3.744224667, .290133, .300596),
	('mbg/nbd', 'spend', 'v', 15.44352096, 4.15942, 4.37125))
SELECT g.name, g.part, g.parameter, pg_temp.near(p.value, g.value) AS value,
	pg_temp.near(p.se, g.se, 5e-6) AS se, pg_temp.near(p.se_robust, g.se_robust, 5e-6) AS se_robust
FROM golden g JOIN models m USING (name)
LEFT JOIN LATERAL ltv_parameters(m.model) p ON (p.part, p.parameter) = (g.part, g.parameter)
ORDER BY g.name, g.part, g.parameter;

SELECT m.name, pg_temp.near(d.log_likelihood, g.log_likelihood) AS log_likelihood,
	pg_temp.near(d.spend_log_likelihood, -4055.917694802) AS spend_log_likelihood,
	d.as_of, d.period, d.timezone, d.customers, d.repeat_customers, d.groups, d.converged, d.at_boundary,
	d.gradient_norm < 1e-11 AS gradient, d.iterations <= 10 AS iterations,
	d.spend_customers, d.spend_excluded, d.after_as_of, d.unmatched_refunds, d.ignored, d.status, d.model
FROM (VALUES ('bg/nbd', -9582.429206674), ('mbg/nbd', -9582.135715554)) g (name, log_likelihood)
JOIN models m USING (name), LATERAL ltv_diagnostics(m.model) d \gx

-- Customers 1 and 3. DERT: ten percent a year, infinite horizon, per purchase.
WITH golden (name, id, p_alive, purchases_39_weeks, dert) AS (VALUES
	('bg/nbd', 1, .7266203117, 1.225994455, 6.37215244),
	('bg/nbd', 3, 1, NULL, NULL),
	('mbg/nbd', 1, .7061384790, 1.262758851, NULL),
	('mbg/nbd', 3, .3897229767, NULL, NULL))
SELECT name, id, pg_temp.near(p_alive(model, purchases), g.p_alive) AS p_alive,
	pg_temp.near(expected_purchases(model, purchases, '39 weeks'), g.purchases_39_weeks) AS purchases,
	pg_temp.near(ltv(model, purchases, NULL, 0.10) / expected_spend(model, purchases), g.dert) AS dert
FROM golden g JOIN models USING (name) JOIN customers USING (id) ORDER BY 1, 2;
SELECT pg_temp.near(expected_spend(model, purchases), 24.65392, 1e-6) AS spend
FROM models, customers WHERE id = 1 ORDER BY name;

-- Brute force: discounted purchases as the sum of expected purchases day by day, discounted at mid-day.
SELECT name, id, horizon, pg_temp.near(
	ltv(model, purchases, horizon, 0.10) / expected_spend(model, purchases),
	(SELECT sum((expected_purchases(model, purchases, make_interval(days => d + 1))
			- expected_purchases(model, purchases, make_interval(days => d)))
			* exp(-(d + 0.5) * ln(1.10) / 365.25))
	 FROM generate_series(0, (DATE '1997-10-01' + horizon)::date - DATE '1997-10-01' - 1) d), 1e-6)
FROM models, customers, (VALUES (interval '1 year'), ('10 days'), ('20 years')) h (horizon)
WHERE id IN (1, 3, 100) ORDER BY 1, 2, 3;
-- Without discount it is expected purchases, and the series and the integral agree.
SELECT bool_and(pg_temp.near(ltv(model, purchases, horizon, 0) / expected_spend(model, purchases),
		expected_purchases(model, purchases, horizon), 1e-13)
	AND pg_temp.near(ltv(model, purchases, horizon, 1e-12) / expected_spend(model, purchases),
		expected_purchases(model, purchases, horizon), 1e-9))
FROM models, customers, (VALUES (interval '1 day'), ('1 year'), ('50 years'), ('1000 years')) h (horizon)
WHERE id % 20 = 0;
-- A year is a calendar year: 1997-10-01 to 1998-10-01 is 365 days, a leap year 366.
SELECT name, expected_purchases(model, purchases, '1 year') = expected_purchases(model, purchases, '365 days') AS year,
	expected_purchases(model, purchases, '3 months') = expected_purchases(model, purchases, '92 days') AS months,
	expected_purchases(model, purchases, '0 days') AS none,
	expected_purchases(model, purchases, '1 year', '2000-01-01') = expected_purchases(model, purchases, '366 days', '2000-01-01') AS leap
FROM models, customers WHERE id = 1 ORDER BY 1;
-- Margin multiplies; the defaults are one year, ten percent, all of it.
SELECT bool_and(pg_temp.near(ltv(model, purchases, '1 year', 0.10, 0.3), 0.3 * ltv(model, purchases), 1e-14)
	AND ltv(model, purchases) = ltv(model, purchases, '1 year', 0.10, 1, '1997-10-01')
	AND ltv(model, purchases, margin => 0) = 0
	AND ltv(model, purchases, annual_discount => 0.2) < ltv(model, purchases)
	AND ltv(model, purchases, NULL) > ltv(model, purchases))
FROM models, customers;

-- as_of at apply: the history is cut there, and T runs to the day before.
SELECT name, p_alive(model, purchases, '1997-01-01') AS none, p_alive(model, purchases, '1997-01-02') AS first_day,
	expected_purchases(model, purchases, '39 weeks', '1997-01-01') AS none,
	expected_spend(model, purchases, '1997-01-01') AS none, ltv(model, purchases, as_of => '1997-01-01') AS none,
	p_alive(model, purchases, '1997-10-01') = p_alive(model, purchases) AS same,
	p_alive(model, purchases, '1999-10-01') < p_alive(model, purchases) AS later,
	p_alive(model, purchases, '1997-08-01') =
		p_alive(model, (SELECT timeline(on_day, amount) FROM orders WHERE id = 1 AND on_day < '1997-08-01'), '1997-08-01') AS cut
FROM models, customers WHERE id = 1 AND name = 'bg/nbd' ORDER BY 1;
SELECT fit_ltv(purchases, '1997-10-01')::text = (SELECT model::text FROM models WHERE name = 'mbg/nbd') AS cut_at_fit
FROM (SELECT timeline(on_day, amount) AS purchases FROM orders WHERE on_day < '1997-10-01' GROUP BY id) t;
SELECT p_alive(model, purchases, 'infinity') FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, as_of => '-infinity') FROM models, customers LIMIT 1;

-- The results do not depend on the order of rows, the split, or the plan, to the last bit.
SELECT bool_and(model::text = (SELECT model::text FROM models WHERE name = 'mbg/nbd')) FROM (
	SELECT fit_ltv(purchases, '1997-10-01' ORDER BY md5(id::text)) AS model FROM customers
	UNION ALL SELECT fit_ltv(purchases, '1997-10-01' ORDER BY id DESC) FROM customers
	UNION ALL SELECT fit_ltv(rollup(sample)) FROM (
		SELECT ltv_sample(purchases, '1997-10-01') AS sample FROM customers GROUP BY id % 7) s
	UNION ALL SELECT fit_ltv(
		(SELECT ltv_sample(purchases, '1997-10-01') FROM customers WHERE id < 100)
		+ (SELECT ltv_sample(purchases, '1997-10-01') FROM customers WHERE id >= 100))) o;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
CREATE TABLE parallel_customers AS SELECT * FROM customers;
ALTER TABLE parallel_customers SET (parallel_workers = 4);
EXPLAIN (COSTS off) SELECT fit_ltv(purchases, '1997-10-01') FROM parallel_customers;
SELECT fit_ltv(purchases, '1997-10-01')::text = (SELECT model::text FROM models WHERE name = 'mbg/nbd') AS parallel
FROM parallel_customers;
ROLLBACK;

-- A period of one day instead of seven: the same customers, alpha in days.
SELECT pg_temp.near(w.value * CASE w.parameter WHEN 'alpha' THEN 7 ELSE 1 END, d.value, 1e-9) AS parameter, d.parameter
FROM (SELECT fit_ltv(purchases, '1997-10-01', '{"period": "24 hours"}') AS model FROM customers) f,
	ltv_parameters(f.model) d, models m, ltv_parameters(m.model) w
WHERE m.name = 'mbg/nbd' AND (w.part, w.parameter) = (d.part, d.parameter);
-- Another currency: v scales, nothing else does.
SELECT pg_temp.near(w.value * CASE w.parameter WHEN 'v' THEN 1e9 ELSE 1 END, d.value, 1e-9) AS parameter, d.parameter
FROM (SELECT fit_ltv(purchases, '1997-10-01') AS model
	FROM (SELECT timeline(on_day, amount * 1000000000) AS purchases FROM orders GROUP BY id) c) f,
	ltv_parameters(f.model) d, models m, ltv_parameters(m.model) w
WHERE m.name = 'mbg/nbd' AND (w.part, w.parameter) = (d.part, d.parameter);

-- Text, binary and jsonb round trips; equal content, equal bytes.
SELECT name, model::text::ltv_model::text = model::text AS text, model::json::jsonb::text::ltv_model::text = model::text AS jsonb,
	pg_column_size(model) FROM models ORDER BY 1;
CREATE TEMP TABLE samples AS SELECT ltv_sample(purchases, '1997-10-01', '{"strict": false}') AS sample FROM customers;
SELECT sample::text::ltv_sample::text = sample::text AS text, sample::json::jsonb::text::ltv_sample::text = sample::text AS jsonb
FROM samples;
SELECT ltv_sample_send(sample) = ltv_sample_send(merged) AS equal_bytes FROM samples, (
	SELECT rollup(part) AS merged FROM (
		SELECT ltv_sample(purchases, '1997-10-01', '{"strict": false}' ORDER BY id DESC) AS part
		FROM customers GROUP BY id % 5) p) q;
CREATE TEMP TABLE received (bytes_of text, model ltv_model, sample ltv_sample);
-- Bytes reach recv through a binary COPY of one column.
CREATE FUNCTION pg_temp.receive(type_name text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001'
		|| int4send(length(bytes)) || bytes || '\xffff';
	result text;
BEGIN
	EXECUTE format('COPY received (%s) FROM PROGRAM %L (FORMAT binary)', replace(type_name, 'ltv_', ''),
		'echo ' || translate(encode(file, 'base64'), E'\n', '') || ' | base64 -d');
	SELECT coalesce(model::text, sample::text) INTO result FROM received;
	DELETE FROM received;
	RETURN result;
END $$;
SELECT name, pg_temp.receive('ltv_model', ltv_model_send(model)) = model::text AS binary FROM models ORDER BY 1;
SELECT pg_temp.receive('ltv_sample', ltv_sample_send(sample)) = sample::text AS binary
FROM (SELECT ltv_sample(purchases, '1997-10-01', '{"timezone": "Europe/Istanbul"}') AS sample FROM customers WHERE id < 100) s;
-- A sample is compressed: one entry for customers with equal histories and means.
SELECT json_array_length(sample::json -> 'customers') < 2357 AS compressed,
	(SELECT sum((e ->> 4)::int) FROM json_array_elements(sample::json -> 'customers') e) AS customers FROM samples;
SELECT ltv_sample(purchases, '1997-10-01') FROM customers WHERE id IN (1, 3, 4, 5);

-- Options.
SELECT fit_ltv(purchases, '1997-10-01', '{"modell": "bg/nbd"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"model": "pareto"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"spend": "none"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"period": "1 month"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"period": "0"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"period": "-7 days"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"period": "weekly"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"period": 7}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"timezone": "Mars/Phobos"}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"strict": 1}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '[]') FROM customers;
SELECT fit_ltv(purchases, NULL) FROM customers;
SELECT fit_ltv(purchases, 'infinity') FROM customers;
-- NULL options are the defaults; another spelling of the same options is no difference.
SELECT fit_ltv(purchases, '1997-10-01', NULL)::text = (SELECT model::text FROM models WHERE name = 'mbg/nbd') AS defaults,
	fit_ltv(purchases, '1997-10-01', CASE id % 3 WHEN 0 THEN NULL WHEN 1 THEN '{}'::jsonb ELSE '{"period": "1 week", "timezone": "utc"}' END)::text
	= (SELECT model::text FROM models WHERE name = 'mbg/nbd') AS spelling FROM customers;
-- The first row fixes as_of and options.
SELECT fit_ltv(purchases, DATE '1997-10-01' + (id = 1000)::int) FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', jsonb_build_object('model', CASE id WHEN 1000 THEN 'bg/nbd' ELSE 'mbg/nbd' END) ORDER BY id) FROM customers;
SELECT ltv_sample(purchases, '1997-10-01') + ltv_sample(purchases, '1997-10-02') FROM customers;
SELECT ltv_sample(purchases, '1997-10-01') + ltv_sample(purchases, '1997-10-01', '{"strict": false}') FROM customers;
SELECT (NULL + sample)::text = sample::text AND (sample + NULL)::text = sample::text AS null_plus_x,
	(NULL::ltv_sample + NULL) IS NULL AS null_plus_null FROM samples;

-- Time zone: a purchase at 23:30 UTC is on the next day in Istanbul.
SELECT ltv_sample(t, '2026-01-10') ::json -> 'customers' AS utc, ltv_sample(t, '2026-01-10', '{"timezone": "Europe/Istanbul"}')::json -> 'customers' AS istanbul
FROM (SELECT timeline(at, 10::numeric) AS t FROM (VALUES (timestamptz '2026-01-01 12:00+00'), ('2026-01-05 23:30+00'), ('2026-01-06 12:00+00')) e (at)) t;
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SET extra_float_digits = -10;
SELECT fit_ltv(purchases, '1997-10-01')::text = (SELECT model::text FROM models WHERE name = 'mbg/nbd') AS settings FROM customers;
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
SET extra_float_digits = 1;

-- Refunds: one lowers the latest purchase day not after it, never x; one before any purchase is unmatched.
WITH t AS (SELECT timeline(on_day, amount) AS t FROM (VALUES
	(DATE '2026-01-01', -5::numeric), ('2026-01-02', 100), ('2026-01-10', 30), ('2026-01-12', -10), ('2026-01-20', 50), ('2026-01-20', -8),
	('2026-02-01', -1000)) e (on_day, amount))
SELECT ltv_sample(t, '2026-02-01')::json -> 'customers' AS before_the_last,
	ltv_sample(t, '2026-02-02')::json -> 'customers' AS all,
	ltv_sample(t, '2026-02-02')::json -> 'unmatched_refunds' AS unmatched,
	ltv_sample(t, '2026-01-11')::json -> 'customers' AS early,
	ltv_sample(t, '2026-01-02')::json -> 'after_as_of' AS nothing_yet FROM t;
-- A negative mean counts as 0 at apply, and is left out of the spend fit.
SELECT expected_spend(model, bad, '2026-02-01') = expected_spend(model, zero, '2026-02-01') AS as_zero,
	expected_spend(model, bad, '2026-02-01') > 0 AS positive
FROM models, (SELECT timeline(d, a) AS bad FROM (VALUES (DATE '2026-01-01', 100::numeric), ('2026-01-10', 30), ('2026-01-12', -70)) e (d, a)) b,
	(SELECT timeline(d, a) AS zero FROM (VALUES (DATE '2026-01-01', 100::numeric), ('2026-01-10', 0)) e (d, a)) z;
SELECT d.customers, d.repeat_customers, d.spend_customers, d.spend_excluded, d.unmatched_refunds, d.ignored, d.after_as_of
FROM (SELECT fit_ltv(purchases, '1997-10-01') AS model FROM (
	SELECT purchases FROM customers WHERE id > 10
	UNION ALL SELECT timeline(d, a) FROM (VALUES (DATE '1997-01-01', 100::numeric), ('1997-01-10', 30), ('1997-01-12', -70), (NULL, 5)) e (d, a)
	UNION ALL SELECT timeline(d, a) FROM (VALUES (DATE '1997-01-01', -1::numeric), ('1997-10-01', 100)) e (d, a)
	UNION ALL SELECT NULL) c) f, ltv_diagnostics(f.model) d;

-- Nothing seen, and NULLs.
SELECT fit_ltv(purchases, '1997-10-01') IS NULL AS none FROM customers WHERE false;
SELECT fit_ltv(NULL::timeline, '1997-10-01') IS NULL AS none, ltv_sample(NULL::timeline, '1997-10-01') IS NULL AS none FROM customers;
SELECT fit_ltv(NULL::ltv_sample) IS NULL AS none;
SELECT p_alive(NULL, purchases) IS NULL AND expected_purchases(model, NULL, '1 year') IS NULL AND expected_purchases(model, purchases, NULL) IS NULL
	AND expected_spend(model, NULL) IS NULL AND ltv(model, NULL) IS NULL AND ltv(NULL, purchases) IS NULL
	AND ltv(model, purchases, '1 year', NULL) IS NULL AND ltv(model, purchases, '1 year', 0.1, NULL) IS NULL
	AND ltv(model, purchases, '1 year', 0.1, 1, NULL) IS NOT NULL AS nulls
FROM models, customers WHERE id = 1 AND name = 'bg/nbd';

-- Bad arguments at apply.
SELECT expected_purchases(model, purchases, '-1 day') FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, '-1 day') FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, '1 year', -1) FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, '1 year', 'NaN') FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, '1 year', 0.1, 'Infinity') FROM models, customers LIMIT 1;
SELECT ltv(model, purchases, NULL, 0) IS NULL AND ltv(model, purchases, NULL, -0.01) IS NULL AS infinite,
	ltv(model, purchases, '1 year', -0.5) > ltv(model, purchases, '1 year', 0) AS negative_discount
FROM models, customers WHERE id = 1 ORDER BY 1;

-- Too few customers: an error, or with strict false a model that says so.
SELECT fit_ltv(purchases, '1997-10-01') FROM customers WHERE id <= 12;
SELECT fit_ltv(purchases, '1990-01-01') FROM customers;
SELECT fit_ltv(timeline, '1997-10-01') FROM (SELECT timeline(on_day, 0::numeric) FROM orders GROUP BY id) z;
CREATE TEMP TABLE unfitted AS
SELECT 'few' AS name, fit_ltv(purchases, '1997-10-01', '{"strict": false}') AS model FROM customers WHERE id <= 12
UNION ALL SELECT 'one', fit_ltv(purchases, '1997-10-01', '{"strict": false}') FROM customers WHERE id = 1
UNION ALL SELECT 'later', fit_ltv(purchases, '1990-01-01', '{"strict": false}') FROM customers
UNION ALL SELECT 'free', fit_ltv(timeline, '1997-10-01', '{"strict": false}') FROM (
	SELECT timeline(on_day, 0::numeric) FROM orders GROUP BY id) z;
SELECT u.name, d.status, d.customers, d.after_as_of, d.log_likelihood IS NULL AS no_likelihood, d.spend_log_likelihood, d.converged,
	(SELECT count(*) FROM ltv_parameters(u.model)) AS parameters, ltv_status(u.model) = d.status AS same
FROM unfitted u, LATERAL ltv_diagnostics(u.model) d ORDER BY name;
SELECT name, p_alive(model, purchases) IS NULL AS p_alive, expected_purchases(model, purchases, '1 year') IS NULL AS purchases,
	expected_spend(model, purchases) IS NULL AS spend, ltv(model, purchases) IS NULL AS ltv,
	model::text::ltv_model::text = model::text AS text
FROM unfitted, customers WHERE id = 1 ORDER BY name;
SELECT pg_temp.near(u.p, m.p, 1e-12) AS purchases_without_spend FROM
	(SELECT p_alive(model, purchases) AS p FROM unfitted, customers WHERE name = 'free' AND id = 1) u,
	(SELECT p_alive(model, purchases) AS p FROM models, customers WHERE name = 'mbg/nbd' AND id = 1) m;

-- Boundaries. Everybody buys every week for a year: nobody drops out, all at one rate, and
-- everybody pays the same. Said in a WARNING and in the model, and the limit is still the answer.
CREATE TEMP TABLE regular AS
SELECT c AS id, timeline(DATE '2025-01-01' + c % 30 + 7 * g, 9.99::numeric) AS purchases
FROM generate_series(1, 200) c, generate_series(0, 60) g WHERE DATE '2025-01-01' + c % 30 + 7 * g < '2026-01-01' GROUP BY c;
\set VERBOSITY terse
CREATE TEMP TABLE regular_model AS SELECT fit_ltv(purchases, '2026-01-01') AS model FROM regular;
\set VERBOSITY default
SELECT d.converged, d.at_boundary, d.status ~ '^at boundary: parameter r = .*; spend at boundary: parameter ' AS status
FROM regular_model m, LATERAL ltv_diagnostics(m.model) d;
SELECT part, parameter, se, se_robust FROM regular_model, LATERAL ltv_parameters(model) WHERE part = 'purchase';
-- 51 or 52 repeat purchases in 364 days at most: one a week, 9.99 each.
SELECT round(min(p_alive(model, purchases))::numeric, 3) AS alive, round(max(expected_purchases(model, purchases, '280 days'))::numeric) AS purchases,
	round(min(expected_spend(model, purchases))::numeric, 1) AS spend, round(avg(ltv(model, purchases, '280 days', 0))::numeric) AS value
FROM regular_model, regular;
-- Spend without a finite mean: a NOTICE, and NULL for customers without a repeat purchase.
CREATE TEMP TABLE wild_model AS SELECT fit_ltv(t, '2026-01-01') AS model
FROM (SELECT timeline(DATE '2025-01-01' + i % 50 + 11 * k, (10 / (i / 200.0) ^ 2)::numeric) AS t
	FROM generate_series(1, 200) i, generate_series(0, 1 + i % 7) k GROUP BY i) w;
SELECT ltv_status(model), value < 1 AS q_below_one, expected_spend(model, once) AS spend_once, ltv(model, once) AS ltv_once,
	expected_spend(model, often) > 0 AS spend_often, ltv(model, often) > 0 AS ltv_often, expected_purchases(model, once, '1 year') > 0 AS purchases_once
FROM wild_model, LATERAL ltv_parameters(model) p,
	(SELECT timeline(DATE '2025-06-01', 10::numeric) AS once) o,
	(SELECT timeline(DATE '2025-06-01' + 10 * i, 10::numeric) AS often FROM generate_series(0, 5) i) t WHERE p.parameter = 'q';
-- A fit that did not converge answers nothing. (Made by hand: the optimiser is hard to fool.)
CREATE TEMP TABLE stuck AS
SELECT 'purchase' AS part, regexp_replace(model::text, '"converged": true', '"converged": false')::ltv_model AS model FROM models WHERE name = 'bg/nbd'
UNION ALL
SELECT 'spend', regexp_replace(model::text, '("spend": \{.*)"converged": true', '\1"converged": false')::ltv_model FROM models WHERE name = 'bg/nbd';
SELECT part, ltv_status(model) ~ ('^' || CASE part WHEN 'spend' THEN 'spend ' ELSE '' END || 'not converged: after [0-9]+ iterations') AS status,
	p_alive(model, purchases) IS NULL AS p_alive, expected_purchases(model, purchases, '1 year') IS NULL AS purchases,
	expected_spend(model, purchases) IS NULL AS spend, ltv(model, purchases) IS NULL AS ltv,
	(SELECT count(se) FROM ltv_parameters(model)) AS standard_errors
FROM stuck, customers WHERE id = 1 ORDER BY part;
-- One price only: no spread of spend within customers.
\set VERBOSITY terse
SELECT ltv_status(fit_ltv(timeline, '1997-10-01')) ~ '^spend at boundary: parameter p = [^,]*, v = [^,]*$' AS one_price
FROM (SELECT timeline(on_day, 9.99::numeric) FROM orders GROUP BY id) z;
\set VERBOSITY default
-- The same number of purchases, at one price: the ridge is steep, but an end. Everybody pays what everybody paid.
SET client_min_messages = error;
SELECT x, price, ltv_status(model) ~ 'spend at boundary: parameter p = [^,]*, q = ' AS one_price, pg_temp.near(expected_spend(model, t, '2026-01-01'), price, 1e-6) AS spend
FROM (SELECT x, price, fit_ltv_summary(x, 5, 10, price, 50, '{"strict": false}') AS model FROM (VALUES (1), (2), (7), (50)) AS n (x), (VALUES (0.01), (11.5), (1e6)) AS p (price) GROUP BY x, price) AS f,
	(SELECT timeline(DATE '2025-06-01', 10::numeric) AS t) AS o ORDER BY x, price;
RESET client_min_messages;
-- Small populations end at a boundary or not, but they end, and no value that is not NULL is mad.
SET client_min_messages = error;
CREATE TEMP TABLE small AS
SELECT g, n, name, fit_ltv(purchases, '1997-10-01', jsonb_build_object('strict', false, 'model', name)) AS model
FROM customers, (VALUES (50), (100)) s (n), LATERAL (SELECT id % n) i (g), (VALUES ('mbg/nbd'), ('bg/nbd')) m (name)
GROUP BY g, n, name;
RESET client_min_messages;
SELECT count(*), count(*) FILTER (WHERE ltv_status(model) LIKE '%not converged%') AS not_converged,
	count(*) FILTER (WHERE ltv_status(model) = 'ok') > 20 AS some_ok, count(*) FILTER (WHERE ltv_status(model) LIKE 'not fitted%') > 0 AS some_not
FROM small;
SELECT count(*) AS mad FROM small, customers
WHERE id % 97 = 5 AND (NOT p_alive(model, purchases) BETWEEN 0 AND 1 OR NOT expected_purchases(model, purchases, '1 year') BETWEEN 0 AND 400
	OR NOT expected_spend(model, purchases) BETWEEN 0 AND 2000 OR NOT ltv(model, purchases) BETWEEN 0 AND 800000);

-- GROUP BY: one model per group, each as if fitted alone.
SELECT country, model::text = (SELECT fit_ltv(purchases, '1997-10-01')::text FROM customers WHERE id % 3 = g.country) AS alone,
	(ltv_diagnostics(model)).customers
FROM (SELECT id % 3 AS country, fit_ltv(purchases, '1997-10-01') AS model FROM customers GROUP BY 1) g ORDER BY 1;
-- As a window aggregate the state is reused: every row a model of the rows so far.
SELECT customers, ok FROM (
	SELECT (ltv_diagnostics(fit_ltv(purchases, '1997-10-01', '{"strict": false}') OVER (ORDER BY id))).customers AS customers, id = 8 AS ok, id
	FROM customers WHERE id <= 8) w ORDER BY id;

-- Extremes: hundreds of purchases, decades of silence, new customers, horizons of centuries.
SELECT bool_and(p_alive BETWEEN 0 AND 1 AND purchases >= 0 AND purchases < 'Infinity' AND value >= 0 AND value < 'Infinity' AND forever >= value - 1e-9)
FROM (SELECT p_alive(model, t, as_of) AS p_alive, expected_purchases(model, t, '500 years', as_of) AS purchases,
		ltv(model, t, '500 years', 0.01, 1, as_of) AS value, ltv(model, t, NULL, 0.01, 1, as_of) AS forever
	FROM models,
		(SELECT n, step, timeline(DATE '1997-01-01' + step * i, 10::numeric) AS t
		 FROM (VALUES (1, 1), (2, 1), (300, 1), (3000, 1), (100, 30)) h (n, step), generate_series(0, n - 1) i GROUP BY n, step) h,
		(VALUES (DATE '2006-01-01'), ('2100-01-01'), ('4000-01-01')) a (as_of)) x;

-- Hostile text.
SELECT ''::ltv_model;
SELECT '{}'::ltv_model;
SELECT '{"version": 2}'::ltv_model;
SELECT regexp_replace(model::text, '"parameters": \[', '\&1, ')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT replace(model::text, '"alpha"', '"beta"')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"parameters": \[[^,]*', '"parameters": [-1')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"covariance": \[[^,]*', '"covariance": [-1')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"repeat_customers": \d+', '"repeat_customers": 999999')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"chosen": "bg/nbd"', '"chosen": "mbg/nbd"')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"covariates": 0', '"covariates": 1')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"settings": \{[^}]*\}', '"settings": null')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT replace(model::text, '"bg/nbd"', '"ng/nbd"')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
SELECT regexp_replace(model::text, '"chosen": "bg/nbd", "purchase": \[\{[^}]*\}\]', '"chosen": null, "purchase": []')::ltv_model IS NULL FROM models WHERE name = 'bg/nbd';
\set head '{"version": 1, "settings": {"as_of": "1997-10-01", "models": ["mbg/nbd"], "spend": "gamma-gamma", "period_us": 604800000000, "timezone": "UTC", "strict": true, "prior_weight": 0, "max_rows": 0, "covariates": 0, "summary": false}, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": '
SELECT (:'head' || '[[0, 0, 5, 0, 3], [1, 2, 5, 1.5, 1]]}')::ltv_sample;
SELECT (:'head' || '[[1, 2, 5, 1.5, 1], [0, 0, 5, 0, 3]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 5, 0, 3], [0, 0, 5, 0, 3]]}')::ltv_sample;
SELECT (:'head' || '[[3, 2, 5, 1, 1]]}')::ltv_sample;
SELECT (:'head' || '[[1, 6, 5, 1, 1]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 5, 1, 1]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 5, 0, 0]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 5, 0]]}')::ltv_sample;
SELECT (:'head' || '[[1, 2, 5, 1e999, 1]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 99999999999, 0, 1]]}')::ltv_sample;
SELECT (:'head' || '[[0, 0, 5.5, 0, 1]]}')::ltv_sample;
SELECT (:'head' || '[[1, 2, 5, 1, 1, 7]]}')::ltv_sample;
SELECT (replace(:'head', '"start": null', '"start": [["mbg/nbd", 1, 2]]') || '[]}')::ltv_sample;
SELECT (replace(:'head', '"levels": [0, 0]', '"levels": [0, 1]') || '[]}')::ltv_sample;
SELECT (:'head' || '[]} x')::ltv_sample;
SELECT '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": [[0, 0, 5, 0, 1]]}'::ltv_sample;
-- Nobody bought more often than fit_ltv_summary allows.
SELECT '{"version": 1, "settings": {"as_of": null, "models": ["mbg/nbd"], "spend": "gamma-gamma", "period_us": 604800000000, "timezone": "UTC", "strict": true, "prior_weight": 0, "max_rows": 0, "covariates": 0, "summary": true}, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": [[2147483647, 2.5, 3, 5, 20]]}'::ltv_sample;

-- Hostile bytes: a value with one byte changed, cut short or too long is refused, or is a value that can
-- be written and read again. Never an internal error.
CREATE FUNCTION pg_temp.try(type_name text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	result := pg_temp.receive(type_name, bytes);
	EXECUTE format('SELECT $1::%s::text = $1', type_name) INTO result USING result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN SQLSTATE LIKE 'XX%' THEN SQLERRM ELSE 'refused' END;
END $$;
WITH given AS (
	SELECT 'ltv_model' AS type_name, ltv_model_send(model) AS bytes FROM models WHERE name = 'bg/nbd'
	UNION ALL SELECT 'ltv_sample', ltv_sample_send(ltv_sample(purchases, '1997-10-01')) FROM customers WHERE id <= 4),
hostile AS (
	SELECT type_name, set_byte(bytes, i, (get_byte(bytes, i) + delta) % 256) AS bytes
	FROM given, generate_series(0, length(bytes) - 1) i, (VALUES (1), (128), (255)) d (delta) WHERE (i + delta) % 5 = 0
	UNION ALL SELECT type_name, substr(bytes, 1, i) FROM given, generate_series(0, length(bytes) - 1, 7) i
	UNION ALL SELECT type_name, bytes || '\x00' FROM given)
SELECT type_name, pg_temp.try(type_name, bytes) AS outcome, count(*) > 10 AS many FROM hostile GROUP BY 1, 2 ORDER BY 1, 2;

-- A fit can be interrupted.
SET statement_timeout = '50ms';
SELECT fit_ltv((:'head' || '[[' || n || ', ' || n || ', ' || n || ', 1, 20]]}')::ltv_sample) FROM (VALUES (2000000000)) b (n);
RESET statement_timeout;

-- Two kinds of customers: 300 buy once, 300 every week for a year. The likelihood has two maxima; from the usual start Newton
-- climbs to the lower one (-16882 here). The higher one is a limit that can be written down: everybody buys at one rate, and drops out
-- at the first purchase or never, with probability 1/2 each (MBG/NBD, r and alpha large, a and b small).
WITH people AS (
	SELECT timeline(date '2024-01-01' + 7 * week, 10) AS t FROM generate_series(1, 300) AS c, generate_series(0, 52) AS week GROUP BY c
	UNION ALL SELECT timeline(date '2024-01-01', c) FROM generate_series(1, 300) AS c GROUP BY c
), limits AS (
	SELECT 600 * ln(0.5::float8) + 300 * (52 * ln(rate) - 52) AS log_likelihood FROM (SELECT 52 / (365 / 7.0::float8) AS rate) AS r
)
SELECT pg_temp.near(d.log_likelihood, l.log_likelihood, 1e-6) AS highest, d.converged, d.at_boundary
FROM (SELECT fit_ltv(t, date '2024-01-01' + 366) AS model FROM people) AS m, ltv_diagnostics(model) AS d, limits AS l;

-- Discounted purchases with (almost) no discount are the expected ones, which are computed by another road: for parameters from
-- 1e-4 to 4e8 and customers from a single purchase to 299 repeats. An infinite horizon is worth at least fifty years.
CREATE TEMP TABLE histories AS
SELECT x, age, timeline(DATE '1997-10-01' - age - 1 + coalesce(recency * i / nullif(x, 0), 0), 10) AS t
FROM (VALUES (0, 0, 0), (0, 0, 300), (3, 100, 300), (20, 250, 260), (100, 300, 300), (299, 299, 300)) AS h (x, recency, age), generate_series(0, x) AS i
GROUP BY x, recency, age;
CREATE TEMP TABLE grid AS
SELECT regexp_replace(replace(model::text, 'mbg/nbd', n.name), '"parameters": \[[^\]]*\]', format('"parameters": [%s, %s, %s, %s]', r, alpha, a, b))::ltv_model AS model
FROM models AS m, (VALUES ('mbg/nbd'), ('bg/nbd')) AS n (name), unnest('{.05,.3,5,50}'::float8[]) AS r, unnest('{.1,5,500,1e5}'::float8[]) AS alpha,
	unnest('{1e-4,.8,5,30,100,1000,1e6,1e8}'::float8[]) AS a, unnest('{1e-3,2.,30,1000,1e6,4e8}'::float8[]) AS b
WHERE m.name = 'mbg/nbd' AND (10 * r + 7 * alpha + 3 * a + b + length(n.name))::numeric % 41 < 1;
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE NOT pg_temp.near(discounted, expected, 1e-6)) AS wrong, count(*) FILTER (WHERE discounted < 0 OR infinite < 0) AS negative,
	count(*) FILTER (WHERE long > infinite * (1 + 1e-9)) AS longer_than_infinite, count(*) FILTER (WHERE expected IS NULL OR discounted IS NULL) AS missing
FROM (SELECT expected_purchases(model, t, '1 year') AS expected, ltv(model, t, '1 year', 1e-9) / expected_spend(model, t) AS discounted,
		ltv(model, t, NULL, 0.1) / expected_spend(model, t) AS infinite, ltv(model, t, '50 years', 0.1) / expected_spend(model, t) AS long
	FROM grid, histories) AS g;
