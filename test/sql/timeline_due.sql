-- due(). Expected values: Sen's published example, cases by hand, and the rule in plain SQL over the raw rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

-- Readings on days after 2026-01-01.
CREATE FUNCTION pg_temp.meter(days int[], shown numeric[]) RETURNS timeline LANGUAGE sql AS
	$$ SELECT timeline(date '2026-01-01' + day, reading) FROM unnest(days, shown) AS r(day, reading) $$;

-- Whole seconds, so that the last bit of a rate does not show.
CREATE FUNCTION pg_temp.seconds(at timestamptz) RETURNS timestamptz LANGUAGE sql AS
	$$ SELECT date_trunc('second', at + interval '0.5 seconds') $$;

-- Sen (1968), section 6: x and y below, slope 4. From 78 on day 18 to 118 takes ten days. Of the 21 slopes the 95 % limits are,
-- by hand, those of rank 3.975 and 18.025: 18 Var S = 7 * 6 * 19, so C = 1.959964 sqrt(44.3333) = 13.05003 and (21 - C)/2 = 3.97499.
SELECT threshold, pg_temp.seconds(at) AS at, pg_temp.seconds(lo) AS lo, pg_temp.seconds(hi) AS hi FROM due(pg_temp.meter('{1,2,3,4,10,12,18}', '{9,15,19,20,45,55,78}'), 118, '2027-01-01Z');
WITH xy AS (SELECT * FROM unnest('{1,2,3,4,10,12,18}'::float8[], '{9,15,19,20,45,55,78}'::float8[]) AS v(x, y)),
	 slopes AS (SELECT array_agg((b.y - a.y) / (b.x - a.x) ORDER BY (b.y - a.y) / (b.x - a.x)) AS s FROM xy AS a, xy AS b WHERE a.x < b.x)
SELECT cardinality(s) AS slopes, s[11] AS median, round((s[3] + 0.97499 * (s[4] - s[3]))::numeric, 3) AS low, round((s[19] - 0.97499 * (s[19] - s[18]))::numeric, 3) AS high,
	   round((40 / (extract(epoch FROM hi - timestamptz '2026-01-19Z') / 86400))::numeric, 3) AS low_of_due,
	   round((40 / (extract(epoch FROM lo - timestamptz '2026-01-19Z') / 86400))::numeric, 3) AS high_of_due
FROM slopes, due(pg_temp.meter('{1,2,3,4,10,12,18}', '{9,15,19,20,45,55,78}'), 118, '2027-01-01Z');

-- By hand.
SELECT what, threshold, pg_temp.seconds(at) AS at, pg_temp.seconds(lo) AS lo, pg_temp.seconds(hi) AS hi
FROM (VALUES
	(1, 'steady: 10 a day, next at 600', pg_temp.meter('{0,10,20,30,40,50}', '{0,100,200,300,400,500}'), 200, 400),
	(2, 'past: between two readings', pg_temp.meter('{0,10,20,30,40,50}', '{0,100,200,300,400,500}'), 250, 0),
	(3, 'past: at a reading', pg_temp.meter('{0,10,20,30,40,50}', '{0,100,200,300,400,500}'), 300, 0),
	(4, 'past already at the first reading', pg_temp.meter('{0,10}', '{700,800}'), 500, 0),
	(5, 'past, a single reading', pg_temp.meter('{0}', '{700}'), 500, 0),
	(6, 'past, and at rest since', pg_temp.meter('{0,10,20}', '{0,100,100}'), 50, 0),
	(7, 'a single reading', pg_temp.meter('{0}', '{100}'), 500, 0),
	(8, 'at rest', pg_temp.meter('{0,10,20}', '{100,100,100}'), 500, 0),
	(9, 'two readings: a rate without limits', pg_temp.meter('{0,10}', '{0,100}'), 150, 0),
	(10, 'often at rest: may never come', pg_temp.meter('{0,10,20,30,40,50,60}', '{0,0,10,10,10,20,20}'), 40, 0),
	(11, 'the meter fell from 200 to 50: usage 250 on day 30', pg_temp.meter('{0,10,20,30,40}', '{0,100,200,50,150}'), 225, 0),
	(12, 'below zero adds nothing', pg_temp.meter('{0,10,20,30}', '{-50,0,-5,25}'), 60, 0),
	(13, 'two readings at once: the larger counts', pg_temp.meter('{0,10,10,20}', '{0,100,60,200}'), 150, 0),
	(14, 'the zero of a new meter at once with the old one: not seen', pg_temp.meter('{0,10,10,20}', '{0,100,0,100}'), 150, 0),
	(17, 'the zero of a new meter a day later', pg_temp.meter('{0,10,11,20}', '{0,100,0,100}'), 150, 0),
	(15, 'after the end of time', pg_temp.meter('{0,100}', '{0,0.000000000001}'), 1000, 0),
	(16, 'no reading', '{"version": 1, "ignored": 0, "events": []}', 500, 0)
) AS v(i, what, t, step, last_done), due(t, step, '2027-01-01Z', last_done) ORDER BY i;
-- 10: 18 Var S = 7 * 6 * 19 - 2 * (2 * 1 * 9) - 3 * 2 * 11 = 696, so the low limit has rank (21 - 1.96 sqrt(38.67))/2 = 4.4, and 5 of 21 slopes are 0.
-- 13: 200 on day 20, not 260. 12: -50 -> 0 is 50 more, -5 adds nothing, then 30 more: 80 on day 30, so 60 between 20 and 30.

