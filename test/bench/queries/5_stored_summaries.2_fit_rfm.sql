SELECT fit_rfm(summary, '2026-01-01') FROM customers
