noinst_LIBRARIES += libsmpp.a
libsmpp_a_SOURCES = \
	src/smpp/coding.c src/smpp/coding.h \
	src/smpp/consts.c src/smpp/consts.h \
	src/smpp/frame.c src/smpp/frame.h \
	src/smpp/pdu.c src/smpp/pdu.h \
	src/smpp/receipt.c src/smpp/receipt.h \
	src/smpp/tlv.c src/smpp/tlv.h
nodist_libsmpp_a_SOURCES = src/smpp/gsm0338.inc

# The table that SQL is filled from is also the coder's: there is one.
EXTRA_DIST += sql/data/gsm0338.csv
BUILT_SOURCES += src/smpp/gsm0338.inc
CLEANFILES += src/smpp/gsm0338.inc
src/smpp/coding.$(OBJEXT): src/smpp/gsm0338.inc
src/smpp/gsm0338.inc: sql/data/gsm0338.csv
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tail -n +2 $(top_srcdir)/sql/data/gsm0338.csv | \
		LC_ALL=C sort -t, -k3,3 | \
		$(AWK) -F, '{ printf "GSM(%s, %s, 0x%s)\n", $$1, $$2, $$3 }' > $@.tmp && mv $@.tmp $@
