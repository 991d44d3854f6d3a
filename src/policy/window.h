/*
 * The window: unanswered requests of one bind, by sequence number (smpp.md 3 Window, 4 Timers).
 *
 * A slot is taken before the write and given back once, by its answer or by the close. An overdue
 * slot is reported once (given up) but stays taken until its answer comes: carriers under load
 * answer minutes late, and if the sequence were reused the old answer would settle somebody else's
 * text.
 */
#ifndef POLICY_WINDOW_H
#define POLICY_WINDOW_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_MAX = 10000 };

struct window_slot {
	uint32_t sequence; /* 0 = free */
	void *owner;       /* what was submitted; the caller's */
	mono_t sent_at;
	bool given_up;
};

struct window; /* a pool of slots, sized at start; look-up by sequence is O(1) */

struct window *window_new(unsigned size); /* 1 .. WINDOW_MAX; NULL without memory */
void window_free(struct window *);
unsigned window_size(const struct window *);
unsigned window_taken(const struct window *); /* given-up slots too */
unsigned window_given_up(const struct window *);
unsigned window_room(const struct window *);

/* Takes a slot. The caller has checked window_room() and that the sequence is not taken
 * (window_has). */
void window_take(struct window *, uint32_t sequence, void *owner, mono_t now);
bool window_has(const struct window *, uint32_t sequence);
/* Gives the slot of an answer back: true and a copy of it, or false when no such sequence is out.
 */
bool window_give(struct window *, uint32_t sequence, struct window_slot *out);
/* The next overdue slot that was not given up yet: marks it so, true and a copy. Oldest first. */
bool window_expire(struct window *, mono_t now, int64_t timeout_ms, struct window_slot *out);
/* When the oldest slot that was not given up becomes overdue; false when there is none. */
bool window_next_expiry(const struct window *, int64_t timeout_ms, mono_t *at);
/* Empties it one by one, for the close: true and a copy until nothing is left. Given-up ones come
 * too. */
bool window_close_next(struct window *, struct window_slot *out);

#endif
