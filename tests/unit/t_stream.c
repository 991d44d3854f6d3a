#include "stream_world.h"

#include <unistd.h>

/* ---- what can go wrong on the way */

static void
a_port_that_nobody_listens_on(void **state)
{
	struct stream_world *w = *state;
	char port[8];

	server_closed_port(port, sizeof(port));
	world_connect_to(w, "127.0.0.1", port, NULL);
	assert_int_equal(loop_run(w->loop), 0);
	world_expect_closed(w, ERR_SYSTEM, "Connection refused");
	assert_non_null(strstr(w->err.text, port));
}

static void
a_name_that_nobody_knows(void **state)
{
	struct stream_world *w = *state;

	resolve_fake_files("/nonexistent", "/nonexistent");
	world_connect_to(w, "nowhere.invalid", "2775", NULL);
	assert_int_equal(loop_run(w->loop), 0);
	world_expect_closed(w, ERR_RESOLVE, "nowhere.invalid");
}

static void
a_port_that_is_none(void **state)
{
	struct stream_world *w = *state;

	world_connect_to(w, "127.0.0.1", "smpp", NULL);
	assert_int_equal(loop_run(w->loop), 0);
	world_expect_closed(w, ERR_RESOLVE, "127.0.0.1:smpp");
}

static void
a_server_that_says_nothing_is_given_up_in_time(void **state)
{
	struct stream_world *w = *state;
	mono_t start = mono_now();

	w->tls = world_settings("ca.pem", "1.2", NULL);
	world_run(w, &(struct server_conf){.mode = SERVER_SILENT}, "localhost");
	assert_in_range(mono_ms(start, mono_now()), 1990, 8000);
	world_expect_closed(w, ERR_SYSTEM, "no answer to the TLS handshake in time");
	assert_int_equal(w->err.code, 110 /* ETIMEDOUT */);
}

static void
a_server_without_tls_is_told_apart(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	world_run(w, &(struct server_conf){.mode = SERVER_GREETS, .plain = true}, "localhost");
	world_expect_closed(w, ERR_TLS, "does this port speak TLS?");
}

static void
a_server_that_hangs_up_at_once(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	world_run(
	    w, &(struct server_conf){.mode = SERVER_CUT, .plain = true, .cert = NULL}, "localhost");
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->opened, 0);
}

static void
the_next_address_is_tried(void **state)
{
	struct stream_world *w = *state;
	char hosts[] = "/tmp/t_stream_hosts.XXXXXX";
	FILE *f = fdopen(mkstemp(hosts), "w");

	fputs("127.0.0.2 carrier\n127.0.0.3 carrier\n127.0.0.1 carrier\n", f);
	fclose(f);
	resolve_fake_files("/nonexistent", hosts);
	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	w->server = server_start(&(struct server_conf){.mode = SERVER_ECHO});
	/* .2 accepts and is silent, .3 refuses */
	struct server *silent = server_start(&(struct server_conf){
	    .mode = SERVER_SILENT, .address = "127.0.0.2", .port = server_port(w->server)});
	world_connect_to(w, "carrier", server_port(w->server), "localhost");
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->opened, 1);
	assert_int_equal(strncmp(stream_peer(w->stream), "127.0.0.1:", 10), 0);
	server_stop(silent, NULL);
	unlink(hosts);
}

/* ---- bytes */

static void
what_is_said_arrives_and_comes_back(struct stream_world *w, bool plain)
{
	char last[64];

	if (!plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_at = 5;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO, .plain = plain}, "localhost");
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
much_travels_both_ways(struct stream_world *w, const struct server_conf *c)
{
	if (!c->plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	w->say_size = w->stop_at = 2500000;
	world_run(w, c, "localhost");
	assert_int_equal(w->closed, 0);
	assert_int_equal(w->in.len, 2500000);
	for (size_t i = 0; i < w->in.len; i++)
		if ((char)w->in.data[i] != world_pattern(i))
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
a_full_socket_goes_on_when_there_is_room(struct stream_world *w, bool plain)
{
	static char more[SERVER_SINK_SIZE];

	if (!plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_SINK, .plain = plain, .small = true},
	    "localhost");
	assert_int_equal(stream_write(w->stream, more, 8000000), 0);
	world_pass(w, 50);
	assert_in_range(stream_unsent(w->stream), 1, 8000000);
	/* What waits is moved by what is added. */
	assert_int_equal(stream_write(w->stream, more, SERVER_SINK_SIZE - 8000000), 0);
	world_pass(w, 50);
	uint64_t turns = loop_wakeups(w->loop);
	world_pass(w, 50); /* it still reads nothing, and we wait without turning */
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	server_go(w->server);
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
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_at = 11;
	world_run(w, &(struct server_conf){.mode = SERVER_GREETS, .version = "1.2", .cork = true},
	    "localhost");
	assert_int_equal(w->in.len, 11);
}

static void
many_small_records_come_in_few_callbacks(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_at = 300;
	world_run(w, &(struct server_conf){.mode = SERVER_PIECES}, "localhost");
	assert_int_equal(w->in.len, 300);
	assert_in_range(w->data, 1, 150);
}

/* An owner that does not drain: memory is bounded, and what was held back comes when it does. */
static void
flood_is_held_back(struct stream_world *w, bool plain)
{
	size_t n;

	if (!plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	w->keep_input = w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_FLOOD, .plain = plain}, "localhost");
	world_pass(w, 300);
	stream_input(w->stream, &n);
	assert_in_range(n, 70000, 150000);
	uint64_t turns = loop_wakeups(w->loop);
	world_pass(w, 50);
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	w->keep_input = false;
	w->stop_at = SERVER_FLOOD_SIZE;
	loop_timer_stop(w->step_timer);
	world_take(w, w->stream);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->in.len, SERVER_FLOOD_SIZE);
	for (size_t i = 0; i < w->in.len; i++)
		if ((char)w->in.data[i] != world_pattern(i))
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
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_when_open = w->pause_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	world_pass(w, 100); /* hello has come back by now */
	uint64_t turns = loop_wakeups(w->loop);
	world_pass(w, 50);
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	assert_int_equal(w->data, 0);
	stream_pause(w->stream, false);
	w->stop_at = 5;
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->in.len, 5);
}

