#include "smsc.h"

#include <string.h>

/* TLVs that an old ESME does not know, and a body where a refusal needs none. */
static void
put_long_answer(struct buf *out, struct smpp_pdu *pdu)
{
	enum { ADDITIONAL_STATUS_INFO_TEXT = 0x001d, VENDOR = 0x1401 };
	static const char info[] = "additional status information that nobody asked for";
	static const uint8_t vendor[40] = {0xff, 0x00, 0x80};

	pdu->tlvs.at[pdu->tlvs.n++] =
	    (struct smpp_tlv){ADDITIONAL_STATUS_INFO_TEXT, sizeof(info), (const void *)info};
	pdu->tlvs.at[pdu->tlvs.n++] = (struct smpp_tlv){VENDOR, sizeof(vendor), vendor};
	smpp_pdu_encode(pdu, out);
}

static void
put_answer(struct smsc *s, struct books_part *p, struct buf *out, mono_t now)
{
	struct smpp_pdu pdu = {
	    .command = SMPP_SUBMIT_SM_RESP, .status = p->status, .sequence = p->sequence};

	p->fate = BOOKS_ANSWERED;
	p->answered = now;
	if (p->id != 0)
		form_id(&s->options->ids.answer, p->id, pdu.message_id);
	if (s->options->long_answers)
		put_long_answer(out, &pdu);
	else if (p->status != 0)
		smpp_put_response(out, pdu.command, pdu.status, pdu.sequence);
	else
		smpp_pdu_encode(&pdu, out);
}

static void
put_half(struct smsc *s, struct books_part *p, struct buf *out, mono_t now)
{
	size_t before = out->len;

	put_answer(s, p, out, now);
	out->len = before + (out->len - before) / 2;
	p->fate = BOOKS_DROPPED;
}

static void
put_stray(struct books_part *p, struct buf *out)
{
	struct smpp_pdu pdu = {.command = SMPP_SUBMIT_SM_RESP, .sequence = p->sequence + 1000000};

	snprintf(pdu.message_id, sizeof(pdu.message_id), "stray");
	smpp_pdu_encode(&pdu, out);
}

void
submit_answer(struct smsc *s, uint32_t part, struct peer *peer, mono_t now)
{
	static const uint8_t garbage[] = {
	    0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3, 'n', 'o', ' ', 's', 'm', 'p', 'p', '!', '\n'};
	struct books_part *p = &s->books.part[part];

	if (peer == NULL || peer->conn->closing) {
		p->fate = BOOKS_LOST;
		return;
	}
	struct buf *out = conn_out(peer->conn);
	peer->answering++;
	switch (p->how) {
	case PLAN_ANSWER:
	case PLAN_EMPTY_ID:
		put_answer(s, p, out, now);
		break;
	case PLAN_NEVER:
		peer->answering--;
		break;
	case PLAN_DROP_BEFORE:
		p->fate = BOOKS_DROPPED;
		conn_close(peer->conn, WIRE_AFTER, "drop-before");
		break;
	case PLAN_DROP_AFTER:
		put_answer(s, p, out, now);
		conn_close(peer->conn, WIRE_AFTER, "drop-after");
		break;
	case PLAN_CUT:
		put_half(s, p, out, now);
		conn_close(peer->conn, WIRE_AFTER, "cut");
		break;
	case PLAN_GARBAGE:
		p->fate = BOOKS_DROPPED;
		buf_put(out, garbage, sizeof(garbage));
		break;
	case PLAN_NACK:
		p->fate = BOOKS_ANSWERED;
		p->answered = now;
		smpp_put_response(out, SMPP_GENERIC_NACK, p->status, p->sequence);
		break;
	case PLAN_STRAY:
		put_stray(p, out);
		put_answer(s, p, out, now);
		break;
	case PLAN_TWICE:
		put_answer(s, p, out, now);
		put_answer(s, p, out, now);
		break;
	}
}

/* The account's rate first, as at a carrier's door; then the plan. */
static uint32_t
decide_status(struct smsc *s, const struct books_part *p, const struct plan *plan, mono_t now)
{
	if (s->rate > 0 && slide_count(&s->accepted, now) >= s->rate)
		return SMPP_RTHROTTLED;
	if (plan->answer == PLAN_NACK)
		return SMPP_RINVCMDID;
	if (plan->status != 0 && (plan->times == 0 || p->try <= plan->times))
		return plan->status;
	return SMPP_ROK;
}

