-- trend_test: Cochran-Armitage. Published values as named; else Pearson beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- trend_test: the smokers of R's ?prop.trend.test, whose answer is X-squared = 8.2249, p-value = 0.004132. With the scores
-- 0, 0, 0, 1 it is Pearson's chi-squared of the fourth group against the rest.
CREATE TEMP TABLE smokers (good bigint, n bigint, score int); INSERT INTO smokers VALUES (83, 86, 1), (90, 93, 2), (129, 136, 3), (70, 82, 4);
SELECT round(statistic::numeric, 4) AS statistic, round(p::numeric, 6) AS p FROM (SELECT (trend_test(good, n, score)).* FROM smokers) AS x;
SELECT abs(statistic - pearson) < 1e-12 * pearson AS two_groups
FROM (SELECT (trend_test(good, n, (score = 4)::int)).* FROM smokers) AS x,
	 (SELECT 397.0::float8 * (302 * 12 - 13 * 70) ^ 2 / (372.0 * 25 * 315 * 82) AS pearson) AS y;
-- The scores may be stretched and moved; rows in any order; a NULL is skipped.
SELECT count(DISTINCT t) AS answers, count(*) FROM (SELECT trend_test(good, n, score) AS t FROM smokers
	UNION ALL SELECT trend_test(good, n, 100 - 2.5 * score) FROM smokers
	UNION ALL SELECT trend_test(good, n, score ORDER BY score DESC) FROM (TABLE smokers UNION ALL VALUES (1, NULL, 4), (NULL, 1, 4), (1, 1, NULL)) AS x) AS x;
SELECT trend_test(good, n, 7) AS one_score, trend_test(n, n, score) AS all_good, trend_test(0, n, score) AS none FROM smokers;
SELECT trend_test(good, n, score) IS NULL AS nothing FROM smokers WHERE false;
-- Parallel workers; parts of parts.
CREATE TABLE trend_parallel AS SELECT good, n, score FROM smokers, generate_series(1, 2000);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT trend_test(good, n, score) FROM trend_parallel;
SELECT round(statistic::numeric / 2000, 4) AS statistic FROM (SELECT (trend_test(good, n, score)).* FROM trend_parallel) AS x;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE trend_parallel;
SELECT trend_test_final(trend_test_merge(trend_test_merge('{0,0,0,0,0}', trend_test_add(trend_test_add('{0,0,0,0,0}', 83, 86, 1), 129, 136, 3)), trend_test_add(trend_test_add('{0,0,0,0,0}', 70, 82, 4), 90, 93, 2)))
	= (SELECT trend_test(good, n, score) FROM smokers) AS same;
-- Scores and counts at their limits.
SELECT round((trend_test(good, 9223372036854775807, score)).p::numeric, 4) AS p, count(*) FROM (VALUES (4611686018427387903, 1e-300), (4611686018427387904, 0), (4611686018427387903, 1e300)) AS v(good, score);
-- A statistic of about 1e-600 is no number that float8 has, but is nothing.
SELECT trend_test(good, n, score) FROM (VALUES (1, 2, 1e300), (1, 2, -1e300), (1, 1, 1), (0, 1, -1)) AS v(good, n, score);
SELECT trend_test(5, 4, 1);
SELECT trend_test(-1, 4, 1);
SELECT trend_test(1, 4, 'NaN');
SELECT trend_test_merge('{1,2}', '{1,2,3,4,5}');
SELECT trend_test_add('{1,2,3,4,NaN}', 1, 1, 1);
SELECT trend_test_final('{1,2,3,4,NULL}');
SELECT trend_test_final('{5,3,7,9,1e300}') IS NOT NULL AS finite;
