SELECT count(t.value) FROM customers, trend(history, '30 days', '2026-01-01', 12) AS t
