-- RFM: fit_rfm, rfm_score, rfm_breaks, rfm_diagnostics and the types rfm_sample, rfm_model, rfm_score.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

--
-- The rule, against brute force
--

-- 700 customers with many ties: few days, few purchases, few amounts, some refunds.
SELECT setseed(0.42);
CREATE TEMP TABLE orders AS
SELECT customer, date '2024-01-01' + (random() * random() * 40)::int AS at,
	((random() * 4)::int * 2.5 - 2.5)::numeric(8, 2) AS amount
FROM generate_series(1, 700) AS customer, LATERAL generate_series(1, 1 + (random() * random() * 6)::int + customer * 0);
-- Those with refunds only get the last numbers.
CREATE TEMP TABLE customer AS
SELECT row_number() OVER (ORDER BY count(*) FILTER (WHERE amount >= 0) = 0, customer)::int AS customer,
	purchase_summary(at, amount) AS s,
	(date '2024-03-01' - max(at) FILTER (WHERE amount >= 0))::numeric AS recency,
	count(*) FILTER (WHERE amount >= 0)::numeric AS frequency,
	sum(amount) AS monetary
FROM orders GROUP BY customer;
SELECT count(*) FILTER (WHERE frequency = 0) > 20 AS some_with_refunds_only,
	count(DISTINCT recency) < 45 AND count(DISTINCT frequency) < 10 AS many_ties FROM customer;

-- DEFINITIONS.md "RFM", in integers and exact decimals: kb is k times the break.
CREATE FUNCTION pg_temp.brute(n int, k int)
RETURNS TABLE (customer int, r bigint, f bigint, m bigint) LANGUAGE sql AS $$
	WITH buyer AS (SELECT * FROM customer WHERE frequency > 0 AND customer <= n),
	x AS (
		SELECT array_agg(recency ORDER BY recency) AS recency, array_agg(frequency ORDER BY frequency) AS frequency,
			array_agg(monetary ORDER BY monetary) AS monetary, count(*)::int AS n
		FROM buyer),
	place AS (SELECT j, (x.n - 1) * j / k AS i, (x.n - 1) * j % k AS rest FROM x, generate_series(1, k - 1) AS j),
	break AS (
		SELECT recency[i + 1] * k + rest * (recency[least(i + 2, x.n)] - recency[i + 1]) AS recency,
			frequency[i + 1] * k + rest * (frequency[least(i + 2, x.n)] - frequency[i + 1]) AS frequency,
			monetary[i + 1] * k + rest * (monetary[least(i + 2, x.n)] - monetary[i + 1]) AS monetary
		FROM place, x)
	SELECT b.customer, k - count(*) FILTER (WHERE break.recency < b.recency * k),
		1 + count(*) FILTER (WHERE break.frequency < b.frequency * k),
		1 + count(*) FILTER (WHERE break.monetary < b.monetary * k)
	FROM buyer AS b, break GROUP BY b.customer
$$;

-- Every number of customers at first (also fewer than bins), then around where selection changes its method.
CREATE TEMP TABLE compared AS
SELECT n, k, b.customer, b.r, b.f, b.m, rfm_score(model, s) AS score
FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (40), (127), (128), (129), (130), (700)) AS size (n),
	generate_series(2, 10) AS k,
	LATERAL (SELECT fit_rfm(s, '2024-03-01', jsonb_build_object('bins', k)) AS model FROM customer WHERE customer <= n) AS fit,
	LATERAL pg_temp.brute(n, k) AS b JOIN customer USING (customer);
SELECT count(*) > 10000 AS compared, count(*) FILTER (WHERE (recency_score(score), frequency_score(score), monetary_score(score))
	IS DISTINCT FROM (r, f, m)) AS wrong, count(DISTINCT score) > 1000 AS many_scores FROM compared;
