-- daily_counts(): contacts by topic and day, with the days of none, for surprise().

CREATE FUNCTION daily_counts(
	contacts regclass,
	customer name,
	at name,
	topic name DEFAULT NULL,
	since date DEFAULT NULL,
	as_of date DEFAULT current_date,
	timezone text DEFAULT 'UTC'
) RETURNS TABLE (topic text, day date, contacts bigint, customers bigint)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION daily_counts(regclass, name, name, name, date, date, text) IS
	'contacts and distinct customers for every topic and every day since <= day < as_of, zeros included; since is the first contact when NULL; runs as the caller';
