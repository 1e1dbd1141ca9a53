SELECT count(slice(contacts, '[2025-01-01Z,2025-07-01Z)')) FROM labelled
