SELECT customer_id, purchase_summary(ordered_at, amount) FROM orders GROUP BY customer_id
