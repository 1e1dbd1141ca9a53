-- Contracts: fit_retention and what the shifted beta-geometric model says.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
\set VERBOSITY default

CREATE FUNCTION pg_temp.near(a float8, b float8, tolerance float8 DEFAULT 1e-10) RETURNS bool
	LANGUAGE sql AS $$ SELECT abs(a - b) <= tolerance * abs(b) $$;

-- The two cohorts of Fader & Hardie (2007), table 1: of 1000 customers, who is there after so many yearly renewals.
CREATE TEMP TABLE cohort AS
SELECT name, (ordinality - 1)::int AS periods, customers
FROM (VALUES ('High End', '{1000,869,743,653,593,551,517,491}'::bigint[]), ('Regular', '{1000,631,468,382,326,289,262,241}')) AS v (name, row),
	unnest(row) WITH ORDINALITY AS u (customers, ordinality);
CREATE TEMP TABLE fitted AS SELECT name, fit_retention(periods, customers) AS model FROM cohort GROUP BY name;

-- Published: alpha .668, beta 3.806; alpha .704, beta 1.182.
SELECT name, parameter, round(value::numeric, 3) AS value, round(se::numeric, 3) AS se, round(se_robust::numeric, 3) AS se_robust
FROM fitted, retention_parameters(model) ORDER BY 1, 2;
SELECT name, as_of, period, customers, lost, periods, after_as_of, ignored, round(log_likelihood::numeric, 6) AS log_likelihood, converged, at_boundary,
	gradient_norm < 1e-10 AS gradient, status
FROM fitted, retention_diagnostics(model) ORDER BY 1 \gx
-- The log-likelihood of the paper's equation 8, by its recursion, and that no neighbour is higher.
WITH RECURSIVE place AS (
	SELECT f.name, d.log_likelihood, da, db, max(value) FILTER (WHERE parameter = 'alpha') * da AS a, max(value) FILTER (WHERE parameter = 'beta') * db AS b
	FROM fitted AS f, retention_parameters(model) AS p, retention_diagnostics(model) AS d, unnest('{1,1.001,.999}'::float8[]) AS da, unnest('{1,1.001,.999}'::float8[]) AS db
	GROUP BY f.name, d.log_likelihood, da, db),
curve AS (
	SELECT *, 0 AS t, 1::float8 AS survival, NULL::float8 AS before FROM place
	UNION ALL
	SELECT name, log_likelihood, da, db, a, b, t + 1, survival * (b + t) / (a + b + t), survival FROM curve WHERE t < 7),
likelihood AS (
	SELECT name, log_likelihood, da, db, sum(CASE WHEN t > 0 THEN (o.customers - c.customers) * ln(before - survival) END)
		+ sum(CASE WHEN t = 7 THEN c.customers * ln(survival) END) AS value
	FROM curve JOIN cohort AS c USING (name) LEFT JOIN cohort AS o USING (name) WHERE c.periods = t AND (o.periods = t - 1 OR t = 0 AND o.periods = 0)
	GROUP BY name, log_likelihood, da, db)
SELECT name, bool_or(pg_temp.near(value, log_likelihood, 1e-12)) FILTER (WHERE da = 1 AND db = 1) AS same,
	bool_and(value < log_likelihood) FILTER (WHERE da <> 1 OR db <> 1) AS highest FROM likelihood GROUP BY name ORDER BY 1;

-- Retention and survival by the recursions of the paper (equations 6 and 7), and far out.
WITH RECURSIVE curve AS (
	SELECT name, model, a.value AS a, b.value AS b, 0 AS t, 1::float8 AS s, NULL::float8 AS r
	FROM fitted, retention_parameters(model) AS a, retention_parameters(model) AS b WHERE a.parameter = 'alpha' AND b.parameter = 'beta'
	UNION ALL
	SELECT name, model, a, b, t + 1, s * (b + t) / (a + b + t), (b + t) / (a + b + t) FROM curve WHERE t < 3000)
SELECT name, count(*), bool_and(pg_temp.near(survival(model, t), s, 1e-12)) AS survival,
	bool_and(t = 0 OR pg_temp.near(retention(model, greatest(t, 1)), r, 1e-14)) AS retention FROM curve GROUP BY name ORDER BY 1;
