SELECT count(lifecycle(history, '2026-01-01')) FROM customers
