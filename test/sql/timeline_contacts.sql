-- repeats, densest, sessions. Expected values: by hand where rows are shown, else plain SQL over the raw rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO';

CREATE TEMP TABLE hand AS
SELECT timeline(at, label, NULL::numeric) AS t
FROM (VALUES (timestamptz '2026-01-01 00:00Z', 'phone'), ('2026-01-02 00:00Z', 'mail'), ('2026-01-02 00:00Z', 'phone'), ('2026-01-08 00:00Z', 'chat'),
			 ('2026-02-01 10:00Z', NULL), ('2026-02-01 10:30Z', 'phone'), ('2026-02-01 11:00Z', 'phone'), ('2026-02-01 11:30:00.000001Z', '')) AS v(at, label);
-- Half-open on both sides: as_of - within counts, as_of does not.
SELECT as_of, r.* FROM hand, unnest(ARRAY['2026-01-08 00:00Z', '2026-01-08 00:00:01Z', '2026-01-09 00:00Z', '2026-01-15 00:00Z', '2026-01-15 00:00:01Z', '2026-02-03Z']::timestamptz[]) AS as_of, repeats(t, '7 days', as_of) AS r;
-- Events without a label count as events, not as a label; densest starts at an event and does not reach its end.
SELECT within, d.* FROM hand, unnest(ARRAY['7 days', '7 days 1 microsecond', '1 day', '24:00:01', '1 hour', '30 minutes', '2 hours', '100 years 0 months']::text[]) AS within,
	 densest(t, CASE WHEN within LIKE '%months' THEN '36500 days' ELSE within END::interval) AS d;
-- What densest found is a slice.
SELECT events(slice(t, tstzrange(d.starts_at, d.ends_at))) = d.events AS same FROM hand, densest(t, '7 days') AS d;
-- A gap of exactly `gap` does not end a session.
SELECT gap, s.* FROM hand, unnest(ARRAY['30 minutes', '29:59.999999', '6 days']::interval[]) AS gap, sessions(t, gap) AS s;

-- Nothing.
SELECT r.* FROM repeats('{"version": 1, "ignored": 2, "events": []}', '1 day', '2026-01-01Z') AS r;
SELECT d.* FROM densest('{"version": 1, "ignored": 2, "events": []}', '1 day') AS d;
SELECT count(*) AS rows_of_empty FROM sessions('{"version": 1, "ignored": 2, "events": []}', '1 day');
SELECT repeats(NULL, '1 day', '2026-01-01Z') IS NULL AS repeats, densest(NULL, '1 day') IS NULL AS densest, (SELECT count(*) FROM sessions(NULL, '1 day')) AS sessions;

-- Random histories: ties in time, no label, the label '', pure events, refunds, orders without labels, more than one block.
SELECT setseed(0.4);
CREATE TEMP TABLE rows AS
SELECT customer, row_number() OVER () AS id, date_trunc(CASE customer % 3 WHEN 0 THEN 'hour' WHEN 1 THEN 'day' ELSE 'minute' END, timestamptz '2025-01-01Z' + random() * interval '60 days') AS at,
	   CASE WHEN customer % 11 > 0 THEN (ARRAY['phone', 'web', 'mail', 'chat', '', 'é', NULL, 'web shop'])[1 + floor(random() * (1 + customer % 8))::int] END AS label,
	   CASE WHEN random() < 0.2 THEN NULL WHEN random() < 0.2 THEN -1.5 ELSE 20 END AS amount
FROM (SELECT customer, generate_series(1, CASE WHEN customer % 50 = 0 THEN 400 ELSE 1 + customer % 23 END) FROM generate_series(1, 200) AS customer) AS g;
CREATE TEMP TABLE whole AS SELECT customer, timeline(at, label, amount) AS t FROM rows GROUP BY customer;
CREATE TEMP TABLE length (within interval);
INSERT INTO length VALUES ('1 microsecond'), ('1 hour'), ('1 day'), ('3 days 5 hours'), ('7 days'), ('30 days');
CREATE INDEX ON rows (customer, at);
ANALYZE rows;

SELECT within, count(*) AS compared, count(*) FILTER (WHERE r.events > 0) AS with_events, count(*) FILTER (WHERE r IS DISTINCT FROM e) AS mismatches
FROM whole, length, LATERAL (VALUES (timestamptz '2025-01-20Z'), ('2025-02-01 07:00Z'), ('2025-04-01Z'), ('2024-01-01Z'), (last_event_at(t)), (first_event_at(t) + within),
		(first_event_at(t) + within + interval '1 microsecond'), (nth_event_at(t, 1 + (events(t) / 2)::int) + interval '1 microsecond')) AS v(as_of), LATERAL repeats(t, within, as_of) AS r,
	 LATERAL (SELECT count(*) AS events, count(DISTINCT label) AS labels, min(at) AS first_at, max(at) AS last_at FROM rows
			  WHERE rows.customer = whole.customer AND at >= as_of - within AND at < as_of) AS e
