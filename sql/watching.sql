-- watching: are a model's scores still good, and has anything drifted?

\template io prediction_summary

CREATE TYPE prediction_summary (
	INTERNALLENGTH = VARIABLE,
	INPUT = prediction_summary_in,
	OUTPUT = prediction_summary_out,
	RECEIVE = prediction_summary_recv,
	SEND = prediction_summary_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE prediction_summary IS
	'scores of a model in bins of logit(score), with what came of them; merges with + and rollup()';

\template json prediction_summary

\template order prediction_summary

CREATE FUNCTION prediction_summary_accumulate(prediction_summary, score float8, outcome boolean) RETURNS prediction_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION prediction_summary_merge(prediction_summary, prediction_summary) RETURNS prediction_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION prediction_summary_merge(prediction_summary, prediction_summary) IS 'the customers of both summaries; the other one when one is NULL';
CREATE FUNCTION prediction_summary_final(prediction_summary) RETURNS prediction_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE OPERATOR + (FUNCTION = prediction_summary_merge, LEFTARG = prediction_summary, RIGHTARG = prediction_summary, COMMUTATOR = +);
COMMENT ON OPERATOR + (prediction_summary, prediction_summary) IS 'the customers of both summaries; the other one when one is NULL';
CREATE AGGREGATE rollup(prediction_summary) (
	SFUNC = prediction_summary_merge, STYPE = prediction_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = prediction_summary_merge, FINALFUNC = prediction_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(prediction_summary) IS
	'one prediction_summary of many; NULLs are skipped';
CREATE AGGREGATE prediction_summary(score float8, outcome boolean) (
	SFUNC = prediction_summary_accumulate, STYPE = prediction_summary, SSPACE = 16384,
	INITCOND = '{"version": 1, "settings": null, "ignored": 0, "entries": []}',
	COMBINEFUNC = prediction_summary_merge, FINALFUNC = prediction_summary_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE prediction_summary(float8, boolean) IS
	'scores (probabilities 0 to 1) and outcomes of one row per customer; a NULL outcome is not known yet, a NULL score is skipped and counted';

CREATE FUNCTION auc(prediction_summary) RETURNS estimate
	AS 'MODULE_PATHNAME', 'prediction_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION auc(prediction_summary) IS
	'chance that a customer with the outcome has a higher score than one without, with the standard error of DeLong; NULL unless both outcomes occur';
CREATE FUNCTION ks(prediction_summary) RETURNS float8
	AS 'MODULE_PATHNAME', 'prediction_ks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ks(prediction_summary) IS
	'greatest distance, 0 to 1, between the distributions of the scores with and without the outcome; NULL unless both occur';
CREATE FUNCTION brier(prediction_summary) RETURNS estimate
	AS 'MODULE_PATHNAME', 'prediction_brier' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION brier(prediction_summary) IS
	'mean squared distance of scores and outcomes, 0 is best, with the standard error of a mean; NULL without known outcomes';
CREATE FUNCTION calibration(prediction_summary, OUT intercept float8, OUT slope float8, OUT intercept_se float8,
	OUT slope_se float8) RETURNS record
	AS 'MODULE_PATHNAME', 'prediction_calibration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION calibration(prediction_summary) IS
	'logistic regression of the outcome on logit(score): intercept 0 and slope 1 are perfect; NULL where there is no finite answer';
CREATE FUNCTION lift(prediction_summary, share float8) RETURNS estimate
	AS 'MODULE_PATHNAME', 'prediction_lift' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION lift(prediction_summary, float8) IS
	'rate of the outcome among this share (0 to 1) of customers with the highest scores, over the rate of all, with its standard error by the delta method; NULL without a positive outcome';
CREATE FUNCTION prediction_deciles(prediction_summary, OUT decile int, OUT n bigint, OUT known bigint, OUT positives bigint,
	OUT mean_score float8, OUT rate float8, OUT lo float8, OUT hi float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'prediction_deciles' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION prediction_deciles(prediction_summary) IS
	'each tenth of the customers by score, 10 the highest: how many, of known outcome, with the outcome, their mean score and rate with a 95 % interval (Wilson)';
CREATE FUNCTION psi(reference distribution_summary, current distribution_summary, OUT psi float8, OUT p float8, OUT verdict text) RETURNS record
	AS 'MODULE_PATHNAME', 'psi_distribution' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION psi(distribution_summary, distribution_summary) IS
	'population stability index by deciles of the reference or by category, the probability of as much without drift, and a verdict: stable, moderate or major; NULL when either is empty';
CREATE FUNCTION psi(reference prediction_summary, current prediction_summary, OUT psi float8, OUT p float8, OUT verdict text) RETURNS record
	AS 'MODULE_PATHNAME', 'psi_prediction' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION psi(prediction_summary, prediction_summary) IS
	'population stability index by deciles of the reference of logit(score), the probability of as much without drift, and a verdict: stable, moderate or major; NULL when either is empty';
