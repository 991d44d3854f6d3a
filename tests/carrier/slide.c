#include "slide.h"
#include "grow.h"

#include <stdlib.h>
#include <string.h>

void
slide_init(struct slide *s, int64_t span_us)
{
	*s = (struct slide){.span_us = span_us};
}

void
slide_clear(struct slide *s)
{
	free(s->at);
	slide_init(s, s->span_us);
}

size_t
slide_count(struct slide *s, mono_t now)
{
	while (s->n > 0 && s->at[s->first] <= now.us - s->span_us) {
		s->first = (s->first + 1) % s->cap;
		s->n--;
	}
	return s->n;
}

/* Growing unwinds the ring, so that the new room is at its end. */
static void
slide_room(struct slide *s)
{
	size_t cap = 0;

	if (s->n < s->cap)
		return;
	int64_t *at = grow(NULL, s->n * 2 + 1, &cap, sizeof(*at));
	for (size_t i = 0; i < s->n; i++)
		at[i] = s->at[(s->first + i) % s->cap];
	free(s->at);
	s->at = at;
	s->cap = cap;
	s->first = 0;
}

void
slide_add(struct slide *s, mono_t now)
{
	slide_count(s, now);
	slide_room(s);
	s->at[(s->first + s->n++) % s->cap] = now.us;
	if (s->n > s->most)
		s->most = s->n;
}
