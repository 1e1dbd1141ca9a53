-- Lifetime value: how models are fitted: all of them, several in one pass, with covariates, from numbers, thinned, with a prior.
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
CREATE TEMP TABLE customers AS
SELECT field[2]::int AS id, timeline(field[3]::date, field[5]::numeric) AS purchases
FROM cdnow_line, regexp_split_to_array(trim(line), ' +') AS field GROUP BY 1;
ANALYZE customers;

-- True when two numbers agree to a relative tolerance.
CREATE FUNCTION pg_temp.near(a float8, b float8, tolerance float8 DEFAULT 1e-7) RETURNS bool
	LANGUAGE sql AS $$ SELECT abs(a - b) <= tolerance * abs(b) $$;
-- Golden numbers: a Newton fit with gradient below 1e-11 and an exact Hessian.
CREATE TEMP TABLE models AS
SELECT name, fit_ltv(purchases, DATE '1997-10-01', jsonb_build_object('model', name)) AS model
FROM customers, unnest('{mbg/nbd,bg/nbd,pareto/nbd,mbg/cnbd-k,bg/bb}'::text[]) AS name GROUP BY name;
WITH golden (name, parameter, value, se, se_robust) AS (VALUES
	('pareto/nbd', 'r', .5532770469, .0476279, .0566849), ('pareto/nbd', 'alpha', 10.57768346, .842723, 1.21643),
	('pareto/nbd', 's', .6062399891, .187281, .164863), ('pareto/nbd', 'beta', 11.66873529, 6.21111, 5.39761))
SELECT g.name, g.parameter, pg_temp.near(p.value, g.value) AS value, pg_temp.near(p.se, g.se, 5e-6) AS se, pg_temp.near(p.se_robust, g.se_robust, 5e-6) AS se_robust
FROM golden AS g JOIN models AS m USING (name) LEFT JOIN LATERAL ltv_parameters(m.model) AS p ON p.parameter = g.parameter ORDER BY 1, 2;
SELECT name, pg_temp.near(d.log_likelihood, g.log_likelihood) AS log_likelihood, d.converged, d.gradient_norm < 1e-11 AS gradient, d.model, d.status
FROM (VALUES ('bg/nbd', -9582.429206674), ('mbg/nbd', -9582.135715554), ('pareto/nbd', -9594.976178940)) AS g (name, log_likelihood) JOIN models AS m USING (name), ltv_diagnostics(m.model) AS d ORDER BY 1;
-- On CDNOW k = 1, which is MBG/NBD. k has no standard error.
SELECT (SELECT value FROM ltv_parameters(c.model) WHERE parameter = 'k') AS k, (SELECT se FROM ltv_parameters(c.model) WHERE parameter = 'k') AS se,
	(SELECT bool_and(pg_temp.near(p.value, q.value)) FROM ltv_parameters(c.model) AS p JOIN ltv_parameters(m.model) AS q USING (part, parameter)) AS same
FROM models AS c, models AS m WHERE c.name = 'mbg/cnbd-k' AND m.name = 'mbg/nbd';
-- Regular buyers: k is found, and the model is chosen. The same period in days gives the same k.
CREATE TEMP TABLE regular AS
SELECT c, timeline(DATE '2025-01-01' + c % 60 + i * (8 + c % 5) + c * i % 4, 10 + c % 7) AS t
FROM generate_series(1, 400) AS c, generate_series(0, 18 - c % 17) AS i GROUP BY c;
SELECT (SELECT value > 3 FROM ltv_parameters(week) WHERE parameter = 'k') AS k, (SELECT value FROM ltv_parameters(week) WHERE parameter = 'k') = (SELECT value FROM ltv_parameters(day) WHERE parameter = 'k') AS same_k,
	(SELECT model FROM ltv_comparison(week) WHERE chosen) AS chosen,
	pg_temp.near((SELECT value FROM ltv_parameters(week) WHERE parameter = 'alpha') * 7, (SELECT value FROM ltv_parameters(day) WHERE parameter = 'alpha'), 1e-5) AS alpha
