-- lifecycle(). Expected values: the rule in plain SQL over the raw rows, and cases by hand at each bound.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET timezone = 'Asia/Kathmandu'; -- must not matter

CREATE FUNCTION pg_temp.days(VARIADIC days int[]) RETURNS timeline LANGUAGE sql AS
	$$ SELECT timeline(date '2026-01-01' + day, 10.0) FROM unnest(days) AS day $$;

-- By hand: purchases on these days, asked on day as_of.
SELECT days, as_of, lifecycle(t, date '2026-01-01' + as_of) AS stage, expected, lifecycle(t, date '2026-01-01' + as_of) = expected AS ok
FROM (VALUES
	('{0}'::int[], 0, 'prospect'), ('{0}', 1, 'new'),
	('{0}', 180, 'new'), ('{0}', 181, 'at risk'), ('{0}', 360, 'at risk'), ('{0}', 361, 'lapsed'), -- G = 90
	('{0,30}', 90, 'active'), ('{0,30}', 91, 'at risk'), ('{0,30}', 150, 'at risk'), ('{0,30}', 151, 'lapsed'), -- G = 30
	('{0,2,4}', 32, 'active'), ('{0,2,4}', 33, 'at risk'), ('{0,2,4}', 61, 'lapsed'), -- G = 14 at least
	('{0,360}', 361, 'active'), ('{0,361}', 362, 'reactivated'), -- before the gap: one day, G' = 90
	('{0,500,1000}', 1360, 'active'), ('{0,500,1000}', 1361, 'at risk'), ('{0,500,1000}', 1721, 'lapsed'), -- G = 180 at most
	('{0,10,30,150}', 151, 'reactivated'), ('{0,10,30,90}', 91, 'active'), ('{0,10,30,91}', 92, 'reactivated'), -- G' = 15, median of two
	('{0,20,40,141}', 200, 'at risk'), -- idle counts before the way back: G = 20
	('{0,20,40,141}', 181, 'reactivated'), ('{0,20,40,141,150}', 151, 'active')
) AS v(days, as_of, expected), LATERAL pg_temp.days(VARIADIC days) AS t;

-- No purchase: nothing at all, refunds and pure events only, or all later.
SELECT lifecycle(NULL, '2026-01-01') AS no_timeline, lifecycle('{"version": 1, "ignored": 0, "events": []}', '2026-01-01') AS empty,
	   lifecycle(timeline(date '2025-01-01', -5.0), '2026-01-01') AS refund, lifecycle(timeline(timestamptz '2025-12-31Z', 'visit', NULL::numeric), '2026-01-01') AS visit,
	   lifecycle(timeline(date '2025-12-31', 0.0), '2026-01-01') AS for_nothing, lifecycle(pg_temp.days(1), '2026-01-01') AS later, lifecycle(pg_temp.days(0), NULL) AS no_as_of;

-- Options.
SELECT lifecycle(pg_temp.days(0), '2026-01-01'::date + 61, '{"one_time_gap": 30}') AS at_risk, lifecycle(pg_temp.days(0), '2026-01-01'::date + 60, '{"one_time_gap": 30}') AS new,
	   lifecycle(pg_temp.days(0), '2026-01-01'::date + 28, '{"one_time_gap": 1}') AS at_least_14, lifecycle(pg_temp.days(0), '2026-01-01'::date + 361, '{"one_time_gap": 3650}') AS at_most_180,
	   lifecycle(pg_temp.days(0, 200), '2026-01-01'::date + 201, '{"one_time_gap": 30}') AS reactivated, lifecycle(pg_temp.days(0), '2026-01-01'::date + 61, NULL) AS defaults;
SELECT lifecycle(t, '2026-03-01') AS utc, lifecycle(t, '2026-03-01', '{"timezone": "Europe/Istanbul"}') AS next_day_there,
	   lifecycle(t, '2026-03-01', '{"timezone": "America/New_York"}') AS same_day_there
