-- watching: auc, ks, brier, calibration, lift, deciles and psi, against brute force and published values.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET extra_float_digits = 0;

-- 1,200 scores of which 30 different values occur, so that bins hold one value each and brute force is exact; every seventh outcome is not known.
CREATE TABLE scored AS
SELECT i, score, CASE WHEN i % 7 > 0 THEN (i * 7919 % 1009) / 1009.0 < score ^ 1.3 END AS outcome FROM (SELECT i, (1 + i * 31 % 30) / 32.0::float8 AS score FROM generate_series(1, 1200) AS i) AS s;
CREATE TEMP TABLE summary AS SELECT prediction_summary(score, outcome) AS s FROM scored;
WITH pair AS (SELECT p.i AS pi, n.i AS ni, CASE WHEN p.score > n.score THEN 1 WHEN p.score = n.score THEN 0.5 ELSE 0 END AS w FROM scored AS p, scored AS n WHERE p.outcome AND NOT n.outcome),
	v10 AS (SELECT var_samp(v) / count(*) AS v FROM (SELECT avg(w) AS v FROM pair GROUP BY pi) AS a), v01 AS (SELECT var_samp(v) / count(*) AS v FROM (SELECT avg(w) AS v FROM pair GROUP BY ni) AS a)
SELECT abs((auc(s)).value - (SELECT avg(w) FROM pair)) < 1e-12 AS auc, abs((auc(s)).se - sqrt(v10.v + v01.v)) < 1e-12 AS delong, (auc(s)).n = (SELECT count(outcome) FROM scored) AS n,
	(auc(s)).lo < (auc(s)).value AND (auc(s)).value < (auc(s)).hi AS interval FROM summary, v10, v01;
SELECT abs(ks(s) - (SELECT max(abs(a - b)) FROM (SELECT avg((score <= t)::int) FILTER (WHERE outcome) AS a, avg((score <= t)::int) FILTER (WHERE NOT outcome) AS b FROM scored, (SELECT DISTINCT score AS t FROM scored) AS t GROUP BY t) AS x)) < 1e-12 AS ks,
	abs((brier(s)).value - (SELECT avg((score - outcome::int) ^ 2) FROM scored)) < 1e-12 AS brier, (lift(s, 1)).value = 1 AS all_of_them,
	abs((lift(s, 0.2)).value - (SELECT sum(hits) / (0.2 * sum(known)) / (sum(pos) / sum(known)) FROM (SELECT count(outcome)::float8 AS known, count(*) FILTER (WHERE outcome)::float8 AS pos,
		count(*) FILTER (WHERE outcome) * greatest(0, least(1, (0.2 * (SELECT count(outcome) FROM scored) - (SELECT count(outcome) FROM scored AS b WHERE b.score > a.score)) / count(outcome))) AS hits FROM scored AS a GROUP BY score) AS x)) < 1e-9 AS lift
FROM summary;
-- The standard error of brier is that of a mean; bins hold one score each, so it is exact. That of lift: 20,000 bootstrap samples of
-- these customers in R, the lift of each at the same share, have standard deviations of .1060, .0738 and .0340 at the first three shares.
SELECT abs(se - (SELECT stddev_samp((score - outcome::int) ^ 2) / sqrt(count(outcome)) FROM scored)) < 1e-12 AS brier_se, lo < value AND value < hi AS inside, n FROM summary, LATERAL (SELECT (brier(s)).*) AS b;
SELECT share, round(value::numeric, 4) AS lift, round(se::numeric, 4) AS se, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi, n FROM summary, unnest('{0.05,0.2,0.5,1}'::float8[]) AS share, LATERAL (SELECT (lift(s, share)).*) AS l;
-- Calibration: the score equations of the logistic regression are 0 at the answer, and the standard errors are those of the inverse information.
SELECT abs(sum(o - p)) < 1e-6 AS intercept, abs(sum(x * (o - p))) < 1e-6 AS slope, abs(max(intercept_se) - sqrt(sum(p * (1 - p) * x * x) / (sum(p * (1 - p)) * sum(p * (1 - p) * x * x) - sum(p * (1 - p) * x) ^ 2))) < 1e-9 AS intercept_se,
	abs(max(slope_se) - sqrt(sum(p * (1 - p)) / (sum(p * (1 - p)) * sum(p * (1 - p) * x * x) - sum(p * (1 - p) * x) ^ 2))) < 1e-9 AS slope_se, round(max(c.slope)::numeric, 4) AS value
