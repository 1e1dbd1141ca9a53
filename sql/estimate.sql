-- estimate: a number that is not known exactly, with its uncertainty. Read its members with LATERAL:
-- SELECT c.customer, e.value, e.lo FROM customers AS c, trend(c.history, '30 days', current_date, 12) AS e.

CREATE TYPE estimate AS (value float8, se float8, lo float8, hi float8, n bigint);
COMMENT ON TYPE estimate IS
	'an estimated number with its uncertainty; order by lo to rank by evidence';
COMMENT ON COLUMN estimate.value IS 'the best estimate, in the units that its function states';
COMMENT ON COLUMN estimate.se IS 'standard error of the value, in the same units; NULL when it is not known';
COMMENT ON COLUMN estimate.lo IS 'lower end of the two-sided 95 % interval of the expected value; NULL when it is not known';
COMMENT ON COLUMN estimate.hi IS 'upper end of the two-sided 95 % interval of the expected value; NULL when it is not known';
COMMENT ON COLUMN estimate.n IS 'the count that the standard error rests on';
