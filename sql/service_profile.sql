-- service_profile(): a card for each customer from a table of contacts.

CREATE FUNCTION service_profile_sql(
	contacts regclass,
	customer name,
	at name,
	channel name,
	topic name DEFAULT NULL,
	resolved_at name DEFAULT NULL,
	score name DEFAULT NULL,
	as_of timestamptz DEFAULT NULL,
	repeat_contacts int DEFAULT 3,
	repeat_within interval DEFAULT '2 days',
	open_limit interval DEFAULT '3 days',
	scale int4range DEFAULT '[0,10]',
	good int4range DEFAULT '[9,10]'
) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION service_profile_sql(regclass, name, name, name, name, name, name, timestamptz, int, interval, interval, int4range, int4range) IS
	'the plain SQL that service_profile() runs, to paste into a view; without as_of it says now()';

-- Parallel unsafe only so that the query inside may use parallel workers.
CREATE FUNCTION service_profile(
	contacts regclass,
	customer name,
	at name,
	channel name,
	topic name DEFAULT NULL,
	resolved_at name DEFAULT NULL,
	score name DEFAULT NULL,
	as_of timestamptz DEFAULT now(),
	repeat_contacts int DEFAULT 3,
	repeat_within interval DEFAULT '2 days',
	open_limit interval DEFAULT '3 days',
	scale int4range DEFAULT '[0,10]',
	good int4range DEFAULT '[9,10]'
) RETURNS TABLE (
	customer text,
	as_of timestamptz,
	first_contact_at timestamptz,
	last_contact_at timestamptz,
	tenure_days float8,
	contacts bigint,
	open_contacts bigint,
	topics jsonb,
	preferred_channel text,
	preferred_weight float8,
	escalate bool,
	reason text,
	median_hours float8,
	csat float8,
	ignored bigint,
	resolved_before_contact bigint
)
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION service_profile(regclass, name, name, name, name, name, name, timestamptz, int, interval, interval, int4range, int4range) IS
	'a row for each customer of a table of contacts: contacts, topics, preferred channel, whether to escalate and why, median hours to resolve, share of good scores; ignored: rows without a time; resolved_before_contact: contacts that cannot be, left out of the median; runs as the caller';
