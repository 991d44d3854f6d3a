# Units of ids (policy), store and daemon. Each links its layer and what lies below.
if HAVE_CMOCKA
unit_store_ldadd = libstore.a libnet.a libbase.a $(LIBPQ_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(CMOCKA_LIBS)
unit_daemon_ldadd = libdaemon.a libstore.a libsession.a libnet.a libpolicy.a libsmpp.a libbase.a \
	$(LIBCONFIG_LIBS) $(LIBPQ_LIBS) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) $(LIBSYSTEMD_LIBS) -lm $(CMOCKA_LIBS)

unit_upper = \
	tests/unit/t_array \
	tests/unit/t_conf \
	tests/unit/t_gather \
	tests/unit/t_ids \
	tests/unit/t_text
tests_unit_t_array_CPPFLAGS = $(unit_cppflags)
tests_unit_t_array_LDADD = $(unit_store_ldadd)
tests_unit_t_conf_CPPFLAGS = $(unit_cppflags)
tests_unit_t_conf_LDADD = $(unit_daemon_ldadd)
tests_unit_t_gather_CPPFLAGS = $(unit_cppflags)
# It plays pg and the timers itself, so it links neither.
tests_unit_t_gather_SOURCES = tests/unit/t_gather.c src/store/gather.c src/store/array.c
tests_unit_t_gather_LDADD = libbase.a $(CMOCKA_LIBS)
tests_unit_t_ids_CPPFLAGS = $(unit_cppflags)
tests_unit_t_ids_LDADD = libpolicy.a libsmpp.a libbase.a $(CMOCKA_LIBS)
tests_unit_t_text_CPPFLAGS = $(unit_cppflags)
tests_unit_t_text_LDADD = $(unit_daemon_ldadd)

check_PROGRAMS += $(unit_upper)
TESTS += $(unit_upper)
endif
