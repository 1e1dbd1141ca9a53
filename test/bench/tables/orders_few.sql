--- needs orders
-- The same orders of a hundredth of the customers.
CREATE UNLOGGED TABLE orders_few AS SELECT customer_id % (:customers / 100) AS customer_id, ordered_at, amount FROM orders;
VACUUM ANALYZE orders_few;
