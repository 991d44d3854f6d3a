# Everything but main(), so that its unit tests can link it.
noinst_LIBRARIES += libdaemon.a
libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBCONFIG_CFLAGS) $(LIBSYSTEMD_CFLAGS)
libdaemon_a_SOURCES = \
	src/daemon/conf.c src/daemon/conf.h \
	src/daemon/conf_keys.h src/daemon/conf_read.c \
	src/daemon/intake.c src/daemon/intake.h \
	src/daemon/keeper.c src/daemon/keeper.h \
	src/daemon/notify.c src/daemon/notify.h \
	src/daemon/pump.c src/daemon/pump.h \
	src/daemon/stats.c src/daemon/stats.h \
	src/daemon/text.c src/daemon/text.h \
	src/daemon/writer.c src/daemon/writer.h

sbin_PROGRAMS += campaignd
campaignd_SOURCES = src/daemon/main.c
campaignd_LDADD = libdaemon.a libstore.a libsession.a libnet.a libpolicy.a libsmpp.a libbase.a \
	$(LIBCONFIG_LIBS) $(LIBPQ_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(LIBSYSTEMD_LIBS) -lm
