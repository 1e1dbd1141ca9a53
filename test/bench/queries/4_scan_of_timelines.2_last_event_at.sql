SELECT max(last_event_at(history)) FROM customers
