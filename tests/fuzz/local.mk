# Fuzzers. `make check` runs each with driver.c over its seeds and many changed ones, with any compiler; ./configure
# --enable-fuzzers CC=clang also builds them with libFuzzer: tests/fuzz/libfuzzer_pdu -max_total_time=60 DIR seeds/pdu
check_PROGRAMS += tests/fuzz/fuzz_pdu tests/fuzz/fuzz_receipt tests/fuzz/fuzz_coding
TESTS += tests/fuzz/fuzz_pdu tests/fuzz/fuzz_receipt tests/fuzz/fuzz_coding

fuzz_ldadd = libsmpp.a libbase.a
tests_fuzz_fuzz_pdu_SOURCES = tests/fuzz/fuzz_pdu.c tests/fuzz/driver.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_pdu_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"$(abs_top_srcdir)/tests/fuzz/seeds/pdu"'
tests_fuzz_fuzz_pdu_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_receipt_SOURCES = tests/fuzz/fuzz_receipt.c tests/fuzz/driver.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_receipt_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"$(abs_top_srcdir)/tests/fuzz/seeds/receipt"'
tests_fuzz_fuzz_receipt_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_coding_SOURCES = tests/fuzz/fuzz_coding.c tests/fuzz/driver.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_coding_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_SEEDS='"$(abs_top_srcdir)/tests/fuzz/seeds/coding"'
tests_fuzz_fuzz_coding_LDADD = $(fuzz_ldadd)

if FUZZERS
noinst_PROGRAMS += tests/fuzz/libfuzzer_pdu tests/fuzz/libfuzzer_receipt tests/fuzz/libfuzzer_coding
tests_fuzz_libfuzzer_pdu_SOURCES = tests/fuzz/fuzz_pdu.c tests/fuzz/fuzz.h
tests_fuzz_libfuzzer_pdu_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_libfuzzer_pdu_LDADD = $(fuzz_ldadd)
tests_fuzz_libfuzzer_receipt_SOURCES = tests/fuzz/fuzz_receipt.c tests/fuzz/fuzz.h
tests_fuzz_libfuzzer_receipt_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_libfuzzer_receipt_LDADD = $(fuzz_ldadd)
tests_fuzz_libfuzzer_coding_SOURCES = tests/fuzz/fuzz_coding.c tests/fuzz/fuzz.h
tests_fuzz_libfuzzer_coding_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_libfuzzer_coding_LDADD = $(fuzz_ldadd)
endif

EXTRA_DIST += tests/fuzz/seeds
