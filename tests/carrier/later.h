/*
 * What the carrier will do later: late answers, receipts, second tries. A heap by time; things due
 * at the same moment come in the order they were put. Pure: it is told what time it is.
 */
#ifndef CARRIER_LATER_H
#define CARRIER_LATER_H

#include "base/clock.h"

#include <stddef.h>

struct later_item {
	mono_t due;
	uint64_t order;
	unsigned what;  /* the owner's own enum */
	uint32_t which; /* an index of the owner's; never a pointer, which could die meanwhile */
	uint64_t extra;
};

struct later {
	struct later_item *heap;
	size_t n, cap;
	uint64_t order;
};

void later_init(struct later *);
void later_clear(struct later *);
/* Ends the program when memory is out: a carrier that forgets would make the tests lie. */
void later_put(struct later *, mono_t due, unsigned what, uint32_t which, uint64_t extra);
/* The next thing that is due; false when nothing is. */
bool later_take(struct later *, mono_t now, struct later_item *);
/* Milliseconds until the next thing, or -1 when there is none. */
int64_t later_wait_ms(const struct later *, mono_t now);

#endif
