-- The extension as a whole: what it promises about every one of its objects.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- Functions a user calls: members of the extension that no type, aggregate, operator, cast or operator class is made of.
CREATE TEMP VIEW members AS
SELECT p.* FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid AND d.refclassid = 'pg_extension'::regclass JOIN pg_proc AS p ON d.objid = p.oid
WHERE d.classid = 'pg_proc'::regclass AND e.extname = 'customer_profile';
CREATE TEMP VIEW support AS
SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend]::oid[]) AS oid FROM pg_type
UNION SELECT unnest(ARRAY[aggtransfn, aggcombinefn, aggfinalfn]::oid[]) FROM pg_aggregate
UNION SELECT castfunc::oid FROM pg_cast UNION SELECT oprcode::oid FROM pg_operator UNION SELECT amproc::oid FROM pg_amproc;
SELECT count(*) > 40 AS many_functions FROM members WHERE oid NOT IN (SELECT oid FROM support);

-- Each has a comment.
SELECT oid::regprocedure AS without_comment FROM members WHERE oid NOT IN (SELECT oid FROM support) AND obj_description(oid, 'pg_proc') IS NULL;
SELECT t.oid::regtype AS without_comment FROM pg_type AS t JOIN members AS m ON t.typinput = m.oid WHERE obj_description(t.oid, 'pg_type') IS NULL AND t.typelem = 0;

-- Immutable and parallel safe, but for those that read tables.
SELECT oid::regprocedure::text AS exception, provolatile, proparallel FROM members WHERE provolatile <> 'i' OR proparallel <> 's' ORDER BY 1;
-- Every aggregate can run in parallel, has a final function that can be called again, and a state that is a type of ours.
SELECT aggfnoid AS aggregate FROM pg_aggregate JOIN members ON aggfnoid = oid
WHERE aggcombinefn = 0 OR aggfinalmodify <> 'r' OR aggtranstype = 'internal'::regtype OR agginitval IS NULL;
-- Every type of ours has a binary form, an order and a hash, and turns into json, but for a score, which is a word, and a state nobody keeps.
SELECT t.oid::regtype AS type FROM pg_type AS t JOIN members AS m ON t.typinput = m.oid
WHERE t.typelem = 0 AND (typreceive = 0 OR typsend = 0
	OR (typname <> 'segment_rules' AND (SELECT count(*) FROM pg_opclass WHERE opcintype = t.oid AND opcdefault) <> 2)
	OR (typname NOT IN ('rfm_score', 'segment_rules') AND NOT EXISTS (SELECT FROM pg_cast WHERE castsource = t.oid AND casttarget = 'json'::regtype)));

-- The reference in the README names every function.
\getenv abs_srcdir PG_ABS_SRCDIR
SELECT DISTINCT proname AS not_in_readme FROM members
WHERE oid NOT IN (SELECT oid FROM support)
	AND position(format('`%s(', proname) IN split_part(pg_read_file(:'abs_srcdir' || '/../README.md'), E'\n## Reference\n', 2)) = 0 ORDER BY 1;

-- Where it lists the columns of an answer, they are those of the function.
CREATE TEMP VIEW columns AS
SELECT proname, (SELECT string_agg(name, ', ' ORDER BY place) FROM unnest(proargnames, proargmodes) WITH ORDINALITY AS a(name, mode, place) WHERE mode IN ('o', 't')) AS names
FROM members WHERE 'o' = ANY (proargmodes) OR 't' = ANY (proargmodes)
UNION SELECT proname, (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = typrelid) FROM members JOIN pg_type ON pg_type.oid = prorettype WHERE typtype = 'c';
CREATE TEMP VIEW listed AS
SELECT m[1] AS proname, m[2] AS names
FROM regexp_split_to_table(split_part(pg_read_file(:'abs_srcdir' || '/../README.md'), E'\n## Reference\n', 2), E'\n') AS line,
	regexp_match(line, '^\| `([a-z_]+?)\(.*? \| (?:[^|.]*?(?:rows|→|:) )?\(?((?:[a-z_]+, ){2,}[a-z_]+)(?:\)| \|$)') AS m
WHERE m IS NOT NULL;
SELECT count(*) > 20 AS many_lists FROM listed;
SELECT DISTINCT proname, names AS in_readme FROM listed WHERE NOT EXISTS (SELECT FROM columns WHERE columns.proname = listed.proname AND columns.names = listed.names) ORDER BY 1;

-- In a schema of its own, next to tables that have the names of our types.
DROP EXTENSION customer_profile;
CREATE SCHEMA apart;
CREATE TABLE timeline (id int);
CREATE EXTENSION customer_profile SCHEMA apart;
SELECT apart.purchases(apart.purchase_summary(timestamptz '2026-01-01Z', 1)) AS purchases;
-- Not relocatable: members of a trusted extension belong to the superuser, so its owner could not move them.
ALTER EXTENSION customer_profile SET SCHEMA public;
DROP TABLE timeline;
SET client_min_messages = warning;
DROP SCHEMA apart CASCADE;
SELECT count(*) AS left_over FROM pg_extension WHERE extname = 'customer_profile';
