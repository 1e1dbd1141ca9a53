-- The default segment map as rows, for those who have to join to it.
CREATE UNLOGGED TABLE segments AS SELECT segment, r, f, m FROM segment_cells(default_segment_map());
VACUUM ANALYZE segments;
