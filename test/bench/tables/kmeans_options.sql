--- needs kmeans_points
-- The first k points as centres, unscaled: what R's kmeans() is given, too.
CREATE UNLOGGED TABLE kmeans_options AS
SELECT k, jsonb_build_object('scale', 'none', 'max_iterations', 100000, 'start', jsonb_agg(to_jsonb(features) ORDER BY i)) AS options
FROM unnest('{8,32}'::int[]) AS k JOIN kmeans_points ON i <= k GROUP BY k;
