--- needs ltv_customers
-- Our models of them, and what lifetimes.py compares with: parameters, log-likelihoods and sums of predictions.
CREATE UNLOGGED TABLE ltv_models AS
SELECT model, fit_ltv(history, '2026-01-01', jsonb_build_object('model', model)) AS ltv
FROM ltv_customers, (VALUES ('mbg/nbd'), ('bg/nbd'), ('pareto/nbd')) AS m (model) GROUP BY model;
ANALYZE ltv_models;
CREATE UNLOGGED TABLE ltv_ours AS
SELECT ltv_models.model, json_build_object(
	'purchase', (SELECT json_object_agg(parameter, value) FROM ltv_parameters(ltv) WHERE part = 'purchase'),
	'spend', (SELECT json_object_agg(parameter, value) FROM ltv_parameters(ltv) WHERE part = 'spend'),
	'purchase_log_likelihood', log_likelihood, 'spend_log_likelihood', spend_log_likelihood,
	'predict', (SELECT json_build_array(sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, '365.25 days'))) FROM ltv_customers),
	'ltv', (SELECT json_build_array(sum(ltv(ltv, history, '365.25 days'))) FROM ltv_customers)) AS ours
FROM ltv_models, ltv_diagnostics(ltv) AS d WHERE d.model = ltv_models.model;
