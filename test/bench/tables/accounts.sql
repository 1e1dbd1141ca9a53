-- Something to join to: each customer's account, three customers an account.
CREATE UNLOGGED TABLE accounts AS SELECT id AS customer_id, id / 3 AS account_id FROM generate_series(1, :customers) AS id;
VACUUM ANALYZE accounts;
