SELECT sum(r.events) FROM labelled, repeats(contacts, '7 days', '2025-06-01Z') AS r
