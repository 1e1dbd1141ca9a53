-- stage, stage_durations. Expected values: by hand where rows are shown, else plain SQL over the raw rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;
SET TimeZone = 'UTC'; SET DateStyle = 'ISO';

-- Up and down, twice the same, two at one instant, labels off the ladder.
CREATE TEMP TABLE hand AS
SELECT timeline(at, label, NULL::numeric) AS t
FROM (VALUES (date '2026-01-01', 'lead'), ('2026-01-05', 'visit'), ('2026-01-10', 'lead'), ('2026-02-01', 'customer'), ('2026-02-01', 'trial'),
			 ('2026-03-01', 'trial'), ('2026-03-02', NULL), ('2026-03-05', 'trial'), ('2026-04-01', 'lead')) AS v(at, label);
CREATE TEMP TABLE ladder AS SELECT '{lead,trial,customer}'::text[] AS ladder;
SELECT as_of, s.* FROM hand, ladder, unnest(ARRAY['2026-01-01Z', '2026-01-01 00:00:01Z', '2026-02-01Z', '2026-02-01 00:00:01Z', '2026-03-01 12:00Z', '2026-03-31Z', '2026-05-01Z']::timestamptz[]) AS as_of, stage(t, ladder, as_of) AS s;
SELECT s.* FROM hand, ladder, stage_durations(t, ladder, '2026-05-01Z') AS s;
SELECT s.* FROM hand, ladder, stage_durations(t, ladder, '2026-03-10Z') AS s;
SELECT s.* FROM hand, stage_durations(t, '{trial}', '2026-05-01Z') AS s;

-- Strict: an event off the ladder before as_of is an error, one after it is not.
SELECT s.* FROM hand, ladder, stage(t, ladder, '2026-01-05Z', true) AS s;
SELECT s.* FROM hand, ladder, stage(t, ladder, '2026-01-06Z', true) AS s;
SELECT s.* FROM hand, stage(t, '{lead,trial,customer,visit}', '2026-03-02Z', strict => true) AS s;
SELECT s.* FROM hand, stage(t, '{lead,trial,customer,visit}', '2026-03-03Z', strict => true) AS s;

-- Nothing.
SELECT stage(t, ladder, '2020-01-01Z') IS NULL AS before, stage(t, '{other}', '2027-01-01Z') IS NULL AS off_ladder, stage(NULL, ladder, '2027-01-01Z') IS NULL AS of_null,
	   stage('{"version": 1, "ignored": 1, "events": []}', ladder, '2027-01-01Z') IS NULL AS empty FROM hand, ladder;
SELECT s.* FROM hand, ladder, stage(t, ladder, '2020-01-01Z') AS s;
SELECT (SELECT count(*) FROM stage_durations(t, ladder, '2020-01-01Z')) AS before, (SELECT count(*) FROM stage_durations(t, '{other}', '2027-01-01Z')) AS off_ladder FROM hand, ladder;
-- Orders without labels.
SELECT stage(timeline(date '2026-01-01', 1), '{a}', '2027-01-01Z') IS NULL AS unlabelled;

-- Ladders that are none.
SELECT stage(t, '{}', '2026-05-01Z') FROM hand;
SELECT stage(t, '{lead,NULL}', '2026-05-01Z') FROM hand;
SELECT stage(t, '{lead,trial,lead}', '2026-05-01Z') FROM hand;
SELECT stage(t, '{{lead,trial},{customer,fan}}', '2026-05-01Z') FROM hand;
SELECT stage_durations(t, '{}', '2026-05-01Z') FROM hand;
SELECT stage(t, '{lead}', 'infinity') FROM hand;
SELECT stage_durations(t, '{lead}', '-infinity') FROM hand;
-- The empty label is a stage like others, and differs from NULL.
SELECT s.* FROM stage((SELECT timeline(at, label, 1) FROM (VALUES (date '2026-01-01', ''), ('2026-01-02', NULL)) AS v(at, label)), '{a,""}', '2026-02-01Z') AS s;