SELECT name, survival(model, 2147483647) BETWEEN 1e-9 AND 1e-4 AS far, retention(model, 2147483647) > 0.999999999 AS sure FROM fitted ORDER BY 1;
SELECT retention(model, 0) FROM fitted LIMIT 1;
SELECT survival(model, -1) FROM fitted LIMIT 1;

-- Residual value: the sum of the discounted survival of the customer, who is up for renewal now.
SELECT name, age, pg_temp.near(residual_value(model, 100, 0.1, age),
	(SELECT sum(100 * survival(model, age + k) / survival(model, age) * 1.1 ^ (1 - k)) FROM generate_series(1, 1000) AS k)) AS same
FROM fitted, unnest('{0,1,2,5,40}'::int[]) AS age ORDER BY 1, 2;
-- Against b / (a + b) 2F1(1, b + 1; a + b + 1; 1 / (1 + d)), b = beta + age, at 30 digits with mpmath.
CREATE FUNCTION pg_temp.model(a float8, b float8, months int DEFAULT 12, days int DEFAULT 0) RETURNS retention_model LANGUAGE sql AS $$
	SELECT format('{"version": 1, "settings": {"as_of": null, "period_months": %s, "period_days": %s}, "customers": 1, "lost": 1, "periods": 2, "after_as_of": 0, "ignored": 0, "fit": {"alpha": %s, "beta": %s, "covariance": [0, 0, 0], "covariance_robust": [0, 0, 0], "log_likelihood": 0, "iterations": 1, "converged": true, "at_boundary": [0, 0], "gradient_norm": 0, "condition_number": 1}}',
		months, days, a, b)::retention_model $$;
SELECT a, b, d, age, pg_temp.near(residual_value(pg_temp.model(a, b), 1, d, age), expected, 1e-11) AS same
FROM (VALUES
	(0.668088::float8, 3.806095::float8, 0.1::float8, 0, 5.4144805707133645::float8),
	(0.668088, 3.806095, 0.1, 7, 7.5296294051228987::float8),
	(0.668088, 3.806095, 0.001, 0, 52.038935147734051::float8),
	(0.668088, 3.806095, 1e-06, 3, 914.49917360030752::float8),
	(2.5, 0.3, 1e-09, 0, 0.19999999948004187::float8),
	(1.0, 2.0, 1e-05, 0, 20.026511712676137::float8),
	(0.001, 0.001, 0.05, 2, 20.95164340192203::float8),
	(50.0, 1000.0, 0.2, 10, 4.6299744539612781::float8),
	(1000.0, 3000.0, 0.1, 0, 2.3584659859940902::float8),
	(0.7, 1.2, 10.0, 0, 0.67866039777382795::float8),
	(0.7, 1.2, 0.00026, 1000, 1731.0785423305356::float8),
	(1.0000001, 5.0, 1e-08, 0, 80.686676634271694::float8)
	) AS v (a, b, d, age, expected);
-- Limits: without discount beta / (alpha - 1), infinite for alpha <= 1; an enormous discount leaves the renewal that is due.
SELECT pg_temp.near(residual_value(pg_temp.model(3, 8), 2, 0, 0), 8) AS finite, residual_value(pg_temp.model(1, 8), 1, 0, 0) AS infinite, residual_value(pg_temp.model(3, 8), 1, -0.1, 0) AS growing,
	pg_temp.near(residual_value(pg_temp.model(3, 8), 1, 1e300, 2), 10 / 13.0) AS now, pg_temp.near(residual_value(pg_temp.model(3, 8), 1, 1e-300, 0), 4) AS tiny, residual_value(pg_temp.model(3, 8), -2, .1, 3) < 0 AS loss;
SELECT count(*) AS many, count(*) FILTER (WHERE NOT (v > 0 AND v < 'inf' AND v <= w * (1 + 1e-12))) AS wrong
FROM (SELECT residual_value(pg_temp.model(a, b), 1, d, age) AS v, residual_value(pg_temp.model(a, b), 1, d, age + 1) AS w
	FROM unnest('{1e-9,1e-3,.5,1,1.5,30,1e4,4e8}'::float8[]) AS a, unnest('{1e-9,1e-3,1,50,1e5,4e8}'::float8[]) AS b, unnest('{1e-15,1e-9,1e-4,.1,5,1e9}'::float8[]) AS d, unnest('{0,3,5000,2000000000}'::int[]) AS age) AS g;
