-- meaning(x): what a value of ours says, as text that every version and platform gives alike.
-- Needs the tables of test/lib/values.sql.

CREATE FUNCTION meaning(x purchase_summary) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', extract(epoch FROM first_purchase_at(x)), extract(epoch FROM last_purchase_at(x)),
		purchases(x), gross(x), refunds(x), revenue(x), ignored(x))
$$;

CREATE FUNCTION meaning(x timeline) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', events(x), extract(epoch FROM first_event_at(x)), extract(epoch FROM last_event_at(x)),
		purchase_days(x), md5(string_agg(concat_ws(' ', extract(epoch FROM occurred_at), label, amount), ',')),
		meaning(summarize(x, '2100-01-01')))
	FROM unnest(x)
$$;

CREATE FUNCTION meaning(x rfm_score) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', recency_score(x), frequency_score(x), monetary_score(x))
$$;

CREATE FUNCTION meaning(x rfm_model) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ',
		(SELECT string_agg(concat_ws(' ', dimension, score, above::numeric, up_to::numeric, customers), ', '
			ORDER BY dimension, score) FROM rfm_breaks(x)),
		(SELECT concat_ws(' ', to_char(as_of, 'YYYY-MM-DD'), bins, customers, not_scored, after_as_of, ignored)
			FROM rfm_diagnostics(x)),
		(SELECT string_agg(meaning(rfm_score(x, summary)), ',' ORDER BY customer_id)
			FROM customer WHERE customer_id < 100))
$$;

CREATE FUNCTION meaning(x segment_map) RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM segment_cells(x) AS c
$$;

CREATE FUNCTION meaning(x ltv_model) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ',
		(SELECT string_agg(concat_ws(' ', part, parameter, round(value::numeric, 5), round(se::numeric, 5)), ', '
			ORDER BY part, parameter) FROM ltv_parameters(x)),
		(SELECT concat_ws(' ', model, to_char(as_of, 'YYYY-MM-DD'), period, timezone, customers, groups,
			round(log_likelihood::numeric, 5), converged, at_boundary, spend_customers, spend_excluded)
			FROM ltv_diagnostics(x)),
		-- A model with covariates asks for them, and one from numbers for as_of.
		(SELECT string_agg(concat_ws(' ', round(p_alive(x, history, '1997-10-01', NULL, covariates)::numeric, 6),
			round(ltv(x, history, '1 year', 0.1, 1, '1997-10-01', covariates)::numeric, 4)), ',' ORDER BY customer_id)
			FROM customer, (SELECT CASE WHEN EXISTS (SELECT FROM ltv_parameters(x) WHERE parameter LIKE '%covariate%')
				THEN '{1,2}'::float8[] END AS covariates) AS c
			WHERE customer_id < 100))
$$;

CREATE FUNCTION meaning(x retention_model) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ',
		(SELECT string_agg(concat_ws(' ', parameter, round(value::numeric, 5), round(se::numeric, 5)), ', ' ORDER BY parameter) FROM retention_parameters(x)),
		round(survival(x, 5)::numeric, 6), round(residual_value(x, 100, 0.1, 3)::numeric, 4))
$$;

CREATE FUNCTION meaning(x ltv_holdout) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', to_char(calibration_end, 'YYYY-MM-DD'), to_char(holdout_end, 'YYYY-MM-DD'), model, customers, acquired_later, actual_purchases, naive_purchases,
		round(predicted_purchases::numeric, 4), round(purchases_rmse::numeric, 5), round(predicted_spend::numeric, 3), status)
	FROM holdout_summary(x)
$$;

-- A sample may be of too few customers to be fitted.
CREATE FUNCTION meaning(x ltv_holdout_sample) RETURNS text LANGUAGE sql AS $$
	SELECT md5(x::text)
$$;

CREATE FUNCTION meaning(x retention_sample) RETURNS text LANGUAGE sql AS $$
	SELECT md5(x::text)
$$;

CREATE FUNCTION meaning(x score_summary) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', asked(x), responses(x), round((mean_score(x)).value::numeric, 6), round((response_rate(x)).lo::numeric, 6))
$$;

CREATE FUNCTION meaning(x duration_summary) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', cases(x), ended_count(x), open_count(x), ignored(x), round(quantile_hours(x, 0.5)::numeric, 6), round((survival(x, '3 days')).value::numeric, 6))
$$;

CREATE FUNCTION meaning(x ltv_tracking) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', to_char(period_end, 'YYYY-MM-DD'), round(expected_cumulative::numeric, 4), actual_cumulative), ', ' ORDER BY period_end)
	FROM tracking_periods(x)
$$;

-- The rules of a map that is not whole yet mean what they say.
CREATE FUNCTION meaning(x segment_rules) RETURNS text LANGUAGE sql AS $$
	SELECT md5(x::text)
$$;

-- Their text says all that they hold.
CREATE FUNCTION meaning(x kmeans_sample) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x kmeans_model) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x persona_profile) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x distribution_summary) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x segment_moves) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x cohort_retention) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';
CREATE FUNCTION meaning(x prediction_summary) RETURNS text LANGUAGE sql AS 'SELECT md5(x::text)';

-- A sample means the model that comes of it.
DO $$
DECLARE
	fit record;
BEGIN
	FOR fit IN
		SELECT DISTINCT a.aggfinalfn, a.aggtranstype::regtype AS sample
		FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
		WHERE p.proname IN ('fit_rfm', 'fit_ltv') AND a.aggfinalfn <> 0
	LOOP
		EXECUTE format('CREATE FUNCTION meaning(x %s) RETURNS text LANGUAGE sql AS ''SELECT meaning(%s(x))''',
			fit.sample, fit.aggfinalfn);
	END LOOP;
END
$$;
