-- trend(). Expected values: the check number of the definition, published t tables, a closed form for three periods, and
-- iteratively reweighted least squares in plpgsql over totals made by plain SQL.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET timezone = 'Asia/Kathmandu'; -- must not matter

-- One amount for each week from 2026-01-01, and the trend over these weeks.
CREATE FUNCTION pg_temp.weeks(VARIADIC amounts numeric[]) RETURNS timeline LANGUAGE sql AS
	$$ SELECT timeline(date '2026-01-01' + 7 * (i::int - 1), amount) FROM unnest(amounts) WITH ORDINALITY AS u(amount, i) $$;
CREATE FUNCTION pg_temp.weekly(VARIADIC amounts numeric[]) RETURNS estimate LANGUAGE sql AS
	$$ SELECT trend(pg_temp.weeks(VARIADIC amounts), '7 days', date '2026-01-01' + 7 * cardinality(amounts), cardinality(amounts)) $$;

-- The check of the definition: b .1439683, se .0365452; the interval with t(.975, 4) = 2.7764451052.
SELECT round(value::numeric, 7) AS value, round(se::numeric, 7) AS se, round(lo::numeric, 6) AS lo, round(hi::numeric, 6) AS hi, n,
	   round(((hi - value) / se)::numeric, 8) AS t
FROM pg_temp.weekly(100, 120, 90, 150, 160, 200);
-- The unit of the money does not matter, and time turned round turns the sign.
SELECT count(*) AS mismatches
FROM pg_temp.weekly(100, 120, 90, 150, 160, 200) AS e,
	 (VALUES (1, pg_temp.weekly(0.01, 0.012, 0.009, 0.015, 0.016, 0.02)),
			 (1, pg_temp.weekly(1e19, 1.2e19, 0.9e19, 1.5e19, 1.6e19, 2e19)),
			 (-1, pg_temp.weekly(200, 160, 150, 90, 120, 100))) AS v(sign, other)
WHERE abs((other).value * sign - e.value) > 1e-12 OR abs((other).se - e.se) > 1e-12
   OR abs(CASE sign WHEN 1 THEN (other).lo ELSE -(other).hi END - e.lo) > 1e-12;

-- Student's t, .975: published tables (for example Abramowitz & Stegun table 26.10; more digits from R's qt).
SELECT df, round(((hi - value) / se)::numeric, 10) AS t, round(((hi - value) / se)::numeric, 10) = published AS as_published
FROM (VALUES (1, 12.7062047362), (2, 4.3026527297), (3, 3.1824463053), (4, 2.7764451052), (10, 2.2281388520), (30, 2.0422724563),
			 (120, 1.9799304051)) AS v(df, published),
	 LATERAL (SELECT timeline(date '2000-01-01' + i, (1 + i % 3)::numeric) AS t FROM generate_series(1, df + 2) AS i) AS x,
	 trend(t, '1 day', date '2000-01-01' + df + 3, 10000);
-- With many degrees of freedom it is the normal quantile 1.959964 and (z^3 + z)/(4 df) more (Abramowitz & Stegun 26.7.5).
SELECT abs((hi - value) / se - 1.959963984540 - 2.372271 / 9998) < 1e-7 AS near_normal, n
FROM (SELECT timeline(date '1980-01-01' + i, (1 + i % 3)::numeric) AS t FROM generate_series(1, 10000) AS i) AS x,
	 trend(t, '1 day', date '1980-01-01' + 10001, 10000);

-- Growth that is exactly geometric has no error; no growth is 0.
SELECT abs(value - ln(2::float8)) < 1e-12 AS doubles, se < 1e-12 AS exactly FROM pg_temp.weekly(1, 2, 4, 8, 16);
SELECT * FROM pg_temp.weekly(5, 5, 5);
-- Two periods of six carry all the money, and differ by 38 digits.
SELECT round(value::numeric, 3) AS value, se > 1 AS uncertain FROM pg_temp.weekly(1e20, 0, 0, 0, 0, 1e-18);
-- Three periods: q = e^b solves (m - 2) q^2 + (m - 1) q + m = 0, m the mean of t = 0, 1, 2 weighted by the totals.
SELECT setseed(0.31);
WITH triple AS (SELECT round((random() * 100)::numeric, 2) AS a, round((random() ^ 3 * 100)::numeric, 2) AS b, round((random() ^ 9 * 100)::numeric, 2) + 0.01 AS c
				FROM generate_series(1, 200)),
	 closed AS (SELECT *, (b + 2 * c)::float8 / (a + b + c)::float8 AS m FROM triple)
