#include "daemon/pump.h"

#include "base/log.h"
#include "daemon/intake.h"
#include "daemon/writer.h"

#include <stdlib.h>
#include <string.h>

enum {
	POLL_MS = 30000,       /* the safety net behind timer and NOTIFY */
	TOP_UP_MS = 20,        /* with less than half of the window free, claim at most so often */
	AHEAD_S = 5,           /* claim no more than the pace writes in so many seconds */
	CLAIM_AGAIN_MS = 1000, /* after a claim that failed */
	IDLE_MIN_MS = 5,       /* "nothing can go now" never makes a busy loop */
};

struct pump {
	struct pump_parts with;
	struct stream_tls *tls;
	struct binds *binds;
	struct store_carrier *store;
	struct intake intake;
	struct writer *writer;
	struct loop_timer *claim_timer;
	mono_t claim_sent_at, claimed_at;
	bool claiming;          /* a claim is under way */
	bool due;               /* something may be due: claim when there is room */
	bool needs_all;         /* the next text needs more room than half a window */
	bool high;              /* the database is behind */
	bool stopping, closing; /* closing: the binds have been told */
	bool stepping;
	int64_t turn;
};

static void pump_step(struct pump *);

/* ---------------------------------------------------------------------------------- claiming */

/* The database said when there is something to do; the timer is the only thing that waits for it.
 */
static void
pump_sleep(struct pump *p, int64_t next_ms)
{
	if (next_ms >= 0 && next_ms < IDLE_MIN_MS)
		next_ms = IDLE_MIN_MS;
	p->due = false;
	loop_timer_set(p->claim_timer, next_ms < 0 || next_ms > POLL_MS ? POLL_MS : next_ms);
}

static void
pump_claimed(const struct store_claim *c, void *arg)
{
	struct pump *p = arg;

	p->claiming = false;
	p->claimed_at = mono_now();
	if (!c->ok) {
		/* Lost: pump_ready() follows. Refused: the store has logged it. */
		pump_sleep(p, CLAIM_AGAIN_MS);
		if (p->stopping)
			p->with.changed(p->with.arg);
		return;
	}
	stats_add(p->with.stats, STATS_CLAIMED, c->n);
	for (unsigned i = 0; i < c->n; i++) {
		if (c->warned)
			store_put_back(p->with.store, c->text[i].message, c->text[i].attempt);
		else
			writer_take(p->writer, &c->text[i], p->claim_sent_at);
	}
	p->turn = c->turn;
	p->needs_all = c->verdict == STORE_NO_ROOM && c->n == 0;
	p->due = true;
	if (c->warned)
		pump_sleep(p, CLAIM_AGAIN_MS);
	else if (c->verdict == STORE_IDLE)
		pump_sleep(p, c->next_ms);
	if (c->n > 0)
		p->with.active(p->with.arg);
	pump_step(p);
	if (p->stopping)
		p->with.changed(p->with.arg); /* the stop waited for this claim */
}

/*
 * A claim costs about the same whatever it brings, so it is made when half of the window is free;
 * with less, at most every TOP_UP_MS, so that a carrier that answers slowly is still kept busy.
 */
static bool
pump_room_is_enough(struct pump *p, unsigned slots, mono_t now)
{
	unsigned window = binds_largest_window(p->binds);
	int64_t since = mono_ms(p->claimed_at, now), wait;

	if (slots == 0)
		return false;
	if (p->needs_all)
		wait = (slots >= window ? TOP_UP_MS : CLAIM_AGAIN_MS) - since;
	else
		wait = slots * 2 >= binds_window(p->binds) ? 0 : TOP_UP_MS - since;
	if (wait > 0)
		loop_timer_set(p->claim_timer, wait);
	return wait <= 0;
}

