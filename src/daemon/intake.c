#include "daemon/intake.h"

#include "base/log.h"
#include "policy/address.h"
#include "policy/ids.h"
#include "smpp/coding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who waits for the commit: the deliver_sm to answer. */
struct delivery {
	struct intake *intake;
	struct session *session;
	uint64_t generation;
	uint32_t command, sequence;
	char from[24], to[24];
	char
	    *quoted; /* text of what only looked like a receipt: a reply when nobody knows its id */
};

static struct delivery *
delivery_new(struct intake *in, struct session *s, const struct smpp_pdu *p, uint64_t generation)
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	*d = (struct delivery){.intake = in,
	    .session = s,
	    .generation = generation,
	    .command = p->command,
	    .sequence = p->sequence};
	address_to_number(&p->sm.source, d->from, sizeof(d->from));
	address_to_number(&p->sm.destination, d->to, sizeof(d->to));
	return d;
}

static void
delivery_end(struct delivery *d, bool ok)
{
	session_reply(d->session, d->generation, d->command | SMPP_RESPONSE, d->sequence,
	    ok ? SMPP_ROK : SMPP_RX_T_APPN);
	free(d->quoted);
	free(d);
}

void
intake_unlisted(struct intake *in, const char *source, const char *code)
{
	const unsigned most = sizeof(in->unlisted) / sizeof(in->unlisted[0]);
	char key[sizeof(in->unlisted[0])];

	snprintf(key, sizeof(key), "%s/%s", source, code);
	for (unsigned i = 0; i < in->n_unlisted; i++)
		if (strcmp(in->unlisted[i], key) == 0)
			return;
	if (in->n_unlisted == most)
		return;
	memcpy(in->unlisted[in->n_unlisted++], key, sizeof(key));
	LOG(OUTCOME_UNLISTED, LOG_S("carrier", in->conf->name), LOG_S("source", source),
	    LOG_S("code", code));
}

/* ---------------------------------------------------------------------------------- replies */

static void
reply_stored(const struct store_stored *stored, void *arg)
{
	struct delivery *d = arg;

	if (stored->ok) {
		stats_add(d->intake->stats, STATS_REPLIES, 1);
		LOG(INBOUND_REPLY, LOG_S("carrier", d->intake->conf->name),
		    LOG_S("practice", stored->practice), LOG_I("inbound", stored->message),
		    LOG_S("kind", stored->result), LOG_PHONE("from", d->from));
	}
	delivery_end(d, stored->ok);
}

static void
reply_store(struct delivery *d, const char *body, const struct smpp_concat *whole)
{
	const struct store_reply reply = {.from = d->from,
	    .to = d->to,
	    .body = body,
	    .ref = whole->ref,
	    .total = whole->total,
	    .part = whole->part};

	store_reply(d->intake->store, &reply, reply_stored, d);
}

/* The text as UTF-8; *whole tells where a part of a long one belongs. The caller clears out. */
static void
reply_text(const struct smpp_pdu *p, struct buf *out, struct smpp_concat *whole)
{
	buf_init(out);
	*whole = (struct smpp_concat){0, 1, 1};
	smpp_text_decode(p->sm.text, p->sm.text_len, p->sm.data_coding,
	    p->sm.esm_class & SMPP_ESM_UDH, SMPP_CHARSET0_GSM, out, whole);
	buf_put_u8(out, 0);
	if (whole->total == 1)
		smpp_concat_of_sar(&p->tlvs, whole);
}

static void
take_reply(struct delivery *d, const struct smpp_pdu *p)
{
	struct smpp_concat whole;
	struct buf text;

	reply_text(p, &text, &whole);
	if (text.failed)
		delivery_end(d, false);
	else
		reply_store(d, (const char *)text.data, &whole);
	buf_clear(&text);
}

/* ---------------------------------------------------------------------------------- receipts */

static void
log_outcome(const struct delivery *d, const struct store_stored *s)
{
	struct stats *stats = d->intake->stats;

	if (strcmp(s->status, "Delivered") == 0) {
		stats_add(stats, STATS_DELIVERED, 1);
		return;
	}
	if (strcmp(s->status, "Aborted") != 0 && strcmp(s->status, "Unknown") != 0)
		return;
	stats_add(stats, s->status[0] == 'A' ? STATS_ABORTED : STATS_UNKNOWN, 1);
	LOG(MSG_OUTCOME, LOG_I("msg", s->message), LOG_I("campaign", s->campaign),
	    LOG_S("practice", s->practice), LOG_S("status", s->status), LOG_S("reason", s->reason),
	    LOG_S("carrier", d->intake->conf->name), LOG_PHONE("to", d->from));
}

