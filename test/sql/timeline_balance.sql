-- balance(). Expected values: sums in SQL, a ledger of lots in plpgsql, and cases by hand.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET timezone = 'Asia/Kathmandu'; -- must not matter

CREATE FUNCTION pg_temp.points(at timestamp[], points numeric[]) RETURNS timeline LANGUAGE sql AS
	$$ SELECT timeline(a, p) FROM unnest(at, points) AS u(a, p) $$;

-- By hand: 100 on January 1st, 50 on the 11th, 120 spent on the 21st, 10 earned on the 31st.
CREATE TEMP TABLE small AS
SELECT timeline(at, points) AS t FROM (VALUES (date '2026-01-01', 100.0), ('2026-01-11', 50), ('2026-01-21', -120), ('2026-01-31', 10)) AS v(at, points);
SELECT as_of AT TIME ZONE 'UTC' AS as_of, balance(t, as_of, NULL) AS never, balance(t, as_of, '30 days') AS in_30_days, balance(t, as_of, '20 days') AS in_20_days
FROM small, (VALUES (timestamptz '2026-01-01Z'), ('2026-01-01 00:00:00.000001Z'), ('2026-01-20Z'), ('2026-01-21Z'), ('2026-01-21 00:00:01Z'),
					('2026-02-09Z'), ('2026-02-10Z'), ('2026-03-01Z'), ('2026-03-02Z')) AS v(as_of);
-- Gone at the very instant of expiry, not a microsecond before; spending at that instant cannot use it.
SELECT balance(t, '2026-01-30 23:59:59.999999Z', '30 days') AS there, balance(t, '2026-01-31Z', '30 days') AS gone,
	   balance(t + pg_temp.points('{2026-01-30 23:59:59.999999Z}', '{-100}'), '2026-03-01Z', '30 days') AS spent_in_time,
	   balance(t + pg_temp.points('{2026-01-31}', '{-100}'), '2026-03-01Z', '30 days') AS spent_too_late
FROM pg_temp.points('{2026-01-01}', '{100}') AS t;
-- A debt is kept, does not expire, and is repaid before new points count.
SELECT balance(t, '2026-01-03Z', '5 days') AS debt, balance(t, '2036-01-03Z', '5 days') AS ten_years_later,
	   balance(t + pg_temp.points('{2026-02-01}', '{30}'), '2026-02-02Z', '5 days') AS part_repaid,
	   balance(t + pg_temp.points('{2026-02-01}', '{70}'), '2026-02-02Z', '5 days') AS repaid,
	   balance(t + pg_temp.points('{2026-02-01}', '{70}'), '2026-02-06Z', '5 days') AS rest_expired
FROM pg_temp.points('{2026-01-01,2026-01-02}', '{10,-60}') AS t;
-- Nothing before as_of is NULL, and so is what has no points; zero points are points.
SELECT balance(t, '2020-01-01Z', NULL) IS NULL AS before, balance(NULL, '2026-01-01Z', NULL) IS NULL AS no_timeline, balance(t, NULL, NULL) IS NULL AS no_as_of,
	   balance('{"version": 1, "ignored": 0, "events": []}', '2026-01-01Z', NULL) IS NULL AS empty,
	   balance('{"version": 1, "ignored": 0, "events": [["2025-12-31T00:00:00Z", "visit", null]]}', '2026-01-01Z', NULL) IS NULL AS visit,
	   balance(pg_temp.points('{2025-12-31}', '{0.00}'), '2026-01-01Z', NULL) AS zero
FROM small;
SELECT balance(t, '2026-03-01Z', '1 month') FROM small;
SELECT balance(t, '2026-03-01Z', '0') FROM small;
SELECT balance(t, '2026-03-01Z', '-1 day') FROM small;
SELECT balance(t, 'infinity', '1 day') FROM small;
SELECT balance(timeline(date '2026-01-01', 1.7e20) + timeline(date '2026-01-02', 1e20), '2026-03-01Z', NULL);
SELECT balance(timeline(date '2026-01-01', -1.7e20) + timeline(date '2026-01-02', -1e20), '2026-03-01Z', NULL);
-- The whole of time is 109 million days, wider than 64 bits: the 7 points have expired before the 3 are spent.
SELECT balance(timeline(at, points), '294276-12-31Z', '106751991 days') AS expired, balance(timeline(at, points), '294276-12-31Z', NULL) AS never
FROM (VALUES ('4713-01-01 00:00:00 BC'::timestamp, 7), ('294276-12-30', -3)) AS v(at, points);

