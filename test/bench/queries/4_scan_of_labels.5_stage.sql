SELECT count(s.current) FROM labelled, stage(contacts, '{web,chat,email,phone,shop}', '2026-01-01Z') AS s
