-- staffing: Erlang C. Check numbers of the project's definitions; else the sums of Erlang's formula in numeric SQL beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- 720 calls an hour of 4 minutes, 80 % within 15 seconds: 55 agents, service level .8459, P(wait) .2387; 54 give .7929.
SELECT agents, round(occupancy::numeric, 4) AS occupancy, round(p_wait::numeric, 4) AS p_wait, round(extract(epoch FROM mean_wait), 3) AS wait_s, round(service_level::numeric, 4) AS level
FROM (SELECT (staffing(720, '4 min', '15 s', 0.80)).* UNION ALL SELECT (staffing_at(54, 720, '4 min', '15 s')).*) AS x;
-- C(n, a) = (a^n / n! n / (n - a)) / (sum over k < n of a^k / k! + that), in numeric.
SELECT count(*) AS desks, count(*) FILTER (WHERE abs(s.p_wait - c) > 1e-12 OR abs(s.service_level - (1 - c * exp(-(n - a) * 20 / 300.0))) > 1e-12
	OR abs(extract(epoch FROM mean_wait) - c * 300 / (n - a)) > 1e-6 OR abs(s.occupancy - a / n) > 1e-12) AS wrong
FROM generate_series(1, 40) AS n, unnest(ARRAY[0.5, 3, 12.25, 30]) AS a, staffing_at(n, a * 12, '5 min', '20 s') AS s,
	LATERAL (SELECT (t * n / (n - a) / (below + t * n / (n - a)))::float8 AS c FROM (SELECT a ^ n / factorial(n) AS t, (SELECT sum(a ^ k / factorial(k)) FROM generate_series(0, n - 1) AS k) AS below) AS y) AS x
WHERE n > a;
-- The fewest: one less does not do.
SELECT count(*) AS desks, count(*) FILTER (WHERE s.service_level < level OR coalesce(less.service_level >= level, false)) AS wrong
FROM generate_series(1, 200) AS calls, unnest(ARRAY[0.5, 0.8, 0.99]) AS level, staffing(calls, '7 min', '30 s', level) AS s LEFT JOIN LATERAL staffing_at(s.agents - 1, calls, '7 min', '30 s') AS less ON true;
-- No load, a target of nothing, more load than people, a large desk.
SELECT staffing(0, '4 min', '15 s', 0.8) AS nobody, staffing_at(0, 0, '4 min', '15 s') AS at_nobody, staffing_at(48, 720, '4 min', '15 s') AS never, staffing_at(0, 1, '4 min', '15 s') AS no_one;
SELECT agents, round(service_level::numeric, 4) AS level, round((1 - p_wait)::numeric, 4) AS at_once FROM staffing(720, '4 min', '0', 0.80);
SELECT agents > 100000 AS large, service_level >= 0.8 AS enough FROM staffing(1200000, '5 min', '15 s', 0.8);
SELECT (staffing_at(2000000, 1, '1 s', '1 s')).service_level;
SELECT staffing_at(49, 735 - 1e-9, '4 min', '15 s') IS NOT NULL AS at_the_edge;
SELECT staffing(720, '4 min', '15 s', 1);
SELECT staffing(720, '4 min', '15 s', 0);
SELECT staffing(720, '4 min', '15 s', 'NaN');
SELECT staffing(-1, '4 min', '15 s', 0.8);
SELECT staffing('Infinity', '4 min', '15 s', 0.8);
SELECT staffing(1e9, '4 min', '15 s', 0.8);
SELECT staffing(720, '0', '15 s', 0.8);
SELECT staffing(720, '1 month', '15 s', 0.8);
SELECT staffing(720, '4 min', '-1 s', 0.8);
SELECT staffing_at(-1, 720, '4 min', '15 s');
SELECT staffing(NULL, '4 min', '15 s', 0.8) IS NULL AS nothing;