/* No more messages than the pace writes in a few seconds: they must not grow old here. */
static unsigned
pump_ahead(const struct pump *p, unsigned slots)
{
	double rate = writer_rate(p->writer), ahead = rate * AHEAD_S - writer_waiting(p->writer);

	if (rate <= 0 || ahead >= slots)
		return slots;
	if (ahead < 1)
		return writer_waiting(p->writer) == 0 ? 1 : 0;
	return (unsigned)ahead;
}

static void
pump_claim(struct pump *p, mono_t now)
{
	unsigned room = binds_room(p->binds);
	unsigned held = writer_waiting(p->writer) + store_carrier_unstored(p->store);
	unsigned slots = room > held ? room - held : 0, messages;

	if (!p->due || p->claiming || p->stopping || p->high || !p->intake.outcomes ||
	    !store_is_ready(p->with.store) || (messages = pump_ahead(p, slots)) == 0 ||
	    !pump_room_is_enough(p, slots, now))
		return;
	p->claim_sent_at = now;
	if (store_claim(p->store, slots, messages, binds_largest_window(p->binds), p->turn,
		pump_claimed, p) == 0)
		p->claiming = true;
}

/* Whatever happened: write what can be written, claim what there is room for. Callbacks from inside
 * find it stepping and leave the rest to it. */
static void
pump_step(struct pump *p)
{
	mono_t now;

	if (p->stepping)
		return;
	p->stepping = true;
	now = mono_now();
	writer_step(p->writer, now);
	pump_claim(p, now);
	p->stepping = false;
	if (p->stopping && !p->closing && writer_is_empty(p->writer)) {
		p->closing = true;
		binds_stop(p->binds);
	}
}

static void
pump_due(void *arg)
{
	struct pump *p = arg;

	p->due = true;
	pump_step(p);
}

static void
pump_moved(void *arg)
{
	pump_step(arg);
}

/* ---------------------------------------------------------------------------------- sessions */

static void
pump_answered(
    struct session *s, void *owner, uint32_t status, const char *message_id, bool late, void *arg)
{
	struct pump *p = arg;

	writer_answered(p->writer, s, owner, status, message_id, late);
	pump_step(p);
}

static void
pump_unanswered(struct session *s, void *owner, bool lost, void *arg)
{
	writer_unanswered(((struct pump *)arg)->writer, s, owner, lost);
}

static void
pump_delivered(struct session *s, const struct smpp_pdu *pdu, uint64_t generation, void *arg)
{
	intake_delivered(&((struct pump *)arg)->intake, s, pdu, generation);
}

static void
pump_changed(struct session *s, enum session_state from, enum session_state to, void *arg)
{
	struct pump *p = arg;

	(void)s;
	if (from != to) {
		p->due = true;
		p->with.changed(p->with.arg);
	}
	pump_step(p);
}

/* ---------------------------------------------------------------------------------- the daemon */

void
pump_start(struct pump *p)
{
	p->due = true;
	binds_start(p->binds);
}

void
pump_codes(struct pump *p, const struct outcomes *outcomes)
{
	p->intake.outcomes = outcomes;
	pump_step(p);
}

void
pump_ready(struct pump *p)
{
	pump_due(p);
}

void
pump_unready(struct pump *p)
{
	p->due = false;
	loop_timer_stop(p->claim_timer);
}

void
pump_woken(struct pump *p)
{
	pump_due(p);
}

void
pump_backlog(struct pump *p, bool high)
{
	p->high = high;
	binds_pause(p->binds, high);
	if (!high)
		pump_step(p);
}

void
pump_hold(struct pump *p)
{
	writer_hold(p->writer);
}

void
pump_dropped(struct pump *p, int64_t message, int attempt)
{
	writer_dropped(p->writer, message, attempt);
}

void
pump_reconf(struct pump *p)
{
	writer_reconf(p->writer);
	pump_step(p);
}

void
pump_stop(struct pump *p)
{
	p->stopping = true;
	loop_timer_stop(p->claim_timer);
	binds_pause(p->binds, false); /* answers that are there must not be lost unread */
	writer_stop(p->writer);
	pump_step(p);
}

