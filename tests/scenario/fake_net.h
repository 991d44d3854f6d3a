/*
 * A net/ without sockets and without time: the same symbols as net/loop.h and net/stream.h. Only
 * the script moves the clock, and only it opens, feeds and cuts connections.
 */
#ifndef TESTS_SCENARIO_FAKE_NET_H
#define TESTS_SCENARIO_FAKE_NET_H

#include "net/stream.h"

struct fake_hooks {
	void (*connects)(struct stream *, const char *host, const char *port, void *owner);
	void (*writes)(struct stream *, const uint8_t *, size_t);
	void (*closes)(struct stream *);
};

struct loop *fake_loop_new(const struct fake_hooks *);
void fake_loop_free(struct loop *); /* asserts that nobody left a timer or a stream behind */
unsigned fake_turn(struct loop *);  /* what was put off, until nothing is left; how much it was */
void fake_pass(struct loop *, int64_t ms);

void fake_open(struct stream *);
void fake_feed(struct stream *, const void *, size_t); /* into the input; nobody is told */
void fake_data(struct stream *);                       /* unless it is paused */
void fake_end(struct stream *, const char *why);
void fake_full(struct stream *, bool full); /* takes no more */
bool fake_is_paused(const struct stream *);
void *fake_arg(const struct stream *); /* whose it is */

#endif
