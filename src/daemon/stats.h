/*
 * What went through: counters, and one line a minute while something does. An idle daemon logs
 * nothing and sets no timer.
 */
#ifndef DAEMON_STATS_H
#define DAEMON_STATS_H

#include "net/loop.h"

enum stats_count {
	STATS_CLAIMED,
	STATS_SUBMITTED, /* parts written */
	STATS_ACCEPTED,
	STATS_REFUSED,  /* for good */
	STATS_DEFERRED, /* for now */
	STATS_THROTTLED,
	STATS_UNANSWERED,
	STATS_DELIVERED,
	STATS_ABORTED,
	STATS_UNKNOWN,
	STATS_RECEIPTS,
	STATS_REPLIES,
	STATS_COUNTS
};

struct stats;

struct stats *stats_new(struct loop *);
void stats_free(struct stats *);
void stats_add(struct stats *, enum stats_count, unsigned n);
uint64_t stats_total(const struct stats *, enum stats_count);

#endif
