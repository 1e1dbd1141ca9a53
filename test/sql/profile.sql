-- customer_profile(). Expected values: the same columns by the rooms' own functions, in plain SQL beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
CREATE EXTENSION IF NOT EXISTS file_fdw;
RESET client_min_messages;
SET DateStyle = 'ISO'; SET TimeZone = 'UTC';
CREATE SCHEMA profile_test;
SET search_path = profile_test, public;

\getenv abs_srcdir PG_ABS_SRCDIR
\set cmd 'gzip -dc ' :abs_srcdir '/data/cdnow_sample.txt.gz'
CREATE TABLE lines (line text);
COPY lines FROM PROGRAM :'cmd';
CREATE TABLE orders AS
SELECT substr(line, 8, 4)::int AS customer_id, to_date(substr(line, 13, 8), 'YYYYMMDD') AS ordered_on, substr(line, 25)::numeric AS amount FROM lines;

-- On CDNOW every column equals what the three steps give.
CREATE TABLE profile AS
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', horizon => '39 weeks');
CREATE TABLE by_hand AS
WITH customers AS (
	SELECT customer_id, purchase_summary(ordered_on, amount) AS s, timeline(ordered_on, amount) AS t FROM orders WHERE ordered_on < '1997-10-01' GROUP BY customer_id
), models AS (
	SELECT fit_rfm(s, '1997-10-01') AS rfm, fit_ltv(t, '1997-10-01') AS ltv FROM customers
)
SELECT customer_id::text AS customer, date '1997-10-01' AS as_of, first_purchase_at(s), last_purchase_at(s), purchases(s), revenue(s),
	   recency_days(s, '1997-10-01'), recency_score(rfm_score(rfm, s)) AS r, frequency_score(rfm_score(rfm, s)) AS f, monetary_score(rfm_score(rfm, s)) AS m,
	   rfm_score(rfm, s)::text AS rfm, rfm_segment(rfm_score(rfm, s)) AS segment, segment_rank(rfm_segment(rfm_score(rfm, s))) AS segment_order,
	   p_alive(ltv, t), expected_purchases(ltv, t, '39 weeks'), expected_spend(ltv, t), ltv(ltv, t, '39 weeks') AS future_value,
	   revenue(s)::float8 + ltv(ltv, t, '39 weeks') AS lifetime_value, ltv_status(ltv)
FROM customers, models;
SELECT count(*) AS customers, count(DISTINCT segment) AS segments, min(ltv_status) AS status FROM profile;
SELECT count(*) AS differences FROM ((TABLE profile EXCEPT TABLE by_hand) UNION ALL (TABLE by_hand EXCEPT TABLE profile)) AS d;

