-- Lifetime value: what the models say of a customer, all of them by the same functions.
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
CREATE TEMP TABLE models AS
SELECT name, fit_ltv(purchases, DATE '1997-10-01', jsonb_build_object('model', name)) AS model
FROM customers, unnest('{mbg/nbd,bg/nbd,pareto/nbd,mbg/cnbd-k,bg/bb}'::text[]) AS name GROUP BY name;

-- Golden numbers of customers 1 and 3 (a Newton fit to full precision; mpmath). DERT: ten percent a year, per purchase.
WITH golden (name, id, p_alive, purchases_39_weeks, dert) AS (VALUES
	('bg/nbd', 1, .7266203117, 1.225994455, 6.37215244), ('bg/nbd', 3, 1, NULL, NULL),
	('mbg/nbd', 1, .7061384790, 1.262758851, NULL), ('mbg/nbd', 3, .3897229767, NULL, NULL),
	('pareto/nbd', 1, .8691342636, 1.455201702, NULL), ('pareto/nbd', 3, .2951125716, NULL, NULL))
SELECT name, id, pg_temp.near(p_alive(model, purchases), g.p_alive) AS p_alive,
	pg_temp.near(expected_purchases(model, purchases, '39 weeks'), g.purchases_39_weeks) AS purchases,
	pg_temp.near(ltv(model, purchases, NULL, 0.10) / expected_spend(model, purchases), g.dert) AS dert
FROM golden AS g JOIN models USING (name) JOIN customers USING (id) ORDER BY 1, 2;

-- The functions agree with each other, for each model and one customer in twelve: the distribution of purchases sums to one and has the
-- expected mean, and what it says of none is what p_purchase says.
CREATE TEMP TABLE sampled AS SELECT * FROM customers WHERE id % 12 = 1;
SELECT name, count(*) > 150 AS many, count(*) FILTER (WHERE NOT pg_temp.near(total, 1, 1e-9)) AS not_one,
	count(*) FILTER (WHERE NOT pg_temp.near(mean, expected, 1e-7)) AS other_mean,
	count(*) FILTER (WHERE abs(1 - none - p_purchase) > 1e-10) AS other_none, count(*) FILTER (WHERE p_purchase > ever + 1e-12) AS more_than_ever
FROM (SELECT name, p.*, expected_purchases(model, c.purchases, '39 weeks') AS expected, p_purchase(model, c.purchases, '39 weeks') AS p_purchase,
		p_purchase(model, c.purchases, NULL) AS ever
	FROM models, sampled AS c, LATERAL (SELECT sum(probability) AS total, sum(purchases * probability) AS mean, min(probability) FILTER (WHERE purchases = 0) AS none
		FROM purchase_probabilities(model, c.purchases, '39 weeks', 200)) AS p) AS s GROUP BY name ORDER BY name;
-- Thousands of purchases: the tail ends, though its probabilities are less than any number.
SELECT name, count(*) AS rows, pg_temp.near(sum(probability), 1, 1e-9) AS one FROM models, customers, purchase_probabilities(model, purchases, '39 weeks', 10000) WHERE id = 1 GROUP BY name ORDER BY name;
-- The range is that of the distribution, and the median waiting time is where half of those who come have come.
SELECT name, count(*) > 20 AS many, count(*) FILTER (WHERE lo IS DISTINCT FROM true_lo OR hi IS DISTINCT FROM true_hi) AS other_range,
	count(*) FILTER (WHERE (days IS NULL) <> (ever <= 0.5)) AS other_never, count(days) > 2 AS some_days,
	count(*) FILTER (WHERE days IS NOT NULL AND name <> 'bg/bb' AND abs(by_then - 0.5) > 1e-6) AS other_median
FROM (SELECT name, id, r.lo, r.hi, next_purchase_days(model, c.purchases) AS days, p_purchase(model, c.purchases, NULL) AS ever,
		p_purchase(model, c.purchases, next_purchase_days(model, c.purchases) * interval '1 day') AS by_then,
		(SELECT min(purchases) FROM (SELECT purchases, sum(probability) OVER (ORDER BY purchases) AS share
			FROM purchase_probabilities(model, c.purchases, '1 year', 60)) AS d WHERE share >= 0.1 * (1 - 1e-9)) AS true_lo,
		(SELECT min(purchases) FROM (SELECT purchases, sum(probability) OVER (ORDER BY purchases) AS share
			FROM purchase_probabilities(model, c.purchases, '1 year', 60)) AS d WHERE share >= 0.9 * (1 - 1e-9)) AS true_hi
	FROM models, (SELECT * FROM sampled WHERE id % 96 = 1) AS c, purchase_range(model, c.purchases, '1 year', 0.8) AS r) AS q GROUP BY name ORDER BY name;
