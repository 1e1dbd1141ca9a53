-- purchase_summary: the small, fixed summary of one customer's purchases.

\template io purchase_summary

CREATE TYPE purchase_summary (
	INTERNALLENGTH = VARIABLE,
	INPUT = purchase_summary_in,
	OUTPUT = purchase_summary_out,
	RECEIVE = purchase_summary_recv,
	SEND = purchase_summary_send,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE purchase_summary IS
	'first and last purchase, number of purchases, gross and refunds of one customer; merges with + and rollup()';

\template json purchase_summary

-- Order and equality: of the whole content, displayed decimals and ignored rows included.

\template order purchase_summary

-- Building and merging.

CREATE FUNCTION purchase_summary_final(purchase_summary) RETURNS purchase_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION purchase_summary_merge(purchase_summary, purchase_summary) RETURNS purchase_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION purchase_summary_merge(purchase_summary, purchase_summary) IS
	'the summary of both; the other one when one is NULL';

CREATE OPERATOR + (FUNCTION = purchase_summary_merge, LEFTARG = purchase_summary, RIGHTARG = purchase_summary,
	COMMUTATOR = +);
COMMENT ON OPERATOR + (purchase_summary, purchase_summary) IS
	'the summary of both; the other one when one is NULL';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamptz, amount numeric) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamptz, amount numeric) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamptz, numeric) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamptz, amount int8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamptz, amount int8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamptz, int8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamptz, amount float8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamptz, amount float8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamptz, float8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamp, amount numeric) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamp, amount numeric) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamp, numeric) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; times are wall clock in UTC';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamp, amount int8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamp, amount int8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamp, int8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; times are wall clock in UTC';

CREATE FUNCTION purchase_summary_add(purchase_summary, at timestamp, amount float8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at timestamp, amount float8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(timestamp, float8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; times are wall clock in UTC';

CREATE FUNCTION purchase_summary_add(purchase_summary, at date, amount numeric) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_date_numeric' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at date, amount numeric) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(date, numeric) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; days are days in UTC';

CREATE FUNCTION purchase_summary_add(purchase_summary, at date, amount int8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_date_int8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at date, amount int8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(date, int8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; days are days in UTC';

CREATE FUNCTION purchase_summary_add(purchase_summary, at date, amount float8) RETURNS purchase_summary
	AS 'MODULE_PATHNAME', 'purchase_summary_add_date_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE AGGREGATE purchase_summary(at date, amount float8) (
	SFUNC = purchase_summary_add, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE purchase_summary(date, float8) IS
	'summary of one customer''s purchases; amount >= 0 is a purchase, < 0 a refund; days are days in UTC';

CREATE AGGREGATE rollup(purchase_summary) (
	SFUNC = purchase_summary_merge, STYPE = purchase_summary, SSPACE = 80, INITCOND = '{"version": 1, "purchases": 0, "first_purchase_at": null, "last_purchase_at": null, "last_event_at": null, "gross": 0, "refunds": 0, "ignored": 0}',
	COMBINEFUNC = purchase_summary_merge, FINALFUNC = purchase_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(purchase_summary) IS 'one summary of many, such as an account of its people';

-- Asking.

CREATE FUNCTION first_purchase_at(purchase_summary) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'purchase_summary_first_purchase_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_purchase_at(purchase_summary) IS 'time of the first purchase; NULL without one';

CREATE FUNCTION last_purchase_at(purchase_summary) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'purchase_summary_last_purchase_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_purchase_at(purchase_summary) IS 'time of the last purchase; NULL without one';

CREATE FUNCTION last_event_at(purchase_summary) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'purchase_summary_last_event_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_event_at(purchase_summary) IS 'time of the last purchase or refund; NULL without either';

CREATE FUNCTION purchases(purchase_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'purchase_summary_get_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION purchases(purchase_summary) IS 'number of purchases: events with amount >= 0';

CREATE FUNCTION revenue(purchase_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'purchase_summary_get_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue(purchase_summary) IS 'net revenue: gross less refunds, equal to sum(amount); NULL without an event';

CREATE FUNCTION gross(purchase_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'purchase_summary_get_gross' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gross(purchase_summary) IS 'sum of the amounts >= 0; NULL without an event';

CREATE FUNCTION refunds(purchase_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'purchase_summary_get_refunds' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION refunds(purchase_summary) IS 'money given back, as a positive number; NULL without an event';

CREATE FUNCTION ignored(purchase_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'purchase_summary_get_ignored' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ignored(purchase_summary) IS 'number of rows skipped because their time or amount was NULL';

CREATE FUNCTION average_order(purchase_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'purchase_summary_average_order' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION average_order(purchase_summary) IS 'gross revenue per purchase; NULL without a purchase';

CREATE FUNCTION recency_days(purchase_summary, as_of date) RETURNS int
	AS 'MODULE_PATHNAME', 'purchase_summary_recency_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recency_days(purchase_summary, date) IS
	'calendar days from the last purchase to as_of; NULL without a purchase or when the last one is later than as_of (days in UTC)';
CREATE FUNCTION recency_days(purchase_summary, as_of date, timezone text) RETURNS int
	AS 'MODULE_PATHNAME', 'purchase_summary_recency_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recency_days(purchase_summary, date, text) IS
	'calendar days from the last purchase to as_of; NULL without a purchase or when the last one is later than as_of (days in the named time zone)';

CREATE FUNCTION tenure_days(purchase_summary, as_of date) RETURNS int
	AS 'MODULE_PATHNAME', 'purchase_summary_tenure_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenure_days(purchase_summary, date) IS
	'calendar days from the first purchase to as_of; NULL without a purchase or when the first one is later than as_of (days in UTC)';
CREATE FUNCTION tenure_days(purchase_summary, as_of date, timezone text) RETURNS int
	AS 'MODULE_PATHNAME', 'purchase_summary_tenure_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenure_days(purchase_summary, date, text) IS
	'calendar days from the first purchase to as_of; NULL without a purchase or when the first one is later than as_of (days in the named time zone)';
