#include "net/stream.h"

#include "base/clock.h"
#include "net/resolve.h"
#include "t.h"
#include "tls_server.h"

#include <unistd.h>

struct world {
	struct loop *loop;
	struct loop_timer *guard_timer, *step_timer;
	struct server *server;
	struct stream_tls *tls;
	struct stream *stream;
	int opened, data, closed, after_closed;
	struct err err;
	struct buf in;
	char security[16];
	/* what the owner does */
	const char *say; /* when it is open */
	size_t say_size; /* instead: so many bytes */
	size_t stop_at;  /* stops when so much has come */
	bool close_when_open, close_on_data, keep_input, stop_when_open;
};

static void
guard_cb(void *arg)
{
	struct world *w = arg;

	loop_stop(w->loop);
	fail_msg("nothing happened for 20 s: opened %d, data %d, closed %d, %zu bytes", w->opened,
	    w->data, w->closed, w->in.len);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->loop = loop_new(NULL);
	w->guard_timer = loop_timer_new(w->loop, guard_cb, w);
	loop_timer_set(w->guard_timer, 20000);
	buf_init(&w->in);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	stream_close(w->stream);
	if (w->server != NULL)
		server_stop(w->server, NULL);
	stream_tls_unref(w->tls);
	loop_timer_free(w->guard_timer);
	loop_timer_free(w->step_timer);
	loop_free(w->loop);
	buf_clear(&w->in);
	resolve_fake_files(NULL, NULL);
	free(w);
	return 0;
}

static struct stream_tls *
settings(const char *ca, const char *min, const char *cert)
{
	struct stream_tls_conf c = {.ca_file = ca != NULL ? pki_path(ca) : "",
	    .verify = ca != NULL,
	    .min_version = min,
	    .cert_file = "",
	    .key_file = ""};
	char file[64];

	if (cert != NULL) {
		snprintf(file, sizeof(file), "%s.pem", cert);
		c.cert_file = pki_path(file);
		snprintf(file, sizeof(file), "%s.key", cert);
		c.key_file = pki_path(file);
	}
	struct stream_tls *t = stream_tls_new(&c, NULL);
	assert_non_null(t);
	return t;
}

static char
pattern(size_t i)
{
	return (char)(i % 251);
}

static void
say(struct world *w, struct stream *s)
{
	char *p = malloc(w->say_size);

	for (size_t i = 0; i < w->say_size; i++)
		p[i] = pattern(i);
	/* In odd pieces: they leave together. */
	for (size_t at = 0; at < w->say_size; at += 70001) {
		size_t n = w->say_size - at < 70001 ? w->say_size - at : 70001;

		assert_int_equal(stream_write(s, p + at, n), 0);
	}
	assert_int_equal(stream_unsent(s), w->say_size);
	free(p);
}

static void
take(struct world *w, struct stream *s)
{
	size_t n;
	const uint8_t *p = stream_input(s, &n);

	if (w->keep_input)
		return;
	buf_put(&w->in, p, n);
	stream_drain(s, n);
	stream_input(s, &n);
	assert_int_equal(n, 0);
	if (w->stop_at > 0 && w->in.len >= w->stop_at)
		loop_stop(w->loop);
}

static void
close_it(struct world *w)
{
	stream_close(w->stream);
	stream_close(w->stream); /* twice is once */
	w->stream = NULL;
	loop_stop(w->loop);
}

static void
stream_cb_here(struct stream *s, enum stream_event event, const struct err *err, void *arg)
{
	struct world *w = arg;

	w->after_closed += w->closed;
	switch (event) {
	case STREAM_OPEN:
		w->opened++;
		snprintf(w->security, sizeof(w->security), "%s", stream_security(s));
		if (w->say != NULL)
			assert_int_equal(stream_write(s, w->say, strlen(w->say)), 0);
		if (w->say_size > 0)
			say(w, s);
		if (w->close_when_open)
			close_it(w);
		if (w->stop_when_open)
			loop_stop(w->loop);
		return;
	case STREAM_DATA:
		w->data++;
		if (w->close_on_data)
			close_it(w);
		else
			take(w, s);
		return;
	case STREAM_CLOSED:
		w->closed++;
		w->err = *err;
		assert_int_equal(stream_write(s, "x", 1), -1);
		loop_stop(w->loop);
		return;
	}
}