void
pump_abort(struct pump *p)
{
	p->stopping = p->closing = true;
	binds_abort(p->binds);
}

bool
pump_is_stopped(const struct pump *p)
{
	return p->closing && !p->claiming && binds_all_down(p->binds);
}

const struct binds *
pump_binds(const struct pump *p)
{
	return p->binds;
}

const char *
pump_carrier(const struct pump *p)
{
	return p->with.conf->name;
}

/* ---------------------------------------------------------------------------------- life */

static int
pump_tls(struct pump *p, struct err *err)
{
	const struct conf_carrier *c = p->with.conf;
	const struct stream_tls_conf conf = {.ca_file = c->tls_ca_file,
	    .verify = c->tls_verify,
	    .min_version = c->tls_min_version,
	    .cert_file = c->tls_cert_file,
	    .key_file = c->tls_key_file};

	if (!c->tls_enable)
		return 0;
	p->tls = stream_tls_new(&conf, err);
	return p->tls ? 0 : -1;
}

static int
pump_make_binds(struct pump *p)
{
	static const struct session_calls calls = {
	    pump_answered, pump_unanswered, pump_delivered, pump_changed};
	const struct conf_carrier *c = p->with.conf;
	const struct binds_conf conf = {
	    .carrier = c->name,
	    .hosts = (const char *const *)c->hosts.at,
	    .n_hosts = c->hosts.n,
	    .binds = (unsigned)c->binds,
	    .pair = strcmp(c->bind_type, "pair") == 0,
	    .session = {.tls = p->tls,
		.server_name = c->tls_server_name,
		.system_id = c->system_id,
		.password = c->password,
		.system_type = c->system_type,
		.window = (unsigned)c->window,
		.enquire_link_ms = c->enquire_link_ms,
		.response_timeout_ms = c->response_timeout_ms,
		.connect_timeout_ms = c->connect_timeout_ms,
		.reconnect_max_ms = c->reconnect_max_ms},
	};

	p->binds = binds_new(p->with.loop, &conf, &calls, p);
	return p->binds ? 0 : -1;
}

static int
pump_make(struct pump *p, struct err *err)
{
	const struct conf_carrier *c = p->with.conf;

	if (pump_tls(p, err) < 0)
		return -1;
	err_set(err, ERR_SYSTEM, 0, "out of memory");
	if (!(p->claim_timer = loop_timer_new(p->with.loop, pump_due, p)) ||
	    !(p->store = store_carrier_new(
		  p->with.store, c->name, c->retry.ms, c->retry.n, pump_moved, p)) ||
	    pump_make_binds(p) < 0)
		return -1;
	p->intake = (struct intake){.conf = c, .store = p->store, .stats = p->with.stats};
	p->writer = writer_new(&(struct writer_parts){.loop = p->with.loop,
	    .store = p->with.store,
	    .carrier = p->store,
	    .stats = p->with.stats,
	    .conf = c,
	    .intake = &p->intake,
	    .binds = p->binds,
	    .moved = pump_moved,
	    .arg = p});
	return p->writer ? 0 : -1;
}

struct pump *
pump_new(const struct pump_parts *with, struct err *err)
{
	struct pump *p = calloc(1, sizeof(*p));

	if (!p) {
		err_set(err, ERR_SYSTEM, 0, "out of memory");
		return NULL;
	}
	p->with = *with;
	if (pump_make(p, err) < 0) {
		pump_free(p);
		return NULL;
	}
	*err = (struct err){.kind = ERR_NONE};
	return p;
}

void
pump_free(struct pump *p)
{
	if (!p)
		return;
	binds_free(p->binds);
	writer_free(p->writer);
	stream_tls_unref(p->tls);
	loop_timer_free(p->claim_timer);
	free(p);
}
