-- segment_map: the default map, maps of rules, their validation, and the types segment_map and segment_rules.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

--
-- The default map
--

-- The published list of eleven segments, all 125 cells.
CREATE TEMP TABLE published AS
SELECT segment, cell::rfm_score AS score FROM (VALUES
	('About To Sleep', '213 221 231 241 251 312 321 331'),
	('At Risk', '124 125 133 134 135 142 143 145 152 153 224 225 234 235 242 243 244 245 252 253 254 255'),
	('Cannot Lose Them', '113 114 115 144 154 155 214 215'),
	('Champions', '445 454 455 544 545 554 555'),
	('Hibernating', '122 123 132 211 212 222 223 232 233 322 332'),
	('Lost', '111 112 121 131 141 151'),
	('Loyal', '335 344 345 354 355 435 444 543'),
	('Need Attention', '324 325 334 343 434 443 534 535'),
	('New Customers', '311 411 412 421 422 511 512'),
	('Potential Loyalist', '323 333 341 342 351 352 353 423 431 432 433 441 442 451 452 453 531 532 533 541 542 551 552 553'),
	('Promising', '313 314 315 413 414 415 424 425 513 514 515 521 522 523 524 525')
) AS v (segment, cells), regexp_split_to_table(cells, ' ') AS cell;
SELECT count(*) AS cells, count(DISTINCT score) AS scores, count(DISTINCT p.segment) AS segments,
	count(*) FILTER (WHERE rfm_segment(score) IS DISTINCT FROM p.segment) AS wrong,
	count(*) FILTER (WHERE rfm_segment(default_segment_map(), score) IS DISTINCT FROM p.segment) AS wrong_by_map,
	count(*) FILTER (WHERE c.segment IS DISTINCT FROM p.segment) AS wrong_cells
FROM published AS p FULL JOIN segment_cells(default_segment_map()) AS c
	ON (r, f, m) = (recency_score(score), frequency_score(score), monetary_score(score));
-- It is not monotone, and is not to be mended.
SELECT rfm_segment('113') AS "113", rfm_segment('123') AS "123", rfm_segment(NULL) IS NULL AS null;
-- Each segment has its place in a chart, and so have customers without a score.
SELECT segment_rank(segment), segment, count(*) FROM published GROUP BY segment ORDER BY 1;
SELECT segment_rank('Prospect') AS prospect, segment_rank('Not scored: refunds only') AS refunds_only,
	segment_rank('champions') AS other_case, segment_rank('Champions ') AS longer, segment_rank('') AS empty, segment_rank(NULL) AS null;
-- A score of another grid.
SELECT rfm_segment('434/4');
SELECT rfm_segment(default_segment_map(), '10-3-7/10');

--
-- Maps of rules
--
CREATE TEMP TABLE rule AS SELECT segment, recency_score(score) AS r, frequency_score(score) AS f, monetary_score(score) AS m FROM published;
-- The published list as rules gives the default map, to the byte and in any order.
SELECT count(DISTINCT segment_map_send(map)) AS maps FROM (
	SELECT default_segment_map() AS map
	UNION ALL SELECT segment_map(segment, r, f, m, 5) FROM (SELECT * FROM rule ORDER BY r, f, m) AS a
	UNION ALL SELECT segment_map(segment, r, f, m, 5) FROM (SELECT * FROM rule ORDER BY md5(rule::text)) AS b) AS x;
-- A map by recency and frequency only: NULL means any.
CREATE TEMP TABLE grid AS
SELECT segment_map(segment, r, f, NULL, 5) AS map
FROM (VALUES ('Gone', 1, NULL), ('Back', 2, 1), ('Back', 2, 2), ('Back', 2, 3), ('Back', 2, 4), ('Back', 2, 5),
	('Here', 3, NULL), ('Here', 4, NULL), ('Here', 5, NULL)) AS v (segment, r, f);
