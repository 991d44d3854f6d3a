# make bench: ratios measured in one run; never part of a test.
EXTRA_PROGRAMS += tests/bench/pglimit
tests_bench_pglimit_SOURCES = tests/bench/pglimit.c
tests_bench_pglimit_CPPFLAGS = $(AM_CPPFLAGS) $(LIBPQ_CFLAGS)
# Written densely, for measuring only.
tests_bench_pglimit_CFLAGS = -O2 -g -w
tests_bench_pglimit_LDADD = $(LIBPQ_LIBS)
EXTRA_DIST += tests/bench/d6h.sql tests/bench/bench.pl tests/bench/README
CLEANFILES += tests/bench/pglimit

bench: campaignd carrier tests/bench/pglimit
	CAMPAIGND_BUILD='$(abs_builddir)' BUILDDIR='$(abs_builddir)' perl -I '$(srcdir)/tests/lib' '$(srcdir)/tests/bench/bench.pl' $(BENCH)
.PHONY: bench
