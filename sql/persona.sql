-- persona: what makes a segment different from all customers.

CREATE TYPE persona_profile;

CREATE FUNCTION persona_profile_in(cstring) RETURNS persona_profile
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_out(persona_profile) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_recv(internal) RETURNS persona_profile
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_send(persona_profile) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

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
	'how many customers of each segment have which value of which attribute, and exact sums of numeric ones; merges with + and rollup()';

CREATE FUNCTION persona_profile_json(persona_profile) RETURNS json
	AS 'MODULE_PATHNAME', 'persona_profile_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION persona_profile_json(persona_profile) IS 'the text form of a persona_profile as json';
CREATE CAST (persona_profile AS json) WITH FUNCTION persona_profile_json(persona_profile);

-- Order and equality: of the whole content.

CREATE FUNCTION persona_profile_lt(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_le(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_eq(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_ne(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_ge(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_gt(persona_profile, persona_profile) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_cmp(persona_profile, persona_profile) RETURNS int4
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_hash(persona_profile) RETURNS int4
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION persona_profile_hash_extended(persona_profile, int8) RETURNS int8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR < (FUNCTION = persona_profile_lt, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <= (FUNCTION = persona_profile_le, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR = (FUNCTION = persona_profile_eq, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR <> (FUNCTION = persona_profile_ne, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR >= (FUNCTION = persona_profile_ge, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR > (FUNCTION = persona_profile_gt, LEFTARG = persona_profile, RIGHTARG = persona_profile,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);

CREATE OPERATOR CLASS persona_profile_ops DEFAULT FOR TYPE persona_profile USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 persona_profile_cmp(persona_profile, persona_profile);
CREATE OPERATOR CLASS persona_profile_ops DEFAULT FOR TYPE persona_profile USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 persona_profile_hash(persona_profile),
	FUNCTION 2 persona_profile_hash_extended(persona_profile, int8);

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
