-- timeline. Expected values: the raw rows themselves and plain SQL over them, or by hand where rows are shown.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

CREATE TEMP TABLE orders (at timestamptz, amount numeric);
INSERT INTO orders VALUES
	('2026-03-01 23:30Z', 4.25), ('2026-01-10 12:00Z', 10.50), ('2026-01-05 08:00Z', 0),
	('2026-04-01 00:00Z', -3.5), (NULL, 7), ('2026-05-01Z', NULL), ('2026-01-10 12:00Z', 10.50);
SELECT timeline(at, amount) FROM orders;
SELECT occurred_at AT TIME ZONE 'UTC' AS occurred_at, label, amount FROM unnest((SELECT timeline(at, amount) FROM orders));
SELECT events(t), ignored(t), first_event_at(t) AT TIME ZONE 'UTC' AS first, last_event_at(t) AT TIME ZONE 'UTC' AS last,
	   purchase_days(t), purchase_days(t, 'Europe/Istanbul') AS istanbul
FROM (SELECT timeline(at, amount) AS t FROM orders) AS x;
SELECT as_of, summarize(t, as_of) FROM (SELECT timeline(at, amount) AS t FROM orders) AS x, (VALUES (date '2026-01-05'), ('2026-01-11'), ('2026-04-02')) AS v(as_of);
SELECT summarize(t, '2026-03-02') = summarize(t, '2026-03-02', 'America/New_York') AS same_day_there,
	   summarize(t, '2026-03-02') = summarize(t, '2026-03-02', 'Europe/Istanbul') AS next_day_there
FROM (SELECT timeline(at, amount) AS t FROM orders) AS x;
SELECT summarize(timeline(at, amount), 'infinity') FROM orders;
SELECT summarize(timeline(at, amount), '2026-01-01', 'Nowhere') FROM orders;

-- Nothing seen is NULL; only skipped rows is a timeline that says so.
SELECT timeline(at, amount) IS NULL AS nothing FROM orders WHERE false;
SELECT t, events(t), first_event_at(t), last_event_at(t), purchase_days(t), summarize(t, '2027-01-01')
FROM (SELECT timeline(at, amount) AS t FROM orders WHERE at IS NULL) AS x;
SELECT summarize(timeline(at, amount), '2020-01-01') IS NULL AS nothing_before FROM orders WHERE at IS NOT NULL AND amount IS NOT NULL;
SELECT count(*) AS rows_of_empty FROM unnest('{"version": 1, "ignored": 0, "events": []}'::timeline);
SELECT timeline('infinity'::timestamptz, 1.0);
SELECT timeline(timestamptz '2026-01-01Z', 'NaN'::numeric);
SELECT timeline(timestamptz '2026-01-01Z', '-Infinity'::float8);
SELECT timeline(at, amount), events(timeline(at, amount)) FROM (VALUES ('4713-01-01 00:00:00 BC'::timestamp, 1.0), ('294276-12-31 23:59:59.999999', 2.0), ('2000-01-01', 3.0)) AS v(at, amount);

-- Bytes, counted by hand from timeline_layout.h: 1 varlena header, 3 fixed, 1 count, 3 first day, 2 for 1299 cents,
-- 1 day step, 2 for 6350 cents.
CREATE TEMP TABLE small AS SELECT timeline(at, amount) AS t FROM (VALUES (date '2026-01-01', 12.99), ('2026-01-15', 63.5)) AS v(at, amount);
SELECT pg_column_size(t) AS bytes FROM small;

-- Random histories of all kinds of units, scales and lengths (a block is 128 events).
SELECT setseed(0.7);
CREATE TEMP TABLE rows AS
SELECT customer, (random() * 4)::int AS part,
	   CASE WHEN random() < 0.01 THEN NULL
			WHEN kind = 0 THEN (date '2025-01-01' + (random() * 400)::int)::timestamp AT TIME ZONE 'UTC'
			WHEN kind = 1 THEN date_trunc('second', timestamptz '2025-01-01Z' + random() * interval '400 days')
			WHEN kind = 2 THEN timestamptz '2025-01-01Z' + random() * interval '400 days'
			WHEN kind = 3 THEN date_trunc('hour', timestamptz '1990-01-01Z' + random() * interval '40 years')
			ELSE date_trunc('minute', timestamptz '2025-01-01Z' + random() * interval '2 days') END AS at,
	   CASE WHEN random() < 0.01 THEN NULL
			WHEN scaled = 0 THEN round((random() * 100 - 10)::numeric, 2)
			WHEN scaled = 1 THEN round((random() * 1000000)::numeric, (random() * 18)::int)
			WHEN scaled = 2 THEN (random() * 5)::int::numeric
			ELSE round(random()::numeric * 10.0 ^ 16, 0) END AS amount
FROM (SELECT customer, customer % 5 AS kind, customer % 4 AS scaled,
			 generate_series(1, CASE WHEN customer % 40 = 0 THEN 100 + customer ELSE customer % 23 END)
	  FROM generate_series(1, 400) AS customer) AS g;
