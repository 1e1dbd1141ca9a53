--- task 3_timelines
--- needs orders
--- variant timeline
--- check count(*), sum(events(history)), sum(total(history))
SELECT customer_id, timeline(ordered_at, amount) AS history FROM orders GROUP BY customer_id

--- variant standard_plan
--- set customer_profile.enable_customer_agg = off
--- check count(*), sum(events(history)), sum(total(history))
SELECT customer_id, timeline(ordered_at, amount) AS history FROM orders GROUP BY customer_id

--- variant array_agg
--- check count(*), sum(cardinality(times)), sum((SELECT sum(amount) FROM unnest(amounts) AS amount))
SELECT customer_id, array_agg(ordered_at) AS times, array_agg(amount) AS amounts FROM orders GROUP BY customer_id

--- variant array_agg_sorted
--- check count(*), sum(cardinality(times)), sum((SELECT sum(amount) FROM unnest(amounts) AS amount))
SELECT customer_id, array_agg(ordered_at ORDER BY ordered_at) AS times, array_agg(amount ORDER BY ordered_at) AS amounts FROM orders GROUP BY customer_id

--- task 3_timelines_labelled
--- needs orders
--- variant timeline
--- check count(*), sum(events(history)), sum(total(history))
SELECT customer_id, timeline(ordered_at, (ARRAY['email', 'phone', 'chat', 'web', 'shop'])[1 + customer_id % 5], amount) AS history FROM orders GROUP BY customer_id

--- variant array_agg
--- check count(*), sum(cardinality(labels)), sum((SELECT sum(amount) FROM unnest(amounts) AS amount))
SELECT customer_id, array_agg(ordered_at) AS times, array_agg((ARRAY['email', 'phone', 'chat', 'web', 'shop'])[1 + customer_id % 5]) AS labels, array_agg(amount) AS amounts
FROM orders GROUP BY customer_id