FROM (SELECT fit_ltv(t, '2026-01-01', '{"model": ["mbg/nbd", "mbg/cnbd-k", "bg/nbd"], "strict": false, "spend": "mean"}') AS week,
	fit_ltv(t, '2026-01-01', '{"model": "mbg/cnbd-k", "period": "1 day", "strict": false, "spend": "mean"}') AS day FROM regular) AS f;

-- The way to a maximum may lead over flat ground, which is none of its end's: standard errors are those of a fit that starts there.
CREATE TEMP TABLE few AS
SELECT c, timeline(DATE '2025-01-01' + 7 * week::int, 10) AS t FROM unnest(string_to_array(
	'4 8 21 24 28 30 32 38 46 62,10 11 21 24 24 25 28 43,1 21,7 9 9 15 21 30 30 43 47,7 21 25 34,' ||
	'0 12 17 20 24 32 37 48,6 10 25 25 28 32 42 51 52,9 9 11 25 31 31 37 39 40 48 67,3 11,5 6 8 28,12 14 25 28 31 39 41', ',')) WITH ORDINALITY AS h (weeks, c),
	unnest(string_to_array(weeks, ' ')) AS week GROUP BY c;
WITH cold AS (SELECT fit_ltv(t, '2025-09-01', '{"model": "mbg/cnbd-k", "spend": "mean", "strict": false}') AS model FROM few),
	warm AS (SELECT fit_ltv(t, '2025-09-01', jsonb_build_object('model', 'mbg/cnbd-k', 'spend', 'mean', 'strict', false, 'start', (SELECT model::json FROM cold))) AS model FROM few)
SELECT parameter, pg_temp.near(c.value, w.value, 1e-5) AS value, pg_temp.near(c.se, w.se, 1e-4) AS se, pg_temp.near(c.se_robust, w.se_robust, 1e-4) AS se_robust, ltv_status(cold.model) AS status
FROM cold, warm, LATERAL ltv_parameters(cold.model) AS c JOIN LATERAL ltv_parameters(warm.model) AS w USING (part, parameter) WHERE part = 'purchase' AND parameter <> 'k' ORDER BY 1;

-- Several models in one pass: each is the one that is fitted alone, the best by BIC is chosen, and what it answers is what it would alone.
CREATE TEMP TABLE compared AS
SELECT fit_ltv(purchases, '1997-10-01', '{"model": ["bg/bb", "pareto/nbd", "bg/nbd", "mbg/nbd"]}') AS model FROM customers;
SELECT c.model, round(c.log_likelihood::numeric, 3) AS log_likelihood, c.parameters, round(c.aic::numeric, 3) AS aic, round(c.bic::numeric, 3) AS bic, c.comparable, c.chosen, c.status,
	pg_temp.near(c.aic, 2 * c.parameters - 2 * c.log_likelihood, 1e-14) AND pg_temp.near(c.bic, ln(2357::float8) * c.parameters - 2 * c.log_likelihood, 1e-14) AS criteria,
	c.log_likelihood = (SELECT log_likelihood FROM models AS m, ltv_diagnostics(m.model) WHERE m.name = c.model) AS alone
FROM compared AS f, ltv_comparison(f.model) AS c;
SELECT bool_and(p_alive(c.model, purchases) = p_alive(m.model, purchases)) AS same FROM compared AS c, models AS m, customers WHERE m.name = 'mbg/nbd';
SELECT model::text::ltv_model::text = model::text AND model::json::jsonb::text::ltv_model::text = model::text AS text FROM compared;
SELECT fit_ltv(purchases, '1997-10-01', '{"model": []}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"model": ["mbg/nbd", "x"]}') FROM customers;

-- Covariances: of levels, so that the diagonal is that of the standard errors; symmetric.
SELECT name, bool_and(abs(c.covariance - o.covariance) <= 1e-15) AS symmetric,
	bool_and(pg_temp.near(c.covariance, p.se ^ 2, 1e-12) AND pg_temp.near(c.covariance_robust, p.se_robust ^ 2, 1e-12)) FILTER (WHERE c.parameter = c.other) AS diagonal, count(*)
