#include "net/resolve.h"

#include "base/clock.h"
#include "t.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

/* A name server of our own on a port of its own, and the files that lead to it. */
struct world {
	struct loop *loop;
	struct evdns_server_port *server; /* NULL: nobody answers on that port */
	int fd;
	char dir[32], resolv_conf[64], hosts[64];
	struct resolve *started;
	struct loop_timer *cancel_timer;
	int calls;
	struct resolve_answer answer;
	struct err err;
	bool inside; /* of resolve_start() */
};

static void
answer_query(struct evdns_server_request *request, void *arg)
{
	static const uint8_t four[] = {127, 0, 0, 2, 203, 0, 113, 1}, six[16] = {[15] = 1};
	const char *name = request->questions[0]->name;
	int type = request->questions[0]->type, code = 0;

	(void)arg;
	if (strcmp(name, "both.example") == 0 && type == EVDNS_TYPE_A)
		evdns_server_request_add_a_reply(request, name, 2, four, 60);
	else if (strcmp(name, "both.example") == 0)
		evdns_server_request_add_aaaa_reply(request, name, 1, six, 60);
	else if (strcmp(name, "empty.example") != 0)
		code = 3; /* NXDOMAIN */
	evdns_server_request_respond(request, code);
}

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	char line[64];

	w->loop = loop_new(NULL);
	w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(w->fd, (struct sockaddr *)&a, &size), 0);
	strcpy(w->dir, "/tmp/t_resolve.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->resolv_conf, sizeof(w->resolv_conf), "%s/resolv.conf", w->dir);
	snprintf(w->hosts, sizeof(w->hosts), "%s/hosts", w->dir);
	snprintf(line, sizeof(line), "nameserver 127.0.0.1:%d\n", ntohs(a.sin_port));
	put_file(w->resolv_conf, line);
	put_file(w->hosts, "127.0.0.1 localhost\n127.0.0.1 localhost again\n192.0.2.7 carrier\n");
	resolve_fake_files(w->resolv_conf, w->hosts);
	*state = w;
	return 0;
}

static void
serve(struct world *w)
{
	w->server =
	    evdns_add_server_port_with_base(loop_base(w->loop), w->fd, 0, answer_query, NULL);
	assert_non_null(w->server);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	loop_timer_free(w->cancel_timer);
	if (w->server != NULL)
		evdns_close_server_port(w->server); /* closes fd */
	else
		close(w->fd);
	loop_free(w->loop);
	unlink(w->resolv_conf);
	unlink(w->hosts);
	rmdir(w->dir);
	resolve_fake_files(NULL, NULL);
	free(w);
	return 0;
}

static void
resolved_cb(const struct resolve_answer *answer, const struct err *err, void *arg)
{
	struct world *w = arg;

	assert_false(w->inside);
	w->calls++;
	w->answer = *answer;
	if (err != NULL)
		w->err = *err;
	loop_stop(w->loop);
}

static void
start(struct world *w, const char *host, int64_t timeout_ms)
{
	w->inside = true;
	w->started = resolve_start(w->loop, host, timeout_ms, resolved_cb, w);
	assert_non_null(w->started);
	w->inside = false;
}

static void
look_up(struct world *w, const char *host, int64_t timeout_ms)
{
	start(w, host, timeout_ms);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls, 1);
}

static void
expect_one(struct world *w, const char *address)
{
	assert_string_equal(w->err.text, "");
	assert_int_equal(w->answer.n, 1);
	assert_string_equal(w->answer.address[0], address);
}

static void
a_number_is_its_own_answer(void **state)
{
	look_up(*state, "127.0.0.1", 1000);
	expect_one(*state, "127.0.0.1");
}

static void
a_number_of_version_6_too(void **state)
{
	look_up(*state, "2001:db8::1", 1000);
	expect_one(*state, "2001:db8::1");
}

static void
localhost_needs_no_name_server(void **state)
{
	resolve_fake_files("/nonexistent/resolv.conf", ((struct world *)*state)->hosts);
	look_up(*state, "localhost", 1000);
	expect_one(*state, "127.0.0.1");
}

static void
localhost_needs_no_hosts_file_either(void **state)
{
	struct world *w = *state;

	resolve_fake_files("/nonexistent/resolv.conf", "/nonexistent/hosts");
	look_up(w, "localhost", 1000);
	assert_in_range(w->answer.n, 1, 2);
	for (unsigned i = 0; i < w->answer.n; i++)
		assert_true(strcmp(w->answer.address[i], "127.0.0.1") == 0 ||
			    strcmp(w->answer.address[i], "::1") == 0);
}

static void
this_machines_own_files_know_localhost(void **state)
{
	struct world *w = *state;

	resolve_fake_files(NULL, NULL);
	look_up(w, "localhost", 1000);
	assert_in_range(w->answer.n, 1, RESOLVE_MAX);
}

static void
the_hosts_file_comes_first(void **state)
{
	look_up(*state, "CARRIER", 1000);
	expect_one(*state, "192.0.2.7");
}

