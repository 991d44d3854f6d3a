noinst_LIBRARIES += libstore.a
libstore_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBPQ_CFLAGS)
libstore_a_SOURCES = \
	src/store/array.c src/store/array.h \
	src/store/gather.c src/store/gather.h \
	src/store/house.c src/store/inner.h src/store/outcomes.c \
	src/store/pg.c src/store/pg.h \
	src/store/store.c src/store/store.h
