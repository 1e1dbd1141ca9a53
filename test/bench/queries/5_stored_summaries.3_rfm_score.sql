SELECT count(rfm_score(rfm, summary)) FROM customers, models
