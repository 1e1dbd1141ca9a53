SELECT sum(purchases(summary)) FROM customers
