-- surprise() and fdr(): alerts on counts. Brute force in SQL beside it; check numbers as named.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- The chance of the project's definitions: 9 on a day after 21 in 7 days without excess dispersion: p = .0080231592.
CREATE TEMP TABLE week AS SELECT date '2026-01-05' + g AS day, 3::bigint AS n FROM generate_series(0, 6) AS g UNION ALL SELECT date '2026-01-05' + 9, 9;
SELECT day, round((s).expected::numeric, 6) AS expected, round((s).p::numeric, 12) AS p, round((s).cusum::numeric, 4) AS cusum, (s).alarm, (s).reason, round((s).cusum_limit::numeric, 4) AS limit
FROM (SELECT day, surprise(n, day, 1) OVER (ORDER BY day) AS s FROM week) AS x ORDER BY day;

-- Brute force on random topics: baseline, weekday factors, dispersion, and the negative binomial tail as a sum of its terms.
SELECT setseed(0.3);
CREATE TEMP TABLE counts AS
SELECT topic, date '2026-01-01' + d AS day, round((50 + 20 * random())::numeric)::float8 AS exposure,
	floor(-ln(random() + 1e-9) * topic * CASE WHEN d % 7 IN (2, 3) THEN 0.3 ELSE 1 END)::bigint AS n
FROM generate_series(1, 6) AS topic, generate_series(0, 79) AS d;
CREATE TEMP TABLE told AS SELECT *, surprise(n, day, exposure) OVER w AS s FROM counts WINDOW w AS (PARTITION BY topic ORDER BY day);
CREATE TEMP TABLE brute AS
WITH base AS (SELECT t.topic, t.day, t.n AS today, t.exposure AS e_today, b.day AS bday, b.n, b.exposure, extract(dow FROM b.day) AS dow
	FROM counts AS t JOIN counts AS b ON b.topic = t.topic AND b.day BETWEEN t.day - 28 AND t.day - 3),
sums AS (SELECT topic, day, count(*) AS k, sum(n) AS s, avg(n)::float8 AS m FROM base GROUP BY 1, 2),
factor AS (SELECT topic, day, w, (coalesce(sum(n) FILTER (WHERE dow = w), 0) + 7 * m) / nullif(count(*) FILTER (WHERE dow = w) * m + 7 * m, 0) AS f
	FROM base JOIN sums USING (topic, day), generate_series(0, 6) AS w GROUP BY 1, 2, 3, m),
scaled AS (SELECT base.*, k, s, coalesce(f, 1) AS f, (s + 0.5) / sum(exposure * coalesce(f, 1)) OVER (PARTITION BY topic, day) AS rate FROM base JOIN sums USING (topic, day) JOIN factor USING (topic, day) WHERE w = dow),
fit AS (SELECT topic, day, today, e_today, k, s, rate, greatest(0, sum((n - rate * exposure * f) ^ 2 - n) / sum((rate * exposure * f) ^ 2)) AS omega FROM scaled GROUP BY 1, 2, 3, 4, 5, 6, 7)
SELECT topic, day, k, rate * e_today * coalesce(f, 1) AS mu, 1 / (omega + 1 / (s + 0.5)) AS size, today FROM fit JOIN factor USING (topic, day) WHERE w = extract(dow FROM day);
SELECT count(*) AS days, count((s).p) AS judged, count(*) FILTER (WHERE ((s).p IS NULL) <> (k < 7) OR abs((s).expected - mu) > 1e-9 * mu
	OR abs((s).cusum_limit - 7 / ln(2) * (1 + mu / size)) > 1e-8) AS wrong FROM told JOIN brute USING (topic, day);
CREATE FUNCTION pg_temp.tail(n bigint, mu float8, size float8) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE term float8 := (size / (size + mu)) ^ size; below float8 := 0;
BEGIN
	FOR k IN 0 .. n - 1 LOOP below := below + term; term := term * (k + size) / (k + 1) * mu / (mu + size); END LOOP;
	RETURN 1 - below;
END $$;
-- The tail is that of R's 1 - pnbinom(8, size = 2, mu = 3) and 1 - ppois(8, 3): the chances in the project's definitions.
SELECT round(pg_temp.tail(9, 3, 2)::numeric, 4) AS negative_binomial, round(pg_temp.tail(9, 3, 1e8)::numeric, 4) AS poisson;
SELECT count(*) FILTER (WHERE abs((s).p - pg_temp.tail(n, mu, size)) > 1e-11) AS wrong, min((s).p) < 0.02 AS tails FROM told JOIN brute USING (topic, day) WHERE (s).p IS NOT NULL;
-- The cusum, by recursion.
WITH RECURSIVE c AS (
	SELECT topic, day, 0::float8 AS cusum, false AS rise FROM told WHERE day = '2026-01-09'
	UNION ALL SELECT t.topic, t.day, greatest(0, CASE WHEN rise THEN 0 ELSE c.cusum END + t.n - (t.s).expected / ln(2)), greatest(0, CASE WHEN rise THEN 0 ELSE c.cusum END + t.n - (t.s).expected / ln(2)) > (t.s).cusum_limit
	FROM c JOIN told AS t ON t.topic = c.topic AND t.day = c.day + 1)
