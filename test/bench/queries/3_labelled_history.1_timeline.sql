SELECT customer_id, timeline(ordered_at, (ARRAY['email', 'phone', 'chat', 'web', 'shop'])[1 + customer_id % 5], amount) FROM orders GROUP BY customer_id
