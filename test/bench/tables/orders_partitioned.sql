--- needs orders
-- By quarter.
CREATE TABLE orders_partitioned (LIKE orders) PARTITION BY RANGE (ordered_at);
SELECT format('CREATE UNLOGGED TABLE orders_partitioned_%s PARTITION OF orders_partitioned FOR VALUES FROM (%L) TO (%L)', n, quarter, quarter + interval '3 months')
FROM generate_series(timestamptz '2024-01-01Z', '2026-01-01Z', '3 months') WITH ORDINALITY AS q (quarter, n) \gexec
INSERT INTO orders_partitioned SELECT * FROM orders;
VACUUM ANALYZE orders_partitioned;
