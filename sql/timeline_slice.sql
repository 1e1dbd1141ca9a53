-- A part of a timeline, as a timeline.

CREATE FUNCTION slice(timeline, tstzrange) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_slice' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION slice(timeline, tstzrange) IS
	'the events in the range; NULL when nothing is left';

CREATE FUNCTION with_label(timeline, label text) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_with_label' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION with_label(timeline, text) IS
	'the events of one label; NULL when there is none';

CREATE FUNCTION with_label(timeline, labels text[]) RETURNS timeline
	AS 'MODULE_PATHNAME', 'timeline_with_labels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION with_label(timeline, text[]) IS
	'the events of any of the labels, a NULL among them standing for events without one; NULL when there is none';

CREATE FUNCTION timeline_minus(timeline, timeline) RETURNS timeline
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE OPERATOR - (FUNCTION = timeline_minus, LEFTARG = timeline, RIGHTARG = timeline);
COMMENT ON OPERATOR - (timeline, timeline) IS
	'without exactly the events of the right side; an event that is not there is an error';
