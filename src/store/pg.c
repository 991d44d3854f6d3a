#include "store/pg.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "net/resolve.h"

#include <libpq-fe.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECT_MS = 10000,
	ANSWER_MS = 120000, /* longer than any bounded call; a hung server is lost */
	KEYWORDS_MAX = 64,
	HOSTS_MAX = 8,
	PREPARED_MAX = 32,
};

enum pg_state { PG_DOWN, PG_RESOLVING, PG_CONNECTING, PG_UP };

struct request {
	STAILQ_ENTRY(request) next;
	pg_result_cb cb;
	void *arg;
	PGresult *result;     /* the first that says something */
	unsigned results_due; /* statements (prepare, execute) whose result has not come yet */
	bool warned;
};

struct pg {
	struct loop *loop;
	char *name;
	PQconninfoOption *options;
	char *hosts[HOSTS_MAX], *ports[HOSTS_MAX];
	unsigned n_hosts, host;
	struct pg_calls calls;
	void *arg;

	enum pg_state state;
	PGconn *conn;
	struct loop_io *io;
	struct resolve *resolving;
	struct loop_timer *connect_timer, *retry_timer, *answer_timer;
	struct backoff backoff;
	STAILQ_HEAD(, request) requests;
	const struct pg_statement *prepared[PREPARED_MAX];
	unsigned n_prepared;
	mono_t up_at;
	bool in_callback, restart_wanted;
	struct err why;
};

static void pg_try(void *arg);
static void pg_lose(struct pg *, const struct err *);
static void pg_io(int what, void *arg);

/* libpq's messages end in a newline and may have several lines: one line for us. */
static void
one_line(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == ' '))
		s[--n] = '\0';
	for (; *s; s++)
		if (*s == '\n' || *s == '\t')
			*s = ' ';
}

static void
pg_conn_err(const PGconn *conn, struct err *e)
{
	err_set(e, ERR_DB, 0, "%s", PQerrorMessage(conn));
	one_line(e->text);
}

/* ---------------------------------------------------------------------------------- results */

int
pg_rows(const struct pg_result *r)
{
	return PQntuples(r->res);
}

const char *
pg_text(const struct pg_result *r, int row, int column)
{
	return PQgetvalue(r->res, row, column);
}

bool
pg_null(const struct pg_result *r, int row, int column)
{
	return PQgetisnull(r->res, row, column);
}

int64_t
pg_int(const struct pg_result *r, int row, int column)
{
	return strtoll(PQgetvalue(r->res, row, column), NULL, 10);
}

/* Keeps the last four digits of what may be a phone number. */
static void
mask_numbers(char *s)
{
	while (*s) {
		size_t n = strspn(s, "0123456789");

		if (n >= 7)
			memset(s, '*', n - 4);
		s += n > 0 ? n : 1;
	}
}

/*
 * The server's own words, for the log. Of data exceptions and violated constraints (classes 22, 23)
 * the DETAIL is left out: it quotes the row, with texts and numbers.
 */
static void
result_error(const PGresult *res, struct pg_result *r)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);

	snprintf(r->sqlstate, sizeof(r->sqlstate), "%s", state ? state : "");
	if (strncmp(r->sqlstate, "22", 2) == 0 || strncmp(r->sqlstate, "23", 2) == 0)
		detail = NULL;
	err_set(&r->err, ERR_DB, 0, "%s: %s%s%s%s%s", state ? state : "-----",
	    message ? message : PQresultErrorMessage(res), detail ? "; DETAIL: " : "",
	    detail ? detail : "", hint ? "; HINT: " : "", hint ? hint : "");
	one_line(r->err.text);
	mask_numbers(r->err.text + strlen(r->sqlstate));
}

