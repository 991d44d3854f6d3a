#include "store/inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { REPEAT_LOG_MS = 600000, COPY_CHECK_MS = 15000 };

/* clang-format off */
STATEMENT(schema_version, 0, "select campaign_store.schema_version()");
STATEMENT(end_backend, 2,
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid = $1::int and backend_start = $2::timestamptz and usename = current_user");
STATEMENT(run_open, 6, "select verdict, backend_pid, backend_start, detail, hint from campaign_store.run_open($1, $2, $3, $4, $5, $6)");
STATEMENT(reconcile, 3, "select kept, back, gone_message, gone_attempt from campaign_store.reconcile($1, $2, $3)");
STATEMENT(release, 1, "select campaign_store.release($1)");
STATEMENT(run_close, 1, "select campaign_store.run_close($1)");
STATEMENT(listen, 0, "listen campaignd");
/* clang-format on */

/* ---------------------------------------------------------------------------------- failures */

void
store_complain(struct store *s, enum log_event event, const char *connection, const char *error,
    const char *hint)
{
	struct log_field fields[] = {LOG_S("connection", connection), LOG_S("error", error),
	    LOG_S("hint", hint), LOG_I("repeats", s->repeats)};
	mono_t now = mono_now();

	if (strcmp(s->logged, error) == 0 && mono_ms(s->logged_at, now) < REPEAT_LOG_MS) {
		s->repeats++;
		return;
	}
	log_write(event, fields, s->repeats && strcmp(s->logged, error) == 0 ? 4 : 3);
	snprintf(s->logged, sizeof(s->logged), "%s", error);
	s->logged_at = now;
	s->repeats = 0;
}

static void
store_unready(struct store *s, enum store_state state)
{
	bool was = s->state == STORE_READY;

	s->state = state;
	if (was)
		s->calls.unready(s->arg);
}

/* ---------------------------------------------------------------------------------- opening */

static void store_settle(struct store *);
static void store_close_step(struct store *);

static void
store_become_ready(struct store *s)
{
	s->state = s->close_cb ? STORE_CLOSING : STORE_READY;
	/* Asked before the schema was known to be right, they may have been refused without a word.
	 */
	if (!s->has_codes && pg_is_up(s->house))
		store_read_codes(s);
	if (s->close_cb)
		store_close_step(s);
	else
		s->calls.ready(s->arg);
}

static void
reconciled(const struct pg_result *r, void *arg)
{
	struct store *s = arg;
	char *message, *attempt;

	if (r->lost || s->state != STORE_SETTLING)
		return;
	if (!r->ok) {
		store_complain(s, LOG_DB_STATEMENT, "claims", r->err.text, NULL);
		pg_restart(s->claims, "reconcile failed");
		return;
	}
	LOG(PUMP_RECONCILED, LOG_I("kept", pg_int(r, 0, 0)), LOG_I("back", pg_int(r, 0, 1)));
	/* "{1,2}" and "{1,1}" side by side */
	message = (char *)(uintptr_t)pg_text(r, 0, 2);
	attempt = (char *)(uintptr_t)pg_text(r, 0, 3);
	while (*message && *message != '}' && message[1] != '}') {
		int64_t id = strtoll(message + 1, &message, 10);

		s->calls.dropped(id, (int)strtol(attempt + 1, &attempt, 10), s->arg);
	}
	store_become_ready(s);
}

/* After the run was opened again: once every answer that was gathered is stored, say what is held.
 */
static void
store_settle(struct store *s)
{
	const struct store_carrier *c;
	const char *column[2], *value[3];

	if (s->state != STORE_SETTLING || s->held.columns || !pg_is_up(s->outcomes) ||
	    gather_waiting(s->put_backs) > 0)
		return;
	LIST_FOREACH (c, &s->carriers, next)
		if (gather_waiting(c->answers) > 0)
			return;
	rows_init(&s->held, 2);
	s->calls.hold(s->arg);
	rows_all(&s->held, column);
	value[0] = s->run_text;
	value[1] = column[0];
	value[2] = column[1];
	if (s->held.failed || pg_call(s->claims, &reconcile, value, reconciled, s) < 0)
		pg_restart(s->claims, "reconcile could not be sent");
	rows_clear(&s->held);
}

void
store_hold(struct store *s, int64_t message, int attempt)
{
	rows_int(&s->held, message);
	rows_int(&s->held, attempt);
}

static void
run_opened(const struct pg_result *r, void *arg)
{
	struct store *s = arg;

	if (r->lost)
		return;
	if (!r->ok || pg_rows(r) != 1) {
		store_complain(s, LOG_DB_STATEMENT, "claims",
		    r->ok ? "run_open gave no row" : r->err.text, NULL);
		pg_restart(s->claims, "the run could not be opened");
		return;
	}
	if (pg_int(r, 0, 1) != pg_backend_pid(s->claims)) {
		store_complain(s, LOG_DB_FAILED, "claims",
		    "the connection goes through a pooler, which cannot hold a session's lock or "
		    "LISTEN",
		    "let database.conninfo name PostgreSQL itself");
		pg_restart(s->claims, "pooler");
		return;
	}
	snprintf(s->backend_pid, sizeof(s->backend_pid), "%s", pg_text(r, 0, 1));
	snprintf(s->backend_start, sizeof(s->backend_start), "%s", pg_text(r, 0, 2));
	if (strcmp(pg_text(r, 0, 0), "open") != 0) {
		store_complain(s, LOG_DB_COPY, "claims", pg_text(r, 0, 3), pg_text(r, 0, 4));
		store_unready(s, STORE_COPY);
		loop_timer_set(s->copy_timer, COPY_CHECK_MS);
		return;
	}
	s->logged[0] = '\0';
	LOG(DB_CONNECTED, LOG_S("connection", "claims"), LOG_I("backend", pg_int(r, 0, 1)));
	if (s->opened_before) {
		s->state = STORE_SETTLING;
		memset(&s->held, 0, sizeof(s->held));
		store_settle(s);
		return;
	}
	s->opened_before = true;
	store_become_ready(s);
}

static void
store_open_run(void *arg)
{
	struct store *s = arg;
	const char *value[] = {s->run_text, s->host, s->pid_text, s->version, s->after_failover,
	    s->opened_before ? "true" : "false"};

	if (s->state != STORE_READY && pg_call(s->claims, &run_open, value, run_opened, s) < 0)
		pg_restart(s->claims, "run_open could not be sent");
}

static void
backend_ended(const struct pg_result *r, void *arg)
{
	if (!r->lost)
		store_open_run(arg);
}

static void
schema_known(const struct pg_result *r, void *arg)
{
	struct store *s = arg;
	const char *value[] = {s->backend_pid, s->backend_start};
	char text[160];

	if (r->lost)
		return;
	if (!r->ok) {
		bool missing =
		    strcmp(r->sqlstate, "3F000") == 0 || strcmp(r->sqlstate, "42883") == 0;

		store_complain(s, missing ? LOG_DB_SCHEMA : LOG_DB_STATEMENT, "claims",
		    missing ? "this database has no campaignd schema" : r->err.text,
		    missing ? "run campaignd-migrate" : NULL);
		pg_restart(s->claims, "no schema");
		return;
	}
	if (pg_int(r, 0, 0) != STORE_SCHEMA) {
		snprintf(text, sizeof(text),
		    "the database's schema is %" PRId64 ", this campaignd needs %d",
		    pg_int(r, 0, 0), STORE_SCHEMA);
		store_complain(s, LOG_DB_SCHEMA, "claims", text,
		    pg_int(r, 0, 0) < STORE_SCHEMA ? "run campaignd-migrate"
						   : "install the campaignd that belongs to it");
		pg_restart(s->claims, "schema");
		return;
	}
	/* Our own old session may still hold the run's lock: the server has not noticed that we
	 * lost it. */
	if (!s->backend_pid[0])
		store_open_run(s);
	else if (pg_call(s->claims, &end_backend, value, backend_ended, s) < 0)
		pg_restart(s->claims, "request could not be sent");
}

/* ---------------------------------------------------------------------------------- connections */

static void
claims_up(struct pg *pg, void *arg)
{
	struct store *s = arg;

	s->state = STORE_OPENING;
	if (pg_call(pg, &schema_version, NULL, schema_known, s) < 0)
		pg_restart(pg, "request could not be sent");
}

static const char *
connection_name(const struct store *s, const struct pg *pg)
{
	return pg == s->claims ? "claims" : pg == s->outcomes ? "outcomes" : "house";
}

static void
any_down(struct pg *pg, const struct err *err, bool was_up, int64_t retry_ms, void *arg)
{
	struct store *s = arg;

	(void)retry_ms;
	if (pg == s->claims) {
		loop_timer_stop(s->copy_timer);
		/* A restart that we asked for was logged with its cause. */
		if (was_up && s->state == STORE_OPENING) {
			store_unready(s, STORE_DOWN);
			return;
		}
		store_unready(s, STORE_DOWN);
	}
	/* Three connections to one server fail for one reason: one line says it. */
	if (pg == s->claims || pg_is_up(s->claims))
		store_complain(s, was_up ? LOG_DB_LOST : LOG_DB_FAILED, connection_name(s, pg),
		    err->text, NULL);
}

static void
outcomes_up(struct pg *pg, void *arg)
{
	struct store *s = arg;

	(void)pg;
	store_flush_all(s);
	store_settle(s);
}

static void
listening(const struct pg_result *r, void *arg)
{
	struct store *s = arg;

	if (r->ok)
		s->calls.woken(s->arg);
}

static void
house_up(struct pg *pg, void *arg)
{
	pg_call(pg, &listen, NULL, listening, arg);
	store_read_codes(arg);
}

static void
house_notified(struct pg *pg, const char *payload, void *arg)
{
	struct store *s = arg;

	(void)pg;
	if (strcmp(payload, "codes") == 0)
		store_read_codes(s);
	s->calls.woken(s->arg);
}

static void
no_notice(struct pg *pg, const char *payload, void *arg)
{
	(void)pg;
	(void)payload;
	(void)arg;
}

/* ---------------------------------------------------------------------------------- closing */

static void
run_closed(const struct pg_result *r, void *arg)
{
	struct store *s = arg;
	store_done_cb cb = s->close_cb;

	s->close_cb = NULL;
	if (cb)
		cb(r->ok ? 0 : -1, s->close_arg);
}

static void
released(const struct pg_result *r, void *arg)
{
	(void)r;
	(void)arg;
}

/* PostgreSQL is away and everything is stored: another run's sweep closes this one. */
static void
store_left_open(void *arg)
{
	struct store *s = arg;
	store_done_cb cb = s->close_cb;

	s->close_cb = NULL;
	if (cb)
		cb(0, s->close_arg);
}

static void
store_close_step(struct store *s)
{
	const char *value[] = {s->run_text};

	if (s->close_sent || store_backlog(s) > 0 || s->state == STORE_SETTLING)
		return;
	s->close_sent = true;
	if (s->state != STORE_CLOSING || pg_call(s->claims, &release, value, released, s) < 0 ||
	    pg_call(s->claims, &run_close, value, run_closed, s) < 0)
		loop_later(s->loop, store_left_open, s);
}

void
store_close(struct store *s, store_done_cb cb, void *arg)
{
	s->close_cb = cb;
	s->close_arg = arg;
	s->state = s->state == STORE_READY ? STORE_CLOSING : s->state;
	store_flush_all(s);
	store_close_step(s);
}

void
store_moved(struct store *s)
{
	unsigned n = store_backlog(s);

	if (!s->high && n >= STORE_BACKLOG_HIGH) {
		s->high = true;
		s->calls.backlog(true, s->arg);
	} else if (s->high && n <= STORE_BACKLOG_LOW) {
		s->high = false;
		s->calls.backlog(false, s->arg);
	}
	if (s->state == STORE_SETTLING)
		store_settle(s);
	if (s->close_cb)
		store_close_step(s);
}

/* ---------------------------------------------------------------------------------- life */

static int64_t
random_run(void)
{
	uint64_t v = 0;

	while ((v & INT64_MAX) == 0)
		if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
			v = (uint64_t)mono_now().us * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid();
	return (int64_t)(v & INT64_MAX);
}

static int
store_connections(struct store *s, const char *conninfo, struct err *err)
{
	const struct pg_calls claims = {claims_up, any_down, no_notice};
	const struct pg_calls outcomes = {outcomes_up, any_down, no_notice};
	const struct pg_calls house = {house_up, any_down, house_notified};

	if (!(s->claims = pg_new(s->loop, "campaignd claims", conninfo, &claims, s, err)) ||
	    !(s->outcomes = pg_new(s->loop, "campaignd outcomes", conninfo, &outcomes, s, err)) ||
	    !(s->house = pg_new(s->loop, "campaignd house", conninfo, &house, s, err)))
		return -1;
	s->copy_timer = loop_timer_new(s->loop, store_open_run, s);
	return store_open_put_backs(s) == 0 && s->copy_timer
		   ? 0
		   : err_set(err, ERR_SYSTEM, 0, "out of memory");
}

struct store *
store_new(struct loop *loop, const struct store_conf *conf, const struct store_calls *calls,
    void *arg, struct err *err)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s) {
		err_set(err, ERR_SYSTEM, 0, "out of memory");
		return NULL;
	}
	s->loop = loop;
	s->calls = *calls;
	s->arg = arg;
	s->after_failover = strdup(conf->after_failover);
	s->version = strdup(conf->version);
	LIST_INIT(&s->carriers);
	s->run = random_run();
	snprintf(s->run_text, sizeof(s->run_text), "%" PRId64, s->run);
	snprintf(s->pid_text, sizeof(s->pid_text), "%d", (int)getpid());
	if (gethostname(s->host, sizeof(s->host) - 1) != 0)
		snprintf(s->host, sizeof(s->host), "unknown");
	if (!s->after_failover || !s->version || store_connections(s, conf->conninfo, err) < 0) {
		store_free(s);
		return NULL;
	}
	return s;
}

void
store_free(struct store *s)
{
	if (!s)
		return;
	while (!LIST_EMPTY(&s->carriers))
		store_carrier_free(LIST_FIRST(&s->carriers));
	pg_free(s->claims);
	pg_free(s->outcomes);
	pg_free(s->house);
	gather_free(s->put_backs);
	loop_timer_free(s->copy_timer);
	rows_clear(&s->held);
	free(s->after_failover);
	free(s->version);
	free(s);
}

void
store_start(struct store *s)
{
	pg_start(s->claims);
	pg_start(s->outcomes);
	pg_start(s->house);
}

bool
store_is_ready(const struct store *s)
{
	return s->state == STORE_READY && pg_is_up(s->claims);
}

int64_t
store_run(const struct store *s)
{
	return s->run;
}
