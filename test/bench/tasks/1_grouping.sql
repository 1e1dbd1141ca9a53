--- task 1_grouping
--- needs orders
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary)), sum(extract(epoch FROM date_trunc('day', last_purchase_at(summary)))::bigint)
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id

--- variant standard_plan
--- set customer_profile.enable_customer_agg = off
--- check count(*), sum(purchases(summary)), sum(revenue(summary)), sum(extract(epoch FROM date_trunc('day', last_purchase_at(summary)))::bigint)
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue), sum(extract(epoch FROM date_trunc('day', last))::bigint)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY customer_id

--- duckdb duckdb
--- check count(*), sum(orders), sum(revenue), sum(epoch(date_trunc('day', last))::bigint)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY customer_id

--- task 1_grouping_float8
--- needs orders_float8
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_float8 GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), round(sum(revenue)::numeric, 2)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_float8 GROUP BY customer_id
