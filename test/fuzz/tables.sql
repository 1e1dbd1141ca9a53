-- The tables that random queries (RandomQuery.pm) ask: sales with a key of every sort, in all kinds of
-- tables, and what to join them with. The same rows each time. Needs the extension in the search_path.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE DOMAIN key_domain AS int8;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE region AS ENUM ('north', 'south', 'east', 'west');

-- Without ICU these are other names of C.
DO $$
BEGIN
	CREATE COLLATION plain_icu (PROVIDER = icu, LOCALE = 'und');
	CREATE COLLATION insensitive (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
EXCEPTION WHEN feature_not_supported THEN
	CREATE COLLATION plain_icu FROM "C";
	CREATE COLLATION insensitive FROM "C";
END $$;
CREATE TYPE pair_insensitive AS (a int, b text COLLATE insensitive);

-- A number 0..n-1 that looks random, by i and salt.
CREATE FUNCTION pick(i int, salt int, n int) RETURNS int LANGUAGE SQL IMMUTABLE PARALLEL SAFE
AS $$ SELECT ((hashint4extended(i, salt) % n + n) % n)::int $$;

CREATE TABLE sale (
	id int NOT NULL,
	k_few int, k_int4 int, k_int2 int2, k_int8 int8, k_oid oid, k_uuid uuid, k_text text, k_c text COLLATE "C",
	k_icu text COLLATE plain_icu, k_ci text COLLATE insensitive, k_varchar varchar(12), k_char char(6), k_name name,
	k_date date, k_num numeric, k_bool bool, k_bytea bytea, k_pair pair, k_pair_ci pair_insensitive, k_array int[], k_texts text[],
	k_domain key_domain, k_region region, k_float float8, k_float4 float4, k_time timestamptz, k_clock time, k_interval interval,
	k_jsonb jsonb, k_bit bit(4), k_money money, k_big text, k_range int4range, k_inet inet,
	a_num numeric, a_int8 int8, a_int4 int, a_float float8, a_wild numeric, a_cents numeric(12, 2), a_poison numeric, a_poison_float float8,
	t_zone timestamptz, t_stamp timestamp, t_date date, t_wild timestamptz, t_poison timestamp,
	label text
);

-- n sales; the keys with many values have about as many as groups says.
CREATE FUNCTION make_sale(n int, salt int, groups int) RETURNS SETOF sale LANGUAGE SQL STABLE
AS $$
	SELECT i,
		CASE WHEN pick(i, salt, 20) > 0 THEN pick(i, salt + 1, 7) END,
		CASE WHEN pick(i, salt + 2, 50) > 0 THEN g END,
		(g % 300 - 100)::int2,
		CASE WHEN pick(i, salt + 3, 50) > 0 THEN g * 4294967311 - 5000000000 END,
		(g % 40 + 3000000000)::oid,
		CASE WHEN pick(i, salt + 4, 30) > 0 THEN md5(g::text)::uuid END,
		CASE WHEN pick(i, salt + 5, 30) > 0 THEN repeat('customer ', g % 4) || g END,
		CASE WHEN pick(i, salt + 6, 30) > 0 THEN substr('', 1, g % 2) || chr(192 + g % 100) || g / 3 END,
		CASE g % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE chr(97 + g % 26) || chr(192 + g % 26) END,
		CASE WHEN pick(i, salt + 7, 2) > 0 THEN upper(chr(97 + g % 26) || g % 3) ELSE chr(97 + g % 26) || g % 3 END,
		'v' || g % 1000, 'c' || g % 30, ('n' || g % 10)::name,
		CASE WHEN g % 11 > 0 THEN DATE '2024-01-01' + g % 60 END,
		CASE pick(i, salt + 8, 3) WHEN 0 THEN (g % 50)::numeric WHEN 1 THEN (g % 50)::numeric(8, 2) ELSE (g % 40) / 4.0 END,
		CASE WHEN g % 7 > 0 THEN g % 2 = 0 END,
		decode(md5((g % 90)::text), 'hex'), CASE WHEN g % 9 > 0 THEN ROW(g % 8, CASE WHEN g % 3 > 0 THEN 'b' || g % 5 END)::pair END,
		CASE WHEN g % 13 > 0 THEN ROW(g % 3, chr(65 + g % 4 + 32 * pick(i, salt + 31, 2)))::pair_insensitive END,
		CASE g % 4 WHEN 0 THEN ARRAY[g % 5, NULL] WHEN 1 THEN '{}' WHEN 2 THEN ARRAY[[1, g % 6]] END, ARRAY['t' || g % 6],
		g - 10, (enum_range(NULL::region))[g % 5 + 1],
		(ARRAY[0, '-0', 'NaN', 'Infinity', '-Infinity', 1.5, 0.1, NULL]::float8[])[g % 8 + 1],
		(g % 9 / 8.0)::float4,
		timestamptz '2024-01-01 00:00Z' + g % 77 * interval '1 hour', time '00:00' + g % 20 * interval '1 hour',
		(ARRAY['1 mon', '30 days', '720:00', '1 day', '24:00', NULL]::interval[])[pick(i, salt + 9, 6) + 1],
		CASE g % 3 WHEN 0 THEN jsonb_build_object('a', g % 5) WHEN 1 THEN to_jsonb('x' || g % 4) END,
		(g % 16)::bit(4), (g % 12)::money,
		CASE WHEN g % 40 < 3 THEN repeat(md5((g % 40)::text), 200) ELSE 'small ' || g % 3 END,
		int4range(g % 5, g % 5 + 3), ('10.0.0.' || g % 30)::inet,
		CASE WHEN pick(i, salt + 10, 25) > 0 THEN (pick(i, salt + 11, 100000) - 10000) / 100.0 END,
		CASE WHEN pick(i, salt + 12, 40) > 0 THEN pick(i, salt + 13, 2000) - 100 END,
		pick(i, salt + 12, 500) - 50,
		CASE WHEN pick(i, salt + 14, 25) > 0 THEN (pick(i, salt + 15, 100000) - 10000) / 64.0 END,
		CASE pick(i, salt + 16, 12) WHEN 0 THEN 12345678901234567.000000000000000001 WHEN 1 THEN -0.00000000000000000051 WHEN 2 THEN NULL
			WHEN 3 THEN 99999999999999 WHEN 4 THEN -99999999999999.99999 WHEN 5 THEN 9223372036854775.807 WHEN 6 THEN 0.000
			ELSE pick(i, salt + 17, 1000) * 10.0 ^ (pick(i, salt + 18, 12) - 6) END,
		(pick(i, salt + 11, 10000) - 500) / 100.0,
		CASE WHEN i % 1000 = 7 THEN 'NaN' WHEN i % 1000 = 8 THEN 1e30 ELSE i / 10.0 END,
		CASE WHEN i % 1000 = 9 THEN 'Infinity' ELSE i / 10.0 END,
		CASE WHEN pick(i, salt + 19, 25) > 0 THEN timestamptz '2024-01-01 00:00Z' + pick(i, salt + 20, 31536000) * interval '1 second' END,
		CASE WHEN pick(i, salt + 21, 25) > 0 THEN timestamp '2024-01-01' + pick(i, salt + 22, 8760) * interval '1 hour 1 microsecond' END,
		CASE WHEN pick(i, salt + 23, 25) > 0 THEN DATE '2023-06-01' + pick(i, salt + 24, 500) END,
		CASE pick(i, salt + 25, 10) WHEN 0 THEN '0044-03-15 00:00Z BC' WHEN 1 THEN '294276-12-31 23:59:59.999999Z' WHEN 2 THEN NULL
			ELSE timestamptz '1970-01-01Z' + pick(i, salt + 26, 2000000000) * interval '1 second 7 microseconds' END,
		CASE WHEN i % 1000 = 10 THEN 'infinity' ELSE timestamp '2024-01-01' + i * interval '1 minute' END,
		(ARRAY['web', 'shop', '', NULL, 'çarşı', repeat('long ', 60)])[pick(i, salt + 27, 5 + pick(i, salt + 28, 2)) + 1]
	FROM generate_series(1, n) AS i,
		LATERAL (SELECT CASE WHEN pick(i, salt + 29, 4) > 0 THEN pick(i, salt + 30, groups) ELSE pick(i, salt + 30, groups / 50 + 1) END AS g) AS x
$$;

INSERT INTO sale SELECT * FROM make_sale(1500, 1000, 300);
ALTER TABLE sale ADD PRIMARY KEY (id);
CREATE INDEX ON sale (k_int4);
CREATE INDEX ON sale (k_text, k_few);

CREATE TABLE many AS SELECT * FROM make_sale(4000, 2000, 3000);
CREATE TABLE big AS SELECT * FROM make_sale(20000, 3000, 12000);
CREATE TABLE none AS SELECT * FROM make_sale(0, 1, 1);
CREATE TABLE one AS SELECT * FROM make_sale(1, 4000, 10);
CREATE TABLE skewed AS SELECT * FROM make_sale(1500, 5000, 3);
CREATE INDEX ON skewed (k_few);

-- Statistics that are wrong by much, either way.
CREATE TABLE underrated (LIKE sale) WITH (autovacuum_enabled = off);
INSERT INTO underrated SELECT * FROM make_sale(20, 6000, 2);
ANALYZE underrated;
INSERT INTO underrated SELECT * FROM make_sale(4000, 6000, 3900);
CREATE TABLE overrated (LIKE sale) WITH (autovacuum_enabled = off);
INSERT INTO overrated SELECT * FROM make_sale(3000, 7000, 3000);
ANALYZE overrated;
DELETE FROM overrated;
INSERT INTO overrated SELECT * FROM make_sale(300, 7000, 2);

-- Dropped and late columns; rows of before the late ones.
CREATE TABLE altered AS SELECT 1 AS gone, 'x'::text AS gone_too, s.* FROM make_sale(800, 8000, 100) AS s;
ALTER TABLE altered DROP COLUMN gone, DROP COLUMN a_int8, DROP COLUMN label;
ALTER TABLE altered ADD COLUMN a_int8 int8 DEFAULT 7, ADD COLUMN label text DEFAULT 'late';
ALTER TABLE altered DROP COLUMN gone_too;
INSERT INTO altered (id, k_few, k_int4, a_num, t_zone, label) SELECT 1000 + id, k_few, k_int4, a_num, t_zone, label FROM make_sale(200, 8100, 50);

-- Partitions, one with its columns in another order, one of partitions.
CREATE TABLE by_hash (LIKE sale) PARTITION BY HASH (k_int4);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE by_hash_1 AS SELECT label AS was, k_uuid AS k_unused FROM sale LIMIT 0;
DO $$
BEGIN
	EXECUTE (SELECT 'ALTER TABLE by_hash_1 ' || string_agg(format('ADD COLUMN %I %s%s', attname, format_type(atttypid, atttypmod),
			CASE WHEN collname IS NOT NULL AND collname <> 'default' THEN ' COLLATE ' || quote_ident(collname) ELSE '' END), ', ' ORDER BY attnum DESC)
		FROM pg_attribute LEFT JOIN pg_collation AS c ON c.oid = attcollation
		WHERE attrelid = 'sale'::regclass AND attnum > 0 AND NOT attisdropped);
END $$;
ALTER TABLE by_hash_1 DROP COLUMN was, DROP COLUMN k_unused, ALTER COLUMN id SET NOT NULL;
ALTER TABLE by_hash ATTACH PARTITION by_hash_1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE by_hash_2 PARTITION OF by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY LIST (k_region);
CREATE TABLE by_hash_2_north PARTITION OF by_hash_2 FOR VALUES IN ('north', NULL);
CREATE TABLE by_hash_2_rest PARTITION OF by_hash_2 DEFAULT;
INSERT INTO by_hash SELECT * FROM make_sale(1500, 9000, 300);

CREATE TABLE by_list (LIKE sale) PARTITION BY LIST (k_few);
CREATE TABLE by_list_low PARTITION OF by_list FOR VALUES IN (0, 1, 2);
CREATE TABLE by_list_high PARTITION OF by_list FOR VALUES IN (3, 4, 5, 6);
CREATE TABLE by_list_null PARTITION OF by_list FOR VALUES IN (NULL);
INSERT INTO by_list SELECT * FROM make_sale(1500, 10000, 200);

CREATE TABLE ancestor AS SELECT * FROM make_sale(300, 11000, 50);
CREATE TABLE descendant (extra int) INHERITS (ancestor);
CREATE TABLE descendant_too () INHERITS (ancestor);
INSERT INTO descendant SELECT * FROM make_sale(300, 12000, 50);
INSERT INTO descendant_too SELECT * FROM make_sale(300, 13000, 50);
-- The order by id is one order in all tables.
UPDATE ONLY descendant SET id = id + 1000;
UPDATE ONLY descendant_too SET id = id + 2000;

CREATE TABLE guarded AS SELECT * FROM make_sale(1500, 14000, 300);
CREATE ROLE fuzz_reader;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON guarded TO fuzz_reader USING (k_few < 4 AND id % 3 > 0);

CREATE VIEW viewed WITH (security_barrier) AS SELECT * FROM sale WHERE id % 4 > 0;

-- Summaries and timelines to roll up.
CREATE TABLE stored AS
SELECT k_few, k_int4, k_uuid, k_text, k_region, min(id) AS id,
	CASE WHEN k_int4 % 10 > 0 THEN purchase_summary(t_zone, a_num) END AS summary, CASE WHEN k_int4 % 9 > 0 THEN timeline(t_zone, label, a_num) END AS history
FROM sale GROUP BY k_few, k_int4, k_uuid, k_text, k_region;
CREATE TABLE kept AS SELECT id, summary FROM stored;
CREATE INDEX ON kept (id);

-- What to join with: k_few is unique, with one that no sale has and none that is NULL.
CREATE TABLE customer (k_few int PRIMARY KEY, country text, since date, discount numeric, modulus int, low int);
INSERT INTO customer SELECT i, CASE WHEN i % 4 > 0 THEN 'country ' || i % 3 END, DATE '2024-01-01' + i, i / 4.0, 1 + i % 5, i * 100 FROM generate_series(0, 8) AS i;
CREATE TABLE account (account_id int, k_int4 int, name text);
INSERT INTO account SELECT i % 40, i, 'account ' || i % 40 FROM generate_series(-5, 400) AS i;
-- What subqueries read for every row has no workers, whose start would take all the time.
ALTER TABLE kept SET (parallel_workers = 0);
ALTER TABLE customer SET (parallel_workers = 0);
ALTER TABLE account SET (parallel_workers = 0);

CREATE TABLE result (n int, c text);

-- The first n rows of a query, by a cursor that is then closed; and how many there are in two runs.
CREATE FUNCTION first_rows(query text, n int) RETURNS int LANGUAGE plpgsql
AS $$
DECLARE c refcursor; r record; seen int := 0;
BEGIN
	OPEN c FOR EXECUTE query;
	LOOP
		FETCH c INTO r;
		EXIT WHEN NOT FOUND OR seen >= n;
		seen := seen + 1;
	END LOOP;
	CLOSE c;
	RETURN seen;
END $$;
CREATE FUNCTION rows_within_rows(query text) RETURNS int LANGUAGE plpgsql
AS $$
DECLARE a record; b record; seen int := 0; outer_seen int := 0;
BEGIN
	FOR a IN EXECUTE query LOOP
		outer_seen := outer_seen + 1;
		EXIT WHEN outer_seen > 3;
		FOR b IN EXECUTE query LOOP
			seen := seen + 1;
		END LOOP;
	END LOOP;
	RETURN seen;
END $$;

GRANT USAGE ON SCHEMA public, customer_profile TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO fuzz_reader;
VACUUM ANALYZE sale;
VACUUM ANALYZE big;
ANALYZE many; ANALYZE none; ANALYZE one; ANALYZE skewed; ANALYZE altered; ANALYZE by_hash; ANALYZE by_list; ANALYZE ancestor;
ANALYZE descendant; ANALYZE descendant_too; ANALYZE guarded; ANALYZE stored; ANALYZE kept; ANALYZE customer; ANALYZE account;
