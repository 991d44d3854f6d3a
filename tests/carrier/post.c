#include "grow.h"
#include "smsc.h"

#include <stdlib.h>
#include <string.h>

enum { LOST_AGAIN_MS = 100 }; /* a connection was lost: the next try on another */

static bool
may_post(const struct peer *p)
{
	unsigned window = (unsigned)p->smsc->options->deliver_window;

	if (p->state != PEER_RECEIVER && p->state != PEER_TRANSCEIVER)
		return false;
	if (window == 0 || window > POST_RING / 2)
		window = POST_RING / 2;
	return p->unanswered < window &&
	       p->ring[p->next_sequence % POST_RING].state != POST_WAITING;
}

/* Receiving binds in turn. */
static struct peer *
next_peer(struct account *a)
{
	struct peer *start = a->turn != NULL ? LIST_NEXT(a->turn, of_account) : NULL, *p;

	if (start == NULL)
		start = LIST_FIRST(&a->peers);
	for (p = start; p != NULL; p = LIST_NEXT(p, of_account))
		if (may_post(p))
			return a->turn = p;
	for (p = LIST_FIRST(&a->peers); p != start; p = LIST_NEXT(p, of_account))
		if (may_post(p))
			return a->turn = p;
	return NULL;
}

static int
put_receipt(struct peer *peer, const struct books_delivery *d, uint32_t sequence)
{
	struct smsc *s = peer->smsc;
	const struct books_part *p = &s->books.part[d->part];
	struct form_receipt r = {
	    .sequence = sequence,
	    .source = p->destination,
	    .destination = p->source,
	    .source_ton = p->destination_ton,
	    .destination_ton = p->source_ton,
	    .id = p->id,
	    .notice = &d->notice,
	    .form = d->form,
	    .codes = s->options->codes,
	    .submitted = books_wall_us(&s->books, p->at) / 1000000,
	    .done = books_wall_us(&s->books, d->first_sent) / 1000000,
	    .text = p->excerpt,
	};

	return form_put_receipt(conn_out(peer->conn), &r, &s->options->ids);
}

static void
send_delivery(struct peer *peer, uint32_t delivery, mono_t now)
{
	struct books_delivery *d = &peer->smsc->books.delivery[delivery];
	uint32_t sequence = peer_sequence(peer);
	int rc;

	if (d->sends == 0)
		d->first_sent = now;
	if (d->reply) {
		struct smpp_pdu pdu = {
		    .command = SMPP_DELIVER_SM, .sequence = sequence, .sm = *d->sm};
		rc = smpp_pdu_encode(&pdu, conn_out(peer->conn));
	} else {
		rc = put_receipt(peer, d, sequence);
	}
	if (rc == -1) {
		fprintf(stderr, "carrier: delivery %u cannot be coded\n", delivery);
		return;
	}
	d->sends++;
	peer->ring[sequence % POST_RING] =
	    (struct post_slot){POST_WAITING, delivery, sequence, now};
	peer->unanswered++;
}

static uint32_t
queue_take(struct smsc *s, struct account *a)
{
	uint32_t d = a->first;

	a->first = s->books.delivery[d].next_in_queue;
	if (a->first == BOOKS_NONE)
		a->last = BOOKS_NONE;
	s->books.delivery[d].next_in_queue = BOOKS_NONE;
	return d;
}

static void
queue_put(struct smsc *s, struct account *a, uint32_t d)
{
	if (a->first == BOOKS_NONE)
		a->first = d;
	else
		s->books.delivery[a->last].next_in_queue = d;
	a->last = d;
}

void
post_pump(struct smsc *s, struct account *a, mono_t now)
{
	struct peer *p;

	if (s->silent || s->paused)
		return;
	while (a->first != BOOKS_NONE && (p = next_peer(a)) != NULL) {
		uint32_t d = queue_take(s, a);
		if (s->books.delivery[d].acks == 0) /* a late answer may have come meanwhile */
			send_delivery(p, d, now);
	}
}

void
post_ready(struct smsc *s, uint32_t delivery, mono_t now)
{
	struct account *a = &s->account[s->books.delivery[delivery].account];

	queue_put(s, a, delivery);
	post_pump(s, a, now);
}

static void
post_later(struct smsc *s, uint32_t delivery, mono_t now, mono_t due)
{
	if (mono_reached(now, due))
		post_ready(s, delivery, now);
	else
		later_put(&s->later, due, WORK_DELIVER, delivery, 0);
}