SELECT count(*) AS days, count(*) FILTER (WHERE abs((s).cusum - c.cusum) > 1e-9) AS wrong FROM told JOIN c USING (topic, day) WHERE (s).p IS NOT NULL;
-- Absent days are days without any: dropping the zeros of constant exposure changes nothing but who is asked (after the first day).
SELECT count(*) AS days, count(*) FILTER (WHERE (a.s).p IS DISTINCT FROM (b.s).p OR (a.s).expected IS DISTINCT FROM (b.s).expected) AS wrong,
	count(*) FILTER (WHERE ((a.s).cusum IS NULL) <> ((b.s).cusum IS NULL) OR abs((a.s).cusum - (b.s).cusum) > 1e-9 OR (a.s).alarm <> (b.s).alarm) AS wrong_cusum
FROM (SELECT topic, day, surprise(n, day, 1) OVER (PARTITION BY topic ORDER BY day) AS s FROM counts WHERE n > 0 OR day = '2026-01-01') AS a JOIN
	(SELECT topic, day, surprise(n, day, 1) OVER (PARTITION BY topic ORDER BY day) AS s FROM counts) AS b USING (topic, day);
-- Three cases every so often, rows for these days only: no rise, however many of them (but a spike when the four weeks before had none); and the gap of years is closed in one step.
SELECT every, count(*) FILTER (WHERE (a.s).reason LIKE 'rise%') AS rises, count(*) FILTER (WHERE (a.s).reason LIKE 'spike%') AS spikes, max((a.s).cusum) > 0 AS some, count(*) FILTER (WHERE abs((a.s).cusum - (b.s).cusum) > 1e-9) AS wrong
FROM (SELECT every, day, surprise(3, day, 2.5) OVER (PARTITION BY every ORDER BY day) AS s FROM unnest(ARRAY[5, 10, 27, 28, 29, 30, 31, 60, 400]) AS every, generate_series(0, 800, every) AS g, LATERAL (SELECT date '2020-01-01' + g AS day) AS d) AS a
JOIN (SELECT every, day, surprise(3 * (g % every = 0)::int, day, 2.5) OVER (PARTITION BY every ORDER BY day) AS s FROM unnest(ARRAY[5, 10, 27, 28, 29, 30, 31, 60, 400]) AS every, generate_series(0, 800) AS g, LATERAL (SELECT date '2020-01-01' + g AS day) AS d) AS b USING (every, day) GROUP BY 1 ORDER BY 1;
SELECT round((s).cusum::numeric, 6) AS cusum FROM (SELECT day, surprise(9, day, 1) OVER (ORDER BY day) AS s FROM (SELECT date '2026-01-01' + 2 * g AS day FROM generate_series(0, 9) AS g UNION ALL VALUES (date '5000000-01-01')) AS d) AS x ORDER BY day DESC LIMIT 1;

-- Counts of any size: R's pnbinom(n - 1, size, mu = expected, lower.tail = FALSE), with the size that the limit tells, gives .007895905, .005757026, .005767552, .005769134, .005768705, .005768719.
WITH days AS (SELECT m, g, date '2026-01-01' + g AS day, CASE WHEN g < 20 THEN m + (g * 7919 % 13 - 6) * (sqrt(m) / 3)::bigint ELSE m + (2.5 * sqrt(m))::bigint END::bigint AS n
	FROM unnest(ARRAY[100, 1000000, 100000000, 2000000000, 1000000000000, 1000000000000000]) AS m, generate_series(0, 20) AS g)
SELECT m, round((s).p::numeric, 8) AS p FROM (SELECT m, g, surprise(n, day, 1) OVER (PARTITION BY m ORDER BY day) AS s FROM days) AS x WHERE g = 20 ORDER BY m;
SELECT round((s).p::numeric, 4) AS p, (s).alarm FROM (SELECT day, surprise(9223372036854775807, day, 1) OVER (ORDER BY day) AS s FROM (SELECT date '2026-01-01' + g AS day FROM generate_series(0, 20) AS g) AS d) AS x ORDER BY day DESC LIMIT 1;

