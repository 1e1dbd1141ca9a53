-- service_profile() and daily_counts(). Expected values: by hand from the rows shown, or plain SQL beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
\set SHOW_CONTEXT never
SET DateStyle = 'ISO'; SET TimeZone = 'UTC';

CREATE TABLE service_contacts (who int, at timestamptz, via text, about text, done timestamptz, said int);
INSERT INTO service_contacts VALUES
	(1, '2026-10-02 09:00Z', 'email', 'invoice', '2026-10-02 19:00Z', 9), (1, '2026-10-20 09:00Z', 'email', 'delivery', '2026-10-20 13:00Z', 10),
	(1, '2026-10-30 10:00Z', 'phone', 'delivery', '2026-10-30 22:00Z', 3), (1, '2026-10-31 16:00Z', 'email', NULL, NULL, NULL),
	(2, '2026-10-30 12:00Z', 'phone', 'broken', NULL, NULL), (2, '2026-10-30 18:00Z', 'chat', 'broken', NULL, 0), (2, '2026-10-31 15:00Z', 'phone', 'broken', NULL, NULL),
	(3, '2026-10-27 12:00Z', 'chat', 'delivery', '2026-11-05 12:00Z', NULL),
	(4, '2026-11-01 12:00Z', 'chat', 'delivery', NULL, NULL), (NULL, '2026-10-01 12:00Z', 'chat', 'delivery', NULL, NULL), (5, NULL, 'chat', 'delivery', NULL, NULL);
-- 1: closed in 10, 4 and 12 hours and one open for 8: half by 10 hours; 2 of 3 scores good. 2: three contacts in two days. 3: open for 4 days at that time. 4: nothing yet. 5: a row without a time, which is ignored.
SELECT customer, tenure_days, contacts, open_contacts AS open, topics, preferred_channel AS channel, round(preferred_weight::numeric, 3) AS weight, last_contact_at, escalate, reason, median_hours AS hours, round(csat::numeric, 3) AS csat, ignored
FROM service_profile('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') ORDER BY customer;
-- Without topic, resolution and score; with other limits.
SELECT customer, contacts, open_contacts AS open, topics, escalate, reason, median_hours, csat FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z', repeat_contacts => 2) ORDER BY customer;
SELECT customer, escalate, reason, csat FROM service_profile('service_contacts', 'who', 'at', 'via', resolved_at => 'done', score => 'said', as_of => '2026-11-01 00:00Z', repeat_contacts => 9, open_limit => '1 day', good => '[0,5]') ORDER BY customer;
-- The text runs by itself, under any search_path and settings, and says now() without as_of.
SELECT service_profile_sql('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z');
SELECT format('CREATE VIEW service_card AS %s', service_profile_sql('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z')) \gexec
SELECT count(*) AS rows, count(*) FILTER (WHERE to_jsonb(c) IS DISTINCT FROM to_jsonb(p)) AS differences FROM service_card AS c FULL JOIN service_profile('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') AS p USING (customer);
SELECT service_profile_sql('service_contacts', 'who', 'at', 'via') LIKE '%pg_catalog.now()%' AS now;
-- One customer's card, from a view: an index on the customer as text serves it.
CREATE INDEX ON service_contacts ((who::text));
SET enable_seqscan = off;
DO $$
DECLARE plan json;
BEGIN
	EXECUTE $sql$EXPLAIN (FORMAT json) SELECT * FROM service_card WHERE customer = '1'$sql$ INTO plan;
	RAISE NOTICE 'index: %, whole table: %', plan::text LIKE '%service_contacts_who_idx%', plan::text LIKE '%Seq Scan%' OR plan::text LIKE '%CTE Scan%';
