--- needs orders
CREATE UNLOGGED TABLE orders_text AS SELECT 'customer-' || lpad(customer_id::text, 9, '0') AS customer_id, ordered_at, amount FROM orders;
VACUUM ANALYZE orders_text;
