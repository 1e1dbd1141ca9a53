--- needs orders
-- Summaries and hand-written totals of everything up to the last day, kept by customer, and that day's orders as a nightly load has them.
CREATE UNLOGGED TABLE today AS SELECT * FROM orders WHERE ordered_at >= '2025-12-30Z';
CREATE UNLOGGED TABLE stored AS
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders WHERE ordered_at < '2025-12-30Z' GROUP BY customer_id;
CREATE UNLOGGED TABLE stored_totals AS
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders WHERE ordered_at < '2025-12-30Z' GROUP BY customer_id;
ALTER TABLE stored ADD PRIMARY KEY (customer_id);
ALTER TABLE stored_totals ADD PRIMARY KEY (customer_id);
VACUUM ANALYZE today, stored, stored_totals;
