/*
 * The database as the daemon sees it: claims, answers, receipts, replies, housekeeping. Each is one
 * function of the schema campaign_store (in sql/functions), where the rules are.
 *
 * Three connections (claim.md 2): claims, which holds the run's session lock; outcomes, where
 * answers and receipts are pipelined; and house, which prepares, sweeps and listens. What was
 * gathered for the outcomes is kept until it is committed, over any loss of the connection: each
 * statement is safe to repeat.
 *
 * After PostgreSQL was lost the same run is opened again, the gathered answers are stored, and only
 * then the owner is asked what it holds (reconcile), so that a text whose claim's result never came
 * is queued again and nothing becomes Unknown.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "net/loop.h"

enum { STORE_SCHEMA = 1 }; /* the migration that this daemon is built for */

struct store;
struct store_carrier; /* one carrier's answers, receipts and replies on their way */

struct store_conf {
	const char *conninfo;
	const char *after_failover; /* "confirm" or "resume" */
	const char *version;
};

struct store_code {
	const char *source, *code, *status, *reason, *next;
};

struct store_calls {
	/* Claims may be made (again). */
	void (*ready)(void *arg);
	/* They may not: lost, or a copy that waits for confirmation. */
	void (*unready)(void *arg);
	/* Fill in what is held, by store_hold(), and drop unwritten what store_calls.dropped then
	 * names. */
	void (*hold)(void *arg);
	void (*dropped)(int64_t message, int attempt, void *arg);
	/* Something may have become due, or settings changed (NOTIFY). */
	void (*woken)(void *arg);
	/* All rows of carrier_code, anew: first n = 0 begins, then each row, then NULL ends. */
	void (*codes_begin)(void *arg);
	void (*code)(const struct store_code *, void *arg);
	void (*codes_end)(void *arg);
	/* How many rows wait to be stored: for back-pressure. Called when it passes the marks
	 * below. */
	void (*backlog)(bool high, void *arg);
};

enum { STORE_BACKLOG_HIGH = 1000, STORE_BACKLOG_LOW = 200 };

struct store *store_new(
    struct loop *, const struct store_conf *, const struct store_calls *, void *arg, struct err *);
void store_free(struct store *);
void store_start(struct store *);
bool store_is_ready(const struct store *);
int64_t store_run(const struct store *);
/* Rows gathered or under way and not committed yet. */
unsigned store_backlog(const struct store *);

/*
 * retry_ms: the carrier's schedule for temporary refusals; copied. stored: answers were committed.
 */
struct store_carrier *store_carrier_new(struct store *, const char *name, const int64_t *retry_ms,
    unsigned n_retry, void (*stored)(void *arg), void *arg);
/*
 * Answers that are not committed yet. A crash leaves their texts in doubt like those on the wire,
 * so a claim counts both against the window (claim.md 3).
 */
unsigned store_carrier_unstored(const struct store_carrier *);
void store_carrier_free(struct store_carrier *);

/* ------------------------------------------------------------------------------ claim */

enum store_verdict { STORE_MORE, STORE_NO_ROOM, STORE_IDLE };

struct store_text { /* a message, claimed and to be written now */
	int64_t message;
	int attempt, parts, lane, campaign;
	const char *source, *phone, *body;
};

struct store_claim {
	bool ok; /* false: nothing came; whether something was claimed, reconcile will find out */
	bool warned; /* the commit may not be on the standby: put everything back unwritten */
	unsigned n;
	const struct store_text *text;
	enum store_verdict verdict;
	int64_t turn;
	int64_t next_ms; /* with STORE_IDLE: when something may be due; -1 = not known */
};

typedef void (*store_claim_cb)(const struct store_claim *, void *arg);
/* -1: not ready. slots is the free window in parts; see campaign_store.claim() for the rest. */
int store_claim(struct store_carrier *, unsigned slots, unsigned messages, unsigned window,
    int64_t turn, store_claim_cb, void *arg);

/* ------------------------------------------------------------------------------ outcomes */

enum store_part { STORE_ACCEPTED, STORE_REFUSED, STORE_NO_RESPONSE, STORE_NOT_SENT };
enum store_retry { STORE_FINAL, STORE_FIX, STORE_RETRY, STORE_RETRY_ONCE, STORE_THROTTLED };

struct store_answer {
	int64_t message;
	int attempt, part;
	const char *bind;
	enum store_part state;
	const char *carrier_id; /* accepted */
	const char *code;       /* raw, refused; NULL = none */
	const char *reason;     /* refused for good, or when retries run out */
	enum store_retry retry;
};

struct store_receipt {
	const char *id, *id_hex,
	    *id_dec; /* as sent; converted from decimal, from hexadecimal, or NULL */
	const char *phone;
	const char *state; /* "Delivered", "Failed", "Unclear", "Pending" */
	const char *reason, *code, *note;
};

struct store_reply {
	const char *from, *to, *body;
	int ref, total, part;
};

/* What became of a receipt or reply; ok false: it could not be stored and the carrier should send
 * it again. */
struct store_stored {
	bool ok;
	const char *result; /* "matched", "repeated", "early", "history"; of a reply its kind */
	int64_t message;    /* 0 = none */
	int64_t campaign;
	const char *status; /* the message's new status, "" when unchanged */
	const char *reason;
	const char *practice;
};
typedef void (*store_stored_cb)(const struct store_stored *, void *arg);

void store_answer(struct store_carrier *, const struct store_answer *);
/* The callback comes after the commit, once. */
void store_receipt(
    struct store_carrier *, const struct store_receipt *, store_stored_cb, void *arg);
void store_reply(struct store_carrier *, const struct store_reply *, store_stored_cb, void *arg);
/* Claimed and never written: back to the queue. */
void store_put_back(struct store *, int64_t message, int attempt);
void store_hold(struct store *, int64_t message, int attempt);

/* ------------------------------------------------------------------------------ house */

struct store_event { /* what housekeeping did that somebody should know */
	const char *event, *practice, *name, *detail, *level;
	int64_t campaign, n;
};
typedef void (*store_event_cb)(const struct store_event *, void *arg);
/* done: next_ms = when to call again, 0 = more work at once, -1 = it failed. */
typedef void (*store_done_cb)(int64_t next_ms, void *arg);

void store_read_codes(
    struct store *); /* carrier_code again (also done at each connect and on NOTIFY 'codes') */
/* Each -1 when the connection is not up (no callback then). */
int store_housekeep(
    struct store *, int64_t receipt_wait_ms, store_event_cb, store_done_cb, void *arg);
int store_finish(struct store *);
int store_sweep(struct store *); /* logs run.swept itself */
typedef void (*store_needed_cb)(const char *carrier, int64_t senders, void *arg);
int store_carriers_needed(struct store *, store_needed_cb, void *arg);

struct store_bind {
	const char *bind, *carrier, *state, *peer, *detail;
	double since_s;
	unsigned window, unanswered;
};
int store_report_binds(struct store *, const struct store_bind *, unsigned n);

/*
 * Clean stop, after the last answers: waits until everything gathered is committed, gives leases
 * back, closes the run; then done(0). When PostgreSQL is away and nothing waits, the run stays
 * open and another one's sweep closes it.
 */
void store_close(struct store *, store_done_cb, void *arg);

#endif
