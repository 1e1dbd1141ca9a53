-- What test/demo shows: from an orders table to scores, segments and lifetime value.
-- Every step is one you can repeat on a table of your own.

\set ON_ERROR_STOP on
\pset footer off
\pset null '-'
\pset linestyle unicode
\pset border 1

SET client_min_messages = warning;
CREATE SCHEMA customer_profile;
CREATE EXTENSION customer_profile SCHEMA customer_profile;
ALTER DATABASE shop SET search_path = public, customer_profile;
SET search_path = public, customer_profile;

\ir lib/cdnow.sql

\echo
\echo 'CDNOW, an online shop for music: the orders of its first customers of 1997, over 18 months.'
SELECT count(*) AS orders, count(DISTINCT customer_id) AS customers, sum(amount) AS revenue,
	min(ordered_on) AS from_day, max(ordered_on) AS to_day
FROM orders;

-- Step 1, summarise: one small value for each customer.
CREATE TABLE customer AS
SELECT customer_id, purchase_summary(ordered_on, amount) AS purchases, timeline(ordered_on, amount) AS history
FROM orders
GROUP BY customer_id;

-- Step 2, fit: one model for all of them.
CREATE TABLE model AS
SELECT fit_rfm(purchases, DATE '1998-07-01') AS rfm, fit_ltv(history, DATE '1998-07-01') AS ltv
FROM customer;

-- Step 3, apply: one answer for each customer.
CREATE TABLE profile AS
SELECT c.customer_id, last_purchase_at(c.purchases)::date AS last_order, purchases(c.purchases) AS orders,
	revenue(c.purchases) AS revenue, rfm_score(m.rfm, c.purchases) AS rfm,
	rfm_segment(rfm_score(m.rfm, c.purchases)) AS segment, p_alive(m.ltv, c.history) AS p_alive,
	expected_purchases(m.ltv, c.history, '1 year') AS expected_orders,
	ltv(m.ltv, c.history) AS future_value
FROM customer AS c, model AS m;

\echo 'Segments on 1998-07-01: who they are, what they brought, what to expect of a customer in the next year.'
SELECT segment, count(*) AS customers,
	round(100 * sum(revenue) / sum(sum(revenue)) OVER (), 1) AS "revenue %",
	round(avg(p_alive)::numeric, 2) AS "P(alive)",
	round(avg(expected_orders)::numeric, 2) AS "expected orders",
	round(avg(future_value)::numeric, 2) AS "expected value",
	round((100 * sum(future_value) / sum(sum(future_value)) OVER ())::numeric, 1) AS "expected value %"
FROM profile
GROUP BY segment
ORDER BY segment_rank(segment);

\echo 'Where the scores change: quintiles of recency (days), frequency (orders) and monetary value.'
SELECT dimension, score, above, up_to, customers
FROM model, rfm_breaks(rfm);

\echo 'The lifetime value model: how often customers order and drop out, and what they spend.'
SELECT part, parameter, round(value::numeric, 4) AS value, round(se::numeric, 4) AS "standard error",
	round(se_robust::numeric, 4) AS "robust"
FROM model, ltv_parameters(ltv);
SELECT model, customers, round(log_likelihood::numeric, 3) AS "log likelihood", iterations, converged, at_boundary
FROM model AS m, ltv_diagnostics(ltv);

\echo 'The ten most valuable customers of the next year.'
SELECT customer_id AS customer, rfm, segment, last_order, orders, revenue, round(p_alive::numeric, 2) AS "P(alive)",
	round(expected_orders::numeric, 1) AS "expected orders", round(future_value::numeric, 2) AS "expected value"
FROM profile
ORDER BY future_value DESC, customer_id
LIMIT 10;

-- All of it in one call, for a BI tool or a first look.
CREATE VIEW customer_profile_now AS
SELECT * FROM customer_profile('public.orders', 'customer_id', 'ordered_on', 'amount', as_of => DATE '1998-07-01');

\echo 'The same by one call, as rows for a BI tool: SELECT * FROM customer_profile(\'orders\', \'customer_id\', \'ordered_on\', \'amount\')'
SELECT customer, rfm, segment, round(p_alive::numeric, 2) AS "P(alive)", round(lifetime_value::numeric, 2) AS "lifetime value", ltv_status
FROM customer_profile_now
ORDER BY lifetime_value DESC NULLS LAST, customer
LIMIT 3;
