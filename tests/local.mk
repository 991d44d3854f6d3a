# What tests need beside the programs under test. Run them by tests/check.sh; `make check` runs those without a database.
check_PROGRAMS += text-parts
text_parts_SOURCES = tests/lib/text-parts.c
text_parts_LDADD = libsmpp.a libbase.a

# Not tests/lib as a whole: a build puts its objects there, and they would go into the tarball.
EXTRA_DIST += tests/check.sh tests/demo tests/integration tests/sql \
	tests/lib/Campaignd tests/lib/agree.sql tests/lib/books.sql tests/lib/cluster.sh tests/lib/setup.sh tests/lib/tap.sh
