-- differentiation: where a customer stands among the others.

CREATE FUNCTION cume_share(value float8) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cume_share(float8) IS
	'window function: share of the total of positive values, 0 to 1, that values of at least this one make up in the partition; NULL for NULL';
CREATE FUNCTION abc_class(value float8) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION abc_class(float8) IS
	'window function: from the greatest value down, A until 80 % of the total of the partition is reached, B until 95 %, then C; ties are not split; NULL for NULL';
CREATE FUNCTION decile(value float8) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION decile(float8) IS
	'window function: 1 (least) to 10 by quantiles of the partition; ties are not split; NULL for NULL';
CREATE FUNCTION shrink(estimate) RETURNS estimate
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION shrink(estimate) IS
	'window function: the estimate pulled towards the mean of the partition by as much as its standard error is large (empirical Bayes); unchanged without a standard error or with fewer than three that have one';

-- distribution_summary: how often each value came.

\template io distribution_summary

CREATE TYPE distribution_summary (
	INTERNALLENGTH = VARIABLE,
	INPUT = distribution_summary_in,
	OUTPUT = distribution_summary_out,
	RECEIVE = distribution_summary_recv,
	SEND = distribution_summary_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE distribution_summary IS
	'how often each number, or each category, came; merges with + and rollup()';

\template json distribution_summary

\template order distribution_summary

CREATE FUNCTION distribution_summary_accumulate(distribution_summary, value float8) RETURNS distribution_summary
	AS 'MODULE_PATHNAME', 'distribution_summary_add_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION distribution_summary_accumulate(distribution_summary, value text) RETURNS distribution_summary
	AS 'MODULE_PATHNAME', 'distribution_summary_add_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION distribution_summary_merge(distribution_summary, distribution_summary) RETURNS distribution_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION distribution_summary_merge(distribution_summary, distribution_summary) IS 'the values of both summaries, which must both be of numbers or of categories; the other one when one is NULL';
CREATE FUNCTION distribution_summary_final(distribution_summary) RETURNS distribution_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = distribution_summary_merge, LEFTARG = distribution_summary, RIGHTARG = distribution_summary, COMMUTATOR = +);
COMMENT ON OPERATOR + (distribution_summary, distribution_summary) IS 'the values of both summaries, which must both be of numbers or of categories; the other one when one is NULL';
CREATE AGGREGATE rollup(distribution_summary) (
	SFUNC = distribution_summary_merge, STYPE = distribution_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = distribution_summary_merge, FINALFUNC = distribution_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(distribution_summary) IS
	'one distribution_summary of many; NULLs are skipped';
CREATE AGGREGATE distribution_summary(value float8) (
	SFUNC = distribution_summary_accumulate, STYPE = distribution_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = distribution_summary_merge, FINALFUNC = distribution_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE distribution_summary(float8) IS
	'how often each number came; NULLs are skipped and counted; at most 33 million distinct numbers (8 bytes each, 16 when it came more than once, 256 MB)';
CREATE AGGREGATE distribution_summary(value text) (
	SFUNC = distribution_summary_accumulate, STYPE = distribution_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = distribution_summary_merge, FINALFUNC = distribution_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE distribution_summary(text) IS
	'how often each category came; NULLs are skipped and counted';
CREATE FUNCTION gini(distribution_summary) RETURNS float8
	AS 'MODULE_PATHNAME', 'distribution_gini' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION gini(distribution_summary) IS
	'Gini coefficient of the numbers, 0 (all equal) to 1; NULL without numbers or when all are 0; a negative number is an error';
CREATE AGGREGATE gini(value float8) (
	SFUNC = distribution_summary_accumulate, STYPE = distribution_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = distribution_summary_merge, FINALFUNC = gini, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gini(float8) IS
	'Gini coefficient, 0 (all equal) to 1, of the values that are not NULL; NULL when all are 0; a negative value is an error; 58 million distinct values fit (8 bytes each, 16 when it came more than once)';

-- The rule that names the kinds of customers.

CREATE FUNCTION customer_class(lifecycle text, abc_class text, growth estimate, engaged boolean DEFAULT false,
	headroom float8 DEFAULT NULL, worthwhile float8 DEFAULT NULL) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE
			WHEN lifecycle IS NULL OR lifecycle = 'prospect' THEN CASE WHEN engaged THEN 'potential' END
			WHEN lifecycle = 'lapsed' THEN 'lapsed'
			WHEN abc_class = 'A' THEN 'key'
			WHEN (growth).lo > 0 THEN 'fastest growing'
			WHEN headroom >= worthwhile THEN 'potential'
			ELSE 'existing'
		END;
	END;
COMMENT ON FUNCTION customer_class(text, text, estimate, boolean, float8, float8) IS
	'key, fastest growing, potential, existing or lapsed, from the lifecycle, the ABC class of revenue or lifetime value, the growth, whether a customer without a purchase is engaged, and the headroom from which on a customer is worth developing; NULL for a prospect who is not engaged';
