SELECT customer_id, array_agg(ordered_at), array_agg((ARRAY['email', 'phone', 'chat', 'web', 'shop'])[1 + customer_id % 5]), array_agg(amount) FROM orders GROUP BY customer_id
