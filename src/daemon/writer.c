#include "daemon/writer.h"

#include "base/log.h"
#include "daemon/text.h"
#include "policy/address.h"
#include "policy/pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRESH_MS = 60000,  /* what a claim checked is true for so long (claim.md 2.3) */
	REWRITE_MS = 5000, /* a part refused for now, when others of its text were accepted */
	REWRITE_UNTIL_MS = 300000,
	LANE_CAMPAIGN = 3,
};

struct writer {
	struct writer_parts with;
	struct pace pace;
	struct text_list waiting;  /* claimed; a part or all of it to be written */
	struct text_list out;      /* written; answers are awaited */
	struct text_list rewrites; /* parts to be written again, in order of time */
	unsigned waiting_parts;
	struct loop_timer *pace_timer, *rewrite_timer, *recover_timer;
	bool stopping;
};

/* ---------------------------------------------------------------------------------- storing */

static void
part_store(struct writer *w, struct text_part *part, enum store_part state, const char *bind,
    const char *id)
{
	char code[16];
	struct store_answer a = {.message = part->text->message,
	    .attempt = part->text->attempt,
	    .part = (int)text_number(part),
	    .bind = bind,
	    .state = state,
	    .carrier_id = id};

	if (state == STORE_REFUSED) {
		snprintf(code, sizeof(code), "0x%08x", part->status);
		a.code = code;
		a.reason = part->reason;
		a.retry = part->retry;
	}
	store_answer(w->with.carrier, &a);
}

static void
part_log_refusal(const struct writer *w, const struct text_part *part, const char *bind)
{
	const struct text *t = part->text;

	LOG(MSG_OUTCOME, LOG_I("msg", t->message), LOG_I("campaign", t->campaign),
	    LOG_S("status", "Aborted"), LOG_S("reason", part->reason),
	    LOG_X("carrier_code", part->status), LOG_S("carrier", w->with.conf->name),
	    LOG_S("bind", bind), LOG_PHONE("to", t->phone));
}

/* No further part of it is written: what is undecided is final, what was never written is said to
 * be so. */
static void
text_stop(struct writer *w, struct text *t)
{
	for (unsigned i = 0; i < t->parts; i++) {
		struct text_part *part = &t->part[i];
		bool refused =
		    part->state == TEXT_FOR_NOW || (part->state == TEXT_NEW && part->reason[0]);

		if (part->state != TEXT_NEW && part->state != TEXT_FOR_NOW)
			continue;
		part->retry = STORE_FINAL;
		part_store(w, part, refused ? STORE_REFUSED : STORE_NOT_SENT, NULL, NULL);
		part->state = TEXT_ENDED;
	}
}

static void
text_go_back(struct writer *w, struct text *t)
{
	for (unsigned i = 0; i < t->parts; i++) {
		struct text_part *part = &t->part[i];

		if (part->state == TEXT_FOR_NOW)
			part_store(w, part, STORE_REFUSED, NULL, NULL);
		else if (part->state == TEXT_NEW)
			part_store(w, part, STORE_NOT_SENT, NULL, NULL);
		else
			continue;
		part->state = TEXT_ENDED;
	}
	stats_add(w->with.stats, STATS_DEFERRED, 1);
}

static struct text_list *
text_home(struct writer *w, const struct text *t)
{
	if (t->rewrite_at.us != 0)
		return &w->rewrites;
	return text_unwritten(t) > 0 ? &w->waiting : &w->out;
}

/*
 * Something of the text changed (from is the list it stood in, before is what was unwritten then):
 * decides, moves it to the list where it belongs now, and frees it when nothing of it is left.
 */
