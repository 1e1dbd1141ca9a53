--- needs orders
-- A tenth of the customers.
CREATE UNLOGGED TABLE orders_tenth AS SELECT customer_id / 10 AS customer_id, ordered_at, amount FROM orders WHERE customer_id % 10 = 0;
VACUUM ANALYZE orders_tenth;