SELECT count(*) AS triples, count(*) FILTER (WHERE (e.value - ln((1 - m - sqrt((m - 1) ^ 2 - 4 * (m - 2) * m)) / (2 * (m - 2)))) IS NULL
											  OR abs(e.value - ln((1 - m - sqrt((m - 1) ^ 2 - 4 * (m - 2) * m)) / (2 * (m - 2)))) > 1e-11) AS mismatches
FROM closed, pg_temp.weekly(a, b, c) AS e;

-- Random histories: labels, pure events, refunds, equal instants, odd periods and dates.
SELECT setseed(0.32);
CREATE TEMP TABLE rows AS
SELECT customer,
	   date_trunc(CASE customer % 3 WHEN 0 THEN 'day' WHEN 1 THEN 'hour' ELSE 'microsecond' END,
				  timestamp '2025-01-01' + random() * interval '300 days') AT TIME ZONE 'UTC' AS at,
	   CASE (random() * 2)::int WHEN 0 THEN 'web' WHEN 1 THEN 'shop' END AS label,
	   CASE WHEN random() < 0.1 THEN NULL ELSE round((random() * 100 - CASE customer % 4 WHEN 0 THEN 30 ELSE 0 END)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, (random() * CASE customer % 5 WHEN 0 THEN 5 ELSE 120 END)::int) FROM generate_series(1, 400) AS customer) AS g;
INSERT INTO rows SELECT customer, at, label, amount FROM rows WHERE customer % 7 = 0;
CREATE INDEX ON rows (customer);
ANALYZE rows;
CREATE TEMP TABLE asked AS
SELECT customer, timeline(at, label, amount) AS t,
	   (ARRAY['7 days', '30 days', '36 hours', '10 days 00:00:00.000007'])[1 + customer % 4]::interval AS period,
	   date '2024-12-20' + (random() * 350)::int AS as_of, 3 + (random() * 20)::int AS periods
FROM rows GROUP BY customer ORDER BY customer; -- random() is called in the order of the customers
CREATE TEMP TABLE totals AS
SELECT customer, array_agg(greatest(coalesce(total, 0), 0)::float8 ORDER BY i DESC) AS y
FROM asked, generate_series(1, periods) AS i,
	 LATERAL (SELECT (as_of::timestamp AT TIME ZONE 'UTC') - i * period AS start, (as_of::timestamp AT TIME ZONE 'UTC') - (i - 1) * period AS stop) AS p,
	 LATERAL (SELECT sum(amount) FILTER (WHERE at >= start AND at < stop) AS total, min(at) AS first FROM rows WHERE rows.customer = asked.customer) AS s
WHERE start >= first GROUP BY customer;

-- Weighted least squares of the working response, again and again (McCullagh & Nelder 1989, section 2.5).
CREATE FUNCTION pg_temp.irls(y float8[], OUT b float8, OUT se float8) LANGUAGE plpgsql STRICT AS
$$
DECLARE
	n int := cardinality(y);
	mu float8[];
	eta float8;
	a float8;
	s0 float8; s1 float8; s2 float8; z0 float8; z1 float8; z float8; pearson float8 := 0;
BEGIN
	IF n < 3 OR (SELECT count(*) FROM unnest(y) AS v WHERE v > 0) < 2 THEN
		RETURN;
	END IF;
	mu := (SELECT array_agg(v + 0.1 * (SELECT avg(w) FROM unnest(y) AS w) ORDER BY i) FROM unnest(y) WITH ORDINALITY AS u(v, i));
	FOR step IN 1 .. 30 LOOP
		s0 := 0; s1 := 0; s2 := 0; z0 := 0; z1 := 0;
		FOR i IN 1 .. n LOOP
			z := ln(mu[i]) + (y[i] - mu[i]) / mu[i];
			s0 := s0 + mu[i]; s1 := s1 + mu[i] * i; s2 := s2 + mu[i] * i * i;
			z0 := z0 + mu[i] * z; z1 := z1 + mu[i] * z * i;
		END LOOP;
		b := (s0 * z1 - s1 * z0) / (s0 * s2 - s1 * s1);
		a := (z0 - b * s1) / s0;
		FOR i IN 1 .. n LOOP
			eta := a + b * i;
			mu[i] := exp(eta);
		END LOOP;
	END LOOP;
	FOR i IN 1 .. n LOOP
		pearson := pearson + (y[i] - mu[i]) ^ 2 / mu[i];
	END LOOP;
	se := sqrt(pearson / (n - 2) * s0 / (s0 * s2 - s1 * s1));