FROM models, LATERAL ltv_covariance(model) AS c JOIN LATERAL ltv_covariance(model) AS o ON (o.part, o.parameter, o.other) = (c.part, c.other, c.parameter)
	JOIN LATERAL ltv_parameters(model) AS p ON (p.part, p.parameter) = (c.part, c.parameter)
WHERE name <> 'mbg/cnbd-k' GROUP BY name ORDER BY name;

-- Spend "mean": the mean of the customers' means for those without a repeat purchase, otherwise their own.
CREATE TEMP TABLE entries AS
SELECT (e ->> 0)::int AS x, (e ->> 1)::float8 AS t_x, (e ->> 2)::float8 AS age, (e ->> 3)::float8 AS mean, (e ->> 4)::int AS n
FROM (SELECT ltv_sample(purchases, '1997-10-01') AS sample FROM customers) AS s, json_array_elements(sample::json -> 'customers') AS e;
SELECT pg_temp.near(p.value, m.mean, 1e-12) AS mean, pg_temp.near(p.se, m.se, 1e-9) AS se, p.se = p.se_robust AS robust, d.spend_model, d.spend_log_likelihood,
	expected_spend(f.model, t1.purchases) AS of_1, pg_temp.near(expected_spend(f.model, t3.purchases), m.mean, 1e-12) AS of_3, (ltv_estimate(f.model, t1.purchases)).se > 0 AS estimate
FROM (SELECT fit_ltv(purchases, '1997-10-01', '{"spend": "mean"}') AS model FROM customers) AS f, ltv_diagnostics(f.model) AS d,
	LATERAL (SELECT * FROM ltv_parameters(f.model) WHERE part = 'spend') AS p,
	(SELECT sum(mean * n) / sum(n) AS mean, sqrt((sum(n * mean ^ 2) / sum(n) - (sum(mean * n) / sum(n)) ^ 2) / sum(n)) AS se FROM entries WHERE x > 0) AS m,
	customers AS t1, customers AS t3 WHERE t1.id = 1 AND t3.id = 3;

-- From the numbers themselves: the same model, to the last bits; without dates, so as_of must be given.
CREATE TEMP TABLE numbers AS
SELECT fit_ltv_summary(x, t_x / 7, age / 7, mean, n, '{"model": ["mbg/nbd", "pareto/nbd"]}') AS model FROM entries;
SELECT name, bool_and(pg_temp.near(p.value, q.value, 1e-9)) AS same, count(*)
FROM numbers AS n, models AS m, LATERAL ltv_parameters(n.model) AS p JOIN LATERAL ltv_parameters(m.model) AS q USING (part, parameter) WHERE m.name = 'mbg/nbd' GROUP BY name;
SELECT d.as_of, d.customers, d.status, pg_temp.near(expected_new_customer(n.model, '39 weeks'), expected_new_customer(m.model, '39 weeks'), 1e-9) AS new,
	pg_temp.near(p_alive(n.model, purchases, '1997-10-01'), .7061384790) AS p_alive FROM numbers AS n, ltv_diagnostics(n.model) AS d, models AS m, customers WHERE m.name = 'mbg/nbd' AND id = 1;
SELECT p_alive(model, purchases) FROM numbers, customers LIMIT 1;
SELECT model::text::ltv_model::text = model::text AS text FROM numbers;
-- Rounded weeks of the published file give the published numbers; rows with NULLs are skipped and counted, weight NULL is 1, weight 0 nobody.
SELECT d.customers, d.ignored, d.spend_customers FROM (SELECT fit_ltv_summary(x, t_x, age, mean, weight, '{"strict": false}') AS model FROM (VALUES
	(1, 1.5, 3.0, 10.0, NULL::bigint), (NULL, 1, 3, 10, 5), (0, 0, 7, NULL, 3), (2, 1, 3, 10, 0), (2, 1, 3, NULL, 2)) AS v (x, t_x, age, mean, weight)) AS f, ltv_diagnostics(f.model) AS d;
