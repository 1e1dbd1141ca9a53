-- duration_summary: how long things take when some are not over. Published values as named; else brute force in SQL beside it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- Remission in weeks, 6-MP against placebo (Freireich et al. 1963; Kalbfleisch & Prentice 2002, table 1.1; R: MASS::gehan). A minus means still in remission.
CREATE TEMP TABLE gehan AS
SELECT arm, abs(weeks) * interval '7 days' AS duration, weeks > 0 AS observed FROM (
	SELECT '6-MP' AS arm, unnest(ARRAY[6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]) AS weeks
	UNION ALL SELECT 'placebo', unnest(ARRAY[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23])) AS g;
CREATE TEMP VIEW arms AS SELECT arm, duration_summary(duration, observed) AS d FROM gehan GROUP BY arm;
-- Kaplan-Meier there: median 23 and 8 weeks; S(10) = .7529, se .0963. Only closed cases would say a median of 10 for 6-MP.
SELECT arm, cases(d), ended_count(d), open_count(d), quantile(d, 0.5), quantile_hours(d, 0.5) / 168 AS weeks, quantile(d, 0.9) AS p90 FROM arms ORDER BY arm;
SELECT arm, quantile(duration_summary(duration, observed) FILTER (WHERE observed), 0.5) AS of_closed FROM gehan GROUP BY arm ORDER BY arm;
-- R: survfit(Surv(time, cens) ~ 1, conf.type = "log-log"): the median of 6-MP is in [13, NA], that of placebo in [4, 11].
SELECT arm, r.* FROM arms, quantile_range(d, 0.5) AS r ORDER BY arm;
-- Book, table 1.2 / R summary(survfit(...)): 0.857 .. 0.448, standard errors 0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346.
SELECT duration, at_risk, ended, open, round(survival::numeric, 4) AS survival, round(se::numeric, 4) AS se, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi
FROM arms, survival_curve(d) WHERE arm = '6-MP' AND ended > 0 ORDER BY 1;
-- The log-rank test: 16.79 (R: survdiff, 16.8 on 1 degree of freedom, p= 4e-05); the same either way round.
SELECT round(l.statistic::numeric, 4) AS statistic, round((l.p * 1e5)::numeric, 3) AS p_e5, abs(l.statistic - m.statistic) < 1e-12 AS symmetric
FROM arms AS a, arms AS b, logrank(a.d, b.d) AS l, logrank(b.d, a.d) AS m WHERE a.arm = '6-MP' AND b.arm = 'placebo';
SELECT statistic < 1e-20 AS none, p FROM arms, logrank(d, d) WHERE arm = '6-MP';
-- Irwin's restricted mean to 35 weeks: 23.29, se 2.83 for 6-MP (R: print(survfit, print.rmean = TRUE)). Where all ended it is the plain mean, with the standard deviation of the population over sqrt(n).
SELECT arm, round((value / 168)::numeric, 4) AS weeks, round((se / 168)::numeric, 4) AS se, n FROM arms, restricted_mean(d, '245 days') ORDER BY arm;
SELECT abs(e.value / 168 - avg(extract(epoch FROM duration)) / 604800) < 1e-9 AS mean, abs(e.se / 168 - stddev_pop(extract(epoch FROM duration)) / 604800 / sqrt(21)) < 1e-9 AS se
FROM gehan, arms, restricted_mean(d, '245 days') AS e WHERE gehan.arm = 'placebo' AND arms.arm = 'placebo' GROUP BY e.value, e.se;
-- An end at t counts within t; what is open at t is known to take longer. Before the first end, and after the last: Wilson of the cases known.
SELECT t, round(w.value::numeric, 4) AS within, round(w.lo::numeric, 4) AS lo, round(w.hi::numeric, 4) AS hi, w.n, round(s.value::numeric, 4) AS survival, w.lo + s.hi = 1 AS mirrored
FROM arms, unnest(ARRAY['0', '41 days', '42 days', '43 days', '245 days', '246 days']::interval[]) AS t, within(d, t) AS w, survival(d, t) AS s WHERE arm = '6-MP' ORDER BY t;
SELECT round(value::numeric, 4) AS value, round(lo::numeric, 4) AS lo, round(hi::numeric, 4) AS hi, n FROM arms, survival(d, '10 years'::interval - '10 years'::interval + '9999 days') WHERE arm = 'placebo';
SELECT restricted_mean(d, '246 days') IS NULL AS unknown FROM arms WHERE arm = '6-MP';

