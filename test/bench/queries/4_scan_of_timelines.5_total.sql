SELECT sum(total(history)) FROM customers
