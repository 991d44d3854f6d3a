#include "smpp/pdu.h"

#include "smpp/frame.h"

#include <string.h>

/* What follows the header; everything else about a command is decided by this. */
enum layout {
	LAYOUT_NONE, /* a command that we do not speak */
	LAYOUT_HEADER,
	LAYOUT_BIND,
	LAYOUT_BIND_RESP,
	LAYOUT_OUTBIND,
	LAYOUT_SM,
	LAYOUT_DATA_SM,
	LAYOUT_SM_RESP,
	LAYOUT_ALERT,
};

/* Lengths of the specification, with the NUL, that we keep to when we encode. */
enum { ADDRESS_SIZE = 21, RANGE_SIZE = 41, SHORT_MESSAGE_MAX = 254 };

static enum layout
layout_of(uint32_t command)
{
	switch (command) {
	case SMPP_BIND_RECEIVER:
	case SMPP_BIND_TRANSMITTER:
	case SMPP_BIND_TRANSCEIVER:
		return LAYOUT_BIND;
	case SMPP_BIND_RECEIVER_RESP:
	case SMPP_BIND_TRANSMITTER_RESP:
	case SMPP_BIND_TRANSCEIVER_RESP:
		return LAYOUT_BIND_RESP;
	case SMPP_OUTBIND:
		return LAYOUT_OUTBIND;
	case SMPP_SUBMIT_SM:
	case SMPP_DELIVER_SM:
		return LAYOUT_SM;
	case SMPP_DATA_SM:
		return LAYOUT_DATA_SM;
	case SMPP_SUBMIT_SM_RESP:
	case SMPP_DELIVER_SM_RESP:
	case SMPP_DATA_SM_RESP:
		return LAYOUT_SM_RESP;
	case SMPP_ALERT_NOTIFICATION:
		return LAYOUT_ALERT;
	case SMPP_UNBIND:
	case SMPP_UNBIND_RESP:
	case SMPP_ENQUIRE_LINK:
	case SMPP_ENQUIRE_LINK_RESP:
	case SMPP_GENERIC_NACK:
		return LAYOUT_HEADER;
	default:
		return LAYOUT_NONE;
	}
}

static void
read_address(struct rd *r, struct smpp_address *a)
{
	a->ton = rd_u8(r);
	a->npi = rd_u8(r);
	rd_cstr(r, a->text, sizeof(a->text));
}

static void
read_bind(struct rd *r, struct smpp_bind *b)
{
	rd_cstr(r, b->system_id, sizeof(b->system_id));
	rd_cstr(r, b->password, sizeof(b->password));
	rd_cstr(r, b->system_type, sizeof(b->system_type));
	b->interface_version = rd_u8(r);
	read_address(r, &b->range);
}

static void
read_outbind(struct rd *r, struct smpp_pdu *p)
{
	char password[sizeof(p->bind.password)];

	rd_cstr(r, p->system_id, sizeof(p->system_id));
	rd_cstr(r, password, sizeof(password));
	explicit_bzero(password, sizeof(password));
}

/* submit_sm, deliver_sm; data_sm is the same with fewer fields. */
static void
read_sm(struct rd *r, struct smpp_sm *sm, bool data_sm)
{
	rd_cstr(r, sm->service_type, sizeof(sm->service_type));
	read_address(r, &sm->source);
	read_address(r, &sm->destination);
	sm->esm_class = rd_u8(r);
	if (!data_sm) {
		sm->protocol_id = rd_u8(r);
		sm->priority_flag = rd_u8(r);
		rd_cstr(r, sm->schedule_delivery_time, sizeof(sm->schedule_delivery_time));
		rd_cstr(r, sm->validity_period, sizeof(sm->validity_period));
	}
	sm->registered_delivery = rd_u8(r);
	if (!data_sm)
		sm->replace_if_present = rd_u8(r);
	sm->data_coding = rd_u8(r);
	if (!data_sm) {
		sm->default_msg_id = rd_u8(r);
		sm->text_len = rd_u8(r);
		rd_take(r, sm->text_len, &sm->text);
	}
}

static void
read_tlvs(struct rd *r, struct smpp_tlvs *tlvs)
{
	struct rd after_nul = *r;
	struct smpp_tlvs others;

	smpp_tlvs_decode(r, tlvs);
	if (!tlvs->cut || after_nul.left < 1 || after_nul.p[0] != '\0')
		return;
	/* receipts.md 3.18: some put a NUL after short_message, outside of its length. */
	rd_u8(&after_nul);
	smpp_tlvs_decode(&after_nul, &others);
	if (!others.cut)
		*tlvs = others;
}