SELECT fit_ltv_summary(1, 0, 3, 10, 1, NULL);
SELECT fit_ltv_summary(1, 4, 3, 10, 1, NULL);
SELECT fit_ltv_summary(-1, 0, 3, 10, 1, NULL);
SELECT fit_ltv_summary(1, 1, 'Infinity', 10, 1, NULL);
SELECT fit_ltv_summary(1, 1, 3, 'NaN', 1, NULL);
SELECT fit_ltv_summary(1, 1, 3, 10, -1, NULL);
SELECT fit_ltv_summary(1, 1.5, 3, 10, 1, '{"model": "bg/bb"}');
SELECT fit_ltv_summary(1, 1, 3, 10, 1, '{"model": "mbg/cnbd-k"}');
SELECT fit_ltv_summary(1, 1, 3, 10, 1, '{"model": ["bg/bb", "mbg/nbd"]}');
-- BG/BB, Fader, Hardie & Shang (2010): donations of 11,104 people of the 1995 cohort over six years (as printed in their table 2): alpha 1.204,
-- beta 0.750, gamma 0.657, delta 2.783, log-likelihood -33,225.6.
SELECT p.parameter, round(p.value::numeric, 3) AS value, round(d.log_likelihood::numeric, 1) AS log_likelihood, expected_new_customer(f.model, '7 days') > 0 AS new
FROM (SELECT fit_ltv_summary(x, t_x, 6, NULL, n, '{"model": "bg/bb", "strict": false}') AS model FROM (VALUES
	(6,6,1203),(5,6,728),(4,6,512),(3,6,357),(2,6,234),(1,6,129),(5,5,335),(4,5,284),(3,5,225),(2,5,173),(1,5,119),(4,4,240),(3,4,181),(2,4,155),(1,4,78),
	(3,3,322),(2,3,255),(1,3,129),(2,2,613),(1,2,277),(1,1,1091),(0,0,3464)) AS v (x, t_x, n)) AS f, ltv_parameters(f.model) AS p, ltv_diagnostics(f.model) AS d;

-- A warm start ends where the cold one does, sooner; of another period it is an error.
SELECT pg_temp.near(d.log_likelihood, e.log_likelihood, 1e-12) AS same, d.iterations < e.iterations AS sooner
FROM (SELECT fit_ltv(purchases, '1997-10-01', jsonb_build_object('start', (SELECT model::json FROM models WHERE name = 'mbg/nbd'))) AS model FROM customers) AS f,
	ltv_diagnostics(f.model) AS d, models AS m, ltv_diagnostics(m.model) AS e WHERE m.name = 'mbg/nbd';
SELECT fit_ltv(purchases, '1997-10-01', jsonb_build_object('period', '1 day', 'start', (SELECT model::json FROM models WHERE name = 'mbg/nbd'))) FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"start": {}}') FROM customers;
SELECT fit_ltv(purchases, '1997-10-01', '{"start": 1}') FROM customers;
SELECT sample::text::ltv_sample::text = sample::text AND sample::text LIKE '%"start": [["mbg/nbd", %' AS start
FROM (SELECT ltv_sample(purchases, '1997-10-01', jsonb_build_object('start', (SELECT model::json FROM models WHERE name = 'mbg/nbd'))) AS sample FROM customers) AS s;

-- A prior draws everything a little to the usual start, the more the heavier; the log-likelihood is without it, so it falls.
SELECT bool_and(d.log_likelihood < before) AS falls, bool_and(d.converged) AS converged, max(abs(ln(p.value))) FILTER (WHERE weight = 1e6) < 1e-2 AS at_start
FROM (SELECT weight, fit_ltv(purchases, '1997-10-01', jsonb_build_object('prior_weight', weight)) AS model FROM customers, unnest('{1,100,1e6}'::float8[]) AS weight GROUP BY weight) AS f,
	LATERAL ltv_diagnostics(f.model) AS d, LATERAL (SELECT value FROM ltv_parameters(f.model) WHERE parameter = 'r') AS p, (SELECT log_likelihood AS before FROM models, ltv_diagnostics(model) WHERE name = 'mbg/nbd') AS b;
