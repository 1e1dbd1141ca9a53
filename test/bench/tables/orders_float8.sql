--- needs orders
-- As a pandas user writes them: bigint keys, wall-clock times, money in float8.
CREATE UNLOGGED TABLE orders_float8 AS
SELECT customer_id::int8, ordered_at AT TIME ZONE 'UTC' AS ordered_at, amount::float8 FROM orders;
VACUUM ANALYZE orders_float8;