-- A spike: the days after it are judged by the days before it, and a second spike two days later is one, too.
CREATE TEMP TABLE spiky AS SELECT date '2026-01-01' + d AS day, (CASE WHEN d IN (40, 42) THEN 30 ELSE 3 + d % 2 END)::bigint AS n FROM generate_series(0, 45) AS d;
SELECT day, n, round((s).expected::numeric, 2) AS expected, (s).p < 1e-6 AS tiny, (s).alarm, (s).reason FROM (SELECT day, n, surprise(n, day, 1) OVER (ORDER BY day) AS s FROM spiky) AS x WHERE day >= '2026-02-09' ORDER BY day;
-- A slow rise to twice as many, which no single day shows.
SELECT min(day) FILTER (WHERE (s).reason LIKE 'rise%') - date '2026-02-10' AS days_to_alarm, count(*) FILTER (WHERE (s).reason LIKE 'spike%') AS spikes, count(*) FILTER (WHERE (s).alarm AND day < '2026-02-10') AS false_alarms
FROM (SELECT day, surprise(n, day, 1) OVER (ORDER BY day) AS s FROM (SELECT date '2026-01-01' + d AS day, (CASE WHEN d >= 40 THEN 12 + d % 3 ELSE 5 + d % 3 END)::bigint AS n FROM generate_series(0, 60) AS d) AS x) AS y;
-- A new topic after weeks of nothing; one with no history; nothing at all; an unknown day; no exposure.
SELECT 'after zeros' AS topic, (s).expected < 0.1 AS little, round((s).p::numeric, 4) AS p, (s).alarm, (s).reason FROM (SELECT day, surprise((day = '2026-02-01')::int * 6, day, 1) OVER (ORDER BY day) AS s FROM (SELECT date '2026-01-01' + g AS day FROM generate_series(0, 31) AS g) AS d) AS x WHERE day = '2026-02-01'
UNION ALL SELECT 'first day', NULL, (s).p, (s).alarm, (s).reason FROM (SELECT surprise(100, date '2026-01-01', 1) OVER () AS s) AS x;
SELECT day, n, exposure, round((s).p::numeric, 4) AS p, (s).alarm, (s).reason FROM (SELECT day, n, exposure, surprise(n, day, exposure) OVER (ORDER BY day) AS s FROM (
	SELECT date '2026-01-01' + g AS day, 2::bigint AS n, 1::float8 AS exposure FROM generate_series(0, 20) AS g
	UNION ALL VALUES (date '2026-01-22', NULL, 1), ('2026-01-23', 2, NULL), ('2026-01-24', 2, 0), ('2026-01-25', 2, 1), (NULL, 2, 1)) AS d) AS x WHERE day > '2026-01-20' OR day IS NULL ORDER BY day;
-- Limits are options.
SELECT count(*) FILTER (WHERE (a).alarm) <= count(*) FILTER (WHERE (b).alarm) AS more, bool_and((b).cusum_limit < (a).cusum_limit) AS lower
FROM (SELECT surprise(n, day, 1) OVER w AS a, surprise(n, day, 1, '{"p_limit": 0.05, "cusum_limit": 3}') OVER w AS b FROM counts WINDOW w AS (PARTITION BY topic ORDER BY day)) AS x;
SELECT surprise(1, date '2026-01-01', 1, '{"p": 0.1}') OVER ();
SELECT surprise(1, date '2026-01-01', 1, '{"p_limit": 2}') OVER ();
SELECT surprise(-1, date '2026-01-01', 1) OVER ();
SELECT surprise(1, date '2026-01-01', -1) OVER ();
SELECT surprise(1, date '2026-01-01', 'NaN') OVER ();
SELECT surprise(1, 'infinity', 1) OVER ();
SELECT surprise(1, day, 1) OVER (ORDER BY day DESC) FROM (VALUES (date '2026-01-01'), ('2026-01-02')) AS v(day);
SELECT surprise(1, day, 1) OVER () FROM (VALUES (date '2026-01-01'), ('2026-01-01')) AS v(day);
SELECT (surprise(9223372036854775807, day, 1e100) OVER (ORDER BY day)).alarm AS alarm, count(*) FROM (SELECT date '5874897-12-01' + g AS day FROM generate_series(0, 20) AS g) AS d GROUP BY day ORDER BY day DESC LIMIT 1;

