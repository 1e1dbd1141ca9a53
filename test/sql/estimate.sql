-- estimate: a composite that later rooms fill; that each member has its comment is part of its face.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

SELECT attname, format_type(atttypid, atttypmod) AS type, col_description(attrelid, attnum) IS NOT NULL AS commented
FROM pg_attribute WHERE attrelid = (SELECT typrelid FROM pg_type WHERE oid = 'estimate'::regtype) AND attnum > 0 ORDER BY attnum;
-- An ordinary composite: stored, read as columns, NULL members allowed.
CREATE TEMP TABLE stored (e estimate);
INSERT INTO stored VALUES (ROW(1.5, 0.25, 1, 2, 7)::estimate), (ROW(1, NULL, NULL, NULL, 1)::estimate);
SELECT (e).* FROM stored ORDER BY (e).lo;
