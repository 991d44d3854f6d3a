/*
 * The event loop: descriptors, timers, signals, and the end of the turn. The only place, with
 * net/resolve, that knows libevent.
 *
 * Callbacks never run inside the call that arms them. What dies inside a callback is handed to
 * loop_later() and freed at the end of the turn, so that no caller further up holds a dead object.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_io;

struct loop *loop_new(struct err *); /* and SIGPIPE is ignored from now on */
void loop_free(struct loop *);       /* after what was left to the end of the turn */
/* Until loop_stop(), or until there is nothing to wait for. 0, or -1 when the loop itself failed.
 */
int loop_run(struct loop *);
void loop_stop(struct loop *);
uint64_t loop_wakeups(const struct loop *); /* turns so far: the idle cost */
void *loop_base(struct loop *);             /* the struct event_base *, for net/ alone */

/* One-shot. Setting replaces an earlier setting. */
struct loop_timer *loop_timer_new(struct loop *, void (*cb)(void *), void *arg);
void loop_timer_free(struct loop_timer *); /* NULL is fine */
void loop_timer_set(struct loop_timer *, int64_t delay_ms);
void loop_timer_stop(struct loop_timer *);
bool loop_timer_is_set(const struct loop_timer *);

/* Watches a descriptor that somebody else owns (libpq's). */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_io *loop_io_new(struct loop *, int fd, void (*cb)(int what, void *), void *arg);
void loop_io_want(struct loop_io *, int what);
void loop_io_free(struct loop_io *);

int loop_on_signal(struct loop *, int signal, void (*cb)(void *), void *arg);

/* At the end of this turn, once, in order; what is handed in then, at the end of the next. */
void loop_later(struct loop *, void (*cb)(void *), void *arg);

#endif
