-- Orders of a simulated population, over two years, in random order. Purchase rates and lifetimes differ between customers
-- (exponential rates and death rates, as a buy-till-you-die model has them), and rates have a Pareto tail (exponent 5/3, cut
-- at 4000 times) as real shops do: of 1M customers with 10M orders half have 4 or fewer, and the top 1% make a fifth to a quarter.
SELECT setseed(0.5);
CREATE UNLOGGED TABLE population AS
SELECT id, start, rate, least(730 - start, -ln(1 - random()) / death) AS active
FROM (SELECT id, random() * 700 AS start, -ln(1 - random()) / (random() + 1e-6) ^ 0.6 AS rate, -ln(1 - random()) / 250 AS death
	  FROM generate_series(1, :customers) AS id) AS c;
-- The mean number of repeat purchases that gives the wished number of orders.
SELECT (:orders - :customers) / sum(rate * active) AS scale FROM population \gset
CREATE UNLOGGED TABLE orders AS
SELECT id AS customer_id,
	   (timestamptz '2024-01-01 00:00Z' + (start + CASE WHEN n = 0 THEN 0 ELSE random() * active END) * interval '1 day') AS ordered_at,
	   round((exp(2.5 + 0.8 * (random() + random() + random() - 1.5)) * (1 + id % 7))::numeric, 2) AS amount
FROM population,
	 generate_series(0, greatest(0, round(rate * active * :scale + sqrt(rate * active * :scale) * (random() + random() + random() - 1.5) * 2))::int) AS n
ORDER BY random();
DROP TABLE population;
VACUUM ANALYZE orders;