-- Ahead: nobody comes back to life, no time is no change, and after a very long time nobody is left but those who never drop out.
SELECT name, bool_and(p_alive(model, purchases, ahead => '0') = p_alive(model, purchases)) AS now,
	bool_and(p_alive(model, purchases, NULL, '1 year') <= p_alive(model, purchases) + 1e-12 AND p_alive(model, purchases, NULL, '2 years') <= p_alive(model, purchases, NULL, '1 year') + 1e-12) AS falls,
	max(p_alive(model, purchases, NULL, '300 years')) < 0.9 AS gone
FROM models, sampled GROUP BY name ORDER BY name;
-- Customer 1 in 39 weeks: expected 1.14 to 1.46, but 0 to 5 purchases with 90 %.
SELECT name, r.*, round(days::numeric) AS days FROM models, customers, purchase_range(model, purchases, '39 weeks') AS r, next_purchase_days(model, purchases) AS days WHERE id = 1 ORDER BY name;
-- New customers: what a customer of one purchase today is expected to do.
SELECT name, pg_temp.near(expected_new_customer(model, '39 weeks'), expected_purchases(model, timeline(DATE '1997-09-30', 1::numeric), '39 weeks'), 1e-12) AS new FROM models ORDER BY name;

-- The estimate: the value is that of ltv, and the standard error that of the delta method.
SELECT name, e.value = ltv(model, purchases) AS value, e.n, e.se > 0 AND e.lo < e.value AND e.value < e.hi AS interval,
	pg_temp.near(ln(e.hi / e.value), 1.959963984540054 * e.se / e.value, 1e-9) AND pg_temp.near(e.value / e.lo, e.hi / e.value, 1e-9) AS log_interval
FROM models, customers, ltv_estimate(model, purchases) AS e WHERE id = 1 ORDER BY name;
-- A jackknife by refitting without each 40th of the customers in turn knows nothing of Hessians, and is itself good to a ninth (a standard deviation
-- from 40 values). Standard errors of estimates are .84 to .94 of it here; those of parameters .62 to 1.11 by the Hessian, .79 to 1.09 by the sandwich.
CREATE TEMP TABLE jackknife AS
SELECT g, fit_ltv(purchases, '1997-10-01') AS model FROM customers, generate_series(0, 39) AS g WHERE id % 40 <> g GROUP BY g;
SELECT count(*), bool_and(e.se / s.se BETWEEN 0.8 AND 1.0) AS estimates
FROM (SELECT id, sqrt(39 * var_pop(ltv(model, purchases))) AS se FROM jackknife, customers WHERE id IN (1, 3, 100, 500, 1000) GROUP BY id) AS s
	JOIN customers USING (id), models, ltv_estimate(model, purchases) AS e WHERE name = 'mbg/nbd';
SELECT count(*), bool_and(p.se_robust / s.se BETWEEN 0.75 AND 1.15) AS robust, bool_and(p.se / s.se BETWEEN 0.6 AND 1.15) AS hessian
FROM (SELECT part, parameter, sqrt(39 * var_pop(value)) AS se FROM jackknife, ltv_parameters(model) GROUP BY 1, 2) AS s
	JOIN (SELECT p.* FROM models, ltv_parameters(model) AS p WHERE name = 'mbg/nbd') AS p USING (part, parameter);
SELECT bool_and(pg_temp.near((a.e).value, -2 * (b.e).value, 1e-12) AND (a.e).lo < (a.e).value AND (a.e).hi < 0) AS negative_margin
FROM models, sampled, LATERAL (SELECT ltv_estimate(model, purchases, margin => -2) AS e) AS a, LATERAL (SELECT ltv_estimate(model, purchases) AS e) AS b WHERE name = 'bg/nbd';

