-- score_summary: NPS, CSAT and means. Published values as named; else brute force in SQL beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

CREATE TEMP TABLE answers (team text, score int);
INSERT INTO answers SELECT 'a', CASE WHEN g <= 54 THEN g % 7 WHEN g <= 162 THEN 7 + g % 2 ELSE 9 + g % 2 END FROM generate_series(1, 324) AS g;
INSERT INTO answers SELECT 'b', CASE WHEN g <= 80 THEN g % 7 WHEN g <= 180 THEN 7 + g % 2 ELSE 9 + g % 2 END FROM generate_series(1, 300) AS g;
CREATE TEMP VIEW teams AS SELECT team, score_summary(score) AS s FROM answers GROUP BY team;

-- 54 detractors, 108 passives, 162 promoters: the check numbers of the project's definitions (interval .2494525, .4110980 times 100).
SELECT team, round(value::numeric, 5) AS value, round(se::numeric, 5) AS se, round(lo::numeric, 5) AS lo, round(hi::numeric, 5) AS hi, n FROM teams, nps(s) ORDER BY team;
-- Against 80, 100, 120: p = .0013724.
SELECT round(d.value::numeric, 5) AS value, round(d.lo::numeric, 5) AS lo, round(d.hi::numeric, 5) AS hi, round(d.p::numeric, 7) AS p
FROM teams AS x, teams AS y, nps_difference(x.s, y.s) AS d WHERE x.team = 'a' AND y.team = 'b';
-- All promoters: the interval has a width and stays on the scale.
SELECT round(value::numeric, 4) AS value, round(lo::numeric, 4) AS lo, hi, n FROM nps((SELECT score_summary(10) FROM generate_series(1, 5)));

-- Newcombe (1998), Statistics in Medicine 17:873, method 10, 56/70 against 48/80: 0.0524, 0.3339; p by pooled z. In one-to-five scores 4 and 5 are good.
CREATE TEMP TABLE stars AS SELECT 'x' AS shop, CASE WHEN g <= 56 THEN 4 + g % 2 ELSE 1 + g % 3 END AS stars FROM generate_series(1, 70) AS g
	UNION ALL SELECT 'y', CASE WHEN g <= 48 THEN 4 + g % 2 ELSE 1 + g % 3 END FROM generate_series(1, 80) AS g;
CREATE TEMP VIEW shops AS SELECT shop, score_summary(stars, '[1,5]') AS s FROM stars GROUP BY shop;
SELECT round(d.value::numeric, 7) AS value, round(d.lo::numeric, 7) AS lo, round(d.hi::numeric, 7) AS hi, round(d.p::numeric, 7) AS p
FROM shops AS x, shops AS y, csat_difference(x.s, y.s, '[4,5]') AS d WHERE x.shop = 'x' AND y.shop = 'y';
-- Wilson's interval of 81/263, Newcombe (1998), Statistics in Medicine 17:857, table I, method 3, and R's prop.test(81, 263, correct = FALSE): 0.2553, 0.3662; 0/20 there: 0, 0.1611; 1/29: 0.0061, 0.1718.
SELECT good, v.total, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi
FROM (VALUES (81, 263), (0, 20), (1, 29)) AS v(good, total), csat((SELECT score_summary(CASE WHEN g <= good THEN 10 ELSE 0 END) FROM generate_series(1, v.total) AS g), '[9,)') ORDER BY 1 DESC;
SELECT (csat_difference(s, s, '[4,5]')).p AS certain FROM (SELECT score_summary(5, '[1,5]') AS s FROM generate_series(1, 4)) AS x;

-- The mean: as avg and stddev_samp have it; the t quantile of 69 degrees of freedom is 1.994945 (R: qt(.975, 69)).
SELECT e.n, abs(e.value - avg(stars)) < 1e-12 AS mean, abs(e.se - stddev_samp(stars) / sqrt(count(*))) < 1e-12 AS se, round(((e.hi - e.value) / e.se)::numeric, 6) AS t
FROM stars, shops, mean_score(s) AS e WHERE stars.shop = 'x' AND shops.shop = 'x' GROUP BY e.value, e.se, e.hi, e.n;
SELECT (mean_score(score_summary(7))).*;
SELECT (mean_score(score_summary(10))).* FROM generate_series(1, 3);

-- Asked and answered. Nothing seen is NULL; nobody answered is not a score of 0.
SELECT asked(s), responses(s), responses(s, '[9,)') AS nines, round(r.value::numeric, 4) AS rate, round(r.lo::numeric, 4) AS lo, r.n, s
FROM (SELECT score_summary(score) AS s FROM (VALUES (9), (NULL), (3), (10), (NULL)) AS v(score)) AS x, response_rate(s) AS r;
SELECT score_summary(score) IS NULL AS nothing FROM answers WHERE false;
SELECT asked(s), responses(s), nps(s), csat(s, '[9,)'), mean_score(s), nps_difference(s, s), csat_difference(s, s, '[9,)'), (response_rate(s)).value FROM (SELECT score_summary(NULL::int) AS s) AS x;