-- Without open cases quantile is the order statistic x(ceil(n p)), exactly.
SELECT count(*) AS wrong FROM generate_series(1, 40) AS n, generate_series(1, 99) AS p
WHERE extract(epoch FROM quantile((SELECT duration_summary(i * interval '1 hour', true) FROM generate_series(1, n) AS i), p / 100.0)) / 3600 <> ceil(n * p / 100.0);

-- Brute force on random cases: survival and Greenwood by products and sums over all durations.
SELECT setseed(0.7);
CREATE TEMP TABLE cases AS
SELECT g % 3 AS channel, g % 17 AS part, timestamptz '2026-01-01Z' + (random() * 80 * 24)::int * interval '1 hour' AS started, (-ln(random() + 1e-9) * 120)::int * interval '1 hour' AS took
FROM generate_series(1, 1500) AS g;
ALTER TABLE cases ADD ended timestamptz;
UPDATE cases SET ended = started + took;
CREATE TEMP TABLE seen AS
SELECT channel, part, CASE WHEN ended < '2026-03-01Z' THEN took ELSE '2026-03-01Z' - started END AS duration, ended < '2026-03-01Z' AS observed FROM cases WHERE started < '2026-03-01Z';
CREATE TEMP TABLE by_channel AS
SELECT channel, duration_summary(started, CASE WHEN ended < '2026-03-15Z' THEN ended END, '2026-03-01Z') AS d FROM cases GROUP BY channel;
CREATE TEMP TABLE brute AS
WITH risk AS (SELECT channel, t, (SELECT count(*) FROM seen AS s WHERE s.channel = x.channel AND s.duration >= t) AS n,
		(SELECT count(*) FROM seen AS s WHERE s.channel = x.channel AND s.duration = t AND observed) AS dead
	FROM (SELECT DISTINCT channel, duration AS t FROM seen) AS x)
SELECT channel, t, n, dead, exp(sum(ln(1 - dead::float8 / n)) FILTER (WHERE dead < n) OVER w) * min(sign(n - dead)) OVER w AS s, sqrt(sum(dead::float8 / n / nullif(n - dead, 0)) OVER w) AS root
FROM risk WINDOW w AS (PARTITION BY channel ORDER BY t);
SELECT count(*) AS rows, count(*) FILTER (WHERE abs(c.survival - b.s) > 1e-12 OR c.at_risk <> n OR c.ended <> dead OR (s > 0 AND s < 1 AND abs(c.se - s * root) > 1e-12)
	OR (s > 0 AND s < 1 AND abs(c.lo - s ^ exp(-1.959963984540054 * root / ln(s))) > 1e-12) OR (s > 0 AND s < 1 AND abs(c.hi - s ^ exp(1.959963984540054 * root / ln(s))) > 1e-12)) AS wrong
FROM by_channel, survival_curve(d) AS c JOIN brute AS b ON b.t = c.duration WHERE b.channel = by_channel.channel;
SELECT count(*) FILTER (WHERE quantile(d, p) IS DISTINCT FROM (SELECT min(t) FROM brute AS b WHERE b.channel = by_channel.channel AND dead > 0 AND s <= 1 - p + 1e-12)) AS wrong, count(quantile(d, p)) AS known
FROM by_channel, unnest(ARRAY[0.01, 0.25, 0.5, 0.75, 0.9, 0.99]) AS p;
SELECT by_channel.channel, cases(d) + ignored(d) = 500 AS all_rows, open_count(d) = (SELECT count(*) FROM seen AS s WHERE NOT observed AND s.channel = by_channel.channel) AS open,
	ignored(d) = (SELECT count(*) FROM cases AS c WHERE started >= '2026-03-01Z' AND c.channel = by_channel.channel) AS ignored FROM by_channel ORDER BY 1;