END
$$;
SELECT count(*) AS customers, count(e.value) AS fitted, count(*) FILTER (WHERE e.value IS NULL) AS without,
	   count(*) FILTER (WHERE (e.value IS NULL) <> (i.b IS NULL) OR (e.n IS NULL) <> (i.b IS NULL)) AS null_mismatches,
	   count(*) FILTER (WHERE e.n <> cardinality(y)) AS n_mismatches,
	   count(*) FILTER (WHERE abs(e.value - i.b) > 1e-8 * (1 + abs(i.b)) OR abs(e.se - i.se) > 1e-7 * i.se) AS fit_mismatches,
	   count(*) FILTER (WHERE abs((e.lo + e.hi) / 2 - e.value) > 1e-12 * (abs(e.value) + e.se)) AS interval_mismatches
FROM asked LEFT JOIN totals USING (customer), trend(t, period, as_of, periods) AS e,
	 pg_temp.irls(y) AS i;

-- Which periods count: only those that start at or after the first event.
SELECT what, e.n, round(e.value::numeric, 6) AS value
FROM (VALUES ('first event at the start of a period', timeline '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00Z", 1], ["2026-01-08T00:00:00Z", 2], ["2026-01-15T00:00:00Z", 4]]}'),
			 ('a microsecond later', '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00.000001Z", 1], ["2026-01-08T00:00:00Z", 2], ["2026-01-15T00:00:00Z", 4]]}'),
			 ('a pure event before', '{"version": 1, "ignored": 0, "events": [["2025-12-25T00:00:00Z", null, null], ["2026-01-01T00:00:00Z", null, 1], ["2026-01-08T00:00:00Z", null, 2], ["2026-01-15T00:00:00Z", null, 4]]}'),
			 ('the last event at as_of', '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00Z", 1], ["2026-01-08T00:00:00Z", 2], ["2026-01-15T00:00:00Z", 4], ["2026-01-22T00:00:00Z", 100]]}'),
			 ('one event', '{"version": 1, "ignored": 0, "events": [["2025-01-01T00:00:00Z", 1]]}'),
			 ('no event', '{"version": 1, "ignored": 0, "events": []}'),
			 ('a single positive period', '{"version": 1, "ignored": 0, "events": [["2025-01-01T00:00:00Z", 0], ["2026-01-15T00:00:00Z", 4]]}')) AS v(what, t),
	 trend(t, '7 days', '2026-01-22', 50) AS e;
-- A negative total counts as 0; a refund lowers the total of its own period.
SELECT (pg_temp.weekly(9, -3, 4, 8)).value = (pg_temp.weekly(9, 0, 4, 8)).value AS negative_is_zero,
	   (trend(pg_temp.weeks(9, 5, 4) + timeline(date '2026-01-02', -2.0), '7 days', '2026-01-22', 3)).value = (pg_temp.weekly(7, 5, 4)).value AS refund_lowers;
SELECT trend(pg_temp.weeks(1, 2, 4), '7 days', '2020-01-01', 3) IS NULL AS before_everything, trend(NULL, '7 days', '2026-01-01', 3) IS NULL AS no_timeline,
	   trend(pg_temp.weeks(1, 2, 4), '7 days', NULL, 3) IS NULL AS no_as_of;
-- All of time.
SELECT e.n FROM (SELECT timeline(at, 1.0) AS t FROM unnest(ARRAY['4713-01-01 00:00:00 BC', '2000-01-01', '294276-12-30']::timestamp[]) AS at) AS x,
	 trend(t, '27000000 days', '294276-12-31', 10) AS e;

SELECT trend(pg_temp.weeks(1, 2, 4), '1 month', '2026-01-22', 3);
SELECT trend(pg_temp.weeks(1, 2, 4), '0 days', '2026-01-22', 3);
SELECT trend(pg_temp.weeks(1, 2, 4), '-7 days', '2026-01-22', 3);
SELECT trend(pg_temp.weeks(1, 2, 4), '7 days', '2026-01-22', 2);
SELECT trend(pg_temp.weeks(1, 2, 4), '7 days', '2026-01-22', 10001);
SELECT trend(pg_temp.weeks(1, 2, 4), '7 days', 'infinity', 3);
-- Totals beyond the range are an error, not a wrong number.
SELECT trend(timeline(date '2026-01-01', 1.7e20) + timeline(date '2026-01-02', 1e20), '7 days', '2026-01-22', 3);
