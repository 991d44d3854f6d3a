#include "form.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
static const struct {
	const char *word;
	struct form_id form;
} id_words[] = {
	{"dec", {FORM_DEC, false, 0}},
	{"hex", {FORM_HEX, false, 0}},
	{"HEX", {FORM_HEX, true, 0}},
	{"uuid", {FORM_UUID, false, 0}},
	{"UUID", {FORM_UUID, true, 0}},
	{"long", {FORM_LONG, false, 0}},
};
/* clang-format on */

/* The word and an optional width from s, up to end. */
static int
id_parse(const char *s, size_t len, struct form_id *out)
{
	size_t letters = 0;
	char *end;

	while (letters < len && isalpha((unsigned char)s[letters]))
		letters++;
	for (unsigned i = 0; i < sizeof(id_words) / sizeof(id_words[0]); i++) {
		if (strlen(id_words[i].word) != letters ||
		    strncmp(id_words[i].word, s, letters) != 0)
			continue;
		*out = id_words[i].form;
		out->width = (unsigned)strtoul(s + letters, &end, 10);
		return end == s + len && out->width < FORM_ID_SIZE ? 0 : -1;
	}
	return -1;
}

int
form_ids_parse(const char *s, struct form_ids *out)
{
	struct form_id *const each[] = {&out->answer, &out->text, &out->tlv};

	for (unsigned i = 0; i < 3; i++) {
		size_t len = strcspn(s, "-");
		if (id_parse(s, len, each[i]) == -1)
			return -1;
		if (s[len] == '-' && i == 2)
			return -1;
		/* The last one given counts for the rest. */
		s += s[len] == '-' ? len + 1 : 0;
	}
	return 0;
}

static uint64_t
scatter(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

void
form_id(const struct form_id *f, uint64_t id, char out[FORM_ID_SIZE])
{
	unsigned long long n = id, mixed = scatter(id);

	switch (f->base) {
	case FORM_DEC:
		snprintf(out, FORM_ID_SIZE, "%0*llu", (int)f->width, n);
		break;
	case FORM_HEX:
		snprintf(out, FORM_ID_SIZE, f->upper ? "%0*llX" : "%0*llx", (int)f->width, n);
		break;
	case FORM_UUID:
		snprintf(out, FORM_ID_SIZE,
		    f->upper ? "%08llX-%04llX-4%03llX-8%03llX-%012llX"
			     : "%08llx-%04llx-4%03llx-8%03llx-%012llx",
		    mixed >> 32, mixed >> 16 & 0xffff, mixed & 0xfff, mixed >> 4 & 0xfff,
		    n & 0xffffffffffff);
		break;
	case FORM_LONG:
		snprintf(out, FORM_ID_SIZE, "mc.%016llx.%016llx.%027llu", mixed, ~mixed, n);
		break;
	}
}

uint8_t
form_ton(const char *number)
{
	size_t len = strlen(number);

	if (number[strspn(number, "0123456789")] != '\0')
		return 5;
	return len <= 8 ? 3 : 1;
}

void
form_excerpt(const uint8_t *octets, size_t len, uint8_t data_coding, char out[FORM_EXCERPT_SIZE])
{
	size_t step = data_coding == SMPP_CODING_UCS2 ? 2 : 1, n = 0;

	for (size_t i = step - 1; i < len && n < FORM_EXCERPT_SIZE - 1; i += step, n++) {
		bool wide = step == 2 && octets[i - 1] != 0;
		out[n] = !wide && octets[i] >= ' ' && octets[i] < 0x7f ? (char)octets[i] : '.';
	}
	out[n] = '\0';
}

static const struct {
	const char *stat;
	uint8_t state;
} states[] = {{"ENROUTE", 1}, {"DELIVRD", 2}, {"EXPIRED", 3}, {"DELETED", 4}, {"UNDELIV", 5},
    {"FAILED", 5}, {"ACCEPTD", 6}, {"UNKNOWN", 7}, {"REJECTD", 8}};

/* message_state; 0 for a word that has none. */
static uint8_t
state_of(const char *stat)
{
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].stat, stat) == 0)
			return states[i].state;
	return 0;
}

enum { STAMP_SIZE = 60 }; /* ten are used; the compiler wants room for any int */

