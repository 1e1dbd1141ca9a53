--- task 5_rows_tenth
--- needs orders_tenth
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_tenth GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_tenth GROUP BY customer_id

--- task 5_rows_thrice
--- needs orders_thrice
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_thrice GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_thrice GROUP BY customer_id

--- task 5_customers_hundredth
--- needs orders_few
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_few GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_few GROUP BY customer_id

--- task 5_key_int8
--- needs orders_int8
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_int8 GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_int8 GROUP BY customer_id

--- task 5_key_uuid
--- needs orders_uuid
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_uuid GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_uuid GROUP BY customer_id

--- task 5_key_text
--- needs orders_text
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_text GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_text GROUP BY customer_id

--- task 5_partitions
--- needs orders_partitioned
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders_partitioned GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders_partitioned GROUP BY customer_id

--- task 5_filter
--- needs orders
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders
WHERE ordered_at >= '2025-01-01Z' AND amount > 10 GROUP BY customer_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders
WHERE ordered_at >= '2025-01-01Z' AND amount > 10 GROUP BY customer_id

--- task 5_join
--- needs orders
--- needs accounts
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT account_id, purchase_summary(ordered_at, amount) AS summary FROM orders JOIN accounts USING (customer_id) GROUP BY account_id

--- variant max_count_sum
--- check count(*), sum(orders), sum(revenue)
SELECT account_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders JOIN accounts USING (customer_id) GROUP BY account_id

--- task 5_spill
--- needs orders
--- set hash_mem_multiplier = 1
--- variant purchase_summary
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id

--- variant purchase_summary_16MB
--- set work_mem = '16MB'
--- check count(*), sum(purchases(summary)), sum(revenue(summary))
SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id

--- variant max_count_sum_16MB
--- set work_mem = '16MB'
--- check count(*), sum(orders), sum(revenue)
SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY customer_id
