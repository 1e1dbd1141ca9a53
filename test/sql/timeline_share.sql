-- label_share, preferred_label, hour_share. Expected values: by hand where rows are shown, else plain SQL over the raw rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- By hand: as_of is 90 and 180 days after the events, so they weigh 1/2 and 1/4; phone 1/2 + 1/2 = 1, web 1/4, NULL 1/4,
-- effective_n 1.5, prior 1/3: (1 + 1/3)/2.5 = .5333, (.25 + 1/3)/2.5 = .2333.
CREATE TEMP TABLE hand AS
SELECT timeline(at, label, amount) AS t
FROM (VALUES (timestamptz '2026-04-01Z', 'phone', 30.00), ('2026-04-01Z', 'phone', NULL), ('2026-01-01Z', 'web', 80),
			 ('2026-01-01Z', NULL, 5), ('2026-06-30Z', 'later', 100)) AS v(at, label, amount);
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n FROM hand, label_share(t, '2026-06-30Z');
-- alpha 0: 1/1.5 and .25/1.5. A half-life of 45 days: 1/4 + 1/4, 1/16, 1/16, 0 for the prior: .5/.625, .0625/.625.
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n FROM hand, label_share(t, '2026-06-30Z', '{"alpha": 0}');
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n FROM hand, label_share(t, '2026-06-30Z', '{"alpha": 0, "half_life": "45 days"}');
-- A prior of 3/4 mail and 1/4 phone: phone (1 + .25)/2.5, mail .75/2.5, web and NULL .25/2.5 each; of those web comes first.
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n FROM hand, label_share(t, '2026-06-30Z', '{"prior": {"phone": 1, "mail": 3}}');
-- By amount: phone 30/2 = 15 (the pure event has no amount), web 80/4 = 20, NULL 5/4: of 36.25.
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n FROM hand, label_share(t, '2026-06-30Z', '{"weigh": "amount", "alpha": 0}');

-- Only the prior is known, or nothing at all.
SELECT label, share, effective_n FROM hand, label_share(t, '2020-01-01Z', '{"prior": {"phone": 1, "mail": 3}}');
SELECT label, share, effective_n FROM hand, label_share(t, '2020-01-01Z', '{"prior": {"phone": 1}, "alpha": 0}');
SELECT (SELECT count(*) FROM label_share(t, '2020-01-01Z')) AS rows_before_all, preferred_label(t, '2020-01-01Z') IS NULL AS none FROM hand;
SELECT count(*) AS rows_of_null FROM label_share(NULL, '2026-01-01Z');
SELECT (SELECT count(*) FROM label_share(t, NULL)) AS rows_of_null, preferred_label(NULL, '2026-01-01Z'), preferred_label(t, NULL),
	   (SELECT count(*) FROM hour_share(NULL)) AS hours_of_null FROM hand;
SELECT label, share FROM label_share('{"version": 1, "ignored": 3, "events": []}', '2026-01-01Z');

-- preferred_label: Σw must be 2, and the lead .1. By hand, events at as_of - 0.000001 s weigh 1 as near as matters
-- (2 of them just less than 2, so three); 3 and 2 of 5: (3.5 - 2.5)/6 = .167; 4 and 3 of 7: 1/8; 6 and 5 of 11: 1/12.
CREATE TEMP TABLE many AS
SELECT a, b, timeline(timestamptz '2026-01-01Z' - interval '1 microsecond', CASE WHEN g <= a THEN 'a' ELSE 'b' END, NULL::numeric) AS t
FROM (VALUES (1, 0), (2, 0), (3, 0), (3, 2), (4, 3), (6, 5), (5, 6), (3, 3), (0, 3)) AS v(a, b), generate_series(1, a + b) AS g GROUP BY a, b;
SELECT a, b, preferred_label(t, '2026-01-01Z') AS preferred, preferred_label(t, '2026-01-01Z', '{"prior": {"b": 1}, "alpha": 6}') AS prior_b FROM many ORDER BY a, b;
SELECT preferred_label(timeline(timestamptz '2026-01-01Z', NULL::text, 1), '2026-01-02Z') IS NULL AS no_label FROM generate_series(1, 9);
-- Unlike NULL, '' is a label.
SELECT label = '' AS empty, preferred_label(timeline(timestamptz '2026-01-01Z', '', 1), '2026-01-02Z') = '' AS preferred
FROM generate_series(1, 9) AS g, (SELECT timeline(timestamptz '2026-01-01Z', '', 1) AS t) AS x, label_share(t, '2026-01-02Z') GROUP BY label;

-- A refund lowers the wallet, never below zero.
SELECT label, round(share::numeric, 4) AS share, round(effective_n::numeric, 4) AS effective_n
FROM (SELECT timeline(timestamptz '2026-01-01Z', label, amount) AS t FROM (VALUES ('a', 10.0), ('a', -4.0), ('b', 5.0), ('b', -7.0), ('c', 2.0)) AS v(label, amount)) AS x,
	 label_share(t, timestamptz '2026-01-01Z' + interval '90 days', '{"weigh": "amount", "alpha": 0}');

