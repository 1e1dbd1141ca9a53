-- Usage-based maintenance: amounts are the readings of a meter.

CREATE FUNCTION due(timeline, step numeric, as_of timestamptz, last_done numeric DEFAULT 0,
	OUT threshold numeric, OUT at timestamptz, OUT lo timestamptz, OUT hi timestamptz) RETURNS record
	AS 'MODULE_PATHNAME', 'timeline_due' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION due(timeline, numeric, timestamptz, numeric) IS
	'when the usage that meter readings before as_of show reaches last_done + step: in the past interpolated between the readings lo and hi, in the future by the median rate of the last 200 readings, with its 95 % limits; NULL with a single reading or a rate of 0, lo and hi NULL with fewer than six distinct readings, hi NULL when it may never come';
