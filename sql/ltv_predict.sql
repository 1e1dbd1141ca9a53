-- ltv_predict: what a model of lifetime value says of a customer.
-- as_of NULL is that of the model; covariates are those the model was fitted with, in the same order.

CREATE FUNCTION p_alive(ltv_model, customer timeline, as_of date DEFAULT NULL, ahead interval DEFAULT NULL,
	covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_p_alive' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION p_alive(ltv_model, timeline, date, interval, float8[]) IS
	'probability that a customer is still one at as_of, and with ahead that it is still one so much later; NULL without a purchase before as_of';
CREATE FUNCTION expected_purchases(ltv_model, customer timeline, horizon interval, as_of date DEFAULT NULL,
	covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_purchases' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION expected_purchases(ltv_model, timeline, interval, date, float8[]) IS
	'expected number of purchase days within horizon after as_of (bg/bb: of opportunities with a purchase, of which as many are to come as whole periods fit into the horizon); NULL without a purchase before it';
CREATE FUNCTION purchase_probabilities(ltv_model, customer timeline, horizon interval, n int, as_of date DEFAULT NULL,
	covariates float8[] DEFAULT NULL, OUT purchases int, OUT probability float8) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ltv_purchase_probabilities' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10 COST 10;
COMMENT ON FUNCTION purchase_probabilities(ltv_model, timeline, interval, int, date, float8[]) IS
	'rows: the probability of each number of purchase days from 0 to n (99,999 at most) within horizon after as_of; no rows without a purchase before it; an error where the sums are too long (mbg/cnbd-k: more than 500,000/k purchases; bg/bb: n times opportunities above 4,000,000)';
CREATE FUNCTION purchase_range(ltv_model, customer timeline, horizon interval, level float8 DEFAULT 0.90, as_of date DEFAULT NULL,
	covariates float8[] DEFAULT NULL, OUT lo int, OUT hi int) RETURNS record
	AS 'MODULE_PATHNAME', 'ltv_purchase_range' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION purchase_range(ltv_model, timeline, interval, float8, date, float8[]) IS
	'the range in which the number of purchase days within horizon after as_of is with probability level, as much left out below as above; NULL without a purchase before as_of; an error where it reaches 100,000, or the sums are too long, as of purchase_probabilities';
CREATE FUNCTION p_purchase(ltv_model, customer timeline, horizon interval, as_of date DEFAULT NULL,
	covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_p_purchase' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION p_purchase(ltv_model, timeline, interval, date, float8[]) IS
	'probability of a purchase within horizon (NULL: ever) after as_of; NULL without a purchase before it';
CREATE FUNCTION next_purchase_days(ltv_model, customer timeline, as_of date DEFAULT NULL, covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_next_purchase_days' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION next_purchase_days(ltv_model, timeline, date, float8[]) IS
	'median number of days from as_of to the next purchase; NULL where it is more likely never to come, and without a purchase before as_of';
CREATE FUNCTION expected_spend(ltv_model, customer timeline, as_of date DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_spend' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION expected_spend(ltv_model, timeline, date) IS
	'expected net value of a future purchase day of a customer; NULL without a purchase before as_of, or where it is infinite';
CREATE FUNCTION ltv(ltv_model, customer timeline, horizon interval DEFAULT '1 year', annual_discount float8 DEFAULT 0.10,
	margin float8 DEFAULT 1, as_of date DEFAULT NULL, covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_value_of_customer' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION ltv(ltv_model, timeline, interval, float8, float8, date, float8[]) IS
	'future value: expected discounted net revenue within horizon (NULL: without end) after as_of, times margin; NULL without a purchase before as_of, and without end and without a discount (0) unless dropout is quick enough for the sum to be finite (a, s or gamma above 1)';
CREATE FUNCTION ltv_estimate(ltv_model, customer timeline, horizon interval DEFAULT '1 year', annual_discount float8 DEFAULT 0.10,
	margin float8 DEFAULT 1, as_of date DEFAULT NULL, covariates float8[] DEFAULT NULL) RETURNS estimate
	AS 'MODULE_PATHNAME', 'ltv_estimate' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION ltv_estimate(ltv_model, timeline, interval, float8, float8, date, float8[]) IS
	'the same as ltv, and NULL where it is, with the standard error and 95 % interval of that expected value, from the uncertainty of the parameters; they are NULL where a parameter is at the boundary, and n is the number of customers in the fit';
CREATE FUNCTION expected_new_customer(ltv_model, horizon interval, covariates float8[] DEFAULT NULL) RETURNS float8
	AS 'MODULE_PATHNAME', 'ltv_expected_new_customer' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION expected_new_customer(ltv_model, interval, float8[]) IS
	'expected number of repeat purchase days of a new customer within horizon of the first purchase; NULL where purchases could not be fitted';