/* Takes the request off the list and tells its owner. */
static void
request_end(struct pg *pg, struct request *q, bool lost)
{
	struct pg_result r = {.res = q->result, .lost = lost, .warned = q->warned};
	ExecStatusType status = q->result ? PQresultStatus(q->result) : PGRES_FATAL_ERROR;

	STAILQ_REMOVE_HEAD(&pg->requests, next);
	if (lost)
		err_set(&r.err, ERR_DB, 0, "connection lost");
	else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		r.ok = true;
	else if (q->result)
		result_error(q->result, &r);
	else
		err_set(&r.err, ERR_DB, 0, "no result");
	q->cb(&r, q->arg);
	PQclear(q->result);
	free(q);
}

static void
requests_lose(struct pg *pg)
{
	struct request *q;

	while ((q = STAILQ_FIRST(&pg->requests)))
		request_end(pg, q, true);
}

/* ---------------------------------------------------------------------------------- down */

static void
pg_hang_up(struct pg *pg)
{
	if (pg->resolving)
		resolve_cancel(pg->resolving);
	pg->resolving = NULL;
	loop_timer_stop(pg->connect_timer);
	loop_timer_stop(pg->answer_timer);
	loop_io_free(pg->io);
	pg->io = NULL;
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->n_prepared = 0;
	pg->state = PG_DOWN;
}

/* The connection is gone or could not be made: tell everybody, try the next host after a while. */
static void
pg_lose(struct pg *pg, const struct err *why)
{
	bool was_up = pg->state == PG_UP;
	struct err err = *why;
	int64_t retry_ms;

	if (was_up && mono_ms(pg->up_at, mono_now()) > 60000)
		backoff_reset(&pg->backoff);
	pg_hang_up(pg);
	if (!was_up)
		pg->host = (pg->host + 1) % pg->n_hosts;
	retry_ms = backoff_next(&pg->backoff, 0);
	loop_timer_set(pg->retry_timer, retry_ms);
	requests_lose(pg);
	pg->calls.down(pg, &err, was_up, retry_ms, pg->arg);
}

static void
pg_lose_later(void *arg)
{
	struct pg *pg = arg;

	if (pg->restart_wanted) {
		pg->restart_wanted = false;
		if (pg->state != PG_DOWN)
			pg_lose(pg, &pg->why);
	}
}

void
pg_restart(struct pg *pg, const char *why)
{
	if (pg->restart_wanted)
		return;
	pg->restart_wanted = true;
	err_set(&pg->why, ERR_DB, 0, "%s", why);
	loop_later(pg->loop, pg_lose_later, pg);
}

static void
pg_connect_overdue(void *arg)
{
	struct pg *pg = arg;
	struct err err;

	err_set(&err, ERR_DB, 0, "no connection to %s within %d s",
	    pg->hosts[pg->host] ? pg->hosts[pg->host] : "the local server", CONNECT_MS / 1000);
	pg_lose(pg, &err);
}

static void
pg_answer_overdue(void *arg)
{
	struct err err;

	err_set(&err, ERR_DB, 0, "the server gave no answer for %d s", ANSWER_MS / 1000);
	pg_lose(arg, &err);
}

/* ---------------------------------------------------------------------------------- requests */

static void
pg_flush(struct pg *pg)
{
	struct err err;
	int left = PQflush(pg->conn);

	if (left < 0) {
		pg_conn_err(pg->conn, &err);
		pg_restart(pg, err.text);
		return;
	}
	loop_io_want(pg->io, LOOP_READ | (left ? LOOP_WRITE : 0));
}

static bool
is_prepared(const struct pg *pg, const struct pg_statement *s)
{
	for (unsigned i = 0; i < pg->n_prepared; i++)
		if (pg->prepared[i] == s)
			return true;
	return false;
}

static int
pg_send(struct pg *pg, const struct pg_statement *s, const char *const *values, struct request *q)
{
	if (!is_prepared(pg, s)) {
		if (pg->n_prepared == PREPARED_MAX ||
		    !PQsendPrepare(pg->conn, s->name, s->sql, (int)s->params, NULL))
			return -1;
		pg->prepared[pg->n_prepared++] = s;
		q->results_due++;
	}
	if (!PQsendQueryPrepared(pg->conn, s->name, (int)s->params, values, NULL, NULL, 0))
		return -1;
	q->results_due++;
	return PQpipelineSync(pg->conn) ? 0 : -1;
}