FROM (SELECT timeline(timestamptz '2026-02-28 22:30Z', 1.0) AS t) AS x;
SELECT lifecycle(NULL, '2026-01-01', '{"gap": 3}');
SELECT lifecycle(NULL, '2026-01-01', '{"one_time_gap": 0}');
SELECT lifecycle(NULL, '2026-01-01', '{"one_time_gap": "90"}');
SELECT lifecycle(NULL, '2026-01-01', '{"timezone": "Nowhere"}');
SELECT lifecycle(NULL, 'infinity');

-- Random histories, some with long pauses.
SELECT setseed(0.33);
CREATE TEMP TABLE rows AS
SELECT customer, timestamptz '2024-01-01Z' + (random() * CASE customer % 3 WHEN 0 THEN 60 WHEN 1 THEN 400 ELSE 900 END + CASE WHEN random() < 0.1 THEN 700 ELSE 0 END) * interval '1 day' AS at,
	   CASE WHEN random() < 0.1 THEN NULL ELSE round((random() * 100 - 10)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, (1 + random() * CASE customer % 4 WHEN 0 THEN 2 ELSE 14 END)::int) FROM generate_series(1, 3000) AS customer) AS g;
CREATE TEMP TABLE asked AS
SELECT customer, date '2023-12-25' + (random() * 1700)::int AS as_of, (ARRAY['UTC', 'America/New_York', 'Pacific/Auckland'])[1 + customer % 3] AS zone, 10 + customer % 200 AS one_time_gap
FROM generate_series(1, 3000) AS customer;
CREATE TEMP TABLE brute AS
WITH days AS (SELECT DISTINCT customer, (at AT TIME ZONE zone)::date AS day FROM rows JOIN asked USING (customer) WHERE amount >= 0 AND (at AT TIME ZONE zone)::date < as_of),
	 gaps AS (SELECT customer, day, day - lag(day) OVER w AS gap, row_number() OVER (PARTITION BY customer ORDER BY day DESC) AS back FROM days WINDOW w AS (PARTITION BY customer ORDER BY day)),
	 usual AS (SELECT customer, count(*) AS days, max(day) AS last, max(gap) FILTER (WHERE back = 1) AS last_gap,
					  percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS g, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE back > 1) AS g_before
			   FROM gaps GROUP BY customer),
	 bound AS (SELECT *, least(greatest(coalesce(g, one_time_gap), 14), 180) AS gap, least(greatest(coalesce(g_before, one_time_gap), 14), 180) AS gap_before
			   FROM asked LEFT JOIN usual USING (customer))
SELECT customer, CASE WHEN days IS NULL THEN 'prospect' WHEN as_of - last > 4 * gap THEN 'lapsed' WHEN as_of - last > 2 * gap THEN 'at risk'
					  WHEN last_gap > 4 * gap_before THEN 'reactivated' WHEN days = 1 THEN 'new' ELSE 'active' END AS stage
FROM bound;
SELECT brute.stage, count(*) > 20 AS many, count(*) FILTER (WHERE lifecycle(t, as_of, jsonb_build_object('timezone', zone, 'one_time_gap', one_time_gap)) IS DISTINCT FROM brute.stage) AS mismatches
FROM asked JOIN brute USING (customer) LEFT JOIN (SELECT customer, timeline(at, NULL, amount) AS t FROM rows GROUP BY customer) AS x USING (customer)
GROUP BY brute.stage ORDER BY brute.stage;
-- A customer with very many days, three apart: G = 14.
SELECT lifecycle(timeline(date '1900-01-01' + 3 * i, 1.0), date '1900-01-01' + 3 * 20000 + 56) AS idle_56, lifecycle(timeline(date '1900-01-01' + 3 * i, 1.0), date '1900-01-01' + 3 * 20000 + 57) AS idle_57 FROM generate_series(1, 20000) AS i;
