-- ltv: lifetime value, from buy-till-you-die models of purchases and a model of spend.

-- ltv_sample: the customers a fit has read.

CREATE TYPE ltv_sample;

CREATE FUNCTION ltv_sample_in(cstring) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_sample_out(ltv_sample) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_sample_recv(internal) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_sample_send(ltv_sample) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE ltv_sample (
	INTERNALLENGTH = VARIABLE,
	INPUT = ltv_sample_in,
	OUTPUT = ltv_sample_out,
	RECEIVE = ltv_sample_recv,
	SEND = ltv_sample_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE ltv_sample IS
	'what fit_ltv has read of a population: how many customers have each purchase history and mean spend; merges with + and rollup()';

CREATE FUNCTION ltv_sample_json(ltv_sample) RETURNS json
	AS 'MODULE_PATHNAME', 'ltv_sample_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_sample_json(ltv_sample) IS 'the text form of an ltv_sample as json';
CREATE CAST (ltv_sample AS json) WITH FUNCTION ltv_sample_json(ltv_sample);

-- ltv_model: what a fit found.

CREATE TYPE ltv_model;

CREATE FUNCTION ltv_model_in(cstring) RETURNS ltv_model
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_model_out(ltv_model) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_model_recv(internal) RETURNS ltv_model
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION ltv_model_send(ltv_model) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE ltv_model (
	INTERNALLENGTH = VARIABLE,
	INPUT = ltv_model_in,
	OUTPUT = ltv_model_out,
	RECEIVE = ltv_model_recv,
	SEND = ltv_model_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE ltv_model IS
	'a fitted model of lifetime value: parameters, their covariance, how the fit ended and on what';

CREATE FUNCTION ltv_model_json(ltv_model) RETURNS json
	AS 'MODULE_PATHNAME', 'ltv_model_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_model_json(ltv_model) IS 'the text form of an ltv_model as json';
CREATE CAST (ltv_model AS json) WITH FUNCTION ltv_model_json(ltv_model);

-- Fitting.

CREATE FUNCTION ltv_sample_accumulate(ltv_sample, purchases timeline, as_of date) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_sample_accumulate(ltv_sample, purchases timeline, as_of date, options jsonb) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_sample_merge(ltv_sample, ltv_sample) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ltv_sample_merge(ltv_sample, ltv_sample) IS
	'the customers of both samples, which must be of one as_of and the same options; the other one when one is NULL';
CREATE FUNCTION ltv_sample_final(ltv_sample) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE FUNCTION fit_ltv(ltv_sample) RETURNS ltv_model
	AS 'MODULE_PATHNAME', 'ltv_sample_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION fit_ltv(ltv_sample) IS 'the model of the customers in a sample';

CREATE OPERATOR + (FUNCTION = ltv_sample_merge, LEFTARG = ltv_sample, RIGHTARG = ltv_sample, COMMUTATOR = +);
COMMENT ON OPERATOR + (ltv_sample, ltv_sample) IS
	'the customers of both samples; the other one when one is NULL';

CREATE AGGREGATE ltv_sample(purchases timeline, as_of date) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_sample(timeline, date) IS
	'the customers of a population at as_of, to be merged and fitted later with fit_ltv(ltv_sample)';
CREATE AGGREGATE ltv_sample(purchases timeline, as_of date, options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_sample(timeline, date, jsonb) IS
	'the customers of a population at as_of, to be merged and fitted later; options as for fit_ltv';
CREATE AGGREGATE rollup(ltv_sample) (
	SFUNC = ltv_sample_merge, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ltv_sample) IS
	'one sample of many, which must be of one as_of and the same options';

CREATE AGGREGATE fit_ltv(purchases timeline, as_of date) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv(timeline, date) IS
	'MBG/NBD and Gamma-Gamma models of one timeline per customer, from purchases on days before as_of, in weeks; NULL timelines are skipped';
CREATE AGGREGATE fit_ltv(purchases timeline, as_of date, options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv(timeline, date, jsonb) IS
	'models of one timeline per customer; options "model" ("mbg/nbd" or "bg/nbd"), "spend" ("gamma-gamma"), "period" ("7 days"), "timezone" ("UTC"), "strict" (true: too few customers are an error)';

-- Applying.

CREATE FUNCTION p_alive(ltv_model, timeline) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_p_alive' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION p_alive(ltv_model, timeline) IS
	'probability that a customer is still one at the as_of of the model; NULL without a purchase before it';
CREATE FUNCTION p_alive(ltv_model, timeline, as_of date) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_p_alive' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION p_alive(ltv_model, timeline, date) IS
	'probability that a customer is still one at as_of; NULL without a purchase before it';
CREATE FUNCTION expected_purchases(ltv_model, timeline, horizon interval) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expected_purchases(ltv_model, timeline, interval) IS
	'expected number of purchase days within horizon after the as_of of the model; NULL without a purchase before it';
CREATE FUNCTION expected_purchases(ltv_model, timeline, horizon interval, as_of date) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expected_purchases(ltv_model, timeline, interval, date) IS
	'expected number of purchase days within horizon after as_of; NULL without a purchase before it';
CREATE FUNCTION expected_spend(ltv_model, timeline) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_spend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expected_spend(ltv_model, timeline) IS
	'expected net value of a future purchase day of a customer; NULL without a purchase before the as_of of the model, or where it is infinite';
CREATE FUNCTION expected_spend(ltv_model, timeline, as_of date) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_spend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expected_spend(ltv_model, timeline, date) IS
	'expected net value of a future purchase day of a customer; NULL without a purchase before as_of, or where it is infinite';
CREATE FUNCTION ltv(ltv_model, timeline, horizon interval DEFAULT '1 year', annual_discount float8 DEFAULT 0.10,
	margin float8 DEFAULT 1, as_of date DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_value_of_customer' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ltv(ltv_model, timeline, interval, float8, float8, date) IS
	'future value: expected discounted net revenue within horizon (NULL: for ever) after as_of (NULL: that of the model), times margin; NULL without a purchase before as_of';

-- Reading.

CREATE FUNCTION ltv_parameters(ltv_model, OUT part text, OUT parameter text, OUT value float8, OUT se float8,
	OUT se_robust float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 7;
COMMENT ON FUNCTION ltv_parameters(ltv_model) IS
	'the parameters of a model with standard errors by the Hessian and by the sandwich, which are NULL at a boundary; times are in periods';

CREATE FUNCTION ltv_diagnostics(ltv_model, OUT model text, OUT as_of date, OUT period interval, OUT timezone text,
	OUT customers bigint, OUT groups bigint, OUT log_likelihood float8, OUT iterations int, OUT converged bool,
	OUT at_boundary bool, OUT gradient_norm float8, OUT spend_customers bigint, OUT spend_excluded bigint,
	OUT spend_log_likelihood float8, OUT condition_number float8, OUT spend_condition_number float8,
	OUT repeat_customers bigint, OUT after_as_of bigint, OUT unmatched_refunds bigint, OUT ignored bigint,
	OUT status text) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_diagnostics(ltv_model) IS
	'what a model was fitted on and how the fit ended; converged and at_boundary speak of purchases and spend';

CREATE FUNCTION ltv_status(ltv_model) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_status(ltv_model) IS
	'ok, or in a few words why the model cannot answer everything';
