--- needs orders
CREATE UNLOGGED TABLE orders_int8 AS SELECT customer_id * 1000000007::int8 AS customer_id, ordered_at, amount FROM orders;
VACUUM ANALYZE orders_int8;