-- Only readings before as_of; pure events are no readings; exact decimals in the threshold.
SELECT threshold, pg_temp.seconds(at) AS at, pg_temp.seconds(lo) AS lo, pg_temp.seconds(hi) AS hi FROM (SELECT pg_temp.meter('{0,10,20,30}', '{0,100,200,1000}') + timeline(timestamptz '2026-01-05Z', 'inspection', NULL::numeric) AS t) AS x,
	 (VALUES (timestamptz '2026-01-01Z'), ('2026-01-11Z'), ('2026-01-31Z'), ('2026-02-01Z')) AS v(as_of), due(t, 250.50, as_of, 0.125);
SELECT due(NULL, 1, '2026-01-01Z') AS no_timeline, due(t, NULL, '2026-01-01Z') AS no_step, due(t, 1, NULL) AS no_as_of FROM (SELECT pg_temp.meter('{0}', '{0}') AS t) AS x;
-- 0.1 + 0.2 reaches 0.3 exactly, which floating point would not see at the same reading.
SELECT at = '2026-01-11Z' AS exactly FROM due(pg_temp.meter('{0,5,10}', '{0.1,0,0.2}'), 0.3, '2027-01-01Z');

SELECT * FROM due(pg_temp.meter('{0}', '{0}'), 0, '2026-01-01Z');
SELECT * FROM due(pg_temp.meter('{0}', '{0}'), -2.50, '2026-01-01Z');
SELECT * FROM due(pg_temp.meter('{0}', '{0}'), 'NaN', '2026-01-01Z');
SELECT * FROM due(pg_temp.meter('{0}', '{0}'), 1, 'infinity');
SELECT * FROM due(pg_temp.meter('{0}', '{0}'), 1.7e20, '2026-01-01Z', 1e20);
SELECT * FROM due(pg_temp.meter('{0,1,2}', '{1.6e20,0,1.6e20}'), 1, '2027-01-01Z', 1.65e20);

-- Random meters: resets, repeats at one instant, rests, coarse readings with ties, more than 200 readings.
SELECT setseed(0.35);
CREATE TEMP TABLE rows AS
WITH steps AS (SELECT meter, i, timestamptz '2025-01-01Z' + (i * 3 + (random() * 5)::int) * interval '8 hours' AS at,
					  CASE WHEN random() < 0.2 * (meter % 3) THEN 0 ELSE round((random() * 10)::numeric, meter % 3) END AS used
			   FROM generate_series(1, 240) AS meter, generate_series(1, CASE WHEN meter % 40 = 0 THEN 320 ELSE 1 + meter % 37 END) AS i)
SELECT meter, at, (ARRAY['a', 'b', NULL])[1 + (random() * 2)::int] AS label, CASE WHEN random() < 0.04 THEN NULL
	   ELSE sum(used) OVER (PARTITION BY meter ORDER BY i) % CASE meter % 4 WHEN 0 THEN 1000000 ELSE 40 END END AS shown
FROM steps;
CREATE TEMP TABLE asked AS
SELECT meter, timeline(at, label, shown) AS t, timestamptz '2025-01-01Z' + random() * CASE meter % 40 WHEN 0 THEN interval '500 days' ELSE interval '45 days' END AS as_of,
	   round((1 + random() * 150)::numeric, 1) AS step, (random() * 100 * (meter % 5))::int AS last_done
FROM rows GROUP BY meter;
CREATE TEMP TABLE usage AS
WITH readings AS (SELECT meter, at, max(shown) AS shown FROM rows JOIN asked USING (meter) WHERE at < as_of AND shown IS NOT NULL GROUP BY meter, at),
	 before AS (SELECT *, lag(shown) OVER (PARTITION BY meter ORDER BY at) AS shown_before FROM readings)