-- Random ledgers: points on few days, so that instants are equal and lots expire at once.
SELECT setseed(0.34);
CREATE TEMP TABLE rows AS
SELECT customer, timestamptz '2026-01-01Z' + (random() * 60)::int * interval '1 day' AS at, (ARRAY['earn', 'burn', NULL])[1 + (random() * 2)::int] AS label,
	   CASE WHEN random() < 0.05 THEN NULL ELSE round((random() * 100 - 15 - 20 * (customer % 4))::numeric, customer % 3) END AS points
FROM (SELECT customer, generate_series(1, 1 + (random() * CASE customer % 30 WHEN 0 THEN 300 ELSE 30 END)::int) FROM generate_series(1, 500) AS customer) AS g;
CREATE TEMP TABLE asked AS
SELECT customer, timeline(at, label, points) AS t, timestamptz '2026-01-01Z' + (random() * 120)::int * interval '12 hours' AS as_of,
	   (ARRAY['1 day', '10 days', '36 hours', '45 days', NULL])[1 + customer % 5]::interval AS expires
FROM rows GROUP BY customer;
CREATE FUNCTION pg_temp.ledger(of_customer int, until timestamptz, expires interval) RETURNS numeric LANGUAGE plpgsql AS
$$
DECLARE
	event record;
	born timestamptz[] := '{}';
	rest numeric[] := '{}';
	debt numeric := 0;
	used numeric;
	any_points bool := false;
BEGIN
	-- At one instant in any order: here at random.
	FOR event IN SELECT at, points FROM rows WHERE customer = of_customer AND at < until AND points IS NOT NULL ORDER BY at, random() LOOP
		any_points := true;
		IF event.points > 0 THEN
			used := least(debt, event.points);
			debt := debt - used;
			born := born || event.at;
			rest := rest || (event.points - used);
		ELSE
			debt := debt - event.points;
			FOR i IN 1 .. cardinality(born) LOOP
				CONTINUE WHEN born[i] + expires <= event.at;
				used := least(debt, rest[i]);
				rest[i] := rest[i] - used;
				debt := debt - used;
			END LOOP;
		END IF;
	END LOOP;
	RETURN CASE WHEN any_points THEN coalesce((SELECT sum(r) FROM unnest(born, rest) AS l(b, r) WHERE (b + expires <= until) IS NOT TRUE), 0) - debt END;
END
$$;
SELECT count(*) AS ledgers, count(*) FILTER (WHERE l < 0) > 20 AS debts, count(*) FILTER (WHERE l > 0) > 100 AS credits, count(*) FILTER (WHERE l IS NULL) > 1 AS nothing_yet,
	   count(*) FILTER (WHERE b IS DISTINCT FROM l) AS mismatches
FROM asked, LATERAL (SELECT balance(t, as_of, expires) AS b, pg_temp.ledger(customer, as_of, expires) AS l) AS x;
-- Without expiry it is the sum.
SELECT count(*) AS mismatches FROM asked, LATERAL (SELECT sum(points) AS total FROM rows WHERE rows.customer = asked.customer AND at < as_of) AS s
WHERE balance(t, as_of, NULL) IS DISTINCT FROM total;
-- 200,000 events, of which 150,000 pile up before they are spent. By hand: 150000 - 2 * 50000; and at second 86400 those of the seconds 14401..86399.
SELECT balance(timeline(timestamptz '2026-01-01Z' + i * interval '1 second', CASE WHEN i <= 150000 THEN 1 ELSE -2 END), '2027-01-01Z', NULL) AS left_over,
	   balance(timeline(timestamptz '2026-01-01Z' + i * interval '1 second', CASE WHEN i <= 150000 THEN 1 ELSE -2 END), '2026-01-02Z', '20 hours') AS expired
FROM generate_series(1, 200000) AS i;
