# Times R's k-means, beside which run puts ours: Rscript lloyd.R POINTS.csv K OURS
# POINTS.csv has the features of each customer; the first K are the starting centres; OURS is the sum of squares that we found.
# Prints "Time: ... ms", the CPU time of the fit alone, and fails if R has found another sum of squares.
arguments <- commandArgs(trailingOnly = TRUE)
points <- as.matrix(read.csv(arguments[1], header = FALSE))
k <- as.integer(arguments[2])
ours <- as.numeric(arguments[3])
time <- system.time(fit <- kmeans(points, points[1:k, , drop = FALSE], algorithm = "Lloyd", iter.max = 100000))
cat(sprintf("Time: %.3f ms\n", 1000 * (time[["user.self"]] + time[["sys.self"]])))
cat(sprintf("R %s, k = %d: within-SS %.10g, ours %.10g, %d iterations\n", getRversion(), k, fit$tot.withinss, ours, fit$iter))
if (abs(fit$tot.withinss / ours - 1) > 1e-8) quit(status = 1)
