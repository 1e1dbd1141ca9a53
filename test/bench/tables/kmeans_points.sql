-- As many customers with eight features: eight groups that overlap.
CREATE UNLOGGED TABLE kmeans_points AS
SELECT i, (SELECT array_agg(sin(i % 8 * j * 1.7) + 3 * (n - floor(n)) ORDER BY j) FROM generate_series(1, 8) AS j, LATERAL (SELECT sin(i * (j + 0.37)) * 43758.5453 AS n) AS noise) AS features
FROM generate_series(1, :customers::bigint) AS i;
VACUUM ANALYZE kmeans_points;
