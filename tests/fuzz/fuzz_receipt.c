/*
 * A deliver_sm's esm_class, the length of its text, the text, and parameters. Results stay within
 * their fields, and nothing behind text: changes them.
 */
#include "fuzz.h"

#include "smpp/receipt.h"

static bool
is_ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static bool
is_same(const struct smpp_receipt *a, const struct smpp_receipt *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->text_id, b->text_id) == 0 &&
	       strcmp(a->stat, b->stat) == 0 && strcmp(a->err, b->err) == 0 &&
	       a->message_state == b->message_state && a->network_type == b->network_type &&
	       a->network_code == b->network_code && a->intermediate == b->intermediate &&
	       a->by_text == b->by_text;
}

/* Where the patient's text begins in plain ASCII; 0 when that cannot be said so simply. */
static size_t
patients_text(const struct smpp_sm *sm)
{
	if ((sm->esm_class & SMPP_ESM_UDH) || sm->text_len < 8 || sm->text_len > 1000 ||
	    sm->text[0] == 0 || sm->text[1] == 0 || sm->text[0] >= 0x80)
		return 0;
	for (size_t i = 0; i + 6 <= sm->text_len; i++)
		if (memcmp(sm->text + i, " text:", 6) == 0)
			return i + 6;
	return 0;
}

static void
check_patients_text(const struct smpp_pdu *p, bool is_receipt, const struct smpp_receipt *r)
{
	size_t at = patients_text(&p->sm);
	struct smpp_pdu other = *p;
	struct smpp_receipt again;

	if (at == 0)
		return;
	uint8_t *text = fuzz_copy(p->sm.text, p->sm.text_len);
	for (size_t i = at; i < p->sm.text_len; i++)
		text[i] = (uint8_t)("id:9 stat:DELIVRD err:7 "[i % 24]);
	other.sm.text = text;
	FUZZ_CHECK(smpp_receipt_parse(&other, &again) == is_receipt);
	FUZZ_CHECK(is_same(r, &again));
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smpp_pdu p = {.command = SMPP_DELIVER_SM};
	uint8_t *copy = fuzz_copy(data, size);
	struct rd rd = rd_over(copy, size);
	struct smpp_receipt r;

	p.sm.esm_class = rd_u8(&rd);
	if (p.sm.esm_class & 0x80)
		p.command = SMPP_DATA_SM;
	p.sm.text_len = rd_u16(&rd);
	if (p.sm.text_len > rd.left)
		p.sm.text_len = rd.left;
	uint8_t *text = fuzz_copy(rd.p, p.sm.text_len);
	p.sm.text = text;
	rd.p += p.sm.text_len;
	rd.left -= p.sm.text_len;
	smpp_tlvs_decode(&rd, &p.tlvs);

	bool is_receipt = smpp_receipt_parse(&p, &r);
	FUZZ_CHECK(is_ended(r.id, sizeof(r.id)) && is_ended(r.text_id, sizeof(r.text_id)));
	FUZZ_CHECK(is_ended(r.stat, sizeof(r.stat)) && is_ended(r.err, sizeof(r.err)));
	FUZZ_CHECK(
	    strpbrk(r.stat, "\r\n\t\x1b\x7f") == NULL && strpbrk(r.err, "\r\n\t\x1b\x7f") == NULL);
	FUZZ_CHECK(is_receipt || (r.id[0] == '\0' && r.stat[0] == '\0'));
	check_patients_text(&p, is_receipt, &r);
	free(text);
	free(copy);
	return 0;
}