-- Random histories: ties in time, no label, the label '', pure events, refunds, more than one block.
SELECT setseed(0.3);
CREATE TEMP TABLE rows AS
SELECT customer, date_trunc('hour', timestamptz '2025-01-01Z' + random() * interval '300 days') AS at,
	   (ARRAY['phone', 'web', 'mail', 'chat', '', 'é', NULL, 'web shop'])[1 + floor(random() * (1 + customer % 8))::int] AS label,
	   CASE WHEN random() < 0.2 THEN NULL WHEN random() < 0.2 THEN -round((random() * 50)::numeric, 2) ELSE round((random() * 100)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, CASE WHEN customer % 50 = 0 THEN 400 ELSE 1 + customer % 17 END) FROM generate_series(1, 300) AS customer) AS g;
CREATE TEMP TABLE whole AS SELECT customer, timeline(at, label, amount) AS t FROM rows GROUP BY customer;
CREATE TEMP TABLE choice (id int, options jsonb);
INSERT INTO choice VALUES (1, NULL), (2, '{"half_life": "7 days", "alpha": 0.5}'), (3, '{"prior": {"phone": 3, "mail": 1, "zebra": 2, "": 0, "abacus": 0}, "alpha": 5}'),
	(4, '{"weigh": "amount", "alpha": 0}'), (5, '{"weigh": "amount", "half_life": "1000 hours", "prior": {"web": 1, "é": 1}}'), (6, '{"prior": null, "weigh": "events"}');
CREATE TEMP TABLE given AS
SELECT id, options, options->>'weigh' = 'amount' IS TRUE AS by_amount, coalesce((options->>'alpha')::float8, 1) AS alpha, at AS as_of,
	   extract(epoch FROM coalesce(options->>'half_life', '90 days')::interval)::float8 AS half_life, jsonb_typeof(options->'prior') = 'object' IS TRUE AS has_prior
FROM choice, (VALUES (timestamptz '2025-03-01Z'), ('2025-11-01Z')) AS v(at);
-- Brute force: the labels seen, those of the prior, and what each weighs.
CREATE TEMP TABLE expected AS
WITH seen AS (
	SELECT id, as_of, customer, label, greatest(sum(power(2, -extract(epoch FROM as_of - at)::float8 / half_life) * CASE WHEN by_amount THEN amount ELSE 1 END), 0) AS w, max(at) AS last
	FROM given, rows WHERE at < as_of AND (amount IS NOT NULL OR NOT by_amount) GROUP BY id, as_of, customer, label
), prior AS (
	SELECT id, as_of, customer, key AS label, value::float8 / sum(value::float8) OVER (PARTITION BY id, as_of, customer) AS p
	FROM given, whole, LATERAL jsonb_each_text(CASE WHEN has_prior THEN options->'prior' ELSE '{}' END)
), labels AS (
	SELECT id, as_of, customer, label FROM seen UNION SELECT id, as_of, customer, label FROM prior
), cells AS (
	SELECT l.id, l.as_of, l.customer, l.label, coalesce(w, 0) AS w, last, CASE WHEN has_prior THEN coalesce(p, 0) ELSE 1.0 / count(*) OVER one END AS p, alpha,
		   sum(coalesce(w, 0)) OVER one AS total
	FROM labels AS l JOIN given USING (id, as_of) LEFT JOIN prior USING (id, as_of, customer, label)
		 LEFT JOIN seen ON (seen.id, seen.as_of, seen.customer) = (l.id, l.as_of, l.customer) AND seen.label IS NOT DISTINCT FROM l.label
	WINDOW one AS (PARTITION BY l.id, l.as_of, l.customer)
)
SELECT id, as_of, customer, label, last, (w + alpha * p) / nullif(total + alpha, 0) AS share, total FROM cells;
CREATE TEMP TABLE found AS
SELECT id, as_of, customer, s.* FROM given, whole, LATERAL label_share(t, as_of, options) WITH ORDINALITY AS s;
SELECT id, count(*) AS compared, count(*) FILTER (WHERE e.customer IS NULL OR f.customer IS NULL OR (e.share IS NULL) <> (f.share IS NULL)
	OR abs(e.share - f.share) > 1e-12 OR abs(e.total - f.effective_n) > 1e-9 * (1 + e.total)) AS mismatches
