/* How many things happened within the last so-and-so long, and the most there ever were. Pure. */
#ifndef CARRIER_SLIDE_H
#define CARRIER_SLIDE_H

#include "base/clock.h"

#include <stddef.h>

struct slide {
	int64_t span_us;
	int64_t *at; /* a ring */
	size_t first, n, cap;
	size_t most;
};

void slide_init(struct slide *, int64_t span_us);
void slide_clear(struct slide *);
void slide_add(struct slide *, mono_t now);
/* Those that happened after now - span. */
size_t slide_count(struct slide *, mono_t now);

#endif
