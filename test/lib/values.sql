-- Some values of every type of ours, each in a table value_TYPE (id, value): what the tests
-- of dump, stored bytes and hostile bytes work on. Needs the extension, and its schema in
-- the search_path. psql variable data: the directory test/data.

\ir cdnow.sql

-- One in a hundred customers, and what customers should not look like.
CREATE TABLE event (customer_id int, occurred_at timestamptz, amount numeric);
INSERT INTO event
SELECT customer_id, ordered_on::timestamp AT TIME ZONE 'UTC', amount
FROM orders
WHERE customer_id % 100 = 4;
INSERT INTO event VALUES
	(-1, '2024-02-29 23:59:59.999999+00', 0.000000000000000001),
	(-2, '2024-02-29 12:00:00+00', -5.50),
	(-3, '2024-02-29 12:00:00+00', NULL),
	(-4, '2024-02-29 12:00:00+00', 0),
	(-5, '2024-02-29 12:00:00+00', 100000000000000000000),
	(-5, '2024-02-29 12:00:00+00', -100000000000000000000),
	(-6, '0044-03-15 00:00:00+00 BC', 1),
	(-6, '294276-12-31 00:00:00+00', 1.5),
	(-7, '2024-02-29 12:00:00+00', 10),
	(-7, '2024-02-29 12:00:00+00', 10.00),
	(-7, '2024-02-29 12:00:00+00', -3.125),
	(-7, NULL, 10);
INSERT INTO event
SELECT -8, timestamptz '2024-01-01 00:00:00+00' + i * interval '17 hours 3 minutes', (i % 37) - 1.25
FROM generate_series(1, 1000) AS i;

CREATE TABLE value_purchase_summary AS
SELECT customer_id AS id, purchase_summary(occurred_at, amount) AS value
FROM event GROUP BY customer_id;

CREATE TABLE value_timeline AS
SELECT customer_id AS id, timeline(occurred_at, amount) AS value
FROM event GROUP BY customer_id;
-- With labels: NULL, empty, many; with pure events only; longer than a block.
INSERT INTO value_timeline
SELECT 100000000 + customer_id, timeline(occurred_at, (ARRAY['web', '', NULL, 'ürün'])[1 + extract(day FROM occurred_at)::int % 4], amount)
FROM event GROUP BY customer_id;
INSERT INTO value_timeline
SELECT 200000000, timeline(occurred_at, NULL, NULL::numeric) FROM event WHERE customer_id = -8
UNION ALL
SELECT 200000001, timeline(occurred_at, 'label ' || extract(epoch FROM occurred_at)::bigint % 100, amount) FROM event WHERE customer_id = -8;

-- The models are those of all customers.
CREATE TABLE customer AS
SELECT customer_id, purchase_summary(ordered_on, amount) AS summary, timeline(ordered_on, amount) AS history
FROM orders GROUP BY customer_id;

CREATE TABLE rfm_choice (id int, options jsonb);
INSERT INTO rfm_choice VALUES
	(1, NULL), (2, '{"bins": 2}'), (3, '{"bins": 10, "monetary": "gross", "timezone": "Europe/Istanbul"}');
CREATE TABLE ltv_choice (id int, options jsonb);
INSERT INTO ltv_choice VALUES
	(1, NULL), (2, '{"model": "bg/nbd", "period": "30 days", "timezone": "Europe/Istanbul"}'),
	(3, '{"model": ["pareto/nbd", "mbg/cnbd-k", "bg/bb"], "spend": "mean", "prior_weight": 0.5, "max_rows": 1000}');

CREATE TABLE value_rfm_model AS
SELECT id, fit_rfm(summary, DATE '1998-07-01', options) AS value
FROM rfm_choice, customer GROUP BY id;
INSERT INTO value_rfm_model VALUES (4, rfm_model('{14.2,33,72,180}', '{1,2,3,6}', '{250.106,489.724,941.942,2057.914}', '2011-12-10'));

CREATE TABLE value_rfm_score AS
SELECT row_number() OVER (ORDER BY score) AS id, score AS value
FROM (SELECT DISTINCT rfm_score(value, summary) AS score FROM value_rfm_model, customer) AS s;

CREATE TABLE value_segment_map AS
SELECT 1 AS id, default_segment_map() AS value
UNION ALL
SELECT 2, segment_map('Segment "' || r || '" ' || chr(233), r, f, m, 2)
FROM generate_series(1, 2) AS r, generate_series(1, 2) AS f, generate_series(1, 2) AS m;

