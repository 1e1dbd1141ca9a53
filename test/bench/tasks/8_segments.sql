-- CPU time (see run) of k-means from given centres, beside R's kmeans(algorithm = "Lloyd") of the same rows; R has them in memory,
-- ours reads the table. Both must find the same sum of squares. "scan" is what reading alone costs, "ten_starts" what a user gets
-- who only says k.

--- task 8_segments_kmeans_8
--- clock cpu
--- needs kmeans_points
--- needs kmeans_options
--- variant fit_kmeans
SELECT fit_kmeans(features, 8, options) FROM kmeans_points, kmeans_options WHERE k = 8
--- variant ten_starts
SELECT fit_kmeans(features, 8) FROM kmeans_points
--- variant scan
SELECT sum(features[8]) FROM kmeans_points
--- lloyd R
8

--- task 8_segments_kmeans_32
--- clock cpu
--- needs kmeans_points
--- needs kmeans_options
--- variant fit_kmeans
SELECT fit_kmeans(features, 32, options) FROM kmeans_points, kmeans_options WHERE k = 32
--- lloyd R
32
