-- The text form of a type @ as json.
CREATE FUNCTION @_json(@) RETURNS json
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @_json(@) IS 'the text form as json';
CREATE CAST (@ AS json) WITH FUNCTION @_json(@);
