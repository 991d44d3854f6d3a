/*
 * A client of one stream and its server, for t_stream and t_trust.
 */
#ifndef TESTS_UNIT_STREAM_WORLD_H
#define TESTS_UNIT_STREAM_WORLD_H

#include "base/clock.h"
#include "net/resolve.h"
#include "net/stream.h"
#include "t.h"
#include "tls_server.h"

struct stream_world {
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
	bool close_when_open, close_on_data, keep_input, stop_when_open, pause_when_open;
};

int world_setup(void **state);
int world_teardown(void **state);

/* TLS: files of pki_path(), NULL = not verified; cert NULL = none of our own */
struct stream_tls *world_settings(const char *ca, const char *min, const char *cert);
void world_connect_to(
    struct stream_world *, const char *host, const char *port, const char *server_name);
/* Starts the server, connects, and runs until something stops the loop. */
void world_run(struct stream_world *, const struct server_conf *, const char *server_name);
void world_pass(struct stream_world *, int64_t ms);
void world_take(struct stream_world *, struct stream *);
void world_expect_closed(struct stream_world *, enum err_kind, const char *words);
char world_pattern(size_t i); /* of what is sent as say_size */

#define STREAM_TEST(f)                                                                             \
	(l.at[l.n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(                         \
	     f, world_setup, world_teardown))

#endif
