/*
 * How long to wait before the next attempt: doubling with jitter up to a cap. Pure.
 *
 * us_carriers.md, Reconnect: 1 s once after a clean drop, then 5, 10, 20 ... up to the cap, each
 * +-20 %, forgiven only after the connection has held a minute. Forgiving is the owner's call:
 * backoff_reset().
 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t first_ms; /* the very first delay */
	int64_t base_ms;  /* the second; doubles from there */
	int64_t max_ms;
	unsigned attempts; /* since the last reset */
	uint32_t random;   /* state of the jitter; any seed but 0 */
};

void backoff_init(
    struct backoff *, int64_t first_ms, int64_t base_ms, int64_t max_ms, uint32_t seed);
void backoff_reset(struct backoff *);
/* The delay before the next attempt, and counts it. Never below floor_ms (0 = no floor). */
int64_t backoff_next(struct backoff *, int64_t floor_ms);

#endif
