-- segment_map: names for the cells of the RFM grid.

\template io segment_map

CREATE TYPE segment_map (
	INTERNALLENGTH = VARIABLE,
	INPUT = segment_map_in,
	OUTPUT = segment_map_out,
	RECEIVE = segment_map_recv,
	SEND = segment_map_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE segment_map IS
	'which segment each cell of the RFM grid belongs to; covers every cell exactly once';

\template json segment_map
\template order segment_map

-- segment_rules: the state of the aggregate, rules not yet checked.

\template io segment_rules

CREATE TYPE segment_rules (
	INTERNALLENGTH = VARIABLE,
	INPUT = segment_rules_in,
	OUTPUT = segment_rules_out,
	RECEIVE = segment_rules_recv,
	SEND = segment_rules_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE segment_rules IS
	'rules of a segment_map while they are collected; the state of the aggregate segment_map';

CREATE FUNCTION segment_rules_accumulate(segment_rules, segment text, r int, f int, m int, bins int) RETURNS segment_rules
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment_rules_merge(segment_rules, segment_rules) RETURNS segment_rules
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION segment_rules_final(segment_rules) RETURNS segment_map
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;

CREATE AGGREGATE segment_map(segment text, r int, f int, m int, bins int) (
	SFUNC = segment_rules_accumulate, STYPE = segment_rules, SSPACE = 4096,
	INITCOND = '{"version": 1, "bins": null, "rules": []}',
	COMBINEFUNC = segment_rules_merge, FINALFUNC = segment_rules_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE segment_map(text, int, int, int, int) IS
	'segment map of a table of rules, where NULL in r, f or m means any; every cell of the grid must be covered exactly once';

CREATE FUNCTION default_segment_map() RETURNS segment_map
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION default_segment_map() IS 'the map of eleven segments over the grid of five bins that rfm_segment(rfm_score) uses';

CREATE FUNCTION segment_cells(segment_map, OUT segment text, OUT r int, OUT f int, OUT m int) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 125;
COMMENT ON FUNCTION segment_cells(segment_map) IS 'the cells of a map, ordered by r, f, m';

CREATE FUNCTION rfm_segment(rfm_score) RETURNS text
	AS 'MODULE_PATHNAME', 'rfm_segment_default' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_segment(rfm_score) IS
	'segment of a score by the default map; a score of other than five bins is an error';
CREATE FUNCTION rfm_segment(segment_map, rfm_score) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_segment(segment_map, rfm_score) IS
	'segment of a score by a map; a score of another grid is an error';

CREATE FUNCTION segment_rank(segment text) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION segment_rank(text) IS
	'place of a default segment in a chart, 1 Champions to 11 Lost, then 12 Prospect and 13 Not scored: refunds only; NULL for other names';
