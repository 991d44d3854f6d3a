noinst_LIBRARIES += libnet.a
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS)
libnet_a_SOURCES = \
	src/net/loop.c src/net/loop.h \
	src/net/resolve.c src/net/resolve.h \
	src/net/stream.c src/net/stream.h \
	src/net/stream_impl.h src/net/stream_open.c \
	src/net/tls.c src/net/tls.h