-- Random histories: ties in time, no label, the label '', pure events, refunds, more than one block.
SELECT setseed(0.5);
CREATE TEMP TABLE rows AS
SELECT customer, date_trunc(CASE customer % 3 WHEN 0 THEN 'hour' WHEN 1 THEN 'day' ELSE 'minute' END, timestamptz '2025-01-01Z' + random() * interval '40 days') AS at,
	   (ARRAY['visit', 'lead', 'trial', 'customer', '', 'fan', NULL])[1 + floor(random() * (1 + customer % 7))::int] AS label,
	   CASE WHEN random() < 0.3 THEN NULL ELSE round((random() * 20 - 5)::numeric, 2) END AS amount
FROM (SELECT customer, generate_series(1, CASE WHEN customer % 50 = 0 THEN 400 ELSE 1 + customer % 23 END) FROM generate_series(1, 200) AS customer) AS g;
CREATE TEMP TABLE whole AS SELECT customer, timeline(at, label, amount) AS t FROM rows GROUP BY customer;
CREATE TEMP TABLE given AS
SELECT id, ladder, as_of FROM (VALUES (1, '{lead,trial,customer}'::text[]), (2, '{fan,"",lead}'), (3, '{customer,lead,visit,nobody}')) AS v(id, ladder),
	(VALUES (timestamptz '2025-01-15Z'), ('2025-01-20 11:00Z'), ('2026-01-01Z')) AS w(as_of);
-- Brute force: the highest rung of each instant; a visit starts where it differs from the one before.
CREATE TEMP TABLE expected AS
SELECT id, as_of, customer, ladder[rung] AS stage, rung, at AS entered_at, lead(at) OVER (PARTITION BY id, as_of, customer ORDER BY at) AS left_at
FROM (SELECT *, lag(rung) OVER (PARTITION BY id, as_of, customer ORDER BY at) AS before
	  FROM (SELECT id, as_of, ladder, customer, at, max(array_position(ladder, label)) AS rung FROM rows, given WHERE at < as_of AND label = ANY (ladder) GROUP BY 1, 2, 3, 4, 5) AS x) AS y
WHERE rung IS DISTINCT FROM before;
CREATE TEMP TABLE found AS SELECT id, as_of, customer, s.* FROM given, whole, LATERAL stage_durations(t, ladder, as_of) WITH ORDINALITY AS s;
SELECT id, count(*) AS compared, count(*) FILTER (WHERE f.stage IS NULL OR (f.stage, f.left_at) IS DISTINCT FROM (e.stage, e.left_at)) AS mismatches
FROM expected AS e FULL JOIN found AS f USING (id, as_of, customer, entered_at) GROUP BY id ORDER BY id;
SELECT count(*) AS mismatches FROM (SELECT ordinality, row_number() OVER (PARTITION BY id, as_of, customer ORDER BY entered_at) AS place FROM found) AS x WHERE ordinality <> place;
SELECT id, count(*) AS compared, count(s.current) AS on_ladder, count(*) FILTER (WHERE (s.current, s.furthest, s.since) IS DISTINCT FROM (e.current, e.furthest, e.since)) AS mismatches
FROM given AS g CROSS JOIN whole AS w CROSS JOIN LATERAL stage(t, ladder, as_of) AS s
	 LEFT JOIN (SELECT id, as_of, customer, (array_agg(stage ORDER BY entered_at DESC))[1] AS current, (array_agg(stage ORDER BY rung DESC))[1] AS furthest, max(entered_at) AS since
				FROM expected GROUP BY 1, 2, 3) AS e USING (id, as_of, customer)
GROUP BY id ORDER BY id;
-- Strict is an error exactly when something is off the ladder.
CREATE FUNCTION pg_temp.is_strict_error(t timeline, ladder text[], as_of timestamptz) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
	PERFORM stage(t, ladder, as_of, true);
	RETURN false;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN true;
END $$;
SELECT count(*) FILTER (WHERE pg_temp.is_strict_error(t, ladder, as_of)) > 0 AS some,
	   count(*) FILTER (WHERE pg_temp.is_strict_error(t, ladder, as_of) <> EXISTS (SELECT FROM rows WHERE rows.customer = whole.customer AND at < as_of AND (label = ANY (ladder)) IS NOT TRUE)) AS mismatches
FROM whole, given;
RESET TimeZone; RESET DateStyle;
