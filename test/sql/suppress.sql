-- suppress: small numbers are hidden, and cannot be recovered from a total.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

SELECT n, suppress(1.5::float8, n) AS float8, suppress(2.50, n) AS numeric, suppress(7, n) AS bigint, suppress(7, n, 3) AS k3, suppress(NULL::numeric, n) AS null FROM (VALUES (9), (10), (3), (2), (0), (NULL)) AS v(n);

-- One small part takes the smallest other with it; two take another when they add up to less than k, or to 2 (k - 1), which only 9 and 9 do.
SELECT parts, (SELECT string_agg(CASE WHEN hide THEN '*' ELSE coalesce(n::text, '-') END, ' ' ORDER BY o) FROM (SELECT n, o, suppress_set(n) OVER () AS hide FROM unnest(parts::bigint[]) WITH ORDINALITY AS u(n, o)) AS x) AS shown
FROM (VALUES ('{50,3,200,80}'), ('{50,20,200}'), ('{1,2,70,30}'), ('{9,9,12,40}'), ('{8,9,12,40}'), ('{5,6,12,40}'), ('{0,0,5,11}'), ('{3}'), ('{3,0}'), ('{3,50,50,60}'), ('{NULL,3,20,30}'), ('{10,10}'), ('{}')) AS v(parts);
-- No hidden part can be recovered: for every set of three parts of 0 to 10 with k = 4, some other set has the same total, shows the same numbers in the same places and differs in each hidden part.
CREATE TEMP TABLE cases AS SELECT row_number() OVER () AS id, ARRAY[a, b, c] AS parts FROM generate_series(0, 10) AS a, generate_series(0, 10) AS b, generate_series(0, 10) AS c;
CREATE TEMP TABLE published AS
SELECT id, array_agg(n ORDER BY o) AS parts, sum(n) AS total, array_agg(CASE WHEN NOT hide THEN n END ORDER BY o) AS shown FROM (SELECT id, n, o, suppress_set(n, 4) OVER (PARTITION BY id) AS hide FROM cases, unnest(parts) WITH ORDINALITY AS u(n, o)) AS x GROUP BY id;
-- What is public is the same for all of a group; a place that is hidden must have at least two possible numbers in it. The sets without a way out are those of fewer than two parts above 0, or with too few customers.
SELECT count(*) AS sets, sum((hidden AND possible = 1)::int) AS recovered, sum((hidden AND possible = 1 AND (more < 2 OR total < 4 OR total = 3 * more))::int) AS without_a_way_out
FROM (SELECT p.id, p.total, p.shown[place] IS NULL AS hidden, (SELECT count(*) FROM unnest(p.parts) AS q WHERE q > 0) AS more, (SELECT count(DISTINCT q.parts[place]) FROM published AS q WHERE q.total = p.total AND q.shown IS NOT DISTINCT FROM p.shown) AS possible
	FROM published AS p, generate_series(1, 3) AS place WHERE EXISTS (SELECT FROM unnest(p.shown) AS s WHERE s IS NULL)) AS x;
-- Four parts of 0 to 8 with k = 3, where three customers of three parts are one each, unless a fourth is hidden with them. Of totals up to 8 every set is here.
CREATE TEMP TABLE four AS SELECT row_number() OVER () AS id, ARRAY[a, b, c, d] AS parts FROM generate_series(0, 8) AS a, generate_series(0, 8) AS b, generate_series(0, 8) AS c, generate_series(0, 8) AS d WHERE a + b + c + d <= 8;
WITH shown AS (SELECT id, array_agg(n ORDER BY o) AS parts, sum(n) AS total, array_agg(CASE WHEN NOT hide THEN n END ORDER BY o) AS shown FROM (SELECT id, n, o, suppress_set(n, 3) OVER (PARTITION BY id) AS hide FROM four, unnest(parts) WITH ORDINALITY AS u(n, o)) AS x GROUP BY id),
	known AS (SELECT total, shown, place, count(*) AS sets, count(DISTINCT parts[place]) AS possible, bool_or(parts[place] > 0 AND shown[place] IS NULL) AS hidden, bool_and(coalesce(s, 0) = 0) AS all_hidden
		FROM shown, generate_series(1, 4) AS place, LATERAL (SELECT max(s) AS s FROM unnest(shown) AS s) AS m GROUP BY 1, 2, 3)
SELECT sum(sets) / 4 AS sets, coalesce(sum(sets) FILTER (WHERE hidden AND possible = 1 AND NOT all_hidden), 0) AS recovered, sum(sets) FILTER (WHERE hidden AND possible = 1 AND all_hidden) AS the_total_must_go FROM known;
SELECT suppress_set(n, 3) OVER () AS hide, n FROM unnest('{1,1,1,3,40}'::bigint[]) AS n ORDER BY n;
-- Every part of 1 to k - 1 is hidden, and the order of rows does not matter.
SELECT count(*) FILTER (WHERE NOT hide AND n BETWEEN 1 AND 3) AS small_shown, count(*) FILTER (WHERE hide AND n = 0) AS zero_hidden, count(*) FILTER (WHERE hide <> again) AS differ
FROM (SELECT id, o, n, suppress_set(n, 4) OVER (PARTITION BY id ORDER BY n) AS hide, suppress_set(n, 4) OVER (PARTITION BY id ORDER BY n DESC) AS again FROM cases, unnest(parts) WITH ORDINALITY AS u(n, o)) AS x;
SELECT suppress_set(-1) OVER ();
SELECT suppress_set(5, 0) OVER ();
SELECT suppress_set(5, NULL) OVER ();
SELECT suppress_set(5, 1) OVER () AS nothing_is_small, suppress_set(9223372036854775807, 2147483647) OVER () AS large;
SELECT suppress(1.5, 20, 0);
SELECT suppress(7::bigint, 20, -1);
SELECT suppress(7::bigint, 20, NULL);
SELECT suppress(7::bigint, -1);
SELECT suppress_set(n, k) OVER () FROM (VALUES (5, 10), (50, 5)) AS v(n, k);
SELECT suppress_set(n, k) OVER () FROM (VALUES (5, 10), (50, NULL)) AS v(n, k);
-- A large numeric comes back as it is.
SELECT suppress(1234567890123456789012345678901234567890.0123456789, 10) AS numeric, suppress('NaN'::float8, 10) AS nan;