SELECT a.channel, b.channel, abs(l.statistic - brute.statistic) < 1e-9 AS same
FROM by_channel AS a, by_channel AS b, logrank(a.d, b.d) AS l, LATERAL (
	SELECT sum(d1 - dd * n1 / nullif(nn, 0)) ^ 2 / sum(dd * (n1 / nullif(nn, 0)) * (1 - n1 / nullif(nn, 0)) * (nn - dd) / nullif(nn - 1, 0)) AS statistic
	FROM (SELECT t, count(*) FILTER (WHERE duration >= t AND channel = a.channel)::float8 AS n1, count(*) FILTER (WHERE duration >= t)::float8 AS nn,
			count(*) FILTER (WHERE duration = t AND observed AND channel = a.channel)::float8 AS d1, count(*) FILTER (WHERE duration = t AND observed)::float8 AS dd
		FROM seen, (SELECT DISTINCT duration AS t FROM seen WHERE observed) AS x WHERE channel IN (a.channel, b.channel) GROUP BY t) AS r) AS brute
WHERE a.channel < b.channel ORDER BY 1, 2;

-- Timestamps, days and instants: UTC, whatever the session says. The start must be before as_of, and so must an end that counts.
SET TimeZone = 'America/New_York';
SELECT count(DISTINCT d) AS forms FROM (
	SELECT duration_summary(day, day + 3, date '2026-03-12') AS d FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 12) AS g) AS x
	UNION ALL SELECT duration_summary(day, day + 3, timestamptz '2026-03-12 00:00Z') FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 12) AS g) AS x
	UNION ALL SELECT duration_summary(day::timestamp, (day + 3)::timestamp, timestamp '2026-03-12') FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 12) AS g) AS x
	UNION ALL SELECT duration_summary(day::timestamp, (day + 3)::timestamp, timestamptz '2026-03-12Z') FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 12) AS g) AS x
	UNION ALL SELECT duration_summary(day::timestamp AT TIME ZONE 'UTC', (day + 3)::timestamp AT TIME ZONE 'UTC', timestamptz '2026-03-12Z') FROM (SELECT date '2026-03-01' + g AS day FROM generate_series(0, 12) AS g) AS x) AS y;
-- Of mixed types too, as far as PostgreSQL does not have to choose: a day or a time without a zone is not that of the session.
SELECT count(DISTINCT d) AS forms, min(d::text) AS d FROM (SELECT unnest(ARRAY[
	duration_summary(timestamp '2026-03-01', NULL, date '2026-03-02'), duration_summary(date '2026-03-01', NULL, timestamp '2026-03-02'), duration_summary(date '2026-03-01', timestamp '2026-03-02', date '2026-03-02'),
	duration_summary(timestamp '2026-03-01', date '2026-03-02', date '2026-03-02'), duration_summary(date '2026-03-01', NULL::date, timestamptz '2026-03-02Z'),
	duration_summary(NULL::timestamp, NULL, date '2026-03-02') + duration_summary(date '2026-03-01', NULL, date '2026-03-02') - duration_summary(NULL::date, NULL, date '2026-03-02')]) AS d) AS x;