-- It holds what has no finite estimate: few customers, no boundary.
SELECT d.at_boundary, d.converged FROM (SELECT fit_ltv(t, '2026-01-01', '{"prior_weight": 1}') AS model FROM (
	SELECT timeline(DATE '2025-01-01' + c % 30 + 7 * g, 9.99::numeric) AS t FROM generate_series(1, 30) AS c, generate_series(0, 40) AS g GROUP BY c) AS r) AS f, ltv_diagnostics(f.model) AS d;
SELECT fit_ltv(purchases, '1997-10-01', '{"prior_weight": -1}') FROM customers;

-- Thinned: at most so many distinct customers, the same ones whatever the order and the split, each for many; near the full fit.
SELECT fit_ltv(purchases, '1997-10-01', '{"max_rows": 999}') FROM customers;
CREATE TEMP TABLE thinned AS SELECT ltv_sample(purchases, '1997-10-01', '{"max_rows": 1000}') AS sample FROM customers;
SELECT json_array_length(sample::json -> 'customers') <= 1000 AS bounded, sample::json -> 'levels' AS levels,
	sample::text = (SELECT ltv_sample(purchases, '1997-10-01', '{"max_rows": 1000}' ORDER BY md5(id::text))::text FROM customers) AS any_order,
	sample::text = (SELECT rollup(part)::text FROM (SELECT ltv_sample(purchases, '1997-10-01', '{"max_rows": 1000}') AS part FROM customers GROUP BY id % 9) AS p) AS any_split,
	sample::text::ltv_sample::text = sample::text AS text
FROM thinned;
SELECT d.thinned > 300 AS thinned, d.customers BETWEEN 2200 AND 2500 AS customers, bool_and(abs(p.value - q.value) < 4 * p.se) AS near, bool_and(p.se > q.se) AS wider
FROM (SELECT fit_ltv(sample) AS model FROM thinned) AS f, ltv_diagnostics(f.model) AS d, models AS m, LATERAL ltv_parameters(f.model) AS p JOIN LATERAL ltv_parameters(m.model) AS q USING (part, parameter)
WHERE m.name = 'mbg/nbd' AND part = 'purchase' GROUP BY 1, 2;

-- Covariates that have nothing to say: whether the number of the customer is odd, and a hash of it.
CREATE TEMP TABLE kinds AS
SELECT id, purchases, (id % 2)::float8 AS kind, (('x' || left(md5(id::text), 8))::bit(32)::int / 2147483648.0)::float8 AS noise FROM customers;
CREATE TEMP TABLE with_covariates AS
SELECT name, fit_ltv(purchases, '1997-10-01', ARRAY[kind, noise], jsonb_build_object('model', name)) AS model
FROM kinds, unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS name GROUP BY name;
SELECT name, p.parameter, p.value BETWEEN -4 * p.se AND 4 * p.se AS nothing, p.se > 0 AS se, p.se_robust > 0 AS se_robust
FROM with_covariates, ltv_parameters(model) AS p WHERE parameter LIKE '%covariate%' ORDER BY name, parameter;
-- More parameters, a higher likelihood, but not by more than chance: twice the gain is chi-squared with four degrees of freedom.
SELECT name, 2 * (d.log_likelihood - e.log_likelihood) BETWEEN 0 AND 20 AS gain, d.status FROM with_covariates AS c JOIN models AS m USING (name), ltv_diagnostics(c.model) AS d, ltv_diagnostics(m.model) AS e ORDER BY name;
-- Units: ten times the covariate is a tenth of the coefficient and of its standard error; a shift moves nothing; predictions stay.
CREATE TEMP TABLE other_units AS
SELECT name, fit_ltv(purchases, '1997-10-01', ARRAY[10 * kind + 2000, noise], jsonb_build_object('model', name)) AS model
FROM kinds, unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS name GROUP BY name;
SELECT name, bool_and(pg_temp.near(p.value, q.value * CASE WHEN parameter LIKE '%covariate 1' THEN 0.1 ELSE 1 END, 1e-6)
	AND pg_temp.near(p.se, q.se * CASE WHEN parameter LIKE '%covariate 1' THEN 0.1 ELSE 1 END, 1e-6)) AS units