static void
use_payload(struct smpp_pdu *p)
{
	const struct smpp_tlv *payload = smpp_tlv_find(&p->tlvs, SMPP_TAG_MESSAGE_PAYLOAD);

	if (p->sm.text_len == 0 && payload != NULL) {
		p->sm.text = payload->value;
		p->sm.text_len = payload->len;
	}
}

/*
 * The id of a text that the carrier took is worth having from any body: ended by its NUL or only by
 * the end of the PDU. Whatever else is wrong with a response's body, the answer itself stands in
 * its header.
 */
static void
read_response_text(struct rd *r, char *out, size_t size)
{
	const uint8_t *rest = r->p;
	size_t left = r->left;

	rd_cstr(r, out, size);
	if (r->bad && left < size && left > 0) {
		memcpy(out, rest, left);
		out[left] = '\0';
	}
}

static void
read_response(struct rd *r, struct smpp_pdu *p, enum layout layout)
{
	if (layout == LAYOUT_BIND_RESP)
		read_response_text(r, p->system_id, sizeof(p->system_id));
	else if (layout == LAYOUT_SM_RESP)
		read_response_text(r, p->message_id, sizeof(p->message_id));
	smpp_tlvs_decode(r, &p->tlvs);
}

static void
read_request(struct rd *r, struct smpp_pdu *p, enum layout layout)
{
	switch (layout) {
	case LAYOUT_BIND:
		read_bind(r, &p->bind);
		break;
	case LAYOUT_OUTBIND:
		read_outbind(r, p);
		break;
	case LAYOUT_SM:
	case LAYOUT_DATA_SM:
		read_sm(r, &p->sm, layout == LAYOUT_DATA_SM);
		break;
	case LAYOUT_ALERT:
		read_address(r, &p->sm.source);
		read_address(r, &p->sm.destination);
		break;
	default:
		break;
	}
	if (r->bad)
		return;
	read_tlvs(r, &p->tlvs);
	r->bad = false; /* broken parameters leave the fields as they are */
	if (layout == LAYOUT_SM || layout == LAYOUT_DATA_SM)
		use_payload(p);
}

enum smpp_decode
smpp_pdu_decode(const uint8_t *frame, size_t len, struct smpp_pdu *p)
{
	struct rd r = rd_over(frame, len);

	memset(p, 0, sizeof(*p)); /* all of the union, not only its first member */
	uint32_t command_length = rd_u32(&r);
	p->command = rd_u32(&r);
	p->status = rd_u32(&r);
	p->sequence = rd_u32(&r);
	if (r.bad || command_length != len)
		return SMPP_DECODE_BAD;
	enum layout layout = layout_of(p->command);
	if (layout == LAYOUT_NONE)
		return SMPP_DECODE_UNKNOWN;
	if (p->command & SMPP_RESPONSE) {
		read_response(&r, p, layout);
		return SMPP_DECODE_OK;
	}
	read_request(&r, p, layout);
	return r.bad ? SMPP_DECODE_BAD : SMPP_DECODE_OK;
}

/* A buf that also remembers that a field was too long for its place. */
struct enc {
	struct buf *b;
	bool bad;
};

static void
put_cstr(struct enc *e, const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	if (n == size) {
		e->bad = true;
		return;
	}
	buf_put(e->b, s, n);
	buf_put_u8(e->b, 0);
}

static void
put_address(struct enc *e, const struct smpp_address *a, size_t size)
{
	buf_put_u8(e->b, a->ton);
	buf_put_u8(e->b, a->npi);
	put_cstr(e, a->text, size);
}

static void
put_bind(struct enc *e, const struct smpp_bind *b)
{
	put_cstr(e, b->system_id, sizeof(b->system_id));
	put_cstr(e, b->password, sizeof(b->password));
	put_cstr(e, b->system_type, sizeof(b->system_type));
	buf_put_u8(e->b, b->interface_version);
	put_address(e, &b->range, RANGE_SIZE);
}

static void
put_sm(struct enc *e, const struct smpp_sm *sm, bool in_short_message)
{
	put_cstr(e, sm->service_type, sizeof(sm->service_type));
	put_address(e, &sm->source, ADDRESS_SIZE);
	put_address(e, &sm->destination, ADDRESS_SIZE);
	buf_put_u8(e->b, sm->esm_class);
	buf_put_u8(e->b, sm->protocol_id);
	buf_put_u8(e->b, sm->priority_flag);
	put_cstr(e, sm->schedule_delivery_time, sizeof(sm->schedule_delivery_time));
	put_cstr(e, sm->validity_period, sizeof(sm->validity_period));
	buf_put_u8(e->b, sm->registered_delivery);
	buf_put_u8(e->b, sm->replace_if_present);
	buf_put_u8(e->b, sm->data_coding);
	buf_put_u8(e->b, sm->default_msg_id);
	buf_put_u8(e->b, in_short_message ? (uint8_t)sm->text_len : 0);
	if (in_short_message)
		buf_put(e->b, sm->text, sm->text_len);
}

