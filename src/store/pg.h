/*
 * One asynchronous connection to PostgreSQL: connect, a pipeline of requests, results, reconnect
 * with back-off. The only include of libpq-fe.h.
 *
 * Nothing blocks: host names are resolved first and passed as hostaddr beside host, one host at a
 * time under our own timer, because libpq's own look-up blocks and connect_timeout does not count
 * with PQconnectPoll (architecture.md 1). Each request is its own transaction (a sync behind each).
 * A server that lost power is noticed within 30 s.
 */
#ifndef STORE_PG_H
#define STORE_PG_H

#include "net/loop.h"

struct pg;

/* A prepared statement: prepared once on each connection, at its first use there. Constant. */
struct pg_statement {
	const char *name, *sql;
	unsigned params;
};

enum { PG_PARAMS_MAX = 14 };

struct pg_result {
	void *res; /* a PGresult, for pg_* below alone */
	bool ok;
	bool lost;   /* the connection went: nobody knows whether it was done */
	bool warned; /* a WARNING came with it: for a commit, the standby may not have it (claim.md
			3) */
	struct err err; /* when not ok: "SQLSTATE: message; DETAIL: ...; HINT: ..." */
	char sqlstate[6];
};

int pg_rows(const struct pg_result *);
const char *pg_text(const struct pg_result *, int row, int column); /* "" for NULL */
bool pg_null(const struct pg_result *, int row, int column);
int64_t pg_int(const struct pg_result *, int row, int column); /* 0 for NULL */

/* Called exactly once for each request, and the result lives until it returns. */
typedef void (*pg_result_cb)(const struct pg_result *, void *arg);

struct pg_calls {
	void (*up)(struct pg *, void *arg);
	/* Connecting failed or the connection broke; every open request was called back as lost
	 * before. */
	void (*down)(struct pg *, const struct err *, bool was_up, int64_t retry_ms, void *arg);
	void (*notified)(struct pg *, const char *payload, void *arg);
};

/* NULL with err: the conninfo cannot be parsed, or no memory. name shows in pg_stat_activity
 * ("campaignd claims"). */
struct pg *pg_new(struct loop *, const char *name, const char *conninfo, const struct pg_calls *,
    void *arg, struct err *);
/* Closes at once; open requests are called back as lost. */
void pg_free(struct pg *);
void pg_start(struct pg *);
/* Drops the connection and connects anew (with back-off). */
void pg_restart(struct pg *, const char *why);

bool pg_is_up(const struct pg *);
int pg_backend_pid(
    const struct pg *); /* what libpq was told; a pooler says something else than the server */

/* Queues a request. values[i] NULL = SQL NULL; they are copied. -1 when not connected or no memory:
 * no callback then. */
int pg_call(
    struct pg *, const struct pg_statement *, const char *const *values, pg_result_cb, void *arg);

/* Is this a valid conninfo? For -t. */
int pg_check_conninfo(const char *conninfo, struct err *);

#endif
