/*
 * One carrier's pump: claims what its window has room for, paces and writes it, and brings back
 *answers, receipts and replies (architecture.md 3). Timer-driven: it sleeps until the database's
 *next due moment, a NOTIFY, an answer or a token.
 *
 *	due -> claim -> waiting -> window slot, then rate token, then the PDU -> answer -> store
 *
 * Nothing is written that was not claimed in a committed statement less than a minute ago; what is
 *claimed and cannot be written is put back. A written part whose answer never came is NoResponse
 *and is not written again.
 */
#ifndef DAEMON_PUMP_H
#define DAEMON_PUMP_H

#include "daemon/conf.h"
#include "daemon/stats.h"
#include "policy/outcome.h"
#include "session/binds.h"
#include "store/store.h"

struct pump;

struct pump_parts { /* what a pump works with; all outlive it */
	struct loop *loop;
	struct store *store;
	struct stats *stats;
	const struct conf_carrier *conf;
	/* A bind came up, went down or drained. */
	void (*changed)(void *arg);
	/* Texts were claimed: chunks and campaigns will end soon. */
	void (*active)(void *arg);
	void *arg;
};

struct pump *pump_new(const struct pump_parts *, struct err *);
void pump_free(struct pump *); /* after store_free: whatever still waited was called back */

void pump_start(struct pump *);
/* Carrier codes were read anew; the pump keeps the pointer until the next call. */
void pump_codes(struct pump *, const struct outcomes *);
/* The database: claims may be made; may not; something may be due; rows pile up or have gone. */
void pump_ready(struct pump *);
void pump_unready(struct pump *);
void pump_woken(struct pump *);
void pump_backlog(struct pump *, bool high);
/* For reconcile: tells the store what is held; drops unwritten what is not ours any more. */
void pump_hold(struct pump *);
void pump_dropped(struct pump *, int64_t message, int attempt);
/* The configuration was read again: throughput. */
void pump_reconf(struct pump *);

/* Clean stop: no claim, what is not begun is put back, answers are awaited, binds are closed; then
 * changed(). */
void pump_stop(struct pump *);
void pump_abort(struct pump *);
bool pump_is_stopped(const struct pump *);

const struct binds *pump_binds(const struct pump *);
const char *pump_carrier(const struct pump *);

#endif