END $$;
RESET enable_seqscan;
-- Times without a zone are UTC, whatever the session's zone; names that need quotes.
CREATE TABLE "Odd ""Table" ("select" text, "At Time" timestamp, d date, "Via" text, j json);
INSERT INTO "Odd ""Table" SELECT who::text, at AT TIME ZONE 'UTC', (at AT TIME ZONE 'UTC')::date, via, NULL FROM service_contacts;
SET TimeZone = 'America/New_York'; SET IntervalStyle = 'sql_standard';
SELECT count(*) AS rows, count(*) FILTER (WHERE a.last_contact_at <> b.last_contact_at OR a.reason IS DISTINCT FROM b.reason OR a.contacts <> b.contacts) AS differences
FROM service_profile('"Odd ""Table"', 'select', 'At Time', 'Via', as_of => '2026-11-01 00:00Z') AS a FULL JOIN service_profile('service_contacts', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z') AS b USING (customer);
SET TimeZone = 'UTC'; RESET IntervalStyle;
-- What is refused.
SELECT * FROM service_profile('service_contacts', 'nobody', 'at', 'via');
SELECT * FROM service_profile('service_contacts', 'who', 'via', 'via');
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', score => 'about');
SELECT * FROM service_profile('service_contacts', 'who', 'at', NULL);
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => NULL);
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => 'infinity');
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', repeat_contacts => 0);
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', repeat_within => '1 month');
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', score => 'said', scale => '[1,5]', as_of => '2026-11-01 00:00Z');
SELECT * FROM service_profile('service_contacts_pkey', 'who', 'at', 'via');
SELECT customer AS only_without_time, contacts, ignored FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => '2020-01-01Z');
SELECT * FROM service_profile('service_contacts', 'ctid', 'at', 'via');
SELECT customer, contacts, median_hours, ignored, resolved_before_contact FROM service_profile('service_contacts', 'who', 'done', 'via', resolved_at => 'at', as_of => '2026-11-01 00:00Z') ORDER BY 1;
SELECT * FROM service_profile('service_contacts', 'who', 'at', 'via', score => 'said', good => '[11,12]', as_of => '2026-11-01 00:00Z');
SELECT * FROM service_profile(0::oid, 'who', 'at', 'via');
CREATE SEQUENCE service_sequence;
SELECT * FROM service_profile('service_sequence', 'last_value', 'log_cnt', 'is_called');
SELECT * FROM daily_counts('service_sequence', 'last_value', 'log_cnt');
DROP SEQUENCE service_sequence;
CREATE TEMP TABLE service_wild (who bigint, at timestamp, said bigint, via text);
INSERT INTO service_wild VALUES (1, 'infinity', 1, 'x'), (2, '2026-10-01', 99999999999, 'x');
SELECT customer, contacts FROM service_profile('service_wild', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z');
SELECT * FROM service_profile('service_wild', 'who', 'at', 'via', score => 'said', as_of => '2026-11-01 00:00Z');
INSERT INTO service_wild VALUES (3, '-infinity', 1, 'x');
SELECT customer, contacts, ignored FROM service_profile('service_wild', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z') ORDER BY 1;
-- A row without a time that is one belongs to no day, and does not stop the others.
SELECT * FROM daily_counts('service_wild', 'who', 'at', as_of => '2026-10-03');
SELECT * FROM daily_counts('service_wild', 'who', 'at', since => '2026-10-01', as_of => '2026-10-03');
-- What cannot be does not stop the card, of nobody: a contact that was resolved before it began counts, is not open, and its duration is left out of the median.
-- Resolved at infinity is not resolved; at -infinity it is before everything. A row twice is two contacts. Ids are text: 'a' is not 'A'. A date is its midnight.
CREATE TABLE service_messy (who text, at timestamp, via text, about text, done timestamptz, done_on date, said bigint);
INSERT INTO service_messy VALUES
	('a', '2026-10-02 09:00', 'email', 'invoice', '2026-10-02 11:00Z', '2026-10-03', 9), ('a', '2026-10-03 09:00', 'email', 'invoice', '2026-10-02 11:00Z', '2026-10-02', 10), ('a', '2026-10-04 09:00', 'email', 'invoice', '2026-10-04 13:00Z', '2026-10-04', 3),
	('A', '2026-10-05 09:00', 'chat', 'invoice', 'infinity', NULL, NULL), ('A', '2026-10-05 09:00', 'chat', 'invoice', 'infinity', NULL, NULL), ('A', '2026-10-06 09:00', NULL, NULL, '-infinity', '-infinity', NULL),
	('A', NULL, 'email', 'broken', NULL, NULL, 0), ('A', '-infinity', 'email', 'broken', NULL, NULL, 99), ('A', 'infinity', 'email', 'broken', NULL, NULL, 99), ('b', '2026-10-07 09:00', 'chat', NULL, '2026-10-07 09:00Z', '2026-11-01', NULL);
SELECT customer, contacts, open_contacts AS open, topics, escalate, reason, median_hours AS hours, csat, ignored, resolved_before_contact AS early FROM service_profile('service_messy', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') ORDER BY 1;
SELECT customer, contacts, open_contacts AS open, median_hours AS hours, ignored, resolved_before_contact AS early FROM service_profile('service_messy', 'who', 'at', 'via', 'about', 'done_on', NULL, '2026-11-01 00:00Z') ORDER BY 1;
-- A score outside of the scale, also one that no int holds, is found by what the error says.
SELECT count(*) FROM service_profile('service_messy', 'who', 'at', 'via', score => 'said', scale => '[0,9]', good => '[9,9]', as_of => '2026-11-01 00:00Z');
UPDATE service_messy SET said = -9223372036854775808 WHERE who = 'b';
SELECT count(*) FROM service_profile('service_messy', 'who', 'at', 'via', score => 'said', as_of => '2026-11-01 00:00Z');
SELECT count(*) FROM service_profile('service_messy', 'who', 'at', 'via', score => 'said', scale => 'empty', as_of => '2026-11-01 00:00Z');
SELECT count(*) FROM service_profile('service_messy', 'who', 'at', 'via', score => 'said', scale => '(,)', as_of => '2026-11-01 00:00Z');
DROP TABLE service_messy;
-- Views, materialized views, partitions: the same card.
CREATE VIEW service_view AS SELECT * FROM service_contacts;
CREATE MATERIALIZED VIEW service_kept AS SELECT * FROM service_contacts;
CREATE TABLE service_parted (LIKE service_contacts) PARTITION BY LIST (via);
CREATE TABLE service_parted_mail PARTITION OF service_parted FOR VALUES IN ('email');
CREATE TABLE service_parted_rest PARTITION OF service_parted DEFAULT;
INSERT INTO service_parted SELECT * FROM service_contacts;
SELECT relation, count(*) AS cards, count(DISTINCT to_jsonb(p)) AS forms FROM service_profile('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') AS c,
	unnest(ARRAY['service_view', 'service_kept', 'service_parted']::regclass[]) AS relation, LATERAL service_profile(relation, 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') AS p
WHERE to_jsonb(c) = to_jsonb(p) GROUP BY 1 ORDER BY 1;
DROP VIEW service_view; DROP MATERIALIZED VIEW service_kept; DROP TABLE service_parted;
-- Contacts without a channel count: 4 in two days.
CREATE TEMP TABLE service_silent AS SELECT 1 AS who, timestamptz '2026-10-31Z' + g * interval '1 hour' AS at, CASE WHEN g = 1 THEN 'chat' END AS via FROM generate_series(1, 4) AS g;
SELECT customer, contacts, preferred_channel, escalate, reason FROM service_profile('service_silent', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z');
-- repeat_within reaches back to as_of - repeat_within, that instant included.
SELECT repeats, escalate, reason FROM unnest(ARRAY['23 hours', '22:59:59.999999', '20 hours']::interval[]) AS repeats, service_profile('service_silent', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z', repeat_contacts => 4, repeat_within => repeats);
-- Operators of somebody else, before PostgreSQL's in the search_path, are not used.
CREATE SCHEMA service_evil;
CREATE FUNCTION service_evil.always(text, text) RETURNS bool LANGUAGE sql RETURN true;
CREATE FUNCTION service_evil.always(int, int) RETURNS bool LANGUAGE sql RETURN true;
CREATE FUNCTION service_evil.always(bigint, int) RETURNS bool LANGUAGE sql RETURN true;
CREATE FUNCTION service_evil.always(timestamptz, timestamptz) RETURNS bool LANGUAGE sql RETURN true;
SELECT format('CREATE OPERATOR service_evil.%s (FUNCTION = service_evil.always, LEFTARG = %s, RIGHTARG = %s)', op, l, r)
FROM unnest(ARRAY['=', '<', '>=', '>']) AS op, (VALUES ('text', 'text'), ('int', 'int'), ('bigint', 'int'), ('timestamptz', 'timestamptz')) AS v(l, r) \gexec
CREATE FUNCTION service_evil.count(text) RETURNS bigint LANGUAGE sql RETURN 77;
CREATE TEMP TABLE service_honest AS SELECT to_jsonb(p) AS card FROM service_profile('service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') AS p;
CREATE TEMP TABLE service_honest_days AS SELECT * FROM daily_counts('service_contacts', 'who', 'at', 'about', as_of => '2026-11-01');
SET search_path = service_evil, pg_catalog, public;
CREATE TEMP TABLE service_misled AS SELECT to_jsonb(p) AS card FROM service_profile('public.service_contacts', 'who', 'at', 'via', 'about', 'done', 'said', '2026-11-01 00:00Z') AS p;
CREATE TEMP TABLE service_misled_days AS SELECT * FROM daily_counts('public.service_contacts', 'who', 'at', 'about', as_of => '2026-11-01');
RESET search_path;
SELECT count(*) AS cards, (SELECT count(*) FROM (TABLE service_misled EXCEPT ALL TABLE service_honest) AS x) AS differ, (SELECT count(*) FROM service_misled) AS misled FROM service_honest;
SELECT count(*) AS days, (SELECT count(*) FROM (TABLE service_misled_days EXCEPT ALL TABLE service_honest_days) AS x) AS differ, (SELECT count(*) FROM service_misled_days) AS misled FROM service_honest_days;
SET client_min_messages = warning; DROP SCHEMA service_evil CASCADE; RESET client_min_messages;
-- It runs as the caller: no right, no card; row security holds.
CREATE ROLE service_clerk;
GRANT SELECT (who, at, via) ON service_contacts TO service_clerk;
SET ROLE service_clerk;
SELECT count(*) AS may FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z');
SELECT count(*) AS may_not FROM service_profile('service_contacts', 'who', 'at', 'via', 'about', as_of => '2026-11-01 00:00Z');
RESET ROLE;
ALTER TABLE service_contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON service_contacts TO service_clerk USING (who = 2);
SET ROLE service_clerk;
SELECT customer FROM service_profile('service_contacts', 'who', 'at', 'via', as_of => '2026-11-01 00:00Z');
RESET ROLE;
ALTER TABLE service_contacts DISABLE ROW LEVEL SECURITY;

-- daily_counts: every topic on every day; a customer who calls twice is one; the day is that of the time zone.
SELECT * FROM daily_counts('service_contacts', 'who', 'at', 'about', '2026-10-29', '2026-11-01') ORDER BY topic, day;
SELECT count(*) AS rows, count(DISTINCT topic) AS topics, min(day), max(day), sum(contacts) AS contacts, (SELECT count(*) FROM service_contacts WHERE at IS NOT NULL AND at < '2026-11-02Z') AS all_contacts
FROM daily_counts('service_contacts', 'who', 'at', 'about', as_of => '2026-11-02');
SELECT day, contacts, customers FROM daily_counts('service_contacts', 'who', 'at', since => '2026-10-30', as_of => '2026-11-01', timezone => 'Pacific/Kiritimati');
SELECT count(*) AS none FROM daily_counts('service_contacts', 'who', 'at', as_of => '2020-01-01');
SELECT count(*) AS rows, count(*) FILTER (WHERE (s).reason IS NOT NULL) AS short FROM (SELECT surprise(contacts, day, 1) OVER (PARTITION BY topic ORDER BY day) AS s FROM daily_counts('service_contacts', 'who', 'at', 'about', as_of => '2026-11-02')) AS x;
-- Thousands of topics are not compared with each other: under a second, where a join of topics by day took minutes.
CREATE TEMP TABLE service_topics AS SELECT g % 7 AS who, g % 3000 AS about, timestamptz '2026-09-01Z' + g / 3000 * interval '1 day' AS at FROM generate_series(0, 179999) AS g WHERE g % 3000 <> 5 OR g < 3000;
SET statement_timeout = '60s';
SELECT count(*) AS rows, count(DISTINCT topic) AS topics, sum(contacts) AS contacts, count(*) FILTER (WHERE contacts = 0) AS zeros, max(customers) AS customers FROM daily_counts('service_topics', 'who', 'at', 'about', as_of => '2026-10-31');
RESET statement_timeout;
SELECT * FROM daily_counts('service_contacts', 'who', 'at', 'subject');
SELECT * FROM daily_counts('service_contacts', 'who', 'at', timezone => 'Mars/Olympus');
SELECT * FROM daily_counts('service_contacts', 'who', 'at', as_of => NULL);
SELECT * FROM daily_counts('service_contacts', 'who', 'at', since => '-infinity');
SELECT * FROM daily_counts('service_contacts', 'who', 'at', as_of => 'infinity');
SELECT count(*) AS none FROM daily_counts('service_contacts', 'who', 'at', 'about', since => '2026-12-01', as_of => '2026-11-01');
SELECT topic, day, contacts, customers FROM daily_counts('"Odd ""Table"', 'select', 'At Time', 'Via', since => '2026-10-31', as_of => '2026-11-01') ORDER BY 1;
SELECT * FROM daily_counts('service_contacts', 'who', 'via');
DROP VIEW service_card;
DROP TABLE service_contacts, "Odd ""Table";
DROP ROLE service_clerk;
