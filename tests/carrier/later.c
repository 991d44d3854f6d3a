#include "later.h"
#include "grow.h"

#include <stdlib.h>
#include <string.h>

void
later_init(struct later *l)
{
	memset(l, 0, sizeof(*l));
}

void
later_clear(struct later *l)
{
	free(l->heap);
	later_init(l);
}

static bool
comes_before(const struct later_item *a, const struct later_item *b)
{
	return a->due.us != b->due.us ? a->due.us < b->due.us : a->order < b->order;
}

void
later_put(struct later *l, mono_t due, unsigned what, uint32_t which, uint64_t extra)
{
	struct later_item item = {due, l->order++, what, which, extra};
	size_t at = l->n++;

	l->heap = grow(l->heap, l->n, &l->cap, sizeof(*l->heap));
	for (; at > 0 && comes_before(&item, &l->heap[(at - 1) / 2]); at = (at - 1) / 2)
		l->heap[at] = l->heap[(at - 1) / 2];
	l->heap[at] = item;
}

/* Puts item into the hole at the top and lets it sink. */
static void
sink(struct later *l, struct later_item item)
{
	size_t at = 0, child;

	for (; (child = 2 * at + 1) < l->n; at = child) {
		if (child + 1 < l->n && comes_before(&l->heap[child + 1], &l->heap[child]))
			child++;
		if (!comes_before(&l->heap[child], &item))
			break;
		l->heap[at] = l->heap[child];
	}
	l->heap[at] = item;
}

bool
later_take(struct later *l, mono_t now, struct later_item *out)
{
	if (l->n == 0 || !mono_reached(now, l->heap[0].due))
		return false;
	*out = l->heap[0];
	l->n--;
	if (l->n > 0)
		sink(l, l->heap[l->n]);
	return true;
}

int64_t
later_wait_ms(const struct later *l, mono_t now)
{
	return l->n == 0 ? -1 : mono_left_ms(now, l->heap[0].due);
}
