#include "stream_world.h"

#include <unistd.h>

static void
guard_cb(void *arg)
{
	struct stream_world *w = arg;

	loop_stop(w->loop);
	fail_msg("nothing happened for 20 s: opened %d, data %d, closed %d, %zu bytes", w->opened,
	    w->data, w->closed, w->in.len);
}

int
world_setup(void **state)
{
	struct stream_world *w = calloc(1, sizeof(*w));

	w->loop = loop_new(NULL);
	w->guard_timer = loop_timer_new(w->loop, guard_cb, w);
	loop_timer_set(w->guard_timer, 20000);
	buf_init(&w->in);
	*state = w;
	return 0;
}

int
world_teardown(void **state)
{
	struct stream_world *w = *state;

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

struct stream_tls *
world_settings(const char *ca, const char *min, const char *cert)
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

char
world_pattern(size_t i)
{
	return (char)(i % 251);
}

static void
say(struct stream_world *w, struct stream *s)
{
	char *p = malloc(w->say_size);

	for (size_t i = 0; i < w->say_size; i++)
		p[i] = world_pattern(i);
	/* In odd pieces: they leave together. */
	for (size_t at = 0; at < w->say_size; at += 70001) {
		size_t n = w->say_size - at < 70001 ? w->say_size - at : 70001;

		assert_int_equal(stream_write(s, p + at, n), 0);
	}
	assert_int_equal(stream_unsent(s), w->say_size);
	free(p);
}

void
world_take(struct stream_world *w, struct stream *s)
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
close_it(struct stream_world *w)
{
	stream_close(w->stream);
	stream_close(w->stream); /* twice is once */
	w->stream = NULL;
	loop_stop(w->loop);
}

static void
stream_cb_here(struct stream *s, enum stream_event event, const struct err *err, void *arg)
{
	struct stream_world *w = arg;

	w->after_closed += w->closed;
	switch (event) {
	case STREAM_OPEN:
		w->opened++;
		snprintf(w->security, sizeof(w->security), "%s", stream_security(s));
		if (w->say != NULL)
			assert_int_equal(stream_write(s, w->say, strlen(w->say)), 0);
		if (w->say_size > 0)
			say(w, s);
		if (w->pause_when_open)
			stream_pause(s, true);
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
			world_take(w, s);
		return;
	case STREAM_CLOSED:
		w->closed++;
		w->err = *err;
		assert_int_equal(stream_write(s, "x", 1), -1);
		loop_stop(w->loop);
		return;
	}
}

void
world_connect_to(
    struct stream_world *w, const char *host, const char *port, const char *server_name)
{
	w->stream =
	    stream_connect(w->loop, host, port, w->tls, server_name, 2000, stream_cb_here, w);
	assert_non_null(w->stream);
	assert_int_equal(w->opened + w->closed, 0);
	assert_int_equal(stream_write(w->stream, "x", 1), -1);
}

void
world_run(struct stream_world *w, const struct server_conf *c, const char *server_name)
{
	w->server = server_start(c);
	world_connect_to(w, "127.0.0.1", server_port(w->server), server_name);
	assert_int_equal(loop_run(w->loop), 0);
}

void
world_expect_closed(struct stream_world *w, enum err_kind kind, const char *words)
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
	loop_stop(((struct stream_world *)arg)->loop);
}

void
world_pass(struct stream_world *w, int64_t ms)
{
	if (w->step_timer == NULL)
		w->step_timer = loop_timer_new(w->loop, step_cb, w);
	loop_timer_set(w->step_timer, ms);
	assert_int_equal(loop_run(w->loop), 0);
}