CREATE TEMP TABLE whole AS SELECT customer, timeline(at, amount) AS t, purchase_summary(at, amount) AS s FROM rows GROUP BY customer;
SELECT count(*) AS customers, max(events(t)) AS longest, count(*) FILTER (WHERE events(t) > 128) AS with_directory FROM whole;

-- Every event comes back, in order.
SELECT count(*) AS mismatches
FROM whole JOIN (SELECT customer, array_agg(ROW(at, amount) ORDER BY at, amount) FILTER (WHERE at IS NOT NULL AND amount IS NOT NULL) AS events FROM rows GROUP BY customer) AS e USING (customer),
	 LATERAL (SELECT array_agg(ROW(occurred_at, amount) ORDER BY ordinality) AS events FROM unnest(t) WITH ORDINALITY) AS u
WHERE u.events IS DISTINCT FROM e.events;
SELECT count(*) AS mismatches
FROM whole JOIN (SELECT customer, min(at) AS first, max(at) AS last, count(*) AS n, count(DISTINCT (at AT TIME ZONE 'UTC')::date) FILTER (WHERE amount >= 0) AS days,
						count(DISTINCT (at AT TIME ZONE 'America/New_York')::date) FILTER (WHERE amount >= 0) AS days_there
				 FROM rows WHERE at IS NOT NULL AND amount IS NOT NULL GROUP BY customer) AS e USING (customer)
WHERE (first_event_at(t), last_event_at(t), events(t), purchase_days(t), purchase_days(t, 'America/New_York')) IS DISTINCT FROM (e.first, e.last, e.n, e.days, e.days_there);

-- summarize() at the end of time equals the aggregate; at any other day it equals it over the rows before, but for the
-- decimals shown and the ignored rows, so compare what it says.
SELECT count(*) AS mismatches FROM whole WHERE summarize(t, '2100-01-01') <> s;
SELECT count(*) AS compared, count(*) FILTER (WHERE (purchases(a.s), revenue(a.s), gross(a.s), first_purchase_at(a.s), last_purchase_at(a.s), last_event_at(a.s))
	IS DISTINCT FROM (purchases(b.s), revenue(b.s), gross(b.s), first_purchase_at(b.s), last_purchase_at(b.s), last_event_at(b.s))) AS mismatches
FROM (VALUES (date '2025-01-03', 'UTC'), ('2025-03-09', 'America/New_York'), ('2025-03-10', 'America/New_York'), ('2025-11-03', 'America/New_York'), ('2025-06-01', 'Asia/Kolkata')) AS v(as_of, zone),
	 LATERAL (SELECT customer, purchase_summary(at, amount) AS s FROM rows WHERE (at AT TIME ZONE zone)::date < as_of AND amount IS NOT NULL GROUP BY customer) AS b
	 JOIN LATERAL (SELECT customer, summarize(t, as_of, zone) AS s FROM whole) AS a USING (customer);

-- Any order, any split, any tree of merges, any plan: the same bytes.
CREATE TEMP TABLE parts AS SELECT customer, part, timeline(at, amount) AS t FROM rows GROUP BY customer, part;
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, timeline(at, amount ORDER BY random()) AS t FROM rows GROUP BY customer) AS r USING (customer) WHERE timeline_send(whole.t) <> timeline_send(r.t);
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, rollup(t ORDER BY random()) AS t FROM parts GROUP BY customer) AS r USING (customer) WHERE timeline_send(whole.t) <> timeline_send(r.t);
SELECT count(*) AS mismatches
FROM whole JOIN (SELECT customer, b.t + a.t AS t
				 FROM (SELECT customer, rollup(t) AS t FROM parts WHERE part < 2 GROUP BY customer) AS a
				 FULL JOIN (SELECT customer, rollup(t) AS t FROM parts WHERE part >= 2 GROUP BY customer) AS b USING (customer)) AS r USING (customer)
WHERE whole.t IS DISTINCT FROM r.t;
SELECT NULL + t = t AS left_null, t + NULL = t AS right_null, (NULL::timeline + NULL::timeline) IS NULL AS both FROM whole WHERE customer = 2;
SELECT rollup(t) IS NULL AS nothing FROM whole WHERE false;
CREATE TABLE parallel_rows AS SELECT * FROM rows;
ALTER TABLE parallel_rows SET (parallel_workers = 4);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 4;
EXPLAIN (COSTS OFF) SELECT timeline(at, amount) FROM parallel_rows;
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, timeline(at, amount) AS t FROM parallel_rows GROUP BY customer) AS r USING (customer) WHERE timeline_send(whole.t) <> timeline_send(r.t);
SELECT (SELECT timeline(at, amount) FROM parallel_rows) = (SELECT rollup(t) FROM whole) AS equal;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE parallel_rows;
SELECT bool_and(events(t) = n) AS running
FROM (SELECT timeline(at, amount) OVER (ORDER BY at, amount) AS t, count(*) OVER (ORDER BY at, amount) AS n
	  FROM rows WHERE at IS NOT NULL AND amount IS NOT NULL AND customer = 200) AS x;