FROM other_units AS o JOIN with_covariates AS c USING (name), LATERAL ltv_parameters(o.model) AS p JOIN LATERAL ltv_parameters(c.model) AS q USING (part, parameter) GROUP BY name ORDER BY name;
SELECT name, bool_and(pg_temp.near(ltv(o.model, purchases, covariates => ARRAY[10 * kind + 2000, noise]), ltv(c.model, purchases, covariates => ARRAY[kind, noise]), 1e-6)
	AND pg_temp.near((ltv_estimate(o.model, purchases, covariates => ARRAY[10 * kind + 2000, noise])).se, (ltv_estimate(c.model, purchases, covariates => ARRAY[kind, noise])).se, 1e-5)) AS predictions
FROM other_units AS o JOIN with_covariates AS c USING (name), kinds WHERE id % 50 = 1 GROUP BY name ORDER BY name;
-- The sign is right: what goes with more purchases has a positive coefficient of purchases.
SELECT name, p.value > 3 * p.se AS more, ltv_status(f.model) AS status FROM (
	SELECT name, fit_ltv(purchases, '1997-10-01', ARRAY[noise + 0.3 * least(x, 5)], jsonb_build_object('model', name)) AS model
	FROM unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS name, (SELECT *, purchase_days(purchases) AS x FROM kinds) AS k GROUP BY name) AS f,
	ltv_parameters(f.model) AS p WHERE parameter = 'purchase covariate 1' ORDER BY name;
-- MBG/CNBD-k takes them too. Covariates with nothing to say leave k and, but for chance, the likelihood as they are, which is that of the gaps as well
-- (which was left out here): gaps of three stages here, from hashes.
CREATE TEMP TABLE staged AS
SELECT c AS id, timeline(DATE '2025-01-01' + c % 90 + day, 10) AS t
FROM generate_series(1, 500) AS c, LATERAL (
	SELECT coalesce(sum(gap) OVER (ORDER BY i), 0)::int AS day
	FROM (SELECT 0 AS i, 0 AS gap UNION ALL SELECT i, 1 + (-8 * sum(ln((('x' || left(md5(format('%s %s %s', c, i, stage)), 7))::bit(28)::int + 0.5) / 2 ^ 28)))::int
		FROM generate_series(1, c % 9) AS i, generate_series(1, 3) AS stage GROUP BY i) AS g) AS d GROUP BY c;
SET client_min_messages = error;
SELECT (SELECT value FROM ltv_parameters(c) WHERE parameter = 'k') AS k, (SELECT value FROM ltv_parameters(p) WHERE parameter = 'k') AS without,
	2 * (d.log_likelihood - e.log_likelihood) BETWEEN 0 AND 20 AS gain, d.converged, (SELECT model FROM ltv_comparison(c) WHERE chosen) AS chosen
FROM (SELECT fit_ltv(t, '2026-01-01', ARRAY[id % 2, sin(id)], '{"model": ["mbg/cnbd-k", "mbg/nbd"], "spend": "mean"}') AS c,
	fit_ltv(t, '2026-01-01', '{"model": "mbg/cnbd-k", "spend": "mean"}') AS p FROM staged) AS f, ltv_diagnostics(c) AS d, ltv_diagnostics(p) AS e;
