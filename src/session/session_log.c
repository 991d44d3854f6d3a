#include "session/session_impl.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>

static const char *const state_names[] = {
    [SESSION_DOWN] = "down",
    [SESSION_CONNECTING] = "connecting",
    [SESSION_BINDING] = "binding",
    [SESSION_BOUND] = "bound",
    [SESSION_DRAINING] = "draining",
    [SESSION_REFUSED] = "refused",
};
static_assert(sizeof(state_names) / sizeof(*state_names) == SESSION_STATES, "a name for each");

static const char *const event_names[] = {
    [SESSION_EV_START] = "start",
    [SESSION_EV_OPEN] = "open",
    [SESSION_EV_LOST] = "lost",
    [SESSION_EV_PDU] = "pdu",
    [SESSION_EV_OVERDUE] = "overdue",
    [SESSION_EV_PEER_SILENT] = "peer_silent",
    [SESSION_EV_SICK] = "sick",
    [SESSION_EV_RETRY] = "retry",
    [SESSION_EV_STOP] = "stop",
};
static_assert(sizeof(event_names) / sizeof(*event_names) == SESSION_EVENTS, "a name for each");

const char *
session_state_name(enum session_state state)
{
	return (unsigned)state < SESSION_STATES ? state_names[state] : "unknown";
}

const char *
session_event_name(enum session_event event)
{
	return (unsigned)event < SESSION_EVENTS ? event_names[event] : "unknown";
}

/* us_carriers.md, Binds: source addresses are on a list, and who is not on it sees just this. */
static const char *
hint(const struct session *s, const struct session_change *c)
{
	const struct err *e = &s->why;
	bool turned_away =
	    e->kind == ERR_PEER ||
	    (e->kind == ERR_SYSTEM && (e->code == ECONNREFUSED || e->code == ECONNRESET));

	return c->event == SESSION_EV_LOST && turned_away
		   ? "is the address of this machine on the carrier's list?"
		   : NULL;
}

static void
log_end(const struct session *s, const struct session_change *c)
{
	unsigned taken = window_taken(s->window), given_up = window_given_up(s->window);

	if (c->retry_ms < 0)
		LOG(BIND_STATE, LOG_S("bind", s->conf.name),
		    LOG_S("from", session_state_name(c->from)), LOG_S("to", "down"),
		    LOG_S("why", c->why), LOG_I("open_slots", taken));
	else if (c->from == SESSION_BOUND)
		LOG(BIND_CLOSED, LOG_S("bind", s->conf.name), LOG_S("why", c->why),
		    LOG_S("error", s->why.text), LOG_I("age_s", c->was_ms / 1000),
		    LOG_I("open_slots", taken), LOG_I("unconfirmed", taken - given_up),
		    LOG_I("retry_ms", c->retry_ms));
	else
		LOG(BIND_FAILED, LOG_S("bind", s->conf.name), LOG_S("host", s->conf.host),
		    LOG_S("port", s->conf.port), LOG_S("error", s->why.text),
		    LOG_S("hint", hint(s, c)), LOG_I("retry_ms", c->retry_ms));
}

void
session_log(const struct session *s, const struct session_change *c)
{
	switch (c->to) {
	case SESSION_CONNECTING:
		LOG(BIND_CONNECTING, LOG_S("bind", s->conf.name), LOG_S("host", s->conf.host),
		    LOG_S("port", s->conf.port));
		return;
	case SESSION_BOUND:
		LOG(BIND_STATE, LOG_S("bind", s->conf.name),
		    LOG_S("from", session_state_name(c->from)), LOG_S("to", "bound"),
		    LOG_S("why", c->why), LOG_I("took_ms", mono_ms(s->started_at, s->since)),
		    LOG_S("peer", stream_peer(s->stream)),
		    LOG_S("security", stream_security(s->stream)));
		return;
	case SESSION_DRAINING:
		LOG(BIND_STATE, LOG_S("bind", s->conf.name), LOG_S("from", "bound"),
		    LOG_S("to", "draining"), LOG_S("why", c->why),
		    LOG_I("open_slots", window_taken(s->window)));
		return;
	case SESSION_DOWN:
		log_end(s, c);
		return;
	case SESSION_REFUSED:
		LOG(BIND_REFUSED, LOG_S("bind", s->conf.name), LOG_S("host", s->conf.host),
		    LOG_S("system_id", s->conf.system_id), LOG_S("error", s->why.text),
		    LOG_I("retry_ms", c->retry_ms));
		return;
	default: /* binding follows connecting, without news */
		return;
	}
}
