# One cmocka program per module, linked with its own layer and those below.
if HAVE_CMOCKA
unit_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -DSRCDIR='"$(abs_top_srcdir)"'
unit_base_ldadd = libbase.a $(CMOCKA_LIBS)
unit_smpp_ldadd = libsmpp.a $(unit_base_ldadd)
unit_policy_ldadd = libpolicy.a $(unit_smpp_ldadd)

unit_base = \
	tests/unit/t_backoff \
	tests/unit/t_bucket \
	tests/unit/t_buf \
	tests/unit/t_clock \
	tests/unit/t_err \
	tests/unit/t_log \
	tests/unit/t_utf8
tests_unit_t_backoff_CPPFLAGS = $(unit_cppflags)
tests_unit_t_backoff_LDADD = $(unit_base_ldadd)
tests_unit_t_bucket_CPPFLAGS = $(unit_cppflags)
tests_unit_t_bucket_LDADD = $(unit_base_ldadd)
tests_unit_t_buf_CPPFLAGS = $(unit_cppflags)
tests_unit_t_buf_LDADD = $(unit_base_ldadd)
tests_unit_t_clock_CPPFLAGS = $(unit_cppflags)
tests_unit_t_clock_LDADD = $(unit_base_ldadd)
tests_unit_t_err_CPPFLAGS = $(unit_cppflags)
tests_unit_t_err_LDADD = $(unit_base_ldadd)
tests_unit_t_log_CPPFLAGS = $(unit_cppflags)
tests_unit_t_log_LDADD = $(unit_base_ldadd)
tests_unit_t_utf8_CPPFLAGS = $(unit_cppflags)
tests_unit_t_utf8_LDADD = $(unit_base_ldadd)

unit_smpp = \
	tests/unit/t_coding \
	tests/unit/t_consts \
	tests/unit/t_frame \
	tests/unit/t_pdu \
	tests/unit/t_receipt \
	tests/unit/t_tlv
tests_unit_t_coding_CPPFLAGS = $(unit_cppflags)
tests_unit_t_coding_LDADD = $(unit_smpp_ldadd)
tests_unit_t_consts_CPPFLAGS = $(unit_cppflags)
tests_unit_t_consts_LDADD = $(unit_smpp_ldadd)
tests_unit_t_frame_CPPFLAGS = $(unit_cppflags)
tests_unit_t_frame_LDADD = $(unit_smpp_ldadd)
tests_unit_t_pdu_CPPFLAGS = $(unit_cppflags)
tests_unit_t_pdu_LDADD = $(unit_smpp_ldadd)
tests_unit_t_receipt_CPPFLAGS = $(unit_cppflags)
tests_unit_t_receipt_LDADD = $(unit_smpp_ldadd)
tests_unit_t_tlv_CPPFLAGS = $(unit_cppflags)
tests_unit_t_tlv_LDADD = $(unit_smpp_ldadd)

unit_policy = \
	tests/unit/t_address \
	tests/unit/t_outcome \
	tests/unit/t_pace \
	tests/unit/t_window
tests_unit_t_address_CPPFLAGS = $(unit_cppflags)
tests_unit_t_address_LDADD = $(unit_policy_ldadd)
tests_unit_t_outcome_CPPFLAGS = $(unit_cppflags)
tests_unit_t_outcome_LDADD = $(unit_policy_ldadd)
tests_unit_t_pace_CPPFLAGS = $(unit_cppflags)
tests_unit_t_pace_LDADD = $(unit_policy_ldadd)
tests_unit_t_window_CPPFLAGS = $(unit_cppflags)
tests_unit_t_window_LDADD = $(unit_policy_ldadd)

unit_net_cppflags = $(unit_cppflags) $(LIBEVENT_CFLAGS) $(OPENSSL_CFLAGS)
unit_net_ldadd = libnet.a $(unit_base_ldadd) $(LIBEVENT_LIBS) $(OPENSSL_LIBS) -lpthread
unit_stream_world = \
	tests/unit/stream_world.c tests/unit/stream_world.h \
	tests/unit/tls_server.c tests/unit/tls_server.h
unit_net = \
	tests/unit/t_loop \
	tests/unit/t_resolve \
	tests/unit/t_stream \
	tests/unit/t_trust
tests_unit_t_loop_CPPFLAGS = $(unit_net_cppflags)
tests_unit_t_loop_LDADD = $(unit_net_ldadd)
tests_unit_t_resolve_CPPFLAGS = $(unit_net_cppflags)
tests_unit_t_resolve_LDADD = $(unit_net_ldadd)
tests_unit_t_stream_CPPFLAGS = $(unit_net_cppflags)
tests_unit_t_stream_LDADD = $(unit_net_ldadd)
tests_unit_t_stream_SOURCES = tests/unit/t_stream.c $(unit_stream_world)
tests_unit_t_trust_CPPFLAGS = $(unit_net_cppflags)
tests_unit_t_trust_LDADD = $(unit_net_ldadd)
tests_unit_t_trust_SOURCES = tests/unit/t_trust.c $(unit_stream_world)

check_PROGRAMS += $(unit_base) $(unit_smpp) $(unit_policy) $(unit_net)
TESTS += $(unit_base) $(unit_smpp) $(unit_policy) $(unit_net)
endif
EXTRA_DIST += tests/unit/t.h sql/data/carrier_errors.csv
