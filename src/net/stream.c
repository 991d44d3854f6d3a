#include "net/stream_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CHUNK = 16384, /* what one TLS record holds */
	/* No more is read while this much is not drained: an owner that is slow slows the peer. */
	INPUT_HIGH = 128 * 1024,
};

static size_t
held(const struct stream *s)
{
	return s->in.len - s->in_at;
}

static bool
may_read(const struct stream *s)
{
	return s->state == STREAM_IS_OPEN && !s->paused && held(s) < INPUT_HIGH;
}

static void
watch(struct stream *s)
{
	if (s->state == STREAM_IS_OPEN)
		loop_io_want(s->io, (may_read(s) ? LOOP_READ : 0) | (s->blocked ? LOOP_WRITE : 0));
}

void
stream_close_socket(struct stream *s)
{
	loop_io_free(s->io);
	s->io = NULL;
	tls_free(s->tls);
	s->tls = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	loop_timer_stop(s->connect_timer);
}

void
stream_end(struct stream *s, const struct err *err)
{
	struct err e = *err;

	if (s->peer[0] != '\0' && s->state != STREAM_IS_OPEN)
		err_set(&e, err->kind, err->code, "%s: %s", s->peer, err->text);
	s->state = STREAM_IS_ENDED;
	stream_close_socket(s);
	s->cb(s, STREAM_CLOSED, &e, s->arg);
}

/* ---- reading and writing */

static enum wire_result
result_of_errno(struct err *err)
{
	if (errno == EAGAIN || errno == EINTR)
		return WIRE_WANT_READ;
	err_set(err, ERR_SYSTEM, errno, "%s", strerror(errno));
	return WIRE_ENDED;
}

static enum wire_result
wire_read(struct stream *s, void *p, size_t size, size_t *n, struct err *err)
{
	if (s->tls != NULL)
		return tls_read(s->tls, p, size, n, err);
	ssize_t got = recv(s->fd, p, size, 0);
	if (got < 0)
		return result_of_errno(err);
	if (got == 0) {
		err_set(err, ERR_PEER, 0, "the peer closed the connection");
		return WIRE_ENDED;
	}
	*n = (size_t)got;
	return WIRE_DONE;
}

static enum wire_result
wire_write(struct stream *s, const void *p, size_t size, size_t *n, struct err *err)
{
	if (s->tls != NULL)
		return tls_write(s->tls, p, size, n, err);
	ssize_t put = send(s->fd, p, size, MSG_NOSIGNAL);
	if (put < 0)
		return result_of_errno(err) == WIRE_ENDED ? WIRE_ENDED : WIRE_WANT_WRITE;
	*n = (size_t)put;
	return WIRE_DONE;
}

/* All there is, as far as there is room for it. */
static enum wire_result
fill_input(struct stream *s, struct err *err)
{
	uint8_t chunk[CHUNK];
	enum wire_result result = WIRE_DONE;
	size_t n;

	if (s->in_at > 0) {
		buf_drain(&s->in, s->in_at);
		s->in_at = 0;
	}
	while (held(s) < INPUT_HIGH && result == WIRE_DONE) {
		result = wire_read(s, chunk, sizeof(chunk), &n, err);
		if (result == WIRE_DONE)
			buf_put(&s->in, chunk, n);
	}
	if (s->in.failed) {
		err_set(err, ERR_SYSTEM, ENOMEM, "no memory for what comes in");
		return WIRE_ENDED;
	}
	return result;
}

/* write_err: what was sent before the connection broke is still worth reading. */
static void
take_input(struct stream *s, const struct err *write_err)
{
	struct err err = {.kind = ERR_NONE};
	size_t before = held(s);
	enum wire_result result = fill_input(s, &err);

	if (result == WIRE_WANT_WRITE)
		s->blocked = true;
	if (held(s) > before)
		s->cb(s, STREAM_DATA, NULL, s->arg);
	if (s->state != STREAM_IS_OPEN)
		return;
	if (write_err != NULL)
		stream_end(s, write_err);
	else if (result == WIRE_ENDED)
		stream_end(s, &err);
	else
		watch(s);
}

static void
flush(struct stream *s)
{
	enum wire_result result = WIRE_DONE;
	struct err err;
	size_t at = 0, n;

	while (at < s->out.len && result == WIRE_DONE) {
		result = wire_write(s, s->out.data + at, s->out.len - at, &n, &err);
		if (result == WIRE_DONE)
			at += n;
	}
	buf_drain(&s->out, at);
	s->blocked = result == WIRE_WANT_WRITE;
	if (result == WIRE_ENDED)
		take_input(s, &err);
	else
		watch(s);
}

