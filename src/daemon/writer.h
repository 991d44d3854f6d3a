/*
 * The claimed texts of one carrier, from the claim until their last answer is stored: window slot,
 * then rate token, then the PDU (architecture.md 3.2, 3.3; claim.md, Several parts).
 *
 * A text goes over one bind with all its parts. What is not begun within a minute of its claim, or
 * has no bind to go over, is put back. A part without an answer is NoResponse and never written
 * again; a part refused for now is written again only when others of its text were accepted.
 */
#ifndef DAEMON_WRITER_H
#define DAEMON_WRITER_H

#include "daemon/intake.h"
#include "session/binds.h"

struct writer;

struct writer_parts { /* what a writer works with; all outlive it */
	struct loop *loop;
	struct store *store;
	struct store_carrier *carrier;
	struct stats *stats;
	const struct conf_carrier *conf;
	struct intake *intake; /* for the carrier's codes */
	struct binds *binds;
	void (*moved)(void *arg); /* room or a token came: call writer_step() */
	void *arg;
};

struct writer *writer_new(const struct writer_parts *);
void writer_free(struct writer *); /* the binds are down and the store is gone */

/* A text that a committed claim handed out; claimed_at is when the claim was sent. */
void writer_take(struct writer *, const struct store_text *, mono_t claimed_at);
/* Writes what can be written now, puts back what cannot. */
void writer_step(struct writer *, mono_t now);

/* The session's two callbacks for what was submitted (owner). moved() is not called: step after it.
 */
void writer_answered(struct writer *, struct session *, void *owner, uint32_t status,
    const char *message_id, bool late);
void writer_unanswered(struct writer *, struct session *, void *owner, bool lost);

unsigned writer_waiting(const struct writer *); /* parts that are claimed and not written */
double writer_rate(const struct writer *);      /* parts per second now; 0 = no limit */
void writer_reconf(struct writer *);            /* the configured rate may have changed */

/* For reconcile: tells the store what is held; drops unwritten what is not ours any more. */
void writer_hold(struct writer *);
void writer_dropped(struct writer *, int64_t message, int attempt);

/* Clean stop: puts back what is not begun, at every step from now on. */
void writer_stop(struct writer *);
bool writer_is_empty(const struct writer *); /* nothing is left to write; answers may be out */

#endif