int
pg_call(struct pg *pg, const struct pg_statement *s, const char *const *values, pg_result_cb cb,
    void *arg)
{
	struct request *q;
	struct err err;

	if (pg->state != PG_UP || pg->restart_wanted || !(q = calloc(1, sizeof(*q))))
		return -1;
	q->cb = cb;
	q->arg = arg;
	if (pg_send(pg, s, values, q) < 0) {
		pg_conn_err(pg->conn, &err);
		pg_restart(pg, err.text);
		free(q);
		return -1;
	}
	if (STAILQ_EMPTY(&pg->requests))
		loop_timer_set(pg->answer_timer, ANSWER_MS);
	STAILQ_INSERT_TAIL(&pg->requests, q, next);
	pg_flush(pg);
	return 0;
}

/* One result of the pipeline belongs to the oldest request; PGRES_PIPELINE_SYNC ends it. */
static void
pg_take(struct pg *pg, PGresult *res)
{
	struct request *q = STAILQ_FIRST(&pg->requests);
	ExecStatusType status = PQresultStatus(res);

	if (!q) {
		PQclear(res);
		return;
	}
	if (status == PGRES_PIPELINE_SYNC) {
		PQclear(res);
		request_end(pg, q, false);
		if (pg->state == PG_UP) {
			if (STAILQ_EMPTY(&pg->requests))
				loop_timer_stop(pg->answer_timer);
			else
				loop_timer_set(pg->answer_timer, ANSWER_MS);
		}
		return;
	}
	/* The execute's result replaces the prepare's; what an error aborted does not replace the
	 * error. */
	if (q->result && status == PGRES_PIPELINE_ABORTED) {
		PQclear(res);
		return;
	}
	PQclear(q->result);
	q->result = res;
}

static void
pg_take_all(struct pg *pg)
{
	PGresult *res;
	PGnotify *note;
	unsigned nulls = 0;

	/* A NULL ends each statement's results; two in a row mean that there is nothing yet. */
	while (pg->state == PG_UP && !pg->restart_wanted && !PQisBusy(pg->conn) && nulls < 2) {
		if (!(res = PQgetResult(pg->conn))) {
			nulls++;
			continue;
		}
		nulls = 0;
		pg_take(pg, res);
	}
	while (pg->state == PG_UP && (note = PQnotifies(pg->conn))) {
		pg->calls.notified(pg, note->extra, pg->arg);
		PQfreemem(note);
	}
}

static void
pg_ready(struct pg *pg)
{
	struct err err;

	if (!PQconsumeInput(pg->conn)) {
		pg_conn_err(pg->conn, &err);
		pg_take_all(pg);
		if (pg->state == PG_UP)
			pg_lose(pg, &err);
		return;
	}
	pg_take_all(pg);
	if (pg->state != PG_UP)
		return;
	if (PQstatus(pg->conn) == CONNECTION_BAD) {
		pg_conn_err(pg->conn, &err);
		pg_lose(pg, &err);
		return;
	}
	pg_flush(pg);
}

static void
pg_notice(void *arg, const PGresult *res)
{
	struct pg *pg = arg;
	struct request *q = STAILQ_FIRST(&pg->requests);
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (q && severity && strcmp(severity, "WARNING") == 0)
		q->warned = true;
}

/* ---------------------------------------------------------------------------------- connecting */

static void
pg_connected(struct pg *pg)
{
	struct err err;

	loop_timer_stop(pg->connect_timer);
	PQsetNoticeReceiver(pg->conn, pg_notice, pg);
	if (PQsetnonblocking(pg->conn, 1) != 0 || !PQenterPipelineMode(pg->conn)) {
		pg_conn_err(pg->conn, &err);
		pg_lose(pg, &err);
		return;
	}
	pg->state = PG_UP;
	pg->up_at = mono_now();
	loop_io_want(pg->io, LOOP_READ);
	pg->calls.up(pg, pg->arg);
}

