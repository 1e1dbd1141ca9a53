-- purchase_summary. Expected values: computed beside in plain SQL, or by hand from the rows shown.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- By hand: three purchases, one refund, two skipped rows.
CREATE TEMP TABLE orders (at timestamptz, amount numeric);
INSERT INTO orders VALUES
	('2026-01-10 12:00Z', 10.50), ('2026-01-05 08:00Z', 0), ('2026-03-01 23:30Z', 4.25),
	('2026-04-01 00:00Z', -3.5), (NULL, 7), ('2026-05-01Z', NULL);
SELECT s.summary, first_purchase_at(summary) AT TIME ZONE 'UTC' AS first, last_purchase_at(summary) AT TIME ZONE 'UTC' AS last,
	   last_event_at(summary) AT TIME ZONE 'UTC' AS event, purchases(summary), revenue(summary), gross(summary), refunds(summary),
	   ignored(summary), round(average_order(summary), 6) AS average_order
FROM (SELECT purchase_summary(at, amount) AS summary FROM orders) AS s \gx

-- Days: whole calendar days in UTC, or in a named zone. 23:30 UTC on 1 March is 2 March in Istanbul (UTC+3).
SELECT recency_days(s, '2026-03-11') AS utc, recency_days(s, '2026-03-11', 'Europe/Istanbul') AS istanbul,
	   recency_days(s, '2026-03-01') AS same_day, recency_days(s, '2026-02-28') AS too_early,
	   tenure_days(s, '2026-03-11') AS tenure, tenure_days(s, '2026-01-04') AS not_yet
FROM (SELECT purchase_summary(at, amount) AS s FROM orders) AS x;
-- New York puts its clock forward on 2026-03-08: midnight is 05:00 UTC before and 04:00 UTC after.
SELECT at, recency_days(purchase_summary(at, 1.0), '2026-03-10', 'America/New_York')
FROM (VALUES (timestamp '2026-03-08 04:59:59'), ('2026-03-08 05:00'), ('2026-03-09 03:59:59'), ('2026-03-09 04:00')) AS v(at)
GROUP BY at ORDER BY at;
SELECT recency_days(purchase_summary(timestamptz '2026-01-01Z', 1), 'infinity');
SELECT recency_days(purchase_summary(timestamptz '2026-01-01Z', 1), '2026-01-01', 'Mars/Olympus');

-- Nothing seen is NULL; only skipped rows is a summary that says so; refunds only have no purchase.
SELECT purchase_summary(at, amount) IS NULL AS nothing FROM orders WHERE false;
SELECT purchase_summary(at, amount) AS skipped, revenue(purchase_summary(at, amount)) AS revenue FROM orders WHERE at IS NULL OR amount IS NULL;
SELECT purchases(s), revenue(s), gross(s), refunds(s), average_order(s), first_purchase_at(s), last_purchase_at(s),
	   recency_days(s, '2026-06-01'), tenure_days(s, '2026-06-01')
FROM (SELECT purchase_summary(at, amount) AS s FROM orders WHERE amount < 0) AS x;
SELECT purchases(NULL::purchase_summary), revenue(NULL::purchase_summary);

-- Types of the time: the instant, wall clock in UTC, a day in UTC. Same under any TimeZone.
SET TimeZone = 'America/New_York';
SELECT bool_and(a = b AND b = c) AS equal
FROM (SELECT purchase_summary(day::timestamp AT TIME ZONE 'UTC', 1.5) AS a, purchase_summary(day::timestamp, 1.5) AS b,
			 purchase_summary(day, 1.5) AS c
	  FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 20) AS g) AS d) AS x;
RESET TimeZone;
SELECT bool_and(a = b AND b = c) AS equal
FROM (SELECT purchase_summary(day, g::numeric) AS a, purchase_summary(day, g::bigint) AS b, purchase_summary(day, g::float8) AS c
	  FROM (SELECT g, date '2026-03-01' + g AS day FROM generate_series(-5, 20) AS g) AS d) AS x;
