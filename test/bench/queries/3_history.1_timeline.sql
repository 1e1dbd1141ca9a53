SELECT customer_id, timeline(ordered_at, amount) FROM orders GROUP BY customer_id
