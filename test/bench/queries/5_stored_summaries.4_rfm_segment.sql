SELECT count(rfm_segment(rfm_score(rfm, summary))) FROM customers, models
