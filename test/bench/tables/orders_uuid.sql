--- needs orders
CREATE UNLOGGED TABLE orders_uuid AS SELECT md5(customer_id::text)::uuid AS customer_id, ordered_at, amount FROM orders;
VACUUM ANALYZE orders_uuid;
