/*
 * A rate that is never exceeded in any one second. Pure: it is told what time it is.
 *
 * A token bucket with burst B lets rate + B through in one second, so the burst is kept to
 * milliseconds of the rate (us_carriers.md, "Why carriers throttle"), and only 99 % of the rate is
 * aimed at: the rest is for jitter on the way. This holds for tokens that are taken one by one,
 * each after bucket_ready(). Whoever takes n at once because they must go together may take the
 * balance below zero, and that second may hold n - 1 above the rate; they are paid back before
 * anything else goes.
 */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include "base/clock.h"

#include <stdbool.h>

struct bucket {
	double rate;  /* tokens per second; 0 or less: no limit */
	double burst; /* most that can be saved up, at least 1 */
	double tokens;
	mono_t at; /* when tokens was true */
};

void bucket_init(struct bucket *, double rate, mono_t now);
/* Another rate from now on; what was saved is kept, up to the new burst. */
void bucket_set_rate(struct bucket *, double rate, mono_t now);
/* May one more token be taken now? (The balance is at least one.) */
bool bucket_ready(struct bucket *, mono_t now);
void bucket_take(struct bucket *, double n, mono_t now);
/* Milliseconds until bucket_ready(), rounded up; 0 when it is now. */
int64_t bucket_wait_ms(struct bucket *, mono_t now);

#endif
