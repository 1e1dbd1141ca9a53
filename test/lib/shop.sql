-- The tables that the README and doc/ speak of. psql variable data: the directory test/data.
\ir cdnow.sql
ALTER TABLE orders ADD COLUMN country text;
UPDATE orders SET country = CASE customer_id % 3 WHEN 0 THEN 'TR' WHEN 1 THEN 'DE' ELSE 'US' END;
VACUUM ANALYZE orders;
CREATE TABLE people AS SELECT DISTINCT customer_id, customer_id % 500 AS account_id FROM orders;

-- How the customers first came.
CREATE TABLE acquisition AS
SELECT DISTINCT customer_id, CASE WHEN customer_id % 10 < 4 THEN 'search' WHEN customer_id % 10 < 7 THEN 'newsletter' ELSE 'friend' END AS channel FROM orders;

-- Who the customers are, for whom some of them buy, and what: made up, but for the orders.
CREATE TABLE account AS
SELECT a AS account_id, (ARRAY['retail', 'hotels', 'schools'])[1 + a % 3] AS sector, 5 + a * 37 % 400 AS employees FROM generate_series(0, 299) AS a;
CREATE TABLE person AS
SELECT customer_id, customer_id % 500 AS account_id, CASE WHEN customer_id % 11 > 0 THEN date '1930-01-01' + customer_id * 7919 % 18000 END AS born,
	(ARRAY['Ankara', 'Ankara', 'İzmir', 'Bursa', 'Konya', 'Konya', 'İzmir', 'Van'])[1 + (customer_id * 31 % 97 + n / 3) % (4 + customer_id % 5)] AS city
FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) AS c;
CREATE TABLE order_lines AS
SELECT customer_id, ordered_on, CASE WHEN amount % 1 < 0.5 THEN 'jazz' WHEN customer_id % 3 = 0 THEN 'classical' ELSE 'rock' END AS category, amount FROM orders;

-- A service desk: who wrote or called, on which channel, and what the customer said about channels.
CREATE TABLE contacts (customer_id int, contacted_at timestamptz, channel text);
INSERT INTO contacts VALUES
	(1, '2026-10-02 09:10Z', 'email'), (1, '2026-10-20 09:30Z', 'email'), (1, '2026-10-30 10:05Z', 'phone'), (1, '2026-10-31 16:00Z', 'email'),
	(2, '2026-10-26 08:00Z', 'phone'), (2, '2026-10-27 08:20Z', 'chat'), (2, '2026-10-28 11:00Z', 'phone'), (2, '2026-10-31 15:40Z', 'phone'),
	(3, '2026-10-29 12:00Z', 'chat'), (4, '2026-09-01 12:00Z', 'phone'), (4, '2026-10-15 12:00Z', 'phone'), (4, '2026-10-16 12:00Z', 'phone');
CREATE TABLE consent (customer_id int, wants text, opted_out text[]);
INSERT INTO consent VALUES (1, NULL, '{}'), (2, NULL, '{phone}'), (3, 'email', '{}'), (4, NULL, '{}');

-- A web shop: what visitors did.
CREATE TABLE visits (customer_id int, happened_at timestamptz, step text);
INSERT INTO visits
SELECT v, timestamptz '2026-10-01Z' + v * interval '7 hours' + s * interval '4 minutes', (ARRAY['view', 'cart', 'checkout', 'paid'])[s]
FROM generate_series(1, 60) AS v, generate_series(1, 4) AS s WHERE s <= 1 + (v % 2) + (v % 3) / 2 + (v % 5) / 4;

-- Machines and their running hours, points of a loyalty programme, invoices and how late they were paid.
CREATE TABLE readings (machine text, read_at timestamptz, hours numeric);
INSERT INTO readings
SELECT machine, timestamptz '2026-07-01Z' + w * interval '7 days', w * pace + w % 3
FROM (VALUES ('press', 40), ('mill', 22), ('saw', 9)) AS m(machine, pace), generate_series(0, 17) AS w;
CREATE TABLE points (customer_id int, at timestamptz, points int);
INSERT INTO points VALUES (1, '2025-09-01Z', 400), (1, '2026-03-01Z', 900), (1, '2026-06-01Z', -500), (2, '2026-02-01Z', 250), (2, '2026-08-01Z', 300), (3, '2025-06-01Z', 1200);
CREATE TABLE payments (customer_id int, paid_at timestamptz, due_on date, reason text);
INSERT INTO payments VALUES (1, '2026-08-03Z', '2026-08-01', 'dispute'), (1, '2026-09-20Z', '2026-09-01', 'dispute'), (1, '2026-10-12Z', '2026-10-01', 'dispute'),
	(2, '2026-09-01Z', '2026-09-01', NULL), (2, '2026-10-02Z', '2026-10-01', NULL), (3, '2026-08-25Z', '2026-08-01', 'cash'), (3, '2026-09-29Z', '2026-09-01', 'cash'), (3, '2026-10-30Z', '2026-10-01', 'cash');

