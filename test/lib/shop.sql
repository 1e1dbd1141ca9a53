-- The tables that the README speaks of. psql variable data: the directory test/data.
\ir cdnow.sql
ALTER TABLE orders ADD COLUMN country text;
UPDATE orders SET country = CASE customer_id % 3 WHEN 0 THEN 'TR' WHEN 1 THEN 'DE' ELSE 'US' END;
VACUUM ANALYZE orders;
CREATE TABLE people AS SELECT DISTINCT customer_id, customer_id % 500 AS account_id FROM orders;
