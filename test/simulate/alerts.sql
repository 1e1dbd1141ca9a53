-- How often does surprise() cry wolf, and how late is it? Simulated topics with a quiet weekend, against three rules of thumb.
-- The table in doc/service.md is what this prints. Run it by hand, in any database with the extension (about a minute):
--	psql -X -q -f test/simulate/alerts.sql
-- A year without anything, judged from its 29th day on, then a rise by the factor `times` that stays. Counts are Poisson; "bursty" ones
-- are negative binomial of size 2: at mean 3 their variance is 2.5 times as large.
\pset footer off
SELECT setseed(0.2026) \g /dev/null

CREATE FUNCTION pg_temp.poisson(mean float8) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE n bigint := -1; p float8 := 1;
BEGIN
	LOOP n := n + 1; p := p * random(); EXIT WHEN p < exp(-mean); END LOOP;
	RETURN n;
END $$;

CREATE TEMP TABLE counts AS
SELECT kind, times, topic, day, pg_temp.poisson(mean * CASE WHEN extract(isodow FROM day) > 5 THEN 0.4 ELSE 1 END * CASE WHEN day >= '2026-01-29' THEN times ELSE 1 END
	* CASE WHEN bursty THEN (-ln(1 - random()) - ln(1 - random())) / 2 ELSE 1 END) AS n
FROM (VALUES ('1 a day', 1, false), ('3 a day', 3, false), ('10 a day', 10, false), ('3 a day, bursty', 3, true)) AS k(kind, mean, bursty),
	unnest(ARRAY[2, 3]) AS times, generate_series(1, 100) AS topic,
	(SELECT date '2025-01-01' + g AS day FROM generate_series(0, 28 + 365 + 29) AS g) AS d;

CREATE TEMP TABLE rules AS
SELECT kind, times, topic, day, r.rule, coalesce(r.alarm, false) AS alarm
FROM (SELECT *, surprise(n, day, 1) OVER w AS s, (surprise(n, day, 1, '{"p_limit": 0.01, "cusum_limit": 4}') OVER w).alarm AS bold, lag(n) OVER w AS yesterday, avg(n) OVER month AS mean, stddev_samp(n) OVER month AS sd FROM counts
	WINDOW w AS (PARTITION BY kind, times, topic ORDER BY day), month AS (w ROWS BETWEEN 28 PRECEDING AND 1 PRECEDING)) AS x,
	LATERAL (VALUES (1, 'surprise()', (s).alarm), (1, 'surprise(), bolder', bold), (2, '  its p alone', (s).p < 0.001), (3, '  its CUSUM alone', (s).cusum > (s).cusum_limit),
		(4, 'mean + 3 sd of 28 days', n > mean + 3 * sd), (5, 'mean + 2 sd of 28 days', n > mean + 2 * sd), (6, 'twice yesterday', n > 2 * yesterday)) AS r(place, rule, alarm)
WHERE day >= '2025-01-29';

-- False alarms per topic and year; then the share of topics whose rise is seen within a week, and the day by which half are, the first day being 1.
WITH seen AS (
	SELECT rule, kind, times, topic, count(*) FILTER (WHERE alarm AND day < '2026-01-29') AS false_alarms, min(day) FILTER (WHERE alarm AND day >= '2026-01-29') - date '2026-01-28' AS days
	FROM rules GROUP BY 1, 2, 3, 4
), told AS (
	SELECT rule, kind, times, avg(false_alarms) AS false_alarms, duration_summary(coalesce(days, 30) * interval '1 day', days IS NOT NULL) AS took FROM seen GROUP BY 1, 2, 3
)
SELECT kind AS "contacts", ltrim(rule) AS rule, round(avg(false_alarms), 1) AS "false alarms a year",
	max(round(((within(took, '7 days')).value * 100)::numeric)) FILTER (WHERE times = 3) AS "% of triplings in a week", max(quantile_hours(took, 0.5) / 24) FILTER (WHERE times = 3) AS "day",
	max(round(((within(took, '7 days')).value * 100)::numeric)) FILTER (WHERE times = 2) AS "% of doublings in a week", max(quantile_hours(took, 0.5) / 24) FILTER (WHERE times = 2) AS "day "
FROM told GROUP BY kind, rule ORDER BY array_position(ARRAY['1 a day', '3 a day', '10 a day', '3 a day, bursty'], kind), array_position(ARRAY['surprise()', 'surprise(), bolder', '  its p alone', '  its CUSUM alone', 'mean + 3 sd of 28 days', 'mean + 2 sd of 28 days', 'twice yesterday'], rule);
