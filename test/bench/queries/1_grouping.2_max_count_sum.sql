SELECT customer_id, max(ordered_at), count(*), sum(amount) FROM orders GROUP BY customer_id
