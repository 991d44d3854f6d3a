/*
 * A text that was claimed: its parts, where each stands, and what may still happen to it (claim.md,
 * Several parts). Pure but for memory: the pump writes, stores and frees as it is told here.
 */
#ifndef DAEMON_TEXT_H
#define DAEMON_TEXT_H

#include "base/clock.h"
#include "session/session.h"
#include "smpp/coding.h"
#include "store/store.h"

#include <sys/queue.h>

enum text_part_state {
	TEXT_NEW, /* not written, or to be written again */
	TEXT_OUT, /* written, no answer yet */
	TEXT_ACCEPTED,
	TEXT_FOR_NOW,     /* refused for now, not decided yet */
	TEXT_REFUSED,     /* for good; stored */
	TEXT_NO_RESPONSE, /* given up; stored */
	TEXT_ENDED,       /* refused for now or never written, and stored so */
};

struct text;

struct text_part { /* the owner of a window slot */
	struct text *text;
	enum text_part_state state;
	enum store_retry retry;
	uint32_t status; /* of the refusal */
	char reason[32];
	bool has_slot;
};

struct text {
	TAILQ_ENTRY(text) next;
	int64_t message;
	int attempt, lane, campaign;
	char *source, *phone;
	struct smpp_text coded;
	uint16_t ref;
	mono_t claimed_at; /* when the claim was sent: what was checked then is true for a minute */
	mono_t rewrite_until; /* set when a part of an accepted text was refused for now */
	mono_t rewrite_at;
	struct session *session; /* all parts of a text go over one bind */
	unsigned parts;
	struct text_part part[];
};

TAILQ_HEAD(text_list, text);

/* NULL: no memory, or the body cannot be coded into as many parts as the database counted (err says
 * which). */
struct text *text_new(const struct store_text *, enum smpp_charset0, enum smpp_long_text,
    mono_t claimed_at, struct err *);
void text_free(struct text *); /* no part may hold a slot */

bool text_begun(const struct text *);         /* something of it was written */
unsigned text_unwritten(const struct text *); /* parts that may be written now */
struct text_part *text_next_unwritten(struct text *);
unsigned text_number(const struct text_part *); /* from 1 */
bool text_has_slots(const struct text *);
/* Does the database hold it as Sending of ours: something is not stored yet? */
bool text_is_held(const struct text *);

/* What the parts' states mean now. */
enum text_fate {
	TEXT_GOES_ON,   /* write what is unwritten, or wait for answers */
	TEXT_REWRITES,  /* others were accepted: write the refused parts again after a moment */
	TEXT_GOES_BACK, /* refused for now as a whole: store that, with the rest NotSent */
	TEXT_STOPS, /* refused for good or in doubt: no further part; what is undecided is final */
	TEXT_IS_DONE,
};
enum text_fate text_fate(const struct text *, mono_t now);

#endif
