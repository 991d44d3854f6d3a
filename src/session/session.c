#include "session/session_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- states */

static void stream_called(struct stream *, enum stream_event, const struct err *, void *arg);

static void
enter_connecting(struct session *s)
{
	const struct session_conf *c = &s->conf;

	s->started_at = s->since;
	s->generation++;
	s->next_sequence = 1;
	s->bind_sequence = s->enquire_sequence = s->unbind_sequence = 0;
	s->bind_status = SMPP_ROK;
	memset(s->nonsense, 0, sizeof(s->nonsense));
	s->stream = stream_connect(s->loop, c->host, c->port, c->tls, c->server_name,
	    c->connect_timeout_ms, stream_called, s);
	if (s->stream == NULL)
		loop_timer_set(s->answer_timer, 0);
}

static void
enter_binding(struct session *s)
{
	int64_t init_ms = s->conf.response_timeout_ms;

	session_send_bind(s);
	loop_timer_set(s->answer_timer, init_ms < SESSION_INIT_MS ? init_ms : SESSION_INIT_MS);
}

static void
enter_bound(struct session *s)
{
	s->overdue_in_row = s->unreplied = 0;
	loop_timer_set(s->keepalive_timer, s->conf.enquire_link_ms);
	if (s->paused)
		stream_pause(s->stream, true);
}

static void
enter_draining(struct session *s)
{
	loop_timer_set(s->answer_timer, s->conf.response_timeout_ms);
	loop_timer_set(
	    s->keepalive_timer, s->enquiring ? session_enquire_ms(s) : s->conf.enquire_link_ms);
	session_timers_expiry(s);
	session_read_soon(s);
}

/* us_carriers.md, Reconnect. */
static int64_t
retry_delay(struct session *s, enum session_state from, enum session_event ev, int64_t was_ms)
{
	bool clean = from == SESSION_BOUND && (ev == SESSION_EV_LOST || ev == SESSION_EV_PDU);
	bool busy = s->bind_status == SMPP_RALYBND || s->bind_status == SMPP_RBINDFAIL;

	if (from == SESSION_BOUND && was_ms >= SESSION_FORGIVEN_MS)
		backoff_reset(&s->backoff);
	if (!clean && s->backoff.attempts == 0)
		s->backoff.attempts = 1; /* the short first delay is for a clean drop only */
	return backoff_next(&s->backoff, busy ? SESSION_BUSY_MS : 0);
}

static void
close_stream(struct session *s)
{
	stream_close(s->stream);
	s->stream = NULL;
	s->enquiring = s->room_came_back = false;
}

/* -1 when it was stopped and stays down. */
static int64_t
enter_down(struct session *s, enum session_state from, enum session_event ev, int64_t was_ms)
{
	bool again = ev != SESSION_EV_STOP && from != SESSION_DRAINING;
	int64_t retry_ms = again ? retry_delay(s, from, ev, was_ms) : -1;

	close_stream(s);
	if (again)
		loop_timer_set(s->retry_timer, retry_ms);
	return retry_ms;
}

static int64_t
enter_refused(struct session *s)
{
	close_stream(s);
	loop_timer_set(s->retry_timer, SESSION_REFUSED_MS);
	return SESSION_REFUSED_MS;
}

/* What was open cannot be answered any more. The owner may do anything meanwhile. */
static void
hand_over_slots(struct session *s)
{
	struct window_slot slot;

	while (window_close_next(s->window, &slot))
		s->calls.unanswered(s, slot.owner, true, s->arg);
}

void
session_enter(
    struct session *s, enum session_state to, enum session_event ev, const struct smpp_pdu *pdu)
{
	struct session_change c = {.from = s->state,
	    .to = to,
	    .event = ev,
	    .why = pdu != NULL ? smpp_command_name(pdu->command) : session_event_name(ev),
	    .was_ms = session_state_ms(s),
	    .retry_ms = -1};

