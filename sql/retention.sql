-- retention: contracts and their renewals, by the shifted beta-geometric model.

-- retention_sample: the customers a fit has read.

\template io retention_sample

CREATE TYPE retention_sample (
	INTERNALLENGTH = VARIABLE,
	INPUT = retention_sample_in,
	OUTPUT = retention_sample_out,
	RECEIVE = retention_sample_recv,
	SEND = retention_sample_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE retention_sample IS
	'what fit_retention has read of customers with contracts: how many left, and how many are still there, after each number of renewals; merges with + and rollup()';

\template json retention_sample
\template order retention_sample

-- retention_model: what a fit found.

\template io retention_model

CREATE TYPE retention_model (
	INTERNALLENGTH = VARIABLE,
	INPUT = retention_model_in,
	OUTPUT = retention_model_out,
	RECEIVE = retention_model_recv,
	SEND = retention_model_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE retention_model IS
	'a fitted shifted beta-geometric model of renewals: alpha and beta, their covariance, how the fit ended and on what';

\template json retention_model
\template order retention_model

-- Fitting.

CREATE FUNCTION retention_sample_add_cohort(retention_sample, periods int, customers bigint) RETURNS retention_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_sample_add_cohort(retention_sample, periods int, customers bigint, period interval) RETURNS retention_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_sample_add_contract(retention_sample, started date, ended date, as_of date, period interval) RETURNS retention_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_sample_merge(retention_sample, retention_sample) RETURNS retention_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_sample_merge(retention_sample, retention_sample) IS
	'the customers of both samples, which must be of one as_of and period; the other one when one is NULL';
CREATE FUNCTION retention_sample_final(retention_sample) RETURNS retention_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION fit_retention(retention_sample) RETURNS retention_model
	AS 'MODULE_PATHNAME', 'retention_sample_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION fit_retention(retention_sample) IS 'the model of the customers in a sample';

CREATE OPERATOR + (FUNCTION = retention_sample_merge, LEFTARG = retention_sample, RIGHTARG = retention_sample, COMMUTATOR = +);
COMMENT ON OPERATOR + (retention_sample, retention_sample) IS
	'the customers of both samples; the other one when one is NULL';

CREATE AGGREGATE retention_sample(periods int, customers bigint) (
	SFUNC = retention_sample_add_cohort, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = retention_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_sample(int, bigint) IS
	'one cohort as rows of customers still there after 0, 1, 2, ... yearly renewals, to be merged with other cohorts and fitted later';
CREATE AGGREGATE retention_sample(periods int, customers bigint, period interval) (
	SFUNC = retention_sample_add_cohort, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = retention_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_sample(int, bigint, interval) IS
	'one cohort as rows of customers still there after 0, 1, 2, ... renewals, one each period of whole months or days; to be merged with other cohorts and fitted later';
CREATE AGGREGATE retention_sample(started date, ended date, as_of date, period interval) (
	SFUNC = retention_sample_add_contract, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = retention_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_sample(date, date, date, interval) IS
	'one contract per row as seen at as_of, to be merged and fitted later; arguments as for fit_retention';
CREATE AGGREGATE rollup(retention_sample) (
	SFUNC = retention_sample_merge, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = retention_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(retention_sample) IS
	'one sample of many, such as one of each cohort; they must be of one as_of and period';

CREATE AGGREGATE fit_retention(periods int, customers bigint) (
	SFUNC = retention_sample_add_cohort, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = fit_retention, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_retention(int, bigint) IS
	'shifted beta-geometric model of one cohort: customers still there after 0, 1, 2, ... renewals, one a year; period 0 is the start, and rows with a NULL are skipped';
CREATE AGGREGATE fit_retention(periods int, customers bigint, period interval) (
	SFUNC = retention_sample_add_cohort, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = fit_retention, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_retention(int, bigint, interval) IS
	'the same with a renewal every period of whole months or days, which only matters for discounting';
CREATE AGGREGATE fit_retention(started date, ended date, as_of date, period interval) (
	SFUNC = retention_sample_add_contract, STYPE = retention_sample, SSPACE = 1024,
	INITCOND = '{"version": 1, "settings": null, "after_as_of": 0, "ignored": 0, "lost": [], "active": [], "cohort": []}',
	COMBINEFUNC = retention_sample_merge, FINALFUNC = fit_retention, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_retention(date, date, date, interval) IS
	'shifted beta-geometric model of contracts that renew every period of whole months or days after they started; ended is NULL while one goes on, and only periods over before as_of count';

-- Applying.

CREATE FUNCTION retention(retention_model, t int) RETURNS float8
	AS 'MODULE_PATHNAME', 'retention_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention(retention_model, int) IS
	'share of the customers of t - 1 renewals who renew a t-th time, t from 1; NULL when the model could not be fitted';
CREATE FUNCTION survival(retention_model, t int) RETURNS float8
	AS 'MODULE_PATHNAME', 'retention_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survival(retention_model, int) IS
	'share of new customers who renew at least t times, t from 0; NULL when the model could not be fitted';
CREATE FUNCTION residual_value(retention_model, margin float8, annual_discount float8, age int) RETURNS float8
	AS 'MODULE_PATHNAME', 'retention_residual_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION residual_value(retention_model, float8, float8, int) IS
	'discounted margin of all renewals to come of a customer who has renewed age times and is up for renewal now, each worth margin; NULL when the model could not be fitted, or when it is infinite';

-- Reading.

CREATE FUNCTION retention_parameters(retention_model, OUT parameter text, OUT value float8, OUT se float8, OUT se_robust float8)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 2;
COMMENT ON FUNCTION retention_parameters(retention_model) IS
	'alpha and beta with standard errors by the Hessian and by the sandwich, which are NULL at a boundary; no rows when the model could not be fitted';
CREATE FUNCTION retention_diagnostics(retention_model, OUT as_of date, OUT period interval, OUT customers bigint, OUT lost bigint,
	OUT periods int, OUT after_as_of bigint, OUT ignored bigint, OUT log_likelihood float8, OUT iterations int, OUT converged bool,
	OUT at_boundary bool, OUT gradient_norm float8, OUT condition_number float8, OUT status text) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_diagnostics(retention_model) IS
	'what a model was fitted on, and how the fit ended; status is ok, or says why the model cannot answer everything';
