# The simulated carrier, for tests; never installed.
noinst_PROGRAMS += carrier carrier-flood

carrier_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/carrier $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS)
carrier_LDADD = libsmpp.a libbase.a $(LIBEVENT_LIBS) $(OPENSSL_LIBS)
carrier_SOURCES = \
	tests/carrier/books.c tests/carrier/books.h \
	tests/carrier/books_write.c \
	tests/carrier/check.c \
	tests/carrier/concat.c tests/carrier/concat.h \
	tests/carrier/control.c tests/carrier/control.h \
	tests/carrier/form.c tests/carrier/form.h \
	tests/carrier/grow.c tests/carrier/grow.h \
	tests/carrier/later.c tests/carrier/later.h \
	tests/carrier/main.c \
	tests/carrier/options.c tests/carrier/options.h \
	tests/carrier/peer.c \
	tests/carrier/plan.c tests/carrier/plan.h \
	tests/carrier/plan_row.c tests/carrier/plan_row.h \
	tests/carrier/post.c \
	tests/carrier/slide.c tests/carrier/slide.h \
	tests/carrier/smsc.c tests/carrier/smsc.h \
	tests/carrier/submit.c \
	tests/carrier/wire.c tests/carrier/wire.h

carrier_flood_CPPFLAGS = $(carrier_CPPFLAGS)
carrier_flood_LDADD = $(carrier_LDADD)
carrier_flood_SOURCES = tests/carrier/flood.c

EXTRA_DIST += tests/carrier/README tests/carrier/certs.sh tests/carrier/perl-carrier.pl
