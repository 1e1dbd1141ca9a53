-- CPU time (see run) of lifetime value from stored timelines, beside the Python package lifetimes and the R package CLVTools. lifetimes
-- gets the numbers ready made, as fit_ltv_summary does; CLVTools' time is that of the fit, without reading the orders. All fits have the
-- standard errors. "mean" leaves the fit of spend out; the difference of the first two of 7_ltv_fit_spend is that fit.

--- task 7_ltv_fit_mbg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant fit_ltv_mean
SELECT fit_ltv(history, '2026-01-01', '{"model": "mbg/nbd", "spend": "mean"}') FROM ltv_customers
--- variant fit_ltv_summary_mean
SELECT fit_ltv_summary(x::int, t_x / 7::float8, age / 7::float8, m, 1, '{"model": "mbg/nbd", "spend": "mean"}') FROM ltv_numbers
--- lifetimes lifetimes
fit mbg/nbd

--- task 7_ltv_fit_bg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant fit_ltv_mean
SELECT fit_ltv(history, '2026-01-01', '{"model": "bg/nbd", "spend": "mean"}') FROM ltv_customers
--- variant fit_ltv_summary_mean
SELECT fit_ltv_summary(x::int, t_x / 7::float8, age / 7::float8, m, 1, '{"model": "bg/nbd", "spend": "mean"}') FROM ltv_numbers
--- lifetimes lifetimes
fit bg/nbd
--- clvtools clvtools
bg/nbd

--- task 7_ltv_fit_pareto
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant fit_ltv_mean
SELECT fit_ltv(history, '2026-01-01', '{"model": "pareto/nbd", "spend": "mean"}') FROM ltv_customers
--- variant fit_ltv_summary_mean
SELECT fit_ltv_summary(x::int, t_x / 7::float8, age / 7::float8, m, 1, '{"model": "pareto/nbd", "spend": "mean"}') FROM ltv_numbers
--- lifetimes lifetimes
fit pareto/nbd
--- clvtools clvtools
pareto/nbd

--- task 7_ltv_fit_spend
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant fit_ltv_gamma_gamma
SELECT fit_ltv(history, '2026-01-01') FROM ltv_customers
--- variant fit_ltv_mean
SELECT fit_ltv(history, '2026-01-01', '{"spend": "mean"}') FROM ltv_customers
--- lifetimes lifetimes
fit gamma-gamma
--- clvtools clvtools
gamma-gamma

--- task 7_ltv_fit_ten_times
--- clock cpu
--- needs ltv_customers_tenth
--- variant fit_ltv_tenth
SELECT fit_ltv(history, '2026-01-01') FROM ltv_customers_tenth
--- variant fit_ltv
SELECT fit_ltv(history, '2026-01-01') FROM ltv_customers

--- task 7_ltv_predict_mbg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant p_alive_and_expected_purchases
SELECT sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'mbg/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'mbg/nbd'
--- lifetimes lifetimes
predict mbg/nbd

--- task 7_ltv_value_mbg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant ltv
SELECT sum(ltv(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'mbg/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'mbg/nbd'
--- lifetimes lifetimes
ltv mbg/nbd

--- task 7_ltv_predict_bg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant p_alive_and_expected_purchases
SELECT sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'bg/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'bg/nbd'
--- lifetimes lifetimes
predict bg/nbd

--- task 7_ltv_value_bg
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant ltv
SELECT sum(ltv(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'bg/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'bg/nbd'
--- lifetimes lifetimes
ltv bg/nbd

--- task 7_ltv_predict_pareto
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant p_alive_and_expected_purchases
SELECT sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'pareto/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'pareto/nbd'
--- lifetimes lifetimes
predict pareto/nbd

--- task 7_ltv_value_pareto
--- clock cpu
--- needs ltv_customers
--- needs ltv_numbers
--- needs ltv_models
--- variant ltv
SELECT sum(ltv(ltv, history, '365.25 days')) FROM ltv_customers, ltv_models WHERE model = 'pareto/nbd'
--- variant scan
SELECT sum(events(history)) FROM ltv_customers, ltv_models WHERE model = 'pareto/nbd'
--- lifetimes lifetimes
ltv pareto/nbd
