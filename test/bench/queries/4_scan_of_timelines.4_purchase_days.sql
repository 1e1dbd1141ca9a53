SELECT sum(purchase_days(history)) FROM customers