-- A quarter of tickets: busy on Mondays and around ten and two, quiet at weekends; from 20 October more is broken; delivery pleases less each month.
-- Chance comes from a hash, so that it does not depend on the plan.
CREATE FUNCTION pg_temp.chance(i bigint, k bigint) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN (hashint8extended(i, k) & 9007199254740991)::float8 / 9007199254740992;
CREATE TABLE tickets AS
WITH hours AS (
	SELECT hour, 11 * (ARRAY[1.25, 1.1, 1, 1, 0.9, 0.25, 0.15])[extract(isodow FROM hour AT TIME ZONE 'UTC')::int]
		* (ARRAY[0.2, 0.5, 0.9, 1, 0.8, 0.6, 0.8, 0.9, 0.7, 0.5, 0.3, 0.2])[extract(hour FROM hour AT TIME ZONE 'UTC')::int - 6] AS expected
	FROM generate_series(timestamptz '2026-08-03 00:00Z', '2026-11-01 23:00Z', '1 hour') AS hour
), arrivals AS (
	SELECT i, date_trunc('second', hour + pg_temp.chance(i, 2) * interval '1 hour') AS opened_at, pg_temp.chance(i, 3) AS c, pg_temp.chance(i, 4) AS t, 1 + floor(700 * pg_temp.chance(i, 5) ^ 1.7)::int AS customer_id
	FROM hours, generate_series(1, 40) AS g, LATERAL (SELECT extract(epoch FROM hour)::bigint + g AS i) AS x WHERE pg_temp.chance(i, 1) < expected / 40
), asked AS (
	SELECT i, opened_at, customer_id, CASE WHEN c < 0.45 THEN 'phone' WHEN c < 0.8 THEN 'email' ELSE 'chat' END AS channel,
		CASE WHEN opened_at >= '2026-10-20Z' AND pg_temp.chance(i, 6) < 0.16 OR t < 0.08 THEN 'broken' WHEN t < 0.35 THEN 'password' WHEN t < 0.7 THEN 'delivery' ELSE 'invoice' END AS topic
	FROM arrivals
), worked AS (
	SELECT *, (0.5 - CASE topic WHEN 'password' THEN 3 WHEN 'delivery' THEN 5 WHEN 'invoice' THEN 8 ELSE 11 END * ln(1 - pg_temp.chance(i, 7))) * interval '1 minute' AS handled,
		exp(CASE channel WHEN 'phone' THEN -0.7 WHEN 'chat' THEN 0.2 ELSE 2.2 END + 1.2 * (pg_temp.chance(i, 8) + pg_temp.chance(i, 9) + pg_temp.chance(i, 10) + pg_temp.chance(i, 11) - 2)
			+ CASE WHEN pg_temp.chance(i, 12) < 0.12 THEN 3.5 ELSE 0 END) AS hours
	FROM asked
)
SELECT row_number() OVER (ORDER BY opened_at, i)::int AS ticket, customer_id, channel, topic, opened_at,
	CASE WHEN opened_at + hours * interval '1 hour' < '2026-11-02Z' AND pg_temp.chance(i, 13) < 0.99 THEN date_trunc('second', opened_at + hours * interval '1 hour') END AS closed_at,
	date_trunc('second', handled) AS handled, pg_temp.chance(i, 14) < 0.03 + hours / 1000 AS reopened,
	CASE WHEN pg_temp.chance(i, 15) < 0.35 THEN greatest(0, 10 - floor(3.4 * pg_temp.chance(i, 16) ^ 2 * (1 + (hours > 24)::int + CASE WHEN topic = 'delivery' THEN 0.7 * (extract(month FROM opened_at AT TIME ZONE 'UTC')::int - 8) ELSE 0 END)))::int END AS score,
	CASE WHEN channel <> 'phone' THEN round((0.6 - 1.1 * pg_temp.chance(i, 17) - 0.3 * (hours > 24)::int)::numeric, 2) END AS sentiment
FROM worked;
-- Members, who leave sooner after a bad first answer; and those who let us write to them.
CREATE TABLE members AS
SELECT customer_id, joined_on, CASE WHEN left_on < '2026-11-02' THEN left_on END AS left_on
FROM (SELECT customer_id, min(day) - (90 * pg_temp.chance(customer_id, 19))::int AS joined_on,
		greatest(max(day), min(day) FILTER (WHERE score IS NOT NULL)
			- (ln(1 - pg_temp.chance(customer_id, 18)) * CASE WHEN (array_agg(score ORDER BY day, ticket) FILTER (WHERE score IS NOT NULL))[1] < 7 THEN 70 WHEN (array_agg(score ORDER BY day, ticket) FILTER (WHERE score IS NOT NULL))[1] < 9 THEN 200 ELSE 500 END)::int) AS left_on
	FROM (SELECT *, (opened_at AT TIME ZONE 'UTC')::date AS day FROM tickets) AS t GROUP BY customer_id) AS m;
CREATE TABLE mail_consent AS SELECT DISTINCT customer_id, date '1997-01-01' AS given_on FROM orders WHERE customer_id % 3 > 0;