SELECT purchase_summary('infinity'::timestamptz, 1.0);
SELECT purchase_summary('-infinity'::timestamp, 1.0);
SELECT purchase_summary('infinity'::date, 1.0);
SELECT purchase_summary('5874897-12-31'::date, 1.0);
SELECT purchase_summary('4713-01-01 00:00:00 BC'::timestamp, 1.0) AS earliest, purchase_summary('294276-12-31 23:59:59.999999'::timestamp, 1.0) AS latest;

-- Against plain SQL on random rows, whatever the order, the split or the plan.
SELECT setseed(0.42);
CREATE TEMP TABLE rows AS
SELECT (random() * 300)::int AS customer, g % 7 AS part,
	   CASE WHEN random() < 0.02 THEN NULL ELSE timestamptz '2025-01-01Z' + random() * interval '500 days' END AS at,
	   CASE WHEN random() < 0.02 THEN NULL ELSE round((random() * 120 - 20)::numeric, (random() * 4)::int) END AS amount
FROM generate_series(1, 20000) AS g;
CREATE TEMP VIEW expected AS
SELECT customer, min(at) FILTER (WHERE amount >= 0 AND at IS NOT NULL) AS first, max(at) FILTER (WHERE amount >= 0) AS last,
	   max(at) FILTER (WHERE amount IS NOT NULL) AS event, count(*) FILTER (WHERE amount >= 0 AND at IS NOT NULL) AS purchases,
	   sum(amount) FILTER (WHERE at IS NOT NULL) AS revenue, count(*) FILTER (WHERE at IS NULL OR amount IS NULL) AS ignored
FROM rows GROUP BY customer;
SELECT count(*) AS customers,
	   count(*) FILTER (WHERE (first_purchase_at(s), last_purchase_at(s), last_event_at(s), purchases(s), revenue(s)::text, ignored(s))
						IS DISTINCT FROM (e.first, e.last, e.event, e.purchases, e.revenue::text, e.ignored)) AS mismatches
FROM expected AS e JOIN (SELECT customer, purchase_summary(at, amount) AS s FROM rows GROUP BY customer) AS x USING (customer);
CREATE TEMP TABLE whole AS SELECT customer, purchase_summary(at, amount) AS s FROM rows GROUP BY customer;
CREATE TEMP TABLE parts AS SELECT customer, part, purchase_summary(at, amount) AS s FROM rows GROUP BY customer, part;
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, rollup(s ORDER BY random()) AS s FROM parts GROUP BY customer) AS r USING (customer) WHERE whole.s <> r.s;
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, purchase_summary(at, amount ORDER BY random()) AS s FROM rows GROUP BY customer) AS r USING (customer) WHERE whole.s <> r.s;
SELECT count(*) AS mismatches
FROM whole JOIN (SELECT customer, a.s + b.s AS s
				 FROM (SELECT customer, rollup(s) AS s FROM parts WHERE part < 3 GROUP BY customer) AS a
				 FULL JOIN (SELECT customer, rollup(s) AS s FROM parts WHERE part >= 3 GROUP BY customer) AS b USING (customer)) AS r USING (customer)
WHERE whole.s IS DISTINCT FROM r.s;
-- NULL + x = x, and rollup of nothing is NULL.
SELECT NULL + s = s AS left_null, s + NULL = s AS right_null, (NULL::purchase_summary + NULL::purchase_summary) IS NULL AS both
FROM whole WHERE customer = 1;
SELECT rollup(s) IS NULL AS nothing FROM whole WHERE false;
SELECT rollup(NULL::purchase_summary) IS NULL AS nulls;

-- A forced parallel plan gives the same bytes as a serial one.
CREATE TABLE parallel_rows AS SELECT * FROM rows;
ALTER TABLE parallel_rows SET (parallel_workers = 4);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 4;
EXPLAIN (COSTS OFF) SELECT purchase_summary(at, amount) FROM parallel_rows;
SELECT count(*) AS mismatches FROM whole JOIN (SELECT customer, purchase_summary(at, amount) AS s FROM parallel_rows GROUP BY customer) AS r USING (customer) WHERE whole.s <> r.s;
SELECT (SELECT purchase_summary(at, amount) FROM parallel_rows) = (SELECT rollup(s) FROM whole) AS equal;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE parallel_rows;