static void
put_data_sm(struct enc *e, const struct smpp_sm *sm)
{
	put_cstr(e, sm->service_type, sizeof(sm->service_type));
	put_address(e, &sm->source, sizeof(sm->source.text));
	put_address(e, &sm->destination, sizeof(sm->destination.text));
	buf_put_u8(e->b, sm->esm_class);
	buf_put_u8(e->b, sm->registered_delivery);
	buf_put_u8(e->b, sm->data_coding);
}

/* The fields, and the text where it belongs: never in two places, whatever decode found it in. */
static void
put_sm_and_text(struct enc *e, const struct smpp_pdu *p, bool data_sm)
{
	const struct smpp_tlv *payload = smpp_tlv_find(&p->tlvs, SMPP_TAG_MESSAGE_PAYLOAD);
	bool is_payload = payload != NULL && payload->value == p->sm.text;
	bool in_short_message = !data_sm && !is_payload && p->sm.text_len <= SHORT_MESSAGE_MAX;

	if (data_sm)
		put_data_sm(e, &p->sm);
	else
		put_sm(e, &p->sm, in_short_message);
	if (in_short_message || is_payload || p->sm.text_len == 0)
		return;
	if (payload != NULL || p->sm.text_len > UINT16_MAX)
		e->bad = true;
	else
		smpp_tlv_put(e->b, SMPP_TAG_MESSAGE_PAYLOAD, p->sm.text, (uint16_t)p->sm.text_len);
}

static void
put_body(struct enc *e, const struct smpp_pdu *p)
{
	switch (layout_of(p->command)) {
	case LAYOUT_NONE:
		e->bad = true;
		break;
	case LAYOUT_HEADER:
		break;
	case LAYOUT_BIND:
		put_bind(e, &p->bind);
		break;
	case LAYOUT_BIND_RESP:
		put_cstr(e, p->system_id, sizeof(p->system_id));
		break;
	case LAYOUT_OUTBIND:
		put_cstr(e, p->system_id, sizeof(p->system_id));
		buf_put_u8(
		    e->b, 0); /* no password: nobody should trust one that came over an outbind */
		break;
	case LAYOUT_SM:
	case LAYOUT_DATA_SM:
		put_sm_and_text(e, p, p->command == SMPP_DATA_SM);
		break;
	case LAYOUT_SM_RESP:
		put_cstr(e, p->message_id, sizeof(p->message_id));
		break;
	case LAYOUT_ALERT:
		put_address(e, &p->sm.source, sizeof(p->sm.source.text));
		put_address(e, &p->sm.destination, sizeof(p->sm.destination.text));
		break;
	}
}

static void
put_header(struct buf *b, uint32_t command, uint32_t status, uint32_t sequence)
{
	buf_put_u32(b, SMPP_HEADER); /* patched when there is a body */
	buf_put_u32(b, command);
	buf_put_u32(b, status);
	buf_put_u32(b, sequence);
}

int
smpp_pdu_encode(const struct smpp_pdu *p, struct buf *out)
{
	struct enc e = {.b = out};
	size_t start = out->len;

	put_header(out, p->command, p->status, p->sequence);
	put_body(&e, p);
	for (unsigned i = 0; i < p->tlvs.n; i++)
		smpp_tlv_put(
		    out, (enum smpp_tag)p->tlvs.at[i].tag, p->tlvs.at[i].value, p->tlvs.at[i].len);
	if (e.bad || out->failed || out->len - start > SMPP_FRAME_MAX) {
		out->len = start;
		return -1;
	}
	buf_patch_u32(out, start, (uint32_t)(out->len - start));
	return 0;
}

void
smpp_put_response(struct buf *out, uint32_t command, uint32_t status, uint32_t sequence)
{
	size_t start = out->len;

	put_header(out, command, status, sequence);
	if (command == SMPP_DELIVER_SM_RESP || command == SMPP_DATA_SM_RESP) {
		buf_put_u8(out, 0); /* message_id: unused, and must be there */
		buf_patch_u32(out, start, SMPP_HEADER + 1);
	}
}