-- The breaks too: the upper end of each bin is a quantile of type 7.
SELECT count(*) AS breaks, count(*) FILTER (WHERE abs(up_to - q) > 1e-9) AS wrong
FROM (SELECT fit_rfm(s, '2024-03-01', '{"bins": 10}') AS model FROM customer) AS fit, rfm_breaks(model),
	LATERAL (SELECT percentile_cont(CASE dimension WHEN 'recency' THEN 11 - score ELSE score END / 10.0)
		WITHIN GROUP (ORDER BY CASE dimension WHEN 'recency' THEN recency WHEN 'frequency' THEN frequency ELSE monetary END)
		AS q FROM customer WHERE frequency > 0) AS brute
WHERE CASE dimension WHEN 'recency' THEN score > 1 ELSE score < 10 END;
-- And customers are counted where they are scored.
SELECT count(*) FILTER (WHERE b.customers <> (SELECT count(*) FROM customer WHERE frequency > 0 AND
	b.score = CASE dimension WHEN 'recency' THEN recency_score(rfm_score(model, s))
		WHEN 'frequency' THEN frequency_score(rfm_score(model, s)) ELSE monetary_score(rfm_score(model, s)) END)) AS wrong
FROM (SELECT fit_rfm(s, '2024-03-01', '{"bins": 7}') AS model FROM customer) AS fit, rfm_breaks(model) AS b;

-- Amounts that are all different, and far apart: selection goes through all its levels.
CREATE TEMP TABLE spread AS
SELECT n, CASE n % 3 WHEN 0 THEN -1 ELSE 1 END * (10.0 ^ (random() * 24 - 6))::numeric(38, 12) AS amount
FROM generate_series(1, 5000) AS n;
CREATE TEMP TABLE spread_summary AS
SELECT n, amount, purchase_summary(date '2024-01-01', v) AS s
FROM spread, LATERAL (VALUES (0), (amount)) AS a (v) GROUP BY n, amount;
CREATE TEMP TABLE spread_break AS
SELECT k, lower.amount * k + (4999 * j % k) * (upper.amount - lower.amount) AS kb
FROM (SELECT array_agg(amount ORDER BY amount) AS x FROM spread) AS sorted,
	(VALUES (3), (7), (10)) AS bins (k), generate_series(1, k - 1) AS j,
	LATERAL (SELECT x[4999 * j / k + 1] AS amount) AS lower, LATERAL (SELECT x[4999 * j / k + 2] AS amount) AS upper;
SELECT k, count(*) AS customers, count(*) FILTER (WHERE monetary_score(rfm_score(model, s)) <>
	1 + (SELECT count(*) FROM spread_break AS b WHERE b.k = fit.k AND kb < amount * fit.k)) AS wrong
FROM (SELECT k, fit_rfm(s, '2024-03-01', jsonb_build_object('bins', k)) AS model
	FROM spread_summary, (VALUES (3), (7), (10)) AS bins (k) GROUP BY k) AS fit, spread_summary
GROUP BY k ORDER BY k;

