-- How events come in clusters: repeated contacts, the densest time, sessions.

CREATE FUNCTION repeats(timeline, within interval, as_of timestamptz,
		OUT events bigint, OUT labels bigint, OUT first_at timestamptz, OUT last_at timestamptz)
	AS 'MODULE_PATHNAME', 'timeline_repeats' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION repeats(timeline, interval, timestamptz) IS
	'events with as_of - within <= at < as_of: how many, on how many distinct labels, the first and the last; 0 and NULL without any';

CREATE FUNCTION densest(timeline, within interval,
		OUT starts_at timestamptz, OUT ends_at timestamptz, OUT events bigint, OUT labels bigint)
	AS 'MODULE_PATHNAME', 'timeline_densest' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION densest(timeline, interval) IS
	'the window starts_at <= at < ends_at of this length with most events, then most distinct labels, then the latest; NULL without events';

CREATE FUNCTION sessions(timeline, gap interval,
		OUT started_at timestamptz, OUT ended_at timestamptz, OUT events bigint, OUT labels text[]) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_sessions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION sessions(timeline, interval) IS
	'a row for each session in order of time; a new one starts after more than gap without an event; labels are its distinct labels without NULL';