CREATE TABLE value_ltv_model AS
SELECT id, fit_ltv(history, DATE '1997-10-01', options) AS value
FROM ltv_choice, customer GROUP BY id;
INSERT INTO value_ltv_model
SELECT 4, fit_ltv(history, DATE '1997-10-01', ARRAY[customer_id % 3, customer_id % 7], '{"model": "pareto/nbd"}') FROM customer -- covariates
UNION ALL
SELECT 5, fit_ltv_summary(customer_id % 5, 2 * (customer_id % 5), 30 + customer_id % 9, 5 + customer_id % 4, 1, '{"strict": false}') FROM customer;

-- A sample is the state of a fit: the same aggregate without its final step.
DO $$
DECLARE
	fit record;
BEGIN
	FOR fit IN
		SELECT p.proname, p.proargtypes, a.aggtransfn, a.aggtranstype::regtype, a.agginitval
		FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
		WHERE p.proname IN ('fit_rfm', 'fit_ltv', 'segment_map')
	LOOP
		EXECUTE format('CREATE AGGREGATE %I(%s) (SFUNC = %s, STYPE = %s', 'unfinished_' || fit.proname,
			oidvectortypes(fit.proargtypes), fit.aggtransfn, fit.aggtranstype)
			|| coalesce(', INITCOND = ' || quote_literal(fit.agginitval), '') || ')';
	END LOOP;
END
$$;

CREATE TABLE value_segment_rules AS
SELECT bins AS id, unfinished_segment_map('Segment "' || r || '" ' || chr(233), r, f, m, bins) AS value
FROM generate_series(2, 4) AS bins, generate_series(1, bins) AS r, generate_series(1, bins) AS f,
	generate_series(1, bins, 2) AS m
GROUP BY bins;

CREATE TABLE value_rfm_sample AS
SELECT id, unfinished_fit_rfm(summary, DATE '1998-07-01', options) AS value
FROM rfm_choice, customer WHERE customer_id % 20 = 4 GROUP BY id;

CREATE TABLE value_ltv_sample AS
SELECT id, unfinished_fit_ltv(history, DATE '1997-10-01', options) AS value
FROM ltv_choice, customer WHERE customer_id % 20 = 4 GROUP BY id;
INSERT INTO value_ltv_sample
SELECT 4, unfinished_fit_ltv(history, DATE '1997-10-01', ARRAY[customer_id % 3, customer_id % 7], '{"model": "pareto/nbd"}')
FROM customer WHERE customer_id % 40 = 4
UNION ALL
SELECT 5, ltv_sample(history, DATE '1997-10-01', jsonb_build_object('start', (SELECT value::json FROM value_ltv_model WHERE id = 1)))
FROM customer WHERE customer_id % 40 = 4;

-- Contracts, a holdout and a tracking; and the states of their aggregates.
CREATE TABLE value_retention_sample AS
SELECT 1 AS id, retention_sample(p, c) AS value FROM (VALUES (0, 1000::bigint), (1, 869), (2, 743), (3, 653)) AS v (p, c)
UNION ALL
SELECT 2, retention_sample(DATE '2024-01-31' - i, CASE WHEN i % 3 = 0 THEN DATE '2024-02-01' + i END, '2024-06-01', '1 month') FROM generate_series(0, 200) AS i
UNION ALL
SELECT 3, retention_sample_add_cohort(NULL, 2, 743, '30 days');
CREATE TABLE value_retention_model AS
SELECT id, fit_retention(value) AS value FROM value_retention_sample WHERE id < 3;
CREATE TABLE value_ltv_holdout AS
SELECT id, ltv_holdout(history, '1997-10-01', '1998-07-01', options) AS value FROM ltv_choice, customer GROUP BY id;
CREATE TABLE value_ltv_tracking AS
SELECT m.id, ltv_tracking(m.value, history, '1998-07-01') AS value FROM value_ltv_model AS m, customer WHERE m.id <= 2 GROUP BY m.id
UNION ALL
SELECT 100 + customer_id, ltv_tracking_accumulate(NULL, m.value, history, '1998-07-01', '30 days') FROM value_ltv_model AS m, customer WHERE m.id = 1 AND customer_id < 40;
CREATE TABLE value_ltv_holdout_sample AS
SELECT customer_id AS id, ltv_holdout_accumulate(NULL, history, '1997-10-01', '1998-07-01', '{"model": ["bg/bb", "mbg/cnbd-k"]}') AS value FROM customer WHERE customer_id < 400;

