#include "store/inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_AFTER_MS = 120000 };

/* clang-format off */
STATEMENT(finish, 1, "select campaign_store.finish($1)");
STATEMENT(sweep, 2, "select dead_run, in_doubt, freed from campaign_store.sweep($1, $2)");
STATEMENT(housekeep, 2, "select event, campaign, practice, name, detail, n, level from campaign_store.housekeep($1, $2)");
STATEMENT(carrier_codes, 0, "select source, code, status, reason, retry from campaign_store.carrier_codes()");
STATEMENT(carriers_needed, 0, "select carrier, senders from campaign_store.carriers_needed()");
STATEMENT(report_binds, 9, "select campaign_store.report_binds($1, $2, $3, $4, $5, $6, $7, $8, $9)");
/* clang-format on */

/* ---------------------------------------------------------------------------------- codes */

static void
codes_known(const struct pg_result *r, void *arg)
{
	struct store *s = arg;

	if (!r->ok) {
		if (!r->lost && s->state == STORE_READY)
			store_complain(s, LOG_DB_STATEMENT, "house", r->err.text, NULL);
		return;
	}
	s->has_codes = true;
	s->calls.codes_begin(s->arg);
	for (int i = 0; i < pg_rows(r); i++) {
		struct store_code code = {pg_text(r, i, 0), pg_text(r, i, 1), pg_text(r, i, 2),
		    pg_text(r, i, 3), pg_text(r, i, 4)};

		s->calls.code(&code, s->arg);
	}
	s->calls.codes_end(s->arg);
}

void
store_read_codes(struct store *s)
{
	pg_call(s->house, &carrier_codes, NULL, codes_known, s);
}

/* ---------------------------------------------------------------------------------- calls */

struct house_call {
	struct store *store;
	union {
		store_event_cb event;
		store_needed_cb needed;
	};
	store_done_cb done;
	void *arg;
};

static int
house_call(struct store *s, const struct pg_statement *st, const char *const *value,
    pg_result_cb cb, struct house_call call)
{
	struct house_call *w = malloc(sizeof(*w));

	if (!w)
		return -1;
	*w = call;
	w->store = s;
	if (pg_call(s->house, st, value, cb, w) == 0)
		return 0;
	free(w);
	return -1;
}

/* Everybody's first lines: false (and w freed) when there is nothing to read. */
static bool
house_ok(const struct pg_result *r, const struct house_call *w)
{
	if (!r->ok && !r->lost && w->store->state == STORE_READY)
		store_complain(w->store, LOG_DB_STATEMENT, "house", r->err.text, NULL);
	return r->ok;
}

static void
housekept(const struct pg_result *r, void *arg)
{
	struct house_call *w = arg;
	int64_t next = -1;

	if (house_ok(r, w))
		for (int i = 0; i < pg_rows(r); i++) {
			struct store_event e = {pg_text(r, i, 0), pg_text(r, i, 2),
			    pg_text(r, i, 3), pg_text(r, i, 4), pg_text(r, i, 6), pg_int(r, i, 1),
			    pg_int(r, i, 5)};

			if (pg_null(r, i, 0))
				next = e.n;
			else
				w->event(&e, w->arg);
		}
	w->done(next, w->arg);
	free(w);
}

int
store_housekeep(
    struct store *s, int64_t receipt_wait_ms, store_event_cb event, store_done_cb done, void *arg)
{
	char wait[24];
	const char *value[] = {s->run_text, wait};

	if (!s->has_codes)
		store_read_codes(s);
	snprintf(wait, sizeof(wait), "%" PRId64, receipt_wait_ms);
	return house_call(s, &housekeep, value, housekept,
	    (struct house_call){.event = event, .done = done, .arg = arg});
}

static void
house_done(const struct pg_result *r, void *arg)
{
	house_ok(r, arg);
	free(arg);
}

int
store_finish(struct store *s)
{
	const char *value[] = {s->run_text};

	return house_call(s, &finish, value, house_done, (struct house_call){.arg = NULL});
}

static void
swept(const struct pg_result *r, void *arg)
{
	if (house_ok(r, arg))
		for (int i = 0; i < pg_rows(r); i++)
			LOG(RUN_SWEPT, LOG_I("run", pg_int(r, i, 0)),
			    LOG_I("unknown", pg_int(r, i, 1)), LOG_I("queued", pg_int(r, i, 2)));
	free(arg);
}

int
store_sweep(struct store *s)
{
	char after[16];
	const char *value[] = {s->run_text, after};

	snprintf(after, sizeof(after), "%d", SWEEP_AFTER_MS);
	return house_call(s, &sweep, value, swept, (struct house_call){.arg = NULL});
}

static void
needed(const struct pg_result *r, void *arg)
{
	struct house_call *w = arg;

	if (house_ok(r, w))
		for (int i = 0; i < pg_rows(r); i++)
			w->needed(pg_text(r, i, 0), pg_int(r, i, 1), w->arg);
	free(w);
}

int
store_carriers_needed(struct store *s, store_needed_cb cb, void *arg)
{
	return house_call(
	    s, &carriers_needed, NULL, needed, (struct house_call){.needed = cb, .arg = arg});
}

int
store_report_binds(struct store *s, const struct store_bind *b, unsigned n)
{
	struct rows rows;
	const char *value[9];
	char since[32];
	int rc = -1;

	rows_init(&rows, 8);
	for (unsigned i = 0; i < n; i++) {
		snprintf(since, sizeof(since), "%.3f", b[i].since_s);
		rows_text(&rows, b[i].bind);
		rows_text(&rows, b[i].carrier);
		rows_text(&rows, b[i].state);
		rows_text(&rows, since);
		rows_text(&rows, b[i].peer);
		rows_int(&rows, b[i].window);
		rows_int(&rows, b[i].unanswered);
		rows_text(&rows, b[i].detail);
	}
	value[0] = s->run_text;
	rows_all(&rows, value + 1);
	if (!rows.failed)
		rc = house_call(
		    s, &report_binds, value, house_done, (struct house_call){.arg = NULL});
	rows_clear(&rows);
	return rc;
}
