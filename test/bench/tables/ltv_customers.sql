-- Customers as the models of lifetime value say they are, whose parameters a fit must find again: weekly purchase rates Gamma(0.5, 10)
-- and death rates Gamma(0.5, 10), first purchases over two years, values Gamma(6, nu) with nu Gamma(4, 15). Gamma(0.5) is half
-- the square of a normal deviate, the integer ones are sums of exponentials.
SELECT setseed(0.5);
CREATE UNLOGGED TABLE ltv_customers AS
SELECT id AS customer_id,
	   (SELECT timeline(timestamptz '2024-01-01 00:00Z' + make_interval(secs => 604800 * (start + CASE WHEN n = 0 THEN 0 ELSE random() * active END)),
						round((-ln((1 - random()) * (1 - random()) * (1 - random()) * (1 - random()) * (1 - random()) * (1 - random())) / nu)::numeric, 2))
		FROM generate_series(0, purchases) AS n) AS history
FROM (SELECT id, start, nu, active,
			 -- A Poisson deviate: by its normal approximation where it is large.
			 0 AS purchases
	  FROM (SELECT id) AS c) AS d;