RESET client_min_messages;
-- Arguments: as many, all there, all finite, at the fit and at the prediction; a model without covariates takes none.
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, NULL], NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, noise, 'NaN'], NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', '{}', NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', NULL, NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', '{{1,2},{3,4}}', NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', array_fill(1, ARRAY[17]), NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', CASE id WHEN 100 THEN '{1}' ELSE '{1,2}' END::float8[], NULL ORDER BY id) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, 1], NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind], '{"model": "bg/bb"}') FROM kinds;
SELECT p_alive(model, purchases) FROM with_covariates, customers LIMIT 1;
SELECT p_alive(model, purchases, covariates => '{1}') FROM with_covariates, customers LIMIT 1;
SELECT expected_purchases(model, purchases, '1 day', covariates => '{1,NULL}') FROM with_covariates, customers LIMIT 1;
SELECT ltv(model, purchases, covariates => '{Infinity,1}') FROM with_covariates, customers LIMIT 1;
-- A covariate that is the same for all: with strict false its coefficients are 0, without a standard error.
SELECT parameter, value, se FROM (SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, 1], '{"strict": false}') AS model FROM kinds) AS f, ltv_parameters(model) WHERE parameter LIKE '%covariate 2';
-- One that follows from those before it is no other; nothing is lost by leaving it out. Far out of range a coefficient could not be said.
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, noise, 3 * kind - noise + 7], NULL) FROM kinds;
SELECT parameter, pg_temp.near(p.value, q.value, 1e-6) AS same, p.se IS NULL AS no_error FROM
	(SELECT fit_ltv(purchases, '1997-10-01', ARRAY[kind, noise, 3 * kind - noise + 7], '{"strict": false}') AS model FROM kinds) AS f, ltv_parameters(model) AS p
	LEFT JOIN (SELECT q.* FROM with_covariates, ltv_parameters(model) AS q WHERE name = 'mbg/nbd') AS q USING (part, parameter) WHERE part = 'purchase' ORDER BY parameter;
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[1e300 * kind], NULL) FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01', ARRAY[1e-300 * kind], NULL) FROM kinds;
SELECT ltv_status(fit_ltv(purchases, '1997-10-01', ARRAY[1e9 + kind], NULL)) AS far_from_zero FROM kinds;
-- One customer decides on a coefficient: the two standard errors say so, and so does the meaning.
SELECT status, meaning FROM (SELECT fit_ltv(purchases, '1997-10-01', ARRAY[(id = 7)::int], NULL) AS m FROM kinds) AS f, ltv_diagnostics(m);
-- Nothing to tell dropout by: everybody came twice, and the second time was today.
SELECT converged, at_boundary, status ~ '^at boundary' AS boundary, meaning FROM
	(SELECT fit_ltv_summary(1, 10, 10, NULL, 100, '{"model": "bg/nbd", "strict": false}') AS m) AS f, ltv_diagnostics(m);
-- Nothing to tell anything by: no opportunity of BG/BB is over ten days after the first purchases. Where it starts is no answer.
\set VERBOSITY terse
SELECT ltv_status(m), p_alive(m, t) IS NULL AS unknown, d.meaning
FROM (SELECT fit_ltv(purchases, '1997-01-12', '{"model": "bg/bb", "spend": "mean"}') AS m FROM customers) AS f, ltv_diagnostics(m) AS d, (SELECT timeline(DATE '1997-01-01', 1) AS t) AS o;
\set VERBOSITY default
-- Not so many that a fit would not end.
SELECT fit_ltv_summary(1000001, 2, 3, 1, 1, NULL);
SELECT fit_ltv_summary(1, 2, 1000001, 1, 1, '{"model": "bg/bb"}');
SELECT fit_ltv(purchases, '1997-10-01', '{"model": "bg/bb", "period": "1 microsecond"}') FROM kinds;
SELECT fit_ltv(purchases, '1997-10-01') FROM customers WHERE id = 1;
SELECT sample::text::ltv_sample::text = sample::text AND sample::text = merged::text AS sample FROM
	(SELECT ltv_sample(purchases, '1997-10-01', ARRAY[kind, noise], '{"model": ["mbg/nbd", "bg/nbd"]}') AS sample FROM kinds) AS s,
	(SELECT rollup(part) AS merged FROM (SELECT ltv_sample(purchases, '1997-10-01', ARRAY[kind, noise], '{"model": ["mbg/nbd", "bg/nbd"]}') AS part FROM kinds GROUP BY id % 5) AS p) AS m;
SELECT bool_and(model::text::ltv_model::text = model::text) AS text FROM with_covariates;
-- Everything under GROUP BY.
SELECT g, (SELECT string_agg(c.model, ' ' ORDER BY c.bic) FROM ltv_comparison(f.model) AS c) AS best_first
FROM (SELECT id % 2 AS g, fit_ltv(purchases, '1997-10-01', ARRAY[noise], '{"model": ["mbg/nbd", "pareto/nbd"]}') AS model FROM kinds GROUP BY 1) AS f ORDER BY g;