/* ---- the end */

static void
last_words_are_heard(struct stream_world *w, const struct server_conf *c)
{
	if (!c->plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	world_run(w, c, "localhost");
	assert_int_equal(w->opened, 1);
	world_expect_closed(w, ERR_PEER, "the peer closed the connection");
	assert_int_equal(w->in.len, 10);
	assert_memory_equal(w->in.data, "last words", 10);
	world_pass(w, 20);
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
answers_are_heard_although_writing_failed(struct stream_world *w, bool plain)
{
	size_t n;

	if (!plain)
		w->tls = world_settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_ANSWER_CUT, .plain = plain}, "localhost");
	world_pass(w, 5); /* hello leaves */
	stream_pause(w->stream, true);
	world_pass(w, 200); /* answered and cut by now, and not read */
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
	struct stream_world *w = *state;
	size_t n;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->keep_input = true;
	world_run(w, &(struct server_conf){.mode = SERVER_CUT}, "localhost");
	assert_int_equal(w->closed, 1);
	assert_memory_equal(stream_input(w->stream, &n), "last words", 10);
	assert_int_equal(n, 10);
}

static void
it_may_be_closed_when_it_opens(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->close_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_FLOOD}, "localhost");
	world_pass(w, 20);
	assert_int_equal(w->data + w->closed, 0);
}

static void
it_may_be_closed_when_data_comes(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->close_on_data = true;
	world_run(w, &(struct server_conf){.mode = SERVER_FLOOD}, "localhost");
	world_pass(w, 20);
	assert_int_equal(w->data, 1);
	assert_int_equal(w->closed, 0);
}

static void
closed_when_data_comes_the_end_that_came_with_it_is_not_called_back(void **state)
{
	struct stream_world *w = *state;

	w->stop_when_open = w->pause_when_open = w->close_on_data = true;
	world_run(w, &(struct server_conf){.mode = SERVER_CUT, .plain = true}, "localhost");
	world_pass(w, 50);
	stream_pause(w->stream, false);
	assert_int_equal(loop_run(w->loop), 0);
	world_pass(w, 20);
	assert_int_equal(w->data, 1);
	assert_int_equal(w->closed, 0);
}

/* Closing a socket with unread input is a reset, which overtakes what was said before it. */
static void
the_peer_sees_an_orderly_end_although_something_is_unread(void **state)
{
	struct stream_world *w = *state;
	char last[64];

	w->stop_when_open = w->pause_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_GREETS, .plain = true}, "localhost");
	world_pass(w, 50);
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
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->server = server_start(&(struct server_conf){.mode = SERVER_SILENT});
	world_connect_to(w, "127.0.0.1", server_port(w->server), "localhost");
	stream_close(w->stream); /* while it is looked up */
	world_connect_to(w, "127.0.0.1", server_port(w->server), "localhost");
	world_pass(w, 50);
	stream_close(w->stream); /* in the handshake */
	w->stream = NULL;
	world_pass(w, 50);
	assert_int_equal(w->opened + w->data + w->closed, 0);
	stream_close(NULL);
}

static void
an_open_connection_that_is_quiet_costs_no_turns(void **state)
{
	struct stream_world *w = *state;

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->say = "hello";
	w->stop_at = 5;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
	world_pass(w, 20);
	uint64_t turns = loop_wakeups(w->loop);
	world_pass(w, 2200); /* longer than it was given to connect */
	assert_int_equal(loop_wakeups(w->loop) - turns, 1);
	assert_int_equal(w->closed, 0);
}

/* What is written in one turn leaves as one record, so it comes back as one read. */
static void
what_is_written_in_one_turn_leaves_together(void **state)
{
	struct stream_world *w = *state;
	char last[64];

	w->tls = world_settings("ca.pem", "1.2", NULL);
	w->stop_when_open = true;
	world_run(w, &(struct server_conf){.mode = SERVER_ECHO}, "localhost");
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

int
main(void)
{
	static struct t_list l;

	pki_make();
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