-- Surveys: on both scales, unanswered, a single one.
CREATE TABLE value_score_summary AS
SELECT g AS id, score_summary(nullif((g * i) % 12, 11)) AS value
FROM generate_series(1, 12) AS g, generate_series(0, g * 3) AS i GROUP BY g
UNION ALL
SELECT 100 + g, score_summary(1 + (g * i) % 5, '[1,5]') FROM generate_series(1, 12) AS g, generate_series(0, g) AS i GROUP BY g
UNION ALL
SELECT 200, score_summary(NULL::int) UNION ALL SELECT 201, score_summary(-3, '[-50,50]');

-- Durations: none ended, all ended, some ignored, and so many that they are in buckets.
CREATE TABLE value_duration_summary AS
SELECT g AS id, duration_summary(i * g * interval '37 minutes', i % 3 > 0) AS value FROM generate_series(1, 12) AS g, generate_series(0, g * 2) AS i GROUP BY g
UNION ALL
SELECT 100, duration_summary(NULL::interval, true) UNION ALL SELECT 101, duration_summary(occurred_at, NULL, timestamptz '2024-03-01Z') FROM event WHERE customer_id = -8
UNION ALL
SELECT 102, duration_summary(i * i * interval '1 second', i % 3 > 0) FROM generate_series(1, 1100) AS i
UNION ALL -- what an aggregate at work sends
SELECT 103, '{"version": 1, "bucketed": false, "durations": [[7, 1, 2]], "ignored": 1, "as_of": "2024-03-01T00:00:00Z"}'::duration_summary;

-- Segments: clusters, profiles, distributions, moves, cohorts, predictions.
CREATE TABLE value_kmeans_sample AS
SELECT 1 AS id, kmeans_sample(ARRAY[purchases(summary), revenue(summary)::float8], 3) AS value FROM customer WHERE customer_id % 40 = 4
UNION ALL
SELECT 2, kmeans_sample(ARRAY[i % 7, -i]::float8[], 2, '{"scale": "none", "seed": 7, "start": [[0, 0], [1, -3.5]]}') FROM generate_series(1, 20) AS i
UNION ALL
SELECT 3, kmeans_sample(NULL::float8[], 2);
CREATE TABLE value_kmeans_model AS
SELECT id, fit_kmeans(value) AS value FROM value_kmeans_sample WHERE id < 3
UNION ALL
SELECT 4, fit_kmeans(ARRAY[i]::float8[], 1, '{"scale": "log1p+zscore"}') FROM generate_series(1, 9) AS i;
CREATE TABLE value_persona_profile AS
SELECT i % 3 AS id, persona_profile('segment "' || i % 2 || '"', jsonb_build_object('city', (ARRAY['İzmir', '', NULL])[1 + i % 3], 'age', i * 1.25 - 30, 'flag', i % 4 = 0)) AS value
FROM generate_series(1, 60) AS i GROUP BY 1
UNION ALL
SELECT 4, persona_profile(NULL, NULL);
CREATE TABLE value_distribution_summary AS
SELECT 1 AS id, distribution_summary(amount::float8) AS value FROM orders WHERE customer_id % 100 = 4
UNION ALL
SELECT 2, distribution_summary(v) FROM unnest('{TR,DE,TR,"",NULL}'::text[]) AS v
UNION ALL
SELECT 3, distribution_summary(v) FROM unnest('{0,-1.5,1e300,1e-300}'::float8[]) AS v;
CREATE TABLE value_segment_moves AS
SELECT i % 3 AS id, segment_moves((ARRAY['a', 'é', NULL])[1 + i % 3], (ARRAY['a', NULL, 'b b'])[1 + i / 2 % 3]) AS value FROM generate_series(1, 30) AS i GROUP BY 1;
CREATE TABLE value_cohort_retention AS
SELECT row_number() OVER () AS id, cohort_retention(history, period, DATE '1998-03-11') AS value
FROM customer, unnest('{day,week,month,quarter,year}'::text[]) AS period WHERE customer_id % 40 = 4 GROUP BY period;
CREATE TABLE value_prediction_summary AS
SELECT 1 AS id, prediction_summary(i / 100.0, CASE WHEN i % 7 > 0 THEN i % 3 = 0 END) AS value FROM generate_series(0, 100) AS i
UNION ALL
SELECT 2, prediction_summary(v, v > 0.5) FROM unnest('{1e-300,0.9999999999999999,NULL}'::float8[]) AS v;
