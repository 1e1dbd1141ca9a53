--- task 6_stored_summaries
--- needs customers
--- needs models
--- variant scan
SELECT sum(purchases(summary)) FROM customers
--- variant fit_rfm
SELECT fit_rfm(summary, '2026-01-01') FROM customers
--- variant rfm_score
SELECT count(rfm_score(rfm, summary)) FROM customers, models
--- variant rfm_segment
SELECT count(rfm_segment(rfm_score(rfm, summary))) FROM customers, models

--- task 6_stored_timelines
--- needs customers
--- needs models
--- variant scan
SELECT sum(events(history)) FROM customers
--- variant last_event_at
SELECT max(last_event_at(history)) FROM customers
--- variant summarize
SELECT count(summarize(history, '2026-01-01')) FROM customers
--- variant purchase_days
SELECT sum(purchase_days(history)) FROM customers
--- variant total
SELECT sum(total(history)) FROM customers
--- variant lifecycle
SELECT count(lifecycle(history, '2026-01-01')) FROM customers
--- variant trend
SELECT count(t.value) FROM customers, trend(history, '30 days', '2026-01-01', 12) AS t

--- task 6_ltv
--- needs customers
--- needs models
--- variant scan
SELECT sum(events(history)) FROM customers
--- variant fit_ltv
SELECT fit_ltv(history, '2026-01-01') FROM customers
--- variant p_alive_and_expected_purchases
SELECT sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, interval '1 year')) FROM customers, models
--- variant ltv
SELECT sum(ltv(ltv, history, interval '1 year')) FROM customers, models

--- task 6_stored_labels
--- needs labelled
--- variant scan
SELECT sum(events(contacts)) FROM labelled
--- variant last_label
SELECT count(last_label(contacts)) FROM labelled
--- variant preferred_label
SELECT count(preferred_label(contacts, '2026-01-01Z')) FROM labelled
--- variant repeats
SELECT sum(r.events) FROM labelled, repeats(contacts, '7 days', '2025-06-01Z') AS r
--- variant stage
SELECT count(s.current) FROM labelled, stage(contacts, '{web,chat,email,phone,shop}', '2026-01-01Z') AS s
--- variant slice
SELECT count(slice(contacts, '[2025-01-01Z,2025-07-01Z)')) FROM labelled
--- variant with_label
SELECT count(with_label(contacts, 'phone')) FROM labelled
