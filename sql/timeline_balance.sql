-- Loyalty points: amounts above 0 are earned, those below 0 spent.

CREATE FUNCTION balance(timeline, as_of timestamptz, expires interval) RETURNS numeric
	AS 'MODULE_PATHNAME', 'timeline_balance' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION balance(timeline, timestamptz, interval) IS
	'points left of those earned (amounts above 0) and spent (below 0) before as_of, the oldest spent first and each expiring that long after it was earned (NULL: never); negative when more was spent than there was; NULL without an amount before as_of';
