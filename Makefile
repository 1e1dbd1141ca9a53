EXTENSION = customer_profile
# The version is stated once, in the control file; META.json is checked against it.
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(EXTENSION).control)

MODULE_big = customer_profile
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
OUR_HEADERS = $(wildcard src/*.h src/*/*.h)

# The install script: one fragment per room, in the order they need each other. A line "\template NAME TYPE" in a
# fragment stands for sql/template/NAME.sql with TYPE for each @.
SQL_ROOMS = estimate purchase_summary timeline timeline_slice timeline_ask timeline_share timeline_contacts \
	timeline_stage timeline_trend timeline_due timeline_balance lifecycle rfm segment_map ltv ltv_predict ltv_report retention \
	ltv_holdout ltv_tracking profile score_summary trend_test duration_summary surprise daily_counts staffing service_profile \
	kmeans persona differentiation movement watching suppress
SQL_FRAGMENTS = $(wildcard $(SQL_ROOMS:%=sql/%.sql))
SQL_TEMPLATES = $(wildcard sql/template/*.sql)
INSTALL_SQL = sql/$(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(INSTALL_SQL)
DATA = $(filter-out $(INSTALL_SQL),$(wildcard sql/$(EXTENSION)--*--*.sql))

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
# pg_regress looks for scripts in the output directory first, and sql/ holds files of the same names.
REGRESS_OPTS = --inputdir=test --outputdir=test
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

PG_CPPFLAGS = -I$(CURDIR)/src -DCUSTOMER_PROFILE_VERSION='"$(EXTVERSION)"'
EXTRA_CLEAN = $(INSTALL_SQL) tmp_check test/results test/regression.diffs test/regression.out

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Headers of the server are not ours to warn about.
override CPPFLAGS += -isystem $(includedir_server)

$(OBJS): $(OUR_HEADERS) Makefile

EXPAND_TEMPLATES = \
	$$1 != "\\template" { print; next } \
	{ \
		file = "sql/template/" $$2 ".sql"; \
		while ((got = (getline line < file)) > 0) { gsub(/@/, $$3, line); print line } \
		if (got < 0) { print "there is no " file > "/dev/stderr"; exit 1 } \
		close(file) \
	}

$(INSTALL_SQL): $(SQL_FRAGMENTS) $(SQL_TEMPLATES) $(EXTENSION).control Makefile
	@grep -q '"version": "$(EXTVERSION)"' META.json || { echo "META.json does not say version $(EXTVERSION), as $(EXTENSION).control does" >&2; exit 1; }
	{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; awk '$(EXPAND_TEMPLATES)' $(SQL_FRAGMENTS); } > $@

bench: all
	test/bench/run

# The models of lifetime value against mpmath (Debian: python3-mpmath): some cases, or with MATH= all, which takes ten minutes and more.
MATH = quick
check-math:
	PG_CONFIG='$(PG_CONFIG)' test/math/check $(MATH)

format:
	clang-format -i $(wildcard src/*.c src/*.h src/*/*.c src/*/*.h)

check-format:
	clang-format --dry-run -Werror $(wildcard src/*.c src/*.h src/*/*.c src/*/*.h)

.DELETE_ON_ERROR:
.PHONY: bench check-math format check-format
