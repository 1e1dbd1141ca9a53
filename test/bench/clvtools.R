# Times the R package CLVTools, beside which run puts ours: Rscript clvtools.R ORDERS.csv MODEL OURS
# ORDERS.csv has customer, day and amount of each purchase day before 2026-01-01; OURS is the log-likelihood that we found.
# Prints "Time: ... ms", the CPU time of the fit alone, which finds the standard errors, too, and what came out; fails if CLVTools has
# found a better fit than we. CLVTOOLS is the library that has the package, unless it is among R's own. Without arguments it
# only says by its status whether the package is there. A fit that takes more than LIMIT seconds (120) is stopped, and its time is that.
options(warn = -1)
.libPaths(c(Sys.getenv("CLVTOOLS"), .libPaths()))
if (!suppressMessages(require("CLVTools", quietly = TRUE))) quit(status = 3)
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 0) quit()
limit <- as.numeric(Sys.getenv("LIMIT", "120"))
model <- arguments[2]
ours <- as.numeric(arguments[3])
orders <- data.table::fread(arguments[1], col.names = c("Id", "Date", "Price"), colClasses = list(character = 1))
orders$Date <- as.Date(orders$Date)
data <- clvdata(orders, date.format = "ymd", time.unit = "weeks", data.end = as.Date("2025-12-31"))
fit <- list("bg/nbd" = bgnbd, "pareto/nbd" = pnbd, "gamma-gamma" = gg)[[model]]
before <- proc.time()
setTimeLimit(cpu = limit)
fitted <- tryCatch(fit(data, verbose = FALSE), error = function(e) e)
setTimeLimit(cpu = Inf)
time <- proc.time() - before
if (inherits(fitted, "error")) {
	cat(sprintf("  %s: %s\n", model, conditionMessage(fitted)))
} else {
	level <- as.numeric(logLik(fitted))
	cat(sprintf("  CLVTools %s, %s: %.6f, ours %.6f; %s\n", packageVersion("CLVTools"), model, level, ours,
		paste(names(coef(fitted)), sprintf("%.6g", coef(fitted)), collapse = ", ")))
	# A "log-likelihood" of 1e65 is no fit: of so many customers BG/NBD may diverge.
	if (level > 0) cat("  it diverged\n")
	if (level <= 0 && level > ours + 1e-9 * abs(ours)) quit(status = 1)
}
cat(sprintf("Time: %.1f ms\n", 1000 * (time[["user.self"]] + time[["sys.self"]])))
