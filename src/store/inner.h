/*
 * The inside of store/store.h, shared by its three files: store.c (connections, the run, the end),
 * outcomes.c (claims, answers, receipts, replies) and house.c (housekeeping).
 */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "base/clock.h"
#include "base/log.h"
#include "store/gather.h"
#include "store/store.h"

#include <sys/queue.h>

/* Where the claiming connection stands. */
enum store_state {
	STORE_DOWN,
	STORE_OPENING,  /* schema checked, run being opened */
	STORE_COPY,     /* a restored copy: asks again until an operator confirmed it */
	STORE_SETTLING, /* opened again: stored answers first, then reconcile */
	STORE_READY,
	STORE_CLOSING,
};

struct store_carrier {
	LIST_ENTRY(store_carrier) next;
	struct store *store;
	char *name;
	struct buf retry_ms; /* array literal */
	struct gather *answers, *receipts, *replies;
	void (*stored)(void *arg);
	void *arg;
};

struct store {
	struct loop *loop;
	struct store_calls calls;
	void *arg;
	char *after_failover, *version;
	int64_t run;
	char run_text[24], host[65], pid_text[16];
	enum store_state state;
	bool opened_before, high, has_codes;
	char backend_pid[16], backend_start[64]; /* of the session that holds the run's lock */
	struct pg *claims, *outcomes, *house;
	struct gather *put_backs;
	struct rows held;
	struct loop_timer *copy_timer;
	LIST_HEAD(, store_carrier) carriers;
	char logged[480]; /* the last failure that was logged */
	mono_t logged_at;
	unsigned repeats;
	store_done_cb close_cb;
	void *close_arg;
	bool close_sent;
};

#define STATEMENT(id, n, text) static const struct pg_statement id = {#id, text, n}

/*
 * The first failure of a kind is logged, then the same one every ten minutes with a count:
 * operators need one line, not a flood. hint may be NULL.
 */
void store_complain(
    struct store *, enum log_event, const char *connection, const char *error, const char *hint);
/* Rows came or went: tells the owner about high and low, and goes on with what waits for the last
 * of them. */
void store_moved(struct store *);

/* outcomes.c */
int store_open_put_backs(struct store *);
void store_flush_all(struct store *);
unsigned store_answers_waiting(const struct store *);

#endif