-- The discount is by the year: twelve months are a year, and so are 365.25 days.
SELECT pg_temp.near(residual_value(pg_temp.model(.7, 4, 1), 1, 0.1, 3), residual_value(pg_temp.model(.7, 4, 12), 1, exp(ln(1.1) / 12) - 1, 3)) AS month,
	pg_temp.near(residual_value(pg_temp.model(.7, 4, 0, 7), 1, 0.1, 3), residual_value(pg_temp.model(.7, 4, 12), 1, exp(ln(1.1) * 7 / 365.25) - 1, 3)) AS week;
SELECT residual_value(pg_temp.model(1, 1), 1, -1, 0);
SELECT residual_value(pg_temp.model(1, 1), 'NaN', .1, 0);
SELECT residual_value(pg_temp.model(1, 1), 1, .1, -1);
SELECT residual_value(pg_temp.model(1, 1e9), 1e308, .1, 0);

-- From dates: contracts drawn from a model, of 36 monthly cohorts and so of all ages, in one fit. Renewal days and the censoring
-- are recomputed here from PostgreSQL's own dates.
CREATE TEMP TABLE contract AS
SELECT i, started, CASE WHEN lost_at <= 60 THEN (started + lost_at * interval '1 month')::date END AS ended
FROM (SELECT i, DATE '2021-01-31' + (i * 7919) % 1095 AS started, (1 + floor(ln(1 - (i * 0.6180339887498949) % 1) / ln(1 - theta)))::int AS lost_at
	FROM (SELECT i, (0.02 + 0.4 * ((i * 0.7548776662466927) % 1) ^ 3)::float8 AS theta FROM generate_series(1, 20000) AS i) AS t) AS c;
ANALYZE contract;
CREATE TEMP TABLE counted AS
SELECT CASE WHEN ended <= (started + (renewed + 1) * interval '1 month')::date AND renewed < asked THEN 'lost' ELSE 'active' END AS kind, renewed, count(*)
FROM (SELECT *, (SELECT count(*) FROM generate_series(1, 60) AS k WHERE (started + k * interval '1 month')::date < '2024-02-29') AS asked,
	(SELECT count(*) FROM generate_series(1, 60) AS k WHERE (started + k * interval '1 month')::date < least('2024-02-29', coalesce(ended, 'infinity'))) AS renewed FROM contract) AS c
WHERE started < '2024-02-29' GROUP BY 1, 2;
SELECT (SELECT json_object_agg(kind, row) FROM (SELECT kind, json_agg(json_build_array(renewed, count) ORDER BY renewed) AS row FROM counted GROUP BY kind) AS k)::jsonb
	= s::json::jsonb - '{version,settings,ignored,after_as_of,cohort}'::text[] AS same, s::json -> 'settings' AS settings, s::json -> 'after_as_of' AS after_as_of
FROM (SELECT retention_sample(started, ended, '2024-02-29', '1 month') AS s FROM contract) AS x;
-- An end between two renewal days is the same as one on the later of them; the order of rows, the split and the plan do not matter.
SELECT count(DISTINCT model::text) FROM (
	SELECT fit_retention(started, ended, '2024-02-29', '1 month') AS model FROM contract
	UNION ALL SELECT fit_retention(started, ended - i % 20, '2024-02-29', '1 month') FROM contract
	UNION ALL SELECT fit_retention(started, coalesce(ended, 'infinity'), '2024-02-29', '1 mon') FROM contract
	UNION ALL SELECT fit_retention(started, ended, '2024-02-29', '1 month' ORDER BY md5(i::text)) FROM contract
	UNION ALL SELECT fit_retention(rollup(s)) FROM (SELECT retention_sample(started, ended, '2024-02-29', '1 month') AS s FROM contract GROUP BY i % 11) AS x
	UNION ALL SELECT fit_retention(a + b) FROM (SELECT retention_sample(started, ended, '2024-02-29', '1 month') AS a FROM contract WHERE i < 500) AS x,
		(SELECT retention_sample(started, ended, '2024-02-29', '1 month') AS b FROM contract WHERE i >= 500) AS y) AS m;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE TABLE parallel_contract AS SELECT * FROM contract;
