#include "session/session_impl.h"

#include <string.h>

static uint32_t
next_sequence(struct session *s)
{
	uint32_t n;

	do {
		n = s->next_sequence;
		s->next_sequence = n == SESSION_SEQUENCE_MAX ? 1 : n + 1;
	} while (window_has(s->window, n) || n == s->bind_sequence || n == s->enquire_sequence ||
		 n == s->unbind_sequence);
	return n;
}

static int
encode(struct session *s, const struct smpp_pdu *pdu)
{
	buf_reset(&s->out);
	return smpp_pdu_encode(pdu, &s->out);
}

static int
write_out(struct session *s)
{
	return stream_write(s->stream, s->out.data, s->out.len);
}

/* A request of ours without a body; its number. */
static uint32_t
request(struct session *s, uint32_t command)
{
	struct smpp_pdu pdu = {.command = command, .sequence = next_sequence(s)};

	if (encode(s, &pdu) == 0)
		write_out(s);
	return pdu.sequence;
}

/* One that does not fit fills the field without a NUL, which encoding refuses. */
static void
put_string(char *field, size_t size, const char *text)
{
	memcpy(field, text, strnlen(text, size));
}

uint32_t
session_bind_command(const struct session *s)
{
	switch (s->conf.mode) {
	case SESSION_TRANSMITTER:
		return SMPP_BIND_TRANSMITTER;
	case SESSION_RECEIVER:
		return SMPP_BIND_RECEIVER;
	default:
		return SMPP_BIND_TRANSCEIVER;
	}
}

static int
encode_bind(struct session *s, uint32_t sequence)
{
	struct smpp_pdu pdu;
	struct smpp_bind *b = &pdu.bind;

	memset(&pdu, 0, sizeof(pdu));
	pdu.command = session_bind_command(s);
	pdu.sequence = sequence;
	put_string(b->system_id, sizeof(b->system_id), s->conf.system_id);
	put_string(b->password, sizeof(b->password), s->conf.password);
	put_string(b->system_type, sizeof(b->system_type), s->conf.system_type);
	b->interface_version = 0x34;
	return encode(s, &pdu);
}

bool
session_can_bind(struct session *s)
{
	return encode_bind(s, 1) == 0;
}

void
session_send_bind(struct session *s)
{
	s->bind_sequence = next_sequence(s);
	if (encode_bind(s, s->bind_sequence) == 0)
		write_out(s);
}

void
session_send_unbind(struct session *s)
{
	s->unbind_sequence = request(s, SMPP_UNBIND);
	loop_timer_set(s->answer_timer, SESSION_UNBIND_MS);
}

int64_t
session_enquire_ms(const struct session *s)
{
	int64_t most_ms = SESSION_ENQUIRE_MS;

	return s->conf.response_timeout_ms < most_ms ? s->conf.response_timeout_ms : most_ms;
}

void
session_enquire(struct session *s)
{
	s->enquire_sequence = request(s, SMPP_ENQUIRE_LINK);
	s->enquiring = true;
	loop_timer_set(s->keepalive_timer, session_enquire_ms(s));
}

void
session_respond(struct session *s, uint32_t command, uint32_t status, uint32_t sequence)
{
	buf_reset(&s->out);
	smpp_put_response(&s->out, command, status, sequence);
	if (!s->out.failed)
		write_out(s);
}

void
session_reply(
    struct session *s, uint64_t generation, uint32_t command, uint32_t sequence, uint32_t status)
{
	if (s->stream == NULL || generation != s->generation)
		return;
	if (s->unreplied > 0)
		s->unreplied--;
	session_respond(s, command | SMPP_RESPONSE, status, sequence);
	session_drained(s);
}

/* Encoding only says that something does not fit. */
static int
explain_unfit(const struct smpp_sm *sm, struct err *err)
{
	const char *what = strnlen(sm->source.text, 21) == 21        ? "the source address"
			   : strnlen(sm->destination.text, 21) == 21 ? "the destination address"
			   : sm->text_len > UINT16_MAX               ? "the text"
								     : "a field";

	return err_set(err, ERR_CONFIG, 0, "cannot make a submit_sm: %s is too long", what);
}

int
session_submit_tlvs(struct session *s, const struct smpp_sm *sm, const struct smpp_tlvs *tlvs,
    void *owner, struct err *err)
{
	struct smpp_pdu pdu;
	struct window_slot slot;

	if (session_room(s) == 0)
		return err_set(err, ERR_PEER, 0, "no room in the window of %s", s->conf.name);
	memset(&pdu, 0, sizeof(pdu));
	pdu.command = SMPP_SUBMIT_SM;
	pdu.sequence = next_sequence(s);
	pdu.sm = *sm;
	if (tlvs != NULL)
		pdu.tlvs = *tlvs;
	if (encode(s, &pdu) < 0)
		return explain_unfit(sm, err);
	window_take(s->window, pdu.sequence, owner, mono_now());
	if (write_out(s) < 0) {
		window_give(s->window, pdu.sequence, &slot);
		return err_set(err, ERR_SYSTEM, 0, "%s does not take any more", s->conf.name);
	}
	if (!loop_timer_is_set(s->expiry_timer))
		loop_timer_set(s->expiry_timer, s->conf.response_timeout_ms);
	return 0;
}

int
session_submit(struct session *s, const struct smpp_sm *sm, void *owner, struct err *err)
{
	return session_submit_tlvs(s, sm, NULL, owner, err);
}