-- Hard places, where peers give NaN or infinity (lifetimes issues 302, 442; CLVTools 171; BTYD from x = 300): x in the hundreds and thousands, t_x = T,
-- T tiny, a = 1, a + b = 1, horizons of decades, discount 0.
CREATE TEMP TABLE hard AS
SELECT n, step, timeline(DATE '1997-01-01' + step * i, 10::numeric) AS t
FROM (VALUES (1, 1), (2, 1), (300, 1), (1500, 1), (100, 30)) AS h (n, step), generate_series(0, n - 1) AS i GROUP BY n, step;
CREATE TEMP TABLE edges AS
SELECT name, model FROM models
UNION ALL
SELECT name, regexp_replace(model::text, '("parameters": \[[^,]*, [^,]*), [^,]*, [^,\]]*', format('\1, %s, %s', a, b))::ltv_model
FROM models, (VALUES (1, 2), (0.4, 0.6), (1, 1e-3), (3, 50)) AS v (a, b) WHERE name IN ('mbg/nbd', 'bg/nbd', 'pareto/nbd', 'mbg/cnbd-k');
SELECT count(*) > 200 AS many, count(*) FILTER (WHERE NOT (p_alive BETWEEN 0 AND 1 AND later BETWEEN 0 AND p_alive + 1e-12 AND purchases >= 0 AND purchases < 'Infinity'
	AND value >= 0 AND pg_temp.near(value, purchases * spend, 1e-6) AND forever >= 0 AND forever < 'Infinity' AND p_purchase BETWEEN 0 AND 1 AND (days IS NULL OR days >= 0))) AS mad
FROM (SELECT p_alive(model, t, as_of) AS p_alive, p_alive(model, t, as_of, '30 years') AS later, expected_purchases(model, t, '30 years', as_of) AS purchases,
		ltv(model, t, '30 years', 0, 1, as_of) AS value, expected_spend(model, t, as_of) AS spend, ltv(model, t, NULL, 0.01, 1, as_of) AS forever,
		p_purchase(model, t, '30 years', as_of) AS p_purchase, next_purchase_days(model, t, as_of) AS days
	FROM edges, hard, (VALUES (DATE '1997-01-02'), ('1997-12-01'), ('2001-02-09'), ('2031-01-01')) AS a (as_of)) AS x WHERE p_alive IS NOT NULL;

-- Without end and without a discount: a value where dropout is quick enough (third parameter above 1), the limit of small discounts (slow for r + x < 1), and under
-- MBG/NBD P(alive) (a+b+x)/(a-1) times the spend, for who never buys again bought 1/p times, and p ~ Beta(a, b+x+1). NULL elsewhere.
CREATE TEMP TABLE endless AS
SELECT name, n, as_of, (model::json -> 'purchase' -> 0 -> 'parameters' ->> 2)::float8 AS dropout, ltv(model, t, NULL, 0, 1, as_of) AS value,
	ltv(model, t, NULL, 1e-7, 1, as_of) AS nearly, p_alive(model, t, as_of) * (3 + 50 + purchase_days(t) - 1) / (3 - 1) * expected_spend(model, t, as_of) AS formula,
	(ltv_estimate(model, t, NULL, 0, 1, as_of)).value AS estimated
FROM edges, hard, (VALUES (DATE '2001-02-09'), ('2031-01-01')) AS a (as_of);
SELECT count(*) FILTER (WHERE dropout > 1) > 20 AS many, count(*) FILTER (WHERE (value IS NULL) IS DISTINCT FROM (dropout <= 1)) AS mad,
	bool_and(pg_temp.near(value, nearly, 1e-4) OR value < 1e-300) FILTER (WHERE dropout = 3 AND n > 2) AS limits, bool_and(pg_temp.near(value, formula, 1e-12)) FILTER (WHERE name = 'mbg/nbd' AND as_of = '2031-01-01') AS exact,
	bool_and(value IS NOT DISTINCT FROM estimated) AS same
FROM endless;

-- Functions of one query share what was computed for a customer, and for others like it; those of rows do not, and find the same to the last bit.
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE value IS DISTINCT FROM estimated) AS differ
FROM (SELECT p_alive(model, purchases) + expected_purchases(model, purchases, '1 year') AS both_of_them, ltv(model, purchases) AS value, (ltv_estimate(model, purchases)).value AS estimated
	FROM models, customers WHERE name IN ('mbg/nbd', 'pareto/nbd')) AS x;