CREATE TABLE parallel_cohort AS SELECT * FROM cohort;
ALTER TABLE parallel_contract SET (parallel_workers = 4);
ALTER TABLE parallel_cohort SET (parallel_workers = 4);
EXPLAIN (COSTS off) SELECT fit_retention(started, ended, '2024-02-29', '1 month') FROM parallel_contract;
SELECT fit_retention(started, ended, '2024-02-29', '1 month')::text = (SELECT fit_retention(started, ended, '2024-02-29', '1 month')::text FROM contract) AS parallel FROM parallel_contract;
SELECT name, fit_retention(periods, customers)::text = (SELECT model::text FROM fitted AS f WHERE f.name = c.name) AS parallel FROM parallel_cohort AS c GROUP BY name ORDER BY 1;
ROLLBACK;
-- The fit of all ages together is near the mean theta that they were drawn with, and each cohort alone gives a sample that rolls up.
SELECT round(value::numeric, 1) AS value, parameter, value / se > 5 AS known FROM (SELECT fit_retention(started, ended, '2024-02-29', '1 month') AS m FROM contract) AS f, retention_parameters(m);
-- Days instead of months; a day is 24 hours.
SELECT retention_sample(started, ended, '2024-01-31', '10 days')::text = retention_sample(started, ended, '2024-01-31', '240 hours')::text AS same,
	retention_sample(started, ended, '2024-01-31', '10 days') AS sample
FROM (VALUES (DATE '2024-01-01', NULL::date), ('2024-01-01', '2024-01-11'), ('2024-01-01', '2024-01-12'), ('2024-01-01', '2024-01-01'), ('2024-01-11', '2024-01-30'), ('2024-01-21', '2024-01-22'), ('2024-01-31', NULL), (NULL, NULL)) AS v (started, ended);
-- A contract of the 31st renews on the last day of shorter months, and years before our era count too.
SELECT retention_sample(started, ended, as_of, '1 month') FROM (VALUES (DATE '2024-01-31', DATE '2024-02-29', DATE '2024-03-01'), ('2024-01-31', '2024-03-01', '2024-03-01')) AS v (started, ended, as_of);
SELECT retention_sample(DATE '0044-01-31 BC', NULL, '0042-01-31 BC', '1 year'), retention_sample(DATE '0002-12-31 BC', NULL, '0003-01-01', '6 months');

-- Cohorts of different ages: each is a sample, and samples add up to the same as the contracts they came from.
WITH row AS (
	SELECT cohort, asked, p AS periods, count(*) FILTER (WHERE (renewed >= p)) AS customers
	FROM (SELECT i % 7 AS cohort, 3 + i % 7 AS asked, least(3 + i % 7, (i * 31) % 11) AS renewed FROM generate_series(1, 5000) AS i) AS c, generate_series(0, asked) AS p GROUP BY 1, 2, 3)
SELECT s, (fit_retention(s)::json ->> 'customers')::int AS customers FROM (SELECT rollup(s) AS s FROM (SELECT retention_sample(periods, customers, '1 month') AS s FROM row GROUP BY cohort) AS x) AS y;

-- Data that do not determine a model: said precisely, and what can be answered is.
SET client_min_messages = error;
SELECT name, d.status, round(retention(m, 2)::numeric, 6) AS retention, round(residual_value(m, 1, .1, 1)::numeric, 4) AS residual, (SELECT count(*) FILTER (WHERE se IS NULL) FROM retention_parameters(m)) AS without_se
FROM (SELECT name, fit_retention((ordinality - 1)::int, customers) AS m FROM (VALUES ('one period', '{1000,500}'::bigint[]), ('nobody leaves', '{10,10,10}'), ('nobody was there', '{0,0}'), ('start only', '{5}'),
	('all alike', '{1000,500,250,125}'), ('less than alike', '{1000,700,300,0}'), ('two kinds', '{1000,500,500,500}'), ('one customer', '{1,1,0}'), ('many', '{4000000000000000000,3000000000000000000,2500000000000000000}')) AS v (name, row),
	unnest(row) WITH ORDINALITY AS u (customers, ordinality) GROUP BY name) AS f, retention_diagnostics(m) AS d ORDER BY name;
