# What tests need beside the programs under test. Run them by tests/check.sh; `make check` runs those without a database.
check_PROGRAMS += text-parts
text_parts_SOURCES = tests/lib/text-parts.c
text_parts_LDADD = libsmpp.a libbase.a

EXTRA_DIST += tests/check.sh tests/demo tests/integration tests/lib tests/sql
