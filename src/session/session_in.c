#include "session/session_impl.h"

#include "base/log.h"
#include "smpp/frame.h"

#include <assert.h>

static const char *const nonsense_names[] = {
    [NONSENSE_UNMATCHED] = "unmatched_response",
    [NONSENSE_UNKNOWN] = "unknown_command",
    [NONSENSE_BODY] = "bad_body",
    [NONSENSE_STATE] = "wrong_state",
    [NONSENSE_NACK] = "odd_nack",
    [NONSENSE_FRAME] = "bad_length",
};
static_assert(sizeof(nonsense_names) / sizeof(*nonsense_names) == NONSENSES, "a name for each");

/* 1, 10, 100 ... */
static bool
is_power_of_ten(unsigned n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

static void
log_nonsense(struct session *s, enum session_nonsense what, const struct smpp_pdu *pdu)
{
	if (!is_power_of_ten(++s->nonsense[what]))
		return;
	LOG(PEER_NONSENSE, LOG_S("bind", s->conf.name), LOG_S("what", nonsense_names[what]),
	    LOG_S("command", smpp_command_name(pdu->command)), LOG_X("command_id", pdu->command),
	    LOG_X("status", pdu->status), LOG_X("seq", pdu->sequence),
	    LOG_I("count", s->nonsense[what]));
}

/* ---- one PDU */

/* A request that is legal, but not now or not from them. */
static void
refuse_request(struct session *s, const struct smpp_pdu *pdu)
{
	log_nonsense(s, NONSENSE_STATE, pdu);
	if (pdu->command != SMPP_OUTBIND) /* has no response; we bind where we are told to */
		session_respond(s, pdu->command | SMPP_RESPONSE, SMPP_RINVBNDSTS, pdu->sequence);
}

static void
take_unbind(struct session *s, const struct smpp_pdu *pdu)
{
	session_respond(s, SMPP_UNBIND_RESP, SMPP_ROK, pdu->sequence);
	err_set(&s->why, ERR_PEER, 0, "the carrier unbound");
	session_enter(s, SESSION_DOWN, SESSION_EV_PDU, pdu);
}

/* What is the same in every state. */
static void
take_other(struct session *s, const struct smpp_pdu *pdu)
{
	switch (pdu->command) {
	case SMPP_ENQUIRE_LINK:
		session_respond(s, SMPP_ENQUIRE_LINK_RESP, SMPP_ROK, pdu->sequence);
		return;
	case SMPP_UNBIND:
		take_unbind(s, pdu);
		return;
	case SMPP_ALERT_NOTIFICATION: /* has no response */
		return;
	case SMPP_GENERIC_NACK:
		log_nonsense(s, NONSENSE_NACK, pdu);
		return;
	default:
		if (pdu->command & SMPP_RESPONSE)
			log_nonsense(s, NONSENSE_UNMATCHED, pdu);
		else
			refuse_request(s, pdu);
	}
}

static bool
is_about_credentials(uint32_t status)
{
	return status == SMPP_RINVPASWD || status == SMPP_RINVSYSID || status == SMPP_RINVSYSTYP;
}

static void
take_bind_status(struct session *s, const struct smpp_pdu *pdu)
{
	s->bind_sequence = 0;
	s->bind_status = pdu->status;
	if (pdu->status == SMPP_ROK && pdu->command != SMPP_GENERIC_NACK) {
		session_enter(s, SESSION_BOUND, SESSION_EV_PDU, pdu);
		return;
	}
	err_set(&s->why, ERR_PEER, (long)pdu->status, "bind refused: %s (0x%08x)",
	    smpp_status_name(pdu->status), (unsigned)pdu->status);
	session_enter(s, is_about_credentials(pdu->status) ? SESSION_REFUSED : SESSION_DOWN,
	    SESSION_EV_PDU, pdu);
}

void
session_take_binding(struct session *s, const struct smpp_pdu *pdu)
{
	bool is_answer = pdu->command == (session_bind_command(s) | SMPP_RESPONSE) &&
			 pdu->sequence == s->bind_sequence;
	bool is_nack = pdu->command == SMPP_GENERIC_NACK &&
		       (pdu->sequence == s->bind_sequence || pdu->sequence == 0);

	if (is_answer || is_nack)
		take_bind_status(s, pdu);
	else
		take_other(s, pdu);
}

/* The answer to a submit, whichever way it came. False: no such submit is out. */
static bool
settle(struct session *s, const struct smpp_pdu *pdu, const char *message_id)
{
	struct window_slot slot;

	if (!window_give(s->window, pdu->sequence, &slot))
		return false;
	s->overdue_in_row = 0;
	s->room_came_back = true;
	s->calls.answered(s, slot.owner, pdu->status, message_id, slot.given_up, s->arg);
	session_drained(s);
	return true;
}

/*
 * A nack that says "no error" says nothing: taken for an acceptance it would lose the text, taken
 * for a refusal it might be sent twice. Its request becomes overdue.
 */
static void
take_nack(struct session *s, const struct smpp_pdu *pdu)
{
	if (pdu->sequence == 0 && pdu->status == SMPP_RINVCMDLEN) {
		err_set(&s->why, ERR_PEER, SMPP_RINVCMDLEN,
		    "the carrier could not read our PDUs (generic_nack ESME_RINVCMDLEN)");
		session_step(s, SESSION_EV_SICK, NULL);
	} else if (pdu->sequence != 0 && pdu->sequence == s->enquire_sequence) {
		s->enquire_sequence = 0;
	} else if (pdu->sequence != 0 && pdu->sequence == s->unbind_sequence) {
		session_enter(s, SESSION_DOWN, SESSION_EV_PDU, pdu);
	} else if (pdu->status == SMPP_ROK || !settle(s, pdu, "")) {
		log_nonsense(s, NONSENSE_NACK, pdu);
	}
}

static void
take_delivery(struct session *s, const struct smpp_pdu *pdu)
{
	if (s->conf.mode == SESSION_TRANSMITTER) {
		refuse_request(s, pdu);
		return;
	}
	s->unreplied++;
	s->calls.delivered(s, pdu, s->generation, s->arg);
}

void
session_take_bound(struct session *s, const struct smpp_pdu *pdu)
{
	switch (pdu->command) {
	case SMPP_SUBMIT_SM_RESP:
		if (!settle(s, pdu, pdu->status == SMPP_ROK ? pdu->message_id : ""))
			log_nonsense(s, NONSENSE_UNMATCHED, pdu);
		return;
	case SMPP_DELIVER_SM:
	case SMPP_DATA_SM:
		take_delivery(s, pdu);
		return;
	case SMPP_GENERIC_NACK:
		take_nack(s, pdu);
		return;
	case SMPP_ENQUIRE_LINK_RESP:
		if (s->enquire_sequence == 0 || pdu->sequence != s->enquire_sequence)
			log_nonsense(s, NONSENSE_UNMATCHED, pdu);
		else
			s->enquire_sequence = 0;
		return;
	case SMPP_UNBIND_RESP:
		if (s->unbind_sequence == 0 || pdu->sequence != s->unbind_sequence)
			log_nonsense(s, NONSENSE_UNMATCHED, pdu);
		else
			session_enter(s, SESSION_DOWN, SESSION_EV_PDU, pdu);
		return;
	default:
		take_other(s, pdu);
	}
}

/* ---- the stream of them */

static void
take_unreadable(struct session *s, const struct smpp_pdu *pdu, enum smpp_decode how)
{
	bool unknown = how == SMPP_DECODE_UNKNOWN;

	log_nonsense(s, unknown ? NONSENSE_UNKNOWN : NONSENSE_BODY, pdu);
	if (!(pdu->command & SMPP_RESPONSE))
		session_respond(s, SMPP_GENERIC_NACK, unknown ? SMPP_RINVCMDID : SMPP_RINVCMDLEN,
		    pdu->sequence);
}

static void
take_frame(struct session *s, const uint8_t *frame, size_t len)
{
	struct smpp_pdu pdu;
	enum smpp_decode how = smpp_pdu_decode(frame, len, &pdu);

	if (s->enquiring) /* anything counts as life */
		loop_timer_set(s->keepalive_timer, s->conf.enquire_link_ms);
	s->enquiring = false;
	if (how == SMPP_DECODE_OK)
		session_step(s, SESSION_EV_PDU, &pdu);
	else
		take_unreadable(s, &pdu, how);
}

static void
lose_framing(struct session *s, const uint8_t *data, size_t have)
{
	struct rd r = rd_over(data, have); /* the rest of the header may not be there yet */
	unsigned length = rd_u32(&r);

	log_nonsense(s, NONSENSE_FRAME, &(struct smpp_pdu){.command = rd_u32(&r)});
	err_set(&s->why, ERR_PEER, 0, "framing lost: a PDU of %u octets", length);
	session_step(s, SESSION_EV_SICK, NULL);
}

/* A PDU that has begun and does not go on is not slow: what we take for its length is not one. */
static void
wait_for_rest(struct session *s, bool begun, bool progress)
{
	if (!begun)
		loop_timer_stop(s->frame_timer);
	else if (progress || !loop_timer_is_set(s->frame_timer))
		loop_timer_set(s->frame_timer, SESSION_FRAME_MS);
}

static void
read_later(void *arg)
{
	struct session *s = arg;

	s->read_due = false;
	if (s->stream != NULL)
		session_read(s, SESSION_TURN_MAX);
}

void
session_read_soon(struct session *s)
{
	if (!s->read_due)
		loop_later(s->loop, read_later, s);
	s->read_due = true;
}

/* True when there may be more; false when all that is there was read, or nothing counts any more.
 */
static bool
read_one(struct session *s, uint64_t generation, bool progress)
{
	size_t have, len;
	const uint8_t *data = stream_input(s->stream, &have);

	switch (smpp_frame(data, have, &len)) {
	case SMPP_FRAME_SHORT:
		wait_for_rest(s, have > 0, progress);
		return false;
	case SMPP_FRAME_LOST:
		lose_framing(s, data, have);
		return false;
	case SMPP_FRAME_READY:
		break;
	}
	take_frame(s, data, len);
	if (s->stream == NULL || s->generation != generation)
		return false;
	stream_drain(s->stream, len);
	return true;
}

void
session_read(struct session *s, unsigned max)
{
	uint64_t generation = s->generation;
	unsigned n = 0;

	s->last_received = mono_now();
	while (n < max && (!session_holds_back(s) || max == SESSION_READ_ALL) &&
	       read_one(s, generation, n > 0))
		n++;
	if (n == max)
		session_read_soon(s);
	if (s->room_came_back) {
		s->room_came_back = false;
		s->calls.changed(s, s->state, s->state, s->arg);
	}
}
