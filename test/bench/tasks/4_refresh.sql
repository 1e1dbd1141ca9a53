--- task 4_refresh
--- needs stored
--- needs orders
--- after VACUUM stored, stored_totals
--- statement merge_summaries
--- check count(*), sum(purchases(summary)), sum(revenue(summary)) FROM stored
INSERT INTO stored SELECT customer_id, purchase_summary(ordered_at, amount) FROM today GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET summary = stored.summary + excluded.summary;

--- statement rebuild_summaries
--- check count(*), sum(purchases(summary)), sum(revenue(summary)) FROM rebuilt
CREATE UNLOGGED TABLE rebuilt AS SELECT customer_id, purchase_summary(ordered_at, amount) AS summary FROM orders GROUP BY customer_id;
ALTER TABLE rebuilt ADD PRIMARY KEY (customer_id);

--- statement merge_max_count_sum
--- check count(*), sum(orders), sum(revenue) FROM stored_totals
INSERT INTO stored_totals SELECT customer_id, max(ordered_at), count(*), sum(amount) FROM today GROUP BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET last = greatest(stored_totals.last, excluded.last), orders = stored_totals.orders + excluded.orders,
	revenue = stored_totals.revenue + excluded.revenue;

--- statement rebuild_max_count_sum
--- check count(*), sum(orders), sum(revenue) FROM rebuilt
CREATE UNLOGGED TABLE rebuilt AS SELECT customer_id, max(ordered_at) AS last, count(*) AS orders, sum(amount) AS revenue FROM orders GROUP BY customer_id;
ALTER TABLE rebuilt ADD PRIMARY KEY (customer_id);