GROUP BY within ORDER BY within;
SELECT within, count(*) AS compared, count(*) FILTER (WHERE d IS DISTINCT FROM e) AS mismatches
FROM whole, length, LATERAL densest(t, within) AS d,
	 LATERAL (SELECT a.at AS starts_at, a.at + within AS ends_at, n.events, n.labels
			  FROM (SELECT DISTINCT at FROM rows WHERE rows.customer = whole.customer) AS a,
				   LATERAL (SELECT count(*) AS events, count(DISTINCT label) AS labels FROM rows AS b WHERE b.customer = whole.customer AND b.at >= a.at AND b.at < a.at + within) AS n
			  ORDER BY n.events DESC, n.labels DESC, a.at DESC LIMIT 1) AS e
GROUP BY within ORDER BY within;
SELECT gap, count(*) AS compared, count(*) FILTER (WHERE s.customer IS NULL OR e.customer IS NULL OR (s.ended_at, s.events, s.labels) IS DISTINCT FROM (e.ended_at, e.events, e.labels)) AS mismatches
FROM (SELECT gap, customer, min(at) AS started_at, max(at) AS ended_at, count(*) AS events,
			 coalesce(array_agg(DISTINCT label COLLATE "C" ORDER BY label COLLATE "C") FILTER (WHERE label IS NOT NULL), '{}') AS labels
	  FROM (SELECT within AS gap, customer, at, label, sum(starts) OVER (PARTITION BY within, customer ORDER BY at, id) AS session
			FROM (SELECT within, customer, id, at, label, coalesce(at - lag(at) OVER (PARTITION BY within, customer ORDER BY at, id) > within, true)::int AS starts FROM rows, length) AS x) AS y
	  GROUP BY gap, customer, session) AS e
	 FULL JOIN (SELECT within AS gap, customer, s.* FROM whole, length, LATERAL sessions(t, within) AS s) AS s USING (gap, customer, started_at)
GROUP BY gap ORDER BY gap;
-- In order of time.
SELECT count(*) AS mismatches FROM (SELECT started_at, lag(ended_at) OVER (PARTITION BY customer ORDER BY ordinality) AS before FROM whole, LATERAL sessions(t, '1 hour') WITH ORDINALITY) AS x WHERE started_at <= before;

-- Lengths of time are fixed, positive and finite.
SET IntervalStyle = 'postgres';
SELECT repeats(t, '1 month', '2026-01-01Z') FROM hand;
SELECT densest(t, '1 year') FROM hand;
SELECT densest(t, '0') FROM hand;
SELECT sessions(t, '-1 day') FROM hand;
SELECT sessions(t, '1 day -24:00') FROM hand;
SELECT sessions(t, '2147483647 days 1000000 hours') FROM hand;
SELECT repeats(t, '1 day', 'infinity') FROM hand;
SELECT repeats(t, '1 day', '-infinity') FROM hand;
RESET IntervalStyle;
-- PostgreSQL 17 has infinite intervals; before, there is no such text.
CREATE FUNCTION pg_temp.infinite() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sessions(t, 'infinity') FROM hand;
	RETURN 'accepted';
EXCEPTION WHEN invalid_datetime_format OR invalid_parameter_value THEN
	RETURN 'refused';
END $$;
SELECT pg_temp.infinite();
-- The whole range of times.
SELECT d.starts_at, d.ends_at, d.events, r.events AS before, (SELECT array_agg(s.events) FROM sessions(t, '100000000 days') AS s) AS sessions
FROM (SELECT timeline(at, 1) AS t FROM (VALUES ('4713-01-01 00:00:00 BC'::timestamp), ('294276-12-31 23:59:59.999999'), ('294276-12-31')) AS v(at)) AS x,
	 densest(t, '106751991 days') AS d, repeats(t, '106751991 days', '294276-12-31Z') AS r;

-- One instant that stretches over blocks: all of it is in a window that starts there.
SELECT r.events, before.events AS before, d.events AS densest, (SELECT count(*) FROM sessions(t, '1 day')) AS sessions
FROM (SELECT timeline(timestamptz '2026-01-01Z' + g / 300 * interval '1 day', 1) AS t FROM generate_series(100, 899) AS g) AS x,
	 repeats(t, '1 day', '2026-01-02 00:00:00Z') AS before, repeats(t, '1 day', '2026-01-03 00:00:00Z') AS r, densest(t, '1 day') AS d;

-- A million events on thousands of labels: linear, and nothing is left behind by each session.
CREATE TEMP TABLE large AS SELECT timeline(timestamptz '2020-01-01Z' + g * interval '37 seconds', 'page ' || g % 5000, NULL::numeric) AS t FROM generate_series(1, 1000000) AS g;
SELECT d.events, d.labels, r.events AS repeats, r.labels AS repeat_labels, (SELECT count(*) FROM sessions(t, '36 seconds')) AS sessions, (SELECT count(*) FROM sessions(t, '37 seconds')) AS one
FROM large, densest(t, '10 days') AS d, repeats(t, '1 hour', '2021-01-01Z') AS r;
DROP TABLE large;
RESET TimeZone; RESET DateStyle;