--
-- The CDNOW sample (test/data): F breaks 1, 1, 2, 4 are RFM.md item 3; the rest is compared with percentile_cont
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set unpack 'gzip -dc ' :abs_srcdir '/data/cdnow_sample.txt.gz'
CREATE TEMP TABLE cdnow_line (line text);
COPY cdnow_line FROM PROGRAM :'unpack';
CREATE TEMP TABLE cdnow AS
SELECT substr(line, 8, 4)::int AS customer, purchase_summary(substr(line, 13, 8)::date, trim(substr(line, 24))::numeric) AS s
FROM cdnow_line GROUP BY 1;
CREATE TEMP TABLE model AS SELECT fit_rfm(s, '1998-07-01') AS model FROM cdnow;
SELECT dimension, score, round(above::numeric, 6) AS above, round(up_to::numeric, 6) AS up_to, customers
FROM model, rfm_breaks(model);
SELECT d.* FROM model, rfm_diagnostics(model) AS d;
SELECT percentile_cont(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY recency_days(s, '1998-07-01')) AS recency,
	percentile_cont(ARRAY[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY purchases(s)) AS frequency FROM cdnow;
SELECT round(percentile_cont(p) WITHIN GROUP (ORDER BY revenue(s))::numeric, 6) AS monetary
FROM cdnow, generate_series(.2, .8, .2) AS p GROUP BY p ORDER BY p;

-- Frozen breaks: at another date everybody's recency is scored by the same breaks.
SELECT rfm_score(model, s) AS at_fit, rfm_score(model, s, '1998-07-01') AS same, rfm_score(model, s, '1999-07-01') AS later,
	rfm_score(model, s, '1998-06-30') AS day_of_purchase, rfm_score(model, s, '1998-06-29') AS too_early
FROM model, cdnow WHERE recency_days(s, '1998-07-01') <= 2 ORDER BY customer;

-- Neither the order of rows nor the plan matters.
SELECT count(DISTINCT fit::text) AS models FROM (
	SELECT fit_rfm(s, '1998-07-01') AS fit FROM (SELECT s FROM cdnow ORDER BY customer) AS a
	UNION ALL SELECT fit_rfm(s, '1998-07-01') FROM (SELECT s FROM cdnow ORDER BY md5(customer::text)) AS b
	UNION ALL SELECT fit_rfm(s, '1998-07-01') FROM (SELECT s FROM cdnow ORDER BY revenue(s)) AS c
	UNION ALL SELECT model FROM model) AS d;
SELECT count(DISTINCT sample::text), count(DISTINCT rfm_sample_send(sample)) AS binary FROM (
	SELECT rfm_sample(s, '1998-07-01') AS sample FROM (SELECT s FROM cdnow ORDER BY customer) AS a
	UNION ALL SELECT rfm_sample(s, '1998-07-01', '{}') FROM (SELECT s FROM cdnow ORDER BY md5(customer::text)) AS b) AS c;

CREATE TABLE rfm_parallel AS SELECT * FROM cdnow;
ANALYZE rfm_parallel;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT count(*) FILTER (WHERE p LIKE '%Partial Aggregate%') AS partial, count(*) FILTER (WHERE p LIKE '%Gather%') AS gather
FROM pg_temp.plan('SELECT fit_rfm(s, ''1998-07-01'') FROM rfm_parallel') AS p;
SELECT (SELECT fit_rfm(s, '1998-07-01') FROM rfm_parallel)::text = model::text AS same FROM model;
SELECT (SELECT fit_rfm(s, '1998-07-01', '{"bins": 3}') FROM rfm_parallel)::text =
	(SELECT fit_rfm(s, '1998-07-01', '{"bins": 3}') FROM cdnow)::text AS same;
SELECT fit_rfm(s, '1998-07-01') IS NULL AS nothing FROM rfm_parallel WHERE customer < 0;
COMMIT;
DROP TABLE rfm_parallel;

-- Samples merge: by rollup, by +, as a stored value, and with NULL.
CREATE TEMP TABLE part AS SELECT customer % 7 AS part, rfm_sample(s, '1998-07-01') AS sample FROM cdnow GROUP BY 1;
SELECT fit_rfm(rollup(sample))::text = model::text AS same FROM part, model GROUP BY model::text;
SELECT fit_rfm(a.sample + b.sample)::text = (SELECT fit_rfm(s, '1998-07-01') FROM cdnow WHERE customer % 7 IN (2, 5))::text AS same,
	(a.sample + b.sample)::text = (b.sample + a.sample)::text AS commutes,
	(a.sample + NULL)::text = a.sample::text AND (NULL + a.sample)::text = a.sample::text AS null_adds_nothing,
	NULL::rfm_sample + NULL IS NULL AS null
FROM part AS a, part AS b WHERE a.part = 2 AND b.part = 5;
SELECT rollup(sample) IS NULL AS nothing FROM part WHERE false;
SELECT rollup(sample) FROM (SELECT sample FROM part UNION ALL SELECT rfm_sample(s, '1998-07-02') FROM cdnow) AS x;
SELECT a.sample + (SELECT rfm_sample(s, '1998-07-01', '{"monetary": "gross"}') FROM cdnow) FROM part AS a;

-- As a window function: each group by its own breaks.
SELECT count(*) FILTER (WHERE in_window IS DISTINCT FROM by_join) AS wrong, count(DISTINCT in_window) > 20 AS many FROM (
	SELECT customer, rfm_score(fit_rfm(s, '1998-07-01') OVER (PARTITION BY customer % 10), s) AS in_window FROM cdnow) AS a
JOIN (SELECT customer, rfm_score(model, s) AS by_join FROM cdnow
	JOIN (SELECT customer % 10 AS part, fit_rfm(s, '1998-07-01') AS model FROM cdnow GROUP BY 1) AS m ON part = customer % 10) AS b
USING (customer);

--
-- What is not an ordinary customer
--
CREATE FUNCTION pg_temp.bought(variadic amounts numeric[]) RETURNS purchase_summary LANGUAGE sql AS
	$$ SELECT purchase_summary(date '2024-01-10', a) FROM unnest(amounts) AS a $$;
-- Nothing: NULL. NULL summaries are skipped and fix no as_of, but a NULL as_of is an error even so.
SELECT fit_rfm(s, '2024-02-01') IS NULL AS nothing FROM customer WHERE false;
SELECT fit_rfm(NULL::purchase_summary, '2024-02-01') IS NULL AS only_null FROM customer;
SELECT d.* FROM (SELECT fit_rfm(s, a) AS model FROM (VALUES (NULL::purchase_summary, date '2020-01-01'), (pg_temp.bought(5), '2024-02-01')) AS v (s, a)) AS x,
	rfm_diagnostics(model) AS d;
SELECT fit_rfm(NULL::purchase_summary, NULL);
SELECT fit_rfm(s, NULL) FROM customer;
SELECT fit_rfm(s, 'infinity') FROM customer;
-- Refunds only: counted, never scored. A model without anybody to score has no breaks and gives NULL.
SELECT model, rfm_score(model, pg_temp.bought(5)) IS NULL AS no_score, model::text::rfm_model::text = model::text AS round_trip
FROM (SELECT fit_rfm(pg_temp.bought(-5), '2024-02-01') AS model) AS x;
SELECT count(*) AS bins, count(above) + count(up_to) + sum(customers) AS zero
FROM (SELECT fit_rfm(pg_temp.bought(-5), '2024-02-01') AS model) AS x, rfm_breaks(model);
-- One customer, and all alike: all breaks are that value, and it does not exceed them.
SELECT rfm_score(fit_rfm(s, '2024-02-01') OVER (), s) FROM (SELECT pg_temp.bought(5) AS s) AS x;
SELECT DISTINCT rfm_score(fit_rfm(s, '2024-02-01', '{"bins": 10}') OVER (), s) FROM (SELECT pg_temp.bought(5, 3) AS s FROM generate_series(1, 1000)) AS x;
-- Free orders are purchases; refunds may make revenue negative; zero is below no break of zero.
SELECT array_agg(rfm_score(model, s) ORDER BY n) FROM (
	SELECT n, s, fit_rfm(s, '2024-02-01') OVER () AS model
	FROM (VALUES (1, pg_temp.bought(0)), (2, pg_temp.bought(0, -10)), (3, pg_temp.bought(0, -0.01)), (4, pg_temp.bought(7)), (5, pg_temp.bought(20, -1))) AS v (n, s)) AS x;
SELECT rfm_score(fit_rfm(s, '2024-02-01', '{"monetary": "net"}') OVER (), s) AS net,
	rfm_score(fit_rfm(s, '2024-02-01', '{"monetary": "gross"}') OVER (), s) AS gross
FROM (VALUES (pg_temp.bought(100, -99)), (pg_temp.bought(50)), (pg_temp.bought(60)), (pg_temp.bought(70)), (pg_temp.bought(80))) AS v (s);
-- Money at the limits of the type, where one unit more is the same double and so a tie, and the smallest there is.
SELECT array_agg(rfm_score(model, s) ORDER BY n) FROM (
	SELECT n, s, fit_rfm(s, '2024-02-01') OVER () AS model
	FROM (VALUES (1, pg_temp.bought(0, -170000000000000000000)), (2, pg_temp.bought(0.000000000000000001)), (3, pg_temp.bought(0.000000000000000002)),
		(4, pg_temp.bought(169999999999999999999)), (5, pg_temp.bought(170000000000000000000))) AS v (n, s)) AS x;
-- A purchase on the day of as_of is scored, one on a later day is counted, with one warning.
SELECT rfm_score(rfm_model('{1, 2}', '{1, 2}', '{1, 2}', '2024-01-10'), pg_temp.bought(5)) AS on_the_day,
	rfm_score(rfm_model('{1, 2}', '{1, 2}', '{1, 2}', '2024-01-09'), pg_temp.bought(5)) IS NULL AS later;
SELECT d.* FROM (SELECT fit_rfm(s, '1998-01-01') AS model FROM cdnow) AS x, rfm_diagnostics(model) AS d;
SELECT count(*) FILTER (WHERE last_purchase_at(s) < '1998-01-02 00:00:00+00') AS customers,
	count(*) FILTER (WHERE last_purchase_at(s) >= '1998-01-02 00:00:00+00') AS after_as_of FROM cdnow;
SELECT customers, after_as_of FROM (SELECT fit_rfm(pg_temp.bought(5), '2024-01-09') AS model) AS x, rfm_diagnostics(model);
-- Refunds do not count in recency, and who has nothing else is neither scored nor late.
SELECT count(*) = customers + not_scored AS all, count(*) FILTER (WHERE frequency = 0) = not_scored AS refunds_only
FROM (SELECT fit_rfm(s, '2024-03-01') AS model FROM customer) AS x, rfm_diagnostics(model), customer GROUP BY customers, not_scored;
-- Whose days: 2024-01-10 22:30 UTC is the next day in Istanbul. The session's TimeZone does not matter.
SET timezone = 'America/Los_Angeles';
SELECT (d).timezone, customers, after_as_of, up_to AS recency
FROM (VALUES (NULL::jsonb), ('{"timezone": "Europe/Istanbul"}'), ('{"timezone": "europe/istanbul"}')) AS o (options),
	LATERAL (SELECT fit_rfm(s, '2024-01-11', options) AS model
		FROM (SELECT purchase_summary(timestamptz '2024-01-10 22:30:00+00', 1) AS s) AS x) AS y,
	rfm_diagnostics(model) AS d, LATERAL (SELECT up_to FROM rfm_breaks(model) WHERE dimension = 'recency' AND score = 5) AS b;
RESET timezone;
-- Rows that the summaries skipped are added up.
SELECT ignored FROM (SELECT fit_rfm(s, '2024-02-01') AS model FROM
	(SELECT purchase_summary(CASE WHEN i > n THEN date '2024-01-01' END, 1) AS s FROM generate_series(1, 3) AS n, generate_series(1, 5) AS i GROUP BY n) AS x) AS y,
	rfm_diagnostics(model);

--
-- Options and as_of
--
SELECT fit_rfm(s, '2024-03-01', '{"quantiles": 5}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '{"bins": 1}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '{"bins": 11}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '{"bins": "5"}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '{"monetary": "profit"}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '{"timezone": "Mars/Olympus"}') FROM customer;
SELECT fit_rfm(s, '2024-03-01', '[5]') FROM customer;
SELECT fit_rfm(s, CASE WHEN customer < 650 THEN date '2024-03-01' ELSE '2024-03-02' END) FROM (SELECT * FROM customer ORDER BY customer) AS x;
SELECT fit_rfm(s, '2024-03-01', jsonb_build_object('bins', 5 + customer / 700)) FROM (SELECT * FROM customer ORDER BY customer) AS x;
-- The same options in other words are the same.
SELECT (SELECT fit_rfm(s, '2024-03-01', CASE customer % 4 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN '{"bins": 5}'
	ELSE '{"monetary": "net", "timezone": "utc"}'::jsonb END) FROM customer)::text = (SELECT fit_rfm(s, '2024-03-01') FROM customer)::text AS same;

--
-- Breaks by hand
--
CREATE TEMP TABLE by_hand AS
SELECT rfm_model('{14.2, 33, 72, 180}', '{1, 2, 3, 6}', '{-0.0, 0, 250.106, 1e6}', '2024-03-01', '{"monetary": "gross", "timezone": "UTC"}') AS model;
SELECT model FROM by_hand;
SELECT b.* FROM by_hand, rfm_breaks(model) AS b WHERE dimension <> 'frequency';
SELECT d.* FROM by_hand, rfm_diagnostics(model) AS d;
-- A value equal to a break is in the bin below it.
SELECT rfm_score(model, pg_temp.bought(250.106), '2024-02-12') AS d33, rfm_score(model, pg_temp.bought(250.107, 0), '2024-02-13') AS d34,
	rfm_score(model, pg_temp.bought(0), '2034-01-01') AS ten_years FROM by_hand;
SELECT rfm_model('{1, 2}', '{1}', '{1, 2}', '2024-03-01');
SELECT rfm_model('{}', '{}', '{}', '2024-03-01');
SELECT rfm_model('{1,2,3,4,5,6,7,8,9,10}', '{}', '{}', '2024-03-01');
SELECT rfm_model('{{1, 2}}', '{1, 2}', '{1, 2}', '2024-03-01');
SELECT rfm_model('{1, NULL}', '{1, 2}', '{1, 2}', '2024-03-01');
SELECT rfm_model('{1, 2}', '{1, NaN}', '{1, 2}', '2024-03-01');
SELECT rfm_model('{1, 2}', '{1, 2}', '{1, Infinity}', '2024-03-01');
SELECT rfm_model('{1, 2}', '{1, 2}', '{2, 1}', '2024-03-01');
SELECT rfm_model(NULL, '{1, 2}', '{1, 2}', '2024-03-01');
SELECT rfm_model('{1, 2}', '{1, 2}', '{1, 2}', NULL);
SELECT rfm_model('{1, 2}', '{1, 2}', '{1, 2}', '-infinity');
SELECT rfm_model('{1, 2}', '{1, 2}', '{1, 2}', '2024-03-01', '{"bins": 3}');

--
-- Text and bytes
--
CREATE FUNCTION pg_temp.through_binary(value anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	file text := 'rfm_test.' || pg_backend_pid();
	back text;
BEGIN
	EXECUTE format('CREATE TEMP TABLE sent AS SELECT %L::%s AS value', value, pg_typeof(value));
	EXECUTE format('CREATE TEMP TABLE received (value %s)', pg_typeof(value));
	EXECUTE format('COPY sent TO PROGRAM %L (FORMAT binary)', 'cat >' || file);
	EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'cat ' || file || ' && rm ' || file);
	SELECT received.value::text INTO back FROM received;
	DROP TABLE sent, received;
	RETURN back = value::text;
END $$;
SELECT pg_temp.through_binary(model) AS model, model::text::rfm_model::text = model::text AS model_text,
	model::json ->> 'bins' AS bins, to_json(model) ->> 'as_of' AS nested FROM model;
SELECT pg_temp.through_binary(model) AS by_hand, model::text::rfm_model::text = model::text AS by_hand_text FROM by_hand;
SELECT pg_temp.through_binary(sample) AS sample, sample::text::rfm_sample::text = sample::text AS sample_text,
	rfm_sample_send(sample::text::rfm_sample) = rfm_sample_send(sample) AS bytes,
	json_array_length(sample::json -> 'customers') AS customers FROM part WHERE part = 3;
SELECT pg_temp.through_binary(fit_rfm(pg_temp.bought(-5), '2024-02-01')) AS no_breaks;
-- The keys may come in any order: jsonb has its own.
SELECT model::text::jsonb::text::rfm_model::text = model::text AS model FROM model;
SELECT sample::text::jsonb::text::rfm_sample::text = sample::text AS sample FROM part WHERE part = 1;
SELECT rfm_sample(pg_temp.bought(5, 2.50), '2024-02-01', '{"bins": 2, "timezone": "Europe/Istanbul"}');

-- Not a model.
CREATE FUNCTION pg_temp.error(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('SELECT %L::%s', value, type);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || detail;
END $$;
CREATE TEMP TABLE good AS SELECT fit_rfm(pg_temp.bought(5), '2024-02-01', '{"bins": 3}')::text AS model,
	rfm_sample(pg_temp.bought(5), '2024-02-01')::text AS sample;
SELECT model, sample FROM good;
SELECT n, pg_temp.error('rfm_model', replace(model, was, becomes)) FROM good, (VALUES
	(0, '', ''),
	(1, '"version": 1', '"version": 2'), (2, '"bins": 3', '"bins": 4'), (3, '"bins": 3', '"bins": 11'), (4, '"bins": 3', '"bins": 3, "bins": 3'),
	(5, '"net"', '"profit"'), (6, '"UTC"', '"Mars"'), (7, '2024-02-01', 'infinity'), (8, '[22, 22]', '[22, 21]'), (9, '[22, 22]', '[22, 1e999]'),
	(10, '[22, 22]', '[22]'), (11, '[22, 22]', '[1,2,3,4,5,6,7,8,9,10]'), (12, '[0, 0, 1]', '[0, 1, 1]'), (13, '[0, 0, 1]', '[0, -1, 2]'), (14, '[0, 0, 1]', 'null'),
	(15, '[0, 0, 1]', '[9223372036854775807, 9223372036854775807, 3]'), (16, '"customers": 1', '"customers": 0'),
	(17, '"ignored": 0', '"ignored": -1'), (18, '}', ', "more": 1}'), (19, '}', '} '), (20, '}', '}}'), (21, '[22, 22]', '[22, NaN]')) AS v (n, was, becomes)
ORDER BY n;
SELECT pg_temp.error('rfm_model', left(model, length(model) - 1)) FROM good;
SELECT n, pg_temp.error('rfm_sample', replace(sample, was, becomes)) FROM good, (VALUES
	(0, '', ''),
	(1, '"version": 1', '"version": 0'), (2, '[22, 1, 5]', '[-1, 1, 5]'), (3, '[22, 1, 5]', '[22, 0, 5]'), (4, '[22, 1, 5]', '[22, 4294967296, 5]'),
	(5, '[22, 1, 5]', '[22, 1, 1e400]'), (6, '[22, 1, 5]', '[22, 1]'), (7, '[22, 1, 5]', '[22, 1, 5, 6]'), (8, '"bins": 5', '"bins": null'),
	(9, '"2024-02-01", "bins": 5, "monetary": "net", "timezone": "UTC"', 'null, "bins": null, "monetary": null, "timezone": null'),
	(10, '"not_scored": 0', '"not_scored": 1.5')) AS v (n, was, becomes)
ORDER BY n;
-- A sample that has not seen anything is a value too.
SELECT fit_rfm(sample) IS NULL AS nothing, (sample + sample)::text = sample::text AS adds_nothing, pg_temp.through_binary(sample) AS io
FROM (SELECT rfm_sample '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}' AS sample) AS x;

--
-- rfm_score
--
SELECT rfm_score '545', rfm_score '434/4', rfm_score '10-3-7/10', rfm_score '999/9';
SELECT recency_score('10-3-7/10'), frequency_score('10-3-7/10'), monetary_score('10-3-7/10');
SELECT value, pg_temp.error('rfm_score', value) FROM (VALUES
	(''), ('5'), ('55'), ('555'), ('5555'), ('556'), ('550'), (' 555'), ('555 '), ('555/5'), ('+55'), ('5-5-5'), ('5-5-5/5'), ('555/4'), ('444/4'), ('444/04'), ('444/ 4'),
	('444/4x'), ('444/'), ('111/1'), ('222/11'), ('10-10-10/10'), ('10-10-11/10'), ('1-2-3/10'), ('01-2-3/10'), ('123/10'), ('-1-2-3/10'), ('1-2-3/4')) AS v (value);
-- Every score of every grid survives text, binary, sorting and hashing.
CREATE TEMP TABLE every_score AS
SELECT k, r, f, m, CASE k WHEN 5 THEN concat(r, f, m) WHEN 10 THEN concat(r, '-', f, '-', m, '/10') ELSE concat(r, f, m, '/', k) END::rfm_score AS score
FROM generate_series(2, 10) AS k, generate_series(1, k) AS r, generate_series(1, k) AS f, generate_series(1, k) AS m;
SELECT count(*), count(DISTINCT score), count(DISTINCT rfm_score_hash(score)) AS hashes,
	count(*) FILTER (WHERE score::text::rfm_score <> score OR (recency_score(score), frequency_score(score), monetary_score(score)) <> (r, f, m)) AS wrong
FROM every_score;
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS wrong FROM (
	SELECT row_number() OVER (ORDER BY score) AS a, row_number() OVER (ORDER BY k, r, f, m) AS b FROM every_score) AS x;
SELECT count(*) FILTER (WHERE (a.score < b.score) <> ((a.k, a.r, a.f, a.m) < (b.k, b.r, b.f, b.m)) OR (a.score >= b.score) = (a.score < b.score)
	OR (a.score = b.score) <> ((a.k, a.r, a.f, a.m) = (b.k, b.r, b.f, b.m)) OR (a.score <> b.score) = (a.score = b.score)
	OR (a.score > b.score) <> (b.score < a.score) OR (a.score <= b.score) = (a.score > b.score)
	OR sign(rfm_score_cmp(a.score, b.score)) <> CASE WHEN a.score < b.score THEN -1 WHEN a.score = b.score THEN 0 ELSE 1 END) AS wrong
FROM every_score AS a, every_score AS b WHERE a.k < 4 AND b.k < 4;
SELECT pg_temp.through_binary(score) FROM every_score WHERE k IN (4, 10) AND r = 4 AND f = 3 AND m = 2;
CREATE TEMP TABLE indexed AS SELECT score FROM every_score WHERE k = 5;
CREATE INDEX ON indexed (score);
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT count(*) FROM indexed WHERE score >= '541' AND score < '551';
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SELECT count(*) FROM indexed AS a JOIN every_score AS b USING (score);
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = on;
SELECT count(*) FROM indexed AS a JOIN every_score AS b USING (score);
COMMIT;
SELECT bool_and(oprcanhash AND oprcanmerge) FROM pg_operator WHERE oprname = '=' AND oprleft = 'rfm_score'::regtype;
SELECT opcname, amname, amvalidate(opc.oid) FROM pg_opclass AS opc JOIN pg_am AS am ON am.oid = opcmethod WHERE opcintype = 'rfm_score'::regtype ORDER BY 2;

-- Counts that overflow are an error, never a negative number.
SELECT rfm_sample('{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 9223372036854775807}'::purchase_summary, '2020-01-01')
FROM generate_series(1, 2);
-- Called by hand, merging gives the canonical value, not a state.
SELECT record_image_eq(ROW(part + NULL), ROW(part)) AS canonical FROM (SELECT rfm_sample(purchase_summary, '2026-02-01') AS part FROM (SELECT purchase_summary(day, 1) FROM generate_series(date '2026-01-09', '2026-01-01', '-1 day') AS g, LATERAL (SELECT g::date AS day) AS d GROUP BY day) AS x) AS y;
