-- Medians and ratios of times.csv and memory.csv, as a table and in results.csv.
CREATE TEMP TABLE times (task text, number int, variant text, processes int, round int, ms float8);
CREATE TEMP TABLE memory (task text, number int, variant text, processes int, mb numeric);
CREATE TEMP TABLE nodes (task text, number int, variant text, processes int);
\copy times FROM times.csv CSV
\copy memory FROM memory.csv CSV
\copy nodes FROM nodes.csv CSV
-- What a user of DuckDB waits for whose data are in PostgreSQL.
INSERT INTO times
SELECT q.task, 10 + q.number, q.variant || ' + export + load', q.processes, q.round, q.ms + e.ms + l.ms
FROM times AS q JOIN times AS e USING (task, processes, round) JOIN times AS l USING (task, processes, round)
WHERE q.variant LIKE 'duckdb%' AND e.variant = 'export' AND l.variant = 'load';
CREATE TEMP VIEW results AS
SELECT task, processes, variant, round(ms::numeric, 1) AS median_ms, round(fastest::numeric, 1) AS fastest_ms, round(slowest::numeric, 1) AS slowest_ms,
	   round((ms / first_value(ms) OVER (PARTITION BY task, processes ORDER BY number))::numeric, 2) AS ratio, mb AS memory_mb,
	   (task, number, variant, processes) IN (TABLE nodes) AS customer_agg
FROM (SELECT task, processes, number, variant, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, min(ms) AS fastest, max(ms) AS slowest
	  FROM times GROUP BY task, processes, number, variant) AS medians
	 LEFT JOIN memory USING (task, number, variant, processes)
ORDER BY task, processes, number;
\copy (SELECT * FROM results) TO results.csv CSV HEADER
\pset format aligned
\pset tuples_only off
\pset footer off
SELECT task, processes AS p, variant, round(median_ms) AS median_ms, format('%s..%s', round(fastest_ms), round(slowest_ms)) AS range_ms,
	   ratio, round(memory_mb) AS memory_mb, CASE WHEN customer_agg THEN 'CustomerAgg' END AS node
FROM results;