-- As a window function the running value of each row is right, and no row changes another.
SELECT bool_and(purchases(s) = n) AS equal
FROM (SELECT purchase_summary(at, amount) OVER (ORDER BY at, amount) AS s,
			 count(*) FILTER (WHERE amount >= 0) OVER (ORDER BY at, amount) AS n
	  FROM rows WHERE at IS NOT NULL AND amount IS NOT NULL AND customer < 20) AS x;

-- Text and json: read back the same, in any order of keys, under any setting.
SET DateStyle = 'German'; SET TimeZone = 'Asia/Kolkata'; SET extra_float_digits = 0;
SELECT count(*) AS mismatches FROM whole WHERE s::text::purchase_summary <> s OR s::json::jsonb::text::purchase_summary <> s;
SELECT md5(string_agg(s::text, '' ORDER BY customer)) AS german FROM whole \gset
RESET DateStyle; RESET TimeZone; RESET extra_float_digits;
SELECT md5(string_agg(s::text, '' ORDER BY customer)) = :'german' AS same FROM whole;
SELECT to_json(x) FROM (SELECT purchase_summary(at, amount) AS s FROM orders) AS x;

-- Malformed text: each says what is wrong.
CREATE FUNCTION pg_temp.refused(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	PERFORM value::purchase_summary;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || detail;
END $$;
SELECT what, pg_temp.refused(CASE WHEN what = '' THEN '' ELSE replace(good, split_part(what, ' -> ', 1), split_part(what, ' -> ', 2)) END)
FROM (SELECT purchase_summary(at, amount)::text AS good FROM orders) AS g,
	 unnest(ARRAY['none -> none', '', '{ -> [', '"version": 1 -> "version": 2', '"purchases": 3 -> "purchases": -3', '"purchases": 3 -> "purchases": 3.0',
		'"purchases": 3 -> "purchases": 99999999999999999999', '"purchases": 3 -> "purchases": 0', '"ignored": 2} -> "ignored": 2', '"ignored": 2} -> "ignored": 2} x',
		', "ignored": 2 -> ', '"ignored": 2 -> "ignored": 2, "ignored": 2', '"ignored": 2 -> "ignored": 2, "other": 1', '"gross": 14.75 -> "gross": NaN',
		'"gross": 14.75 -> "gross": -14.75', '"gross": 14.75 -> "gross": "14.75"', '"gross": 14.75 -> "gross": 1e30', '"gross": 14.75 -> "gross": 14.7.5',
		'2026-01-05T -> 2026-02-30T', '2026-01-05T -> 2026-13-05T', '2026-01-05T -> 2027-01-05T', '2026-01-05T08:00:00Z -> 2026-01-05 08:00:00', '08:00:00Z -> 08:60:00Z',
		'"2026-01-05T08:00:00Z" -> null', '2026-04-01 -> 2026-02-01', '"refunds": 3.50 -> "refunds": 0']) AS what;
SELECT repeat('[', 100000)::purchase_summary;

-- Order, equality, hashing.
SELECT count(*) = count(DISTINCT s) AS hashable, (SELECT count(*) FROM whole AS a JOIN whole AS b USING (s)) = count(*) AS joins FROM whole;
SELECT bool_and(s <= next) AS ordered FROM (SELECT s, lead(s) OVER (ORDER BY s) AS next FROM whole) AS x WHERE next IS NOT NULL;
SELECT a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt
FROM (SELECT purchase_summary(timestamptz '2026-01-01Z', 1) AS a, purchase_summary(timestamptz '2026-01-02Z', 1) AS b) AS x;
CREATE INDEX ON whole (s);
-- 1.0 and 1.00 differ in what is shown, which is part of the content.
SELECT purchase_summary(timestamptz '2026-01-01Z', 1.0) = purchase_summary(timestamptz '2026-01-01Z', 1.00) AS equal;
