--- task 2_rfm_segments
--- needs orders
--- needs segments
--- variant customer_profile
--- check sum(customers), sum(revenue), string_agg(segment || ' ' || customers || ' ' || revenue, ', ' ORDER BY segment)
WITH customers AS MATERIALIZED (
	SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id
)
SELECT segment, count(*) AS customers, sum(revenue) AS revenue
FROM (SELECT rfm_segment(rfm_score((SELECT fit_rfm(summary, '2026-01-01') FROM customers), summary)) AS segment, revenue(summary) AS revenue
	  FROM customers) AS scored
GROUP BY segment

--- variant customer_profile_over
--- check sum(customers), sum(revenue), string_agg(segment || ' ' || customers || ' ' || revenue, ', ' ORDER BY segment)
SELECT segment, count(*) AS customers, sum(revenue) AS revenue
FROM (SELECT rfm_segment(rfm_score(fit_rfm(summary, '2026-01-01') OVER (), summary)) AS segment, revenue(summary) AS revenue
	  FROM (SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id) AS customers) AS scored
GROUP BY segment

--- variant sql_ntile
--- check sum(customers), sum(revenue)
WITH customers AS (
	SELECT customer_id, date '2026-01-01' - (max(ordered_at) AT TIME ZONE 'UTC')::date AS recency, count(*) AS frequency, sum(amount) AS revenue
	FROM orders GROUP BY customer_id
), scored AS (
	SELECT revenue, ntile(5) OVER (ORDER BY recency DESC) AS r, ntile(5) OVER (ORDER BY frequency) AS f, ntile(5) OVER (ORDER BY revenue) AS m FROM customers
), cells AS (
	SELECT r, f, m, count(*) AS customers, sum(revenue) AS revenue FROM scored GROUP BY r, f, m
)
SELECT segment, sum(customers) AS customers, sum(revenue) AS revenue FROM cells JOIN segments USING (r, f, m) GROUP BY segment

--- variant sql_tie_safe
--- check sum(customers), sum(revenue), string_agg(segment || ' ' || customers || ' ' || revenue, ', ' ORDER BY segment)
WITH customers AS MATERIALIZED (
	SELECT date '2026-01-01' - (max(ordered_at) AT TIME ZONE 'UTC')::date AS recency, count(*) AS frequency, sum(amount) AS revenue, sum(amount)::float8 AS monetary
	FROM orders GROUP BY customer_id
), breaks AS (
	SELECT percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY recency) AS r, percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY frequency) AS f,
		percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY monetary) AS m FROM customers
), scored AS (
	SELECT revenue, 5 - (recency > b.r[1])::int - (recency > b.r[2])::int - (recency > b.r[3])::int - (recency > b.r[4])::int AS r,
		1 + (frequency > b.f[1])::int + (frequency > b.f[2])::int + (frequency > b.f[3])::int + (frequency > b.f[4])::int AS f,
		1 + (monetary > b.m[1])::int + (monetary > b.m[2])::int + (monetary > b.m[3])::int + (monetary > b.m[4])::int AS m FROM customers, breaks AS b
), cells AS (
	SELECT r, f, m, count(*) AS customers, sum(revenue) AS revenue FROM scored GROUP BY r, f, m
)
SELECT segment, sum(customers) AS customers, sum(revenue) AS revenue FROM cells JOIN segments USING (r, f, m) GROUP BY segment

--- duckdb duckdb_ntile
--- check sum(customers), sum(revenue)
WITH customers AS (
	SELECT customer_id, DATE '2026-01-01' - max(ordered_at)::DATE AS recency, count(*) AS frequency, sum(amount) AS revenue FROM orders GROUP BY customer_id
), scored AS (
	SELECT revenue, ntile(5) OVER (ORDER BY recency DESC) AS r, ntile(5) OVER (ORDER BY frequency) AS f, ntile(5) OVER (ORDER BY revenue) AS m FROM customers
), cells AS (
	SELECT r, f, m, count(*) AS customers, sum(revenue) AS revenue FROM scored GROUP BY r, f, m
)
SELECT segment, sum(customers) AS customers, sum(revenue) AS revenue FROM cells JOIN segments USING (r, f, m) GROUP BY segment

--- duckdb duckdb_tie_safe
--- check sum(customers), sum(revenue), string_agg(segment || ' ' || customers || ' ' || revenue, ', ' ORDER BY segment)
WITH customers AS MATERIALIZED (
	SELECT DATE '2026-01-01' - max(ordered_at)::DATE AS recency, count(*) AS frequency, sum(amount) AS revenue, sum(amount)::DOUBLE AS monetary
	FROM orders GROUP BY customer_id
), breaks AS (
	SELECT quantile_cont(recency, [0.2, 0.4, 0.6, 0.8]) AS r, quantile_cont(frequency, [0.2, 0.4, 0.6, 0.8]) AS f,
		quantile_cont(monetary, [0.2, 0.4, 0.6, 0.8]) AS m FROM customers
), scored AS (
	SELECT revenue, 5 - (recency > b.r[1])::int - (recency > b.r[2])::int - (recency > b.r[3])::int - (recency > b.r[4])::int AS r,
		1 + (frequency > b.f[1])::int + (frequency > b.f[2])::int + (frequency > b.f[3])::int + (frequency > b.f[4])::int AS f,
		1 + (monetary > b.m[1])::int + (monetary > b.m[2])::int + (monetary > b.m[3])::int + (monetary > b.m[4])::int AS m FROM customers, breaks AS b
), cells AS (
	SELECT r, f, m, count(*) AS customers, sum(revenue) AS revenue FROM scored GROUP BY r, f, m
)
SELECT segment, sum(customers) AS customers, sum(revenue) AS revenue FROM cells JOIN segments USING (r, f, m) GROUP BY segment

--- export export
SELECT customer_id, ordered_at, amount FROM orders

--- load load
CREATE TABLE orders AS SELECT * FROM read_csv('orders_*.csv', header = false, columns = {customer_id: 'INTEGER', ordered_at: 'TIMESTAMP', amount: 'DECIMAL(12,2)'})
