--- needs orders
-- Three times the orders of three times the customers, in an order that mixes them.
CREATE UNLOGGED TABLE orders_thrice AS
SELECT customer_id * 3 + copy AS customer_id, ordered_at, amount FROM orders, generate_series(0, 2) AS copy;
VACUUM ANALYZE orders_thrice;
