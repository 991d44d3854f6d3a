noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/backoff.c src/base/backoff.h \
	src/base/bucket.c src/base/bucket.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/err.c src/base/err.h \
	src/base/log.c src/base/log.h src/base/log_events.h \
	src/base/utf8.c src/base/utf8.h