SELECT meter, at, sum(CASE WHEN shown >= shown_before THEN shown - shown_before ELSE shown END) OVER (PARTITION BY meter ORDER BY at) AS used,
	   row_number() OVER (PARTITION BY meter ORDER BY at DESC) AS back
FROM before;
CREATE TEMP TABLE rate AS
WITH slopes AS (SELECT meter, (extract(epoch FROM b.at - a.at))::float8 AS dt, (b.used - a.used)::float8 AS du FROM usage AS a JOIN usage AS b USING (meter) WHERE a.at < b.at AND a.back <= 200),
	 sorted AS (SELECT meter, array_agg(du / dt ORDER BY du / dt) AS s, percentile_cont(0.5) WITHIN GROUP (ORDER BY du / dt) AS median FROM slopes GROUP BY meter),
	 ties AS (SELECT meter, sum(t) AS n, sum(t * (t - 1) * (2 * t + 5)) AS tied FROM (SELECT meter, count(*) AS t FROM usage WHERE back <= 200 GROUP BY meter, used) AS g GROUP BY meter),
	 ranks AS (SELECT *, (cardinality(s) - 1.959963984540054 * sqrt(((n * (n - 1) * (2 * n + 5) - tied) / 18)::float8)) / 2 AS m FROM sorted JOIN ties USING (meter))
SELECT meter, median, CASE WHEN m >= 1 THEN s[floor(m)::int] + (m - floor(m)) * (s[floor(m)::int + 1] - s[floor(m)::int]) END AS low,
	   CASE WHEN m >= 1 THEN s[cardinality(s) + 1 - floor(m)::int] - (m - floor(m)) * (s[cardinality(s) + 1 - floor(m)::int] - s[cardinality(s) - floor(m)::int]) END AS high
FROM ranks;
CREATE TEMP TABLE expected AS
SELECT meter, step + last_done AS threshold, crossed.at IS NOT NULL AS past,
	   CASE WHEN crossed.at IS NOT NULL AND before.at IS NULL THEN crossed.at
			WHEN crossed.at IS NOT NULL THEN before.at + ((step + last_done - before.used) / (crossed.used - before.used))::float8 * (crossed.at - before.at)
			WHEN median > 0 THEN last.at + ((step + last_done - last.used)::float8 / median) * interval '1 second' END AS at,
	   CASE WHEN crossed.at IS NOT NULL THEN before.at WHEN median > 0 THEN last.at + ((step + last_done - last.used)::float8 / high) * interval '1 second' END AS lo,
	   CASE WHEN crossed.at IS NOT NULL THEN crossed.at WHEN median > 0 THEN last.at + ((step + last_done - last.used)::float8 / nullif(low, 0)) * interval '1 second' END AS hi
FROM asked
	 LEFT JOIN usage AS last USING (meter)
	 LEFT JOIN rate USING (meter)
	 LEFT JOIN LATERAL (SELECT u.at, u.used, u.back FROM usage AS u WHERE u.meter = asked.meter AND u.used >= step + last_done ORDER BY u.at LIMIT 1) AS crossed ON true
	 LEFT JOIN LATERAL (SELECT u.at, u.used FROM usage AS u WHERE u.meter = asked.meter AND u.back = crossed.back + 1) AS before ON true
WHERE last.back = 1 OR last.back IS NULL;
CREATE FUNCTION pg_temp.differ(a timestamptz, b timestamptz, as_of timestamptz) RETURNS bool LANGUAGE sql AS
	$$ SELECT (a IS NULL) <> (b IS NULL) OR coalesce(abs(extract(epoch FROM a - b)) > 0.001 + 1e-9 * abs(extract(epoch FROM a - as_of)), false) $$;
SELECT past, count(*) > 30 AS many, count(*) FILTER (WHERE e.at IS NULL) > 1 AS some_unknown, count(e.lo) > 20 AS with_lo, count(e.hi) > 20 AS with_hi,
	   count(*) FILTER (WHERE e.lo IS NOT NULL AND e.hi IS NULL) > 1 AS maybe_never,
	   count(*) FILTER (WHERE d.threshold <> e.threshold) AS threshold_mismatches,
	   count(*) FILTER (WHERE pg_temp.differ(d.at, e.at, as_of)) AS at_mismatches,
	   count(*) FILTER (WHERE pg_temp.differ(d.lo, e.lo, as_of)) AS lo_mismatches,
	   count(*) FILTER (WHERE pg_temp.differ(d.hi, e.hi, as_of)) AS hi_mismatches,
	   count(*) FILTER (WHERE NOT (d.lo <= d.at AND d.at <= d.hi)) AS out_of_order
FROM asked JOIN expected AS e USING (meter), due(t, step, as_of, last_done) AS d GROUP BY past ORDER BY past;
