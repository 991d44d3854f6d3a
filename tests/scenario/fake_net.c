#include "fake_net.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct later {
	STAILQ_ENTRY(later) next;
	void (*cb)(void *);
	void *arg;
};

struct loop_timer {
	LIST_ENTRY(loop_timer) next;
	void (*cb)(void *);
	void *arg;
	bool is_set;
	mono_t at;
};

struct loop {
	mono_t now;
	STAILQ_HEAD(, later) later;
	LIST_HEAD(, loop_timer) timers;
	struct fake_hooks hooks;
	unsigned streams;
};

struct stream {
	struct loop *loop;
	stream_cb cb;
	void *arg;
	struct buf in;
	bool open, closed, paused, full;
	bool fresh; /* input that the owner has not been told of */
};

/* ---- the loop */

struct loop *
fake_loop_new(const struct fake_hooks *hooks)
{
	struct loop *l = calloc(1, sizeof(*l));

	l->now.us = 1000000000;
	STAILQ_INIT(&l->later);
	LIST_INIT(&l->timers);
	l->hooks = *hooks;
	clock_fake(&l->now);
	return l;
}

void
fake_loop_free(struct loop *l)
{
	fake_turn(l);
	assert(LIST_EMPTY(&l->timers) && l->streams == 0);
	clock_fake(NULL);
	free(l);
}

void
loop_later(struct loop *l, void (*cb)(void *), void *arg)
{
	struct later *later = calloc(1, sizeof(*later));

	later->cb = cb;
	later->arg = arg;
	STAILQ_INSERT_TAIL(&l->later, later, next);
}

unsigned
fake_turn(struct loop *l)
{
	struct later *later;
	unsigned n = 0;

	while ((later = STAILQ_FIRST(&l->later)) != NULL) {
		STAILQ_REMOVE_HEAD(&l->later, next);
		later->cb(later->arg);
		free(later);
		n++;
	}
	return n;
}

static struct loop_timer *
first_due(struct loop *l, mono_t until)
{
	struct loop_timer *t, *first = NULL;

	LIST_FOREACH (t, &l->timers, next)
		if (t->is_set && mono_reached(until, t->at) &&
		    (first == NULL || t->at.us < first->at.us))
			first = t;
	return first;
}

void
fake_pass(struct loop *l, int64_t ms)
{
	mono_t until = mono_after_ms(l->now, ms);
	struct loop_timer *t;

	while ((t = first_due(l, until)) != NULL) {
		if (t->at.us > l->now.us)
			l->now = t->at;
		t->is_set = false;
		t->cb(t->arg);
		fake_turn(l);
	}
	l->now = until;
}

struct loop_timer *
loop_timer_new(struct loop *l, void (*cb)(void *), void *arg)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	t->cb = cb;
	t->arg = arg;
	LIST_INSERT_HEAD(&l->timers, t, next);
	return t;
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t != NULL)
		LIST_REMOVE(t, next);
	free(t);
}

void
loop_timer_set(struct loop_timer *t, int64_t delay_ms)
{
	t->is_set = true;
	t->at = mono_after_ms(mono_now(), delay_ms);
}

void
loop_timer_stop(struct loop_timer *t)
{
	t->is_set = false;
}

bool
loop_timer_is_set(const struct loop_timer *t)
{
	return t->is_set;
}

/* ---- the stream */

struct stream *
stream_connect(struct loop *loop, const char *host, const char *port, struct stream_tls *tls,
    const char *server_name, int64_t timeout_ms, stream_cb cb, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	(void)tls;
	(void)server_name;
	(void)timeout_ms;
	s->loop = loop;
	s->cb = cb;
	s->arg = arg;
	buf_init(&s->in);
	loop->streams++;
	loop->hooks.connects(s, host, port, arg);
	return s;
}

static void
release(void *arg)
{
	struct stream *s = arg;

	s->loop->streams--;
	buf_clear(&s->in);
	free(s);
}

void
stream_close(struct stream *s)
{
	if (s == NULL || s->closed)
		return;
	s->closed = true;
	s->loop->hooks.closes(s);
	loop_later(s->loop, release, s);
}

const uint8_t *
stream_input(struct stream *s, size_t *len)
{
	*len = s->in.len;
	return s->in.data;
}

void
stream_drain(struct stream *s, size_t n)
{
	buf_drain(&s->in, n);
}

static void
data_later(void *arg)
{
	fake_data(arg);
}

void
stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	if (!paused)
		loop_later(s->loop, data_later, s);
}

int
stream_write(struct stream *s, const void *p, size_t n)
{
	if (!s->open || s->closed || s->full)
		return -1;
	s->loop->hooks.writes(s, p, n);
	return 0;
}

const char *
stream_peer(const struct stream *s)
{
	return s->open ? "192.0.2.1:2776" : "";
}

const char *
stream_security(const struct stream *s)
{
	(void)s;
	return "TLSv1.3";
}

/* ---- the script's side */

void
fake_open(struct stream *s)
{
	assert(!s->open && !s->closed);
	s->open = true;
	s->cb(s, STREAM_OPEN, NULL, s->arg);
}

void
fake_feed(struct stream *s, const void *p, size_t n)
{
	assert(s->open && !s->closed);
	buf_put(&s->in, p, n);
	s->fresh = s->fresh || n > 0;
}

void
fake_data(struct stream *s)
{
	if (!s->open || s->closed || s->paused || !s->fresh)
		return;
	s->fresh = false;
	s->cb(s, STREAM_DATA, NULL, s->arg);
}

void
fake_end(struct stream *s, const char *why)
{
	struct err err;

	assert(!s->closed);
	s->open = false;
	err_set(&err, ERR_PEER, 0, "%s", why);
	s->cb(s, STREAM_CLOSED, &err, s->arg);
}

void
fake_full(struct stream *s, bool full)
{
	s->full = full;
}

void *
fake_arg(const struct stream *s)
{
	return s->arg;
}

bool
fake_is_paused(const struct stream *s)
{
	return s->paused;
}