static void
stamp(int64_t seconds, char out[STAMP_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(out, STAMP_SIZE, "%02d%02d%02d%02d%02d", tm.tm_year % 100, tm.tm_mon + 1,
	    tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static void
receipt_text(struct buf *b, const struct form_receipt *r, const struct form_ids *ids)
{
	char id[FORM_ID_SIZE], submitted[STAMP_SIZE], done[STAMP_SIZE];
	const struct plan_notice *n = r->notice;
	unsigned delivered = strcmp(n->stat, "DELIVRD") == 0;

	form_id(&ids->text, r->id, id);
	stamp(r->submitted, submitted);
	stamp(r->done, done);
	if (r->form == PLAN_ODD)
		buf_printf(b, "STAT: %s  Err:%03u ID:  %s Done Date:%s SUBMIT DATE:%s", n->stat,
		    n->err, id, done, submitted);
	else
		buf_printf(b,
		    "id:%s sub:001 dlvrd:%03u submit date:%s done date:%s stat:%s err:%03u "
		    "text:%.20s",
		    id, delivered, submitted, done, n->stat, n->err, r->text);
}

/* Every octet as a UCS-2 character. */
static void
widen(struct buf *b)
{
	struct buf wide;

	buf_init(&wide);
	for (size_t i = 0; i < b->len; i++)
		buf_put_u16(&wide, b->data[i]);
	buf_clear(b);
	*b = wide;
}

struct tlv_room {
	char id[FORM_ID_SIZE];
	uint8_t state, network[3];
};

static void
tlv_add(struct smpp_pdu *pdu, enum smpp_tag tag, const void *value, size_t len)
{
	pdu->tlvs.at[pdu->tlvs.n++] = (struct smpp_tlv){tag, (uint16_t)len, value};
}

/* network_error_code: 3 = GSM, 8 = the message centre's own. */
static void
receipt_tlvs(struct smpp_pdu *pdu, struct tlv_room *room, const struct form_receipt *r,
    const struct form_ids *ids)
{
	const struct plan_notice *n = r->notice;

	form_id(&ids->tlv, r->id, room->id);
	tlv_add(pdu, SMPP_TAG_RECEIPTED_MESSAGE_ID, room->id, strlen(room->id) + 1);
	room->state = state_of(n->stat);
	if (room->state != 0)
		tlv_add(pdu, SMPP_TAG_MESSAGE_STATE, &room->state, 1);
	if (n->err == 0)
		return;
	room->network[0] = r->codes == PLAN_GSM ? 3 : 8;
	room->network[1] = (uint8_t)(n->err >> 8);
	room->network[2] = (uint8_t)n->err;
	tlv_add(pdu, SMPP_TAG_NETWORK_ERROR_CODE, room->network, 3);
}

static void
address(struct smpp_address *a, uint8_t ton, const char *text)
{
	a->ton = ton;
	a->npi = ton == 1;
	snprintf(a->text, sizeof(a->text), "%s", text);
}

static uint8_t
receipt_esm(const struct form_receipt *r)
{
	if (r->form == PLAN_PLAIN)
		return 0;
	return r->notice->intermediate ? SMPP_ESM_INTERMEDIATE : SMPP_ESM_RECEIPT;
}

/* message_payload beside the fields; the text leaves short_message. */
static void
move_to_payload(struct smpp_pdu *pdu)
{
	tlv_add(pdu, SMPP_TAG_MESSAGE_PAYLOAD, pdu->sm.text, pdu->sm.text_len);
	pdu->sm.text = NULL;
	pdu->sm.text_len = 0;
}

int
form_put_receipt(struct buf *out, const struct form_receipt *r, const struct form_ids *ids)
{
	struct smpp_pdu pdu = {.command = r->form == PLAN_DATA_SM ? SMPP_DATA_SM : SMPP_DELIVER_SM,
	    .sequence = r->sequence};
	struct tlv_room room;
	struct buf text;
	int rc;

	buf_init(&text);
	if (r->form != PLAN_TLV)
		receipt_text(&text, r, ids);
	if (r->form == PLAN_UCS2) {
		widen(&text);
		pdu.sm.data_coding = SMPP_CODING_UCS2;
	}
	address(&pdu.sm.source, r->source_ton, r->source);
	address(&pdu.sm.destination, r->destination_ton, r->destination);
	pdu.sm.esm_class = receipt_esm(r);
	pdu.sm.text = text.data;
	pdu.sm.text_len = text.len;
	if (r->form != PLAN_TEXT && r->form != PLAN_PLAIN)
		receipt_tlvs(&pdu, &room, r, ids);
	if (r->form == PLAN_PAYLOAD)
		move_to_payload(&pdu);
	rc = text.failed ? -1 : smpp_pdu_encode(&pdu, out);
	buf_clear(&text);
	return rc;
}
