#include "grow.h"
#include "smsc.h"

#include "smpp/frame.h"

#include <stdlib.h>
#include <string.h>

struct peer *
peer_by_no(struct smsc *s, uint64_t no)
{
	struct peer *p;

	LIST_FOREACH (p, &s->peers, all)
		if (p->no == no)
			return p;
	return NULL;
}

uint32_t
peer_sequence(struct peer *p)
{
	uint32_t sequence = p->next_sequence;

	p->next_sequence = sequence == 0x7fffffff ? 1 : sequence + 1;
	return sequence;
}

void
peer_submit(struct peer *p)
{
	struct books *b = &p->smsc->books;

	p->outstanding++;
	if (p->outstanding > b->bind[p->bind].max_outstanding)
		b->bind[p->bind].max_outstanding = p->outstanding;
	if (p->outstanding > b->max_outstanding)
		b->max_outstanding = p->outstanding;
	if (p->smsc->options->window > 0 && p->outstanding > (unsigned)p->smsc->options->window)
		check_complain(
		    p->smsc, p, BOOKS_WINDOW, "%u submits without an answer", p->outstanding);
}

void
peer_settle(struct peer *p)
{
	p->outstanding -= p->answering;
	p->answering = 0;
}

static void
answer(struct peer *p, uint32_t command, uint32_t status, uint32_t sequence)
{
	smpp_put_response(conn_out(p->conn), command, status, sequence);
}

static struct account *
account_of(struct smsc *s, const char *system_id)
{
	for (unsigned i = 0; i < s->n_accounts; i++)
		if (strcmp(s->account[i].system_id, system_id) == 0)
			return &s->account[i];
	return NULL;
}

/* May this bind be? The status to answer. */
static uint32_t
bind_status(struct peer *p, const struct smpp_bind *bind, struct account **account)
{
	struct smsc *s = p->smsc;

	if (p->state != PEER_OPEN) {
		check_complain(s, p, BOOKS_WRONG_STATE, "bound already");
		return SMPP_RALYBND;
	}
	if (s->refuse_binds > 0) {
		if (s->refuse_binds != UINT32_MAX)
			s->refuse_binds--;
		return s->refuse_bind;
	}
	*account = account_of(s, bind->system_id);
	if (*account == NULL)
		return SMPP_RINVSYSID;
	if (strcmp((*account)->password, bind->password) != 0)
		return SMPP_RINVPASWD;
	if (s->options->max_binds > 0 && (*account)->binds >= (unsigned)s->options->max_binds)
		return SMPP_RALYBND;
	return SMPP_ROK;
}

static void
bound(struct peer *p, uint32_t command, struct account *account, mono_t now)
{
	static const char *const types[] = {[PEER_TRANSMITTER] = "transmitter",
	    [PEER_RECEIVER] = "receiver",
	    [PEER_TRANSCEIVER] = "transceiver"};

	p->state = command == SMPP_BIND_TRANSMITTER ? PEER_TRANSMITTER
		   : command == SMPP_BIND_RECEIVER  ? PEER_RECEIVER
						    : PEER_TRANSCEIVER;
	p->account = account;
	account->binds++;
	p->bind = books_add_bind(
	    &p->smsc->books, now, account->system_id, types[p->state], conn_security(p->conn));
	p->ring = grow_new(POST_RING * sizeof(*p->ring));
	LIST_INSERT_HEAD(&account->peers, p, of_account);
}

static void
take_bind(struct peer *p, const struct smpp_pdu *pdu, mono_t now)
{
	static const uint8_t version = 0x34;
	struct account *account = NULL;
	struct smpp_pdu resp = {.command = pdu->command | SMPP_RESPONSE, .sequence = pdu->sequence};
	bool first = p->state == PEER_OPEN;

	resp.status = bind_status(p, &pdu->bind, &account);
	if (resp.status != SMPP_ROK) {
		p->smsc->books.refused_binds++;
		answer(p, resp.command, resp.status, resp.sequence);
		if (first)
			conn_close(p->conn, WIRE_AFTER, "bind refused");
		return;
	}
	bound(p, pdu->command, account, now);
	snprintf(resp.system_id, sizeof(resp.system_id), "carrier");
	resp.tlvs.at[resp.tlvs.n++] = (struct smpp_tlv){SMPP_TAG_SC_INTERFACE_VERSION, 1, &version};
	smpp_pdu_encode(&resp, conn_out(p->conn));
	post_pump(p->smsc, account, now);
}

static void
take_request(struct peer *p, const struct smpp_pdu *pdu, mono_t now)
{
	switch (pdu->command) {
	case SMPP_BIND_RECEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_TRANSCEIVER:
		take_bind(p, pdu, now);
		break;
	case SMPP_SUBMIT_SM:
		submit_take(p, pdu, now);
		break;
	case SMPP_ENQUIRE_LINK:
		if (!p->smsc->silent)
			answer(p, SMPP_ENQUIRE_LINK_RESP, SMPP_ROK, pdu->sequence);
		break;
	case SMPP_UNBIND:
		if (p->smsc->silent)
			break;
		answer(p, SMPP_UNBIND_RESP, SMPP_ROK, pdu->sequence);
		conn_close(p->conn, WIRE_AFTER, "unbind");
		break;
	default:
		check_complain(p->smsc, p, BOOKS_UNKNOWN_COMMAND, "%s is not offered",
		    smpp_command_name(pdu->command));
		answer(p, SMPP_GENERIC_NACK, SMPP_RINVCMDID, pdu->sequence);
	}
}