	session_timers_stop(s);
	s->state = to;
	s->since = mono_now();
	if (to == SESSION_CONNECTING)
		enter_connecting(s);
	else if (to == SESSION_BINDING)
		enter_binding(s);
	else if (to == SESSION_BOUND)
		enter_bound(s);
	else if (to == SESSION_DRAINING)
		enter_draining(s);
	else if (to == SESSION_REFUSED)
		c.retry_ms = enter_refused(s);
	else
		c.retry_ms = enter_down(s, c.from, ev, c.was_ms);
	session_log(s, &c);
	if (s->stream == NULL)
		hand_over_slots(s);
	s->calls.changed(s, c.from, c.to, s->arg);
	session_drained(s);
}

void
session_drained(struct session *s)
{
	bool open = window_taken(s->window) > window_given_up(s->window) || s->unreplied > 0;

	if (s->state == SESSION_DRAINING && s->unbind_sequence == 0 && !open)
		session_send_unbind(s);
}

/* First the answers were overdue, then the one to unbind. */
static void
overdue_when_draining(struct session *s)
{
	if (s->unbind_sequence == 0)
		session_send_unbind(s);
	else
		session_enter(s, SESSION_DOWN, SESSION_EV_OVERDUE, NULL);
}

enum action {
	UNEXPECTED,
	IGNORE,
	CONNECT,
	BIND,
	DRAIN,
	CLOSE,
	TAKE_BINDING,
	TAKE_BOUND,
	STAY_DOWN,
	DRAIN_ON,
};

static const enum action actions[SESSION_STATES][SESSION_EVENTS] = {
    [SESSION_DOWN] =
	{
	    [SESSION_EV_START] = CONNECT,
	    [SESSION_EV_RETRY] = CONNECT,
	    [SESSION_EV_STOP] = STAY_DOWN,
	},
    [SESSION_CONNECTING] =
	{
	    [SESSION_EV_START] = IGNORE,
	    [SESSION_EV_OPEN] = BIND,
	    [SESSION_EV_LOST] = CLOSE,
	    [SESSION_EV_OVERDUE] = CLOSE,
	    [SESSION_EV_STOP] = CLOSE,
	},
    [SESSION_BINDING] =
	{
	    [SESSION_EV_START] = IGNORE,
	    [SESSION_EV_PDU] = TAKE_BINDING,
	    [SESSION_EV_LOST] = CLOSE,
	    [SESSION_EV_OVERDUE] = CLOSE,
	    [SESSION_EV_SICK] = CLOSE,
	    [SESSION_EV_STOP] = CLOSE,
	},
    [SESSION_BOUND] =
	{
	    [SESSION_EV_START] = IGNORE,
	    [SESSION_EV_PDU] = TAKE_BOUND,
	    [SESSION_EV_LOST] = CLOSE,
	    [SESSION_EV_PEER_SILENT] = CLOSE,
	    [SESSION_EV_SICK] = CLOSE,
	    [SESSION_EV_STOP] = DRAIN,
	},
    [SESSION_DRAINING] =
	{
	    [SESSION_EV_START] = IGNORE,
	    [SESSION_EV_PDU] = TAKE_BOUND,
	    [SESSION_EV_LOST] = CLOSE,
	    [SESSION_EV_OVERDUE] = DRAIN_ON,
	    [SESSION_EV_PEER_SILENT] = CLOSE,
	    [SESSION_EV_SICK] = CLOSE,
	    [SESSION_EV_STOP] = IGNORE,
	},
    [SESSION_REFUSED] =
	{
	    [SESSION_EV_START] = CONNECT,
	    [SESSION_EV_RETRY] = CONNECT,
	    [SESSION_EV_STOP] = CLOSE,
	},
};

void
session_step(struct session *s, enum session_event ev, const struct smpp_pdu *pdu)
{
	switch (actions[s->state][ev]) {
	case IGNORE:
		return;
	case CONNECT:
		session_enter(s, SESSION_CONNECTING, ev, pdu);
		return;
	case BIND:
		session_enter(s, SESSION_BINDING, ev, pdu);
		return;
	case DRAIN:
		session_enter(s, SESSION_DRAINING, ev, pdu);
		return;
	case CLOSE:
		session_enter(s, SESSION_DOWN, ev, pdu);
		return;
	case TAKE_BINDING:
		session_take_binding(s, pdu);
		return;
	case TAKE_BOUND:
		session_take_bound(s, pdu);
		return;
	case STAY_DOWN:
		loop_timer_stop(s->retry_timer);
		return;
	case DRAIN_ON:
		overdue_when_draining(s);
		return;
	case UNEXPECTED: /* we are wrong, and a new connection is the only way out */
		err_set(&s->why, ERR_NONE, 0, "event %s in state %s", session_event_name(ev),
		    session_state_name(s->state));
		session_enter(s, SESSION_DOWN, ev, pdu);
		return;
	}
}