RESET client_min_messages;
-- All alike: half renew, each time; two kinds: half never, and half for ever, of whom one who renewed is.
SELECT retention(fit_retention(p, c), 1000) AS warned FROM (VALUES (0, 1000::bigint), (1, 500), (2, 250)) AS v (p, c);
SELECT fit_retention(p, c) IS NULL AS nothing_seen, fit_retention(NULL::date, NULL, '2024-01-01', '1 month') IS NULL AS only_nulls FROM (VALUES (0, 1000::bigint)) AS v (p, c) WHERE p > 0;
SELECT (retention_sample(p, c)::json ->> 'ignored')::int AS ignored FROM (VALUES (0, 1000::bigint), (1, NULL), (NULL, 5), (1, 4)) AS v (p, c);

-- Errors.
SELECT fit_retention(p, c) FROM (VALUES (0, 1000::bigint), (2, 700)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (1, 1000::bigint), (2, 700)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (0, 1000::bigint), (1, 1700)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (0, 1000::bigint), (1, 700), (1, 6)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (0, 1000::bigint), (-1, 700)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (0, 1000::bigint), (1, -700)) AS v (p, c);
SELECT fit_retention(p, c) FROM (VALUES (10001, 1000::bigint)) AS v (p, c);
SELECT fit_retention(DATE '2024-01-01', DATE '2023-12-31', DATE '2024-02-01', '1 month');
SELECT fit_retention(DATE '2024-01-01', DATE '-infinity', DATE '2024-02-01', '1 month');
SELECT fit_retention(DATE '-infinity', NULL, DATE '2024-02-01', '1 month');
SELECT fit_retention(DATE '2024-01-01', NULL, NULL, '1 month');
SELECT fit_retention(DATE '2024-01-01', NULL, DATE '2024-02-01', NULL);
SELECT fit_retention(DATE '2024-01-01', NULL, DATE '2024-02-01', '1 month 1 day');
SELECT fit_retention(DATE '2024-01-01', NULL, DATE '2024-02-01', '1 hour');
SELECT fit_retention(DATE '2024-01-01', NULL, DATE '2024-02-01', '-1 month');
SELECT fit_retention(DATE '1900-01-01', NULL, DATE '2024-02-01', '1 day');
SELECT fit_retention(DATE '2024-01-01', NULL, as_of, '1 month') FROM (VALUES (DATE '2024-02-01'), ('2024-02-02')) AS v (as_of);
SELECT retention_sample(0, 5::bigint) + retention_sample(0, 5::bigint, '1 month');

-- Text, bytes and json: what goes out comes in, and nothing else.
SELECT bool_and(model::text::retention_model::text = model::text AND retention_model_send(model::text::retention_model) = retention_model_send(model)) AS model FROM fitted;
SELECT s::text::retention_sample::text = s::text AS sample, s::json ->> 'active' AS active, s + NULL IS NOT NULL AS plus_null FROM (SELECT retention_sample(periods, customers) AS s FROM cohort WHERE name = 'Regular') AS x;
SELECT '{"cohort": [[0,5]], "active": [[3, 1]], "lost": [[2, 7]], "version": 1, "settings": {"period_days": 1, "as_of": "2024-01-01", "period_months": 0}, "after_as_of": 0, "ignored": 0}'::retention_sample;
\set start '{"version": 1, "settings": {"as_of": null, "period_months": 1, "period_days": 0}, "after_as_of": 0, "ignored": 0, '
SELECT (:'start' || '"lost": [[2, 7], [1, 3]], "active": [], "cohort": []}')::retention_sample;
SELECT (:'start' || '"lost": [[2, 0]], "active": [], "cohort": []}')::retention_sample;
SELECT (:'start' || '"lost": [[10001, 1]], "active": [], "cohort": []}')::retention_sample;
SELECT '{"version": 1, "settings": {"as_of": null, "period_months": 1, "period_days": 1}, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}'::retention_sample;
SELECT replace(model::text, '"alpha": ', '"alpha": -')::retention_model FROM fitted LIMIT 1;
