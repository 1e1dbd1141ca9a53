-- Orders of a simulated population that a buy-till-you-die model describes: purchase rates and lifetimes differ between
-- customers (exponential rates and exponential death rates), purchases are uniform while alive, over two years.
SELECT setseed(0.5);
CREATE UNLOGGED TABLE population AS
SELECT id, start, rate, least(730 - start, -ln(1 - random()) / death) AS active
FROM (SELECT id, random() * 700 AS start, -ln(1 - random()) AS rate, -ln(1 - random()) / 250 AS death
	  FROM generate_series(1, :customers) AS id) AS c;
-- The mean number of repeat purchases that gives the wished number of orders.
SELECT (:orders - :customers) / sum(rate * active) AS scale FROM population \gset
CREATE UNLOGGED TABLE orders AS
SELECT id AS customer_id,
	   (timestamptz '2024-01-01 00:00Z' + (start + CASE WHEN n = 0 THEN 0 ELSE random() * active END) * interval '1 day') AS ordered_at,
	   round((exp(2.5 + 0.8 * (random() + random() + random() - 1.5)) * (1 + id % 7))::numeric, 2) AS amount
FROM population,
	 generate_series(0, greatest(0, round(rate * active * :scale + sqrt(rate * active * :scale) * (random() + random() + random() - 1.5) * 2))::int) AS n
ORDER BY random();
VACUUM ANALYZE orders;
-- What an engineer would keep: one row a customer.
CREATE UNLOGGED TABLE customers AS
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary, timeline(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
VACUUM ANALYZE customers;
-- The same events with a handful of labels and times in seconds, as contacts or web events have them.
CREATE UNLOGGED TABLE labelled AS
SELECT customer_id, timeline(date_trunc('second', ordered_at), (ARRAY['email', 'phone', 'chat', 'web', 'shop'])[1 + (amount * 100)::int % 5], NULL::numeric) AS contacts
FROM orders GROUP BY customer_id;
VACUUM ANALYZE labelled;
CREATE UNLOGGED TABLE models AS
SELECT fit_rfm(summary, '2026-01-01') AS rfm, fit_ltv(history, '2026-01-01') AS ltv FROM customers;
ANALYZE models;
SELECT format('bytes an event: %s for orders with times in microseconds, %s for labels with times in seconds',
	(SELECT round(sum(pg_column_size(history))::numeric / sum(events(history)), 2) FROM customers),
	(SELECT round(sum(pg_column_size(contacts))::numeric / sum(events(contacts)), 2) FROM labelled));
