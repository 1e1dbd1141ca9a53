-- persona: what makes a segment different from all customers.

\template io persona_profile

CREATE TYPE persona_profile (
	INTERNALLENGTH = VARIABLE,
	INPUT = persona_profile_in,
	OUTPUT = persona_profile_out,
	RECEIVE = persona_profile_recv,
	SEND = persona_profile_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE persona_profile IS
	'how many customers of each segment have which value of which attribute, and exact sums of numeric ones, kept to 6 decimals; merges with + and rollup()';

\template json persona_profile

\template order persona_profile

CREATE FUNCTION persona_profile_accumulate(persona_profile, segment text, attributes jsonb) RETURNS persona_profile
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION persona_profile_merge(persona_profile, persona_profile) RETURNS persona_profile
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION persona_profile_merge(persona_profile, persona_profile) IS 'the customers of both profiles; the other one when one is NULL';
CREATE FUNCTION persona_profile_final(persona_profile) RETURNS persona_profile
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = persona_profile_merge, LEFTARG = persona_profile, RIGHTARG = persona_profile, COMMUTATOR = +);
COMMENT ON OPERATOR + (persona_profile, persona_profile) IS 'the customers of both profiles; the other one when one is NULL';
CREATE AGGREGATE rollup(persona_profile) (
	SFUNC = persona_profile_merge, STYPE = persona_profile, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = persona_profile_merge, FINALFUNC = persona_profile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(persona_profile) IS
	'one persona_profile of many; NULLs are skipped';
CREATE AGGREGATE persona_profile(segment text, attributes jsonb) (
	SFUNC = persona_profile_accumulate, STYPE = persona_profile, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = persona_profile_merge, FINALFUNC = persona_profile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE persona_profile(text, jsonb) IS
	'profile of one row per customer: the segment and an object of attributes, strings and booleans as values, numbers (to 6 decimals, within 9e12) as averages, nulls as missing; a NULL segment is skipped and counted';

CREATE FUNCTION personas(profile persona_profile, OUT segment text, OUT attribute text, OUT value text, OUT n bigint,
	OUT share float8, OUT base_share float8, OUT index float8, OUT lo float8, OUT hi float8, OUT z float8,
	OUT evidence float8, OUT mean float8, OUT base_mean float8, OUT difference float8, OUT kind text,
	OUT shrunk float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION personas(persona_profile) IS
	'each value of a segment against all customers: index 100 is average, lo and hi a 95 % interval of shrunk, the index drawn towards 100 where customers are few, evidence its signed strength; a number has means and a standardised difference with its interval; kind is value, number or missing';
CREATE FUNCTION persona_sentence(profile persona_profile, segment text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION persona_sentence(persona_profile, text) IS
	'the strongest facts about a segment in one sentence with their numbers; NULL for an unknown segment';
