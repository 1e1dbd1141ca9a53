-- Exact money. Expected values come from PostgreSQL's own numeric: sums, rounding and casts.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS customer_profile;
RESET client_min_messages;

-- Random numerics of 0..18 decimals and all sizes that fit, read and shown again as numeric itself does.
SELECT setseed(0.20261121);
CREATE TEMP TABLE amounts AS
SELECT g AS id,
	   ((CASE WHEN random() < 0.3 THEN -1 ELSE 1 END) *
		trunc(random()::numeric * random()::numeric * 10.0 ^ (random() * 15)::int, (random() * 18)::int)) AS amount
FROM generate_series(1, 20000) AS g;
-- Amounts with trailing zeros, and whole multiples of the base of numeric (10000).
INSERT INTO amounts
SELECT 20000 + g, round(trunc(random() * 1000)::numeric * 10.0 ^ (random() * 12)::int, (random() * 18)::int)
FROM generate_series(1, 5000) AS g;

SELECT count(*) AS amounts, count(DISTINCT scale(amount)) AS scales,
	   count(*) FILTER (WHERE shown IS DISTINCT FROM amount::text) AS mismatches
FROM (SELECT id, amount, revenue(purchase_summary(timestamptz '2026-01-01Z', amount))::text AS shown FROM amounts GROUP BY id, amount) AS s;

-- One sum over all of them: to the last digit and at the largest scale.
SELECT revenue(s) = total AS equal, revenue(s)::text = total::text AS same_text,
	   gross(s) = positive AS gross, refunds(s) = -negative AS refunds
FROM (SELECT purchase_summary(timestamptz '2026-01-01Z', amount) AS s, sum(amount) AS total,
			 sum(amount) FILTER (WHERE amount >= 0) AS positive,
			 sum(amount) FILTER (WHERE amount < 0) AS negative
	  FROM amounts) AS x;

-- More than 18 decimals are rounded half away from zero, as numeric rounds.
SELECT count(*) FILTER (WHERE revenue(purchase_summary) IS DISTINCT FROM round(amount, 18)) AS mismatches
FROM (SELECT amount, purchase_summary(timestamptz '2026-01-01Z', amount)
	  FROM (SELECT g, (random()::numeric * random()::numeric * (g % 3 - 1) * 1000)
					  + round(random()::numeric, 3) / 10.0 ^ 18 AS amount
			FROM generate_series(1, 3000) AS g) AS a
	  GROUP BY g, amount) AS x;
SELECT round(amount, 20) AS amount, revenue(purchase_summary(timestamptz '2026-01-01Z', amount))
FROM (VALUES (0.0000000000000000005), (-0.0000000000000000005), (0.00000000000000000049999),
			 (0.9999999999999999995), (1e-30), (1e-16383)) AS v(amount)
GROUP BY v.amount ORDER BY v.amount;

-- float8 is taken through 15 significant digits, as the cast to numeric does.
SELECT count(*) FILTER (WHERE revenue(purchase_summary) IS DISTINCT FROM round(amount::numeric, 18)) AS mismatches
FROM (SELECT amount, purchase_summary(timestamptz '2026-01-01Z', amount)
	  FROM (SELECT g, (random() - 0.5) * 10 ^ ((g % 36) - 17) AS amount FROM generate_series(1, 5000) AS g
			UNION ALL
			SELECT g, round((random() * 100000)::numeric, g % 4)::float8 FROM generate_series(1, 5000) AS g) AS a
	  GROUP BY g, amount) AS x;
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', amount)) AS shown
FROM (VALUES (0.1::float8 + 0.2::float8), (1e15::float8), (123456789012345678::float8), (1e-18::float8),
			 ('-0'::float8), (1e20::float8)) AS v(amount) GROUP BY amount ORDER BY amount;

-- bigint beyond 2^53 is exact; an int column resolves to float8, which is exact too.
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', 9007199254740993)),
	   revenue(purchase_summary(timestamptz '2026-01-01Z', 9223372036854775807)),
	   revenue(purchase_summary(timestamptz '2026-01-01Z', (-9223372036854775808)::bigint)),
	   revenue(purchase_summary(timestamptz '2026-01-01Z', 2147483647::int)),
	   revenue(purchase_summary(timestamptz '2026-01-01Z', 12::smallint));

-- The ends of the range, and beyond: 2^127 - 1 units of 10^-18.
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', 170141183460469231731.687303715884105727));
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', -170141183460469231731.687303715884105727));
SELECT purchase_summary(timestamptz '2026-01-01Z', 170141183460469231731.687303715884105728);
SELECT purchase_summary(timestamptz '2026-01-01Z', 1e21);
SELECT purchase_summary(timestamptz '2026-01-01Z', 1e300::float8);
SELECT purchase_summary(timestamptz '2026-01-01Z', 1e131071);
SELECT purchase_summary(timestamptz '2026-01-01Z', amount) FROM (VALUES (170000000000000000000.0), (170000000000000000000.0)) AS v(amount);
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', amount)) FROM (VALUES (170000000000000000000.0), (-170000000000000000000.0)) AS v(amount);
SELECT purchase_summary(timestamptz '2026-01-01Z', 'NaN'::numeric);
SELECT purchase_summary(timestamptz '2026-01-01Z', 'Infinity'::numeric);
SELECT purchase_summary(timestamptz '2026-01-01Z', '-Infinity'::numeric);
SELECT purchase_summary(timestamptz '2026-01-01Z', 'NaN'::float8);
SELECT purchase_summary(timestamptz '2026-01-01Z', '-Infinity'::float8);

-- Amounts that are stored out of line or with a short header.
CREATE TEMP TABLE stored (amount numeric);
ALTER TABLE stored ALTER amount SET STORAGE external;
INSERT INTO stored SELECT amount FROM amounts;
INSERT INTO stored VALUES (('1.' || repeat('3', 9000))::numeric);
SELECT revenue(purchase_summary(timestamptz '2026-01-01Z', amount)) = sum(round(amount, 18)) AS equal FROM stored;