SELECT duration_summary(timestamp '2026-03-01', NULL, 'infinity'::date);
RESET TimeZone;
SELECT started, ended, duration_summary(started, ended, '2026-01-10Z')
FROM (VALUES (timestamptz '2026-01-09Z', timestamptz '2026-01-09Z'), ('2026-01-09Z', '2026-01-10Z'), ('2026-01-09Z', NULL), ('2026-01-10Z', NULL), (NULL, '2026-01-10Z')) AS v(started, ended)
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT duration_summary(timestamptz '2026-01-09 10:00Z', timestamptz '2026-01-09 09:59:59Z', timestamptz '2026-02-01Z');
SELECT duration_summary(timestamptz '2026-01-09 10:00Z', NULL, NULL::timestamptz);
SELECT duration_summary(timestamptz '2026-01-09 10:00Z', 'infinity', timestamptz '2026-02-01Z');
-- One as_of to an aggregate, also when a start is missing and between parallel workers; finished summaries of any as_of go together.
SELECT duration_summary(timestamptz '2026-01-09 10:00Z', NULL, as_of) FROM (VALUES (timestamptz '2026-02-01Z'), ('2026-02-01 00:00:00.5Z')) AS v(as_of);
SELECT duration_summary(started, NULL, as_of) FROM (VALUES (date '2026-01-09', date '2026-02-01'), (NULL, date '2026-02-02')) AS v(started, as_of);
SELECT duration_summary(NULL::timestamp, NULL, as_of) FROM (VALUES (timestamp '2026-02-01'), ('2026-02-02')) AS v(as_of);
CREATE TEMP TABLE state AS SELECT day, duration_summary_add('{"version": 1, "bucketed": false, "durations": [], "ignored": 0, "as_of": null}', timestamptz '2026-01-09Z', NULL, day) AS s FROM (VALUES (timestamptz '2026-02-01Z'), ('2026-03-01Z')) AS v(day);
SELECT s, s::text::duration_summary = s AS reads_back, s = duration_summary_final(s) AS finished, duration_summary_merge(s, s) FROM state ORDER BY day;
SELECT duration_summary_merge(a.s, b.s) FROM state AS a, state AS b WHERE a.day < b.day;
SELECT duration_summary_final(a.s) + duration_summary_final(b.s) AS together, rollup(duration_summary_final(c.s)) AS in_any_order, duration_summary_merge(duration_summary_final(a.s), b.s) AS of_one
FROM state AS a, state AS b, state AS c WHERE a.day < b.day GROUP BY 1, 3;
CREATE TABLE as_of_parallel AS SELECT timestamptz '2026-01-09Z' AS started, timestamptz '2026-02-01Z' + (g > 10000)::int * interval '1 day' AS as_of FROM generate_series(1, 20000) AS g;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
DO $$ BEGIN PERFORM duration_summary(started, NULL, as_of) FROM as_of_parallel; RAISE 'two as_of were taken'; EXCEPTION WHEN invalid_parameter_value THEN RAISE NOTICE 'refused: %', left(SQLERRM, 70); END $$;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
DROP TABLE as_of_parallel;
SELECT '{"version": 1, "bucketed": false, "durations": [], "ignored": 1, "as_of": "infinity"}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [], "ignored": 1}'::duration_summary;
SELECT duration_summary(timestamptz '-infinity', NULL, timestamptz '2026-02-01Z');
SELECT duration_summary(timestamptz '2026-01-09 10:00Z', NULL, timestamptz 'infinity');
SELECT duration_summary(interval '-1 second', true);
SELECT duration_summary(interval '1 month', true);
SELECT duration_summary(NULL::interval, true), duration_summary(interval '0', NULL), duration_summary(interval '0', true);
SELECT quantile(d, 1), quantile(d, 0) FROM arms;
SELECT quantile(d, 'NaN') FROM arms;
SELECT survival(d, '-1 day') FROM arms;
SELECT within(d, '1 month') FROM arms;
SELECT restricted_mean(d, '0') FROM arms;
-- Nothing, only ignored rows, one case, the longest durations there are.
SELECT duration_summary(duration, observed) IS NULL AS nothing FROM gehan WHERE false;
SELECT cases(d), ignored(d), quantile(d, 0.5), quantile_range(d, 0.5), survival(d, '1 day'), restricted_mean(d, '1 day'), logrank(d, d), (SELECT count(*) FROM survival_curve(d)) AS curve
FROM (SELECT duration_summary(NULL::interval, true) AS d) AS x;
SELECT quantile(d, 0.5), quantile_range(d, 0.5), (survival(d, '1 hour')).value, (restricted_mean(d, '1 day')).value FROM (SELECT duration_summary(interval '1 hour', true) AS d) AS x;
SELECT d, quantile(d, 0.5), round(quantile_hours(d, 0.5)) AS hours FROM (SELECT duration_summary(timestamptz '4713-01-01 00:00Z BC', timestamptz '294276-12-31 00:00Z', timestamptz '294276-12-31 23:00Z') AS d) AS x;

