#include "net/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>

struct later {
	void (*cb)(void *);
	void *arg;
};

/* Grows only; as many as there are streams, sessions and look-ups, so it soon stops growing. */
struct later_list {
	struct later *at;
	size_t n, cap;
};

enum { LATER_FIRST = 64 };

struct loop_signal {
	SLIST_ENTRY(loop_signal) next;
	struct event event;
	void (*cb)(void *);
	void *arg;
};

struct loop {
	struct event_base *base;
	struct later_list later; /* of this turn */
	struct later_list spare; /* the list that runs now, or an empty one to take turns with */
	SLIST_HEAD(, loop_signal) signals;
	uint64_t wakeups;
	bool stopped;
};

struct loop_timer {
	struct event event;
	void (*cb)(void *);
	void *arg;
};

struct loop_io {
	struct event event;
	struct event_base *base;
	int fd, want;
	void (*cb)(int, void *);
	void *arg;
};

/* Whatever libevent has to say about a descriptor comes back as a result of the call, too. */
static void
ignore_log(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

/*
 * Timers to the millisecond, and counted from the call that sets them and not from the start of the
 * turn: a timer that is early finds nothing due and costs a second wake-up.
 */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_PRECISE_TIMER |
					      EVENT_BASE_FLAG_NO_CACHE_TIME) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct loop *
loop_new(struct err *err)
{
	struct loop *l = calloc(1, sizeof(*l));

	event_set_log_callback(ignore_log);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2) */
	if (l == NULL || (l->base = base_new()) == NULL) {
		free(l);
		err_set(err, ERR_SYSTEM, 0, "cannot make an event loop");
		return NULL;
	}
	SLIST_INIT(&l->signals);
	return l;
}

void
loop_later(struct loop *l, void (*cb)(void *), void *arg)
{
	struct later_list *list = &l->later;

	if (list->n == list->cap) {
		size_t cap = list->cap > 0 ? list->cap * 2 : LATER_FIRST;
		struct later *at = realloc(list->at, cap * sizeof(*at));

		/* Nobody could go on without it: what should be freed or written would not be. */
		if (at == NULL)
			abort();
		list->at = at;
		list->cap = cap;
	}
	list->at[list->n++] = (struct later){cb, arg};
}

/* What is handed in meanwhile belongs to the next turn, or two callbacks could starve the rest. */
static void
run_later(struct loop *l)
{
	struct later_list now = l->later;

	l->later = l->spare;
	for (size_t i = 0; i < now.n; i++)
		now.at[i].cb(now.at[i].arg);
	now.n = 0;
	l->spare = now;
}

int
loop_run(struct loop *l)
{
	int rc = 0;

	l->stopped = false;
	while (!l->stopped && rc == 0) {
		/* 1: nothing is watched and no timer is set. */
		rc = event_base_loop(l->base, EVLOOP_ONCE | (l->later.n > 0 ? EVLOOP_NONBLOCK : 0));
		if (rc == 1 && l->later.n > 0)
			rc = 0;
		l->wakeups++;
		run_later(l);
	}
	return rc < 0 ? -1 : 0;
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
}

uint64_t
loop_wakeups(const struct loop *l)
{
	return l->wakeups;
}

void *
loop_base(struct loop *l)
{
	return l->base;
}

void
loop_free(struct loop *l)
{
	struct loop_signal *s;

	if (l == NULL)
		return;
	/* What was closed in the last turn still frees itself; a look-up needs a turn for that. */
	do {
		event_base_loop(l->base, EVLOOP_NONBLOCK);
		run_later(l);
	} while (l->later.n > 0);
	while ((s = SLIST_FIRST(&l->signals)) != NULL) {
		SLIST_REMOVE_HEAD(&l->signals, next);
		event_del(&s->event);
		free(s);
	}
	event_base_free(l->base);
	free(l->later.at);
	free(l->spare.at);
	free(l);
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->cb(t->arg);
}

struct loop_timer *
loop_timer_new(struct loop *l, void (*cb)(void *), void *arg)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->cb = cb;
	t->arg = arg;
	event_assign(&t->event, l->base, -1, 0, timer_fired, t);
	return t;
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t != NULL)
		event_del(&t->event);
	free(t);
}

void
loop_timer_set(struct loop_timer *t, int64_t delay_ms)
{
	int64_t ms = delay_ms > 0 ? delay_ms : 0;

	event_add(&t->event, &(struct timeval){.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000});
}

void
loop_timer_stop(struct loop_timer *t)
{
	event_del(&t->event);
}

bool
loop_timer_is_set(const struct loop_timer *t)
{
	return event_pending(&t->event, EV_TIMEOUT, NULL) != 0;
}

static void
io_ready(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	(void)fd;
	io->cb((what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0), io->arg);
}

struct loop_io *
loop_io_new(struct loop *l, int fd, void (*cb)(int what, void *), void *arg)
{
	struct loop_io *io = calloc(1, sizeof(*io));

	if (io == NULL)
		return NULL;
	io->base = l->base;
	io->fd = fd;
	io->cb = cb;
	io->arg = arg;
	event_assign(&io->event, l->base, fd, EV_PERSIST, io_ready, io);
	return io;
}

void
loop_io_want(struct loop_io *io, int what)
{
	short events = EV_PERSIST;

	if (what == io->want)
		return;
	io->want = what;
	event_del(&io->event);
	if (what & LOOP_READ)
		events |= EV_READ;
	if (what & LOOP_WRITE)
		events |= EV_WRITE;
	event_assign(&io->event, io->base, io->fd, events, io_ready, io);
	if (what != 0)
		event_add(&io->event, NULL);
}

void
loop_io_free(struct loop_io *io)
{
	if (io != NULL)
		event_del(&io->event);
	free(io);
}

static void
signal_came(evutil_socket_t fd, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)fd;
	(void)what;
	s->cb(s->arg);
}

int
loop_on_signal(struct loop *l, int signal_number, void (*cb)(void *), void *arg)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -1;
	s->cb = cb;
	s->arg = arg;
	event_assign(&s->event, l->base, signal_number, EV_SIGNAL | EV_PERSIST, signal_came, s);
	if (event_add(&s->event, NULL) < 0) {
		free(s);
		return -1;
	}
	SLIST_INSERT_HEAD(&l->signals, s, next);
	return 0;
}