static void
text_settle(struct writer *w, struct text *t, struct text_list *from, unsigned before, mono_t now)
{
	struct text_list *home;

	switch (text_fate(t, now)) {
	case TEXT_GOES_BACK:
		text_go_back(w, t);
		break;
	case TEXT_STOPS:
		text_stop(w, t);
		t->rewrite_at.us = 0;
		break;
	case TEXT_REWRITES:
		if (t->rewrite_until.us == 0)
			t->rewrite_until = mono_after_ms(now, REWRITE_UNTIL_MS);
		t->rewrite_at = mono_after_ms(now, REWRITE_MS);
		if (!loop_timer_is_set(w->rewrite_timer))
			loop_timer_set(w->rewrite_timer, REWRITE_MS);
		break;
	default:
		break;
	}
	if (from == &w->waiting)
		w->waiting_parts -= before;
	if (!text_is_held(t) && !text_has_slots(t)) {
		TAILQ_REMOVE(from, t, next);
		text_free(t);
		return;
	}
	home = text_home(w, t);
	if (home == &w->waiting)
		w->waiting_parts += text_unwritten(t);
	/* A text half written keeps its place; one that is written again gets a new time. */
	if (home != from || home == &w->rewrites) {
		TAILQ_REMOVE(from, t, next);
		TAILQ_INSERT_TAIL(home, t, next);
	}
}

/* ---------------------------------------------------------------------------------- answers */

static enum store_retry
retry_of(uint32_t status, const struct outcome *o)
{
	if (o->status != OUTCOME_RETRY)
		return o->next == OUTCOME_FIX ? STORE_FIX : STORE_FINAL;
	if (status == SMPP_RTHROTTLED)
		return STORE_THROTTLED;
	/* campaigns.md 12: 0x45 and 0xFF, refusals that name no cause, are tried only once more. */
	return strcmp(o->reason, "rejected") == 0 ? STORE_RETRY_ONCE : STORE_RETRY;
}

static void
writer_throttled(struct writer *w, mono_t now)
{
	double from, to;

	stats_add(w->with.stats, STATS_THROTTLED, 1);
	if (pace_throttled(&w->pace, now, &from, &to))
		LOG(CARRIER_PACE, LOG_S("carrier", w->with.conf->name), LOG_F("from", from),
		    LOG_F("to", to), LOG_S("why", "throttled"));
	if (!loop_timer_is_set(w->recover_timer))
		loop_timer_set(w->recover_timer, PACE_RAISE_MS);
}

/* A refusal, sorted by its row of carrier_code. What came late, or is certain, is stored at once.
 */
static void
part_refused(struct writer *w, struct text_part *part, uint32_t status, bool late, const char *bind,
    mono_t now)
{
	struct outcome o = outcome_of_submit(w->with.intake->outcomes, w->with.conf->codes, status);
	char code[16];

	snprintf(code, sizeof(code), "0x%08x", status);
	if (o.unlisted)
		intake_unlisted(w->with.intake, "command_status", code);
	part->status = status;
	part->retry = retry_of(status, &o);
	snprintf(part->reason, sizeof(part->reason), "%s", o.reason);
	if (part->retry == STORE_THROTTLED)
		writer_throttled(w, now);
	if (o.status == OUTCOME_RETRY && !late) {
		part->state = TEXT_FOR_NOW;
		return;
	}
	if (o.status == OUTCOME_RETRY)
		part->retry = STORE_FINAL;
	part->state = TEXT_REFUSED;
	part_store(w, part, STORE_REFUSED, bind, NULL);
	stats_add(w->with.stats, STATS_REFUSED, 1);
	part_log_refusal(w, part, bind);
}

void
writer_answered(struct writer *w, struct session *s, void *owner, uint32_t status,
    const char *message_id, bool late)
{
	struct text_part *part = owner;
	struct text *t = part->text;
	struct text_list *from = text_home(w, t);
	unsigned before = text_unwritten(t);
	mono_t now = mono_now();

	part->has_slot = false;
	if (status == SMPP_ROK) {
		part->state = TEXT_ACCEPTED;
		part_store(w, part, STORE_ACCEPTED, session_name(s), message_id);
		stats_add(w->with.stats, STATS_ACCEPTED, 1);
		LOG(MSG_SENT, LOG_I("msg", t->message), LOG_I("campaign", t->campaign),
		    LOG_I("part", text_number(part)), LOG_S("bind", session_name(s)),
		    LOG_PHONE("to", t->phone));
	} else {
		part_refused(w, part, status, late, session_name(s), now);
	}
	text_settle(w, t, from, before, now);
}

