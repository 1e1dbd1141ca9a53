SELECT count(preferred_label(contacts, '2026-01-01Z')) FROM labelled
