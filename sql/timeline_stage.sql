-- Where a customer stands on a ladder of stages.

CREATE FUNCTION stage(timeline, ladder text[], as_of timestamptz, strict bool DEFAULT false,
		OUT current text, OUT furthest text, OUT since timestamptz)
	AS 'MODULE_PATHNAME', 'timeline_stage' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION stage(timeline, text[], timestamptz, bool) IS
	'stage before as_of on a ladder of labels (lowest first), the furthest ever reached, and since when it is the current one; labels off the ladder are ignored, or an error when strict; NULL without a stage';

CREATE FUNCTION stage_durations(timeline, ladder text[], as_of timestamptz,
		OUT stage text, OUT entered_at timestamptz, OUT left_at timestamptz) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_stage_durations' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION stage_durations(timeline, text[], timestamptz) IS
	'a row for each uninterrupted visit to a stage of the ladder before as_of, in order of time; left_at is NULL for the stage the customer is still in';
