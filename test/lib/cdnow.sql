-- The orders of the CDNOW sample (test/data/README.md) as a table.
-- psql variable data: the directory test/data, where the server can read it.

\set unpack 'gzip -dc ' :data '/cdnow_sample.txt.gz'
CREATE TEMP TABLE cdnow_line (line text);
COPY cdnow_line FROM PROGRAM :'unpack';

CREATE TABLE orders (customer_id int, ordered_on date, amount numeric);
INSERT INTO orders
SELECT field[1]::int, field[3]::date, field[5]::numeric
FROM cdnow_line, regexp_split_to_array(trim(line), ' +') AS field;
DROP TABLE cdnow_line;
ANALYZE orders;