FROM summary, calibration(s) AS c, scored, LATERAL (SELECT ln(score / (1 - score)) AS x, outcome::int AS o) AS x, LATERAL (SELECT 1 / (1 + exp(-(c.intercept + c.slope * x.x))) AS p) AS p WHERE outcome IS NOT NULL;
-- 30 scores in ten deciles: three each, from the highest.
SELECT decile, n, known, positives, round(mean_score::numeric, 5) AS mean_score, round(rate::numeric, 4) AS rate, lo < rate AND rate < hi AS interval,
	(SELECT (count(*), count(outcome), count(*) FILTER (WHERE outcome)) = (n, known, positives) FROM scored WHERE score * 32 > (decile - 1) * 3 + 0.5 AND score * 32 < decile * 3 + 0.5) AS brute FROM summary, prediction_deciles(s);

-- Published: Hanley & McNeil 1982, radiologists' ratings 1 to 5 of 58 normal (33, 6, 6, 11, 2) and 51 abnormal (3, 2, 2, 11, 33) images: area .893; DeLong's error .0307 (pROC).
SELECT round(value::numeric, 3) AS auc, round(se::numeric, 4) AS se, n FROM (SELECT auc(prediction_summary(rating / 6.0, abnormal)) AS a
	FROM (VALUES (1, 33, 3), (2, 6, 2), (3, 6, 2), (4, 11, 11), (5, 2, 33)) AS v(rating, normal, ill), LATERAL (SELECT false AS abnormal FROM generate_series(1, normal) UNION ALL SELECT true FROM generate_series(1, ill)) AS x) AS y, LATERAL (SELECT (a).*) AS z;
-- Small propensities are told apart: scores of 1e-7 and 2e-7 order perfectly.
SELECT (auc(s)).value, (auc(s)).se, (auc(s)).lo, ks(s) FROM (SELECT prediction_summary(CASE WHEN i % 2 = 0 THEN 2e-7 ELSE 1e-7 END, i % 2 = 0) AS s FROM generate_series(1, 20) AS i) AS x;
-- Continuous scores: binning costs less than 1e-5 of the area.
SELECT abs((auc(prediction_summary(p, o))).value - max(rank_auc)) < 1e-5 AS close FROM (SELECT p, o, (sum(CASE WHEN o THEN r END) OVER () - m * (m + 1) / 2) / (m * n) AS rank_auc
	FROM (SELECT *, row_number() OVER (ORDER BY p) AS r, count(*) FILTER (WHERE o) OVER () AS m, (count(*) FILTER (WHERE NOT o) OVER ())::float8 AS n
		FROM (SELECT 1 / (1 + exp(-sin(i) * 3 - 1)) AS p, (i * 7919 % 10007) / 10007.0 < 1 / (1 + exp(-sin(i) * 3 - 1)) AS o FROM generate_series(1, 20000) AS i) AS a) AS b) AS c;

--
-- psi. The definition's 95 % point: 16.919 (chi-square, 9 degrees) * (1/200 + 1/200) = .169.
--
-- It is the 95 % point indeed: of 1,000 pairs of 200 against 200 values without drift, about one in twenty has more (asymptotically; 4 to 7 % here).
SELECT setseed(0.25);
SELECT round(avg((psi > 0.169)::int), 2) BETWEEN 0.04 AND 0.07 AS one_in_twenty, bool_and((p < 0.05) = (psi > 16.918977604620448 / 100)) AS p_agrees
FROM (SELECT distribution_summary(random()) FILTER (WHERE side = 0) AS a, distribution_summary(random()) FILTER (WHERE side = 1) AS b FROM generate_series(1, 1000) AS pair, generate_series(0, 1) AS side, generate_series(1, 200) AS i GROUP BY pair) AS s, psi(a, b);
CREATE FUNCTION pg_temp.psi(a float8[], b float8[]) RETURNS float8 LANGUAGE sql AS $$
	WITH s AS (SELECT array_agg(x ORDER BY x) AS x FROM unnest(a) AS x),
		br AS (SELECT array_agg(DISTINCT x[h / 10 + 1] + CASE WHEN h % 10 = 0 THEN 0 ELSE (h % 10) / 10.0::float8 * (x[h / 10 + 2] - x[h / 10 + 1]) END) AS br FROM s, generate_series(1, 9) AS j, LATERAL (SELECT (cardinality(x) - 1) * j AS h) AS h),
		bin AS (SELECT array_agg(CASE WHEN v < x[1] AND x[1] = br[1] THEN -1 ELSE (SELECT count(*) FROM unnest(br) AS c WHERE c < v) END) FILTER (WHERE side = 'a') AS a, array_agg(CASE WHEN v < x[1] AND x[1] = br[1] THEN -1 ELSE (SELECT count(*) FROM unnest(br) AS c WHERE c < v) END) FILTER (WHERE side = 'b') AS b
			FROM s, br, (SELECT 'a' AS side, v FROM unnest(a) AS v UNION ALL SELECT 'b', v FROM unnest(b) AS v) AS v),
		bins AS (SELECT g, (SELECT count(*) FROM unnest(bin.a) AS v WHERE v = g)::float8 AS n, (SELECT count(*) FROM unnest(bin.b) AS v WHERE v = g)::float8 AS m
			FROM br, bin, generate_series(-1, cardinality(br)) AS g), full_bins AS (SELECT * FROM bins WHERE n + m > 0), e AS (SELECT CASE WHEN bool_or(n = 0 OR m = 0) THEN 0.5 ELSE 0 END AS e FROM full_bins),
		sh AS (SELECT (n + e) / sum(n + e) OVER () AS p, (m + e) / sum(m + e) OVER () AS q FROM full_bins, e)
	SELECT sum((q - p) * ln(q / p)) FROM sh $$;
