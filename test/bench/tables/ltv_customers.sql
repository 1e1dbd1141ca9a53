-- Customers about as the models of lifetime value suppose them (times are rounded to days, and purchases of a day are one, so a fit
-- comes near these parameters but not to them; recovery is tested in test/t/012_ltv_recovery.pl): purchase rates are exponential
-- (r = 1, alpha = 14 weeks; so numbers of repeat purchases in a given time are geometric), death rates Gamma(s = 0.6, beta = 12), purchases of a
-- customer Gamma(p = 6, nu) with nu Gamma(q = 4, v = 15), and the first ones are spread over two years.
SELECT setseed(0.5);
CREATE UNLOGGED TABLE ltv_customers AS
SELECT customer_id,
	   (SELECT timeline(date '2024-01-01' + (start + CASE WHEN n = 0 THEN 0 ELSE random() * active END)::int,
						round((-ln((1 - random()) * (1 - random()) * (1 - random()) * (1 - random()) * (1 - random()) * (1 - random())) / nu)::numeric, 2))
		FROM generate_series(0, repeats) AS n) AS history
FROM (SELECT customer_id, start, active, nu, floor(ln(1 - u) / ln(active / (14 * 7 + active)))::int AS repeats
	  FROM (SELECT customer_id, start, random() AS u, -ln((1 - random()) * (1 - random()) * (1 - random()) * (1 - random())) / 15 AS nu,
				   least(730 - start, 12 * 7 * ((1 - random()) ^ (-1 / 0.6) - 1)) AS active
			FROM (SELECT customer_id, random() * 728 AS start FROM generate_series(1, :customers) AS customer_id) AS c) AS d) AS e;
VACUUM ANALYZE ltv_customers;
