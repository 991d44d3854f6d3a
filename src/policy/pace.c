#include "policy/pace.h"

#include <string.h>

static const double LOWEST = 0.1; /* one part in ten seconds */
static const double RAISE = 1.1;
static const double UNBOUND = 1000; /* without a configured rate: no limit again from here on */

void
pace_init(struct pace *p, double rate, mono_t now)
{
	memset(p, 0, sizeof(*p));
	p->full = rate > 0 ? rate : 0;
	p->rate = p->full;
	p->paused_until = now;
	p->quiet_since = now;
	p->second_at = now;
	bucket_init(&p->bucket, p->rate, now);
}

static void
set_rate_now(struct pace *p, double rate, mono_t now)
{
	p->rate = rate;
	bucket_set_rate(&p->bucket, rate, now);
}

void
pace_set_rate(struct pace *p, double rate, mono_t now)
{
	p->full = rate > 0 ? rate : 0;
	p->paused_until = now;
	p->quiet_since = now;
	set_rate_now(p, p->full, now);
}

int64_t
pace_wait_ms(struct pace *p, mono_t now)
{
	int64_t pause = mono_left_ms(now, p->paused_until);
	int64_t bucket = bucket_wait_ms(&p->bucket, now);

	return pause > bucket ? pause : bucket;
}

bool
pace_ready(struct pace *p, mono_t now)
{
	return mono_reached(now, p->paused_until) && bucket_ready(&p->bucket, now);
}

static void
measure(struct pace *p, unsigned parts, mono_t now)
{
	int64_t ms = mono_ms(p->second_at, now);

	if (ms >= 1000) {
		p->last_count = ms < 2000 ? p->second_count : 0;
		p->second_count = 0;
		p->second_at = now;
	}
	p->second_count += parts;
}

void
pace_take(struct pace *p, unsigned parts, mono_t now)
{
	bucket_take(&p->bucket, parts, now);
	measure(p, parts, now);
}

/* What is written in a second, where nobody has said what may be. */
static double
measured_rate(struct pace *p, mono_t now)
{
	measure(p, 0, now);
	unsigned most = p->last_count > p->second_count ? p->last_count : p->second_count;
	return most > 0 ? most : 1;
}

bool
pace_throttled(struct pace *p, mono_t now, double *from, double *to)
{
	bool in_pause = !mono_reached(now, p->paused_until);

	p->paused_until = mono_after_ms(now, PACE_PAUSE_MS);
	p->quiet_since = now;
	if (in_pause)
		return false; /* one overload: a window full of answers says the same */
	*from = p->rate > 0 ? p->rate : measured_rate(p, now);
	*to = *from / 2 > LOWEST ? *from / 2 : LOWEST;
	if (*to >= *from)
		return false;
	set_rate_now(p, *to, now);
	return true;
}

bool
pace_recover(struct pace *p, mono_t now, double *from, double *to)
{
	bool slowed = p->full > 0 ? p->rate < p->full : p->rate > 0;

	if (!slowed || mono_ms(p->quiet_since, now) < PACE_RAISE_MS)
		return false;
	*from = p->rate;
	*to = p->rate * RAISE;
	if (p->full > 0 && *to > p->full)
		*to = p->full;
	if (p->full <= 0 && *to >= UNBOUND)
		*to = 0;
	p->quiet_since = now;
	set_rate_now(p, *to, now);
	return true;
}