static void
connect_to(struct world *w, const char *host, const char *port, const char *server_name)
{
	w->stream =
	    stream_connect(w->loop, host, port, w->tls, server_name, 2000, stream_cb_here, w);
	assert_non_null(w->stream);
	assert_int_equal(w->opened + w->closed, 0);
	assert_int_equal(stream_write(w->stream, "x", 1), -1);
}

static void
run(struct world *w, const struct server_conf *c, const char *server_name)
{
	w->server = server_start(c);
	connect_to(w, "127.0.0.1", server_port(w->server), server_name);
	assert_int_equal(loop_run(w->loop), 0);
}

static void
expect_closed(struct world *w, enum err_kind kind, const char *words)
{
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->after_closed, 0);
	if (w->err.kind != kind || strstr(w->err.text, words) == NULL)
		fail_msg("%s: \"%s\" instead of %s: \"%s\"", err_kind_name(w->err.kind),
		    w->err.text, err_kind_name(kind), words);
}

static void
step_cb(void *arg)
{
	loop_stop(((struct world *)arg)->loop);
}

static void
pass(struct world *w, int64_t ms)
{
	if (w->step_timer == NULL)
		w->step_timer = loop_timer_new(w->loop, step_cb, w);
	loop_timer_set(w->step_timer, ms);
	assert_int_equal(loop_run(w->loop), 0);
}

/* ---- who is trusted */

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

	setup(&world);
	struct world *w = world;
	w->tls = settings(row->ca, "1.2", NULL);
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .cert = row->cert}, row->server_name);
	if (row->refused != NULL) {
		expect_closed(w, ERR_TLS, row->refused);
		expect_closed(w, ERR_TLS, row->also);
		assert_int_equal(strncmp(w->err.text, "127.0.0.1:", 10), 0);
		assert_int_equal(w->opened, 0);
	} else {
		assert_string_equal(w->err.text, "");
		assert_int_equal(w->opened, 1);
		assert_string_equal(w->security, "TLSv1.3");
	}
	teardown(&world);
}

static void
an_old_version_is_refused(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.3", NULL);
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .version = "1.2"}, "localhost");
	expect_closed(w, ERR_TLS, "protocol version");
}

static void
the_oldest_version_that_is_allowed_will_do(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .version = "1.2"}, "localhost");
	assert_string_equal(w->security, "TLSv1.2");
}

static void
a_certificate_of_our_own_is_shown(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", "client");
	w->say = "hello";
	w->stop_at = 5;
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .want_client = true}, "localhost");
	assert_int_equal(w->in.len, 5);
}

static void
without_the_certificate_that_is_asked_for_the_peer_says_why(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .want_client = true}, "localhost");
	expect_closed(w, ERR_TLS, "certificate required");
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
	struct world *w = *state;
	struct stream_tls_conf c = {
	    .ca_file = "", .verify = true, .min_version = "1.2", .cert_file = "", .key_file = ""};

	setenv("SSL_CERT_FILE", pki_path("ca.pem"), 1); /* says where the system keeps them */
	w->tls = stream_tls_new(&c, NULL);
	unsetenv("SSL_CERT_FILE");
	assert_non_null(w->tls);
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	assert_string_equal(w->err.text, "");
	assert_int_equal(w->opened, 1);
}

/* ---- what can go wrong on the way */

static void
a_port_that_nobody_listens_on(void **state)
{
	struct world *w = *state;
	char port[8];

	server_closed_port(port, sizeof(port));
	connect_to(w, "127.0.0.1", port, NULL);
	assert_int_equal(loop_run(w->loop), 0);
	expect_closed(w, ERR_SYSTEM, "Connection refused");
	assert_non_null(strstr(w->err.text, port));
}

