-- ltv: lifetime value, from buy-till-you-die models of purchases and a model of spend.

-- ltv_sample: the customers a fit has read.

\template io ltv_sample

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

\template json ltv_sample
\template order ltv_sample

-- ltv_model: what a fit found.

\template io ltv_model

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

\template json ltv_model
\template order ltv_model

-- Fitting.

CREATE FUNCTION ltv_sample_accumulate(ltv_sample, purchases timeline, as_of date) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_sample_accumulate(ltv_sample, purchases timeline, as_of date, options jsonb) RETURNS ltv_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_sample_accumulate(ltv_sample, purchases timeline, as_of date, covariates float8[], options jsonb) RETURNS ltv_sample
	AS 'MODULE_PATHNAME', 'ltv_sample_accumulate_covariates' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_summary_accumulate(ltv_sample, x int, t_x float8, age float8, mean_value float8, weight bigint, options jsonb) RETURNS ltv_sample
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
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_sample(timeline, date) IS
	'the customers of a population at as_of, to be merged and fitted later with fit_ltv(ltv_sample)';
CREATE AGGREGATE ltv_sample(purchases timeline, as_of date, options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_sample(timeline, date, jsonb) IS
	'the customers of a population at as_of, to be merged and fitted later; options as for fit_ltv';
CREATE AGGREGATE ltv_sample(purchases timeline, as_of date, covariates float8[], options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_sample(timeline, date, float8[], jsonb) IS
	'the customers of a population at as_of, each with as many covariates, to be merged and fitted later; options as for fit_ltv, NULL: the defaults';
CREATE AGGREGATE rollup(ltv_sample) (
	SFUNC = ltv_sample_merge, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = ltv_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(ltv_sample) IS
	'one sample of many, which must be of one as_of and the same options';

CREATE AGGREGATE fit_ltv(purchases timeline, as_of date) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv(timeline, date) IS
	'MBG/NBD and Gamma-Gamma models of one timeline per customer, from purchases on days before as_of, in weeks; NULL timelines are skipped';
CREATE AGGREGATE fit_ltv(purchases timeline, as_of date, options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv(timeline, date, jsonb) IS
	'models of one timeline per customer; options "model" ("mbg/nbd", "bg/nbd", "pareto/nbd", "mbg/cnbd-k" or "bg/bb", or an array of them: all are fitted, see ltv_comparison), "spend" ("gamma-gamma" or "mean"), "period" ("7 days"), "timezone" ("UTC"), "strict" (true: too few customers are an error), "prior_weight" (0: precision of a normal prior on the logs of the parameters), "start" (an earlier ltv_model of the same period as json), "max_rows" (keep so many distinct customers at most, always the same ones, instead of an error)';
CREATE AGGREGATE fit_ltv(purchases timeline, as_of date, covariates float8[], options jsonb) (
	SFUNC = ltv_sample_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv(timeline, date, float8[], jsonb) IS
	'the same with as many covariates for each customer, which move purchases and dropout (all models but "bg/bb"); options NULL: the defaults';
CREATE AGGREGATE fit_ltv_summary(x int, t_x float8, age float8, mean_value float8, weight bigint, options jsonb) (
	SFUNC = ltv_summary_accumulate, STYPE = ltv_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "start": null, "levels": [0, 0], "after_as_of": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_sample_merge, FINALFUNC = fit_ltv, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_ltv_summary(int, float8, float8, float8, bigint, jsonb) IS
	'models from the numbers themselves: x repeat purchases, the last one t_x periods after the first, observed for age periods, mean_value of a repeat purchase (NULL: not known), of weight customers (NULL: 1); rows with NULL x, t_x or age are skipped and counted; options as for fit_ltv';
