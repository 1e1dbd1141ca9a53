SELECT sum(ltv(ltv, history, interval '1 year')) FROM customers, models
