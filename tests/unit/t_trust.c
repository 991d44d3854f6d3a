#include "stream_world.h"

struct trust {
	const char *name;
	const char *ca; /* NULL: not verified, by explicit wish */
	const char *cert, *server_name;
	const char *refused; /* NULL: it is trusted */
	const char *also;    /* in the text too */
};

static const struct trust trusts[] = {
    {"its name and its authority are right", "ca.pem", "good", "localhost", NULL, NULL},
    {"a wildcard covers one label", "ca.pem", "good", "smpp1.carrier.example", NULL, NULL},
    {"an address in the certificate", "ca.pem", "good", "127.0.0.1", NULL, NULL},
    {"no server name: the host it was connected to", "ca.pem", "good", "", NULL, NULL},
    {"a certificate that is trusted itself", "self.pem", "self", "localhost", NULL, NULL},
    {"not verified: another authority", NULL, "self", "localhost", NULL, NULL},
    {"not verified: another name", NULL, "name", "127.0.0.1", NULL, NULL},
    {"not verified: expired", NULL, "expired", "localhost", NULL, NULL},
    {"the wrong authority", "other-ca.pem", "good", "localhost", "not trusted",
	"unable to get local issuer certificate"},
    {"a certificate that signed itself", "ca.pem", "self", "localhost", "not trusted",
	"self-signed certificate"},
    {"the wrong name", "ca.pem", "name", "smpp.carrier.example", "ostname mismatch",
	"expected smpp.carrier.example"},
    {"a wildcard covers no more than one label", "ca.pem", "good", "a.b.carrier.example",
	"ostname mismatch", "expected a.b.carrier.example"},
    {"the wrong address", "ca.pem", "good", "127.0.0.9", "IP address mismatch",
	"expected 127.0.0.9"},
    {"an expired certificate", "ca.pem", "expired", "localhost", "not trusted",
	"certificate has expired"},
    {"a certificate from the future", "ca.pem", "early", "localhost", "not trusted",
	"certificate is not yet valid"},
};

static void
trust(void **state)
{
	const struct trust *row = *state;
	void *world;

	world_setup(&world);
	struct stream_world *w = world;
	w->tls = world_settings(row->ca, "1.2", NULL);
	w->stop_when_open = true;
	world_run(
	    w, &(struct server_conf){.mode = SERVER_ECHO, .cert = row->cert}, row->server_name);
	if (row->refused != NULL) {
		world_expect_closed(w, ERR_TLS, row->refused);
		world_expect_closed(w, ERR_TLS, row->also);
		assert_int_equal(strncmp(w->err.text, "127.0.0.1:", 10), 0);
		assert_int_equal(w->opened, 0);
	} else {
		assert_string_equal(w->err.text, "");
		assert_int_equal(w->opened, 1);
		assert_string_equal(w->security, "TLSv1.3");
	}
	world_teardown(&world);
}

static void
an_old_version_is_refused(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.3", NULL);
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO, .version = "1.2"}, "localhost");
	world_expect_closed(w, ERR_TLS, "protocol version");
}

static void
the_oldest_version_that_is_allowed_will_do(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO, .version = "1.2"}, "localhost");
	assert_string_equal(w->security, "TLSv1.2");
}

static void
a_certificate_of_our_own_is_shown(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", "client");
	w->say = "hello";
	w->stop_at = 5;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO, .want_client = true}, "localhost");
	assert_int_equal(w->in.len, 5);
}

static void
without_the_certificate_that_is_asked_for_the_peer_says_why(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO, .want_client = true}, "localhost");
	world_expect_closed(w, ERR_TLS, "certificate required");
}

struct bad_settings {
	const char *name;
	const char *ca, *min, *cert, *key;
	const char *words;
};

static const struct bad_settings bad_settings[] = {
    {"no file of authorities", "absent.pem", "1.2", NULL, NULL, "absent.pem"},
    {"a key is no authority", "ca.key", "1.2", NULL, NULL, "ca.key"},
    {"no certificate", "ca.pem", "1.2", "absent.pem", "client.key", "absent.pem"},
    {"no key", "ca.pem", "1.2", "client.pem", "absent.key", "absent.key"},
    {"a certificate file without a key in it", "ca.pem", "1.2", "client.pem", NULL, "client.pem"},
    {"the key of another", "ca.pem", "1.2", "client.pem", "good.key", "good.key"},
    {"a version that is none", "ca.pem", "1.1", NULL, NULL, "1.1"},
};

static void
bad_files_are_named(void **state)
{
	const struct bad_settings *row = *state;
	struct stream_tls_conf c = {.ca_file = pki_path(row->ca),
	    .verify = true,
	    .min_version = row->min,
	    .cert_file = row->cert != NULL ? pki_path(row->cert) : "",
	    .key_file = row->key != NULL ? pki_path(row->key) : ""};
	struct err err = {0};

	assert_null(stream_tls_new(&c, &err));
	assert_int_equal(err.kind, ERR_TLS);
	assert_non_null(strstr(err.text, row->words));
	assert_null(strstr(err.text, "unknown error"));
}

static void
the_systems_authorities_are_the_default(void **state)
{
	struct stream_world *w = *state;
	struct stream_tls_conf c = {
	    .ca_file = "", .verify = true, .min_version = "1.2", .cert_file = "", .key_file = ""};

	setenv("SSL_CERT_FILE", pki_path("ca.pem"), 1); /* says where the system keeps them */
	w->tls = stream_tls_new(&c, NULL);
	unsetenv("SSL_CERT_FILE");
	assert_non_null(w->tls);
	w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	assert_string_equal(w->err.text, "");
	assert_int_equal(w->opened, 1);
}

int
main(void)
{
	static struct t_list l;

	pki_make();
	T_TABLE(&l, trust, trusts);
	T_TABLE(&l, bad_files_are_named, bad_settings);
	STREAM_TEST(an_old_version_is_refused);
	STREAM_TEST(the_oldest_version_that_is_allowed_will_do);
	STREAM_TEST(a_certificate_of_our_own_is_shown);
	STREAM_TEST(without_the_certificate_that_is_asked_for_the_peer_says_why);
	STREAM_TEST(the_systems_authorities_are_the_default);
	int failed = T_RUN("trust", &l);
	pki_remove();
	return failed;
}