-- Arguments.
SELECT p_alive(model, purchases, NULL, '-1 day') FROM models, customers LIMIT 1;
SELECT purchase_probabilities(model, purchases, '39 weeks', -1) FROM models, customers LIMIT 1;
SELECT purchase_probabilities(model, purchases, '39 weeks', 100000) FROM models, customers LIMIT 1;
SELECT purchase_range(model, purchases, '39 weeks', 1) FROM models, customers LIMIT 1;
SELECT purchase_range(model, purchases, '39 weeks', 'NaN') FROM models, customers LIMIT 1;
SELECT p_purchase(model, purchases, '-1 day') FROM models, customers LIMIT 1;
SELECT expected_new_customer(model, '-1 day') FROM models LIMIT 1;
SELECT p_alive(model, purchases, covariates => '{1}') FROM models, customers LIMIT 1;
SELECT ltv_estimate(model, purchases, '1 year', -1) FROM models, customers LIMIT 1;
SELECT p_purchase(NULL, purchases, '1 day') IS NULL AND p_purchase(model, NULL, '1 day') IS NULL AND next_purchase_days(model, NULL) IS NULL
	AND next_purchase_days(model, purchases, '1990-01-01') IS NULL AND purchase_range(model, purchases, NULL) IS NULL AND purchase_range(model, purchases, '1 day', NULL) IS NULL
	AND ltv_estimate(model, NULL) IS NULL AND ltv_estimate(model, purchases, margin => NULL) IS NULL AND expected_new_customer(NULL, '1 day') IS NULL
	AND expected_new_customer(model, NULL) IS NULL AND ltv_estimate(model, purchases, NULL, 0) IS NULL AS nulls,
	(SELECT count(*) FROM purchase_probabilities(model, purchases, NULL, 3)) + (SELECT count(*) FROM purchase_probabilities(model, purchases, '1 day', 3, '1990-01-01')) AS rows
FROM models, customers WHERE id = 1 AND name = 'bg/nbd';
-- Another model with every row, of a table and stored out of line: the answers are those of the model at hand.
CREATE TEMP TABLE many_models AS SELECT g, fit_ltv(purchases, '1997-10-01', '{"strict": false}') AS model FROM customers, generate_series(0, 4) AS g WHERE id % 5 = g GROUP BY g;
CREATE TEMP TABLE stored (g int, filler text, model ltv_model);
ALTER TABLE stored ALTER model SET STORAGE EXTERNAL, ALTER filler SET STORAGE PLAIN;
INSERT INTO stored SELECT g, repeat('-', 4000), model FROM many_models UNION ALL SELECT g + 5, repeat('-', 4000), model FROM many_models;
SELECT pg_relation_size(reltoastrelid) > 0 AS out_of_line FROM pg_class WHERE oid = 'stored'::regclass;
SELECT bool_and(a.p = b.p) AS same FROM
	(SELECT g % 5 AS g, id, p_alive(model, purchases) AS p FROM stored, sampled ORDER BY id, g) AS a JOIN
	(SELECT g, id, p_alive(model, purchases) AS p FROM many_models, sampled ORDER BY g, id) AS b USING (g, id);
-- What is remembered (after a thousand questions) never changes an answer: all customers and models in one query, and few at a time.
CREATE TEMP VIEW answers AS SELECT name, id, ROW(p_alive(model, purchases), p_alive(model, purchases, '1998-01-01'), expected_purchases(model, purchases, '39 weeks'),
	expected_purchases(model, purchases, '1 year', '1998-01-01'), ltv(model, purchases, '1 year', 0.1), ltv(model, purchases, NULL, 0.1), ltv(model, purchases, '2 years', 0.1))::text AS answer FROM models, customers;