-- Business hours, as doc/service.md has them: the open hours of a multirange within a case, against counting its minutes one by one.
-- Berlin's clocks go forward on the night of Sunday, 29 March 2026.
CREATE TEMP TABLE office AS
SELECT range_agg(tstzrange((day + interval '9 hours') AT TIME ZONE 'Europe/Berlin', (day + interval '17 hours') AT TIME ZONE 'Europe/Berlin')) AS hours
FROM generate_series(timestamp '2026-03-20', '2026-04-10', interval '1 day') AS day WHERE extract(isodow FROM day) < 6;
CREATE TEMP TABLE worked AS
SELECT opened_at, closed_at, (SELECT coalesce(sum(upper(r) - lower(r)), '0') FROM unnest(hours * tstzmultirange(tstzrange(opened_at, closed_at))) AS r) AS took
FROM office, (SELECT timestamptz '2026-03-24Z' + g * interval '97 minutes' AS opened_at, timestamptz '2026-03-24Z' + g * interval '97 minutes' + (g * g % 43) * interval '131 minutes' AS closed_at FROM generate_series(1, 120) AS g) AS x;
SELECT count(*) AS cases, count(*) FILTER (WHERE took <> minutes * interval '1 minute') AS wrong, count(*) FILTER (WHERE took = '0') AS none, max(took)
FROM worked, LATERAL (SELECT count(*) AS minutes FROM generate_series(opened_at, closed_at - interval '1 minute', interval '1 minute') AS at, LATERAL (SELECT at AT TIME ZONE 'Europe/Berlin' AS local) AS l
	WHERE extract(isodow FROM local) < 6 AND extract(hour FROM local) BETWEEN 9 AND 16) AS m;

-- Many distinct durations: fixed buckets, and quantiles within 0.78 % of the exact ones.
CREATE TEMP TABLE many AS SELECT g % 23 AS part, (random() ^ 6 * 1e12)::bigint + 1 AS us, random() < 0.8 AS observed FROM generate_series(1, 20000) AS g;
CREATE TEMP TABLE many_parts AS SELECT part, duration_summary(us * interval '1 microsecond', observed) AS d FROM many GROUP BY part;
SELECT count(*) FILTER (WHERE d::text LIKE '%"bucketed": true%') AS bucketed, count(*) FROM many_parts;
SELECT count(DISTINCT duration_summary_send(d)) AS summaries, bool_and(d::text LIKE '%"bucketed": true%') AS bucketed, max(length(duration_summary_send(d))) < 130000 AS small FROM (
	SELECT duration_summary(us * interval '1 microsecond', observed) AS d FROM many
	UNION ALL SELECT duration_summary(us * interval '1 microsecond', observed ORDER BY us DESC) FROM many
	UNION ALL SELECT rollup(d ORDER BY random()) FROM many_parts
	UNION ALL SELECT rollup(d) FROM (SELECT rollup(d ORDER BY part DESC) AS d FROM many_parts GROUP BY part % 4) AS x) AS x;
CREATE TEMP TABLE few_parts AS SELECT us % 9 AS part, duration_summary((us % 1024) * interval '1 second', observed) AS d FROM many GROUP BY 1;
SELECT d::text LIKE '%"bucketed": false%' AS exact, d + duration_summary('1024 seconds', true) = duration_summary('1024 seconds', true) + d AS commutes, (d + duration_summary('1024 seconds', true))::text LIKE '%"bucketed": true%' AS one_more
FROM (SELECT rollup(d) AS d FROM few_parts) AS x GROUP BY d;
SELECT count(*) FILTER (WHERE abs(q / e - 1) > 0.0078) AS too_far, count(*) FROM (
	SELECT quantile_hours(d, p) * 3.6e9 AS q, (SELECT percentile_disc(p) WITHIN GROUP (ORDER BY us) FROM many)::float8 AS e
	FROM (SELECT duration_summary(us * interval '1 microsecond', true) AS d FROM many) AS x, unnest(ARRAY[0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999]::float8[]) AS p) AS y;
-- The ladder of duration_bucket.c written down once more: an edge stays, what is between two of them has their geometric middle.
CREATE TEMP TABLE step AS SELECT n, us FROM unnest(ARRAY[1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 50000, 100000, 500000]::bigint[]
	|| (SELECT array_agg((extract(epoch FROM s::interval) * 1000000)::bigint ORDER BY n) FROM unnest(string_to_array('1s 5s 15s 30s 1min 5min 15min 30min 1h 3h 6h 12h 1d 5d 50d 100d 500d 1000d 5000d 10000d 50000d 100000d 500000d 1000000d', ' ')) WITH ORDINALITY AS x(s, n)))
	WITH ORDINALITY AS x(us, n);
