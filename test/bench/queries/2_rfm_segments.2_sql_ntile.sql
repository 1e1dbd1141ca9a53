WITH customers AS (
	SELECT customer_id, date '2026-01-01' - max(ordered_at AT TIME ZONE 'UTC')::date AS recency, count(*) AS frequency, sum(amount) AS revenue FROM orders GROUP BY customer_id
), scored AS (
	SELECT revenue, ntile(5) OVER (ORDER BY recency DESC) AS r, ntile(5) OVER (ORDER BY frequency) AS f, ntile(5) OVER (ORDER BY revenue) AS m FROM customers
)
SELECT CASE WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'Champions' WHEN r >= 3 AND f >= 3 THEN 'Loyal' WHEN r >= 4 AND f >= 2 THEN 'Potential Loyalist'
		WHEN r = 5 THEN 'New Customers' WHEN r = 4 THEN 'Promising' WHEN r = 3 AND f = 2 THEN 'Need Attention' WHEN r = 3 THEN 'About To Sleep'
		WHEN r = 2 AND f >= 3 THEN 'At Risk' WHEN r = 1 AND f >= 4 THEN 'Cannot Lose Them' WHEN r = 2 THEN 'Hibernating' ELSE 'Lost' END AS segment,
	count(*), sum(revenue)
FROM scored GROUP BY 1
