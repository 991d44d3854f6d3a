#include "smpp/receipt.h"

#include <string.h>
#include <strings.h>

/* What is read of a receipt's text, as ASCII. Real ones say all before 200. */
enum { TEXT_SIZE = 1024, GSM_UNDERSCORE = 0x11 };

enum label {
	LABEL_ID,
	LABEL_SUB,
	LABEL_DLVRD,
	LABEL_SUBMIT_DATE,
	LABEL_DONE_DATE,
	LABEL_STAT,
	LABEL_ERR,
	LABEL_TEXT,
	LABELS
};

static const char *const label_words[LABELS] = {
    [LABEL_ID] = "id:",
    [LABEL_SUB] = "sub:",
    [LABEL_DLVRD] = "dlvrd:",
    [LABEL_SUBMIT_DATE] = "submit date:",
    [LABEL_DONE_DATE] = "done date:",
    [LABEL_STAT] = "stat:",
    [LABEL_ERR] = "err:",
    [LABEL_TEXT] = "text:",
};

/* One octet of the text: what is not printable parts words; outside ASCII there is nothing we look
 * for. */
static char
plain(unsigned octet)
{
	if (octet == GSM_UNDERSCORE)
		return '_';
	if (octet < 0x20 || octet == 0x7f)
		return ' ';
	return octet < 0x7f ? (char)octet : '?';
}

/*
 * How wide the characters are is seen in the first of them, not in data_coding (receipts.md 3.17):
 * carriers label ASCII as UCS-2, and some write UTF-16 with the octets swapped.
 */
static void
read_plain(struct rd r, char out[TEXT_SIZE])
{
	bool marked = r.left >= 2 &&
		      ((r.p[0] == 0xfe && r.p[1] == 0xff) || (r.p[0] == 0xff && r.p[1] == 0xfe));
	const uint8_t *skip;
	size_t n = 0;

	if (marked)
		rd_take(&r, 2, &skip);
	bool wide = r.left >= 2 && (r.p[0] == 0) != (r.p[1] == 0);
	bool swapped = wide && r.p[1] == 0;
	while (r.left >= (wide ? 2 : 1) && n < TEXT_SIZE - 1) {
		unsigned c = wide ? rd_u16(&r) : rd_u8(&r);

		out[n++] = plain(swapped ? (c >> 8 | (c & 0xff) << 8) : c);
	}
	out[n] = '\0';
}

/* Elements that fill it exactly: the bit is also set where there is none (receipts.md 3.24). */
static bool
is_udh(struct rd ies)
{
	const uint8_t *value;

	while (ies.left > 0 && !ies.bad) {
		rd_u8(&ies);
		rd_take(&ies, rd_u8(&ies), &value);
	}
	return !ies.bad;
}

static struct rd
text_without_header(const struct smpp_sm *sm)
{
	struct rd whole = rd_over(sm->text, sm->text_len), rest = whole;
	uint8_t len = rd_u8(&rest);
	const uint8_t *udh;

	if ((sm->esm_class & SMPP_ESM_UDH) && rd_take(&rest, len, &udh) &&
	    is_udh(rd_over(udh, len)))
		return rest;
	return whole;
}

static enum label
label_at(const char *s)
{
	for (enum label l = 0; l < LABELS; l++)
		if (strncasecmp(s, label_words[l], strlen(label_words[l])) == 0)
			return l;
	return LABELS;
}

static bool
parts_words(char c)
{
	return c == ' ' || c == ',' || c == ';';
}

/* Where each label's value begins; NULL where it is missing. The first of two wins, and text: ends
 * all. */
static void
find_values(const char *text, const char *values[LABELS])
{
	for (const char *p = text; *p != '\0'; p++) {
		if (p > text && !parts_words(p[-1]))
			continue;
		enum label l = label_at(p);
		if (l == LABEL_TEXT)
			return; /* what follows is the patient's */
		if (l == LABELS)
			continue;
		if (values[l] == NULL)
			values[l] = p + strlen(label_words[l]);
	}
}

/* The one word behind a label, unless that is a label itself. */
static void
copy_value(const char *value, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	if (value == NULL)
		return;
	value += strspn(value, " ");
	if (label_at(value) != LABELS)
		return;
	while (value[n] != '\0' && !parts_words(value[n]) && n < size - 1)
		n++;
	memcpy(out, value, n);
	out[n] = '\0';
}

static void
trim(char *s)
{
	size_t skip = strspn(s, " "), n;

	memmove(s, s + skip, strlen(s + skip) + 1);
	for (n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
		s[n - 1] = '\0';
}

static void
take_tlvs(const struct smpp_tlvs *tlvs, struct smpp_receipt *r)
{
	const struct smpp_tlv *error = smpp_tlv_find(tlvs, SMPP_TAG_NETWORK_ERROR_CODE);
	char id[sizeof(r->id)];
	uint32_t state;

	if (smpp_tlv_text(tlvs, SMPP_TAG_RECEIPTED_MESSAGE_ID, id, sizeof(id))) {
		trim(id);
		if (id[0] != '\0' && strcmp(id, r->id) != 0) {
			memcpy(r->text_id, r->id, sizeof(r->text_id));
			memcpy(r->id, id, sizeof(r->id));
		}
	}
	if (smpp_tlv_int(tlvs, SMPP_TAG_MESSAGE_STATE, &state))
		r->message_state = (int)(state & 0x7fffffff);
	if (error != NULL && error->len >= 3) {
		r->network_type = error->value[0];
		r->network_code = error->value[1] << 8 | error->value[2];
	}
}

bool
smpp_receipt_parse(const struct smpp_pdu *pdu, struct smpp_receipt *r)
{
	const char *values[LABELS] = {0};
	char text[TEXT_SIZE];

	*r = (struct smpp_receipt){.message_state = -1, .network_type = -1, .network_code = -1};
	if (pdu->command != SMPP_DELIVER_SM && pdu->command != SMPP_DATA_SM)
		return false;
	read_plain(text_without_header(&pdu->sm), text);
	find_values(text, values);

	uint8_t type = pdu->sm.esm_class & SMPP_ESM_TYPE;
	bool by_type =
	    type == SMPP_ESM_RECEIPT || type == SMPP_ESM_ACK || type == SMPP_ESM_INTERMEDIATE;
	bool by_tlv = smpp_tlv_find(&pdu->tlvs, SMPP_TAG_RECEIPTED_MESSAGE_ID) != NULL;
	bool by_text = label_at(text + strspn(text, " ")) == LABEL_ID && values[LABEL_STAT] != NULL;
	if (!by_type && !by_tlv && !by_text)
		return false;

	r->by_text = !by_type && !by_tlv;
	r->intermediate = type == SMPP_ESM_INTERMEDIATE;
	copy_value(values[LABEL_ID], r->id, sizeof(r->id));
	copy_value(values[LABEL_STAT], r->stat, sizeof(r->stat));
	copy_value(values[LABEL_ERR], r->err, sizeof(r->err));
	take_tlvs(&pdu->tlvs, r);
	return true;
}
