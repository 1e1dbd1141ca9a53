--- needs ltv_customers
-- What other software wants to be given, in days.
CREATE UNLOGGED TABLE ltv_numbers AS
SELECT purchase_days(history) - 1 AS x, last_event_at(history)::date - first_event_at(history)::date AS t_x,
	   date '2025-12-31' - first_event_at(history)::date AS age, m
FROM ltv_customers,
	 LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE occurred_at::date > first_event_at(history)::date) / nullif(purchase_days(history) - 1, 0), 0)::float8 AS m
			  FROM unnest(history)) AS u;
VACUUM ANALYZE ltv_numbers;