CREATE TABLE drift AS SELECT k, a, b FROM (SELECT k, array_agg(sin(i * 1.7) * 10 ORDER BY i) AS a, array_agg(sin(i * 2.3 + k) * (10 + k) + k ORDER BY i) AS b FROM generate_series(0, 4) AS k, generate_series(1, 200) AS i GROUP BY k) AS x
UNION ALL SELECT 10, array_agg((i % 4)::float8), array_agg((i % 6)::float8) FROM generate_series(1, 300) AS i UNION ALL SELECT 11, '{1,2,3,4,5,6,7,8,9,10}', '{100}' UNION ALL SELECT 12, '{7,7,7}', '{7,8}' UNION ALL SELECT 13, '{5}', '{5}'
UNION ALL SELECT 14, array_agg(5::float8), array_agg(1::float8) FROM generate_series(1, 50) UNION ALL SELECT 15, array_agg((i % 3)::float8), array_agg((i % 3 - 1)::float8) FROM generate_series(1, 90) AS i;
SELECT k, abs(psi - pg_temp.psi(a, b)) < 1e-12 AS equal, round(psi::numeric, 4) AS psi, round(p::numeric, 4) AS p, verdict
FROM drift, LATERAL (SELECT distribution_summary(v) AS a_sum FROM unnest(a) AS v) AS x, LATERAL (SELECT distribution_summary(v) AS b_sum FROM unnest(b) AS v) AS y, psi(a_sum, b_sum) ORDER BY k;
-- The probability with ten bins is the tail of chi-square with 9 degrees of freedom (here by Simpson's rule, Gamma(4.5) = 105 sqrt(pi) / 16), with three bins exp(-x / 2), with two that of a normal variable.
WITH r AS MATERIALIZED (SELECT psi, p FROM drift, LATERAL (SELECT distribution_summary(v) AS s FROM unnest(a) AS v) AS x, LATERAL (SELECT distribution_summary(v) AS s FROM unnest(b) AS v) AS y, psi(x.s, y.s) WHERE k = 1)
SELECT abs(max(p) - sum(w * x ^ 3.5 * exp(-x / 2) * h / 3) / (2 ^ 4.5 * 105 * sqrt(pi()) / 16)) < 1e-8 AS nine_degrees
FROM r, generate_series(0, 20000) AS i,
	LATERAL (SELECT (150 - psi * 100) / 20000 AS h, psi * 100 + i * (150 - psi * 100) / 20000 AS x, CASE WHEN i IN (0, 20000) THEN 1 WHEN i % 2 = 1 THEN 4 ELSE 2 END AS w) AS s;
SELECT abs(p - exp(-psi * 50 / 2)) < 1e-12 AS two_degrees FROM (SELECT distribution_summary((i % 3)::text) AS r, distribution_summary((i % 7 % 3)::text) AS c FROM generate_series(1, 100) AS i) AS x, psi(r, c);
SELECT round(psi::numeric, 6) = round((0.2 * ln(0.7 / 0.5) - 0.2 * ln(0.3 / 0.5))::numeric, 6) AS categories, round(p::numeric, 6) AS p, verdict FROM (SELECT distribution_summary(CASE WHEN i <= 50 THEN 'a' ELSE 'b' END) AS r, distribution_summary(CASE WHEN i <= 70 THEN 'a' ELSE 'b' END) AS c FROM generate_series(1, 100) AS i) AS x, psi(r, c);
-- A new category: half a customer is added everywhere: reference 2.5 and 0.5 of 3, current 1.5 and 1.5 of 3.
SELECT abs(psi - ((1 / 2.0 - 5 / 6.0) * ln((1 / 2.0) / (5 / 6.0)) + (1 / 2.0 - 1 / 6.0) * ln((1 / 2.0) / (1 / 6.0)))) < 1e-12 AS added FROM (SELECT distribution_summary('a'::text) AS r FROM generate_series(1, 2)) AS x, (SELECT distribution_summary(v) AS c FROM unnest('{a,b}'::text[]) AS v) AS y, psi(r, c);
SELECT round(psi::numeric, 6) AS psi, p, verdict FROM summary, psi(s, s);
SELECT psi > 0.25 AS drifted, verdict FROM summary, (SELECT prediction_summary(score ^ 2, NULL) AS t FROM scored) AS x, psi(s, t);
-- A bin that nothing is in on either side, as that above the highest rating, is no bin: the same ratings in a large and a small sample have not drifted.
SELECT ratings, psi, p, verdict FROM generate_series(1, 5, 4) AS ratings, LATERAL (SELECT distribution_summary((i % ratings)::float8) AS a, distribution_summary((i % ratings)::float8) FILTER (WHERE i <= 20) AS b FROM generate_series(1, 100000) AS i) AS x, psi(a, b);
SELECT psi(distribution_summary(1::float8), distribution_summary(NULL::float8)) IS NULL AS empty;
SELECT psi(distribution_summary(1::float8), distribution_summary('a'::text));

--
-- Any order, merged, in parallel, as text: the same bytes.
--
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT prediction_summary(score, outcome) FROM scored;
SELECT count(DISTINCT s::text) AS results FROM (SELECT s FROM summary UNION ALL SELECT prediction_summary(score, outcome) FROM scored UNION ALL SELECT prediction_summary(score, outcome ORDER BY i DESC) FROM scored
	UNION ALL SELECT rollup(s) FROM (SELECT prediction_summary(score, outcome) AS s FROM scored GROUP BY i % 13) AS x UNION ALL SELECT s::text::jsonb::text::prediction_summary FROM summary
	UNION ALL SELECT (prediction_summary(score, outcome) FILTER (WHERE i < 50)) + NULL + (prediction_summary(score, outcome) FILTER (WHERE i >= 50)) FROM scored) AS y;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

--
-- Degenerate and hostile
--
SELECT prediction_summary(v, NULL), auc(prediction_summary(v, NULL)) IS NULL AS auc, brier(prediction_summary(v, NULL)) IS NULL AS brier FROM unnest('{0,1,0.5,NULL}'::float8[]) AS v;
SELECT auc(s) IS NULL AS auc, ks(s) IS NULL AS ks, brier(s), (calibration(s)).*, lift(s, 0.1) FROM (SELECT prediction_summary(v, true) AS s FROM unnest('{0,1,0.5}'::float8[]) AS v) AS x;
SELECT (auc(s)).*, ks(s), brier(s), (calibration(s)).*, lift(s, 0.5) FROM (SELECT prediction_summary(v, v > 0.5) AS s FROM unnest('{0,0.2,0.8,1}'::float8[]) AS v) AS x;
SELECT prediction_summary(1.5, true);
SELECT prediction_summary('NaN', true);
SELECT prediction_summary(-1e-300, true);
SELECT lift(s, 0) FROM summary;
SELECT lift(s, 'NaN') FROM summary;
SELECT (SELECT count(*) FROM prediction_deciles(s)) FROM (SELECT prediction_summary(NULL, true) AS s) AS x;
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
SELECT n, pg_temp.error(format('SELECT %L::prediction_summary', '{"version": 1, "settings": null, "ignored": 0, "entries": [' || e || ']}')) FROM (VALUES
	(1, '["u", "0", 1, 0, 0, 0, 0, 0]'), (2, '["2", "0", 1, 0, 0, 0, 0, 0]'), (3, '["u", "00", 1, 0, 0, 0, 0, 0]'), (4, '["u", "9999", 1, 0, 0, 0, 0, 0]'), (5, '["u", null, 1, 0, 0, 0, 0, 0]'), (6, '["u", "0", 0, 0, 0, 0, 0, 0]'),
	(7, '["u", "0", 1, 0, 1, 0, 0, 0]'), (8, '["u", "0", 1, 0, -1, 0, 0, 0]'), (9, '["u", "-inf", 1, 0, 0, 0, 0, 0]'), (10, '["u", "nan", 1, 0, 0, 0, 0, 0]'), (11, '["u", "0", 1, 0, 0, 0, -1, 0]')) AS v(n, e) ORDER BY n;
-- Counts as large as they can be stored stay counts when they are added up.
SELECT (auc(s)).n AS auc_n, (brier(s)).n AS brier_n, (lift(s, 1)).n AS lift_n, d.n, d.known, d.positives
FROM (SELECT '{"version": 1, "settings": null, "ignored": 0, "entries": [["0", "5", 9223372036854775807, 0, 0, 0, 0, 0], ["1", "5", 9223372036854775807, 0, 0, 0, 0, 0], ["u", "5", 9223372036854775807, 0, 0, 0, 0, 0]]}'::prediction_summary AS s) AS x, prediction_deciles(s) AS d;
DROP TABLE scored, drift;
