WITH customers AS MATERIALIZED (
	SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id
)
SELECT segment, count(*), sum(revenue)
FROM (SELECT rfm_segment(rfm_score((SELECT fit_rfm(summary, '2026-01-01') FROM customers), summary)) AS segment, revenue(summary) AS revenue FROM customers) AS s
GROUP BY segment
