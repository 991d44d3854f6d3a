noinst_LIBRARIES += libsession.a
libsession_a_SOURCES = \
	src/session/binds.c src/session/binds.h \
	src/session/session.c src/session/session.h \
	src/session/session_impl.h src/session/session_in.c \
	src/session/session_log.c \
	src/session/session_out.c \
	src/session/session_timers.c