void
writer_unanswered(struct writer *w, struct session *s, void *owner, bool lost)
{
	struct text_part *part = owner;
	struct text *t = part->text;
	struct text_list *from = text_home(w, t);
	unsigned before = text_unwritten(t);

	if (part->state == TEXT_OUT) {
		part->state = TEXT_NO_RESPONSE;
		part_store(w, part, STORE_NO_RESPONSE, session_name(s), NULL);
		stats_add(w->with.stats, STATS_UNANSWERED, 1);
		LOG(MSG_OUTCOME, LOG_I("msg", t->message), LOG_I("campaign", t->campaign),
		    LOG_S("status", "Unknown"), LOG_S("reason", "submit_unconfirmed"),
		    LOG_S("carrier", w->with.conf->name), LOG_S("bind", session_name(s)),
		    LOG_PHONE("to", t->phone));
	}
	if (lost)
		part->has_slot = false;
	text_settle(w, t, from, before, mono_now());
}

/* ---------------------------------------------------------------------------------- writing */

static int
part_submit(struct writer *w, struct text *t, struct text_part *part)
{
	const struct conf_carrier *conf = w->with.conf;
	struct smpp_sm sm = {
	    .registered_delivery = SMPP_REGISTERED_RECEIPT, .data_coding = t->coded.data_coding};
	struct buf body;
	struct err err;
	int rc;

	buf_init(&body);
	smpp_text_part(
	    &t->coded, SMPP_LONG_UDH, text_number(part) - 1, t->ref, &sm.esm_class, &body);
	sm.text = body.data;
	sm.text_len = body.len;
	if (conf->validity[0]) {
		unsigned s = (unsigned)(conf_duration(conf->validity) / 1000);

		/* Relative time, SMPP 3.4 7.1.1.2: at most 30 days, checked when the key was read.
		 */
		snprintf(sm.validity_period, sizeof(sm.validity_period), "0000%02u%02u%02u%02u000R",
		    s / 86400 % 100, s / 3600 % 24, s / 60 % 60, s % 60);
	}
	rc = body.failed ||
		     address_of_number(
			 t->source, (int)conf->source_ton, (int)conf->source_npi, &sm.source) < 0 ||
		     address_of_number(t->phone, -1, -1, &sm.destination) < 0
		 ? -1
		 : session_submit(t->session, &sm, part, &err);
	buf_clear(&body);
	return rc;
}

/* A text that cannot become a PDU is our fault or the sender's number's; it must not be tried for
 * ever. */
static void
text_broken(struct writer *w, struct text *t)
{
	struct text_part *part = text_next_unwritten(t);

	snprintf(part->reason, sizeof(part->reason), "system_error");
	part->retry = STORE_FINAL;
	part->state = TEXT_REFUSED;
	part_store(w, part, STORE_REFUSED, NULL, NULL);
	part_log_refusal(w, part, NULL);
}

/* Writes what the bind has room and the pace has tokens for; the rest stays first in the line. */
static void
text_write(struct writer *w, struct text *t, mono_t now)
{
	unsigned before = text_unwritten(t);

	while (text_unwritten(t) > 0 && session_room(t->session) > 0 && pace_ready(&w->pace, now)) {
		struct text_part *part = text_next_unwritten(t);

		if (part_submit(w, t, part) < 0) {
			text_broken(w, t);
			break;
		}
		part->state = TEXT_OUT;
		part->has_slot = true;
		pace_take(&w->pace, 1, now);
		stats_add(w->with.stats, STATS_SUBMITTED, 1);
	}
	text_settle(w, t, &w->waiting, before, now);
}

static void
text_put_back(struct writer *w, struct text *t)
{
	store_put_back(w->with.store, t->message, t->attempt);
	TAILQ_REMOVE(&w->waiting, t, next);
	w->waiting_parts -= t->parts;
	text_free(t);
}

/* All that was claimed and not begun; what is begun and cannot go on is ended. */
static void
writer_put_back(struct writer *w, const char *why)
{
	struct text *t, *next;
	unsigned n = 0;

	for (t = TAILQ_FIRST(&w->waiting); t; t = next) {
		next = TAILQ_NEXT(t, next);
		if (!text_begun(t)) {
			text_put_back(w, t);
			n++;
		}
	}
	if (n > 0)
		LOG(PUMP_PUT_BACK, LOG_S("carrier", w->with.conf->name), LOG_I("texts", n),
		    LOG_S("why", why));
}

