#include "daemon/keeper.h"

#include "base/log.h"
#include "daemon/notify.h"

#include <stdlib.h>
#include <string.h>

enum {
	POLL_MS = 30000,
	TICK_MS = 1000,
	REPORT_MS = 200,
	FAILED_MS = 2000,
	ABSENT_MAX = 16,
	REPORT_MAX = 64
};

struct keeper {
	struct keeper_parts with;
	struct loop_timer *house_timer, *poll_timer, *tick_timer, *report_timer;
	bool housekeeping, again, stopped;
	uint64_t moved;              /* sum of the counters at the last tick */
	char absent[ABSENT_MAX][48]; /* carriers that were complained about */
	unsigned n_absent;
};

/* ---------------------------------------------------------------------------------- housekeeping
 */

static void
keeper_event(const struct store_event *e, void *arg)
{
	const struct log_field fields[] = {LOG_S("what", e->event), LOG_I("campaign", e->campaign),
	    LOG_S("practice", e->practice), LOG_S("name", e->name),
	    LOG_S(
		strcmp(e->event, "held") == 0 ? "why" : "detail", e->detail[0] ? e->detail : NULL),
	    LOG_I("n", e->n)};

	(void)arg;
	log_write(strcmp(e->level, "error") == 0 ? LOG_CAMPAIGN_HELD : LOG_CAMPAIGN_EVENT, fields,
	    sizeof(fields) / sizeof(fields[0]));
}

static void
keeper_done(int64_t next_ms, void *arg)
{
	struct keeper *k = arg;

	k->housekeeping = false;
	if (k->stopped)
		return;
	if (next_ms < 0)
		next_ms = FAILED_MS;
	if (k->again)
		next_ms = 0;
	k->again = false;
	if (next_ms < POLL_MS)
		loop_timer_set(k->house_timer, next_ms);
}

static int64_t
receipt_wait_ms(const struct conf *conf)
{
	int64_t most = 0;

	for (unsigned i = 0; i < conf->n_carriers; i++)
		if (conf->carrier[i].receipt_wait_ms > most)
			most = conf->carrier[i].receipt_wait_ms;
	return most ? most : 259200000;
}

static void
keeper_house(void *arg)
{
	struct keeper *k = arg;

	if (k->housekeeping) {
		k->again = true;
		return;
	}
	if (!k->stopped && store_is_ready(k->with.store))
		k->housekeeping = store_housekeep(k->with.store, receipt_wait_ms(k->with.conf),
				      keeper_event, keeper_done, k) == 0;
}

static void
keeper_tick(void *arg)
{
	struct keeper *k = arg;
	uint64_t moved = 0;

	for (unsigned i = 0; i < STATS_COUNTS; i++)
		moved += stats_total(k->with.stats, i);
	if (k->stopped)
		return;
	store_finish(k->with.store);
	if (moved != k->moved)
		loop_timer_set(k->tick_timer, TICK_MS);
	k->moved = moved;
}

/* ---------------------------------------------------------------------------------- status rows */

static unsigned
report_of(struct pump *p, struct store_bind *out, unsigned most, unsigned *bound)
{
	const struct binds *binds = pump_binds(p);
	unsigned n = 0;

	for (unsigned i = 0; i < binds_count(binds) && n < most; i++) {
		const struct session *s = binds_at(binds, i);

		*bound += session_state(s) == SESSION_BOUND;
		out[n++] = (struct store_bind){.bind = session_name(s),
		    .carrier = pump_carrier(p),
		    .state = session_state_name(session_state(s)),
		    .peer = session_peer(s),
		    .detail = session_why(s),
		    .since_s = (double)session_state_ms(s) / 1000,
		    .window = session_conf(s)->window,
		    .unanswered = session_unanswered(s)};
	}
	return n;
}

static void
keeper_report(void *arg)
{
	struct keeper *k = arg;
	struct store_bind row[REPORT_MAX];
	unsigned n = 0, bound = 0;

	for (unsigned i = 0; i < k->with.n_pumps; i++)
		n += report_of(k->with.pumps[i], row + n, REPORT_MAX - n, &bound);
	notify_status("%u of %u binds up, database %s", bound, n,
	    store_is_ready(k->with.store) ? "ready" : "away");
	if (!k->stopped && store_is_ready(k->with.store))
		store_report_binds(k->with.store, row, n);
}

static void
keeper_needed(const char *carrier, int64_t senders, void *arg)
{
	struct keeper *k = arg;

	for (unsigned i = 0; i < k->with.n_pumps; i++)
		if (strcmp(pump_carrier(k->with.pumps[i]), carrier) == 0)
			return;
	for (unsigned i = 0; i < k->n_absent; i++)
		if (strncmp(k->absent[i], carrier, sizeof(k->absent[i]) - 1) == 0)
			return;
	if (k->n_absent == ABSENT_MAX)
		return;
	strncpy(k->absent[k->n_absent++], carrier, sizeof(k->absent[0]) - 1);
	LOG(CARRIER_ABSENT, LOG_S("carrier", carrier), LOG_I("senders", senders));
}

static void
keeper_poll(void *arg)
{
	struct keeper *k = arg;

	if (k->stopped)
		return;
	keeper_house(k);
	if (store_is_ready(k->with.store)) {
		store_sweep(k->with.store);
		store_carriers_needed(k->with.store, keeper_needed, k);
	}
	keeper_report(k);
	loop_timer_set(k->poll_timer, POLL_MS);
}

/* ---------------------------------------------------------------------------------- what the
 * daemon says */

void
keeper_wake(struct keeper *k)
{
	if (!k->stopped)
		loop_timer_set(k->house_timer, 0);
}

void
keeper_ready(struct keeper *k)
{
	if (!k->stopped)
		loop_timer_set(k->poll_timer, 0);
}

void
keeper_active(struct keeper *k)
{
	if (!k->stopped && !loop_timer_is_set(k->tick_timer))
		loop_timer_set(k->tick_timer, TICK_MS);
}

void
keeper_binds_changed(struct keeper *k)
{
	if (!k->stopped && !loop_timer_is_set(k->report_timer))
		loop_timer_set(k->report_timer, REPORT_MS);
}

void
keeper_stop(struct keeper *k)
{
	k->stopped = true;
	loop_timer_stop(k->house_timer);
	loop_timer_stop(k->poll_timer);
	loop_timer_stop(k->tick_timer);
	loop_timer_stop(k->report_timer);
}

struct keeper *
keeper_new(const struct keeper_parts *with)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->with = *with;
	if (!(k->house_timer = loop_timer_new(with->loop, keeper_house, k)) ||
	    !(k->poll_timer = loop_timer_new(with->loop, keeper_poll, k)) ||
	    !(k->tick_timer = loop_timer_new(with->loop, keeper_tick, k)) ||
	    !(k->report_timer = loop_timer_new(with->loop, keeper_report, k))) {
		keeper_free(k);
		return NULL;
	}
	return k;
}

void
keeper_free(struct keeper *k)
{
	if (!k)
		return;
	loop_timer_free(k->house_timer);
	loop_timer_free(k->poll_timer);
	loop_timer_free(k->tick_timer);
	loop_timer_free(k->report_timer);
	free(k);
}
