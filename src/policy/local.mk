noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = \
	src/policy/address.c src/policy/address.h \
	src/policy/ids.c src/policy/ids.h \
	src/policy/outcome.c src/policy/outcome.h \
	src/policy/pace.c src/policy/pace.h \
	src/policy/window.c src/policy/window.h