FROM expected AS e FULL JOIN found AS f USING (id, as_of, customer) WHERE e.label IS NOT DISTINCT FROM f.label OR e.customer IS NULL OR f.customer IS NULL GROUP BY id ORDER BY id;
SELECT (SELECT count(*) FROM expected) = (SELECT count(*) FROM found) AS same_rows;
-- Their order, and the shares add up to 1.
SELECT count(*) AS mismatches
FROM (SELECT ordinality, row_number() OVER (PARTITION BY f.id, f.as_of, f.customer ORDER BY f.share DESC, e.last DESC NULLS LAST, f.label COLLATE "C" NULLS LAST) AS place
	  FROM found AS f JOIN expected AS e ON (e.id, e.as_of, e.customer) = (f.id, f.as_of, f.customer) AND e.label IS NOT DISTINCT FROM f.label) AS x
WHERE ordinality <> place;
SELECT max(abs(sum - 1)) < 1e-12 AS sum_is_one FROM (SELECT sum(share) FROM found GROUP BY id, as_of, customer) AS x;
-- preferred_label by its rule.
SELECT id, count(*) AS compared, count(preferred) AS preferred, count(*) FILTER (WHERE preferred IS DISTINCT FROM expected) AS mismatches
FROM (SELECT g.id, preferred_label(t, g.as_of, g.options) AS preferred,
			 (SELECT CASE WHEN max(total) >= 2 AND max(share) - coalesce((array_agg(share ORDER BY share DESC))[2], 0) >= 0.1 THEN (array_agg(label ORDER BY share DESC))[1] END
			  FROM expected AS e WHERE (e.id, e.as_of, e.customer) = (g.id, g.as_of, whole.customer)) AS expected
	  FROM given AS g, whole) AS x GROUP BY id ORDER BY id;

-- hour_share: by the clock of the zone, over a change of the clock too; 2025-03-30 01:00 UTC is 03:00 in Berlin, on a Sunday.
SELECT zone, count(*) AS compared, count(*) FILTER (WHERE e.share IS NULL OR h.share IS NULL OR abs(e.share - h.share) > 1e-12) AS mismatches
FROM (SELECT zone, customer, extract(isodow FROM at AT TIME ZONE zone)::int AS weekday, extract(hour FROM at AT TIME ZONE zone)::int AS hour,
			 count(*)::float8 / sum(count(*)) OVER (PARTITION BY zone, customer)::float8 AS share
	  FROM rows, (VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York'), ('Asia/Kolkata')) AS v(zone) GROUP BY 1, 2, 3, 4) AS e
	 FULL JOIN (SELECT zone, customer, h.* FROM whole, (VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York'), ('Asia/Kolkata')) AS v(zone), LATERAL hour_share(t, zone) AS h) AS h
	 USING (zone, customer, weekday, hour)
GROUP BY zone ORDER BY zone;
SELECT h.* FROM (SELECT timeline(at, 1) AS t FROM (VALUES (timestamptz '2025-03-30 00:59:59Z'), ('2025-03-30 01:00Z'), ('2025-03-30 01:30Z'), ('1950-01-02 23:30Z')) AS v(at)) AS x, hour_share(t, 'Europe/Berlin') AS h;
SELECT count(*) AS mismatches FROM (SELECT customer, h.* FROM whole, hour_share(t) AS h EXCEPT SELECT customer, h.* FROM whole, hour_share(t, 'UTC') AS h) AS x;
SELECT count(*) AS rows_of_empty FROM hour_share('{"version": 1, "ignored": 0, "events": []}');
SELECT hour_share(t, 'Nowhere') FROM hand;

-- Options are strict.
CREATE FUNCTION pg_temp.refused(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
	PERFORM preferred_label(t, '2026-01-01Z', options) FROM hand;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''));
END $$;
\pset format unaligned
SELECT left(options::text, 40) AS options, left(pg_temp.refused(options), 220) AS refused
FROM unnest(ARRAY['{}', '{"halflife": "3 days"}', '{"half_life": 3}', '{"half_life": "1 month"}', '{"half_life": "-3 days"}', '{"half_life": "0"}', '{"half_life": "soon"}',
	'{"half_life": "2147483647 days"}', '{"alpha": -1}', '{"alpha": "1"}', '{"alpha": 1e400}', '{"alpha": 1e9}', '{"weigh": "money"}', '{"prior": 3}', '{"prior": ["a"]}', '{"prior": {}}',
	'{"prior": {"a": 0}}', '{"prior": {"a": -1, "b": 3}}', '{"prior": {"a": "1"}}', '{"prior": {"a": {"b": 1}}}', '{"prior": {"a": null}}', '{"prior": {"a": 1e400}}',
	'{"prior": {"a": 1e-300, "b": 0}}', '[]']::jsonb[]) AS options;
\pset format aligned
SELECT preferred_label(t, 'infinity') FROM hand;
SELECT label_share(t, '-infinity') FROM hand;
-- The whole range of times.
SELECT round(share::numeric, 4) AS share, effective_n FROM (SELECT timeline(at, 'x', 1) AS t FROM (VALUES ('4713-01-01 00:00:00 BC'::timestamp)) AS v(at)) AS x, label_share(t, '294276-12-31Z');
