# Units of ids (policy) and store. Each links its layer and what lies below.
if HAVE_CMOCKA
unit_store_ldadd = libstore.a libnet.a libbase.a $(LIBPQ_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(CMOCKA_LIBS)

unit_upper = \
	tests/unit/t_array \
	tests/unit/t_gather \
	tests/unit/t_ids
tests_unit_t_array_CPPFLAGS = $(unit_cppflags)
tests_unit_t_array_LDADD = $(unit_store_ldadd)
tests_unit_t_gather_CPPFLAGS = $(unit_cppflags)
# It plays pg and the timers itself, so it links neither.
tests_unit_t_gather_SOURCES = tests/unit/t_gather.c src/store/gather.c src/store/array.c
tests_unit_t_gather_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_t_ids_CPPFLAGS = $(unit_cppflags)
tests_unit_t_ids_LDADD = libpolicy.a libsmpp.a libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += $(unit_upper)
TESTS += $(unit_upper)
endif