static void
a_name_that_nobody_knows(void **state)
{
	struct world *w = *state;

	resolve_fake_files("/nonexistent", "/nonexistent");
	connect_to(w, "nowhere.invalid", "2775", NULL);
	assert_int_equal(loop_run(w->loop), 0);
	expect_closed(w, ERR_RESOLVE, "nowhere.invalid");
}

static void
a_port_that_is_none(void **state)
{
	struct world *w = *state;

	connect_to(w, "127.0.0.1", "smpp", NULL);
	assert_int_equal(loop_run(w->loop), 0);
	expect_closed(w, ERR_RESOLVE, "127.0.0.1:smpp");
}

static void
a_server_that_says_nothing_is_given_up_in_time(void **state)
{
	struct world *w = *state;
	mono_t start = mono_now();

	w->tls = settings("ca.pem", "1.2", NULL);
	run(w, &(struct server_conf){.mode = SERVER_SILENT}, "localhost");
	assert_in_range(mono_ms(start, mono_now()), 1990, 8000);
	expect_closed(w, ERR_SYSTEM, "no answer to the TLS handshake in time");
	assert_int_equal(w->err.code, 110 /* ETIMEDOUT */);
}

static void
a_server_without_tls_is_told_apart(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	run(w, &(struct server_conf){.mode = SERVER_GREETS, .plain = true}, "localhost");
	expect_closed(w, ERR_TLS, "does this port speak TLS?");
}

static void
a_server_that_hangs_up_at_once(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	run(w, &(struct server_conf){.mode = SERVER_CUT, .plain = true, .cert = NULL}, "localhost");
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->opened, 0);
}

static void
the_next_address_is_tried(void **state)
{
	struct world *w = *state;
	char hosts[] = "/tmp/t_stream_hosts.XXXXXX";
	FILE *f = fdopen(mkstemp(hosts), "w");

	fputs("127.0.0.2 carrier\n127.0.0.3 carrier\n127.0.0.1 carrier\n", f);
	fclose(f);
	resolve_fake_files("/nonexistent", hosts);
	w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	w->server = server_start(&(struct server_conf){.mode = SERVER_ECHO});
	/* .2 accepts and is silent, .3 refuses */
	struct server *silent = server_start(&(struct server_conf){
	    .mode = SERVER_SILENT, .address = "127.0.0.2", .port = server_port(w->server)});
	connect_to(w, "carrier", server_port(w->server), "localhost");
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->opened, 1);
	assert_int_equal(strncmp(stream_peer(w->stream), "127.0.0.1:", 10), 0);
	server_stop(silent, NULL);
	unlink(hosts);
}

/* ---- bytes */

