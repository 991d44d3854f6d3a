/*
 * The pace of a carrier's account: parts per second, slowing at once when throttled, recovering
 * slowly (us_carriers.md, "Why carriers throttle"). Pure.
 *
 * After a throttled answer nothing is written for PACE_PAUSE_MS and the rate is halved (at most
 * once per pause, not below 1 part in 10 s); each quiet minute raises it by a tenth until it is the
 * configured one again. Without a configured rate the first halving starts from what was written in
 * the last second.
 */
#ifndef POLICY_PACE_H
#define POLICY_PACE_H

#include "base/bucket.h"

enum { PACE_PAUSE_MS = 1000, PACE_RAISE_MS = 60000 };

struct pace {
	struct bucket bucket;
	double full; /* the configured rate; 0 = none */
	double rate; /* the rate now; 0 = none */
	mono_t paused_until;
	mono_t quiet_since; /* last throttling or last raise */
	mono_t second_at;   /* for the measured rate */
	unsigned second_count, last_count;
};

void pace_init(struct pace *, double rate, mono_t now);
void pace_set_rate(struct pace *, double rate, mono_t now); /* a reload; forgets the slowing */
bool pace_ready(struct pace *, mono_t now);
void pace_take(struct pace *, unsigned parts, mono_t now);
int64_t pace_wait_ms(struct pace *, mono_t now); /* 0 when ready */
/* A throttled answer. True when the rate changed: *from and *to are for the log line. */
bool pace_throttled(struct pace *, mono_t now, double *from, double *to);
/* Call now and then (once a second will do). True when the rate was raised. */
bool pace_recover(struct pace *, mono_t now, double *from, double *to);

#endif
