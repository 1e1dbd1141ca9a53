-- Parts of a timeline. Expected values: the same aggregate over the raw rows that belong to the part.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET TimeZone = 'UTC';

-- Random labelled histories with ties in time, NULL labels, pure events and refunds; some longer than a block of 128 events.
SELECT setseed(0.31);
CREATE TEMP TABLE rows AS
SELECT customer, CASE WHEN random() < 0.5 THEN 'a' ELSE 'b' END AS part,
	   date_trunc(CASE WHEN customer % 2 = 0 THEN 'hour' ELSE 'day' END, timestamptz '2025-01-01Z' + random() * interval '100 days') AS at,
	   (ARRAY['email', 'phone', '', 'web', NULL, 'ürün'])[1 + (random() * 5)::int] AS label,
	   CASE WHEN random() < 0.3 THEN NULL ELSE round((random() * 100 - 10)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, CASE WHEN customer % 20 = 0 THEN 500 ELSE customer % 17 END) FROM generate_series(1, 200) AS customer) AS g;
CREATE TABLE slice_whole AS SELECT customer, timeline(at, label, amount) AS t FROM rows GROUP BY customer;
-- Stored inline, out of line, and (against our advice) compressed: the same answers.
ALTER TABLE slice_whole ADD COLUMN compressed timeline;
ALTER TABLE slice_whole ALTER compressed SET STORAGE extended;
UPDATE slice_whole SET compressed = t;

-- slice
SELECT count(*) AS slices, count(*) FILTER (WHERE expected IS NOT NULL) AS not_empty,
	   count(*) FILTER (WHERE slice(t, range) IS DISTINCT FROM expected) AS mismatches,
	   count(*) FILTER (WHERE slice(compressed, range) IS DISTINCT FROM expected) AS mismatches_compressed
FROM slice_whole AS w,
	 unnest(ARRAY['[2025-01-10Z,2025-02-01Z)', '(2025-01-10Z,2025-02-01Z]', '[2025-02-01Z,2025-02-01Z]', '(,2025-01-05 03:00Z)', '[2025-03-20 05:00Z,)', '(,)', 'empty',
		'[2026-01-01Z,)', '(-infinity,infinity)', '[2025-01-17 11:00Z,2025-01-17 12:00Z)']::tstzrange[]) AS range,
	 LATERAL (SELECT timeline(at, label, amount) AS expected FROM rows WHERE customer = w.customer AND at <@ range) AS e;
SELECT ignored(slice('{"version": 1, "ignored": 3, "events": [["2026-01-01T00:00:00Z", 1]]}', '(,)')) AS ignored_in_slice;

-- with_label
SELECT count(*) AS mismatches
FROM slice_whole AS w, unnest(ARRAY['email', '', 'ürün', 'none']) AS wanted,
	 LATERAL (SELECT timeline(at, label, amount) AS expected FROM rows WHERE customer = w.customer AND label = wanted) AS e
WHERE with_label(t, wanted) IS DISTINCT FROM expected;
SELECT count(*) AS mismatches
FROM slice_whole AS w, LATERAL (SELECT timeline(at, label, amount) AS expected FROM rows WHERE customer = w.customer AND (label IN ('web', 'phone', 'email') OR label IS NULL)) AS e
WHERE with_label(t, ARRAY['web', 'phone', 'none', NULL, 'web', 'email']) IS DISTINCT FROM expected;
SELECT bool_and(with_label(t, ARRAY[]::text[]) IS NULL) AS nothing, bool_and(with_label(t, NULL::text) IS NULL) AS null_label FROM slice_whole;

-- minus takes back what plus added, wherever the parts overlap in time.
CREATE TEMP TABLE parts AS SELECT customer, timeline(at, label, amount) FILTER (WHERE part = 'a') AS a, timeline(at, label, amount) FILTER (WHERE part = 'b') AS b FROM rows GROUP BY customer;
SELECT count(*) AS customers, count(*) FILTER (WHERE (t - a) IS DISTINCT FROM b) AS minus_a, count(*) FILTER (WHERE (t - b) IS DISTINCT FROM a) AS minus_b,
	   count(*) FILTER (WHERE (t - t) IS NOT NULL) AS minus_all, count(*) FILTER (WHERE (t - NULL) IS DISTINCT FROM t) AS minus_null
FROM slice_whole JOIN parts USING (customer);
SELECT (NULL::timeline - NULL::timeline) IS NULL AS nothing;
CREATE TEMP TABLE one AS SELECT timeline(at, label, amount) AS t FROM (VALUES (timestamptz '2026-01-01Z', 'email', 5.00), ('2026-01-02Z', NULL, NULL), ('2026-01-02Z', NULL, NULL)) AS v(at, label, amount);
SELECT t - '{"version": 1, "ignored": 0, "events": [["2026-01-02T00:00:00Z", null, null]]}' AS one_of_two FROM one;
-- An event that is not there: at another time, with another label, another amount, once too often, from nothing.
SELECT t - '{"version": 1, "ignored": 0, "events": [["2026-01-03T00:00:00Z", null, null]]}'::timeline FROM one;
SELECT t - '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00Z", "phone", 5]]}'::timeline FROM one;
SELECT t - '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00Z", "email", 5.01]]}'::timeline FROM one;
SELECT t - '{"version": 1, "ignored": 0, "events": [["2026-01-01T00:00:00Z", "email", null]]}'::timeline FROM one;
SELECT t - t - t FROM one;
SELECT t - '{"version": 1, "ignored": 1, "events": []}'::timeline FROM one;

-- A customer with a million events: a slice reads the blocks it needs, and is right.
CREATE TABLE slice_large AS SELECT timeline(timestamptz '2020-01-01Z' + g * interval '37 seconds', 'label ' || g % 5, g) AS t FROM generate_series(1, 1000000) AS g;
SELECT slice(t, '[2020-06-01 00:00Z,2020-06-01 00:02Z)') FROM slice_large;
SELECT events(slice(t, '[2021-03-04Z,)')), total(t), nth_event_at(t, 1000000), last_label(t) FROM slice_large;
DROP TABLE slice_large, slice_whole;
