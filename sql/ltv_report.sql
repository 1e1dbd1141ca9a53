-- ltv_report: reading a model of lifetime value.

CREATE FUNCTION ltv_parameters(ltv_model, OUT part text, OUT parameter text, OUT value float8, OUT se float8,
	OUT se_robust float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 7;
COMMENT ON FUNCTION ltv_parameters(ltv_model) IS
	'the parameters of a model with standard errors by the Hessian and by the sandwich, which are NULL at a boundary; times are in periods';

CREATE FUNCTION ltv_covariance(ltv_model, OUT part text, OUT parameter text, OUT other text, OUT covariance float8,
	OUT covariance_robust float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 25;
COMMENT ON FUNCTION ltv_covariance(ltv_model) IS
	'rows: covariances of the estimated parameters by the Hessian and by the sandwich, every pair in both orders; NULL at a boundary';

CREATE FUNCTION ltv_comparison(ltv_model, OUT model text, OUT log_likelihood float8, OUT parameters int, OUT aic float8,
	OUT bic float8, OUT comparable bool, OUT chosen bool, OUT status text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION ltv_comparison(ltv_model) IS
	'rows: the transaction models that were fitted; chosen is the lowest BIC (n: customers) among those that are comparable and converged';

CREATE FUNCTION ltv_diagnostics(ltv_model, OUT model text, OUT as_of date, OUT period interval, OUT timezone text,
	OUT customers bigint, OUT groups bigint, OUT log_likelihood float8, OUT iterations int, OUT converged bool,
	OUT at_boundary bool, OUT gradient_norm float8, OUT spend_customers bigint, OUT spend_excluded bigint,
	OUT spend_log_likelihood float8, OUT condition_number float8, OUT spend_condition_number float8,
	OUT repeat_customers bigint, OUT after_as_of bigint, OUT unmatched_refunds bigint, OUT ignored bigint,
	OUT status text, OUT spend_model text, OUT thinned bigint, OUT meaning text) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_diagnostics(ltv_model) IS
	'what a model was fitted on and how the fit ended; converged, at_boundary and meaning speak of purchases and spend; meaning says in sentences what a boundary means, and what else to know before trusting the fit, NULL: nothing; thinned customers are those for whom others stand because of max_rows';

CREATE FUNCTION ltv_status(ltv_model) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv_status(ltv_model) IS
	'ok, or in a few words why the model cannot answer everything';