static void
what_is_said_arrives_and_comes_back(struct world *w, bool plain)
{
	char last[64];

	if (!plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_at = 5;
	run(w, &(struct server_conf){.mode = SERVER_ECHO, .plain = plain}, "localhost");
	assert_int_equal(w->in.len, 5);
	assert_memory_equal(w->in.data, "hello", 5);
	assert_string_equal(w->security, plain ? "plain" : "TLSv1.3");
	assert_int_equal(stream_unsent(w->stream), 0);
	/* What is written just before the close still leaves. */
	assert_int_equal(stream_write(w->stream, "good", 4), 0);
	assert_int_equal(stream_write(w->stream, "bye", 3), 0);
	stream_close(w->stream);
	w->stream = NULL;
	assert_true(server_stop(w->server, last));
	w->server = NULL;
	assert_string_equal(last, "goodbye");
}

static void
words_travel_over_tls(void **state)
{
	what_is_said_arrives_and_comes_back(*state, false);
}

static void
words_travel_without_tls(void **state)
{
	what_is_said_arrives_and_comes_back(*state, true);
}

static void
much_travels_both_ways(struct world *w, const struct server_conf *c)
{
	if (!c->plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	w->say_size = w->stop_at = 2500000;
	run(w, c, "localhost");
	assert_int_equal(w->closed, 0);
	assert_int_equal(w->in.len, 2500000);
	for (size_t i = 0; i < w->in.len; i++)
		if ((char)w->in.data[i] != pattern(i))
			fail_msg("byte %zu is wrong", i);
}

static void
much_travels_both_ways_over_tls(void **state)
{
	much_travels_both_ways(*state, &(struct server_conf){.mode = SERVER_ECHO});
}

static void
much_travels_both_ways_without_tls(void **state)
{
	much_travels_both_ways(*state, &(struct server_conf){.mode = SERVER_ECHO, .plain = true});
}

static void
a_peer_that_reads_late_gets_it_all(void **state)
{
	much_travels_both_ways(*state, &(struct server_conf){.mode = SERVER_SLOW});
}

/* The peer takes all of it before it says anything, so only room in the socket moves it on. */
static void
a_full_socket_goes_on_when_there_is_room(struct world *w, bool plain)
{
	static char more[SERVER_SINK_SIZE];

	if (!plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_SINK, .plain = plain, .small = true},
	    "localhost");
	assert_int_equal(stream_write(w->stream, more, 8000000), 0);
	pass(w, 50);
	assert_in_range(stream_unsent(w->stream), 1, 8000000);
	/* What waits is moved by what is added. */
	assert_int_equal(stream_write(w->stream, more, SERVER_SINK_SIZE - 8000000), 0);
	pass(w, 50);
	uint64_t turns = loop_wakeups(w->loop);
	pass(w, 50); /* it still sleeps, and so do we */
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	w->stop_at = 4;
	assert_int_equal(loop_run(w->loop), 0);
	assert_memory_equal(w->in.data, "done", 4);
	assert_int_equal(stream_unsent(w->stream), 0);
}

static void
a_full_socket_goes_on_when_there_is_room_over_tls(void **state)
{
	a_full_socket_goes_on_when_there_is_room(*state, false);
}

static void
a_full_socket_goes_on_when_there_is_room_without_tls(void **state)
{
	a_full_socket_goes_on_when_there_is_room(*state, true);
}

/* OpenSSL has read it together with the end of the handshake, and epoll knows nothing of it. */
static void
a_greeting_that_comes_with_the_handshake_is_heard(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_at = 11;
	run(w, &(struct server_conf){.mode = SERVER_GREETS, .version = "1.2", .cork = true},
	    "localhost");
	assert_int_equal(w->in.len, 11);
}

static void
many_small_records_come_in_few_callbacks(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_at = 300;
	run(w, &(struct server_conf){.mode = SERVER_PIECES}, "localhost");
	assert_int_equal(w->in.len, 300);
	assert_in_range(w->data, 1, 150);
}

/* An owner that does not drain: memory is bounded, and what was held back comes when it does. */
static void
flood_is_held_back(struct world *w, bool plain)
{
	size_t n;

	if (!plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	w->keep_input = w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_FLOOD, .plain = plain}, "localhost");
	pass(w, 300);
	stream_input(w->stream, &n);
	assert_in_range(n, 70000, 150000);
	uint64_t turns = loop_wakeups(w->loop);
	pass(w, 50);
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	w->keep_input = false;
	w->stop_at = SERVER_FLOOD_SIZE;
	loop_timer_stop(w->step_timer);
	take(w, w->stream);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->in.len, SERVER_FLOOD_SIZE);
	for (size_t i = 0; i < w->in.len; i++)
		if ((char)w->in.data[i] != pattern(i))
			fail_msg("byte %zu is wrong", i);
}

static void
a_flood_is_held_back_over_tls(void **state)
{
	flood_is_held_back(*state, false);
}

static void
a_flood_is_held_back_without_tls(void **state)
{
	flood_is_held_back(*state, true);
}