static void
take_response(struct peer *p, const struct smpp_pdu *pdu, mono_t now)
{
	bool matched = false;

	switch (pdu->command) {
	case SMPP_GENERIC_NACK:
		matched = pdu->sequence == p->enquiry ||
			  post_answered(p, pdu->sequence, SMPP_RINVCMDID, now);
		break;
	case SMPP_DELIVER_SM_RESP:
	case SMPP_DATA_SM_RESP:
		matched = post_answered(p, pdu->sequence, pdu->status, now);
		break;
	case SMPP_ENQUIRE_LINK_RESP:
		matched = p->enquiry != 0 && pdu->sequence == p->enquiry;
		break;
	case SMPP_UNBIND_RESP:
		matched = p->unbind != 0 && pdu->sequence == p->unbind;
		if (matched)
			conn_close(p->conn, WIRE_AFTER, "unbound by the carrier");
		break;
	default:
		break;
	}
	if (pdu->sequence == p->enquiry)
		p->enquiry = 0;
	if (!matched)
		check_complain(p->smsc, p, BOOKS_UNMATCHED,
		    "%s to sequence %u, which does not wait for it",
		    smpp_command_name(pdu->command), pdu->sequence);
}

/* generic_nack to a request; a response is never nacked. */
static void
take_bad(struct peer *p, const struct smpp_pdu *pdu, enum books_error error, uint32_t status)
{
	check_complain(p->smsc, p, error, "command 0x%08x", pdu->command);
	if ((pdu->command & SMPP_RESPONSE) == 0)
		answer(p, SMPP_GENERIC_NACK, status, pdu->sequence);
}

static void
take_frame(struct peer *p, const uint8_t *frame, size_t len, mono_t now)
{
	struct smpp_pdu pdu;
	enum smpp_decode what = smpp_pdu_decode(frame, len, &pdu);
	bool request = (pdu.command & SMPP_RESPONSE) == 0;

	if (request)
		check_sequence(p, pdu.sequence);
	if (what == SMPP_DECODE_UNKNOWN)
		take_bad(p, &pdu, BOOKS_UNKNOWN_COMMAND, SMPP_RINVCMDID);
	else if (what == SMPP_DECODE_BAD)
		take_bad(p, &pdu, BOOKS_BAD_PDU, SMPP_RINVCMDLEN);
	else if (request)
		take_request(p, &pdu, now);
	else
		take_response(p, &pdu, now);
}

static void
peer_data(struct conn *c, mono_t now, void *arg)
{
	struct peer *p = c->peer;
	size_t at = 0, len;
	enum smpp_frame what = SMPP_FRAME_SHORT;

	(void)arg;
	p->heard = now;
	while (!c->closing) {
		what = smpp_frame(c->in.data + at, c->in.len - at, &len);
		if (what != SMPP_FRAME_READY)
			break;
		take_frame(p, c->in.data + at, len, now);
		at += len;
	}
	peer_settle(p);
	buf_drain(&c->in, at);
	if (what == SMPP_FRAME_LOST && !c->closing) {
		check_complain(p->smsc, p, BOOKS_BAD_FRAME, "an absurd length");
		conn_close(c, WIRE_AFTER, "framing lost");
	}
}

static void
peer_opened(struct conn *c, void *arg)
{
	struct smsc *s = arg;
	struct peer *p = grow_new(sizeof(*p));

	*p = (struct peer){
	    .smsc = s, .conn = c, .no = ++s->next_peer, .next_sequence = 1, .oldest = 1};
	p->heard = mono_now();
	LIST_INSERT_HEAD(&s->peers, p, all);
	c->peer = p;
}

static void
peer_closed(struct conn *c, const char *why, void *arg)
{
	struct peer *p = c->peer;
	mono_t now = mono_now();

	(void)arg;
	if (p == NULL) /* the TLS handshake failed */
		return;
	LIST_REMOVE(p, all);
	if (p->account == NULL)
		return;
	LIST_REMOVE(p, of_account);
	p->account->binds--;
	if (p->account->turn == p)
		p->account->turn = NULL;
	p->smsc->books.bind[p->bind].closed = now;
	p->smsc->books.bind[p->bind].why = why;
	p->state = PEER_UNBOUND;
	post_lost(p, now);
}

static void
peer_gone(struct conn *c, void *arg)
{
	(void)arg;
	if (c->peer == NULL)
		return;
	free(c->peer->ring);
	free(c->peer);
}

const struct wire_user peer_wire_user = {
    .opened = peer_opened, .data = peer_data, .closed = peer_closed, .gone = peer_gone};

/* Asks a quiet peer whether it is there; one that does not say so is closed. */
static void
enquire(struct peer *p, mono_t now)
{
	int64_t every = p->smsc->options->enquire_link_ms;

	if (p->enquiry == 0 && mono_ms(p->heard, now) >= every) {
		struct smpp_pdu pdu = {.command = SMPP_ENQUIRE_LINK, .sequence = peer_sequence(p)};
		p->enquiry = pdu.sequence;
		p->enquired = now;
		smpp_pdu_encode(&pdu, conn_out(p->conn));
	} else if (p->enquiry != 0 && mono_ms(p->enquired, now) >= every + 1000) {
		check_complain(p->smsc, p, BOOKS_DEAF, "no answer to enquire_link");
		conn_close(p->conn, WIRE_NOW, "deaf");
	}
}

void
peer_tick(struct peer *p, mono_t now)
{
	if (p->account == NULL || p->smsc->silent || p->smsc->paused)
		return;
	post_overdue(p, now);
	if (p->smsc->options->enquire_link_ms > 0)
		enquire(p, now);
}
