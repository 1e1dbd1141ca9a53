-- The trend of a timeline.

CREATE FUNCTION trend(timeline, period interval, as_of date, periods int) RETURNS estimate
	AS 'MODULE_PATHNAME', 'timeline_trend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION trend(timeline, interval, date, int) IS
	'growth of the net amount per period on the log scale (exp(value) - 1 is the growth rate), over up to that many periods before as_of (midnight UTC) since the first event; NULL with fewer than 3 periods or 2 with a positive total';