SELECT segment, count(*), min(r) AS from_r, max(r) AS to_r FROM grid, segment_cells(map) GROUP BY segment ORDER BY segment;
SELECT rfm_segment(map, '111') AS "111", rfm_segment(map, '155') AS "155", rfm_segment(map, '231') AS "231", rfm_segment(map, '511') AS "511" FROM grid;
SELECT map FROM (SELECT segment_map('All', NULL, NULL, NULL, 2) AS map) AS x;
-- The largest grid, a segment for each cell.
SELECT count(*), count(DISTINCT segment), count(*) FILTER (WHERE segment <> concat_ws('-', r, f, m)) AS wrong,
	count(*) FILTER (WHERE rfm_segment(map, concat_ws('-', r, f, m || '/10')::rfm_score) <> segment) AS wrong_by_score
FROM (SELECT segment_map(concat_ws('-', r, f, m), r, f, m, 10) AS map
	FROM generate_series(1, 10) AS r, generate_series(1, 10) AS f, generate_series(1, 10) AS m) AS x, segment_cells(map);
SELECT segment_map('x', 1, 1, 1, 5) IS NULL AS nothing FROM rule WHERE false;

-- Parallel plan.
CREATE TABLE segment_parallel AS SELECT * FROM rule;
ANALYZE segment_parallel;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT count(*) FILTER (WHERE p LIKE '%Partial Aggregate%') AS partial, count(*) FILTER (WHERE p LIKE '%Gather%') AS gather
FROM pg_temp.plan('SELECT segment_map(segment, r, f, m, 5) FROM segment_parallel') AS p;
SELECT (SELECT segment_map(segment, r, f, m, 5) FROM segment_parallel)::text = default_segment_map()::text AS same;
COMMIT;
DROP TABLE segment_parallel;

-- Holes and overlaps: at most ten cells are listed, by name, and how many more there are.
SELECT segment_map(segment, r, f, m, 5) FROM rule WHERE (r, f, m) NOT IN ((3, 3, 3), (5, 5, 5));
SELECT segment_map(segment, r, f, m, 5) FROM rule WHERE r <> 3;
SELECT segment_map(segment, r, f, m, 5) FROM (SELECT * FROM rule UNION ALL VALUES ('Lost', 1, 1, 1), ('Best', 5, 5, 5), ('Top', 5, 5, 5), ('Very Best', 5, 5, 5)) AS x;
SELECT segment_map(segment, r, f, m, 5) FROM (SELECT * FROM rule WHERE f > 2 UNION ALL VALUES ('Lost', 1, NULL::int, 1)) AS x;
SELECT segment_map(segment, r, f, m, 5) FROM (SELECT * FROM rule UNION ALL VALUES ('Lost', NULL::int, NULL::int, NULL::int)) AS x;
SELECT segment_map(n::text, 1, 1, 1, 2) FROM generate_series(1, 5000) AS n;
SELECT segment_map('A', r, 1, 1, 10) FROM generate_series(9, 10) AS r;

-- Rules that are none.
SELECT segment_map('A', 6, 1, 1, 5);
SELECT segment_map('A', 1, 0, 1, 5);
SELECT segment_map('A', 1, 1, -1, 5);
SELECT segment_map('A', 1, 1, 1, 1);
SELECT segment_map('A', 1, 1, 1, 11);
SELECT segment_map('A', 1, 1, 1, NULL);
SELECT segment_map(NULL, 1, 1, 1, 5);
SELECT segment_map('', 1, 1, 1, 5);
SELECT segment_map(repeat('x', 101), 1, 1, 1, 5);
SELECT segment_map('A', 1, 1, 1, bins) FROM generate_series(4, 5) AS bins;
SELECT length(rfm_segment(segment_map(repeat('x', 100), NULL, NULL, NULL, 5), '111'));

--
-- Text and bytes
--
CREATE FUNCTION pg_temp.through_binary(value anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	file text := 'segment_map_test.' || pg_backend_pid();
	back text;
BEGIN
	EXECUTE format('CREATE TEMP TABLE sent AS SELECT %L::%s AS value', value, pg_typeof(value));
	EXECUTE format('CREATE TEMP TABLE received (value %s)', pg_typeof(value));
	EXECUTE format('COPY sent TO PROGRAM %L (FORMAT binary)', 'cat >' || file);
	EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'cat ' || file || ' && rm ' || file);
	SELECT received.value::text INTO back FROM received;
	DROP TABLE sent, received;
	RETURN back = value::text;