static void
while_paused_nothing_comes_and_nothing_is_lost(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	stream_pause(w->stream, true);
	pass(w, 100); /* hello has come back by now */
	uint64_t turns = loop_wakeups(w->loop);
	pass(w, 50);
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	assert_int_equal(w->data, 0);
	stream_pause(w->stream, false);
	w->stop_at = 5;
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->in.len, 5);
}

/* ---- the end */

static void
last_words_are_heard(struct world *w, const struct server_conf *c)
{
	if (!c->plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	run(w, c, "localhost");
	assert_int_equal(w->opened, 1);
	expect_closed(w, ERR_PEER, "the peer closed the connection");
	assert_int_equal(w->in.len, 10);
	assert_memory_equal(w->in.data, "last words", 10);
	pass(w, 20);
	assert_int_equal(w->after_closed, 0);
}

static void
an_end_without_goodbye_is_an_end_over_tls(void **state)
{
	last_words_are_heard(*state, &(struct server_conf){.mode = SERVER_CUT});
}

static void
an_end_without_tls(void **state)
{
	last_words_are_heard(*state, &(struct server_conf){.mode = SERVER_CUT, .plain = true});
}

/* It answered, and then reset the connection while we were still writing to it. */
static void
answers_are_heard_although_writing_failed(struct world *w, bool plain)
{
	size_t n;

	if (!plain)
		w->tls = settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ANSWER_CUT, .plain = plain}, "localhost");
	pass(w, 5); /* hello leaves */
	stream_pause(w->stream, true);
	pass(w, 200); /* answered and cut by now, and not read */
	assert_int_equal(stream_write(w->stream, "more", 4), 0);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->err.kind, ERR_SYSTEM);
	assert_int_equal(w->in.len, 10);
	stream_input(w->stream, &n);
	assert_int_equal(n, 0);
}

static void
answers_are_heard_although_writing_failed_over_tls(void **state)
{
	answers_are_heard_although_writing_failed(*state, false);
}

static void
answers_are_heard_although_writing_failed_without_tls(void **state)
{
	answers_are_heard_although_writing_failed(*state, true);
}

static void
what_came_before_the_end_can_be_read_after_it(void **state)
{
	struct world *w = *state;
	size_t n;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->keep_input = true;
	run(w, &(struct server_conf){.mode = SERVER_CUT}, "localhost");
	assert_int_equal(w->closed, 1);
	assert_memory_equal(stream_input(w->stream, &n), "last words", 10);
	assert_int_equal(n, 10);
}

static void
it_may_be_closed_when_it_opens(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->close_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_FLOOD}, "localhost");
	pass(w, 20);
	assert_int_equal(w->data + w->closed, 0);
}

static void
it_may_be_closed_when_data_comes(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->close_on_data = true;
	run(w, &(struct server_conf){.mode = SERVER_FLOOD}, "localhost");
	pass(w, 20);
	assert_int_equal(w->data, 1);
	assert_int_equal(w->closed, 0);
}

static void
closed_when_data_comes_the_end_that_came_with_it_is_not_called_back(void **state)
{
	struct world *w = *state;

	w->stop_when_open = w->close_on_data = true;
	run(w, &(struct server_conf){.mode = SERVER_CUT, .plain = true}, "localhost");
	stream_pause(w->stream, true);
	pass(w, 50);
	stream_pause(w->stream, false);
	assert_int_equal(loop_run(w->loop), 0);
	pass(w, 20);
	assert_int_equal(w->data, 1);
	assert_int_equal(w->closed, 0);
}

/* Closing a socket with unread input is a reset, which overtakes what was said before it. */
static void
the_peer_sees_an_orderly_end_although_something_is_unread(void **state)
{
	struct world *w = *state;
	char last[64];

	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_GREETS, .plain = true}, "localhost");
	stream_pause(w->stream, true);
	pass(w, 50);
	assert_int_equal(stream_write(w->stream, "goodbye", 7), 0);
	stream_close(w->stream);
	w->stream = NULL;
	assert_true(server_stop(w->server, last));
	w->server = NULL;
	assert_string_equal(last, "goodbye");
}