static void
receipt_stored(const struct store_stored *stored, void *arg)
{
	struct delivery *d = arg;

	if (stored->ok && d->quoted && strcmp(stored->result, "early") == 0) {
		const struct smpp_concat whole = {0, 1, 1};
		struct buf text;

		/* receipts.md 2.1: only the text looked like a receipt, and nobody knows the id:
		 * somebody wrote this. */
		buf_init(&text);
		buf_put_text(&text, d->quoted);
		buf_put_u8(&text, 0);
		if (text.failed)
			delivery_end(d, false);
		else
			reply_store(d, (const char *)text.data, &whole);
		buf_clear(&text);
		return;
	}
	if (stored->ok) {
		stats_add(d->intake->stats, STATS_RECEIPTS, 1);
		log_outcome(d, stored);
	}
	delivery_end(d, stored->ok);
}

static const char *
receipt_state(enum outcome_status status)
{
	switch (status) {
	case OUTCOME_DELIVERED:
		return "Delivered";
	case OUTCOME_ABORTED:
		return "Failed";
	case OUTCOME_PENDING:
		return "Pending";
	default:
		return "Unclear";
	}
}

/* What a receipt said, raw, for explain_message(): "UNDELIV/4720", "state=5 net=3/27". */
static void
receipt_code(const struct smpp_receipt *r, char *out, size_t size)
{
	int n = snprintf(out, size, "%s%s%s", r->stat, r->err[0] ? "/" : "", r->err);

	if (r->message_state >= 0 && n >= 0 && (size_t)n < size)
		n += snprintf(
		    out + n, size - (size_t)n, "%sstate=%d", n ? " " : "", r->message_state);
	if (r->network_code >= 0 && n >= 0 && (size_t)n < size)
		snprintf(out + n, size - (size_t)n, " net=%d/%d", r->network_type, r->network_code);
}

/* Carriers send any octets: ids and codes go to the database as printable ASCII. */
static void
printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '?';
}

static void
take_receipt(struct delivery *d, const struct smpp_pdu *p, struct smpp_receipt *r)
{
	const struct conf_carrier *conf = d->intake->conf;
	const char *mode = conf->receipt_id;
	char hex[IDS_SIZE], dec[IDS_SIZE], code[128];
	struct outcome o = outcome_of_receipt(d->intake->outcomes, conf->codes, r);
	struct store_receipt row = {.id = r->id,
	    .phone = d->from,
	    .state = receipt_state(o.status),
	    .reason = o.reason,
	    .code = code};

	printable(r->id);
	printable(r->text_id);
	receipt_code(r, code, sizeof(code));
	printable(code);
	if (o.unlisted)
		intake_unlisted(d->intake, "receipt", code);
	if ((strcmp(mode, "auto") == 0 || strcmp(mode, "decimal") == 0) &&
	    ids_hex_of_decimal(r->id, hex))
		row.id_hex = hex;
	if ((strcmp(mode, "auto") == 0 || strcmp(mode, "hexadecimal") == 0) &&
	    ids_decimal_of_hex(r->id, dec))
		row.id_dec = dec;
	row.note = r->text_id[0] ? r->text_id : NULL;
	if (r->by_text) {
		struct smpp_concat whole;
		struct buf text;

		reply_text(p, &text, &whole);
		d->quoted = text.failed ? NULL : strdup((const char *)text.data);
		buf_clear(&text);
	}
	store_receipt(d->intake->store, &row, receipt_stored, d);
}

void
intake_delivered(
    struct intake *in, struct session *s, const struct smpp_pdu *p, uint64_t generation)
{
	struct delivery *d = in->outcomes ? delivery_new(in, s, p, generation) : NULL;
	struct smpp_receipt receipt;

	if (!d)
		session_reply(
		    s, generation, p->command | SMPP_RESPONSE, p->sequence, SMPP_RX_T_APPN);
	else if (smpp_receipt_parse(p, &receipt))
		take_receipt(d, p, &receipt);
	else
		take_reply(d, p);
}
