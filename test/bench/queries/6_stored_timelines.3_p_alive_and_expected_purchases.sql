SELECT sum(p_alive(ltv, history)), sum(expected_purchases(ltv, history, interval '1 year')) FROM customers, models