/* Texts begun whose other parts cannot go: the stop does not wait for a bind, and half a text does
 * not wait for ever. */
static void
writer_end_begun(struct writer *w, mono_t now)
{
	struct text *t, *next;

	for (t = TAILQ_FIRST(&w->waiting); t; t = next) {
		unsigned before = text_unwritten(t);

		next = TAILQ_NEXT(t, next);
		if (!text_begun(t) ||
		    (!w->stopping && mono_ms(t->claimed_at, now) < REWRITE_UNTIL_MS))
			continue;
		text_stop(w, t);
		text_settle(w, t, &w->waiting, before, now);
	}
}

/* The bind that a text's next parts go over; NULL when none has room now. */
static struct session *
text_bind(struct writer *w, struct text *t)
{
	unsigned parts = text_unwritten(t), window = binds_largest_window(w->with.binds);

	if (t->session && text_begun(t) && session_state(t->session) == SESSION_BOUND)
		return session_room(t->session) > 0 ? t->session : NULL;
	return binds_pick(w->with.binds, parts < window ? parts : window, NULL);
}

static void
writer_write(struct writer *w, mono_t now)
{
	struct text *t;

	while ((t = TAILQ_FIRST(&w->waiting)) && pace_ready(&w->pace, now)) {
		if (!text_begun(t) && mono_ms(t->claimed_at, now) > FRESH_MS) {
			text_put_back(w, t);
			continue;
		}
		if (!(t->session = text_bind(w, t)))
			return;
		text_write(w, t, now);
	}
	if (t)
		loop_timer_set(w->pace_timer, pace_wait_ms(&w->pace, now));
}

static void
writer_rewrite(void *arg)
{
	struct writer *w = arg;
	mono_t now = mono_now();
	struct text *t;

	while ((t = TAILQ_FIRST(&w->rewrites)) && mono_reached(now, t->rewrite_at)) {
		TAILQ_REMOVE(&w->rewrites, t, next);
		t->rewrite_at.us = 0;
		for (unsigned i = 0; i < t->parts; i++)
			if (t->part[i].state == TEXT_FOR_NOW)
				t->part[i].state = TEXT_NEW;
		if (mono_reached(now, t->rewrite_until))
			text_stop(w, t);
		if (!text_is_held(t) && !text_has_slots(t)) {
			text_free(t);
			continue;
		}
		if (text_home(w, t) == &w->waiting)
			w->waiting_parts += text_unwritten(t);
		TAILQ_INSERT_TAIL(text_home(w, t), t, next);
	}
	if (t)
		loop_timer_set(w->rewrite_timer, mono_left_ms(now, t->rewrite_at));
	w->with.moved(w->with.arg);
}

void
writer_take(struct writer *w, const struct store_text *s, mono_t claimed_at)
{
	struct err err;
	struct text *t = text_new(s, SMPP_CHARSET0_GSM, SMPP_LONG_UDH, claimed_at, &err);

	if (t) {
		/* What a person waits for does not queue behind what the pace holds back. */
		if (t->lane < LANE_CAMPAIGN && TAILQ_FIRST(&w->waiting) &&
		    !text_begun(TAILQ_FIRST(&w->waiting)))
			TAILQ_INSERT_HEAD(&w->waiting, t, next);
		else
			TAILQ_INSERT_TAIL(&w->waiting, t, next);
		w->waiting_parts += t->parts;
		return;
	}
	LOG(MSG_OUTCOME, LOG_I("msg", s->message), LOG_I("campaign", s->campaign),
	    LOG_S("status", "Aborted"), LOG_S("reason", "system_error"), LOG_S("error", err.text),
	    LOG_PHONE("to", s->phone));
	for (int i = 1; i <= s->parts; i++)
		store_answer(w->with.carrier, &(struct store_answer){.message = s->message,
						  .attempt = s->attempt,
						  .part = i,
						  .state = i == 1 ? STORE_REFUSED : STORE_NOT_SENT,
						  .reason = i == 1 ? "system_error" : NULL,
						  .retry = STORE_FINAL});
}