SELECT count(*) AS steps, count(*) FILTER (WHERE after % us > 0 OR after * 64 % us > 0) AS not_nested FROM (SELECT us, lead(us) OVER (ORDER BY n) AS after FROM step) AS x;
-- Random durations over the whole range, each edge's neighbours, and a mass at each deadline; some open.
CREATE TEMP TABLE deadline AS SELECT extract(epoch FROM t::interval)::bigint * 1000000 AS us FROM unnest(string_to_array(
	'15s 30s 45s 1min 90s 2min 5min 10min 15min 20min 30min 45min 1h 90min 2h 3h 4h 5h 6h 8h 12h 16h 24h 36h 48h 72h 96h 5d 7d 10d 14d 21d 28d 30d 45d 60d 90d 91d 120d 180d 182d 270d 300d 365d 730d 1095d 1460d 1825d 3650d', ' ')) AS t;
CREATE TEMP TABLE due AS
SELECT us, true AS observed FROM deadline, generate_series(1, 800) UNION ALL SELECT us + d, true FROM deadline, generate_series(-1, 1) AS d
UNION ALL SELECT (10 ^ (random() * 14.5))::bigint, true FROM generate_series(1, 41000) UNION ALL SELECT (random() * 100000)::bigint * 1000000, true FROM generate_series(1, 20000);
SELECT count(*) AS cases, count(DISTINCT us) AS durations FROM due;
CREATE TEMP TABLE running AS SELECT us, sum(count(*)) OVER (ORDER BY us) AS so_far FROM due GROUP BY us;
CREATE INDEX ON running (us) INCLUDE (so_far);
CREATE FUNCTION pg_temp.share(float8) RETURNS float8 LANGUAGE sql RETURN coalesce((SELECT so_far FROM running WHERE us <= $1::bigint ORDER BY us DESC LIMIT 1), 0) / (SELECT so_far FROM running ORDER BY us DESC LIMIT 1);
CREATE TEMP TABLE kept AS SELECT duration_summary(us * interval '1 microsecond', observed) AS d FROM due;
SELECT count(*) FILTER (WHERE c.ended IS DISTINCT FROM b.n OR abs(c.hours / b.hours - 1) > 1e-12 OR abs(extract(epoch FROM c.duration) / 3600 - b.hours) > 1e-6) AS wrong
FROM (SELECT row_number() OVER (ORDER BY duration) AS i, * FROM kept, survival_curve(d)) AS c FULL JOIN (
	SELECT row_number() OVER (ORDER BY hours) AS i, hours, count(*) AS n FROM (
		SELECT CASE WHEN due.us % s.us = 0 THEN due.us ELSE sqrt((due.us - due.us % s.us)::float8 * (due.us - due.us % s.us + s.us)) END / 3.6e9 AS hours
		FROM (SELECT us, CASE WHEN us = 1 THEN 0 ELSE us * 64 END AS since, coalesce(lead(us) OVER (ORDER BY n) * 64, 9223372036854775807) AS until FROM step) AS s JOIN due ON due.us >= since AND due.us < until) AS x GROUP BY hours) AS b USING (i);
