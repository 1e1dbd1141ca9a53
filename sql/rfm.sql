-- rfm: recency, frequency and monetary scores by quantiles of a population.

-- rfm_score: three scores and the number of bins they belong to.

\template io rfm_score

CREATE TYPE rfm_score (
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	INPUT = rfm_score_in,
	OUTPUT = rfm_score_out,
	RECEIVE = rfm_score_recv,
	SEND = rfm_score_send,
	ALIGNMENT = int4
);
COMMENT ON TYPE rfm_score IS
	'recency, frequency and monetary score of a customer, 5 (or the number of bins) is best: 545; other grids 434/4 or 10-3-7/10';

CREATE FUNCTION rfm_score_lt(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_le(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_eq(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_ne(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_ge(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_gt(rfm_score, rfm_score) RETURNS bool
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_cmp(rfm_score, rfm_score) RETURNS int4
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_hash(rfm_score) RETURNS int4
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_score_hash_extended(rfm_score, int8) RETURNS int8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR < (FUNCTION = rfm_score_lt, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <= (FUNCTION = rfm_score_le, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR = (FUNCTION = rfm_score_eq, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR <> (FUNCTION = rfm_score_ne, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR >= (FUNCTION = rfm_score_ge, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR > (FUNCTION = rfm_score_gt, LEFTARG = rfm_score, RIGHTARG = rfm_score,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);

CREATE OPERATOR CLASS rfm_score_ops DEFAULT FOR TYPE rfm_score USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 rfm_score_cmp(rfm_score, rfm_score),
	FUNCTION 4 btequalimage(oid);
CREATE OPERATOR CLASS rfm_score_ops DEFAULT FOR TYPE rfm_score USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 rfm_score_hash(rfm_score),
	FUNCTION 2 rfm_score_hash_extended(rfm_score, int8);

CREATE FUNCTION recency_score(rfm_score) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recency_score(rfm_score) IS '1 (last purchase longest ago) to the number of bins';
CREATE FUNCTION frequency_score(rfm_score) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION frequency_score(rfm_score) IS '1 (fewest purchases) to the number of bins';
CREATE FUNCTION monetary_score(rfm_score) RETURNS int
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION monetary_score(rfm_score) IS '1 (least revenue) to the number of bins';

-- rfm_sample: what a fit has read so far.

\template io rfm_sample

CREATE TYPE rfm_sample (
	INTERNALLENGTH = VARIABLE,
	INPUT = rfm_sample_in,
	OUTPUT = rfm_sample_out,
	RECEIVE = rfm_sample_recv,
	SEND = rfm_sample_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE rfm_sample IS
	'what fit_rfm has read of a population: one entry per customer; merges with + and rollup()';

\template json rfm_sample
\template order rfm_sample

-- rfm_model: the breaks between scores.

\template io rfm_model

CREATE TYPE rfm_model (
	INTERNALLENGTH = VARIABLE,
	INPUT = rfm_model_in,
	OUTPUT = rfm_model_out,
	RECEIVE = rfm_model_recv,
	SEND = rfm_model_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE rfm_model IS
	'the breaks between RFM scores, how they were fitted and on how many customers';

\template json rfm_model
\template order rfm_model

-- Fitting.

CREATE FUNCTION rfm_sample_accumulate(rfm_sample, summary purchase_summary, as_of date) RETURNS rfm_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_sample_accumulate(rfm_sample, summary purchase_summary, as_of date, options jsonb) RETURNS rfm_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_sample_merge(rfm_sample, rfm_sample) RETURNS rfm_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_sample_merge(rfm_sample, rfm_sample) IS
	'the customers of both samples, which must be of one as_of and the same options; the other one when one is NULL';
CREATE FUNCTION rfm_sample_final(rfm_sample) RETURNS rfm_sample
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE FUNCTION fit_rfm(rfm_sample) RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'rfm_sample_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION fit_rfm(rfm_sample) IS 'the model of the customers in a sample';

CREATE OPERATOR + (FUNCTION = rfm_sample_merge, LEFTARG = rfm_sample, RIGHTARG = rfm_sample, COMMUTATOR = +);
COMMENT ON OPERATOR + (rfm_sample, rfm_sample) IS
	'the customers of both samples; the other one when one is NULL';

CREATE AGGREGATE rfm_sample(summary purchase_summary, as_of date) (
	SFUNC = rfm_sample_accumulate, STYPE = rfm_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = rfm_sample_merge, FINALFUNC = rfm_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_sample(purchase_summary, date) IS
	'the customers of a population at as_of, to be merged and fitted later with fit_rfm(rfm_sample)';
CREATE AGGREGATE rfm_sample(summary purchase_summary, as_of date, options jsonb) (
	SFUNC = rfm_sample_accumulate, STYPE = rfm_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = rfm_sample_merge, FINALFUNC = rfm_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_sample(purchase_summary, date, jsonb) IS
	'the customers of a population at as_of, to be merged and fitted later; options as for fit_rfm';
CREATE AGGREGATE rollup(rfm_sample) (
	SFUNC = rfm_sample_merge, STYPE = rfm_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = rfm_sample_merge, FINALFUNC = rfm_sample_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(rfm_sample) IS
	'one sample of many, which must be of one as_of and the same options';

CREATE AGGREGATE fit_rfm(summary purchase_summary, as_of date) (
	SFUNC = rfm_sample_accumulate, STYPE = rfm_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = rfm_sample_merge, FINALFUNC = fit_rfm, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_rfm(purchase_summary, date) IS
	'RFM model of one summary per customer: quintiles of days since the last purchase, purchases and net revenue; NULL summaries are skipped';
CREATE AGGREGATE fit_rfm(summary purchase_summary, as_of date, options jsonb) (
	SFUNC = rfm_sample_accumulate, STYPE = rfm_sample, SSPACE = 16384,
	INITCOND = '{"version": 1, "as_of": null, "bins": null, "monetary": null, "timezone": null, "not_scored": 0, "after_as_of": 0, "ignored": 0, "customers": []}',
	COMBINEFUNC = rfm_sample_merge, FINALFUNC = fit_rfm, PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_rfm(purchase_summary, date, jsonb) IS
	'RFM model of one summary per customer; options "bins" (2 to 10), "monetary" ("net" or "gross"), "timezone"';

CREATE FUNCTION rfm_model(recency_breaks float8[], frequency_breaks float8[], monetary_breaks float8[],
	as_of date, options jsonb DEFAULT NULL) RETURNS rfm_model
	AS 'MODULE_PATHNAME', 'rfm_model_by_breaks' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_model(float8[], float8[], float8[], date, jsonb) IS
	'RFM model with breaks by hand, in days, purchases and money; options "monetary" ("net" or "gross"), "timezone"';

-- Reading and applying.

CREATE FUNCTION rfm_breaks(rfm_model, OUT dimension text, OUT score int, OUT above float8, OUT up_to float8,
	OUT customers bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 15;
COMMENT ON FUNCTION rfm_breaks(rfm_model) IS
	'the bin (above, up_to] of each score in days, purchases or money, NULL at the open ends, and the customers of the fit in it';

CREATE FUNCTION rfm_diagnostics(rfm_model, OUT as_of date, OUT bins int, OUT customers bigint,
	OUT not_scored bigint, OUT after_as_of bigint, OUT ignored bigint, OUT monetary text, OUT timezone text) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_diagnostics(rfm_model) IS
	'as_of and options of a model, and how many customers were scored, had no purchase, or had one after as_of; rows ignored by their summaries';

CREATE FUNCTION rfm_score(rfm_model, purchase_summary) RETURNS rfm_score
	AS 'MODULE_PATHNAME', 'rfm_model_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(rfm_model, purchase_summary) IS
	'score of a customer at the as_of of the model; NULL without a purchase, or with one on a later day';
CREATE FUNCTION rfm_score(rfm_model, purchase_summary, as_of date) RETURNS rfm_score
	AS 'MODULE_PATHNAME', 'rfm_model_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION rfm_score(rfm_model, purchase_summary, date) IS
	'score of a customer at as_of by the breaks of the model; NULL without a purchase, or with one on a later day';
