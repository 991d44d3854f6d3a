#include "daemon/text.h"

#include <stdlib.h>
#include <string.h>

/* Spreads ids over the references, so that two texts to one phone seldom share one (encodings.md
 * 4). */
static uint16_t
reference(int64_t message, int attempt)
{
	uint64_t z = ((uint64_t)message * 31 + (uint64_t)attempt) * 0x9e3779b97f4a7c15u;

	return (uint16_t)(z >> 40);
}

struct text *
text_new(const struct store_text *s, enum smpp_charset0 charset0, enum smpp_long_text form,
    mono_t claimed_at, struct err *err)
{
	unsigned parts = (unsigned)s->parts;
	struct text *t;

	if (s->parts < 1 || parts > SMPP_TEXT_PARTS_MAX ||
	    !(t = calloc(1, sizeof(*t) + parts * sizeof(t->part[0])))) {
		err_set(err, ERR_SYSTEM, 0, "out of memory");
		return NULL;
	}
	t->message = s->message;
	t->attempt = s->attempt;
	t->lane = s->lane;
	t->campaign = s->campaign;
	t->claimed_at = claimed_at;
	t->ref = reference(s->message, s->attempt);
	t->source = strdup(s->source);
	t->phone = strdup(s->phone);
	if (!t->source || !t->phone ||
	    smpp_text_encode(&t->coded, s->body, strlen(s->body), charset0, form) < 0) {
		err_set(err, ERR_SYSTEM, 0, "the text cannot be coded");
		text_free(t);
		return NULL;
	}
	t->parts = t->coded.parts;
	/* The limits and the claim were made with the database's count: another one here is a bug,
	 * not a longer text. */
	if (t->parts != parts) {
		err_set(err, ERR_SYSTEM, 0, "the text has %u parts where the database counted %u",
		    t->parts, parts);
		text_free(t);
		return NULL;
	}
	for (unsigned i = 0; i < t->parts; i++)
		t->part[i].text = t;
	return t;
}

void
text_free(struct text *t)
{
	smpp_text_clear(&t->coded);
	free(t->source);
	free(t->phone);
	free(t);
}

static unsigned
count(const struct text *t, enum text_part_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->parts; i++)
		n += t->part[i].state == state;
	return n;
}

bool
text_begun(const struct text *t)
{
	return count(t, TEXT_NEW) < t->parts;
}

unsigned
text_unwritten(const struct text *t)
{
	/* Refused for now with nothing accepted yet: what is not written waits for the decision. */
	return count(t, TEXT_FOR_NOW) > 0 && count(t, TEXT_ACCEPTED) == 0 ? 0 : count(t, TEXT_NEW);
}

struct text_part *
text_next_unwritten(struct text *t)
{
	for (unsigned i = 0; i < t->parts; i++)
		if (t->part[i].state == TEXT_NEW)
			return &t->part[i];
	return NULL;
}

unsigned
text_number(const struct text_part *p)
{
	return (unsigned)(p - p->text->part) + 1;
}

bool
text_has_slots(const struct text *t)
{
	for (unsigned i = 0; i < t->parts; i++)
		if (t->part[i].has_slot)
			return true;
	return false;
}

bool
text_is_held(const struct text *t)
{
	return count(t, TEXT_NEW) + count(t, TEXT_OUT) + count(t, TEXT_FOR_NOW) > 0;
}

enum text_fate
text_fate(const struct text *t, mono_t now)
{
	unsigned fresh = count(t, TEXT_NEW), out = count(t, TEXT_OUT),
		 accepted = count(t, TEXT_ACCEPTED);
	unsigned for_now = count(t, TEXT_FOR_NOW),
		 bad = count(t, TEXT_REFUSED) + count(t, TEXT_NO_RESPONSE);

	if (fresh + out + for_now == 0)
		return TEXT_IS_DONE;
	/* Out ones are left to answer for themselves; what is new or undecided is ended now. */
	if (bad > 0)
		return fresh + for_now > 0 ? TEXT_STOPS : TEXT_GOES_ON;
	if (for_now == 0)
		return TEXT_GOES_ON;
	if (accepted > 0)
		return t->rewrite_until.us != 0 && mono_reached(now, t->rewrite_until)
			   ? TEXT_STOPS
			   : TEXT_REWRITES;
	/* Nothing is on the phone yet. As long as an answer is out, it may turn out that something
	 * is. */
	return out > 0 ? TEXT_GOES_ON : TEXT_GOES_BACK;
}
