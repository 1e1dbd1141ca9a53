-- Simple questions to a timeline. Expected values: plain SQL over the raw rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres';

SELECT setseed(0.13);
CREATE TEMP TABLE rows AS
SELECT customer, date_trunc(CASE WHEN customer % 2 = 0 THEN 'hour' ELSE 'day' END, timestamptz '2025-01-01Z' + random() * interval '200 days') AS at,
	   (ARRAY['email', 'phone', '', 'web', NULL])[1 + (random() * 4)::int] AS label,
	   CASE WHEN random() < 0.3 THEN NULL ELSE round((random() * 100 - 10)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, CASE WHEN customer % 20 = 0 THEN 300 ELSE customer % 13 END) FROM generate_series(1, 200) AS customer) AS g;
CREATE TEMP TABLE whole AS SELECT customer, timeline(at, label, amount) AS t FROM rows GROUP BY customer;

SELECT count(*) AS customers,
	   count(*) FILTER (WHERE total(t) IS DISTINCT FROM e.total) AS total,
	   count(*) FILTER (WHERE labels(t) IS DISTINCT FROM e.labels) AS labels,
	   count(*) FILTER (WHERE recency(t, '2025-05-01Z') IS DISTINCT FROM timestamptz '2025-05-01Z' - e.last) AS recency,
	   count(*) FILTER (WHERE tenure_days(t, '2025-05-01') IS DISTINCT FROM CASE WHEN e.first_day <= '2025-05-01' THEN date '2025-05-01' - e.first_day END) AS tenure,
	   count(*) FILTER (WHERE tenure_days(t, '2025-05-01', 'America/New_York') IS DISTINCT FROM CASE WHEN e.first_day_there <= '2025-05-01' THEN date '2025-05-01' - e.first_day_there END) AS tenure_there
FROM whole JOIN (SELECT customer, sum(amount) AS total, coalesce(array_agg(DISTINCT label COLLATE "C" ORDER BY label COLLATE "C") FILTER (WHERE label IS NOT NULL), '{}') AS labels,
		max(at) FILTER (WHERE at < '2025-05-01Z' AND amount IS DISTINCT FROM NULL AND amount >= 0 OR at < '2025-05-01Z' AND amount IS NULL) AS last,
		min(at::date) FILTER (WHERE amount >= 0 OR amount IS NULL) AS first_day, min((at AT TIME ZONE 'America/New_York')::date) FILTER (WHERE amount >= 0 OR amount IS NULL) AS first_day_there
	FROM rows GROUP BY customer) AS e USING (customer);

-- The n-th event and the labels at the ends: events are in order of time, then label (NULL first), then amount (none first).
SELECT count(*) AS compared, count(*) FILTER (WHERE nth_event_at(t, n::int) IS DISTINCT FROM r.at) AS nth,
	   count(*) FILTER (WHERE n = 1 AND first_label(t) IS DISTINCT FROM r.label) AS first_label, count(*) FILTER (WHERE n = events(t) AND last_label(t) IS DISTINCT FROM r.label) AS last_label
FROM whole JOIN (SELECT customer, at, label, row_number() OVER (PARTITION BY customer ORDER BY at, label COLLATE "C" NULLS FIRST, amount NULLS FIRST) AS n FROM rows) AS r USING (customer);
SELECT bool_and(nth_event_at(t, events(t)::int + 1) IS NULL) AS beyond FROM whole;
SELECT nth_event_at(t, 0) FROM whole LIMIT 1;

-- Gaps between distinct days of activity, and their median by percentile_cont.
CREATE TEMP VIEW gaps AS
SELECT zone, customer, day - lag(day) OVER (PARTITION BY zone, customer ORDER BY day) AS gap, day
FROM (SELECT DISTINCT zone, customer, (at AT TIME ZONE zone)::date AS day FROM rows, unnest(ARRAY['UTC', 'Asia/Kolkata']) AS zone WHERE amount >= 0 OR amount IS NULL) AS d;
SELECT zone, count(*) AS customers, count(*) FILTER (WHERE typical_gap_days(t, zone) IS DISTINCT FROM e.median) AS median,
	   count(*) FILTER (WHERE ARRAY(SELECT gap_days(t, zone)) IS DISTINCT FROM e.gaps) AS gaps, count(*) FILTER (WHERE zone = 'UTC' AND typical_gap_days(t) IS DISTINCT FROM e.median) AS by_default
FROM whole JOIN (SELECT zone, customer, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median, coalesce(array_agg(gap::float8 ORDER BY day) FILTER (WHERE gap IS NOT NULL), '{}') AS gaps FROM gaps GROUP BY 1, 2) AS e USING (customer)
GROUP BY zone ORDER BY zone;

-- By hand: a refund is an event and lowers the total, but is no activity.
CREATE TEMP TABLE one AS SELECT timeline(at, label, amount) AS t FROM (VALUES (timestamptz '2026-01-01 10:00Z', 'shop', 20.00), ('2026-01-05 10:00Z', 'web', 30.5), ('2026-01-08 10:00Z', NULL, -5), ('2026-01-06Z', 'visit', NULL)) AS v(at, label, amount);
SELECT total(t), recency(t, '2026-01-10 12:00Z'), recency(t, '2026-01-01 10:00Z') AS too_early, tenure_days(t, '2026-01-10'), labels(t), first_label(t), last_label(t), nth_event_at(t, 2), typical_gap_days(t), ARRAY(SELECT gap_days(t)) AS gaps FROM one;
SELECT total(t), recency(t, '2026-01-10'), tenure_days(t, '2026-01-10'), labels(t), first_label(t), last_label(t), nth_event_at(t, 1), typical_gap_days(t) FROM (SELECT '{"version": 1, "ignored": 2, "events": []}'::timeline AS t) AS x;
SELECT total(timeline(timestamptz '2026-01-01Z', 'visit', NULL::numeric)) IS NULL AS no_amount, labels(timeline(timestamptz '2026-01-01Z', 1)) AS no_labels;
SELECT recency(t, 'infinity') FROM one;
SELECT tenure_days(t, '2026-01-10', 'Nowhere') FROM one;
SELECT timeline(timestamptz '2026-01-01Z', repeat('x', 1001), 1);
-- The trap of a quoted amount: where a number is expected an untyped literal is read as float8, so both of these are amounts ...
SELECT timeline(timestamptz '2026-01-01Z', '12.50'), timeline(timestamptz '2026-01-01Z', 'shop', '12.50');
-- ... but of two arguments the second one is always the amount, never the label:
SELECT timeline(timestamptz '2026-01-01Z', 'shop');