-- So within() and survival() are exact at every deadline, at whole seconds, minutes, hours and days up to where they are promised ...
CREATE TEMP TABLE asked AS SELECT us FROM deadline UNION SELECT i * 1000000 FROM generate_series(1, 320::bigint) AS i UNION SELECT i * 60000000 FROM generate_series(1, 320::bigint) AS i
UNION SELECT i * 3600000000 FROM generate_series(1, 192::bigint) AS i UNION SELECT i * 86400000000 FROM generate_series(1, 320::bigint) AS i;
SELECT count(*) AS asked, count(*) FILTER (WHERE round(w.value * w.n) <> b.n OR abs(w.value - b.n::float8 / w.n) > 1e-15 OR round(s.value * s.n) <> s.n - b.n) AS wrong, min(w.n) AS n
FROM asked, kept, within(d, us * interval '1 microsecond') AS w, survival(d, us * interval '1 microsecond') AS s, LATERAL (SELECT so_far::bigint AS n FROM running WHERE running.us <= asked.us ORDER BY running.us DESC LIMIT 1) AS b;
SELECT count(*) AS deadlines, count(*) FILTER (WHERE quantile(d, b.p) <> b.t) AS wrong
FROM deadline, kept, LATERAL (SELECT (count(*) FILTER (WHERE due.us < deadline.us) + 400) / count(*)::float8 AS p, deadline.us * interval '1 microsecond' AS t FROM due) AS b;
-- ... and elsewhere they are what is exact at a time within 0.78 % of t.
SELECT count(*) FILTER (WHERE NOT w.value BETWEEN b.lo - 1e-15 AND b.hi + 1e-15) AS wrong, count(*) FILTER (WHERE abs(w.value - b.here) > 1e-15) > 0 AS not_all_exact
FROM (SELECT (10 ^ (random() * 14.5))::bigint AS us FROM generate_series(1, 300)) AS t, kept, within(d, us * interval '1 microsecond') AS w,
	LATERAL (SELECT pg_temp.share(floor(us / 1.0078)) AS lo, pg_temp.share(floor(us * 1.0078)) AS hi, pg_temp.share(us) AS here) AS b;
-- Cases that are open at edges are lost there, exactly; Kaplan-Meier by brute force. Those open between edges are lost with what ends there, just after it.
INSERT INTO due SELECT us, false FROM deadline, generate_series(1, 200);
CREATE TEMP TABLE lost AS SELECT us, count(*) FILTER (WHERE observed) AS dead, count(*) AS gone FROM due GROUP BY us;
CREATE TEMP TABLE meier AS SELECT us, exp(sum(ln(1 - dead / nullif(n, dead)::float8)) OVER (ORDER BY us)) AS s FROM (SELECT us, dead, sum(gone) OVER (ORDER BY us DESC) AS n FROM lost) AS x;
SELECT count(*) AS deadlines, count(*) FILTER (WHERE abs(s.value - m.s) > 1e-10) AS wrong
FROM deadline JOIN meier AS m USING (us), (SELECT duration_summary(us * interval '1 microsecond', observed) AS d FROM due) AS x, survival(d, us * interval '1 microsecond') AS s;
UPDATE due SET observed = false WHERE us % 7 = 3;
TRUNCATE lost;
INSERT INTO lost SELECT us, count(*) FILTER (WHERE observed) AS dead, count(*) AS gone FROM due GROUP BY us;
SELECT count(*) AS deadlines, count(*) FILTER (WHERE abs(s.value - m.s) > 1e-3) AS wrong
FROM deadline JOIN (SELECT us, exp(sum(ln(1 - dead / nullif(n, dead)::float8)) OVER (ORDER BY us)) AS s FROM (SELECT us, dead, sum(gone) OVER (ORDER BY us DESC) AS n FROM lost) AS x) AS m USING (us),
	(SELECT duration_summary(us * interval '1 microsecond', observed) AS d FROM due) AS x, survival(d, us * interval '1 microsecond') AS s;
-- Order and split do not matter, nor who was put into buckets first.
SELECT count(DISTINCT duration_summary_send(d)) AS summaries FROM (
	SELECT duration_summary(us * interval '1 microsecond', observed) AS d FROM due UNION ALL SELECT duration_summary(us * interval '1 microsecond', observed ORDER BY us DESC, observed) FROM due
	UNION ALL SELECT rollup(d ORDER BY part) FROM (SELECT us % 500 AS part, duration_summary(us * interval '1 microsecond', observed) AS d FROM due GROUP BY 1) AS x) AS x;
