#include "base/bucket.h"

/*
 * In any one second at most burst + AIM * rate tokens are taken, which is below rate + 1, so for a
 * whole rate at most rate. What is saved beyond the one token serves timers that wake some
 * milliseconds late.
 */
static const double AIM = 0.99;
static const double SAVED_S = 0.005;
static const double EPSILON = 1e-9; /* sums of fractions: 0.9999999999 is a token */

static double
burst_of(double rate)
{
	return 1 + rate * SAVED_S;
}

static void
refill(struct bucket *b, mono_t now)
{
	if (now.us <= b->at.us)
		return;
	b->tokens += (double)(now.us - b->at.us) / 1e6 * b->rate * AIM;
	if (b->tokens > b->burst)
		b->tokens = b->burst;
	b->at = now;
}

void
bucket_init(struct bucket *b, double rate, mono_t now)
{
	*b = (struct bucket){.rate = rate, .burst = burst_of(rate), .tokens = 1, .at = now};
}

void
bucket_set_rate(struct bucket *b, double rate, mono_t now)
{
	/* Without a rate nothing was counted, so nothing is known to be owed or saved. */
	if (b->rate <= 0 || rate <= 0) {
		bucket_init(b, rate, now);
		return;
	}
	refill(b, now);
	b->rate = rate;
	b->burst = burst_of(rate);
	if (b->tokens > b->burst)
		b->tokens = b->burst;
}

bool
bucket_ready(struct bucket *b, mono_t now)
{
	if (b->rate <= 0)
		return true;
	refill(b, now);
	return b->tokens >= 1 - EPSILON;
}

void
bucket_take(struct bucket *b, double n, mono_t now)
{
	if (b->rate <= 0)
		return;
	refill(b, now);
	b->tokens -= n;
}

int64_t
bucket_wait_ms(struct bucket *b, mono_t now)
{
	if (bucket_ready(b, now))
		return 0;
	double ms = (1 - b->tokens) / (b->rate * AIM) * 1000;
	return (int64_t)ms + 1;
}
