--- needs customers
CREATE UNLOGGED TABLE models AS
SELECT fit_rfm(summary, '2026-01-01') AS rfm, fit_ltv(history, '2026-01-01') AS ltv FROM customers;
ANALYZE models;
