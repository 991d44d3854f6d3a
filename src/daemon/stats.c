#include "daemon/stats.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

enum { PERIOD_MS = 60000 };

static const char *const names[] = {"claimed", "submitted", "accepted", "refused", "deferred",
    "throttled", "unanswered", "delivered", "aborted", "unknown", "receipts", "replies"};
static_assert(sizeof(names) / sizeof(names[0]) == STATS_COUNTS, "a name for each counter");

struct stats {
	struct loop *loop;
	struct loop_timer *period_timer;
	mono_t period_at;
	uint64_t wakeups;
	uint64_t total[STATS_COUNTS], period[STATS_COUNTS];
};

static void
stats_period(void *arg)
{
	struct stats *s = arg;
	struct log_field fields[STATS_COUNTS + 2] = {
	    LOG_I("s", mono_ms(s->period_at, mono_now()) / 1000)};
	uint64_t wakeups = loop_wakeups(s->loop);
	unsigned n = 1;

	for (unsigned i = 0; i < STATS_COUNTS; i++)
		fields[n++] = LOG_I(names[i], (int64_t)(s->total[i] - s->period[i]));
	fields[n++] = LOG_I("wakeups", (int64_t)(wakeups - s->wakeups));
	log_write(LOG_STATS_PERIOD, fields, n);
}

struct stats *
stats_new(struct loop *loop)
{
	struct stats *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->loop = loop;
	if (!(s->period_timer = loop_timer_new(loop, stats_period, s))) {
		free(s);
		return NULL;
	}
	return s;
}

void
stats_free(struct stats *s)
{
	if (!s)
		return;
	if (loop_timer_is_set(s->period_timer))
		stats_period(s);
	loop_timer_free(s->period_timer);
	free(s);
}

void
stats_add(struct stats *s, enum stats_count what, unsigned n)
{
	if (n == 0)
		return;
	if (!loop_timer_is_set(s->period_timer)) {
		for (unsigned i = 0; i < STATS_COUNTS; i++)
			s->period[i] = s->total[i];
		s->wakeups = loop_wakeups(s->loop);
		s->period_at = mono_now();
		loop_timer_set(s->period_timer, PERIOD_MS);
	}
	s->total[what] += n;
}

uint64_t
stats_total(const struct stats *s, enum stats_count what)
{
	return s->total[what];
}