/* ---- what the loop calls */

static void
stream_called(struct stream *stream, enum stream_event event, const struct err *err, void *arg)
{
	struct session *s = arg;

	switch (event) {
	case STREAM_OPEN:
		session_step(s, SESSION_EV_OPEN, NULL);
		return;
	case STREAM_DATA:
		session_read(s, SESSION_TURN_MAX);
		return;
	case STREAM_CLOSED:
		/* What the carrier answered before the connection broke still counts. */
		session_read(s, SESSION_READ_ALL);
		if (s->stream != stream)
			return;
		s->why = *err;
		session_step(s, SESSION_EV_LOST, NULL);
		return;
	}
}

/* ---- the owner's side */

static void
release(void *arg)
{
	struct session *s = arg;

	session_timers_free(s);
	window_free(s->window);
	buf_clear(&s->out);
	free(s);
}

/* FNV-1a, so that the binds of a carrier do not all come back in the same moment. */
static uint32_t
seed_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619u;
	return h ^ (uint32_t)mono_now().us;
}

struct session *
session_new(
    struct loop *loop, const struct session_conf *c, const struct session_calls *calls, void *arg)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->conf = *c;
	s->calls = *calls;
	s->arg = arg;
	s->since = mono_now();
	s->next_sequence = 1;
	buf_init(&s->out);
	backoff_init(&s->backoff, 1000, 5000, c->reconnect_max_ms, seed_of(c->name));
	if ((s->window = window_new(c->window)) == NULL || !session_timers_new(s) ||
	    !session_can_bind(s)) {
		release(s);
		return NULL;
	}
	return s;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_timers_stop(s);
	close_stream(s);
	loop_later(s->loop, release, s);
}

void
session_start(struct session *s)
{
	session_step(s, SESSION_EV_START, NULL);
}

void
session_stop(struct session *s)
{
	session_step(s, SESSION_EV_STOP, NULL);
}

void
session_abort(struct session *s)
{
	if (s->state == SESSION_DOWN)
		loop_timer_stop(s->retry_timer);
	else
		session_enter(s, SESSION_DOWN, SESSION_EV_STOP, NULL);
}

void
session_set_host(struct session *s, const char *host, const char *port)
{
	s->conf.host = host;
	s->conf.port = port;
}

void
session_set_sequence(struct session *s, uint32_t next)
{
	s->next_sequence = next;
}

enum session_state
session_state(const struct session *s)
{
	return s->state;
}

const char *
session_name(const struct session *s)
{
	return s->conf.name;
}

const struct session_conf *
session_conf(const struct session *s)
{
	return &s->conf;
}

unsigned
session_room(const struct session *s)
{
	bool may_submit = s->state == SESSION_BOUND && s->conf.mode != SESSION_RECEIVER;

	return may_submit ? window_room(s->window) : 0;
}

unsigned
session_unanswered(const struct session *s)
{
	return window_taken(s->window);
}

int64_t
session_state_ms(const struct session *s)
{
	return mono_ms(s->since, mono_now());
}

const char *
session_peer(const struct session *s)
{
	return s->stream != NULL ? stream_peer(s->stream) : "";
}

const char *
session_why(const struct session *s)
{
	return s->why.text;
}

static bool
is_bound(const struct session *s)
{
	return s->state == SESSION_BOUND || s->state == SESSION_DRAINING;
}

bool
session_holds_back(const struct session *s)
{
	return s->paused && is_bound(s);
}

void
session_pause(struct session *s, bool paused)
{
	if (s->paused == paused)
		return;
	s->paused = paused;
	if (!is_bound(s))
		return;
	stream_pause(s->stream, paused);
	if (paused) {
		loop_timer_stop(s->frame_timer);
	} else {
		session_timers_resume(s);
		session_read_soon(s);
	}
}
