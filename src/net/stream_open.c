#include "net/stream_impl.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
	KEEPALIVE_IDLE_S = 60,
	KEEPALIVE_EVERY_S = 10,
	KEEPALIVE_TRIES = 3,
	UNACKED_MS = 60000, /* what was sent is not acknowledged for so long: the path is dead */
};

static void connect_next(struct stream *, const struct err *last);

static void
handshake(struct stream *s)
{
	struct err err;

	switch (tls_handshake(s->tls, &err)) {
	case WIRE_DONE:
		stream_opened(s);
		return;
	case WIRE_WANT_READ:
		loop_io_want(s->io, LOOP_READ);
		return;
	case WIRE_WANT_WRITE:
		loop_io_want(s->io, LOOP_WRITE);
		return;
	case WIRE_ENDED:
		/* A certificate that is wrong here is no better behind another address. */
		stream_end(s, &err);
		return;
	}
}

static void
connected(struct stream *s)
{
	struct err err;
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error != 0) {
		err_set(&err, ERR_SYSTEM, error, "%s", strerror(error));
		connect_next(s, &err);
	} else if (s->settings == NULL) {
		stream_opened(s);
	} else if ((s->tls = tls_new(s->settings, s->fd, s->server_name, &err)) == NULL) {
		stream_end(s, &err);
	} else {
		s->state = STREAM_IS_HANDSHAKING;
		handshake(s);
	}
}

void
stream_open_on(struct stream *s)
{
	if (s->state == STREAM_IS_CONNECTING)
		connected(s);
	else
		handshake(s);
}

static int
open_socket(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, idle = KEEPALIVE_IDLE_S, every = KEEPALIVE_EVERY_S, tries = KEEPALIVE_TRIES;
	unsigned unacked = UNACKED_MS;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof(unacked));
	return fd;
}

/* 0 when it is under way. */
static int
connect_to(struct stream *s, const char *address, struct err *err)
{
	static const struct addrinfo hints = {
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *a;
	int rc = getaddrinfo(address, s->port, &hints, &a);

	snprintf(s->peer, sizeof(s->peer), strchr(address, ':') != NULL ? "[%s]:%s" : "%s:%s",
	    address, s->port);
	if (rc != 0)
		return err_set(err, ERR_RESOLVE, rc, "%s", gai_strerror(rc));
	s->fd = open_socket(a);
	if (s->fd >= 0 &&
	    (connect(s->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) &&
	    (s->io = loop_io_new(s->loop, s->fd, stream_ready, s)) != NULL) {
		freeaddrinfo(a);
		loop_io_want(s->io, LOOP_WRITE);
		return 0;
	}
	err_set(err, ERR_SYSTEM, errno, "%s", strerror(errno));
	freeaddrinfo(a);
	return -1;
}

/*
 * The next address, with its share of the time that is left: one that swallows packets must not use
 * up what the others need.
 */
static void
connect_next(struct stream *s, const struct err *last)
{
	struct err err = *last;

	s->state = STREAM_IS_CONNECTING;
	while (s->next_address < s->answer.n) {
		int64_t left_ms = mono_left_ms(mono_now(), s->deadline);
		unsigned left = s->answer.n - s->next_address;

		stream_close_socket(s);
		if (left_ms == 0)
			break;
		loop_timer_set(s->connect_timer, left_ms / left);
		if (connect_to(s, s->answer.address[s->next_address++], &err) == 0)
			return;
	}
	stream_end(s, &err);
}

static void
timed_out_err(const struct stream *s, struct err *err)
{
	err_set(err, ERR_SYSTEM, ETIMEDOUT, "no %s in time (%lld ms for all addresses)",
	    s->state == STREAM_IS_HANDSHAKING ? "answer to the TLS handshake" : "connection",
	    (long long)s->timeout_ms);
}

static void
connect_timed_out(void *arg)
{
	struct stream *s = arg;
	struct err err;

	timed_out_err(s, &err);
	connect_next(s, &err);
}

static void
resolved(const struct resolve_answer *answer, const struct err *err, void *arg)
{
	struct stream *s = arg;
	struct err late;

	s->resolving = NULL;
	if (err != NULL) {
		stream_end(s, err);
		return;
	}
	s->answer = *answer;
	timed_out_err(s, &late);
	connect_next(s, &late);
}

int
stream_open_start(struct stream *s)
{
	s->deadline = mono_after_ms(mono_now(), s->timeout_ms);
	s->connect_timer = loop_timer_new(s->loop, connect_timed_out, s);
	if (s->connect_timer == NULL)
		return -1;
	s->resolving = resolve_start(s->loop, s->host, s->timeout_ms, resolved, s);
	return s->resolving != NULL ? 0 : -1;
}