bool
post_answered(struct peer *p, uint32_t sequence, uint32_t status, mono_t now)
{
	struct post_slot *slot = p->ring != NULL ? &p->ring[sequence % POST_RING] : NULL;

	if (slot == NULL || slot->sequence != sequence || slot->state == POST_FREE ||
	    slot->state == POST_ANSWERED)
		return false;
	struct books_delivery *d = &p->smsc->books.delivery[slot->delivery];
	bool waited = slot->state == POST_WAITING;
	slot->state = POST_ANSWERED;
	d->answered = true;
	d->last_status = status;
	if (status == 0 && d->acks++ == 0)
		d->acked = now;
	if (!waited)
		return true;
	p->unanswered--;
	if (status != 0)
		later_put(&p->smsc->later, mono_after_ms(now, p->smsc->options->redeliver_ms),
		    WORK_DELIVER, slot->delivery, 0);
	post_pump(p->smsc, p->account, now);
	return true;
}

static void
give_up(struct peer *p, struct post_slot *slot, mono_t again)
{
	slot->state = POST_GIVEN_UP;
	p->unanswered--;
	later_put(&p->smsc->later, again, WORK_DELIVER, slot->delivery, 0);
}

void
post_lost(struct peer *p, mono_t now)
{
	for (uint32_t i = p->oldest; p->unanswered > 0 && i != p->next_sequence; i++) {
		struct post_slot *slot = &p->ring[i % POST_RING];
		if (slot->state == POST_WAITING)
			give_up(p, slot, mono_after_ms(now, LOST_AGAIN_MS));
	}
}

/* They were sent in the order of their sequences, so that the oldest is overdue first. */
void
post_overdue(struct peer *p, mono_t now)
{
	for (; p->oldest != p->next_sequence; p->oldest++) {
		struct post_slot *slot = &p->ring[p->oldest % POST_RING];
		if (slot->state != POST_WAITING || slot->sequence != p->oldest)
			continue;
		if (mono_ms(slot->sent, now) < p->smsc->options->redeliver_ms)
			return;
		give_up(p, slot, now);
	}
}

void
post_receipt(struct smsc *s, uint32_t part, const struct plan_notice *notice, enum plan_form form,
    mono_t now, mono_t due)
{
	uint32_t no = books_add_delivery(&s->books, part, false);
	struct books_delivery *d = &s->books.delivery[no];
	const char *system_id = s->books.bind[s->books.part[part].bind].system_id;

	d->notice = *notice;
	d->form = form;
	for (unsigned i = 0; i < s->n_accounts; i++)
		if (strcmp(s->account[i].system_id, system_id) == 0)
			d->account = (uint16_t)i;
	post_later(s, no, now, due);
}

static void
reply_address(struct smpp_address *a, const char *number)
{
	a->ton = form_ton(number);
	a->npi = a->ton == 1;
	snprintf(a->text, sizeof(a->text), "%s", number);
}

static struct smpp_sm *
reply_part(const struct post_reply *r, const struct smpp_text *text, unsigned i, uint16_t ref)
{
	struct smpp_sm *sm = grow_new(sizeof(*sm));
	struct buf octets;

	*sm = (struct smpp_sm){.data_coding = text->data_coding};
	reply_address(&sm->source, r->from);
	reply_address(&sm->destination, r->to);
	buf_init(&octets);
	smpp_text_part(text, SMPP_LONG_UDH, i, ref, &sm->esm_class, &octets);
	sm->text_len = octets.len;
	sm->text = (const uint8_t *)grow_copy((const char *)octets.data, octets.len);
	buf_clear(&octets);
	return sm;
}

int
post_reply(struct smsc *s, const struct post_reply *r, mono_t now, mono_t due)
{
	struct smpp_text text;

	if (smpp_text_encode(
		&text, r->text, strlen(r->text), s->options->charset0, SMPP_LONG_UDH) == -1)
		return -1;
	uint16_t ref = (uint16_t)(s->books.n_deliveries % 255 + 1);
	for (unsigned i = 0; i < text.parts; i++) {
		struct smpp_sm *sm = reply_part(r, &text, i, ref);
		uint32_t no = books_add_delivery(&s->books, r->part, true);
		s->books.delivery[no].sm = sm;
		s->books.delivery[no].account = (uint16_t)(r->account - s->account);
		post_later(s, no, now, due);
	}
	smpp_text_clear(&text);
	return 0;
}