static void
flush_later(void *arg)
{
	struct stream *s = arg;

	s->flush_due = false;
	if (s->state == STREAM_IS_OPEN && !s->blocked)
		flush(s);
}

static void
read_later(void *arg)
{
	struct stream *s = arg;

	s->read_due = false;
	if (may_read(s))
		take_input(s, NULL);
}

/* OpenSSL may hold what epoll does not see. */
static void
read_soon(struct stream *s)
{
	if (!s->read_due)
		loop_later(s->loop, read_later, s);
	s->read_due = true;
}

void
stream_opened(struct stream *s)
{
	s->state = STREAM_IS_OPEN;
	loop_timer_stop(s->connect_timer);
	watch(s);
	read_soon(s);
	s->cb(s, STREAM_OPEN, NULL, s->arg);
}

void
stream_ready(int what, void *arg)
{
	struct stream *s = arg;

	(void)what;
	switch (s->state) {
	case STREAM_IS_CONNECTING:
	case STREAM_IS_HANDSHAKING:
		stream_open_on(s);
		return;
	case STREAM_IS_OPEN:
		/* Both, whichever it was: TLS may have to read before it can write, and the other
		 * way round. */
		if (s->blocked)
			flush(s);
		if (may_read(s))
			take_input(s, NULL);
		return;
	default:
		return;
	}
}

static void
release(void *arg)
{
	struct stream *s = arg;

	loop_timer_free(s->connect_timer);
	stream_tls_unref(s->settings);
	buf_clear(&s->in);
	buf_clear(&s->out);
	free(s->host);
	free(s->port);
	free(s->server_name);
	free(s);
}

static bool
remember(struct stream *s, const char *host, const char *port, const char *server_name)
{
	if (server_name == NULL || server_name[0] == '\0')
		server_name = host;
	return (s->host = strdup(host)) != NULL && (s->port = strdup(port)) != NULL &&
	       (s->server_name = strdup(server_name)) != NULL;
}

struct stream *
stream_connect(struct loop *loop, const char *host, const char *port, struct stream_tls *tls,
    const char *server_name, int64_t timeout_ms, stream_cb cb, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->settings = stream_tls_ref(tls);
	s->cb = cb;
	s->arg = arg;
	s->fd = -1;
	s->timeout_ms = timeout_ms;
	buf_init(&s->in);
	buf_init(&s->out);
	if (!remember(s, host, port, server_name) || stream_open_start(s) < 0) {
		release(s);
		return NULL;
	}
	return s;
}

/* Unread input would make the kernel reset the connection, and with it what we said last. */
static void
say_goodbye(struct stream *s)
{
	uint8_t chunk[CHUNK];
	size_t n;
	struct err err;
	enum wire_result result = WIRE_DONE;

	for (size_t at = 0; at < s->out.len && result == WIRE_DONE; at += n)
		if ((result = wire_write(s, s->out.data + at, s->out.len - at, &n, &err)) !=
		    WIRE_DONE)
			n = 0;
	if (s->tls != NULL)
		tls_shutdown(s->tls);
	shutdown(s->fd, SHUT_WR);
	for (int i = 0; i < 16 && recv(s->fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0; i++)
		continue;
}

void
stream_close(struct stream *s)
{
	if (s == NULL || s->state == STREAM_IS_CLOSED)
		return;
	if (s->state == STREAM_IS_OPEN)
		say_goodbye(s);
	s->state = STREAM_IS_CLOSED;
	resolve_cancel(s->resolving);
	s->resolving = NULL;
	stream_close_socket(s);
	loop_later(s->loop, release, s);
}

const uint8_t *
stream_input(struct stream *s, size_t *len)
{
	*len = held(s);
	return s->in.data != NULL ? s->in.data + s->in_at : NULL;
}

void
stream_drain(struct stream *s, size_t n)
{
	bool was_full = held(s) >= INPUT_HIGH;

	assert(n <= held(s));
	s->in_at += n;
	if (was_full && may_read(s))
		read_soon(s);
}

void
stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	watch(s);
	if (may_read(s))
		read_soon(s);
}

int
stream_write(struct stream *s, const void *p, size_t n)
{
	if (s->state != STREAM_IS_OPEN)
		return -1;
	buf_put(&s->out, p, n);
	if (s->out.failed) {
		s->out.failed = false; /* nothing of it was taken */
		return -1;
	}
	if (!s->flush_due)
		loop_later(s->loop, flush_later, s);
	s->flush_due = true;
	return 0;
}

size_t
stream_unsent(const struct stream *s)
{
	return s->out.len;
}

const char *
stream_peer(const struct stream *s)
{
	return s->peer;
}

const char *
stream_security(const struct stream *s)
{
	if (s->settings == NULL)
		return "plain";
	return s->tls != NULL ? tls_version(s->tls) : "";
}
