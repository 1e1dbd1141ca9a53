-- The tables that the README speaks of. psql variable data: the directory test/data.
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
