-- Prints the tables value_TYPE as statements that fill the table fixture (type, id, bytes, meaning).
SELECT format(
	'SELECT format(''INSERT INTO fixture VALUES (%%L, %%s, %%L, %%L);'', %L, id, %I(value), meaning(value)) FROM %I ORDER BY id',
	type, type || '_send', table_name)
FROM (
	SELECT relname AS table_name, substr(relname, length('value_') + 1) AS type
	FROM pg_class WHERE relname LIKE 'value\_%' AND relkind = 'r') AS v
ORDER BY type
\gexec
