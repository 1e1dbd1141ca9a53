-- customer_profile(): one call for the analyst in a hurry.

CREATE FUNCTION customer_profile_sql(
	orders regclass,
	customer name,
	at name,
	amount name,
	order_id name DEFAULT NULL,
	as_of date DEFAULT NULL,
	horizon interval DEFAULT '1 year',
	timezone text DEFAULT 'UTC',
	ltv_options jsonb DEFAULT NULL
) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION customer_profile_sql(regclass, name, name, name, name, date, interval, text, jsonb) IS
	'the plain SQL that customer_profile() runs, to paste into a view or a materialized view; without as_of it says current_date; ltv_options are those of fit_ltv()';

-- Parallel unsafe only so that the query inside may use parallel workers.
CREATE FUNCTION customer_profile(
	orders regclass,
	customer name,
	at name,
	amount name,
	order_id name DEFAULT NULL,
	as_of date DEFAULT current_date,
	horizon interval DEFAULT '1 year',
	timezone text DEFAULT 'UTC',
	ltv_options jsonb DEFAULT NULL
) RETURNS TABLE (
	customer text,
	as_of date,
	first_purchase_at timestamptz,
	last_purchase_at timestamptz,
	purchases bigint,
	revenue numeric,
	recency_days int,
	r int,
	f int,
	m int,
	rfm text,
	segment text,
	segment_order int,
	p_alive float8,
	expected_purchases float8,
	expected_spend float8,
	future_value float8,
	lifetime_value float8,
	ltv_status text
)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION customer_profile(regclass, name, name, name, name, date, interval, text, jsonb) IS
	'a row for each customer of an orders table: RFM scores, segment, chance to be alive, expected purchases and value; ltv_options are those of fit_ltv(); runs as the caller';