/* registered_delivery, smpp.md 5 */
static bool
asked_for(uint8_t registered_delivery, const char *stat)
{
	bool delivered = strcmp(stat, "DELIVRD") == 0;

	switch (registered_delivery & 3) {
	case 1:
		return true;
	case 2:
		return !delivered;
	case 3:
		return delivered;
	default:
		return false;
	}
}

/* The receipts and the reply that an accepted part brings. */
static void
schedule(struct peer *peer, uint32_t part, const struct plan *plan, mono_t now, int64_t answer_ms)
{
	struct smsc *s = peer->smsc;
	const struct options *o = s->options;
	uint8_t registered = s->books.part[part].registered_delivery;
	mono_t from = plan->early ? now : mono_after_ms(now, answer_ms + o->receipt_delay_ms),
	       last = from;

	for (unsigned i = 0; i < plan->n_notices; i++) {
		const struct plan_notice *n = &plan->notice[i];
		mono_t due = mono_after_ms(from, n->after_ms);
		if (o->any_receipt || asked_for(registered, n->stat))
			post_receipt(
			    s, part, n, plan->form == PLAN_FORMS ? o->form : plan->form, now, due);
		if (due.us > last.us)
			last = due;
	}
	/* Every part of a text gets its receipt, but the person answers once. */
	if (plan->reply != NULL && s->books.part[part].concat.part == 1) {
		struct books_part *p = &s->books.part[part];
		struct post_reply r = {peer->account, part, p->destination, p->source, plan->reply};
		post_reply(s, &r, now, mono_after_ms(last, plan->reply_ms + 1));
	}
}

/*
 * --drop-after, --drop-every. Answers that the books hold as given still leave; what this read
 * holds beyond the submit was never received.
 */
static void
drop_all(struct smsc *s)
{
	int n = (int)s->books.n_parts;

	if (n == s->options->drop_after ||
	    (s->options->drop_every > 0 && n % s->options->drop_every == 0))
		wire_close_all(s->wire, WIRE_AFTER, "dropped");
}

static void
answer_planned(struct peer *peer, uint32_t part, const struct plan *plan, mono_t now)
{
	struct smsc *s = peer->smsc;
	struct books_part *p = &s->books.part[part];
	int64_t answer_ms = plan->answer_ms >= 0 ? plan->answer_ms : s->options->answer_delay_ms;

	books_decide(&s->books, part, decide_status(s, p, plan, now));
	p->how = p->status != 0 && plan->answer != PLAN_NACK ? PLAN_ANSWER : plan->answer;
	if (p->status == 0) {
		slide_add(&s->accepted, now);
		if (p->how != PLAN_EMPTY_ID)
			p->id = s->next_id++;
	}
	bool accepted = p->status == 0;
	if (answer_ms > 0)
		later_put(&s->later, mono_after_ms(now, answer_ms), WORK_ANSWER, part, peer->no);
	else
		submit_answer(s, part, peer, now);
	if (accepted)
		schedule(peer, part, plan, now, answer_ms);
}

void
submit_take(struct peer *peer, const struct smpp_pdu *pdu, mono_t now)
{
	struct smsc *s = peer->smsc;
	struct plan plan;

	if (peer->state != PEER_TRANSMITTER && peer->state != PEER_TRANSCEIVER) {
		check_complain(s, peer, BOOKS_WRONG_STATE, "submit_sm on a bind that may not");
		smpp_put_response(
		    conn_out(peer->conn), SMPP_SUBMIT_SM_RESP, SMPP_RINVBNDSTS, pdu->sequence);
		return;
	}
	uint32_t part = books_add_part(&s->books, now, peer->bind, pdu);
	peer_submit(peer);
	check_submit(peer, pdu);
	check_parts(peer, &s->books.part[part], now);
	if (!s->silent) {
		plan_for(s->plans, s->books.part[part].destination, &plan);
		answer_planned(peer, part, &plan, now);
	}
	drop_all(s);
}