static void
it_may_be_closed_before_it_is_open(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->server = server_start(&(struct server_conf){.mode = SERVER_SILENT});
	connect_to(w, "127.0.0.1", server_port(w->server), "localhost");
	stream_close(w->stream); /* while it is looked up */
	connect_to(w, "127.0.0.1", server_port(w->server), "localhost");
	pass(w, 50);
	stream_close(w->stream); /* in the handshake */
	w->stream = NULL;
	pass(w, 50);
	assert_int_equal(w->opened + w->data + w->closed, 0);
	stream_close(NULL);
}

static void
an_open_connection_that_is_quiet_costs_no_turns(void **state)
{
	struct world *w = *state;

	w->tls = settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_at = 5;
	run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	pass(w, 20);
	uint64_t turns = loop_wakeups(w->loop);
	pass(w, 2200); /* longer than it was given to connect */
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	assert_int_equal(w->closed, 0);
}

/* What is written in one turn leaves as one record, so it comes back as one read. */
static void
what_is_written_in_one_turn_leaves_together(void **state)
{
	struct world *w = *state;
	char last[64];

	w->tls = settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	for (int i = 0; i < 20; i++)
		stream_write(w->stream, "ab", 2);
	w->stop_at = 40;
	assert_int_equal(loop_run(w->loop), 0);
	stream_close(w->stream);
	w->stream = NULL;
	server_stop(w->server, last);
	w->server = NULL;
	assert_int_equal(strlen(last), 40);
}

#define STREAM_TEST(f)                                                                             \
	(l.at[l.n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(f, setup, teardown))

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
	STREAM_TEST(a_port_that_nobody_listens_on);
	STREAM_TEST(a_name_that_nobody_knows);
	STREAM_TEST(a_port_that_is_none);
	STREAM_TEST(a_server_that_says_nothing_is_given_up_in_time);
	STREAM_TEST(a_server_without_tls_is_told_apart);
	STREAM_TEST(a_server_that_hangs_up_at_once);
	STREAM_TEST(the_next_address_is_tried);
	STREAM_TEST(words_travel_over_tls);
	STREAM_TEST(words_travel_without_tls);
	STREAM_TEST(much_travels_both_ways_over_tls);
	STREAM_TEST(much_travels_both_ways_without_tls);
	STREAM_TEST(a_peer_that_reads_late_gets_it_all);
	STREAM_TEST(a_full_socket_goes_on_when_there_is_room_over_tls);
	STREAM_TEST(a_full_socket_goes_on_when_there_is_room_without_tls);
	STREAM_TEST(a_greeting_that_comes_with_the_handshake_is_heard);
	STREAM_TEST(many_small_records_come_in_few_callbacks);
	STREAM_TEST(a_flood_is_held_back_over_tls);
	STREAM_TEST(a_flood_is_held_back_without_tls);
	STREAM_TEST(while_paused_nothing_comes_and_nothing_is_lost);
	STREAM_TEST(an_end_without_goodbye_is_an_end_over_tls);
	STREAM_TEST(an_end_without_tls);
	STREAM_TEST(answers_are_heard_although_writing_failed_over_tls);
	STREAM_TEST(answers_are_heard_although_writing_failed_without_tls);
	STREAM_TEST(what_came_before_the_end_can_be_read_after_it);
	STREAM_TEST(it_may_be_closed_when_it_opens);
	STREAM_TEST(it_may_be_closed_when_data_comes);
	STREAM_TEST(closed_when_data_comes_the_end_that_came_with_it_is_not_called_back);
	STREAM_TEST(the_peer_sees_an_orderly_end_although_something_is_unread);
	STREAM_TEST(it_may_be_closed_before_it_is_open);
	STREAM_TEST(an_open_connection_that_is_quiet_costs_no_turns);
	STREAM_TEST(what_is_written_in_one_turn_leaves_together);
	int failed = T_RUN("stream", &l);
	pki_remove();
	return failed;
}
