WITH customers AS MATERIALIZED (
	SELECT customer_id, date '2026-01-01' - max(ordered_at AT TIME ZONE 'UTC')::date AS recency, count(*) AS frequency, sum(amount) AS revenue FROM orders GROUP BY customer_id
), breaks AS (
	SELECT percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY recency) AS r, percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY frequency) AS f,
		percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY revenue::float8) AS m FROM customers
), scored AS (
	SELECT revenue, 5 - (recency > r[1])::int - (recency > r[2])::int - (recency > r[3])::int - (recency > r[4])::int AS r,
		1 + (frequency > f[1])::int + (frequency > f[2])::int + (frequency > f[3])::int + (frequency > f[4])::int AS f,
		1 + (revenue > b.m[1])::int + (revenue > b.m[2])::int + (revenue > b.m[3])::int + (revenue > b.m[4])::int AS m FROM customers, breaks AS b
)
SELECT CASE WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'Champions' WHEN r >= 3 AND f >= 3 THEN 'Loyal' WHEN r >= 4 AND f >= 2 THEN 'Potential Loyalist'
		WHEN r = 5 THEN 'New Customers' WHEN r = 4 THEN 'Promising' WHEN r = 3 AND f = 2 THEN 'Need Attention' WHEN r = 3 THEN 'About To Sleep'
		WHEN r = 2 AND f >= 3 THEN 'At Risk' WHEN r = 1 AND f >= 4 THEN 'Cannot Lose Them' WHEN r = 2 THEN 'Hibernating' ELSE 'Lost' END AS segment,
	count(*), sum(revenue)
FROM scored GROUP BY 1
