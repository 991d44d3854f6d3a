noinst_LIBRARIES += libsmpp.a
libsmpp_a_SOURCES = \
	src/smpp/consts.c src/smpp/consts.h \
	src/smpp/frame.c src/smpp/frame.h \
	src/smpp/pdu.c src/smpp/pdu.h \
	src/smpp/tlv.c src/smpp/tlv.h
