SELECT sum(events(history)) FROM customers