/* libpq may have closed one socket and opened another, so the watch is made anew each time. */
static int
pg_watch(struct pg *pg, int what)
{
	loop_io_free(pg->io);
	pg->io = loop_io_new(pg->loop, PQsocket(pg->conn), pg_io, pg);
	if (!pg->io)
		return -1;
	loop_io_want(pg->io, what);
	return 0;
}

static void
pg_poll(struct pg *pg)
{
	struct err err;
	int what = 0;

	switch (PQconnectPoll(pg->conn)) {
	case PGRES_POLLING_OK:
		if (pg_watch(pg, LOOP_READ) == 0) {
			pg_connected(pg);
			return;
		}
		break;
	case PGRES_POLLING_READING:
		what = LOOP_READ;
		break;
	case PGRES_POLLING_WRITING:
		what = LOOP_WRITE;
		break;
	default:
		break;
	}
	if (what == 0 || pg_watch(pg, what) < 0) {
		pg_conn_err(pg->conn, &err);
		pg_lose(pg, &err);
	}
}

static void
pg_io(int what, void *arg)
{
	struct pg *pg = arg;

	(void)what;
	if (pg->state == PG_CONNECTING)
		pg_poll(pg);
	else if (pg->state == PG_UP)
		pg_ready(pg);
}

static void
keyword(const char **keys, const char **values, unsigned *n, const char *key, const char *value)
{
	if (*n + 1 < KEYWORDS_MAX) {
		keys[*n] = key;
		values[(*n)++] = value;
		keys[*n] = NULL;
	}
}

/* What the conninfo said, our own settings where it said nothing, and the one host of this attempt.
 */
static void
pg_dial(struct pg *pg, const char *hostaddr)
{
	static const char *const own[][2] = {{"keepalives_idle", "10"},
	    {"keepalives_interval", "5"}, {"keepalives_count", "3"}, {"tcp_user_timeout", "30000"}};
	const char *keys[KEYWORDS_MAX], *values[KEYWORDS_MAX];
	unsigned n = 0;
	struct err err;

	for (const PQconninfoOption *o = pg->options; o->keyword; o++) {
		if (!o->val || strcmp(o->keyword, "host") == 0 ||
		    strcmp(o->keyword, "hostaddr") == 0 || strcmp(o->keyword, "port") == 0 ||
		    strcmp(o->keyword, "application_name") == 0)
			continue;
		keyword(keys, values, &n, o->keyword, o->val);
	}
	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		keyword(keys, values, &n, own[i][0], own[i][1]);
	keyword(keys, values, &n, "application_name", pg->name);
	if (pg->hosts[pg->host])
		keyword(keys, values, &n, "host", pg->hosts[pg->host]);
	if (pg->ports[pg->host])
		keyword(keys, values, &n, "port", pg->ports[pg->host]);
	if (hostaddr)
		keyword(keys, values, &n, "hostaddr", hostaddr);

	pg->state = PG_CONNECTING;
	pg->conn = PQconnectStartParams(keys, values, 0);
	if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD || pg_watch(pg, LOOP_WRITE) < 0) {
		if (pg->conn)
			pg_conn_err(pg->conn, &err);
		else
			err_set(&err, ERR_DB, 0, "out of memory");
		pg_lose(pg, &err);
	}
}

static void
pg_resolved(const struct resolve_answer *answer, const struct err *err, void *arg)
{
	struct pg *pg = arg;

	pg->resolving = NULL;
	if (err)
		pg_lose(pg, err);
	else
		pg_dial(pg, answer->address[0]);
}

static bool
needs_lookup(const char *host)
{
	struct in6_addr any;

	return host && host[0] && host[0] != '/' && host[0] != '@' &&
	       inet_pton(AF_INET, host, &any) != 1 && inet_pton(AF_INET6, host, &any) != 1;
}

static void
pg_try(void *arg)
{
	struct pg *pg = arg;
	const char *host = pg->hosts[pg->host];
	struct err err;

	loop_timer_set(pg->connect_timer, CONNECT_MS);
	if (!needs_lookup(host)) {
		pg_dial(pg, NULL);
		return;
	}
	pg->state = PG_RESOLVING;
	if (!(pg->resolving = resolve_start(pg->loop, host, CONNECT_MS / 2, pg_resolved, pg))) {
		err_set(&err, ERR_RESOLVE, 0, "cannot look up %s", host);
		pg_lose(pg, &err);
	}
}