static void
a_name_server_is_asked_for_both_kinds(void **state)
{
	struct world *w = *state;
	bool found[3] = {false};

	serve(w);
	look_up(w, "both.example", 5000);
	assert_string_equal(w->err.text, "");
	assert_int_equal(w->answer.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		found[0] |= strcmp(w->answer.address[i], "127.0.0.2") == 0;
		found[1] |= strcmp(w->answer.address[i], "203.0.113.1") == 0;
		found[2] |= strcmp(w->answer.address[i], "::1") == 0;
	}
	assert_true(found[0] && found[1] && found[2]);
}

/* What has a route here is found out here; loopback always has one. */
static void
what_can_be_reached_comes_first(void **state)
{
	struct world *w = *state;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 one = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool six = fd >= 0 && bind(fd, (struct sockaddr *)&one, sizeof(one)) == 0;

	if (fd >= 0)
		close(fd);
	serve(w);
	look_up(w, "both.example", 5000);
	assert_string_equal(w->answer.address[0], six ? "::1" : "127.0.0.2");
}

static void
a_name_that_does_not_exist_is_said_to(void **state)
{
	struct world *w = *state;

	serve(w);
	look_up(w, "nowhere.example", 5000);
	assert_int_equal(w->err.kind, ERR_RESOLVE);
	assert_non_null(strstr(w->err.text, "nowhere.example"));
	assert_int_equal(w->answer.n, 0);
}

static void
a_name_without_addresses_is_an_error(void **state)
{
	struct world *w = *state;

	serve(w);
	look_up(w, "empty.example", 5000);
	assert_int_equal(w->err.kind, ERR_RESOLVE);
	assert_non_null(strstr(w->err.text, "empty.example"));
}

static void
silent_name_servers_cost_no_more_than_the_timeout(void **state)
{
	struct world *w = *state;
	mono_t start_at = mono_now();

	look_up(w, "smpp.example", 200);
	assert_in_range(mono_ms(start_at, mono_now()), 200, 3000);
	assert_int_equal(w->err.kind, ERR_RESOLVE);
	assert_non_null(strstr(w->err.text, "smpp.example"));
	assert_non_null(strstr(w->err.text, "200 ms"));
}

static void
an_absurd_name_is_an_error(void **state)
{
	char name[400] = "";

	memset(name, 'a', sizeof(name) - 1);
	look_up(*state, name, 1000);
	assert_int_equal(((struct world *)*state)->err.kind, ERR_RESOLVE);
}

static void
cancel_cb(void *arg)
{
	struct world *w = arg;

	resolve_cancel(w->started);
	w->started = NULL;
	loop_timer_set(w->cancel_timer, 300); /* longer than the look-up would have taken */
	if (w->calls-- < 0)
		loop_stop(w->loop);
}

static void
after_a_cancel_nothing_comes(void **state)
{
	struct world *w = *state;

	start(w, "smpp.example", 100);
	resolve_cancel(w->started);
	start(w, "127.0.0.1", 100); /* its answer is ready, and put off */
	resolve_cancel(w->started);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls, 0);
	resolve_cancel(NULL);
}

static void
a_look_up_under_way_can_be_cancelled(void **state)
{
	struct world *w = *state;

	w->cancel_timer = loop_timer_new(w->loop, cancel_cb, w);
	start(w, "smpp.example", 150);
	loop_timer_set(w->cancel_timer, 20);
	w->calls = 0;
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->calls, -2);
}

static void
cancelled_and_then_the_end_of_everything(void **state)
{
	struct world *w = *state;

	start(w, "smpp.example", 100);
	resolve_cancel(w->started); /* teardown frees the loop before it has turned again */
	assert_int_equal(w->calls, 0);
}

#define RESOLVE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    RESOLVE_TEST(a_number_is_its_own_answer),
	    RESOLVE_TEST(a_number_of_version_6_too),
	    RESOLVE_TEST(localhost_needs_no_name_server),
	    RESOLVE_TEST(localhost_needs_no_hosts_file_either),
	    RESOLVE_TEST(this_machines_own_files_know_localhost),
	    RESOLVE_TEST(the_hosts_file_comes_first),
	    RESOLVE_TEST(a_name_server_is_asked_for_both_kinds),
	    RESOLVE_TEST(what_can_be_reached_comes_first),
	    RESOLVE_TEST(a_name_that_does_not_exist_is_said_to),
	    RESOLVE_TEST(a_name_without_addresses_is_an_error),
	    RESOLVE_TEST(silent_name_servers_cost_no_more_than_the_timeout),
	    RESOLVE_TEST(an_absurd_name_is_an_error),
	    RESOLVE_TEST(after_a_cancel_nothing_comes),
	    RESOLVE_TEST(a_look_up_under_way_can_be_cancelled),
	    RESOLVE_TEST(cancelled_and_then_the_end_of_everything),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
