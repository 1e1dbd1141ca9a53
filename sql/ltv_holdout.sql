-- ltv_holdout: how well a model of lifetime value foresees what it has not seen.

-- ltv_holdout_sample: the state of the aggregate, customers as they were before and after.

\template io ltv_holdout_sample

CREATE TYPE ltv_holdout_sample (
	INTERNALLENGTH = VARIABLE,
	INPUT = ltv_holdout_sample_in,
	OUTPUT = ltv_holdout_sample_out,
	RECEIVE = ltv_holdout_sample_recv,
	SEND = ltv_holdout_sample_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE ltv_holdout_sample IS
	'what the aggregate ltv_holdout has read: how many customers have each history and each holdout';

\template json ltv_holdout_sample
\template order ltv_holdout_sample

-- ltv_holdout: the result.

\template io ltv_holdout

CREATE TYPE ltv_holdout (
	INTERNALLENGTH = VARIABLE,
	INPUT = ltv_holdout_in,
	OUTPUT = ltv_holdout_out,
	RECEIVE = ltv_holdout_recv,
	SEND = ltv_holdout_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE ltv_holdout IS
	'a model fitted on what was known at a date, and how it compares with what happened after it';

\template json ltv_holdout
\template order ltv_holdout

CREATE FUNCTION ltv_holdout_accumulate(ltv_holdout_sample, purchases timeline, calibration_end date, holdout_end date)
	RETURNS ltv_holdout_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_holdout_accumulate(ltv_holdout_sample, purchases timeline, calibration_end date, holdout_end date, options jsonb)
	RETURNS ltv_holdout_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_holdout_merge(ltv_holdout_sample, ltv_holdout_sample) RETURNS ltv_holdout_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION ltv_holdout_final(ltv_holdout_sample) RETURNS ltv_holdout
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;

CREATE AGGREGATE ltv_holdout(purchases timeline, calibration_end date, holdout_end date) (
	SFUNC = ltv_holdout_accumulate, STYPE = ltv_holdout_sample, SSPACE = 32768,
	INITCOND = '{"version": 1, "settings": null, "holdout_end": null, "acquired_later": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_holdout_merge, FINALFUNC = ltv_holdout_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_holdout(timeline, date, date) IS
	'fits the default models to purchases on days before calibration_end, and compares them with what the same customers bought from then on days before holdout_end; NULL timelines are skipped';
CREATE AGGREGATE ltv_holdout(purchases timeline, calibration_end date, holdout_end date, options jsonb) (
	SFUNC = ltv_holdout_accumulate, STYPE = ltv_holdout_sample, SSPACE = 32768,
	INITCOND = '{"version": 1, "settings": null, "holdout_end": null, "acquired_later": 0, "unmatched_refunds": 0, "ignored": 0, "log_gaps": 0, "customers": []}',
	COMBINEFUNC = ltv_holdout_merge, FINALFUNC = ltv_holdout_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ltv_holdout(timeline, date, date, jsonb) IS
	'the same with options as for fit_ltv';

CREATE FUNCTION holdout_summary(ltv_holdout, OUT calibration_end date, OUT holdout_end date, OUT model text, OUT customers bigint,
	OUT acquired_later bigint, OUT predicted_purchases float8, OUT actual_purchases bigint, OUT naive_purchases bigint,
	OUT purchases_mae float8, OUT purchases_rmse float8, OUT purchases_bias float8, OUT naive_purchases_mae float8,
	OUT naive_purchases_rmse float8, OUT naive_purchases_bias float8, OUT spend_customers bigint, OUT predicted_spend float8,
	OUT actual_spend float8, OUT naive_spend float8, OUT spend_mae float8, OUT spend_rmse float8, OUT spend_bias float8,
	OUT naive_spend_mae float8, OUT naive_spend_rmse float8, OUT naive_spend_bias float8, OUT unmatched_refunds bigint,
	OUT ignored bigint, OUT status text) RETURNS record
	AS 'MODULE_PATHNAME', 'ltv_holdout_summary' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION holdout_summary(ltv_holdout) IS
	'predicted and actual repeat purchase days and net revenue of the holdout, errors per customer (bias: predicted less actual), and the same for the naive forecast of as much as in as many days before; predictions are NULL when the model could not be fitted';
CREATE FUNCTION holdout_deciles(ltv_holdout, ranked_by text DEFAULT 'purchases', OUT decile int, OUT customers bigint,
	OUT predicted_purchases float8, OUT actual_purchases bigint, OUT naive_purchases bigint, OUT predicted_spend float8,
	OUT actual_spend float8, OUT naive_spend float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ltv_holdout_deciles' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION holdout_deciles(ltv_holdout, text) IS
	'totals by decile of customers, decile 1 with the highest predicted "purchases" or "spend"; customers with the same prediction stay together, and no rows when there is none';
CREATE FUNCTION holdout_frequencies(ltv_holdout, OUT repeat_purchases int, OUT or_more bool, OUT customers bigint,
	OUT predicted_purchases float8, OUT actual_purchases bigint, OUT naive_purchases bigint, OUT predicted_spend float8,
	OUT actual_spend float8, OUT naive_spend float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ltv_holdout_frequencies' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 11;
COMMENT ON FUNCTION holdout_frequencies(ltv_holdout) IS
	'totals by number of repeat purchase days before calibration_end; divided by customers, the plot of conditional expectations';
CREATE FUNCTION holdout_model(ltv_holdout) RETURNS ltv_model
	AS 'MODULE_PATHNAME', 'ltv_holdout_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION holdout_model(ltv_holdout) IS 'the model that was compared, fitted as of calibration_end';
