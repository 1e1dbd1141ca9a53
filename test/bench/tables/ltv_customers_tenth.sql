--- needs ltv_customers
CREATE UNLOGGED TABLE ltv_customers_tenth AS SELECT * FROM ltv_customers WHERE customer_id % 10 = 0;
VACUUM ANALYZE ltv_customers_tenth;