/* ---------------------------------------------------------------------------------- life */

static const char *
option(const PQconninfoOption *o, const char *key)
{
	for (; o->keyword; o++)
		if (strcmp(o->keyword, key) == 0)
			return o->val && o->val[0] ? o->val : NULL;
	return NULL;
}

/* Splits "a,b,c" into copies; an absent list is one absent element. */
static unsigned
split(const char *list, char **out)
{
	unsigned n = 0;
	size_t len;

	if (!list) {
		out[0] = NULL;
		return 1;
	}
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (n < HOSTS_MAX)
			out[n++] = strndup(list, len);
		if (list[len] == '\0')
			return n;
	}
}

int
pg_check_conninfo(const char *conninfo, struct err *err)
{
	char *message = NULL;
	PQconninfoOption *o = PQconninfoParse(conninfo, &message);

	if (o) {
		PQconninfoFree(o);
		return 0;
	}
	err_set(err, ERR_CONFIG, 0, "%s", message ? message : "out of memory");
	one_line(err->text);
	PQfreemem(message);
	return -1;
}

static void
pg_split_hosts(struct pg *pg)
{
	const char *host = option(pg->options, "host"), *port = option(pg->options, "port");
	unsigned n_ports;

	/* The environment counts where the conninfo is silent, as with every libpq program. */
	if (!host)
		host = getenv("PGHOST");
	pg->n_hosts = split(host, pg->hosts);
	n_ports = split(port, pg->ports);
	for (unsigned i = n_ports; i < pg->n_hosts; i++)
		pg->ports[i] = pg->ports[0] ? strdup(pg->ports[0]) : NULL;
}

struct pg *
pg_new(struct loop *loop, const char *name, const char *conninfo, const struct pg_calls *calls,
    void *arg, struct err *err)
{
	struct pg *pg;

	if (pg_check_conninfo(conninfo, err) < 0)
		return NULL;
	if (!(pg = calloc(1, sizeof(*pg)))) {
		err_set(err, ERR_SYSTEM, 0, "out of memory");
		return NULL;
	}
	pg->loop = loop;
	pg->name = strdup(name);
	pg->options = PQconninfoParse(conninfo, NULL);
	pg->calls = *calls;
	pg->arg = arg;
	STAILQ_INIT(&pg->requests);
	pg_split_hosts(pg);
	backoff_init(&pg->backoff, 200, 1000, 15000,
	    (uint32_t)getpid() * 2654435761u + (uint32_t)(uintptr_t)pg);
	pg->connect_timer = loop_timer_new(loop, pg_connect_overdue, pg);
	pg->retry_timer = loop_timer_new(loop, pg_try, pg);
	pg->answer_timer = loop_timer_new(loop, pg_answer_overdue, pg);
	if (!pg->name || !pg->options || !pg->connect_timer || !pg->retry_timer ||
	    !pg->answer_timer) {
		err_set(err, ERR_SYSTEM, 0, "out of memory");
		pg_free(pg);
		return NULL;
	}
	return pg;
}

void
pg_free(struct pg *pg)
{
	if (!pg)
		return;
	pg_hang_up(pg);
	requests_lose(pg);
	loop_timer_free(pg->connect_timer);
	loop_timer_free(pg->retry_timer);
	loop_timer_free(pg->answer_timer);
	PQconninfoFree(pg->options);
	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		free(pg->hosts[i]);
		free(pg->ports[i]);
	}
	free(pg->name);
	free(pg);
}

void
pg_start(struct pg *pg)
{
	loop_timer_set(pg->retry_timer, 0);
}

bool
pg_is_up(const struct pg *pg)
{
	return pg->state == PG_UP && !pg->restart_wanted;
}

int
pg_backend_pid(const struct pg *pg)
{
	return pg->conn ? PQbackendPID(pg->conn) : 0;
}