-- False alarms on twenty simulated topic-years of Poisson counts with a quiet weekend, and the days until a tripling is seen: at most one in a hundred days, and at most four.
SELECT setseed(0.5);
CREATE TEMP TABLE years AS
SELECT topic, date '2025-01-01' + d AS day, (SELECT count(*) FROM generate_series(1, 200) WHERE random() < (CASE WHEN d % 7 > 4 THEN 0.4 ELSE 1 END) * (1 + topic % 5 * 2) * CASE WHEN d >= 365 THEN 3 ELSE 1 END / 200.0 + 0 * d) AS n
FROM generate_series(1, 20) AS topic, generate_series(0, 371) AS d;
CREATE TEMP TABLE alarms AS SELECT topic, day, (surprise(n, day, 1) OVER (PARTITION BY topic ORDER BY day)).alarm FROM years;
SELECT count(*) FILTER (WHERE alarm AND day < '2026-01-01') < 73 AS few_false, count(DISTINCT topic) FILTER (WHERE alarm AND day >= '2026-01-01') >= 18 AS seen FROM alarms;

-- fdr: Benjamini & Hochberg (1995), section 3.3: of their 15 p values the first 4 are rejected at .05. q by R: p.adjust(p, "BH").
CREATE TEMP TABLE bh AS SELECT p, ord FROM unnest(ARRAY[.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0]::float8[]) WITH ORDINALITY AS x(p, ord);
SELECT count(*) FILTER (WHERE q <= 0.05) AS rejected, string_agg(round(q::numeric, 5)::text, ' ' ORDER BY ord) AS q FROM (SELECT *, fdr(p) OVER () AS q FROM bh) AS x;
-- Frames are of no account, nor is a second scan; partitions that spill to disk.
SET work_mem = '64kB';
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM b OR a IS DISTINCT FROM c) AS wrong FROM (
	SELECT fdr(p) OVER (PARTITION BY part) AS a, fdr(p) OVER (PARTITION BY part ORDER BY p DESC ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS b, fdr(p) OVER (PARTITION BY part ORDER BY g RANGE BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE CURRENT ROW) AS c
	FROM (SELECT g % 3 AS part, g, nullif(g * 7919 % 1009, 0) / 1009.0::float8 AS p FROM generate_series(1, 20000) AS g) AS x) AS y;
RESET work_mem;
SELECT count(*) AS days, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS wrong FROM (SELECT surprise(n, day, exposure) OVER w AS a, surprise(n, day, exposure) OVER (w ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING EXCLUDE TIES) AS b FROM counts WINDOW w AS (PARTITION BY topic ORDER BY day)) AS x;
SELECT count(DISTINCT q) AS answers FROM generate_series(1, 3) AS again, LATERAL (SELECT string_agg(s::text, ',' ORDER BY day) AS q FROM (SELECT day, surprise(n, day, exposure + 0 * again) OVER (ORDER BY day) AS s FROM counts WHERE topic = 3) AS y) AS x;
-- Counts and exposures of any size: finite answers.
SELECT count((s).p) > 1000 AS judged, bool_and((s).p BETWEEN 0 AND 1) AS p, bool_and((s).expected < 'Infinity' AND (s).cusum >= 0 AND (s).cusum < 'Infinity' AND (s).cusum_limit < 'Infinity') AS finite FROM (
	SELECT surprise((ARRAY[0, 1, 1000000, 9223372036854775807])[1 + d * (topic + 3) % 7 % 4], date '2026-01-01' + d, (ARRAY[1e-100, 1, 1e100, 0, 0.3])[1 + d * (topic + 1) % 11 % 5]) OVER (PARTITION BY topic ORDER BY d) AS s
	FROM generate_series(1, 60) AS topic, generate_series(0, 60) AS d) AS x;
-- By hand: the least of m p / rank over equal or larger p. NULLs are no tests; partitions are apart; any order of rows.
CREATE TEMP TABLE ranked AS
SELECT *, count(p) OVER (PARTITION BY part) AS m, count(p) OVER (PARTITION BY part ORDER BY p) AS rank FROM (
	SELECT g % 4 AS part, CASE WHEN g % 9 > 0 THEN round((random() ^ 3)::numeric, 2)::float8 END AS p FROM generate_series(1, 300) AS g) AS x;
SELECT count(*) AS rows, count(q) AS tests, count(*) FILTER (WHERE q IS DISTINCT FROM CASE WHEN p IS NOT NULL
	THEN (SELECT min(least(1, o.m::float8 / o.rank * o.p)) FROM ranked AS o WHERE o.part = r.part AND o.p >= r.p) END) AS wrong
FROM (SELECT *, fdr(p) OVER (PARTITION BY part) AS q FROM ranked) AS r;
SELECT fdr(p) OVER () FROM (VALUES (1.5)) AS v(p);
SELECT fdr(p) OVER () FROM (VALUES ('NaN'::float8)) AS v(p);
SELECT fdr(p) OVER () AS none FROM (VALUES (NULL::float8)) AS v(p);
