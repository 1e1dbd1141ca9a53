-- What a customer prefers, and when the customer is active.

CREATE FUNCTION label_share(timeline, as_of timestamptz, options jsonb DEFAULT NULL,
		OUT label text, OUT share float8, OUT effective_n float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_label_share' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION label_share(timeline, timestamptz, jsonb) IS
	'a row for each label, highest share first, of the events before as_of: each weighs 2^(-age/half_life) (option half_life, 90 days), times its amount with {"weigh": "amount"}; smoothed by alpha (1) times prior (an object of label weights; equal ones)';

CREATE FUNCTION preferred_label(timeline, as_of timestamptz, options jsonb DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'timeline_preferred_label' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION preferred_label(timeline, timestamptz, jsonb) IS
	'label with the highest label_share() (the same options; half_life is 90 days); NULL when the evidence is weak: effective_n below 2, or a lead below 0.1';

CREATE FUNCTION hour_share(timeline, timezone text DEFAULT 'UTC',
		OUT weekday int, OUT hour int, OUT share float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'timeline_hour_share' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION hour_share(timeline, text) IS
	'part of all events in each hour of the week that has any: weekday 1 (Monday) to 7, hour 0 to 23, by the clock of the named time zone';