END $$;
SELECT pg_temp.through_binary(map) AS binary, map::text::segment_map::text = map::text AS text,
	map::text::jsonb::text::segment_map::text = map::text AS by_jsonb, json_array_length(map::json -> 'segments') AS segments
FROM (SELECT default_segment_map() AS map UNION ALL SELECT map FROM grid
	UNION ALL SELECT segment_map('a "quoted" \\ name' || chr(10) || chr(9) || chr(1) || chr(127) || r, r, NULL, NULL, 10) FROM generate_series(1, 10) AS r) AS x;
SELECT default_segment_map();

CREATE FUNCTION pg_temp.error(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('SELECT %L::%s', value, type);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || detail;
END $$;
CREATE TEMP TABLE good AS SELECT segment_map(CASE r WHEN 1 THEN 'A' ELSE 'B' END, r, NULL, NULL, 2)::text AS map FROM generate_series(1, 2) AS r;
SELECT map FROM good;
SELECT n, pg_temp.error('segment_map', replace(map, was, becomes)) FROM good, (VALUES
	(0, '', ''),
	(1, '"version": 1', '"version": 2'), (2, '"bins": 2', '"bins": 3'), (3, '"bins": 2', '"bins": 11'), (4, '"A"', '""'),
	(5, '"111/2", ', ''), (6, '"111/2", ', '"111/2", "111/2", '), (7, '"111/2", ', '"111", '), (8, '"111/2", ', '"113/2", '), (9, '"111/2", ', '111, '),
	(10, '"111/2", ', '"211/2", '), (11, '"A"', '"A", "segment": "A"'), (12, '"A"', '"' || repeat('x', 101) || '"'), (13, '"A"', 'null'),
	(14, '"111/2", "112/2", "121/2", "122/2"', ''), (15, '"A"', '"B"'), (16, ']}]}', ']}]'),
	(17, '"111/2"', '"111/2"' || repeat(', "111/2"', 1000)), (18, '"111/2"', '"111/2' || repeat('1', 1000) || '"')) AS v (n, was, becomes)
ORDER BY n;

-- The state of the aggregate: rules sorted, so that equal rules are equal text; never a map.
SELECT segment_rules_merge(segment_rules_accumulate(NULL, 'B', 2, NULL, 1, 3), segment_rules_accumulate(NULL, 'A', 1, 2, NULL, 3))::text =
	segment_rules_merge(segment_rules_accumulate(NULL, 'A', 1, 2, NULL, 3), segment_rules_accumulate(NULL, 'B', 2, NULL, 1, 3))::text AS same,
	segment_rules_merge(segment_rules_accumulate(NULL, 'B', 2, NULL, 1, 3), segment_rules_accumulate(NULL, 'A', 1, 2, NULL, 3)) AS rules;
SELECT segment_rules_merge(segment_rules_accumulate(NULL, 'B', 2, NULL, 1, 3), segment_rules_accumulate(NULL, 'A', 1, 2, NULL, 4));
SELECT pg_temp.through_binary(segment_rules_accumulate(NULL, 'B', 2, NULL, 1, 3)) AS binary;
SELECT n, pg_temp.error('segment_rules', value) FROM (VALUES
	(1, '{"version": 1, "bins": null, "rules": []}'),
	(2, '{"version": 1, "bins": 2, "rules": []}'),
	(3, '{"version": 1, "bins": null, "rules": [["A", 1, 1, 1]]}'),
	(4, '{"version": 1, "bins": 2, "rules": [["A", 1, 3, 1]]}'),
	(5, '{"version": 1, "bins": 2, "rules": [["A", 1, 1]]}'),
	(6, '{"version": 1, "bins": 2, "rules": [["A", 1, 1, 1, 1]]}'),
	(7, '{"version": 1, "bins": 2, "rules": [["", 1, 1, 1]]}'),
	(8, '{"version": 1, "bins": 2, "rules": [["A", null, 0, 1]]}'),
	(9, '{"version": 1, "bins": 2, "rules": [["A", null, 2, 1]]}')) AS v (n, value) ORDER BY n;
-- A map is no rules, and rules are no map.
SELECT pg_temp.error('segment_map', segment_rules_accumulate(NULL, 'A', NULL, NULL, NULL, 2)::text);
SELECT pg_temp.error('segment_rules', map) FROM good;
