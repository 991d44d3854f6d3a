#include "session/session_impl.h"

void
session_timers_stop(struct session *s)
{
	loop_timer_stop(s->retry_timer);
	loop_timer_stop(s->answer_timer);
	loop_timer_stop(s->keepalive_timer);
	loop_timer_stop(s->expiry_timer);
	loop_timer_stop(s->frame_timer);
}

void
session_timers_expiry(struct session *s)
{
	mono_t at;

	if (window_next_expiry(s->window, s->conf.response_timeout_ms, &at))
		loop_timer_set(s->expiry_timer, mono_left_ms(mono_now(), at));
}

static void
retry(void *arg)
{
	session_step(arg, SESSION_EV_RETRY, NULL);
}

static void
answer_overdue(void *arg)
{
	struct session *s = arg;
	bool binding = s->state == SESSION_BINDING;

	if (s->stream == NULL)
		err_set(&s->why, ERR_SYSTEM, 0, "no memory for a connection");
	else
		err_set(
		    &s->why, ERR_PEER, 0, "no answer to %s in time", binding ? "bind" : "unbind");
	session_step(s, SESSION_EV_OVERDUE, NULL);
}

static void
frame_overdue(void *arg)
{
	struct session *s = arg;

	err_set(&s->why, ERR_PEER, 0, "framing lost: the rest of a PDU did not come in time");
	session_step(s, SESSION_EV_SICK, NULL);
}

static void
keepalive(void *arg)
{
	struct session *s = arg;
	int64_t left_ms = s->conf.enquire_link_ms - mono_ms(s->last_received, mono_now());

	if (s->enquiring && !s->paused) {
		err_set(&s->why, ERR_PEER, 0, "no answer to enquire_link in time");
		session_step(s, SESSION_EV_PEER_SILENT, NULL);
	} else if (left_ms > 0) {
		loop_timer_set(s->keepalive_timer, left_ms);
	} else {
		session_enquire(s);
	}
}

/* False when a callback has closed the connection. */
static bool
give_up_overdue(struct session *s)
{
	uint64_t generation = s->generation;
	mono_t now = mono_now();
	struct window_slot slot;

	while (window_expire(s->window, now, s->conf.response_timeout_ms, &slot)) {
		s->overdue_in_row++;
		s->calls.unanswered(s, slot.owner, false, s->arg);
		if (s->stream == NULL || s->generation != generation)
			return false;
	}
	return true;
}

static void
expire(void *arg)
{
	struct session *s = arg;

	if (s->paused || !give_up_overdue(s))
		return;
	session_timers_expiry(s);
	if (s->state == SESSION_BOUND && window_given_up(s->window) == window_size(s->window)) {
		err_set(&s->why, ERR_PEER, 0, "every slot of the window is overdue");
		session_step(s, SESSION_EV_SICK, NULL);
	} else if (s->overdue_in_row >= SESSION_OVERDUE_MAX && !s->enquiring) {
		s->overdue_in_row = 0;
		session_enquire(s);
	}
	session_drained(s);
}

/* What came meanwhile was not looked at: judge only after it has been read. */
void
session_timers_resume(struct session *s)
{
	s->enquiring = false;
	loop_timer_set(s->keepalive_timer, s->conf.enquire_link_ms);
	if (window_taken(s->window) > window_given_up(s->window))
		loop_timer_set(s->expiry_timer, SESSION_GRACE_MS);
}

bool
session_timers_new(struct session *s)
{
	return (s->retry_timer = loop_timer_new(s->loop, retry, s)) != NULL &&
	       (s->answer_timer = loop_timer_new(s->loop, answer_overdue, s)) != NULL &&
	       (s->keepalive_timer = loop_timer_new(s->loop, keepalive, s)) != NULL &&
	       (s->expiry_timer = loop_timer_new(s->loop, expire, s)) != NULL &&
	       (s->frame_timer = loop_timer_new(s->loop, frame_overdue, s)) != NULL;
}

void
session_timers_free(struct session *s)
{
	loop_timer_free(s->retry_timer);
	loop_timer_free(s->answer_timer);
	loop_timer_free(s->keepalive_timer);
	loop_timer_free(s->expiry_timer);
	loop_timer_free(s->frame_timer);
}
