--- needs orders
-- What an engineer would keep: one row a customer.
CREATE UNLOGGED TABLE customers AS
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary, timeline(ordered_at, amount) AS history FROM orders GROUP BY customer_id;
VACUUM ANALYZE customers;
