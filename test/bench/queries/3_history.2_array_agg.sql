SELECT customer_id, array_agg(ordered_at), array_agg(amount) FROM orders GROUP BY customer_id