CREATE TEMP TABLE few (name text, id int, answer text);
DO $$ BEGIN FOR part IN 0..29 LOOP INSERT INTO few SELECT a.* FROM answers AS a WHERE id % 30 = part AND name = 'mbg/nbd'; INSERT INTO few SELECT a.* FROM answers AS a WHERE id % 30 = part AND name <> 'mbg/nbd'; END LOOP; END $$;
SELECT count(*) AS customers, count(*) FILTER (WHERE f.answer IS DISTINCT FROM a.answer) AS other FROM (SELECT * FROM answers ORDER BY id, name) AS a JOIN few AS f USING (name, id);
-- An error in the middle leaves nothing behind: questions go on at the same call sites.
CREATE FUNCTION pg_temp.in_turn(OUT errors int, OUT other int) LANGUAGE plpgsql AS $$
DECLARE question record; answer float8;
BEGIN
	errors := 0; other := 0;
	FOR question IN SELECT row_number() OVER (ORDER BY id, name) AS n, model, purchases, ltv(model, purchases, '1 year', 0.1) AS truth FROM models, sampled ORDER BY id, name LOOP
		BEGIN
			answer := ltv(question.model, question.purchases, CASE WHEN question.n % 3 = 0 THEN interval '-1 day' ELSE '1 year' END, CASE WHEN question.n % 7 = 0 THEN -1 ELSE 0.1 END);
			other := other + (answer IS DISTINCT FROM question.truth)::int;
		EXCEPTION WHEN invalid_parameter_value THEN errors := errors + 1;
		END;
	END LOOP;
END $$;
SELECT * FROM pg_temp.in_turn();


-- Small discounts without end. MBG/CNBD-k with k = 1 is MBG/NBD; k = 1, 2, 3 at 1e-9 a year are from mpmath (over lambda of
-- phi^k 2F1(1, b; a+b; phi^k), phi = lambda/(lambda+rate), by quadrature with 30 digits); with a > 1 they come near the sum without a discount.
CREATE TEMP TABLE small AS
SELECT m.name, k, v.a, regexp_replace(model::text, '("parameters": )\[[^]]*\]', format('\1[0.55, 6.5, %s, 1.7%s]', v.a, CASE name WHEN 'mbg/cnbd-k' THEN ', ' || k ELSE '' END))::ltv_model AS model
FROM models AS m, (VALUES (0.05), (0.3), (0.8), (0.9), (0.9999999), (1), (1.5), (2), (2.5), (7.3)) AS v (a), generate_series(1, 3) AS k
WHERE name = 'mbg/cnbd-k' OR name = 'mbg/nbd' AND k = 1;
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE NOT pg_temp.near(ltv(c.model, purchases, NULL, discount), ltv(m.model, purchases, NULL, discount), 1e-9)) AS not_same
FROM small AS c JOIN small AS m USING (k, a), customers, (VALUES (1e-12), (1e-9), (1e-6), (1e-3), (0.1)) AS d (discount)
WHERE c.name = 'mbg/cnbd-k' AND m.name = 'mbg/nbd' AND id % 150 = 1;
SELECT k, a, pg_temp.near(ltv(model, purchases, NULL, 1e-9) / expected_spend(model, purchases), value, 1e-9) AS value
FROM small JOIN (VALUES (0.9, 1, 200.95677946739), (0.9, 2, 213.96176007779), (0.9, 3, 219.86488968554), (1, 1, 63.169084844286),
	(1, 2, 67.28191884544), (1, 3, 69.152659446172)) AS v (a, k, value) USING (a, k), customers WHERE id = 1 AND name = 'mbg/cnbd-k' ORDER BY 2, 1;
SELECT count(*) > 50 AS many, count(*) FILTER (WHERE NOT pg_temp.near(ltv(model, purchases, NULL, 1e-25), ltv(model, purchases, NULL, 0), 1e-9)
	OR NOT pg_temp.near(ltv(model, purchases, NULL, 1e-9), ltv(model, purchases, NULL, 0), 1e-4)) AS not_near
FROM small, customers WHERE a >= 2 AND id % 150 = 1;
-- On a ridge of BG/BB, no less ever than in twenty years.
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE ever < years OR ever > years + 1e-9 AND g = 1e8 AND ab = 1e8) AS less
FROM (SELECT g, ab, p_purchase(regexp_replace(model::text, '("parameters": )\[[^]]*\]', format('\1[%s, %s, %s, %s]', ab, ab * 20, g, g * 300))::ltv_model, purchases, NULL) AS ever,
		p_purchase(regexp_replace(model::text, '("parameters": )\[[^]]*\]', format('\1[%s, %s, %s, %s]', ab, ab * 20, g, g * 300))::ltv_model, purchases, '20 years') AS years
	FROM models, customers, (VALUES (0.5), (1e4), (1e8)) AS p (ab), (VALUES (1e-3), (1e3), (1e8)) AS q (g) WHERE name = 'bg/bb' AND id % 150 = 1) AS x;
