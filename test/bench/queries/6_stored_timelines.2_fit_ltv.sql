SELECT fit_ltv(history, '2026-01-01') FROM customers