static void
writer_recover(void *arg)
{
	struct writer *w = arg;
	double from, to;

	if (pace_recover(&w->pace, mono_now(), &from, &to))
		LOG(CARRIER_PACE, LOG_S("carrier", w->with.conf->name), LOG_F("from", from),
		    LOG_F("to", to), LOG_S("why", "quiet"));
	if (w->pace.rate != w->pace.full)
		loop_timer_set(w->recover_timer, PACE_RAISE_MS);
	w->with.moved(w->with.arg);
}
static void
writer_pace_timer(void *arg)
{
	struct writer *w = arg;

	w->with.moved(w->with.arg);
}

/* ---------------------------------------------------------------------------------- what the pump
 * says */

static void
list_hold(struct writer *w, const struct text_list *list)
{
	const struct text *t;

	TAILQ_FOREACH (t, list, next)
		if (text_is_held(t))
			store_hold(w->with.store, t->message, t->attempt);
}

void
writer_hold(struct writer *w)
{
	list_hold(w, &w->waiting);
	list_hold(w, &w->out);
	list_hold(w, &w->rewrites);
}

void
writer_dropped(struct writer *w, int64_t message, int attempt)
{
	struct text *t, *next;

	for (t = TAILQ_FIRST(&w->waiting); t; t = next) {
		next = TAILQ_NEXT(t, next);
		if (t->message != message || t->attempt != attempt || text_begun(t))
			continue;
		TAILQ_REMOVE(&w->waiting, t, next);
		w->waiting_parts -= t->parts;
		text_free(t);
	}
}

void
writer_stop(struct writer *w)
{
	w->stopping = true;
	/* Half a text is on these phones; the rest is not worth holding up the stop for minutes. */
	while (!TAILQ_EMPTY(&w->rewrites)) {
		struct text *t = TAILQ_FIRST(&w->rewrites);

		TAILQ_REMOVE(&w->rewrites, t, next);
		t->rewrite_at.us = 0;
		text_stop(w, t);
		if (text_has_slots(t))
			TAILQ_INSERT_TAIL(&w->out, t, next);
		else
			text_free(t);
	}
	w->with.moved(w->with.arg);
}

void
writer_step(struct writer *w, mono_t now)
{
	if (!binds_any_bound(w->with.binds)) {
		writer_put_back(w, "no_bind");
		writer_end_begun(w, now);
	} else if (w->stopping) {
		writer_put_back(w, "stopping");
	}
	writer_write(w, now);
}

unsigned
writer_waiting(const struct writer *w)
{
	return w->waiting_parts;
}

double
writer_rate(const struct writer *w)
{
	return w->pace.rate;
}

void
writer_reconf(struct writer *w)
{
	pace_set_rate(&w->pace, w->with.conf->throughput, mono_now());
}

bool
writer_is_empty(const struct writer *w)
{
	return TAILQ_EMPTY(&w->waiting) && TAILQ_EMPTY(&w->rewrites);
}

/* ---------------------------------------------------------------------------------- life */

struct writer *
writer_new(const struct writer_parts *with)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->with = *with;
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->out);
	TAILQ_INIT(&w->rewrites);
	pace_init(&w->pace, with->conf->throughput, mono_now());
	if (!(w->pace_timer = loop_timer_new(with->loop, writer_pace_timer, w)) ||
	    !(w->rewrite_timer = loop_timer_new(with->loop, writer_rewrite, w)) ||
	    !(w->recover_timer = loop_timer_new(with->loop, writer_recover, w))) {
		writer_free(w);
		return NULL;
	}
	return w;
}

static void
list_free(struct text_list *list)
{
	struct text *t;

	while ((t = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, t, next);
		text_free(t);
	}
}

void
writer_free(struct writer *w)
{
	if (!w)
		return;
	loop_timer_free(w->pace_timer);
	loop_timer_free(w->rewrite_timer);
	loop_timer_free(w->recover_timer);
	list_free(&w->waiting);
	list_free(&w->out);
	list_free(&w->rewrites);
	free(w);
}