-- The longest that an interval can be here: its bucket has a middle, but no end that an int64 holds.
SELECT quantile(d, 0.0001), quantile(d, 0.9999), (within(d, '106498826 days')).value < 1 AS but_the_last, (within(d, '106751991 days')).value AS nearly, (within(d, '106751991 days 04:00:54.775807')).value AS of_all, (restricted_mean(d, '106751991 days')).value > 0 AS mean
FROM (SELECT duration_summary(i * interval '1 day' + interval '04:00:54.775807', true) AS d FROM (SELECT i FROM generate_series(1, 2000) AS i UNION ALL VALUES (106751991)) AS x) AS x;
-- One side in buckets: the other is put into the same ones.
SELECT abs(a.statistic - b.statistic) < 1e-9 AS same, a.p BETWEEN 0 AND 1 AS finite
FROM (SELECT rollup(d) AS d FROM few_parts) AS f, (SELECT rollup(d) AS d FROM many_parts) AS m, logrank(f.d, m.d) AS a, logrank(m.d, f.d) AS b;
-- Taking away: an old summary with open cases is replaced when they close.
SELECT count(*) FILTER (WHERE duration_summary_send(whole - d + d) = duration_summary_send(whole)) AS restored, count(*), bool_and(whole - whole IS NULL AND whole - NULL = whole AND NULL + d = d) AS ends
FROM many_parts, (SELECT rollup(d) AS whole FROM many_parts) AS w;
SELECT count(*) FILTER (WHERE duration_summary_send(whole - d + d) = duration_summary_send(whole)) AS restored, count(*) FROM few_parts, (SELECT rollup(d) AS whole FROM few_parts) AS w;
SELECT duration_summary('1 day', true) - duration_summary('1 day', false);
SELECT (SELECT d FROM few_parts LIMIT 1) - (SELECT d FROM many_parts LIMIT 1) - duration_summary('1 day', NULL);
-- Parallel workers give the same.
CREATE TABLE duration_parallel AS SELECT (g * 7919 % 5003) * interval '1 second' AS duration, g % 3 > 0 AS observed FROM generate_series(1, 20000) AS g;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT duration_summary(duration, observed) FROM duration_parallel;
CREATE TEMP TABLE in_parallel AS SELECT duration_summary(duration, observed) AS d FROM duration_parallel;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
SELECT duration_summary_send(d) = (SELECT duration_summary_send(duration_summary(duration, observed ORDER BY duration)) FROM duration_parallel) AS same, pg_column_size(d) < 100000 AS small FROM in_parallel;
DROP TABLE duration_parallel;

-- Text, order, hash.
SELECT d, d::json ->> 'ignored' AS ignored, d = d::text::duration_summary AS reads_back FROM (SELECT duration_summary(i * interval '90 minutes', i < 2) AS d FROM generate_series(0, 2) AS i) AS x;
SELECT count(DISTINCT duration_summary_hash(d)) = count(DISTINCT d::text) AS hashes FROM many_parts;
SELECT '{"version": 1, "bucketed": false, "durations": [[5, 1, 0], [5, 1, 0]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [[5, 0, 0]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": true, "durations": [[322, 1, 0]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": true, "durations": [[319, 1, 0], [320, 1, 0], [321, 1, 0], [325, 1, 0], [326, 1, 0], [14400000000, 1, 0], [14400000001, 1, 0], [9158400000000000001, 1, 0]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": true, "durations": [[9223372036854775807, 1, 0]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [[5, 9223372036854775807, 1]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [[5, 1]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [[5, 1, 2, 3]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT '{"version": 1, "bucketed": false, "durations": [[-5, 1, 2]], "ignored": 0, "as_of": null}'::duration_summary;
SELECT ('{"version": 1, "bucketed": false, "durations": [' || string_agg(format('[%s, 1, 0]', i), ', ') || '], "ignored": 0, "as_of": null}')::duration_summary IS NULL FROM generate_series(1, 1025) AS i;
-- Counts at their limit stay finite.
SELECT value, lo < value AS lo, hi > value AS hi FROM survival('{"version": 1, "bucketed": false, "durations": [[5, 4611686018427387903, 0], [6, 4611686018427387903, 0], [7, 0, 1]], "ignored": 0, "as_of": null}'::duration_summary, '0.000005 seconds');
SELECT d + d FROM (SELECT '{"version": 1, "bucketed": false, "durations": [[5, 9223372036854775807, 0]], "ignored": 0, "as_of": null}'::duration_summary AS d) AS x;
SELECT (survival_curve(d)).survival FROM (SELECT '{"version": 1, "bucketed": true, "durations": [[0, 1, 1], [9158400000000000001, 1, 0]], "ignored": 0, "as_of": null}'::duration_summary AS d) AS x;