-- Types of time and amount.
SET TimeZone = 'America/New_York';
SELECT timeline(day::timestamp AT TIME ZONE 'UTC', 1.5) = timeline(day::timestamp, 1.5) AND timeline(day::timestamp, 1.5) = timeline(day, 1.5) AS times,
	   timeline(day, g::numeric) = timeline(day, g::bigint) AND timeline(day, g::bigint) = timeline(day, g::float8) AS amounts
FROM (SELECT g, date '2026-03-01' + g AS day FROM generate_series(-5, 20) AS g) AS d;
RESET TimeZone;

-- Text and json.
SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Kolkata'; SET extra_float_digits = -3;
SELECT count(*) AS mismatches FROM whole WHERE t::text::timeline <> t OR t::json::jsonb::text::timeline <> t;
RESET DateStyle; RESET TimeZone; RESET extra_float_digits;
SELECT '{"events": [["2026-01-02T00:00:00Z", 2], ["2026-01-01T00:00:00Z", 1.50]], "version": 1, "ignored": 0}'::timeline AS any_order;
CREATE FUNCTION pg_temp.refused(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	PERFORM value::timeline;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || detail;
END $$;
SELECT events, pg_temp.refused(format('{"version": 1, "ignored": 0, "events": %s}', events))
FROM unnest(ARRAY['[]', '[[]]', '[["2026-01-01T00:00:00Z"]]', '[["2026-01-01T00:00:00Z", 1], ]', '[["2026-01-01T00:00:00Z", 1, 2]]', '[["2026-01-01", 1]]',
	'[["2026-01-01T00:00:00Z", null]]', '[["2026-01-01T00:00:00Z", 1e40]]', '[[null, 1]]', '[["2026-01-01T00:00:00.1234567Z", 1]]', '[["infinity", 1]]', '{}', 'null']) AS events;

-- Order, equality, hashing.
SELECT count(*) - count(DISTINCT t) AS duplicates, (SELECT count(*) FROM whole AS a JOIN whole AS b USING (t)) - count(*) AS joined FROM whole;
SELECT bool_and(t <= next) AS ordered FROM (SELECT t, lead(t) OVER (ORDER BY t) AS next FROM whole) AS x WHERE next IS NOT NULL;

-- The support functions called by hand give canonical values too, not the states of the aggregates.
SELECT bool_and(record_image_eq(ROW(timeline_merge(NULL, t)), ROW(t))) AS merged, bool_and(record_image_eq(ROW(timeline_merge(t, NULL)), ROW(t))) AS alone,
	   bool_and(record_image_eq(ROW(timeline_add(t, timestamptz '2030-01-01Z', 1.25)), ROW(t + timeline_add(NULL, timestamptz '2030-01-01Z', 1.25)))) AS added FROM whole;

-- Where a clock is put back across midnight, days do not go back: in St. John's at 00:01 on 2 November 2008. By hand: every
-- hour from the first to the fifth of November is five days.
SELECT purchase_days(timeline(at, 1), 'America/St_Johns') AS days
FROM generate_series(timestamptz '2008-11-01 02:30Z', '2008-11-06 03:00Z', '1 minute') AS at;

-- A customer with a million events: built, merged, stored out of line, asked.
CREATE TEMP TABLE large AS SELECT timeline(timestamptz '2020-01-01Z' + g * interval '37 seconds', (g % 1000)::numeric / 100) AS t FROM generate_series(1, 1000000) AS g;
SELECT events(t), first_event_at(t) AT TIME ZONE 'UTC' AS first, last_event_at(t) AT TIME ZONE 'UTC' AS last, purchase_days(t), revenue(summarize(t, '2100-01-01')) FROM large;
SELECT events(t + t) FROM large;
-- The rows 1..1e6 in decreasing order: the same value.
SELECT t = (SELECT timeline(timestamptz '2020-01-01Z' + g * interval '37 seconds', (g % 1000)::numeric / 100) FROM generate_series(1000000, 1, -1) AS g) AS equal FROM large;
-- The cap is an error: a hundred of them do not fit into 512 MB.
\set VERBOSITY sqlstate
SELECT events(rollup(t)) FROM large, generate_series(1, 100);
\set VERBOSITY default
-- So is a text form that no dump could hold: a control character is \u0001 there, 7 bytes in COPY's, so that 160,000 events with
-- 1000 of them need 160,000 * 7002 bytes for their labels alone, and 140,000 stay below the limit of 10^9. Times and amounts
-- take 50 + 4 bytes at most. Short labels never come near it.
SELECT timeline(timestamptz '2020-01-01Z' + g * interval '1 second', repeat(chr(1), 1000), NULL::bigint) FROM generate_series(1, 160000) AS g;
SELECT events(timeline(timestamptz '2020-01-01Z' + g * interval '1 second', repeat(chr(1), 1000), NULL::bigint)) FROM generate_series(1, 140000) AS g;
SELECT events(timeline(timestamptz '2020-01-01Z' + g * interval '1 second', 'label ' || g % 10, 1)) FROM generate_series(1, 1000000) AS g;
DROP TABLE large;
