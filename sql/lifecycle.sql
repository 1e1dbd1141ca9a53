-- Where a customer is in the life cycle.

CREATE FUNCTION lifecycle(timeline, as_of date, options jsonb DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'timeline_lifecycle' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION lifecycle(timeline, date, jsonb) IS
	'prospect (also for a NULL timeline), new, active, at risk, lapsed or reactivated, by the customer''s own median gap between purchase days before as_of, taken within 14 to 180 days; options "one_time_gap" (90: days, for who came once), "timezone"';