-- The text can be pasted: into a view, a materialized view, with current_date when no as_of is given.
SELECT customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', horizon => '39 weeks', timezone => 'Europe/Istanbul');
SELECT format('CREATE MATERIALIZED VIEW stored AS %s', customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', horizon => '39 weeks')) \gexec
CREATE UNIQUE INDEX ON stored (customer);
REFRESH MATERIALIZED VIEW CONCURRENTLY stored;
SELECT count(*) AS differences FROM ((TABLE profile EXCEPT TABLE stored) UNION ALL (TABLE stored EXCEPT TABLE profile)) AS d;
SELECT customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount') LIKE '%current_date%' AS today,
	   customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount', as_of => current_date) LIKE '%current_date%' AS given;
-- The interval and the dates in it are read the same under any setting.
SET IntervalStyle = 'sql_standard'; SET DateStyle = 'SQL, DMY';
SELECT customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01'::text::date, horizon => '1 year -2 days') LIKE '%INTERVAL ''P1Y-2D''%' AS iso;
RESET IntervalStyle; SET DateStyle = 'ISO';

-- Options of the fit: the same as by hand, with a model that the data chose; what fit_ltv refuses is refused.
SELECT count(*) AS customers, count(*) FILTER (WHERE p.future_value IS DISTINCT FROM ltv(model, history, '1 year')) AS differences, min(ltv_status) AS status
FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', ltv_options => '{"model": ["pareto/nbd", "bg/nbd"], "spend": "mean"}') AS p
JOIN (SELECT customer_id::text AS customer, timeline(ordered_on, amount) AS history FROM orders WHERE ordered_on < '1997-10-01' GROUP BY customer_id) AS c USING (customer),
	(SELECT fit_ltv(history, '1997-10-01', '{"model": "bg/nbd", "spend": "mean"}') AS model FROM (SELECT timeline(ordered_on, amount) AS history FROM orders WHERE ordered_on < '1997-10-01' GROUP BY customer_id) AS h) AS f;
SELECT customer_profile_sql('orders', 'customer_id', 'ordered_on', 'amount', ltv_options => '{"model": "bg/nbd", "strict": true}') LIKE '%''{"model": "bg/nbd", "strict": true, "timezone": "UTC"}''%' AS merged;
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', ltv_options => '{"timezone": "Europe/Istanbul"}');
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', ltv_options => '["bg/nbd"]');
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', ltv_options => '{"model": "it''s mine"}');

-- Every kind of relation gives the same.
CREATE VIEW orders_view AS TABLE orders;
CREATE MATERIALIZED VIEW orders_stored AS TABLE orders;
CREATE TABLE orders_parted (LIKE orders) PARTITION BY RANGE (ordered_on);
CREATE TABLE orders_1 PARTITION OF orders_parted FOR VALUES FROM (MINVALUE) TO ('1997-03-01');
CREATE TABLE orders_2 PARTITION OF orders_parted FOR VALUES FROM ('1997-03-01') TO (MAXVALUE);
INSERT INTO orders_parted TABLE orders;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
\set as_csv 'gzip -dc ' :abs_srcdir '/data/cdnow_sample.txt.gz | sed -E "s/^ *[0-9]+ +([0-9]+) +([0-9]{8}) +[0-9]+ +/\\1,\\2,/"'
CREATE FOREIGN TABLE orders_foreign (customer_id int, ordered_on date, amount numeric) SERVER files OPTIONS (program :'as_csv', format 'csv');
SELECT relation, (SELECT count(*) FROM (SELECT * FROM customer_profile(relation, 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', horizon => '39 weeks')
	EXCEPT TABLE profile) AS d) AS differences, (SELECT count(*) FROM customer_profile(relation, 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01')) AS customers
FROM unnest(ARRAY['orders_view', 'orders_stored', 'orders_parted', 'orders_foreign']::regclass[]) AS relation;

-- Every type of time and amount, and names that need quotes.
CREATE TABLE "Weird ""Table" ("select" text, "At Time" timestamptz, "a$" float4, ts timestamp, i2 int2, i4 int4, i8 int8, f8 float8, "money" money, line json);
INSERT INTO "Weird ""Table" SELECT customer_id, ordered_on::timestamp AT TIME ZONE 'UTC', amount, ordered_on, amount, amount, amount, amount, amount FROM orders;
SELECT amount, at, count(*) AS customers, count(*) FILTER (WHERE p.revenue = q.revenue) AS same_revenue, count(*) FILTER (WHERE p.last_purchase_at = q.last_purchase_at) AS same_last
FROM (VALUES ('a$'::name, 'At Time'::name), ('f8', 'ts'), ('i2', 'ts'), ('i4', 'ts'), ('i8', 'ts')) AS v(amount, at),
	 customer_profile('"Weird ""Table"', 'select', at, amount, as_of => '1997-10-01') AS p JOIN profile AS q USING (customer) GROUP BY 1, 2 ORDER BY 1;
SELECT * FROM customer_profile('"Weird ""Table"', 'select', 'ts', 'money');
SELECT * FROM customer_profile('"Weird ""Table"', 'select', 'i4', 'f8');
SELECT * FROM customer_profile('"Weird ""Table"', 'line', 'ts', 'f8');
SELECT * FROM customer_profile('"Weird ""Table"', 'select', 'ts', 'f8', 'line');
SELECT * FROM customer_profile('"Weird ""Table"', 'customer', 'ts', 'f8');
SELECT * FROM customer_profile('orders', 'ctid', 'ordered_on', 'amount');
SELECT * FROM customer_profile('stored_customer_idx', 'customer', 'ordered_on', 'amount');
SELECT * FROM customer_profile('no_such_table', 'customer', 'ordered_on', 'amount');
SELECT * FROM customer_profile(4294967295::oid::regclass, 'customer', 'ordered_on', 'amount');
SELECT * FROM customer_profile('orders', NULL, 'ordered_on', 'amount');
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => NULL);
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', as_of => 'infinity');
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', horizon => NULL);
SELECT * FROM customer_profile('orders', 'customer_id', 'ordered_on', 'amount', timezone => 'Nowhere');

-- Order lines: with order_id they are summed to orders first. By hand: customer 1 has orders a (30), b (5 - 5 = 0) and two
-- lines without an order number at different times (two orders); customer 2 a refund only; 3 nothing but an empty row; NULL is nobody.
CREATE TABLE basket (customer int, order_no text, at timestamptz, amount float8);
INSERT INTO basket VALUES (1, 'a', '2026-01-01 10:00Z', 10.1), (1, 'a', '2026-01-01 10:00Z', 19.9), (1, 'b', '2026-01-03 09:00Z', 5), (1, 'b', '2026-01-03 09:05Z', -5),
	(1, NULL, '2026-01-04 09:05Z', 7), (1, NULL, '2026-01-05 09:05Z', 8), (2, 'c', '2026-01-05 09:05Z', -3), (3, NULL, NULL, NULL), (NULL, 'd', '2026-01-05 09:05Z', 1000),
	(4, 'e', '2026-02-01 00:30Z', 50), (5, 'f', '2026-03-01', 1);
SELECT customer, first_purchase_at, last_purchase_at, purchases, revenue, recency_days, rfm, segment, segment_order, p_alive, ltv_status
FROM customer_profile('basket', 'customer', 'at', 'amount', 'order_no', as_of => '2026-02-01') ORDER BY segment_order, customer;
-- In Istanbul it was already half past three on 1 February at half past midnight UTC: on UTC's 2 February both are yesterday's.
SELECT customer, recency_days, ltv_status FROM customer_profile('basket', 'customer', 'at', 'amount', 'order_no', as_of => '2026-02-02') WHERE customer = '4';
SELECT customer, recency_days FROM customer_profile('basket', 'customer', 'at', 'amount', 'order_no', as_of => '2026-02-02', timezone => 'America/New_York') WHERE customer = '4';
-- A composite customer with a NULL inside is a customer.
CREATE TYPE shop_customer AS (shop int, number int);
CREATE VIEW composite AS SELECT ROW(1, nullif(customer, 2))::shop_customer AS customer, at, amount FROM basket WHERE customer IS NOT NULL;
SELECT customer, purchases FROM customer_profile('composite', 'customer', 'at', 'amount', as_of => '2026-02-01') ORDER BY customer;
SELECT * FROM customer_profile('basket', 'customer', 'at', 'amount', horizon => '-1 day');
-- Nobody at all.
SELECT count(*) AS customers FROM customer_profile('basket', 'customer', 'at', 'amount', as_of => '2020-01-01') WHERE customer <> '3';
TRUNCATE basket;
SELECT count(*) AS customers FROM customer_profile('basket', 'customer', 'at', 'amount');

SET client_min_messages = warning;
DROP SCHEMA profile_test CASCADE;