-- What is refused.
SELECT score_summary(11);
SELECT score_summary(-1);
SELECT score_summary(0, '[1,5]');
SELECT score_summary(score, scale) FROM (VALUES (1, int4range '[1,5]'), (1, '[1,7]')) AS v(score, scale);
SELECT score_summary(1, scale) FROM (VALUES (int4range 'empty')) AS v(scale);
-- With the customer and the contact it is the same summary, and the error names them.
SELECT score_summary(score, '[1,5]') = score_summary(score::bigint, '[1,5]', g::text, '2026-01-01Z') AS same, score_summary(NULL, '[1,5]', 'x', NULL) FROM generate_series(1, 9) AS g, LATERAL (SELECT nullif(g % 6, 0) AS score) AS s;
SELECT score_summary(score, '[1,5]', 'Müller', at) FROM (VALUES (6, timestamptz '2026-01-09 10:00Z')) AS v(score, at);
SELECT score_summary(score, '[1,5]', NULL, at) FROM (VALUES (9223372036854775807, timestamptz '-infinity')) AS v(score, at);
SELECT score_summary(1, '[1,)');
SELECT score_summary(1, '[1,1]');
SELECT score_summary(1, '[0,101]');
SELECT score_summary(1, NULL);
SELECT score_summary(2147483646, '[2147483640,2147483646]');
SELECT score_summary(1) + score_summary(1, '[1,5]');
SELECT nps(score_summary(1, '[1,5]'));
SELECT csat(score_summary(1, '[1,5]'), '[6,9]');
SELECT csat(score_summary(1, '[1,5]'), 'empty');
SELECT csat(score_summary(1, '[-2,2]'), '[1,1)');
SELECT csat_difference(score_summary(4, '[1,5]'), score_summary(4, '[0,10]'), '[4,5]');
SELECT nps_difference(score_summary(4), score_summary(4, '[1,5]'));
SELECT '{"version": 1, "lowest": 0, "counts": [1, -1], "asked": 1}'::score_summary;
SELECT '{"version": 1, "lowest": 0, "counts": [1, 1], "asked": 1}'::score_summary;
SELECT '{"version": 1, "lowest": 2147483647, "counts": [1, 1], "asked": 2}'::score_summary;
SELECT '{"version": 1, "lowest": 0, "counts": [9223372036854775807, 1], "asked": 9223372036854775807}'::score_summary;
SELECT '{"version": 1, "lowest": 0, "counts": [], "asked": 1}'::score_summary;
SELECT s + s FROM (SELECT '{"version": 1, "lowest": 0, "counts": [9223372036854775807, 0], "asked": 9223372036854775807}'::score_summary AS s) AS x;
-- Counts at their limit: numbers stay finite.
SELECT value > 0.49 AND se > 0 AND hi < 0.51 AS finite, n FROM mean_score('{"version": 1, "lowest": 0, "counts": [4611686018427387903, 4611686018427387903], "asked": 9223372036854775807}');

SELECT e.se > 0 AS se, e.lo <= 100 AS lo, d.p FROM (SELECT ('{"version": 1, "lowest": 0, "counts": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ' || n || '], "asked": ' || n || '}')::score_summary AS s FROM unnest(ARRAY[1, 1000000007, 100000000000000003, 9223372036854775807]) AS n) AS x, nps(s) AS e, nps_difference(s, s) AS d;

-- Order, split and plan do not matter: equal bytes. Taking away undoes.
SELECT setseed(0.1);
CREATE TEMP TABLE random_answers AS SELECT g % 13 AS part, CASE WHEN random() < 0.2 THEN NULL ELSE (random() * 10)::int END AS score FROM generate_series(1, 5000) AS g;
SELECT count(DISTINCT s::text) AS summaries, bool_and(asked(s) = 5000 AND responses(s) = (SELECT count(score) FROM random_answers)) AS counts
FROM (SELECT score_summary(score) AS s FROM random_answers
	UNION ALL SELECT score_summary(score ORDER BY score) FROM random_answers
	UNION ALL SELECT rollup(s ORDER BY random()) FROM (SELECT score_summary(score) AS s FROM random_answers GROUP BY part) AS x) AS x;
WITH parts AS (SELECT part, score_summary(score) AS s FROM random_answers GROUP BY part)
SELECT count(*) AS parts, count(*) FILTER (WHERE score_summary_send(whole - s + s) = score_summary_send(whole)) AS restored, bool_and(whole - whole IS NULL AND whole - NULL = whole AND NULL + whole = whole) AS ends
FROM parts, (SELECT rollup(s) AS whole FROM parts) AS w;
SELECT score_summary(1) - score_summary(2);
SELECT score_summary(1) - score_summary(NULL::int);
SELECT NULL - score_summary(1);
SELECT score_summary(1) - score_summary(1, '[1,5]');
-- Parallel workers.
CREATE TABLE score_parallel AS SELECT g % 11 AS score FROM generate_series(1, 20000) AS g;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT score_summary(score) FROM score_parallel;
SELECT score_summary(score) FROM score_parallel;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE score_parallel;
