#include "policy/window.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

struct entry {
	struct window_slot slot;
	TAILQ_ENTRY(entry) in_list;    /* free, waiting or given_up */
	LIST_ENTRY(entry) in_sequence; /* while it is taken */
};

TAILQ_HEAD(entry_list, entry);
LIST_HEAD(entry_chain, entry);

struct window {
	unsigned size, taken, given_up_n;
	unsigned mask; /* chains - 1; chains are a power of two */
	struct entry_list free;
	struct entry_list waiting;  /* oldest first: now never steps back */
	struct entry_list given_up; /* overdue, and still taken */
	struct entry_chain *by_sequence;
	struct entry *entries;
};

struct window *
window_new(unsigned size)
{
	struct window *w = calloc(1, sizeof(*w));
	unsigned chains = 1;

	assert(size >= 1 && size <= WINDOW_MAX);
	while (chains < size)
		chains *= 2;
	if (w == NULL)
		return NULL;
	w->size = size;
	w->mask = chains - 1;
	w->entries = calloc(size, sizeof(*w->entries));
	w->by_sequence = calloc(chains, sizeof(*w->by_sequence));
	if (w->entries == NULL || w->by_sequence == NULL) {
		window_free(w);
		return NULL;
	}
	TAILQ_INIT(&w->free);
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->given_up);
	for (unsigned i = 0; i < size; i++)
		TAILQ_INSERT_TAIL(&w->free, &w->entries[i], in_list);
	return w;
}

void
window_free(struct window *w)
{
	if (w == NULL)
		return;
	free(w->by_sequence);
	free(w->entries);
	free(w);
}

unsigned
window_size(const struct window *w)
{
	return w->size;
}

unsigned
window_taken(const struct window *w)
{
	return w->taken;
}

unsigned
window_given_up(const struct window *w)
{
	return w->given_up_n;
}

unsigned
window_room(const struct window *w)
{
	return w->size - w->taken;
}

/* Sequences follow each other, so that their low bits spread them evenly. */
static struct entry_chain *
chain_of(const struct window *w, uint32_t sequence)
{
	return &w->by_sequence[sequence & w->mask];
}

static struct entry *
find(const struct window *w, uint32_t sequence)
{
	struct entry *e;

	LIST_FOREACH (e, chain_of(w, sequence), in_sequence)
		if (e->slot.sequence == sequence)
			return e;
	return NULL;
}

bool
window_has(const struct window *w, uint32_t sequence)
{
	return find(w, sequence) != NULL;
}

void
window_take(struct window *w, uint32_t sequence, void *owner, mono_t now)
{
	struct entry *e = TAILQ_FIRST(&w->free);

	assert(e != NULL && sequence != 0 && !window_has(w, sequence));
	e->slot = (struct window_slot){.sequence = sequence, .owner = owner, .sent_at = now};
	TAILQ_REMOVE(&w->free, e, in_list);
	TAILQ_INSERT_TAIL(&w->waiting, e, in_list);
	LIST_INSERT_HEAD(chain_of(w, sequence), e, in_sequence);
	w->taken++;
}

static void
give(struct window *w, struct entry *e, struct window_slot *out)
{
	*out = e->slot;
	TAILQ_REMOVE(e->slot.given_up ? &w->given_up : &w->waiting, e, in_list);
	LIST_REMOVE(e, in_sequence);
	TAILQ_INSERT_TAIL(&w->free, e, in_list);
	w->taken--;
	w->given_up_n -= e->slot.given_up;
	e->slot = (struct window_slot){0};
}

bool
window_give(struct window *w, uint32_t sequence, struct window_slot *out)
{
	struct entry *e = find(w, sequence);

	if (e == NULL)
		return false;
	give(w, e, out);
	return true;
}

bool
window_next_expiry(const struct window *w, int64_t timeout_ms, mono_t *at)
{
	const struct entry *e = TAILQ_FIRST(&w->waiting);

	if (e == NULL)
		return false;
	*at = mono_after_ms(e->slot.sent_at, timeout_ms);
	return true;
}

bool
window_expire(struct window *w, mono_t now, int64_t timeout_ms, struct window_slot *out)
{
	struct entry *e = TAILQ_FIRST(&w->waiting);

	if (e == NULL || !mono_reached(now, mono_after_ms(e->slot.sent_at, timeout_ms)))
		return false;
	/* It stays taken: a late answer must find it, and never somebody else's under its number.
	 */
	e->slot.given_up = true;
	TAILQ_REMOVE(&w->waiting, e, in_list);
	TAILQ_INSERT_TAIL(&w->given_up, e, in_list);
	w->given_up_n++;
	*out = e->slot;
	return true;
}

bool
window_close_next(struct window *w, struct window_slot *out)
{
	struct entry *e = TAILQ_FIRST(&w->given_up);

	if (e == NULL)
		e = TAILQ_FIRST(&w->waiting);
	if (e == NULL)
		return false;
	give(w, e, out);
	return true;
}
