#include "store/inner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
STATEMENT(claim, 6,
    "select message, attempt, parts, lane, campaign, source, phone, body, verdict, turn, next_ms from campaign_store.claim($1, $2, $3, $4, $5, $6)");
STATEMENT(answered, 12, "select * from campaign_store.answered($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
STATEMENT(receipts, 9, "select i, result, message, campaign, status, reason, practice from campaign_store.receipts($1, $2, $3, $4, $5, $6, $7, $8, $9)");
STATEMENT(inbound, 7, "select i, case when repeated then 'repeated' else kind end, id, 0, '', '', practice from campaign_store.inbound($1, $2, $3, $4, $5, $6, $7)");
STATEMENT(put_back, 3, "select campaign_store.put_back($1, $2, $3)");
/* clang-format on */

/* ---------------------------------------------------------------------------------- gathering */

void
store_flush_all(struct store *s)
{
	const struct store_carrier *c;

	LIST_FOREACH (c, &s->carriers, next) {
		gather_flush(c->answers);
		gather_flush(c->receipts);
		gather_flush(c->replies);
	}
	gather_flush(s->put_backs);
}

unsigned
store_answers_waiting(const struct store *s)
{
	const struct store_carrier *c;
	unsigned n = gather_waiting(s->put_backs);

	LIST_FOREACH (c, &s->carriers, next)
		n += gather_waiting(c->answers);
	return n;
}

unsigned
store_backlog(const struct store *s)
{
	const struct store_carrier *c;
	unsigned n = store_answers_waiting(s);

	LIST_FOREACH (c, &s->carriers, next)
		n += gather_waiting(c->receipts) + gather_waiting(c->replies);
	return n;
}

static void
carrier_moved(void *arg)
{
	store_moved(((struct store_carrier *)arg)->store);
}

static void
answers_moved(void *arg)
{
	struct store_carrier *c = arg;

	store_moved(c->store);
	if (gather_waiting(c->answers) == 0)
		c->stored(c->arg);
}

unsigned
store_carrier_unstored(const struct store_carrier *c)
{
	return gather_waiting(c->answers);
}

static void
put_back_moved(void *arg)
{
	store_moved(arg);
}

static void
answer_params(const char *const c[], const char *v[], void *arg)
{
	const struct store_carrier *sc = arg;

	v[0] = sc->store->run_text;
	memcpy(v + 1, c, 3 * sizeof(*v)); /* message, attempt, part */
	v[4] = sc->name;
	memcpy(v + 5, c + 3, 6 * sizeof(*v)); /* bind, state, carrier id, code, reason, retry */
	v[11] = (const char *)sc->retry_ms.data;
}

static void
carrier_first(
    const char *const c[], const char *v[], unsigned columns, const struct store_carrier *sc)
{
	v[0] = sc->name;
	memcpy(v + 1, c, columns * sizeof(*v));
}

static void
receipt_params(const char *const c[], const char *v[], void *arg)
{
	carrier_first(c, v, 8, arg);
}

static void
reply_params(const char *const c[], const char *v[], void *arg)
{
	carrier_first(c, v, 6, arg);
}

static void
put_back_params(const char *const c[], const char *v[], void *arg)
{
	v[0] = ((struct store *)arg)->run_text;
	v[1] = c[0];
	v[2] = c[1];
}

/* Who waits for a receipt or reply to be stored. */
struct waiter {
	store_stored_cb cb;
	void *arg;
};

static void
stored_row(const struct pg_result *r, int row, void *row_arg)
{
	struct waiter *w = row_arg;
	struct store_stored stored = {
	    .ok = false, .result = "", .status = "", .reason = "", .practice = ""};

	if (!w)
		return;
	if (r && row >= 0) {
		stored.ok = true;
		stored.result = pg_text(r, row, 1);
		stored.message = pg_int(r, row, 2);
		stored.campaign = pg_int(r, row, 3);
		stored.status = pg_text(r, row, 4);
		stored.reason = pg_text(r, row, 5);
		stored.practice = pg_text(r, row, 6);
	}
	w->cb(&stored, w->arg);
	free(w);
}

static void
gather_waiter(struct gather *g, store_stored_cb cb, void *arg)
{
	struct waiter *w = malloc(sizeof(*w));

	/* Without memory for this the row is still stored; the carrier, unanswered, sends it again.
	 */
	if (w)
		*w = (struct waiter){cb, arg};
	gather_added(g, w);
}

struct store_carrier *
store_carrier_new(struct store *s, const char *name, const int64_t *retry_ms, unsigned n_retry,
    void (*stored)(void *arg), void *arg)
{
	struct store_carrier *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->store = s;
	c->stored = stored;
	c->arg = arg;
	LIST_INSERT_HEAD(&s->carriers, c, next);
	c->name = strdup(name);
	buf_init(&c->retry_ms);
	for (unsigned i = 0; i < n_retry; i++)
		buf_printf(&c->retry_ms, "%c%" PRId64, i == 0 ? '{' : ',', retry_ms[i]);
	buf_put(&c->retry_ms, n_retry == 0 ? "{}" : "}", n_retry == 0 ? 3 : 2);
	c->answers = gather_new(s->loop, s->outcomes,
	    &(struct gather_conf){.statement = &answered,
		.columns = 9,
		.params = answer_params,
		.moved = answers_moved,
		.arg = c});
	c->receipts = gather_new(s->loop, s->outcomes,
	    &(struct gather_conf){.statement = &receipts,
		.columns = 8,
		.params = receipt_params,
		.row = stored_row,
		.row_results = true,
		.moved = carrier_moved,
		.arg = c});
	c->replies = gather_new(s->loop, s->outcomes,
	    &(struct gather_conf){.statement = &inbound,
		.columns = 6,
		.params = reply_params,
		.row = stored_row,
		.row_results = true,
		.moved = carrier_moved,
		.arg = c});
	if (!c->name || c->retry_ms.failed || !c->answers || !c->receipts || !c->replies) {
		store_carrier_free(c);
		return NULL;
	}
	return c;
}

void
store_carrier_free(struct store_carrier *c)
{
	if (!c)
		return;
	gather_free(c->answers);
	gather_free(c->receipts);
	gather_free(c->replies);
	LIST_REMOVE(c, next);
	buf_clear(&c->retry_ms);
	free(c->name);
	free(c);
}

void
store_answer(struct store_carrier *c, const struct store_answer *a)
{
	static const char *const states[] = {"Accepted", "Refused", "NoResponse", "NotSent"};
	static const char *const retries[] = {"no", "fix", "retry", "once", "throttled"};
	struct rows *r = gather_rows(c->answers);

	rows_int(r, a->message);
	rows_int(r, a->attempt);
	rows_int(r, a->part);
	rows_text(r, a->bind);
	rows_text(r, states[a->state]);
	rows_text(r, a->carrier_id && a->carrier_id[0] ? a->carrier_id : NULL);
	rows_text(r, a->code);
	rows_text(r, a->reason && a->reason[0] ? a->reason : NULL);
	rows_text(r, retries[a->retry]);
	gather_added(c->answers, NULL);
}

void
store_receipt(struct store_carrier *c, const struct store_receipt *x, store_stored_cb cb, void *arg)
{
	struct rows *r = gather_rows(c->receipts);

	rows_text(r, x->id);
	rows_text(r, x->id_hex);
	rows_text(r, x->id_dec);
	rows_text(r, x->phone);
	rows_text(r, x->state);
	rows_text(r, x->reason && x->reason[0] ? x->reason : NULL);
	rows_text(r, x->code);
	rows_text(r, x->note);
	gather_waiter(c->receipts, cb, arg);
}

void
store_reply(struct store_carrier *c, const struct store_reply *x, store_stored_cb cb, void *arg)
{
	struct rows *r = gather_rows(c->replies);

	rows_text(r, x->from);
	rows_text(r, x->to);
	rows_text(r, x->body);
	rows_int(r, x->ref);
	rows_int(r, x->total);
	rows_int(r, x->part);
	gather_waiter(c->replies, cb, arg);
}

void
store_put_back(struct store *s, int64_t message, int attempt)
{
	struct rows *r = gather_rows(s->put_backs);

	rows_int(r, message);
	rows_int(r, attempt);
	gather_added(s->put_backs, NULL);
}

int
store_open_put_backs(struct store *s)
{
	s->put_backs = gather_new(s->loop, s->outcomes,
	    &(struct gather_conf){.statement = &put_back,
		.columns = 2,
		.params = put_back_params,
		.moved = put_back_moved,
		.arg = s});
	return s->put_backs ? 0 : -1;
}

/* ---------------------------------------------------------------------------------- claim */

struct claimer {
	store_claim_cb cb;
	void *arg;
	struct store *store;
};

static enum store_verdict
verdict_of(const char *word)
{
	return strcmp(word, "more") == 0      ? STORE_MORE
	       : strcmp(word, "no_room") == 0 ? STORE_NO_ROOM
					      : STORE_IDLE;
}

static void
claimed(const struct pg_result *r, void *arg)
{
	struct claimer *w = arg;
	struct store_claim claim_ = {.ok = false, .verdict = STORE_IDLE, .next_ms = -1};
	int rows = r->ok ? pg_rows(r) : 0, last = rows - 1;
	struct store_text *text = rows > 1 ? calloc((size_t)rows, sizeof(*text)) : NULL;

	if (!r->ok && !r->lost)
		store_complain(w->store, LOG_DB_STATEMENT, "claims", r->err.text, NULL);
	if (rows > 0 && (text || rows == 1)) {
		for (int i = 0; i < last; i++)
			text[i] = (struct store_text){pg_int(r, i, 0), (int)pg_int(r, i, 1),
			    (int)pg_int(r, i, 2), (int)pg_int(r, i, 3), (int)pg_int(r, i, 4),
			    pg_text(r, i, 5), pg_text(r, i, 6), pg_text(r, i, 7)};
		claim_ = (struct store_claim){.ok = true,
		    .warned = r->warned,
		    .n = (unsigned)last,
		    .text = text,
		    .verdict = verdict_of(pg_text(r, last, 8)),
		    .turn = pg_int(r, last, 9),
		    .next_ms = pg_null(r, last, 10) ? -1 : pg_int(r, last, 10)};
	} else if (rows > 0) {
		/* No memory to look at what was claimed: open the run again and let reconcile put
		 * it back. */
		pg_restart(w->store->claims, "out of memory");
	}
	w->cb(&claim_, w->arg);
	free(text);
	free(w);
}

int
store_claim(struct store_carrier *c, unsigned slots, unsigned messages, unsigned window,
    int64_t turn, store_claim_cb cb, void *arg)
{
	char number[4][24];
	const char *value[] = {
	    c->store->run_text, c->name, number[0], number[1], number[2], number[3]};
	struct claimer *w;

	if (!store_is_ready(c->store) || !(w = malloc(sizeof(*w))))
		return -1;
	*w = (struct claimer){cb, arg, c->store};
	snprintf(number[0], sizeof(number[0]), "%u", slots);
	snprintf(number[1], sizeof(number[1]), "%u", messages);
	snprintf(number[2], sizeof(number[2]), "%u", window);
	snprintf(number[3], sizeof(number[3]), "%" PRId64, turn);
	if (pg_call(c->store->claims, &claim, value, claimed, w) == 0)
		return 0;
	free(w);
	return -1;
}
