#include "base/backoff.h"

void
backoff_init(struct backoff *b, int64_t first_ms, int64_t base_ms, int64_t max_ms, uint32_t seed)
{
	*b = (struct backoff){
	    .first_ms = first_ms,
	    .base_ms = base_ms,
	    .max_ms = max_ms,
	    .random = seed != 0 ? seed : 1,
	};
}

void
backoff_reset(struct backoff *b)
{
	b->attempts = 0;
}

/* Marsaglia's xorshift: good enough to keep binds apart, and a test can repeat it. */
static uint32_t
next_random(struct backoff *b)
{
	uint32_t x = b->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return b->random = x;
}

static int64_t
plain_delay(const struct backoff *b)
{
	int64_t ms = b->attempts == 0 ? b->first_ms : b->base_ms;

	for (unsigned i = 1; i < b->attempts && ms > 0 && ms < b->max_ms; i++)
		ms *= 2;
	return ms < b->max_ms ? ms : b->max_ms;
}

int64_t
backoff_next(struct backoff *b, int64_t floor_ms)
{
	int64_t ms = plain_delay(b);

	ms = ms * (int64_t)(800 + next_random(b) % 401) / 1000;
	/* At the cap the jitter is folded downwards: the cap is a promise, and so is being apart.
	 */
	if (ms > b->max_ms)
		ms = 2 * b->max_ms - ms;
	if (b->attempts < UINT32_MAX)
		b->attempts++;
	return ms > floor_ms ? ms : floor_ms;
}
